"""Dining philosophers, held against what the Model Checking Contest and LTSmin count."""

from dataclasses import replace

import pytest

from payrelay.classics.dining_philosophers import PROPERTIES, system
from payrelay.verification.engines import fast as fast_engine
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.graphs import whole_graph
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.verdicts import verify


def deadlocks(graph: Graph) -> list[int]:
    """The states that no step leaves."""
    return [number for number in range(len(graph.states)) if all(to == number for _, to in graph.steps(number))]


def test_the_published_numbers_of_states_transitions_and_deadlocks() -> None:
    engine, graph, fast_graph = TableEngine(Tabulation(system(5))), Graph(), Graph()
    found = engine.explore(graph=graph)
    assert (found.states, found.steps, found.bound) == (243, 945, None)
    assert replace(fast_engine.explore(engine, graph=fast_graph), seconds=0) == replace(found, seconds=0)
    assert len(deadlocks(graph)) == len(deadlocks(fast_graph)) == 2
    reference = ReferenceEngine(system(5)).explore()
    assert (len(reference.states), len(reference.edges)) == (243, 945)
    assert len(reference.states - {before for before, _, _ in reference.edges}) == 2
    assert whole_graph(engine) == reference


@pytest.mark.parametrize("number", [0, 1])
def test_in_a_deadlock_everyone_holds_a_fork_on_the_same_side(number: int) -> None:
    engine, graph = TableEngine(Tabulation(system(5))), Graph()
    engine.explore(graph=graph)
    state = graph.states[deadlocks(graph)[number]]
    controls = [
        of[place.of(state)].control for of, place in zip(engine.tabulation.locals, engine.machines, strict=True)
    ]
    assert controls[:5] == ["held"] * 5
    assert controls[5:] in (["with_left"] * 5, ["with_right"] * 5)


def test_somebody_eats() -> None:
    (verdict,) = verify(system(3), PROPERTIES).verdicts
    assert verdict.is_green
