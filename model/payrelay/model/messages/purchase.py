"""What the servers say to each other during a purchase, and how an order comes to be (claims 1, 9, 10, 14-16; SET)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from payrelay.language.messages import Message
from payrelay.language.terms import Hash, Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import CURRENT, AuthInfo, Consent, OrderInfo, OrderRef, OrderTerms, ProcKey


@dataclass(frozen=True, kw_only=True)
class OrderPlace(Message):
    """terminal -> shop: the user orders, directly (claim 3)."""

    claim: ClassVar[str] = "3"
    shown: ClassVar[tuple[str, ...]] = ("cart",)
    key: ClassVar[tuple[str, ...]] = ("order_nonce",)
    order_nonce: Symbol
    cart: str


@dataclass(frozen=True, kw_only=True)
class OrderAck(Message):
    """shop -> terminal: the order is frozen; it can be paid through the relay. No payment information (claim 3)."""

    claim: ClassVar[str] = "3"
    shown: ClassVar[tuple[str, ...]] = ("total",)
    key: ClassVar[tuple[str, ...]] = ("order_nonce",)
    order_nonce: Symbol
    order_ref: OrderRef
    total: Amount


@dataclass(frozen=True, kw_only=True)
class ForwardedProcedureRequest(Message):
    """relay -> shop: the procedure requesting information, transferred (claim 1)."""

    claim: ClassVar[str] = "1"
    shown: ClassVar[tuple[str, ...]] = ("order_ref.order",)
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    given: ClassVar[tuple[str, ...]] = ("terms",)
    order_ref: OrderRef
    relay_txn: Symbol
    terms: OrderTerms | None = None
    """What the shop's order tells its new attempt."""


@dataclass(frozen=True, kw_only=True)
class PaymentInfoMessage(Message):
    """shop -> relay: the payment information (claims 1, 15, 16)."""

    claim: ClassVar[str] = "1, 15, 16"
    shown: ClassVar[tuple[str, ...]] = ("payment_info.amount", "validity")
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    given: ClassVar[tuple[str, ...]] = ("validity",)
    relay_txn: Symbol
    payment_info: object
    validity: str = CURRENT


@dataclass(frozen=True, kw_only=True)
class ProcedureReject(Message):
    """shop -> relay: this order cannot be paid now."""

    claim: ClassVar[str] = "engineering"
    shown: ClassVar[tuple[str, ...]] = ("reason",)
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol
    reason: str


@dataclass(frozen=True, kw_only=True)
class WalletQuery(Message):
    """relay -> wallet: could you pay for this user with one of these brands? No amount and no shop (claim 14)."""

    claim: ClassVar[str] = "14"
    shown: ClassVar[tuple[str, ...]] = ("brands",)
    key: ClassVar[tuple[str, ...]] = ("wallet_txn",)
    wallet_txn: Symbol
    user_ref: Symbol
    brands: tuple[str, ...]
    currency: str


@dataclass(frozen=True, kw_only=True)
class WalletOffer(Message):
    """wallet -> relay: these instruments, or none (claims 4, 14)."""

    claim: ClassVar[str] = "14, 4"
    shown: ClassVar[tuple[str, ...]] = ("instruments",)
    key: ClassVar[tuple[str, ...]] = ("wallet_txn",)
    wallet_txn: Symbol
    display_name: str
    instruments: tuple[str, ...]
    """Masked; none if the wallet cannot pay."""


@dataclass(frozen=True, kw_only=True)
class ForwardedPaymentInfo(Message):
    """relay -> wallet: the payment information, byte for byte (claims 1, 15, 16)."""

    claim: ClassVar[str] = "1, 15, 16"
    shown: ClassVar[tuple[str, ...]] = ("payment_info.amount", "validity")
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    given: ClassVar[tuple[str, ...]] = ("validity", "enrolment", "unseen")
    relay_txn: Symbol
    user_ref: Symbol
    payment_info: object
    validity: str = CURRENT
    enrolment: AuthInfo | None = None
    """What the wallet holds of this user."""
    unseen: bool = True
    """Whether no other transaction at this wallet has used the key of the attempt."""


@dataclass(frozen=True, kw_only=True)
class WalletReject(Message):
    """wallet -> relay: the wallet will not pay this."""

    claim: ClassVar[str] = "engineering"
    shown: ClassVar[tuple[str, ...]] = ("reason",)
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol
    reason: str


@dataclass(frozen=True, kw_only=True)
class ConfirmInfoMessage(Message):
    """wallet -> relay: confirming information (claims 4, 5, 7)."""

    claim: ClassVar[str] = "4, 5, 7"
    shown: ClassVar[tuple[str, ...]] = ("confirm_info.amount",)
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol
    confirm_info: object


