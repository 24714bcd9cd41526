"""Graphs that numpy reads against those that Python reads."""

from __future__ import annotations

from typing import Any

import pytest

from payrelay.verification.engines.arrays import ArrayGraph
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow


def read_by_numpy(graph: Graph) -> ArrayGraph:
    found = ArrayGraph()
    vars(found).update(vars(graph))
    return found


def same_answers(engine: TableEngine, graph: Graph, by_numpy: Graph) -> None:
    labels = range(len(engine.labels))
    fields = [*engine.machines, *engine.budgets.values()]
    for some in (set(), {0}, set(labels[::2]), set(labels)):
        assert by_numpy.places(some) == graph.places(some)
    for label in labels[:: max(1, len(labels) // 10)]:
        for field in fields:
            assert by_numpy.left(label, field) == graph.left(label, field)
    tests = [(field, bytearray(of % 3 != 1 for of in range(field.mask + 1))) for field in fields]
    for number in range(len(tests) + 1):
        assert by_numpy.fitting(tests[:number]) == graph.fitting(tests[:number])


def test_they_answer_alike(case: Any) -> None:
    engine, graph = TableEngine(Tabulation(case.system), case.properties), Graph()
    engine.explore(graph=graph)
    same_answers(engine, graph, read_by_numpy(graph))


def test_a_field_is_read_from_its_word() -> None:
    graph = Graph()
    states = [7 << 64 | 5, 3 << 127 | 1, 2 << 128 | 9]
    graph.put(states, 3)
    high = Field(64, 7)
    assert list(graph.states) == states
    assert [graph.states[number] for number in range(3)] == states
    for one in (graph, read_by_numpy(graph)):
        fits = bytearray(of == 7 for of in range(8))
        assert list(one.fitting([(high, fits)])) == [1, 0, 0]
        assert list(one.fitting([(Field(127, 1), bytearray([0, 1]))])) == [0, 1, 0]


def test_an_answer_from_another_field_is_seen(case: Any) -> None:
    engine, graph = TableEngine(Tabulation(case.system), case.properties), Graph()
    engine.explore(graph=graph)
    wrong = read_by_numpy(graph)
    contents = wrong._contents
    wrong._contents = lambda place: contents(Field(place.shift + 1, place.mask >> 1))  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        same_answers(engine, graph, wrong)
