"""Wide states as the numbers of their words: nothing is lost, and codes grow while a search goes on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from payrelay.model.configurations import REGISTRATION_STORIES
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build
from payrelay.verification.engines import columns, fast, kernel
from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation


def placed_in(room: int, bits: Sequence[int]) -> list[list[int]]:
    """As many columns in a word of a code as so few bits have room for."""
    codes: list[list[int]] = [[]]
    for column, wide in enumerate(bits):
        if codes[-1] and sum(bits[one] for one in codes[-1]) + wide > room:
            codes.append([])
        codes[-1].append(column)
    return codes


def test_without_columns_a_state_is_its_code() -> None:
    none, states = Columns(()), np.array([[3], [5]], dtype=np.uint64)
    assert (none.codes, none.words_of(states).tolist()) == (1, [[3], [5]])
    assert none.code_of(states[0]).tolist() == [3]


def test_the_widest_come_first_and_none_lies_across_two_words() -> None:
    assert columns._placed([40, 10, 30, 24, 14]) == [[0, 3], [2, 4, 1]]


def test_a_copy_is_filled_on_its_own() -> None:
    one = Columns((range(1), range(1, 3)))
    other = one.copied()
    other.sizes[0], other.words[1] = 2, 77
    assert one.sizes.tolist() == [1, 1]
    assert one.words[1] == 0


def test_a_wider_layout_keeps_all_contents() -> None:
    """Of one word, and of two."""
    one = Columns((range(1), range(1, 3)))
    first, second = (row[kernel.WORDS] for row in one.layout.reshape(-1, kernel.PER_COLUMN))
    one.words[first + 1 : first + 8] = range(101, 108)
    one.words[second + 2 : second + 4] = 9, 10
    one.sizes[:] = 8, 2
    one.widen()
    first, second = (row[kernel.WORDS] for row in one.layout.reshape(-1, kernel.PER_COLUMN))
    assert one.layout[kernel.MASK] >= 8
    assert one.words[first + 1 : first + 8].tolist() == list(range(101, 108))
    assert one.words[second + 2 : second + 4].tolist() == [9, 10]
    state = np.array([107, 9, 10], dtype=np.uint64)
    assert one.words_of(one.code_of(state).reshape(1, -1)).tolist() == [[107, 9, 10]]


@pytest.mark.slow
@pytest.mark.parametrize("room", [64, 26, 18])
def test_codes_grow_while_a_search_goes_on(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From one word to several: the table then holds numbers, and the queue all states."""
    monkeypatch.setattr(columns, "FEWEST_BITS", 1)
    monkeypatch.setattr(columns, "_placed", lambda bits: placed_in(room, bits))
    system = build(REGISTRATION_STORIES)
    engine = TableEngine(Tabulation(system), [one for one in PROPERTIES if one.is_searched_in(system)])
    assert engine.words > 2
    widths: list[int] = []
    widen = Columns.widen

    def watched(self: Columns) -> None:
        widen(self)
        widths.append(self.codes)

    monkeypatch.setattr(Columns, "widen", watched)
    table_graph, graph = Graph(), Graph()
    found = engine.explore(graph=table_graph)
    for given in (None, graph):
        del widths[:]
        assert replace(fast.explore(engine, graph=given), seconds=0) == replace(found, seconds=0)
        assert widths[0] == 1
        assert len(set(widths)) > 1 or room == 64, "there was room from the beginning"
    compared: Any = [(one.words, one.offsets, one.targets, one.labels) for one in (graph, table_graph)]
    assert compared[0] == compared[1]
