"""Which engine searches: it never changes what is found."""

from dataclasses import replace

import pytest

from payrelay.classics import two_phase_commit
from payrelay.verification.engines import choice as engines
from payrelay.verification.engines.exploration import Exploration, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow


def found(managers: int, limits: Limits | None = None, needs_graph: bool = False) -> tuple[str, Exploration]:
    """The name of the engine that searched a two-phase commit, and what it found."""
    engine = TableEngine(Tabulation(two_phase_commit.system(managers)), two_phase_commit.PROPERTIES)
    explored, graph, name, _ = engines.explore(engine, limits or Limits(), lambda *_: None, needs_graph)
    assert (graph is not None) == needs_graph
    if graph is not None and explored.bound is None:
        assert len(graph.states) == explored.states
        assert graph.offsets[-1] >= explored.steps
    return name, replace(explored, seconds=0)


@pytest.mark.parametrize("needs_graph", [False, True])
def test_a_small_system_is_searched_by_the_table_engine(needs_graph: bool) -> None:
    name, explored = found(3, needs_graph=needs_graph)
    assert (name, explored.states, explored.bound) == ("table", 288, None)


@pytest.mark.parametrize("needs_graph", [False, True])
def test_a_large_one_is_searched_by_the_fast_engine(monkeypatch: pytest.MonkeyPatch, needs_graph: bool) -> None:
    name, fast = found(5, needs_graph=needs_graph)
    assert (name, fast.states, fast.bound) == ("fast", 8832, None)
    monkeypatch.setattr(engines, "has_fast_engine", lambda: False)
    assert found(5, needs_graph=needs_graph) == ("table", fast)


def test_limits_hold_for_both() -> None:
    assert found(5, Limits(states=100))[0] == "table"
    name, explored = found(6, Limits(states=20_000))
    assert (name, explored.bound) == ("fast", "the limit of 20000 states was reached")
    assert 20_000 <= explored.states < 50_816
    assert found(5, Limits(seconds=0))[1].bound == "the limit of 0 seconds was reached"
