"""Our own engine, measured."""

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.request_answer import FAULTY
from payrelay.verification.bench import engine
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow


def packed(managers: int) -> TableEngine:
    return engine.composed(TableEngine(Tabulation(two_phase_commit.system(managers)), [two_phase_commit.consistent]))


def test_every_search_is_repeated_and_weighed() -> None:
    found = engine.measure({"three": lambda: packed(3), "two": lambda: packed(2)}, repeat=4)
    assert {name: (one.states, len(one.runs)) for name, one in found.items()} == {"three": (288, 4), "two": (56, 4)}
    for one in found.values():
        assert one.bytes is not None
        assert one.bytes > 8 * one.states, "a word for each state at least"
        assert one.preparing > 0


def test_what_takes_long_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ENOUGH", 0.0)
    assert len(engine.measure({"two": lambda: packed(2)}, repeat=4)["two"].runs) == 1


def test_time_ends_a_search() -> None:
    with pytest.raises(StoppedError, match="the limit of 0 seconds was reached"):
        engine.measure({"two": lambda: packed(2)}, repeat=1, seconds=0)


def test_invalid_search_that_is_cut_short_or_violated() -> None:
    many = request_answer.system(FAULTY.derived({"duplicates": "3", "losses": "3"}))
    with pytest.raises(NotMeasuredError, match="copies"):
        engine.measure({"many": lambda: TableEngine(Tabulation(many))}, repeat=1)
    wrong = request_answer.system(FAULTY, forgetful=True)
    with pytest.raises(NotMeasuredError, match="violated"):
        engine.measure({"wrong": lambda: TableEngine(Tabulation(wrong), request_answer.PROPERTIES)}, repeat=1)


def test_a_graph_stays_the_same_if_nothing_is_checked() -> None:
    tables = Tabulation(request_answer.system(FAULTY, forgetful=True))
    checked = TableEngine(tables, request_answer.PROPERTIES).explore()
    unchecked = engine.Unchecked(tables, request_answer.PROPERTIES).explore()
    assert (unchecked.states, unchecked.steps) == (checked.states, checked.steps)
    assert checked.violations
    assert not unchecked.violations
