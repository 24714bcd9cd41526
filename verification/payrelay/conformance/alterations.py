"""Alterations: a message with one value in it that is another, and everything else as it was.

Such a message is well-formed, and signed by whom it says: only a guard that compares the value can refuse it. What has
to come of it the model says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any

from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.model.conversion import Amount, Capabilities, Summary
from payrelay.model.messages.registration import ForwardedRegistrationRequest
from payrelay.model.open_values import OPEN_VALUES

OTHER = "another"
"""What a symbol or a text is called that stands in place of the right one."""
BYSTANDERS = {
    "shop": "shop-2",
    "payment": "payment-2",
    "authority": "authority-2",
    "relay": "relay-2",
    "wallet": "wallet-9",
}
"""By role, a party of it that has no part in what is going on."""

FREE = {
    "ForwardedPaymentInfo": (
        "/payment_info/relay_txn",
        "/payment_info/order_ref/shop",
        "/payment_info/proc_key/shop",
        "/payment_info/payment_server",
    ),
    # A relay that passes this on leaves it to the wallet, which may refuse it; one by others refuses it itself.
    "PaymentInfoMessage": ("/payment_info/proc_key/shop",),
}
"""By message, what no honest party sends otherwise, and the receiver may refuse or not (`is_payable`): nothing follows
from either."""


def alterations(message: Message, signs: Callable[[str], bool]) -> Iterator[tuple[str, Message]]:
    """(where, the altered message); `signs` tells whether the kit may sign for a party."""
    for one in fields(message):
        if one.name in {"sender", "receiver", "session", "request_nonce", *message.given}:
            continue
        for at, value in _altered(getattr(message, one.name), one.name, signs):
            if not _is_free(message, f"/{one.name}{at}"):
                yield f"/{one.name}{at}", replace(message, **{one.name: value})


def _is_free(message: Message, at: str) -> bool:
    if isinstance(message, ForwardedRegistrationRequest) and at == "/wallet":
        return message.enrolment_key is not None  # where something is sealed for it, for another one nothing can be
    return at in FREE.get(type(message).__name__, ())


def _altered(term: Any, name: str, signs: Callable[[str], bool]) -> Iterator[tuple[str, Any]]:
    match term:
        case Amount():
            yield "", replace(term, value=term.value + 1)
        case Symbol():
            yield "", Symbol(term.kind, OTHER)
        case Hash():
            yield "", Hash((Symbol("order_salt", OTHER),))
        case Signed():
            if signs(term.by):
                for at, content in _altered(term.content, name, signs):
                    yield at, Signed(term.by, content)
        case Unverified():
            for at, content in _altered(term.content, name, signs):
                yield at, Unverified(content)
        case Sealed():
            for at, content in _altered(term.content, name, signs):
                yield f"{at}/sealed", Sealed(term.to, content)
        case Capabilities() | Summary() | None | bool():
            return
        case int():
            yield "", term + 1
        case str():
            other = _other_text(term, name)
            if other is not None:
                yield "", other
        case tuple() if not hasattr(term, "_fields"):
            for place, item in enumerate(term):
                for at, value in _altered(item, name, signs):
                    yield f"/{place}{at}", (*term[:place], value, *term[place + 1 :])
            if len(term) > 1 and name != "values":  # an answer too few is the authority's to find
                yield "/-", term[:-1]
        case _ if is_dataclass(term) and not isinstance(term, type):
            yield from _fields(term, [one.name for one in fields(term)], partial(replace, term), signs)
        case _ if hasattr(term, "_fields"):
            named: Any = term
            yield from _fields(named, named._fields, named._replace, signs)


def _fields(term: Any, names: Any, put: Callable[..., Any], signs: Callable[[str], bool]) -> Iterator[tuple[str, Any]]:
    for name in names:
        for at, value in _altered(getattr(term, name), name, signs):
            yield f"/{name}{at}", put(**{name: value})


def _other_text(text: str, name: str) -> str | None:
    role = role_of(text)
    if role in BYSTANDERS:
        return BYSTANDERS[role]
    if name in OPEN_VALUES.texts and name not in {"currency", "terms", "terms_digest"}:
        return OTHER
    return None
