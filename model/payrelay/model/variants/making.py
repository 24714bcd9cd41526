"""What faulty purchases are made of: changes of what an action sends, and values that are not the run's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from payrelay.language.edits import Edit, Variant
from payrelay.language.messages import Output, Send
from payrelay.language.role import Action, Effect
from payrelay.language.terms import Hash, Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import OrderRef, PaymentInfo, ProcKey

TERMINAL, RELAY, WALLET, ORDER, ATTEMPT, PAYMENT, ENROLMENT = (
    "terminal",
    "relay_procedure",
    "wallet_procedure",
    "shop_order",
    "shop_attempt",
    "payment_authorization",
    "enrolment",
)
STORIES = "fault_stories wallets=1"
"""One loss, one duplicate, one crash of the relay and one early time-out; small."""
OTHER = Amount(1, "JPY")
"""Another amount than the order's."""
FIRST = ProcKey("shop", Symbol("proc_id", "1"))
MADE_UP = PaymentInfo(
    FIRST,
    "Bookshop",
    OrderRef("shop", Symbol("order_ref", "1")),
    Symbol("relay_txn", "1"),
    Amount(2, "JPY"),
    Hash("nothing"),
    ("brand",),
    "payment",
    Symbol("pay_url", "shop"),
    Symbol("shop_nonce", "1"),
)


def variant(name: str, story: str, violates: str, configuration: str, *edits: Edit) -> Variant:
    """A faulty variant; `violates` has the names of properties, with blanks between them."""
    return Variant(name=name, story=story, edits=edits, violates=tuple(violates.split()), configuration=configuration)


def silently(action: Action) -> Action:
    """The action without what it sends."""

    def keep_quiet(data: Any, message: Any) -> Effect:
        return action(data, message)[0], ()

    return keep_quiet


def sending(action: Action, changed: Callable[[Any, Send], tuple[Output, ...]]) -> Action:
    """The action with what it sends to other parties changed: each Send to a tuple of outputs."""

    def send_other(data: Any, message: Any) -> Effect:
        after, outputs = action(data, message)
        return after, tuple(
            new for output in outputs for new in (changed(data, output) if isinstance(output, Send) else (output,))
        )

    return send_other


def with_fields(output: Send, **fields: Any) -> tuple[Send, ...]:
    """The same message with other values in some of its fields."""
    return (replace(output, message=replace(output.message, **fields)),)


def also(action: Action, more: Callable[[Any, Any], tuple[Output, ...]]) -> Action:
    """The action with more outputs."""

    def do_more(data: Any, message: Any) -> Effect:
        after, outputs = action(data, message)
        return after, (*outputs, *more(after, message))

    return do_more
