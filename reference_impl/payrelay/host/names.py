"""Names of machines: which machine of its receiver a message belongs to, where there are any number of each.

The model numbers its procedures, so there all identifiers of a procedure have the same name. Here each party has made
its own. A machine is named by what it does and by what it was opened with, and has a key for each identifier that it
became known by since. What the relay names is told apart by relay: two of them may have thought of the same.
"""

from __future__ import annotations

from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.data import OrderRef, ProcKey
from payrelay.model.messages.purchase import (
    ForwardedPaymentInfo,
    ForwardedProcedureRequest,
    WalletOffer,
    WalletQuery,
)
from payrelay.model.messages.registration import EnrolmentKeyRequest, ForwardedAuthenticationInfo
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest
from payrelay.model.protocol import DISPATCH

OF_RELAY = ("relay_txn", "reg_txn", "user_ref")
"""The kinds of identifiers that a relay gives its procedures, and that other parties open machines by."""


def word_for(message: Message) -> str:
    """What the machine that takes a message does, in a word: the beginning of its name in the model."""
    name = DISPATCH[role_of(message.receiver), type(message)](message)
    return name.partition("-")[0]


def named(word: str, identifier: object, relay: str = "") -> str:
    """The name, or a key, of a machine."""
    return f"{word}-{_text(identifier, relay)}"


def _text(identifier: object, relay: str) -> str:
    match identifier:
        case Symbol():
            return f"{relay}.{identifier.kind}.{identifier.name}" if relay else f"{identifier.kind}.{identifier.name}"
        case ProcKey():
            return f"proc_id.{identifier.shop}.{identifier.proc_id.name}"
        case OrderRef():
            return f"order_ref.{identifier.order.name}"
    return str(identifier)


def name_for(message: Message) -> str | None:
    """The name or key of the machine that a message belongs to; None if it names none."""
    word = word_for(message)
    match message:
        case TerminalAnswer():
            return word
        case TerminalRequest():
            return named(word, message.session)
        case ForwardedProcedureRequest():
            return named(word, message.order_ref)
        case WalletQuery() | ForwardedPaymentInfo() | EnrolmentKeyRequest() | ForwardedAuthenticationInfo():
            return named(word, message.user_ref, message.sender)
        case WalletOffer():
            return named(word, transaction_behind(message.wallet_txn))
    for field in type(message).key:
        identifier = getattr(message, field)
        if identifier is not None:
            is_relays = isinstance(identifier, Symbol) and identifier.kind in OF_RELAY
            from_relay = is_relays and role_of(message.sender) == "relay"
            return named(word, identifier, message.sender if from_relay else "")
    return word


def transaction_behind(wallet_txn: Symbol) -> Symbol:
    """The transaction of which the relay derived its name of a query."""
    return Symbol("relay_txn", wallet_txn.name.partition(" ")[0])
