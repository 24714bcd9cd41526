"""What happens inside the parties and is spoken of by properties; each names the message that tells an outsider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from payrelay.language.messages import Occurrence
from payrelay.language.terms import Hash, Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import OrderRef, ProcKey


@dataclass(frozen=True)
class OrderFrozen(Occurrence):
    """The shop froze an order and its total."""

    witness: ClassVar[str] = "OrderAck"
    order_ref: OrderRef
    total: Amount


@dataclass(frozen=True)
class WalletChosen(Occurrence):
    """The user chose a wallet of those on the page."""

    witness: ClassVar[str] = "WalletChoice"
    handle: Symbol
    wallet: str


@dataclass(frozen=True)
class Displayed(Occurrence):
    """The terminal shows what is to be confirmed."""

    witness: ClassVar[str] = "ConfirmSummary"
    proc_key: ProcKey
    amount: Amount
    payee_name: str


@dataclass(frozen=True)
class Confirmed(Occurrence):
    """The user consents to what is shown."""

    witness: ClassVar[str] = "PaymentProcessingRequest"
    proc_key: ProcKey
    amount: Amount


@dataclass(frozen=True)
class Shown(Occurrence):
    """The terminal shows how it ended; an error page is negative, too."""

    witness: ClassVar[str] = "ResultSummary or ErrorSummary"
    handle: Symbol | None
    outcome: str
    amount: Amount | None = None


@dataclass(frozen=True)
class Debited(Occurrence):
    """The payment server took money from the user's account."""

    witness: ClassVar[str] = "AuthorizationRequest, and AuthorizationResponse with an approved receipt"
    shown: ClassVar[tuple[str, ...]] = ("proc_key", "amount")
    proc_key: ProcKey
    amount: Amount
    order_digest: Hash


@dataclass(frozen=True)
class ReceiptSigned(Occurrence):
    """The payment server decided an attempt for good."""

    witness: ClassVar[str] = "AuthorizationResponse or VoidingResponse"
    proc_key: ProcKey
    outcome: str
    amount: Amount


@dataclass(frozen=True)
class ResultAwaited(Occurrence):
    """A terminal's request began to be held while the payment is processed (claim 10: the period begins)."""

    witness: ClassVar[str] = "PaymentProcessingRequest or ProgressInquiry"
    handle: Symbol


@dataclass(frozen=True)
class AuthInfoHeld(Occurrence):
    """A wallet has stored authentication information of a user (claim 1)."""

    witness: ClassVar[str] = "AuthInfoStored"
    subject: str
    wallet: str


@dataclass(frozen=True)
class TryMade(Occurrence):
    """The user has answered all of a form, for the time that `round` says."""

    witness: ClassVar[str] = "FormAnswers to the last page"
    reg_id: Symbol
    round: int
    is_last: bool


@dataclass(frozen=True)
class TryUsed(Occurrence):
    """The authority found answers wrong: one of the tries is used up."""

    witness: ClassVar[str] = "RegistrationReject"
    reg_id: Symbol
    round: int
    is_last: bool


@dataclass(frozen=True)
class CertificateIssued(Occurrence):
    """The authority has made the user's authentication information; it is not valid yet."""

    witness: ClassVar[str] = "AuthenticationInfo"
    reg_id: Symbol
    certificate: Symbol


@dataclass(frozen=True)
class CertificateActive(Occurrence):
    """From now on the user's certificate is valid."""

    witness: ClassVar[str] = "ActivationResponse that says active"
    reg_id: Symbol
    certificate: Symbol


@dataclass(frozen=True)
class CertificateRevoked(Occurrence):
    """The user's certificate will never be valid."""

    witness: ClassVar[str] = "ActivationResponse that says revoked"
    reg_id: Symbol
    certificate: Symbol


@dataclass(frozen=True)
class RegistrationShown(Occurrence):
    """The terminal shows how the registration ended: ok, cancelled, rejected, failed; or the code of an error page."""

    witness: ClassVar[str] = "RegistrationResult or ErrorSummary"
    handle: Symbol | None
    result: str
    reason: str = ""
