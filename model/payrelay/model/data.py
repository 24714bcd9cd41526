"""What the messages carry: the artefacts that parties sign, seal, show and remember (claims 1, 4-7, 9, 12-14; SET).

Amounts and names are values. Everything fresh is a `Symbol` of its own kind, so that an artefact can be recognised
wherever it turns up; the symbols that belong to one procedure have the same name.
"""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.model.conversion import Amount, FormField

SECURITIES = ("plain", "channel", "hardened")
"""Levels of security: identifiers only; authenticated channels; channels and signed and sealed objects."""

CURRENT = "current"
EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class OrderRef:
    """One frozen cart at a shop."""

    shop: str
    order: Symbol


@dataclass(frozen=True, slots=True)
class ProcKey:
    """One attempt to pay an order; always compared whole."""

    shop: str
    proc_id: Symbol


@dataclass(frozen=True, slots=True)
class PaymentInfo:
    """Payment information: what the shop wants to be paid (claim 1; SET's initiation message). Signed by the shop.

    The artefact that the terminal never receives: it, its signature, `shop_nonce` and `pay_url`.
    """

    proc_key: ProcKey
    payee_name: str
    order_ref: OrderRef
    relay_txn: Symbol
    amount: Amount
    order_digest: Hash
    brands: tuple[str, ...]
    payment_server: str
    pay_url: Symbol
    shop_nonce: Symbol


@dataclass(frozen=True, slots=True)
class ConfirmInfo:
    """Confirming information: what the wallet asks the user to confirm (claim 5). Signed by the wallet."""

    proc_key: ProcKey
    amount: Amount
    payee_name: str
    instrument_label: str
    info_digest: Hash
    wallet_nonce: Symbol


@dataclass(frozen=True, slots=True)
class Confirmable:
    """What a confirm page is bound to: the typed values, not their rendering. They come back in the consent."""

    proc_key: ProcKey
    amount: Amount
    payee_name: str
    wallet: str


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a result page is bound to."""

    proc_key: ProcKey
    outcome: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Consent:
    """The user's consent to exactly what was shown (claims 10, 15, 16)."""

    shown: Confirmable
    user_auth: Sealed | None = None
    """What proves to the wallet that it is the user; hardened only."""


@dataclass(frozen=True, slots=True)
class OrderInfo:
    """What the shop must know of the payment (SET's order information)."""

    proc_key: ProcKey
    order_ref: OrderRef
    order_digest: Hash
    shop_nonce: Symbol
    wallet_nonce: Symbol


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """What the payment server must know (SET). Sealed for it, if hardened: the shop passes it on unread."""

    proc_key: ProcKey
    amount: Amount
    order_digest: Hash
    order_info_hash: Hash
    account: Symbol


@dataclass(frozen=True, slots=True)
class DualSignature:
    """Ties order and instruction together, and both to one payment server (SET). Signed with the user's key."""

    order_info_hash: Hash
    instruction_hash: Hash
    payment_server: str
    proc_key: ProcKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class Receipt:
    """The only statement about money. Signed by the payment server."""

    proc_key: ProcKey
    amount: Amount
    outcome: str
    """One of `OUTCOMES`."""
    code: str = ""


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What an order tells its attempts."""

    order_ref: OrderRef
    total: Amount
    payee_name: str
    digest: Hash


@dataclass(frozen=True, slots=True)
class AuthInfo:
    """Authentication information of a user, for one wallet (claims 1, 12; SET's cardholder certificate). Signed."""

    reg_id: Symbol
    subject: str
    wallet: str
    certificate: Symbol
    secret: Sealed | Symbol
    """The private part; sealed for the wallet, if hardened."""
    account: Symbol
    enrolment_nonce: Symbol | None = None
    user_auth: Sealed | None = None
    """What the user will prove to the wallet who it is with, as the user told the authority; hardened only."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the registration authority asks (claim 13). Signed by the authority."""

    reg_id: Symbol
    reg_txn: Symbol
    fields: tuple[FormField, ...]
    terms: str | None = None
    terms_digest: str | None = None
    tries: int = 2


OUTCOMES = ("approved", "declined", "rejected", "void")
"""What a receipt may say."""


def user_ref(user: str, peer: str) -> Symbol:
    """The pseudonym under which the relay speaks of a user to one of its peers: another for each."""
    return Symbol("user_ref", f"{user} at {peer}")


def signed(by: str, content: object, security: str) -> Signed | Unverified:
    """The content as its receiver sees it: verified if objects are signed, else not."""
    return Signed(by, content) if security == "hardened" else Unverified(content)


def is_signed(term: object, by: str, security: str) -> bool:
    """Whether a term is what `by` signed. Without object security anything passes."""
    if security == "hardened":
        return isinstance(term, Signed) and term.by == by
    return isinstance(term, Signed | Unverified)


def sealed(to: str, content: object, security: str) -> object:
    """The content as it travels: sealed if objects are, else in clear."""
    return Sealed(to, content) if security == "hardened" else content


def opened(term: object) -> object:
    """What is inside a sealed, signed or unverified term. Only for a party that may open it."""
    return term.content if isinstance(term, Sealed | Signed | Unverified) else term


def is_receipt_for(info: PaymentInfo, term: object, security: str) -> bool:
    """Whether a term is what the payment server signed about this attempt and this amount."""
    receipt = opened(term)
    return (
        isinstance(receipt, Receipt)
        and is_signed(term, info.payment_server, security)
        and (receipt.proc_key, receipt.amount) == (info.proc_key, info.amount)
        and receipt.outcome in OUTCOMES
    )
