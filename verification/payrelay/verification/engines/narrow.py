"""Narrow systems, whose states are of one word: how they are compiled, and the kernel that searches them.

The rewrites of a state are tried in two passes: which are possible, and what those do; so the processor guesses little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.kernel import (
    BLOCK,
    CRASHES,
    DUPLICATES,
    EARLY_TIMEOUTS,
    EDGES,
    EDGES_FULL,
    FOUND,
    HEAD,
    LEVEL_DONE,
    LOSSES,
    OVERFLOWN,
    PAUSE,
    QUEUE_FULL,
    STATES,
    STEPS,
    TABLE_FULL,
    TAIL,
    Order,
    look_up,
    put_in_order,
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
    idle: Any
    """For each contents, whether there are deliveries that change nothing; they are looked up afterwards."""
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


class Found(NamedTuple):
    """What the kernel notes down of this program; room that it needs for it."""

    seen: Any
    """For each contents of a group's field, all bits ever set beside it."""
    ranges: Any
    """Ranges of tests to try."""


class NarrowCompiler(Compiler):
    """A packed system as the arrays that the kernel reads."""

    def program(self) -> Program:
        """Everything that the kernel reads."""
        packing = self.packing
        self.idle: list[list[Packed]] = []
        """For each contents of a group's field, the deliveries that change nothing."""
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
            idle=np.array([bool(rows) for rows in self.idle], dtype=np.bool_),
            tests=words(self._tests),
            machines=words((place.shift, place.mask) for place in packing.machines),
            rewrites=numbers((row.label, first) for row, first in zip(self._all_and_none, checks, strict=False)),
            changes=words(split(row.keep, 1) + [row.put] + split(row.delta, 1) + [row.quiet] for row in self.rows),
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

    def room(self, program: Program, columns: Columns) -> Found:  # noqa: ARG002
        """Room for what the kernel notes down."""
        ranges = len(program.machines) + len(program.neighbours)  # more than there are
        return Found(np.zeros(len(program.idle), dtype=np.uint64), np.zeros(2 * ranges, dtype=np.int64))

    def unnoticed(self, found: Found) -> Iterator[int]:
        """The labels of the deliveries that changed nothing."""
        for rows, seen in zip(self.idle, found.seen.tolist(), strict=True):
            yield from (row.label for row in rows if seen and row.present & seen == row.present)


def _care_and_one(place: Field) -> tuple[int, int]:
    return place.care, 1 << place.shift


def _is_idle(row: Packed, place: Field, local: int) -> bool:
    """A step that changes nothing, whatever the state: whether it happens is looked up afterwards."""
    is_still = row.keep == ~place.care and row.put == local << place.shift and not row.delta
    return is_still and not (row.care or row.checks or row.quiet)


_ZERO = np.uint64(0)
_ONE = np.uint64(1)


@njit(cache=True)
def insert(program: Any, memory: Any, states: Any, shift: Any, codes: Any, apart: Any, traced: Any, alike: Any) -> None:
    """Begin with these states."""
    order, block = program.order, memory.block
    for i in range(len(states)):
        block[i] = states[i]
        if len(alike):
            put_in_order(block, i, 1, order.path, order.exchanges, order.moves, order.becomes, memory.images)
    look_up(
        memory.queue,
        memory.table,
        memory.parents,
        memory.edges,
        memory.tally,
        block,
        memory.hashes,
        memory.origins,
        memory.recent,
        len(states),
        shift,
        codes,
        apart,
        traced,
        (),
    )


