"""Columns: the contents of each part of a wide state once, and how their numbers stand together in a state's code."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from payrelay.verification.engines import kernel
from payrelay.verification.tables.packing import WORD

FEWEST_BITS = 3
"""Of a column's numbers."""
SPARE_BITS = 2
"""More than a column's numbers need, if there is room: then it can hold four times as many."""


class Columns:
    """The columns of a search, filled by the kernel. Without columns, a state is its own code."""

    def __init__(self, parts: Sequence[range]) -> None:
        self.parts = parts
        """The words of a state that each column is."""
        self.codes = 1
        """How many words a code has."""
        self.sizes = np.ones(len(parts), dtype=np.int64)
        self.layout = np.zeros(0, dtype=np.int64)
        self.words = np.zeros(0, dtype=np.uint64)
        self._arrange([FEWEST_BITS] * len(parts))

    @property
    def filled(self) -> int:
        """The bytes of what the columns contain."""
        return 8 * sum(size * len(part) for size, part in zip(self.sizes.tolist(), self.parts, strict=True))

    def copied(self) -> Columns:
        """The same columns, to be filled further."""
        other = copy(self)
        other.sizes, other.words, other.places = self.sizes.copy(), self.words.copy(), self.places.copy()
        return other

    def widen(self) -> None:
        """Give room to a column that is full, and to others if a code stays as wide as it is."""
        needs = [int(size).bit_length() for size in self.sizes]
        for spare in (SPARE_BITS, 1, 0):
            bits = [max(FEWEST_BITS, need + spare) for need in needs]
            if len(_placed(bits)) <= self.codes:
                break
        else:
            bits = [max(FEWEST_BITS, need + SPARE_BITS) for need in needs]
        self._arrange(bits)

    def _arrange(self, bits: Sequence[int]) -> None:
        """Lay out columns with so many bits each, and fill them with the words that there are."""
        old_layout, old_words = self.layout, self.words
        layout = np.zeros((len(bits), kernel.PER_COLUMN), dtype=np.int64)
        codes = _placed(bits)
        for code, columns in enumerate(codes):
            shift = 0
            for column in columns:
                layout[column, kernel.CODE], layout[column, kernel.SHIFT] = code, shift
                shift += bits[column]
        words = places = 0
        for column, (row, part) in enumerate(zip(layout, self.parts, strict=True)):
            row[kernel.MASK] = (1 << bits[column]) - 1
            row[kernel.WORDS], row[kernel.PLACES] = words, places
            row[kernel.TURN] = WORD - 1 - bits[column]
            row[kernel.FIRST], row[kernel.WIDTH] = part.start, len(part)
            words += len(part) << bits[column]
            places += 2 << bits[column]
        self.codes = max(1, len(codes))
        self.layout = layout.reshape(-1)
        self.words = np.zeros(words, dtype=np.uint64)
        self.places = np.zeros(places, dtype=np.uint32)
        if len(old_layout):
            for column, old in enumerate(old_layout.reshape(-1, kernel.PER_COLUMN)):
                size = self.sizes[column] * len(self.parts[column])
                at, to = old[kernel.WORDS], layout[column, kernel.WORDS]
                self.words[to : to + size] = old_words[at : at + size]
            kernel.fill_places(self.layout, self.sizes, self.words, self.places)

    def words_of(self, codes: Any) -> Any:
        """The states of some codes, a row of words for each."""
        if not self.parts:
            return codes
        states = np.empty((len(codes), self.parts[-1].stop), dtype=np.uint64)
        for column, (row, part) in enumerate(zip(self._rows, self.parts, strict=True)):
            numbers = codes[:, row[kernel.CODE]] >> np.uint64(row[kernel.SHIFT]) & np.uint64(row[kernel.MASK])
            states[:, part.start : part.stop] = self._contents(column)[numbers.astype(np.int64)]
        return states

    def code_of(self, state: Any) -> Any:
        """The code of a state, given as its words, whose contents the columns hold."""
        if not self.parts:
            return state
        code = np.zeros(self.codes, dtype=np.uint64)
        for column, (row, part) in enumerate(zip(self._rows, self.parts, strict=True)):
            is_the_same = (self._contents(column)[1:] == state[part.start : part.stop]).all(axis=1)
            (number,) = np.flatnonzero(is_the_same) + 1
            code[row[kernel.CODE]] |= np.uint64(number) << np.uint64(row[kernel.SHIFT])
        return code

    @property
    def _rows(self) -> Any:
        return self.layout.reshape(-1, kernel.PER_COLUMN)

    def _contents(self, column: int) -> Any:
        """What a column contains, a row of words by its number."""
        first, width, size = self._rows[column, kernel.WORDS], len(self.parts[column]), self.sizes[column]
        return self.words[first : first + size * width].reshape(-1, width)


def _placed(bits: Sequence[int]) -> list[list[int]]:
    """Which columns stand together in which word of a code: each, the widest first, in the first that has room."""
    codes: list[list[int]] = []
    room: list[int] = []
    for column in sorted(range(len(bits)), key=lambda column: -bits[column]):
        code = next((n for n, left in enumerate(room) if left >= bits[column]), len(codes))
        if code == len(codes):
            codes.append([])
            room.append(WORD)
        codes[code].append(column)
        room[code] -= bits[column]
    return codes
