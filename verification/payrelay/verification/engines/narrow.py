"""Narrow systems, whose states are of one word: what the kernel reads, and how it is made from a packed system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from payrelay.verification.engines.kernel import (
    Order,
)
from payrelay.verification.engines.programs import BUDGETS, Compiler, alarm_of, numbers, split, words
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.packing import WORD, Packed

MOST_BITS = 8
"""Of a group of machines, unless one alone has more."""

LABEL, CHECKS, PARTS = range(3)
"""What `rewrites` says of each rewrite; and how much that is."""


class Program(NamedTuple):
    """A packed system as arrays of words, but for numbers of rows. A row stands after the other."""

    groups: Any
    """For each group of machines that stand side by side: shift, mask, and where the contents of that field begin in
    what follows."""
    contents: Any
    """For each contents of a group's field: first of the tests, first after them; first of the neighbours, first after
    them."""
    neighbours: Any
    """For each: which machine, and where its local states begin in `joint`."""
    joint: Any
    """For each local state of a neighbour: first of the tests, first after them."""
    tests: Any
    """For each: the rewrite that it is of, which bits matter, and what they must be."""
    machines: Any
    """For each machine: shift, mask."""
    rewrites: Any
    """For each rewrite: its label, and where its checks begin. They end where those of the next begin; one more row
    stands after the last."""
    changes: Any
    """For each rewrite: which bits stay, which are set, what is added, and what must not be under way for a time-out
    not to be early."""
    looks: Any
    """For each rewrite: which bits its checks look at, and what they are unless one of them might fail."""
    takes: Any
    """For each rewrite, where faults are counted: mask of the message, one copy of it, whether it must be quiet, and
    the label of the step as a duplicate or an early time-out."""
    checks: Any
    """For each: conjunct, what is bad (1: a set bit, 0: none, 2: in any case), then the bits."""
    budgets: Any
    """For each: whether there is one, mask, one."""
    losses: Any
    """For each: mask, one, label, whether it spends the budget."""
    crashes: Any
    """For each party that may crash: label, first of its machines in `crashing`, first after them."""
    crashing: Any
    """For each: which machine, and where its local states begin in `restarted`."""
    restarted: Any
    """For each local state of a machine that a crash concerns, the one after the restart."""
    overflow: Any
    order: Order


class NarrowCompiler(Compiler):
    """A packed system as the arrays that the kernel reads."""

    def program(self) -> Program:
        """Everything that the kernel reads."""
        packing = self.packing
        self.idle: list[list[Packed]] = []
        """For each contents of a group's field, the deliveries that change nothing; they are looked up afterwards."""
        self._tests: list[tuple[int, ...]] = []
        self._contents: list[tuple[int, int, int, int]] = []
        self._neighbours: list[tuple[int, int]] = []
        self._joint: list[tuple[int, int]] = []
        groups = []
        for members in self._side_by_side():
            groups.append((self._field_of(members), len(self._contents)))
            self._add_group(members)
        budgets = [packing.budgets.get(name) for name in BUDGETS]
        checks = accumulate((len(row.checks) for row in self._all_and_none), initial=0)
        return Program(
            groups=words((field.shift, field.mask, first) for field, first in groups),
            contents=numbers(self._contents),
            neighbours=numbers(self._neighbours),
            joint=numbers(self._joint),
            tests=words(self._tests),
            machines=words((place.shift, place.mask) for place in packing.machines),
            rewrites=numbers((row.label, first) for row, first in zip(self._all_and_none, checks, strict=False)),
            changes=words([*split(row.keep, 1), row.put, *split(row.delta, 1), row.quiet] for row in self.rows),
            looks=words(alarm_of(row.checks) for row in self.rows),
            takes=words(map(self._taken, self.rows if self.is_counted else ())),
            checks=self._checks(),
            budgets=words((0, 0, 0) if place is None else (1, *_care_and_one(place)) for place in budgets),
            losses=words((*_care_and_one(place), label, costs) for place, label, costs in self._lost()),
            overflow=self._overflow(),
            order=self._order(),
            **self._crashes(),
        )

    def _side_by_side(self) -> Iterator[list[int]]:
        """The machines in groups, each a field of few bits: so one look tells what several of them can do.

        What has neighbours ends its group, since they come before the next machine: the order of steps is kept.
        """
        group: list[int] = []
        for machine, place in enumerate(self.packing.machines):
            if group:
                first = self.packing.machines[group[0]].shift
                bits = place.shift + place.mask.bit_length() - first
                is_beside = place.shift > first and bits <= MOST_BITS and first + bits <= WORD
                if not is_beside or any(self.packing.joint[group[-1]]):
                    yield group
                    group = []
            group.append(machine)
        yield group

    def _field_of(self, machines: Sequence[int]) -> Field:
        """The field that the fields of some machines are together."""
        first, last = (self.packing.machines[machine] for machine in (machines[0], machines[-1]))
        return Field(first.shift, (1 << last.shift + last.mask.bit_length() - first.shift) - 1)

    def _add_group(self, machines: Sequence[int]) -> None:
        """Take the rewrites of some machines in all their local states, and say what is to be tested in each."""
        field, sizes = self._field_of(machines), self.packing.sizes
        added = [[self._add(machine, local) for local in range(sizes[machine])] for machine in machines]
        places = [self.packing.machines[machine] for machine in machines]
        for contents in range(field.mask + 1):
            held = [place.of(contents << field.shift) for place in places]
            first, first_neighbour = len(self._tests), len(self._neighbours)
            idle: list[Packed] = []
            for machine, number, of in zip(machines, held, added, strict=True):
                if number < sizes[machine]:
                    rows, neighbours, own = of[number]
                    self._tests += [self._test(row) for row in rows]
                    self._neighbours += neighbours
                    idle += own
            self.idle.append(idle)
            self._contents.append((first, len(self._tests), first_neighbour, len(self._neighbours)))

    def _add(self, machine: int, local: int) -> tuple[range, list[tuple[int, int]], list[Packed]]:
        """Take the rewrites of a machine in a local state: those of its own, its neighbours, and what is idle."""
        rewrites = self.packing.alone[machine][local]
        place = self.packing.machines[machine]
        idle = [] if self.is_recorded else [row for row in rewrites if _is_idle(row, place, local)]
        left_out = set(map(id, idle))
        own, neighbours = self._take(row for row in rewrites if id(row) not in left_out), []
        for other, by_local in self.packing.joint[machine][local].items():
            neighbours.append((other, len(self._joint)))
            for its in range(self.packing.sizes[other]):
                begins = len(self._tests)
                self._tests += [self._test(row) for row in self._take(by_local.get(its, ()))]
                self._joint.append((begins, len(self._tests)))
        return own, neighbours, idle

    def _test(self, number: int) -> tuple[int, int, int]:
        return number, *self._guard(self.rows[number])

    def _taken(self, row: Packed) -> tuple[int, int, int, int]:
        """Mask of the message, one copy of it, whether it must be quiet, and the second label."""
        if not row.present:
            return 1, 0, int(bool(row.quiet)), max(0, row.second)  # a bit that is always set
        return row.present, (row.present & -row.present) * (row.second >= 0), 0, max(0, row.second)

    def unnoticed(self, noted: Any) -> Iterator[int]:
        for rows, seen in zip(self.idle, noted.seen.tolist(), strict=True):
            yield from (row.label for row in rows if seen and row.present & seen == row.present)


def _care_and_one(place: Field) -> tuple[int, int]:
    return place.care, 1 << place.shift


def _is_idle(row: Packed, place: Field, local: int) -> bool:
    """A step that changes nothing, whatever the state: whether it happens is looked up afterwards."""
    is_still = row.keep == ~place.care and row.put == local << place.shift and not row.delta
    return is_still and not (row.care or row.checks or row.quiet)
