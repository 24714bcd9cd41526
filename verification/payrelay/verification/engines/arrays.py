"""Graphs that numpy reads: the same arrays, and the same answers, for graphs of hundreds of thousands of states."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Set
from typing import Any

import numpy as np

from payrelay.verification.engines.exploration import Graph
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.packing import WORD


class ArrayGraph(Graph):
    """A graph whose questions about all states or steps are answered by numpy."""

    def places(self, labels: Set[int]) -> array[int]:
        if not labels or not self.labels:
            return array("q")
        taken = np.asarray(self.labels)
        wanted = np.zeros(max(int(taken.max()), *labels) + 1, dtype=np.bool_)
        wanted[list(labels)] = True
        return array_of("q", np.flatnonzero(wanted[taken]))

    def left(self, label: int, place: Field) -> set[int]:
        sources = np.searchsorted(np.asarray(self.offsets), np.asarray(self.places({label})), side="right") - 1
        return set(np.unique(self._contents(place)[sources]).tolist())

    def fitting(self, tests: Iterable[tuple[Field, bytearray]]) -> bytearray:
        fitting = np.ones(len(self.states), dtype=np.uint8)
        for place, fits in tests:
            fitting &= np.frombuffer(fits, dtype=np.uint8)[self._contents(place)]
        return bytearray(fitting)

    def _contents(self, place: Field) -> Any:
        """What a field contains in each state."""
        column = np.asarray(self.words)[place.shift // WORD :: self.width]
        return ((column >> np.uint64(place.shift % WORD)) & np.uint64(place.mask)).astype(np.int64)


def array_of(code: str, values: Any) -> array[int]:
    """The same numbers in an array of Python's."""
    numbers: array[int] = array(code)
    numbers.frombytes(np.ascontiguousarray(values).data.cast("B"))
    return numbers
