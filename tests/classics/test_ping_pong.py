"""Ping-pong, held against what Stateright counts."""

from dataclasses import replace

import pytest

from payrelay.classics.ping_pong import AGAIN, LOST, ONCE, PROPERTIES, system
from payrelay.language.configurations import Configuration
from payrelay.verification.engines import fast as fast_engine
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.graphs import happening_of, whole_graph
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.verdicts import verify

BOUND = "steps that leave the boundary of ponger were not taken"
UNBOUNDED = Configuration(name="unbounded", says="Any number of faults.", semantics="unbounded")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("configuration", "most", "states"),
    [(ONCE, 5, 11), (AGAIN, 5, 11), (UNBOUNDED, 5, 11), (LOST, 1, 14), (LOST, 5, 4_094)],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_published_number_of_states(configuration: Configuration, most: int, states: int) -> None:
    engine = TableEngine(Tabulation(system(configuration, most)), PROPERTIES)
    found = engine.explore()
    assert (found.states, found.bound) == (states, BOUND)
    assert replace(fast_engine.explore(engine), seconds=0) == replace(found, seconds=0)
    reference = ReferenceEngine(system(configuration, most), PROPERTIES).explore()
    assert (len(reference.states), reference.bound) == (states, True)
    assert whole_graph(engine) == reference


def test_a_boundary_leaves_what_should_always_hold_inconclusive() -> None:
    reached, directed = verify(system(ONCE, 5), PROPERTIES).verdicts
    assert reached.result == "holds"
    assert (directed.result, directed.reason) == ("inconclusive", BOUND)


def test_the_counters_tell_what_was_delivered_last() -> None:
    """So that Stateright, which remembers it, has no more states for it."""
    engine, graph = TableEngine(Tabulation(system(LOST, 5))), Graph()
    engine.explore(graph=graph)
    last: dict[object, set[object]] = {}
    for number, state in enumerate(graph.states):
        for label, target in graph.steps(number):
            happening = happening_of(engine, state, label)
            if target != number and happening.kind == "deliver":
                counters = tuple(place.of(graph.states[target]) for place in engine.machines)
                last.setdefault(counters, set()).add(happening.message)
    assert len(last) == 10
    assert {len(messages) for messages in last.values()} == {1}
