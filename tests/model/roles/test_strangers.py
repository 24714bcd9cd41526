"""What a party does with what it should never have been sent: nothing, and nothing changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrelay.language.role import Handled, Ignored, Local
from payrelay.language.systems import Instance
from payrelay.language.terms import Symbol
from payrelay.model.configurations import HAPPY
from payrelay.model.data import OrderRef
from payrelay.model.messages.purchase import ForwardedProcedureRequest, OrderPlace, WalletRefusal
from payrelay.model.messages.user import UserChooses
from payrelay.model.protocol import build
from payrelay.model.purchase import ORDER

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
