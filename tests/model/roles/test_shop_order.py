"""An order at the shop, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Tell, Timeout
from payrelay.language.terms import Symbol
from payrelay.model.messages.internal import (
    AttemptOpened,
    AttemptPaid,
    AttemptPending,
    AttemptRefused,
    RefuseAttempt,
    Superseded,
)
from payrelay.model.messages.purchase import ForwardedProcedureRequest, OrderAck, OrderPlace
from payrelay.model.occurrences import OrderFrozen
from payrelay.model.purchase import ORDER, TERMS, TOTAL

NONCE = Symbol("order_nonce", "1")
PLACE = OrderPlace(order_nonce=NONCE, cart="a book")
ACK = OrderAck(order_nonce=NONCE, order_ref=ORDER, total=TOTAL)
OPENED = AttemptOpened(attempt="attempt-1")
REFUSALS = {
    "cart": "UNKNOWN_ORDER",
    "in_payment": "IN_PAYMENT",
    "paid": "ALREADY_PAID",
    "expired": "ORDER_EXPIRED",
}
PATHS: dict[str, tuple[Any, ...]] = {
    "cart": (),
    "payable": (PLACE, OPENED),
    "in_payment": (PLACE, OPENED, AttemptPending()),
    "paid": (PLACE, OPENED, AttemptPending(), AttemptPaid()),
    "expired": (PLACE, OPENED, Timeout("order_expiry")),
}


def request(name: str) -> ForwardedProcedureRequest:
    return ForwardedProcedureRequest(
        order_ref=ORDER, relay_txn=Symbol("relay_txn", name), sender="relay", receiver="shop"
    )


@pytest.fixture
def order(purchases: SimpleNamespace) -> Any:
    return purchases.talk("shop/order", procedures=3)


def brought_to(order: Any, state: str) -> Any:
    for received in PATHS[state]:
        order.hears(received, "terminal-1")
    assert order.state == state
    return order


def test_a_placed_order_is_frozen(order: Any) -> None:
    frozen, send = order.says(PLACE, "terminal-1").outputs
    assert frozen == OrderFrozen(ORDER, TOTAL)
    assert (send.to, send.message, order.state) == ("terminal-1", ACK, "payable")


@pytest.mark.parametrize("state", ["payable", "in_payment", "paid", "expired"])
def test_the_same_order_is_acknowledged_again(order: Any, state: str) -> None:
    before = brought_to(order, state).local
    assert order.hears(PLACE, "terminal-1") == [ACK]
    assert order.local == before


def test_an_order_may_stand_before_the_run(purchases: SimpleNamespace) -> None:
    order = purchases.talk("shop/order", ordering=False)
    assert order.state == "payable"
    assert order.says(request("1")).outputs == (Tell("attempt-1", replace(request("1"), terms=TERMS)),)


def test_an_attempt_gets_the_terms_of_the_order(order: Any) -> None:
    before = brought_to(order, "payable").local
    assert order.says(request("2")).outputs == (Tell("attempt-2", replace(request("2"), terms=TERMS)),)
    assert order.local == before


def test_the_newest_attempt_is_the_current_one(order: Any) -> None:
    order.hears(PLACE, "terminal-1")
    assert order.says(OPENED).outputs == ()
    assert order.says(OPENED).outputs == ()
    second, third = (AttemptOpened(attempt=f"attempt-{number}") for number in (2, 3))
    assert order.says(second).outputs == (Tell("attempt-1", Superseded()),)
    assert order.says(third).outputs == (Tell("attempt-2", Superseded()),)
    assert order.local.data.opened == ("attempt-1", "attempt-2", "attempt-3")


@pytest.mark.parametrize("state", REFUSALS)
def test_no_other_attempt_begins_when_the_order_cannot_be_paid(order: Any, state: str) -> None:
    before = brought_to(order, state).local
    (told,) = order.says(request("2")).outputs
    refusal = RefuseAttempt(relay_txn=Symbol("relay_txn", "2"), relay="relay", reason=REFUSALS[state])
    assert told == Tell("attempt-2", refusal)
    assert order.local == before


@pytest.mark.parametrize("state", ["in_payment", "paid", "expired"])
def test_an_attempt_that_was_opened_answers_for_itself(order: Any, state: str) -> None:
    before = brought_to(order, state).local
    assert order.says(request("1")).outputs == (Tell("attempt-1", replace(request("1"), terms=TERMS)),)
    assert order.local == before


def test_an_order_is_paid_once_by_one_attempt_at_a_time(order: Any) -> None:
    brought_to(order, "in_payment").hears(AttemptRefused())
    assert order.state == "payable"
    order.hears(AttemptPending())
    order.hears(AttemptPaid())
    assert order.state == "paid"
    for told in (AttemptPending(), AttemptRefused(), AttemptPaid(), AttemptOpened(attempt="attempt-2")):
        assert order.passes_over(told) == "protocol error"


def test_an_order_that_expires_cancels_its_attempt(order: Any) -> None:
    (told,) = brought_to(order, "payable").says(Timeout("order_expiry")).outputs
    assert (told, order.state) == (Tell("attempt-1", Superseded()), "expired")


def test_an_order_without_attempts_expires(order: Any) -> None:
    order.hears(PLACE, "terminal-1")
    assert order.says(Timeout("order_expiry")).outputs == ()
    assert order.state == "expired"


@pytest.mark.parametrize("state", ["cart", "in_payment", "paid", "expired"])
def test_what_is_being_paid_does_not_expire(order: Any, state: str) -> None:
    assert brought_to(order, state).passes_over(Timeout("order_expiry")) == "protocol error"


@pytest.mark.parametrize("state", PATHS)
def test_everything_is_durable(order: Any, state: str) -> None:
    assert "durable" in brought_to(order, state).passes_over(Restart())


def test_invalid_cart_for_the_same_nonce(purchases: SimpleNamespace) -> None:
    """The same key with other bytes is a conflict, no repetition."""
    order = purchases.talk("shop/order", ordering=True)
    placed = PLACE
    assert order.hears(placed, "terminal-1") == order.hears(placed, "terminal-1") != []
    order.passes_over(replace(placed, cart="two books"), "terminal-1")
