"""What a party does with what it should never have been sent: nothing, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrelay.language.messages import Message, Tell
from payrelay.language.role import Handled, Ignored, Local, ProtocolError
from payrelay.language.systems import Instance, System
from payrelay.language.terms import Sealed, Signed, Symbol, Unverified
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import BENIGN, HAPPY
from payrelay.model.conversion import CAPABILITIES, Amount, Capabilities
from payrelay.model.data import OrderRef
from payrelay.model.messages.purchase import ForwardedProcedureRequest, OrderPlace, WalletRefusal
from payrelay.model.messages.user import UserChooses
from payrelay.model.protocol import build
from payrelay.model.purchase import ORDER
from payrelay.verification.tables.tabulation import Tabulation

SYSTEM = build(HAPPY)
TRANSACTION = Symbol("relay_txn", "1")
REQUEST = ForwardedProcedureRequest(order_ref=ORDER, relay_txn=TRANSACTION, sender="relay", receiver="shop")
ORDERED = OrderPlace(order_nonce=Symbol("order_nonce", "1"), cart="a book", sender="terminal-1", receiver="shop")


def machine(name: str) -> Instance:
    """A machine of the system."""
    return SYSTEM.instances[SYSTEM.by_id[name]]


@pytest.mark.parametrize("outcome", ["approved", "unknown", ""])
def test_invalid_refusal_that_only_a_receipt_could_prove(outcome: str) -> None:
    """A wallet's word ends nothing but what it never requested; 'approved' is the payment server's to say."""
    relay = machine("relay/procedure-1")
    local = Local("settling", replace(relay.initial[0].data, wallet="wallet-1"))
    refusal = WalletRefusal(relay_txn=TRANSACTION, outcome=outcome, sender="wallet-1", receiver="relay")
    assert isinstance(relay.table.step(local, refusal), Ignored)


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, sender="wallet-1"),
        replace(REQUEST, relay_txn=Symbol("relay_txn", "nobody's")),
        replace(REQUEST, order_ref=OrderRef("shop", Symbol("order_ref", "another"))),
    ],
)
def test_invalid_request_for_an_attempt(request_: ForwardedProcedureRequest) -> None:
    order = machine("shop/order")
    local = Local("payable", order.initial[0].data)
    assert isinstance(order.table.step(local, REQUEST), Handled), "the good one is taken"
    assert isinstance(order.table.step(local, request_), Ignored)


def test_invalid_order_from_no_terminal() -> None:
    order = machine("shop/order")
    assert isinstance(order.table.step(order.initial[0], ORDERED), Handled), "the good one is taken"
    assert isinstance(order.table.step(order.initial[0], replace(ORDERED, sender="relay")), Ignored)


def test_invalid_second_cart_for_a_frozen_order() -> None:
    order = machine("shop/order")
    taken = order.table.step(order.initial[0], ORDERED)
    assert isinstance(taken, Handled)
    other = replace(ORDERED, order_nonce=Symbol("order_nonce", "2"), sender="terminal-2")
    assert isinstance(order.table.step(taken.after, other), Ignored)


@pytest.mark.parametrize("index", [0, -1, 3])
def test_invalid_choice_of_what_is_not_on_the_page(index: int) -> None:
    terminal = machine("terminal-1/purchase")
    local = Local("selecting", replace(terminal.initial[0].data, options=("wallet-1", "wallet-2")))
    choice = UserChooses(nonce=Symbol("request_nonce", "x"), index=index)
    assert not isinstance(terminal.table.step(local, choice), Handled)


# --- whatever is sent, nobody breaks

SPOILT_TEXTS = ("", "approved", "line\nend", "Café", "a b", "x" * 100, "relay", "shop", "wallet-1", "wallet-2")
TINY = Capabilities("text/plain", 1, 1, 1, "us-ascii", 1)


@cache
def exchanges() -> dict[str, list[tuple[System, int, Local, Message]]]:
    """By the kind of message, where each is taken: (system, machine, state, message)."""
    found: dict[str, list[tuple[System, int, Local, Message]]] = {}
    for configuration in (
        replace(BENIGN, name="strangers", security="hardened", procedures=1),
        PaymentConfiguration(name="registration", says="One registration.", procedures=0, registrations=1),
    ):
        tabulation = Tabulation(build(configuration))
        for rewrite in tabulation.rewrites:
            for move in rewrite.reaction.moves:
                if isinstance(move.answer, Handled) and isinstance(move.received, Message):
                    taken = (tabulation.system, move.machine, move.before, move.received)
                    found.setdefault(type(move.received).__name__, []).append(taken)
    return found


def spoilt(draw: Callable[[Any], Any], value: Any) -> Any:
    """Another value of the same sort: what passes the seam has its type, and nothing else is sure."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.sampled_from((-1, 0, 7)))
    if isinstance(value, str):
        return draw(st.sampled_from(SPOILT_TEXTS))
    if isinstance(value, Symbol):
        return replace(value, name=draw(st.sampled_from((*SPOILT_TEXTS, "1", "2"))))
    if isinstance(value, Amount):
        return Amount(draw(st.sampled_from((0, 3, 10**15 - 1))), "EUR")
    if isinstance(value, Capabilities):
        return draw(st.sampled_from((TINY, *CAPABILITIES.values())))
    if isinstance(value, Signed | Sealed | Unverified) and draw(st.booleans()):
        content = draw(st.sampled_from((value.content, "nonsense")))
        return draw(st.sampled_from((Unverified(content), Signed("wallet-2", content), Sealed("wallet-2", content))))
    if isinstance(value, tuple):
        return draw(st.sampled_from(((), value * 9, *([(spoilt(draw, value[0]), *value[1:])] if value else []))))
    if is_dataclass(value) and not isinstance(value, type) and fields(value):
        known = ("receiver", *getattr(value, "given", ()))  # by who receives it: not the sender's to say
        field = draw(st.sampled_from([field for field in fields(value) if field.name not in known]))
        may_be_missing = any(word in str(field.type) for word in ("None", "Any", "object", "Hashable"))
        if may_be_missing and draw(st.booleans()):
            return replace(value, **{field.name: None})
        return replace(value, **{field.name: spoilt(draw, getattr(value, field.name))})
    return value


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_message_breaks_a_machine(data: st.DataObject) -> None:
    """Answered or passed over: no assertion trips, and nothing is told to a machine that is not there."""
    taken = exchanges()[data.draw(st.sampled_from(sorted(exchanges())))]
    system, machine, local, received = taken[data.draw(st.integers(0, len(taken) - 1))]
    for _ in range(data.draw(st.integers(1, 3))):
        received = spoilt(data.draw, received)
    answer = system.instances[machine].table.step(local, received)
    assert isinstance(answer, Handled | Ignored | ProtocolError)
    if isinstance(answer, Handled):
        party = system.instances[machine].party
        assert all(f"{party}/{told.to}" in system.by_id for told in answer.outputs if isinstance(told, Tell))
