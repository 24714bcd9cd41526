"""The search over bit vectors: figures, shortest runs, limits, and the graph that it leaves."""

from dataclasses import replace

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.language.properties import Entered, Never, Property
from payrelay.verification.engines import table as table_engine
from payrelay.verification.engines.exploration import Exploration, Graph, Limits, memory_used
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

NOBODY_COMMITS = Property("n", "n", "Nobody commits.", conjuncts=(Never(Entered("resource", states=("committed",))),))


@pytest.mark.parametrize(("managers", "states"), [(2, 56), (3, 288), (4, 1568), (5, 8832)])
def test_two_phase_commit_has_the_published_number_of_states(managers: int, states: int) -> None:
    engine = TableEngine(Tabulation(two_phase_commit.system(managers)), two_phase_commit.PROPERTIES)
    found = engine.explore()
    assert (found.states, found.bound, found.violations) == (states, None, {})


def test_a_violation_comes_with_a_shortest_run() -> None:
    engine = TableEngine(Tabulation(two_phase_commit.system(2)), [NOBODY_COMMITS])
    (labels,) = engine.explore().violations.values()
    assert sorted(engine.labels[label].kind for label in labels) == ["deliver"] * 3 + ["user"] * 3


def test_the_graph_holds_every_step() -> None:
    engine = TableEngine(Tabulation(request_answer.system(request_answer.FAULTY, moody=True)))
    graph = Graph()
    found = engine.explore(graph=graph)
    steps = [(number, target) for number in range(found.states) for _, target in graph.steps(number)]
    assert len(graph.states) == len(set(graph.states)) == found.states
    assert sum(number != target for number, target in steps) == found.steps
    assert {0, *(target for _, target in steps)} == set(range(found.states))
    for number in (0, 1, found.states - 1):
        state = engine.initial[0]
        for wanted in graph.path(number):
            state = next(after for label, after, _ in engine.successors(state) if label == wanted)
        assert state == graph.states[number]
        assert len(graph.path(number)) <= found.depth


@pytest.mark.parametrize(
    ("limits", "bound"),
    [
        (Limits(states=1), "the limit of 1 states was reached"),
        (Limits(seconds=0), "the limit of 0 seconds was reached"),
        (Limits(memory=1 << 20), "the limit of 1 MiB of memory was reached"),
    ],
)
def test_a_limit_is_a_bound(limits: Limits, bound: str) -> None:
    engine = TableEngine(Tabulation(two_phase_commit.system(2)))
    assert engine.explore(limits).bound == bound
    assert engine.explore(Limits(states=10**6, seconds=60, memory=1 << 50)).bound is None


def test_memory_is_counted_in_bytes() -> None:
    assert memory_used() > 1 << 20


def test_too_many_copies_stay_a_bound_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = request_answer.system(request_answer.FAULTY, forged=True)
    engine = TableEngine(Tabulation(forged))
    seen: list[str | None] = []

    def no_limit(found: Exploration, _limits: Limits) -> None:
        seen.append(found.bound)

    monkeypatch.setattr(table_engine, "limit_reached", no_limit)
    patient = replace(request_answer.FAULTY, name="patient", patient=("patience",), duplicates=3, losses=3)
    assert engine.explore().bound == "over 3 copies of one message were under way"
    engine = TableEngine(Tabulation(request_answer.system(patient, moody=True)))
    found = engine.explore(Limits(states=20_000))
    assert len(seen) > 2, "the search went on for a while"
    assert found.bound == "over 3 copies of one message were under way"


def test_an_interrupted_search_says_what_it_knows() -> None:
    def interrupt(found: Exploration, waiting: int) -> None:
        raise KeyboardInterrupt

    graph = Graph()
    engine = TableEngine(Tabulation(two_phase_commit.system(2)))
    found = engine.explore(progress=interrupt, graph=graph)
    assert (found.interrupted, found.bound, found.states) == (True, "interrupted", 1)
    assert len(graph.offsets) == len(graph.states) + 1


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    engine = TableEngine(Tabulation(two_phase_commit.system(5)))
    engine.explore(progress=lambda found, waiting: told.append((found.states, waiting)))
    assert told[0] == (1, 1)
    assert len(told) == 3