@njit(cache=True)
def search(
    program: Any,
    memory: Any,
    found: Any,
    shift: Any,
    level_end: int,
    pause: int,
    codes: Any,
    counted: Any,
    apart: Any,
    traced: Any,
    recorded: Any,
    alike: Any,
) -> int:
    """Go on with the search to the end of the level, or until there is no room, or after `pause` states."""
    # Taken out of their tuples once, so that no reference is counted in the innermost loop.
    groups, contents, neighbours, machines = program.groups, program.contents, program.neighbours, program.machines
    joint, idle, tests, rewrites = program.joint, program.idle, program.tests, program.rewrites
    changes, looks, takes, checks = program.changes, program.looks, program.takes, program.checks
    budgets, losses, crashes = program.budgets, program.losses, program.crashes
    crashing, restarted, overflow = program.crashing, program.restarted, program.overflow
    path, exchanges = program.order.path, program.order.exchanges
    moves, becomes = program.order.moves, program.order.becomes
    queue, table, parents, offsets, edges = memory.queue, memory.table, memory.parents, memory.offsets, memory.edges
    fired, taken, violated, tally = memory.fired, memory.taken, memory.violated, memory.tally
    block, hashes, origins, recent = memory.block, memory.hashes, memory.origins, memory.recent
    possible, images, seen, ranges = memory.possible, memory.images, found.seen, found.ranges
    early_mask, early_one = budgets[3 * EARLY_TIMEOUTS + 1], budgets[3 * EARLY_TIMEOUTS + 2]
    duplicate_mask, duplicate_one = budgets[3 * DUPLICATES + 1], budgets[3 * DUPLICATES + 2]
    loss_mask, loss_one = budgets[3 * LOSSES + 1], budgets[3 * LOSSES + 2]
    crash_costs, crash_mask, crash_one = budgets[3 * CRASHES], budgets[3 * CRASHES + 1], budgets[3 * CRASHES + 2]
    room, rows = len(hashes), len(rewrites) // PARTS - 1
    head = tally[HEAD]
    stop = min(level_end, head + pause)
    while head < stop:
        if (tally[STATES] + room) * 4 > len(table) * 3:
            return TABLE_FULL
        if tally[TAIL] + room > len(queue):
            return QUEUE_FULL
        if len(recorded) and 2 * (tally[EDGES] + room) > len(edges):
            return EDGES_FULL
        n = 0
        while head < stop and n < BLOCK:
            state = queue[head]
            before = n
            ends = 0
            for g in range(len(groups) // 3):
                its = np.int64(groups[3 * g + 2] + ((state >> groups[3 * g]) & groups[3 * g + 1]))
                if idle[its]:
                    seen[its] |= state
                ranges[2 * ends] = contents[4 * its]
                ranges[2 * ends + 1] = contents[4 * its + 1]
                ends += 1
                for j in range(contents[4 * its + 2], contents[4 * its + 3]):
                    o = neighbours[2 * j]
                    of = (state >> machines[2 * o]) & machines[2 * o + 1]
                    beside = neighbours[2 * j + 1] + np.int64(of)
                    ranges[2 * ends] = joint[2 * beside]
                    ranges[2 * ends + 1] = joint[2 * beside + 1]
                    ends += 1
            duplicates = len(counted) and state & duplicate_mask != _ZERO
            count: Any = 0
            for f in range(ends):
                for t in range(ranges[2 * f], ranges[2 * f + 1]):
                    r = np.int64(tests[3 * t])
                    is_possible = state & tests[3 * t + 1] == tests[3 * t + 2]
                    possible[count] = r
                    if len(counted):
                        is_possible &= state & takes[4 * r] != _ZERO
                        possible[count + 1] = r + rows
                        count += np.int64(is_possible & duplicates & (takes[4 * r + 1] != _ZERO))
                    count += np.int64(is_possible)
            for e in range(count + len(losses) // 4 + len(crashes) // 3):
                if e < count:
                    r = possible[e]
                    is_duplicate = False
                    if len(counted) and r >= rows:
                        is_duplicate = True
                        r -= rows
                    label = rewrites[PARTS * r + LABEL]
                    is_early = False
                    if len(counted):
                        if takes[4 * r + 2] != _ZERO and state & changes[4 * r + 3] != _ZERO:
                            if state & early_mask == _ZERO:
                                continue
                            is_early = True
                        if is_early or is_duplicate:
                            label = np.int64(takes[4 * r + 3])
                    if (state & looks[2 * r]) ^ looks[2 * r + 1] != _ZERO:
                        for c in range(rewrites[PARTS * r + CHECKS], rewrites[PARTS * (r + 1) + CHECKS]):
                            conjunct = np.int64(checks[3 * c]) * 3
                            if violated[conjunct] != _ZERO:
                                continue
                            marked = state & checks[3 * c + 2]
                            if checks[3 * c + 1] == (_ONE if marked == _ZERO else _ZERO):
                                continue
                            violated[conjunct] = _ONE
                            violated[conjunct + 1] = np.uint64(label)
                            violated[conjunct + 2] = state
                            tally[FOUND] += 1
                    after = (state & changes[4 * r]) | changes[4 * r + 1]
                    if len(counted):
                        after += changes[4 * r + 2]
                        fired[label] = 1
                        if is_duplicate:
                            after += takes[4 * r + 1] - duplicate_one
                        elif is_early:
                            after -= early_one
                    else:
                        taken[r] = 1
                elif e < count + len(losses) // 4:
                    i = e - count
                    costs = losses[4 * i + 3] != _ZERO
                    if state & losses[4 * i] == _ZERO:
                        continue
                    if costs and state & loss_mask == _ZERO:
                        continue
                    after = state - losses[4 * i + 1]
                    if costs:
                        after -= loss_one
                    label = np.int64(losses[4 * i + 2])
                    fired[label] = 1
                else:
                    p = e - count - len(losses) // 4
                    after = state
                    if crash_costs != _ZERO:
                        if state & crash_mask == _ZERO:
                            break
                        after -= crash_one
                    for i in range(crashes[3 * p + 1], crashes[3 * p + 2]):
                        m = crashing[2 * i]
                        old = (state >> machines[2 * m]) & machines[2 * m + 1]
                        after += (restarted[crashing[2 * i + 1] + np.int64(old)] - old) << machines[2 * m]
                    label = crashes[3 * p]
                    fired[label] = 1
                # A step that changes something spends a budget, or leads elsewhere.
                if after == state and not len(recorded):
                    continue
                if len(counted) and after & overflow[0] != _ZERO:
                    tally[OVERFLOWN] = 1
                    continue
                tally[STEPS] += np.int64(after != state)
                block[n] = after
                if len(alike):
                    put_in_order(block, n, 1, path, exchanges, moves, becomes, images)
                if len(traced):
                    origins[2 * n] = label
                    origins[2 * n + 1] = head
                n += 1
            if len(recorded):
                offsets[head + 1] = offsets[head] + (n - before)
            head += 1
        tally[HEAD] = head
        look_up(
            queue,
            table,
            parents,
            edges,
            tally,
            block,
            hashes,
            origins,
            recent,
            n,
            shift,
            codes,
            apart,
            traced,
            recorded,
        )
    return LEVEL_DONE if head == level_end else PAUSE
