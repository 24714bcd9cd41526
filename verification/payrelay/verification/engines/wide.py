"""Wide systems, whose states are of several words: what the kernel reads, and how it is made from a packed system.

What belongs to a party stands in a column of its own; whatever it contains in any state is kept once and has a number,
and a state is a code of such numbers (Holzmann, State compression in SPIN, 1997). A party has few contents, though the
states are many. So for each contents it is written down once, when they first come up, which rewrites its machines can
do as far as they alone are concerned, and later what they then contain (`lists`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from payrelay.verification.engines.kernel import Order
from payrelay.verification.engines.programs import (
    BUDGETS,
    Compiler,
    numbers,
    split,
    split_sum,
    watch_of,
    words,
)
from payrelay.verification.tables.packing import WORD, Packed

LABEL, CHECKS, OWN_GUARDS, GUARDS, OWN_CHANGES, CHANGES, OWN_LOOKS, LOOKS, OWN_CHECKS, QUIET, PARTS = range(11)
"""What `rewrites` says of each rewrite; and how much that is."""
LAST, IF_NONE, IF_MORE = 1, 2, 4
"""Of a part of a check: that it is the last one; that it passes if none of the bits is set, and not if one is; that
there are other bits beside, or that it never passes."""
MOST_BITS = 3
"""Of what a rewrite is found by: the copies of a message."""


class Program(NamedTuple):
    """A packed system as arrays of words, but for numbers of rows. A row stands after the other.

    A place is a word of a state, after the column that it is of where something may change there.
    """

    spans: Any
    """For each span of machines, one after the other, whose column is the same: that column, the first of them, and
    the first after them."""
    machines: Any
    """For each machine: its column and the word of it, shift and mask, and where its local states begin in what
    follows."""
    alone: Any
    """For each local state of a machine: first of the rewrites, first after them; first of the neighbours, first after
    them."""
    neighbours: Any
    """For each: which machine, and where its local states begin and end in `joint`."""
    joint: Any
    """For each local state of a neighbour: first of the rewrites, first after them."""
    rewrites: Any
    """For each rewrite: its label, and where its checks, guards, changes, looks, own checks and quiet bits begin, those
    of its own column apart. They end where those of the next begin; one more row stands after the last."""
    tests: Any
    """For each rewrite, what is asked first of other columns: place, which bits matter, and what they must be."""
    asks: Any
    """For each rewrite, what it is found by: place, and bits, of which one is set if it is possible."""
    own_guards: Any
    """Word of the column, which bits matter, and what they must be."""
    guards: Any
    """What is asked of other columns beside the tests: place, which bits matter, and what they must be."""
    own_changes: Any
    """Word of the column, which bits stay, which are set, and what is added."""
    changes: Any
    """The same of other columns: place, which bits stay, which are set, and what is added."""
    own_looks: Any
    """Word of the column, which bits checks look at, and what they are unless one of them might fail."""
    glances: Any
    """For each rewrite, what checks look at first of other columns: place, bits, and what they are."""
    looks: Any
    """What they look at beside: place, bits, and what they are."""
    own_checks: Any
    """Checks that must be told by more than what bits are, part by part: word of the column, bits, and what it is."""
    quiet: Any
    """What must not be under way for a time-out not to be early: place, and bits."""
    takes: Any
    """For each rewrite, where faults are counted: place and mask of the message, one copy of it, whether it must be
    quiet, and the label of the step as a duplicate or an early time-out."""
    checks: Any
    """For each: conjunct, what is bad (1: a set bit, 0: none, 2: in any case), then the bits."""
    budgets: Any
    """For each: whether there is one, place, mask, one."""
    losses: Any
    """For each: place, mask, one, label, whether it spends the budget."""
    crashes: Any
    """For each party that may crash: label, first of its machines in `crashing`, first after them."""
    crashing: Any
    """For each: which machine, and where its local states begin in `restarted`."""
    restarted: Any
    """For each local state of a machine that a crash concerns, the one after the restart."""
    crashed_column: Any
    """For each party that may crash: the column that all its machines stand in, or -1."""
    overflow: Any
    order: Order


_WIDTHS = {
    "own_guards": 3,
    "guards": 3,
    "own_changes": 4,
    "changes": 5,
    "own_looks": 3,
    "looks": 3,
    "own_checks": 3,
    "quiet": 2,
}
"""What a rewrite may have several of, and how many words each is."""


class _Piece(NamedTuple):
    """What one rewrite adds to a program."""

    firsts: tuple[tuple[int, ...], ...]
    """What it is found by, asks first, and looks at first."""
    more: dict[str, list[int]]


class WideCompiler(Compiler):
    """A packed system as the arrays that the kernel reads."""

    def program(self) -> Program:
        """Everything that the kernel reads."""
        packing = self.packing
        self._places = [(column, word - part.start) for column, part in enumerate(packing.parts) for word in part]
        """The column of each word, and which word of it."""
        self._columns: list[int] = []
        """The column of each rewrite's machine."""
        alone: list[tuple[int, int, int, int]] = []
        begins: list[int] = []
        neighbours: list[tuple[int, int, int]] = []
        joint: list[tuple[int, int]] = []
        for machine, size in enumerate(packing.sizes):
            begins.append(len(alone))
            column = self._column_of(machine)
            for local in range(size):
                own = self._add(column, packing.alone[machine][local])
                first = len(neighbours)
                for other, by_local in packing.joint[machine][local].items():
                    begin = len(joint)
                    joint += [self._add(column, by_local.get(its, ())) for its in range(packing.sizes[other])]
                    neighbours.append((other, begin, len(joint)))
                alone.append((*own, first, len(neighbours)))
        budgets = [packing.budgets.get(name) for name in BUDGETS]
        crashed = [{self._column_of(machine) for machine, _ in machines} for machines, _ in packing.crashes]
        return Program(
            spans=numbers(self._spans()),
            machines=words(
                (*self._places[place.shift // WORD], place.shift % WORD, place.mask, first)
                for place, first in zip(packing.machines, begins, strict=True)
            ),
            alone=numbers(alone),
            neighbours=numbers(neighbours),
            joint=numbers(joint),
            **self._of_rewrites(),
            takes=words(map(self._taken, self.rows if self.is_counted else ())),
            checks=self._checks(),
            budgets=words((0, 0, 0, 0, 0) if b is None else (1, *self._copy(b.care, b.shift)) for b in budgets),
            losses=words((*self._copy(place.care, place.shift), label, costs) for place, label, costs in self._lost()),
            crashed_column=numbers([[columns.pop() if len(columns) == 1 else -1] for columns in crashed]),
            overflow=self._overflow(),
            order=self._order(),
            **self._crashes(),
        )

    def _column_of(self, machine: int) -> int:
        return self._places[self.packing.machines[machine].shift // WORD][0]

    def _spans(self) -> Iterator[tuple[int, int, int]]:
        first = 0
        for machine in range(len(self.packing.machines)):
            following = machine + 1
            if following == len(self.packing.machines) or self._column_of(following) != self._column_of(first):
                yield self._column_of(first), first, following
                first = following

    def _add(self, column: int, rows: Iterable[Packed]) -> tuple[int, int]:
        taken = self._take(rows)
        self._columns += [column] * len(taken)
        return taken.start, taken.stop

    def _of_rewrites(self) -> dict[str, Any]:
        """What each rewrite asks for and does, in its own column and in others."""
        rewrites: list[int] = []
        firsts: dict[str, list[int]] = {"asks": [], "tests": [], "glances": []}
        more: dict[str, list[int]] = {name: [] for name in _WIDTHS}
        checks = 0
        for row, column in zip(self._all_and_none, [*self._columns, 0], strict=True):
            rewrites += (row.label, checks)
            rewrites += (len(more[name]) // width for name, width in _WIDTHS.items())
            checks += len(row.checks)
            kept = self.packing.pieces.get(id(row))
            if kept is None:
                kept = self.packing.pieces[id(row)] = row, self._piece(row, column)
            piece: _Piece = kept[1]
            for of, first in zip(firsts.values(), piece.firsts, strict=True):
                of += first
            for name, values in piece.more.items():
                more[name] += values
        arrays = {name: np.array(values, dtype=np.uint64) for name, values in (firsts | more).items()}
        return {"rewrites": np.array(rewrites, dtype=np.int64), **arrays}

    def _piece(self, row: Packed, column: int) -> _Piece:
        """What one rewrite asks for and does."""
        count = self.packing.words
        care, want = self._guard(row)
        telling = (row.present & care).bit_length() - 1
        guards = sorted(self._by_word(care, want), key=lambda guard: guard[0] != telling // WORD)
        changes = zip(split(row.keep, count), split(row.put, count), split_sum(row.delta, count), strict=True)
        made = [(word, *change) for word, change in enumerate(changes) if change != _SAME]
        watch, expected, others = watch_of(row.checks)
        of: dict[str, list[tuple[int, ...]]] = {name: [] for name in _WIDTHS}
        for name, parts in (("guards", guards), ("changes", made), ("looks", self._by_word(watch, expected))):
            for word, *rest in parts:
                its, offset = self._places[word]
                if its == column:
                    of[f"own_{name}"].append((offset, *rest))
                else:
                    of[name].append((*[its] * (name == "changes"), word, *rest))
        of["own_checks"] += [part for bits, is_bad, _ in others for part in self._own_check(bits, is_bad, column)]
        of["quiet"] += self._by_word(row.quiet)
        test, glance = (of[name].pop(0) if of[name] else (0, 0, 0) for name in ("guards", "looks"))
        more = {name: [value for part in parts for value in part] for name, parts in of.items() if parts}
        return _Piece((self._asked(row, column, test), test, glance), more)

    def _own_check(self, bits: int, is_bad: bool, column: int) -> list[tuple[int, int, int]]:
        """The parts of a check that look at its own column, at least one; the last says what they are for."""
        parts = [(*self._places[word], mask) for word, mask in self._by_word(bits)]
        own = [(offset, mask) for its, offset, mask in parts if its == column] or [(0, 0)]
        is_for = LAST | IF_NONE * is_bad | IF_MORE * (len(own) < len(parts) or not bits)
        return [(*part, is_for if part is own[-1] else 0) for part in own]

    def _asked(self, row: Packed, column: int, test: tuple[int, ...]) -> tuple[int, int]:
        """Bits of which one is set if a rewrite is possible: of the message that it takes, or of what it tests."""
        if self.is_counted and row.present:
            its, word, mask, *_ = self._taken(row)
            if its != column and mask.bit_count() <= MOST_BITS:
                return word, mask
        word, care, want = test
        return (word, care) if care == want and care.bit_count() == 1 else (0, 1)  # a bit that is always set

    def _by_word(self, *values: int) -> list[tuple[int, ...]]:
        """Some integers word by word, with the number of the word, where they are not all zero."""
        parts = zip(*(split(value, self.packing.words) for value in values), strict=True)
        return [(word, *part) for word, part in enumerate(parts) if any(part)]

    def _copy(self, care: int, shift: int) -> tuple[int, int, int, int]:
        """Place, bits and lowest bit of a field."""
        word = shift // WORD
        return self._places[word][0], word, care >> WORD * word, 1 << shift % WORD

    def _taken(self, row: Packed) -> tuple[int, ...]:
        """Place and mask of the message, one copy of it, whether it must be quiet, and the second label."""
        if not row.present:
            return 0, 0, 1, 0, int(bool(row.quiet)), max(0, row.second)  # a bit that is always set
        column, word, mask, one = self._copy(row.present, (row.present & -row.present).bit_length() - 1)
        return column, word, mask, one * (row.second >= 0), 0, max(0, row.second)


_SAME = (1 << WORD) - 1, 0, 0
"""Keeps all bits, sets none, adds nothing."""
