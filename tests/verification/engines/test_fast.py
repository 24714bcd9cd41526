"""The fast engine against the table engine: the same states, numbers, steps, marks, runs and bounds."""

import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.language.properties import Entered, Never, Property
from payrelay.language.systems import System
from payrelay.verification.engines import fast, kernel
from payrelay.verification.engines.exploration import Exploration, Graph, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow

NOBODY_COMMITS = Property("n", "n", "Nobody commits.", conjuncts=(Never(Entered("resource", states=("committed",))),))


def packed(system: System, properties: Sequence[Property] = ()) -> TableEngine:
    return TableEngine(Tabulation(system), properties)


def same(one: Exploration, other: Exploration) -> None:
    """Everything but the time is equal."""
    assert replace(one, seconds=0) == replace(other, seconds=0)


def same_graph(one: Graph, other: Graph) -> None:
    assert vars(one) == vars(other)


def test_it_sees_what_the_table_engine_sees(case: Any) -> None:
    engine = packed(case.system, case.properties)
    graph, fast_graph = Graph(), Graph()
    found = engine.explore(graph=graph)
    same(fast.explore(engine, graph=fast_graph), found)
    same_graph(fast_graph, graph)
    same(fast.explore(engine), found)


def test_it_gets_room_when_it_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Table, frontier and edges all grow on the way, and the search goes on where it was."""
    monkeypatch.setattr(fast, "PAUSE", 100)
    engine = packed(two_phase_commit.system(6), [*two_phase_commit.PROPERTIES, NOBODY_COMMITS])
    came_back = set()
    go_on = fast._Search._go_on

    def watched(search: fast._Search) -> int:
        why = go_on(search)
        came_back.add(why)
        return why

    monkeypatch.setattr(fast._Search, "_go_on", watched)
    graph, fast_graph = Graph(), Graph()
    found = engine.explore(graph=graph)
    assert found.states == 50_816
    same(fast.explore(engine, graph=fast_graph), found)
    same_graph(fast_graph, graph)
    assert came_back == {kernel.LEVEL_DONE, kernel.TABLE_FULL, kernel.QUEUE_FULL, kernel.EDGES_FULL, kernel.PAUSE}
    same(fast.explore(engine), found)


@pytest.mark.parametrize("managers", [2, 7])
def test_a_violation_comes_with_a_shortest_run(managers: int) -> None:
    engine = packed(two_phase_commit.system(managers), [NOBODY_COMMITS])
    found = fast.explore(engine)
    (labels,) = found.violations.values()
    assert len(labels) == 2 * managers + 2
    state = engine.initial[0]
    for wanted in labels:
        state = next(after for label, after, _ in engine.successors(state) if label == wanted)
    first = fast.explore(engine, Limits(violations=1))
    assert first.violations == found.violations
    assert first.bound == "1 violations were found, as many as were looked for"


@pytest.mark.parametrize(
    ("limits", "bound"),
    [
        (Limits(states=1), "the limit of 1 states was reached"),
        (Limits(seconds=0), "the limit of 0 seconds was reached"),
        (Limits(memory=1 << 20), "the limit of 1 MiB of memory was reached"),
    ],
)
def test_a_limit_is_a_bound(limits: Limits, bound: str) -> None:
    engine = packed(two_phase_commit.system(2))
    assert fast.explore(engine, limits).bound == bound
    assert fast.explore(engine, Limits(states=10**6, seconds=60, memory=1 << 50)).bound is None


@pytest.mark.usefixtures("interruptible")
def test_what_was_seen_before_an_interruption_is_kept() -> None:
    engine = packed(two_phase_commit.system(3))

    def interrupt(found: Exploration, _waiting: int) -> None:
        if found.states > 100:
            signal.raise_signal(signal.SIGINT)

    graph = Graph()
    found = fast.explore(engine, progress=interrupt, graph=graph)
    assert (found.interrupted, found.bound) == (True, "interrupted")
    assert 100 < found.states == len(graph.states) < 288
    assert len(graph.offsets) == found.states + 1


def test_progress_counts_what_waits() -> None:
    told: list[tuple[int, int]] = []
    fast.explore(packed(two_phase_commit.system(3)), progress=lambda f, waiting: told.append((f.states, waiting)))
    assert told[0] == (1, 1)
    assert all(0 <= waiting <= states for states, waiting in told)
    assert max(states for states, _ in told) <= 288


def test_too_many_copies_are_a_bound() -> None:
    impatient = replace(request_answer.FRIENDLY, name="impatient", patient=("patience",))
    engine = packed(request_answer.system(impatient))
    same(fast.explore(engine), engine.explore())
    assert "copies" in str(fast.explore(engine).bound)


@pytest.mark.parametrize("size", [20, 33, 50, 64, 65, 100])
def test_no_field_lies_across_words(size: int) -> None:
    """States of one to seven words, with fields up to every edge."""
    engine = packed(request_answer.system(request_answer.FAULTY, moody=True, clients=2), request_answer.PROPERTIES)
    wide = [engine._take(1 + size % 7) for _ in range(size)]
    fields = [*engine.machines, *engine.channel, *engine.budgets.values(), *wide]
    assert all(field.shift // 64 == (field.shift + field.mask.bit_length() - 1) // 64 for field in fields)
    assert len({bit for f in fields for bit in range(f.shift, f.shift + f.mask.bit_length())}) == sum(
        f.mask.bit_length() for f in fields
    )
    assert all(state & 1 for state in engine.initial)


@pytest.mark.parametrize(("managers", "states"), [(7, 296_448), (8, 1_745_408)])
def test_two_phase_commit_has_the_published_number_of_states(managers: int, states: int) -> None:
    found = fast.explore(packed(two_phase_commit.system(managers), two_phase_commit.PROPERTIES))
    assert (found.states, found.bound, found.violations) == (states, None, {})