@dataclass(frozen=True, kw_only=True)
class ForwardedPaymentProcessingRequest(Message):
    """relay -> wallet: the payment processing request, transferred (claims 15, 16)."""

    claim: ClassVar[str] = "15, 16"
    shown: ClassVar[tuple[str, ...]] = ("consent.shown.amount", "validity")
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    given: ClassVar[tuple[str, ...]] = ("validity",)
    relay_txn: Symbol
    consent: Consent
    validity: str = CURRENT


@dataclass(frozen=True, kw_only=True)
class ForwardedCancel(Message):
    """relay -> wallet: the user, or the relay, gave up."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol
    proc_key: ProcKey


@dataclass(frozen=True, kw_only=True)
class CancelAck(Message):
    """wallet -> relay: cancelled for good; it will not be paid."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol


@dataclass(frozen=True, kw_only=True)
class PaymentRequest(Message):
    """wallet -> shop: please have the payment server process this payment (claim 1; SET)."""

    claim: ClassVar[str] = "preamble, SET"
    shown: ClassVar[tuple[str, ...]] = ("dual_signature.amount", "validity")
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    given: ClassVar[tuple[str, ...]] = ("validity",)
    proc_key: ProcKey
    order_info: OrderInfo
    instruction: object
    dual_signature: object
    certificate: Symbol
    validity: str = CURRENT


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest(Message):
    """shop -> payment server: authorise and capture (claim 1; SET)."""

    claim: ClassVar[str] = "preamble, SET"
    shown: ClassVar[tuple[str, ...]] = ("amount", "issuer", "validity")
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    given: ClassVar[tuple[str, ...]] = ("validity", "issuer")
    proc_key: ProcKey
    amount: Amount
    order_info_hash: Hash
    order_digest: Hash
    instruction: object
    dual_signature: object
    validity: str = CURRENT
    issuer: str = "approves"
    """What the issuer of the account decides, when it is asked: approves or declines."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationResponse(Message):
    """payment server -> shop: its receipt (claim 9; SET)."""

    claim: ClassVar[str] = "9, SET"
    shown: ClassVar[tuple[str, ...]] = ("receipt.outcome", "receipt.amount")
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey
    receipt: object
    auth_code: Symbol | None = None


@dataclass(frozen=True, kw_only=True)
class AuthorizationConflict(Message):
    """payment server -> shop: this key was used for another request. No receipt, and never shown."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey


@dataclass(frozen=True, kw_only=True)
class PaymentResponse(Message):
    """shop -> wallet: the payment server's receipt (claim 9; SET)."""

    claim: ClassVar[str] = "9, SET"
    shown: ClassVar[tuple[str, ...]] = ("receipt.outcome", "receipt.amount")
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey
    receipt: object
    auth_code: Symbol | None = None


@dataclass(frozen=True, kw_only=True)
class ResultInfo(Message):
    """wallet -> relay: result information, always with the receipt (claims 9, 10)."""

    claim: ClassVar[str] = "9, 10"
    shown: ClassVar[tuple[str, ...]] = ("receipt.outcome", "receipt.amount")
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol
    receipt: object


@dataclass(frozen=True, kw_only=True)
class WalletRefusal(Message):
    """wallet -> relay: it ended before the wallet requested payment, and how."""

    claim: ClassVar[str] = "engineering"
    shown: ClassVar[tuple[str, ...]] = ("outcome",)
    key: ClassVar[tuple[str, ...]] = ("relay_txn",)
    relay_txn: Symbol
    outcome: str
    """cancelled, expired or failed."""


@dataclass(frozen=True, kw_only=True)
class VoidingInquiry(Message):
    """shop -> payment server: what became of this cancelled attempt? If nothing, let nothing come of it (SET)."""

    claim: ClassVar[str] = "SET, engineering"
    shown: ClassVar[tuple[str, ...]] = ("amount",)
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class VoidingResponse(Message):
    """payment server -> shop: the receipt, which may say void."""

    claim: ClassVar[str] = "SET, engineering"
    shown: ClassVar[tuple[str, ...]] = ("receipt.outcome", "receipt.amount")
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey
    receipt: object


@dataclass(frozen=True, kw_only=True)
class ProcedureAbort(Message):
    """relay or wallet -> shop: this attempt will not be paid."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("relay_txn", "proc_key")
    order_ref: OrderRef
    relay_txn: Symbol | None = None
    proc_key: ProcKey | None = None


@dataclass(frozen=True, kw_only=True)
class SettlementStatusInquiry(Message):
    """relay -> payment server: what became of this? Never voids (claim 8, if relay_asks_payment_server)."""

    claim: ClassVar[str] = "8"
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey


@dataclass(frozen=True, kw_only=True)
class SettlementStatus(Message):
    """payment server -> relay: the receipt, or nothing yet. A text for the user, never a result."""

    claim: ClassVar[str] = "8"
    shown: ClassVar[tuple[str, ...]] = ("receipt.outcome",)
    key: ClassVar[tuple[str, ...]] = ("proc_key",)
    proc_key: ProcKey
    receipt: object = None
