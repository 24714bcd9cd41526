"""A terminal under test: its user is made to act, and its requests are held until the kit answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conformance.playing import going_well, next_move

from payrelay.conformance.course import Arrives, Done, Injected
from payrelay.conformance.deviations import Deviation, Stuck
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting
from payrelay.conformance.subjects import Rehearsed
from payrelay.host.faults import SOUND, Fault
from payrelay.language.edits import Drop, Edit
from payrelay.model.protocol import tables
from payrelay.wire.identities import counted

TERMINAL = "terminal-1"


def begun(security: str, capability: str, *edits: Edit, fault: Fault = SOUND) -> Performance:
    """A test of a terminal, before anything has happened."""
    model = going_well(ordering=True, security=security, capability=capability)
    setting = Setting(model, frozenset([TERMINAL]), b"tests", 1_800_000_000)
    found = setting.correspondence(1)
    rings = {TERMINAL: replace(setting.keys[TERMINAL], made={})}
    world = setting.world(TERMINAL, found)
    subject = Rehearsed(rings, {TERMINAL: world}, counted(b"terminal"), setting.now, tables=tables(edits), fault=fault)
    return Performance(setting, subject, found)


def order_and_pay(performance: Performance) -> None:
    """Play until the terminal has been told the result."""
    course = performance.course
    while course.local(performance.place, f"{TERMINAL}/purchase").control != "done":
        move = next_move(course, performance.place)
        assert move is not None
        performance.perform(move)


@pytest.mark.parametrize("capability", ["json", "html", "compact_html", "plain_text"])
@pytest.mark.parametrize("security", ["plain", "hardened"])
def test_a_terminal_orders_and_pays(security: str, capability: str) -> None:
    performance = begun(security, capability)
    order_and_pay(performance)
    said = [type(seen.message).__name__ for seen in performance.seen]
    assert said == [
        *("OrderPlace", "OrderAck", "ProcedureRequest", "WalletSelectSummary", "WalletChoice", "ConfirmSummary"),
        *("PaymentProcessingRequest", "ResultSummary"),
    ]


def test_a_terminal_that_does_not_ask_is_found() -> None:
    performance = begun("plain", "json", Drop(role="terminal", event="user_pays"))
    with pytest.raises(Deviation, match="no ProcedureRequest"):
        order_and_pay(performance)


def test_an_answer_that_nobody_waits_for_goes_to_nobody_and_cannot_be_given_by_anybody_else() -> None:
    performance = begun("plain", "json")
    move = next_move(performance.course, performance.place)
    assert isinstance(move, Done)
    performance.perform(move)
    (order,) = performance.course.arrivals(performance.place)
    performance.perform(order)
    (answer,) = performance.course.arrivals(performance.place)
    performance.perform(Arrives(answer.message, stays=True))
    before = len(performance.seen)
    performance.perform(answer)
    assert len(performance.seen) == before
    with pytest.raises(Stuck, match="has no request"):
        performance.perform(Injected(answer.message))
