"""Programs: what narrow and wide ones have in common, how a packed system becomes arrays for a kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from payrelay.verification.engines.kernel import Order
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.packing import WORD, Packed, Packing

Bits = tuple[int, bool, int]
"""A check: bits, whether one that is set is bad, and the conjunct."""
BUDGETS = ("losses", "duplicates", "crashes", "early_timeouts")
"""In the order in which a kernel knows them."""
ALL = (1 << WORD) - 1
LINE = 64
"""Bytes of a line of the cache, as most processors have them."""
ALARM = 0, 1
"""Nothing is looked at, and never as expected."""
_NOTHING = Packed(0, 0, 0, -1, 0, 0, (), 0, -1, 0)


class Compiler:
    """Takes the rewrites of a packed system one by one, and numbers them."""

    def __init__(self, packing: Packing, is_recorded: bool) -> None:
        self.packing = packing
        self.is_recorded = is_recorded
        self.is_counted = packing.is_counted
        self.rows: list[Packed] = []

    def _take(self, rows: Iterable[Packed]) -> range:
        """The numbers of some rewrites, from now on."""
        first = len(self.rows)
        self.rows += rows
        return range(first, len(self.rows))

    def unnoticed(self, _noted: Any) -> Iterator[int]:
        """The labels of deliveries that changed nothing, as far as the kernel did not note that they were taken."""
        return iter(())

    @property
    def _all_and_none(self) -> list[Packed]:
        """All rewrites, and one that does nothing: what belongs to each ends where that of the next begins."""
        return [*self.rows, _NOTHING]

    def _guard(self, row: Packed) -> tuple[int, int]:
        """Which bits matter, and what they must be. Where copies are counted, the message is looked at apart."""
        present = 0 if self.is_counted else row.present
        return row.care | present, row.want | present

    def _lost(self) -> Iterator[tuple[Field, int, int]]:
        """What may be lost, with its label, and whether it spends the budget."""
        yield from ((place, label, 0) for place, label in self.packing.strays)
        yield from ((place, label, 1) for place, label in self.packing.losses)

    def _crashes(self) -> dict[str, Any]:
        """What crashes, and what becomes of it."""
        crashes, sizes = self.packing.crashes, self.packing.sizes
        last = list(accumulate((len(machines) for machines, _ in crashes), initial=0))
        crashing = [(machine, restarted) for machines, _ in crashes for machine, restarted in machines]
        begins = list(accumulate((sizes[machine] for machine, _ in crashing), initial=0))
        return {
            "crashes": numbers((label, last[n], last[n + 1]) for n, (_, label) in enumerate(crashes)),
            "crashing": numbers((machine, begins[n]) for n, (machine, _) in enumerate(crashing)),
            "restarted": words([restarted[n] for n in range(sizes[m])] for m, restarted in crashing),
        }

    def _checks(self) -> Any:
        count = self.packing.words
        checks = (check for row in self.rows for check in row.checks)
        return words((conjunct, int(bad) if bits else 2, *split(bits, count)) for bits, bad, conjunct in checks)

    def _overflow(self) -> Any:
        return np.array(split(self.packing.overflow, self.packing.words), dtype=np.uint64)

    def _order(self) -> Order:
        """The exchanges of what is alike, and the way through all of them."""
        moves: list[tuple[int, ...]] = []
        contents: list[int] = []
        rows = []
        for exchange in self.packing.exchanges:
            first = len(moves)
            for place, there, becomes in exchange:
                begins = -1 if becomes is None else len(contents)
                to = there.shift // WORD, there.shift % WORD
                moves.append((place.shift // WORD, place.shift % WORD, place.mask, *to, begins))
                contents += becomes or ()
            untouched = ~sum(there.care for _, there, _ in exchange)
            rows.append((first, len(moves), *split(untouched, self.packing.words)))
        path = np.array(self.packing.path, dtype=np.int64)
        return Order(path, words(rows), numbers(moves), words([contents]))


def watch_of(checks: Iterable[Bits]) -> tuple[int, int, list[Bits]]:
    """Which bits to look at, and what they are unless one of these checks might fail; and the checks that cannot be
    said so."""
    watch, expected = 0, 0
    rest = []
    for check in checks:
        bits, is_bad, _ = check
        is_plain = bits and (is_bad or not bits & (bits - 1))
        if not is_plain or watch & bits & (expected if is_bad else ~expected):
            rest.append(check)
            continue
        watch |= bits
        expected |= 0 if is_bad else bits
    return watch, expected, rest


def alarm_of(checks: Iterable[Bits]) -> tuple[int, int]:
    """Which bits to look at, and what they are unless a check might fail; if that cannot be said so, never that."""
    watch, expected, rest = watch_of(checks)
    return ALARM if rest else (watch, expected)


def split(value: int, count: int) -> list[int]:
    """An integer as words; what is negative has all higher bits set."""
    return [value >> WORD * k & ALL for k in range(count)]


def split_sum(value: int, count: int) -> list[int]:
    """A sum of fields, of which some may be taken away, as the sums of each word's fields: none is borrowed from."""
    parts = []
    for _ in range(count):
        low = value & ALL
        parts.append(low)
        value = (value - (low - (1 << WORD) if low >> (WORD - 1) else low)) >> WORD
    return parts


def joined(parts: Sequence[int]) -> int:
    """The integer that some words are."""
    return sum(word << WORD * k for k, word in enumerate(parts))


def words(rows: Iterable[Sequence[int]]) -> Any:
    """Rows of words, one after the other."""
    return np.array([value for row in rows for value in row], dtype=np.uint64)


def numbers(rows: Iterable[Sequence[int]]) -> Any:
    """Rows of numbers, one after the other."""
    return np.array([value for row in rows for value in row], dtype=np.int64)


def zeros(count: int, kind: Any) -> Any:
    """So many zeros, from the beginning of a line of the cache, so that rows as long as a line take one."""
    room = np.zeros(count + LINE // np.dtype(kind).itemsize, dtype=kind)
    return room[-room.ctypes.data % LINE // room.itemsize :][:count]


def doubled(values: Any) -> Any:
    """The same values, with as much room again."""
    grown = zeros(2 * len(values), values.dtype)
    grown[: len(values)] = values
    return grown
