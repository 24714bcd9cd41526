"""Wide systems, whose states are of several words: how they are compiled, and the kernel that searches them.

What belongs to a party stands in a column of its own; whatever it contains in any state is kept once and has a number,
and a state is a code of such numbers (Holzmann, State compression in SPIN, 1997). A party has few contents, though the
states are many. So for each contents it is written down once, when they first come up, which rewrites its machines can
do as far as they alone are concerned, and later what they then contain. A search reads in these lists: for each state,
which rewrites are possible as far as all others are concerned, and then what those do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.kernel import (
    BLOCK,
    CODE,
    COLUMN_FULL,
    CRASHES,
    DUPLICATES,
    EARLY_TIMEOUTS,
    EDGES,
    EDGES_FULL,
    FIRST,
    FOUND,
    GROUPED,
    HEAD,
    LEVEL_DONE,
    LISTED,
    LISTS_FULL,
    LOSSES,
    MASK,
    OVERFLOWN,
    PAUSE,
    PER_COLUMN,
    QUEUE_FULL,
    RANKED,
    SHIFT,
    STATES,
    STEPS,
    TABLE_FULL,
    TAIL,
    WIDTH,
    WORDS,
    Order,
    bit_count,
    look_up,
    number_of,
    put_in_order,
)
from payrelay.verification.engines.programs import (
    ALARM,
    BUDGETS,
    Compiler,
    alarm_of,
    numbers,
    split,
    split_sum,
    words,
)
from payrelay.verification.tables.packing import WORD, Packed

LABEL, COLUMN, CHECKS, OWN_GUARDS, GUARDS, OWN_CHANGES, CHANGES, OWN_LOOKS, LOOKS, QUIET, PARTS = range(11)
"""What `rewrites` says of each rewrite; and how much that is."""

LISTS_ROOM = 1 << 12
"""Entries of lists for which there is room at first."""
MOST_BITS = 3
"""Of what entries are found by: the copies of a message."""


class Program(NamedTuple):
    """A packed system as arrays of words, but for numbers of rows. A row stands after the other.

    A place is a column and a word of it, counted from its first.
    """

    spans: Any
    """For each span of machines, one after the other, whose column is the same: that column, the first of them, and
    the first after them."""
    machines: Any
    """For each machine: its place, shift and mask, and where its local states begin in what follows."""
    alone: Any
    """For each local state of a machine: first of the rewrites, first after them; first of the neighbours, first after
    them."""
    neighbours: Any
    """For each: which machine, and where its local states begin and end in `joint`."""
    joint: Any
    """For each local state of a neighbour: first of the rewrites, first after them."""
    rewrites: Any
    """For each rewrite: its label, the column of its machine, and where its checks, guards, changes, looks and quiet
    bits begin, those of its own column apart. They end where those of the next begin; one more row stands after the
    last."""
    tests: Any
    """For each rewrite, what is asked first of other columns: place, which bits matter, and what they must be."""
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
    looks: Any
    """The same of other columns: place, bits, and what they are."""
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


class Lists(NamedTuple):
    """What the kernel has found out about contents."""

    begins: Any
    """For each span, where its contents begin in `lists`; for each crash, where they do in `crashed`, or -1."""
    lists: Any
    """For each contents: first of the groups, first after them; first of the ranks of entries that ask for nothing
    else, first after them. 0 if they have not come up."""
    groups: Any
    """For each word that entries ask for a bit of: its place, the bits that are asked for, those of them that still
    are, and where their ranks begin."""
    ranks: Any
    """For each of these bits, in turn, the entry that asks for it; and then those that ask for nothing."""
    entries: Any
    """For each: a rewrite, and the number of what its column contains then, 0 if that has not come up; the highest
    bits of the rewrite are flags."""
    crashed: Any
    """For each contents, their number after a crash; 0 if that has not come up."""
    group_of: Any
    """Room for the group of each entry, while they are listed."""
    numbers: Any
    """Of the contents in a state."""
    rows: Any
    """Where these are."""
    touched: Any
    """The columns that a step changes beside its own."""


class WideCompiler(Compiler):
    """A packed system as the arrays that the kernel reads."""

    def program(self) -> Program:
        """Everything that the kernel reads."""
        packing = self.packing
        self._places = [(column, word - part.start) for column, part in enumerate(packing.parts) for word in part]
        """The place of each word."""
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
        count = self.packing.words
        rewrites: list[tuple[int, ...]] = []
        tests: list[tuple[int, ...]] = []
        of: dict[str, list[tuple[int, ...]]] = {
            name: [] for name in ("own_guards", "guards", "own_changes", "changes", "own_looks", "looks", "quiet")
        }
        checks = 0
        for row, column in zip(self._all_and_none, [*self._columns, 0], strict=True):
            rewrites.append((row.label, column, checks, *map(len, of.values())))
            checks += len(row.checks)
            care, want = self._guard(row)
            telling = (row.present & care).bit_length() - 1
            guards = sorted(self._by_word(care, want), key=lambda guard: guard[0] != telling // WORD)
            changes = zip(split(row.keep, count), split(row.put, count), split_sum(row.delta, count), strict=True)
            made = [(word, *change) for word, change in enumerate(changes) if change != _SAME]
            alarm = alarm_of(row.checks)
            looks = self._by_word(*alarm)
            if alarm == ALARM:
                of["own_looks"].append((0, *ALARM))
                looks = []
            for name, parts in (("guards", guards), ("changes", made), ("looks", looks)):
                for word, *rest in parts:
                    its, offset = self._places[word]
                    if its == column:
                        of[f"own_{name}"].append((offset, *rest))
                    else:
                        of[name].append((its, offset, *rest))
            of["quiet"] += [(*self._places[word], bits) for word, bits in self._by_word(row.quiet)]
            first = rewrites[-1][GUARDS]
            tests.append(of["guards"].pop(first) if len(of["guards"]) > first else (column, 0, 0, 0))
        return {"rewrites": numbers(rewrites), "tests": words(tests), **{name: words(rows) for name, rows in of.items()}}

    def _by_word(self, *values: int) -> list[tuple[int, ...]]:
        """Some integers word by word, with the number of the word, where they are not all zero."""
        parts = zip(*(split(value, self.packing.words) for value in values), strict=True)
        return [(word, *part) for word, part in enumerate(parts) if any(part)]

    def _copy(self, care: int, shift: int) -> tuple[int, int, int, int]:
        """Place, bits and lowest bit of a field."""
        word = shift // WORD
        return *self._places[word], care >> WORD * word, 1 << shift % WORD

    def _taken(self, row: Packed) -> tuple[int, ...]:
        """Place and mask of the message, one copy of it, whether it must be quiet, and the second label."""
        if not row.present:
            return 0, 0, 1, 0, int(bool(row.quiet)), max(0, row.second)  # a bit that is always set
        column, offset, mask, one = self._copy(row.present, (row.present & -row.present).bit_length() - 1)
        return column, offset, mask, one * (row.second >= 0), 0, max(0, row.second)

    def room(self, program: Program, columns: Columns, entries: int = LISTS_ROOM) -> Lists:
        """Empty lists, with room for so many entries at least, and for those of all rewrites."""
        masks = [int(mask) for mask in columns.layout[MASK::PER_COLUMN]]
        begins, lists, crashed = [], 0, 0
        for column in program.spans[::3].tolist():
            begins.append(lists)
            lists += masks[column] + 1
        for column in program.crashed_column.tolist():
            begins.append(crashed if column >= 0 else -1)
            crashed += masks[column] + 1 if column >= 0 else 0
        entries = max(entries, 2 * len(self.rows) + 1)
        return Lists(
            begins=np.array(begins, dtype=np.int64),
            lists=np.zeros(4 * lists, dtype=np.uint32),
            groups=np.zeros(4 * entries, dtype=np.uint64),
            ranks=np.zeros(MOST_BITS * entries, dtype=np.uint32),
            entries=np.zeros(2 * entries, dtype=np.uint32),
            crashed=np.zeros(crashed, dtype=np.uint32),
            group_of=np.zeros(len(self.rows), dtype=np.int64),
            numbers=np.zeros(len(masks), dtype=np.int64),
            rows=np.zeros(len(masks), dtype=np.int64),
            touched=np.zeros(len(masks), dtype=np.int64),
        )


_SAME = (1 << WORD) - 1, 0, 0
"""Keeps all bits, sets none, adds nothing."""
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_LOW = np.uint64((1 << 32) - 1)
_IDLE = np.uint32(1 << 31)
"""Of an entry that changes nothing, and need not be done more than once."""
_PLAIN = np.uint32(1 << 30)
"""Of one that changes its own column alone, and has nothing more to ask and to look at."""
_LOUD = np.uint32(1 << 29)
"""Of one whose checks might fail, whatever else there is."""
_REWRITE = np.uint32((1 << 29) - 1)


@njit(inline="always")
def _put(codes: Any, at: Any, column: Any, number: Any, layout: Any) -> None:
    """Put a number into a code."""
    c = column * PER_COLUMN
    place = np.uint64(layout[c + SHIFT])
    row = at + layout[c + CODE]
    codes[row] = (codes[row] & ~(np.uint64(layout[c + MASK]) << place)) | (np.uint64(number) << place)


@njit
def _put_all(
    states: Any, codes: Any, at: Any, layout: Any, sizes: Any, columns: Any, places: Any
) -> Any:
    """Make a state its code; whether there was room for all of its contents."""
    is_full = False
    for column in range(len(sizes)):
        number = number_of(states, column, layout, sizes, columns, places)
        is_full |= number == 0
        _put(codes, at, column, number, layout)
    return not is_full


@njit(cache=True)
def insert(program: Any, memory: Any, states: Any, shift: Any, codes: Any, apart: Any, traced: Any, alike: Any) -> int:
    """Begin with these states, a row of words each; 0 if a column has no room for them."""
    order, block, width = program.order, memory.block, len(memory.after)
    for i in range(len(states) // width):
        for k in range(width):
            memory.after[k] = states[i * width + k]
        if len(alike):
            put_in_order(
                memory.after, 0, width, order.path, order.exchanges, order.moves, order.becomes, memory.images
            )
        for k in range(len(codes)):
            block[i * len(codes) + k] = _ZERO
        at = i * len(codes)
        if not _put_all(memory.after, block, at, memory.layout, memory.sizes, memory.columns, memory.places):
            return 0
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
        len(states) // width,
        shift,
        codes,
        apart,
        traced,
        (),
    )
    return 1


@njit
def _list(
    program: Any,
    lists: Any,
    taken: Any,
    tally: Any,
    layout: Any,
    columns: Any,
    span: Any,
    number: Any,
    is_plain_system: Any,
) -> None:
    """Write down what the machines of a span can do, as far as the contents of their column are concerned."""
    machines, alone, neighbours, joint = program.machines, program.alone, program.neighbours, program.joint
    column, begin = program.spans[3 * span], tally[LISTED]
    row = layout[column * PER_COLUMN + WORDS] + number * layout[column * PER_COLUMN + WIDTH]
    for machine in range(program.spans[3 * span + 1], program.spans[3 * span + 2]):
        m = 5 * machine
        local = (columns[row + np.int64(machines[m + 1])] >> machines[m + 2]) & machines[m + 3]
        its = 4 * np.int64(machines[m + 4] + local)
        _add(program, lists, taken, tally, columns, row, number, is_plain_system, alone[its], alone[its + 1])
        for j in range(alone[its + 2], alone[its + 3]):
            o = 5 * neighbours[3 * j]
            first, last = 2 * neighbours[3 * j + 1], 2 * neighbours[3 * j + 2] - 2  # in whatever local state it is
            if np.int64(machines[o]) == column:
                of = (columns[row + np.int64(machines[o + 1])] >> machines[o + 2]) & machines[o + 3]
                first += 2 * np.int64(of)
                last = first
            _add(program, lists, taken, tally, columns, row, number, is_plain_system, joint[first], joint[last + 1])
    _group(program, lists, tally, 4 * (lists.begins[span] + number), begin)


@njit
def _asked(program: Any, r: Any) -> tuple[Any, Any, Any]:
    """What a rewrite is found by: place and bits, of which one is set if it is possible. No bits if there are none."""
    tests, takes = program.tests, program.takes
    if len(takes):
        column, offset, mask = takes[6 * r], takes[6 * r + 1], takes[6 * r + 2]
        is_there = column | offset == _ZERO and mask == _ONE  # the bit that is always set
        is_own = np.int64(column) == program.rewrites[PARTS * r + COLUMN]
        if not is_there and not is_own and bit_count(mask) <= MOST_BITS:
            return column, offset, mask
    mask = tests[4 * r + 2]
    if mask != tests[4 * r + 3] or mask & (mask - _ONE) != _ZERO:
        mask = _ZERO
    return tests[4 * r], tests[4 * r + 1], mask


@njit
def _group(program: Any, lists: Any, tally: Any, at: Any, begin: Any) -> None:
    """Group the entries from this one on by the word that they ask for a bit of."""
    groups, ranks, group_of = lists.groups, lists.ranks, lists.group_of
    end, first = tally[LISTED], tally[GROUPED]
    last = first
    for entry in range(begin, end):
        column, offset, mask = _asked(program, np.int64(lists.entries[2 * entry] & _REWRITE))
        place = column << _HALF | offset
        group_of[entry - begin] = -1
        if mask == _ZERO:
            continue
        g = first
        while g < last and (groups[4 * g] != place or groups[4 * g + 1] & mask != _ZERO):
            g += 1
        if g == last:
            last += 1
            groups[4 * g], groups[4 * g + 1] = place, _ZERO
        groups[4 * g + 1] |= mask
        group_of[entry - begin] = g
    ranked = tally[RANKED]
    for g in range(first, last):
        groups[4 * g + 2] = groups[4 * g + 1]
        groups[4 * g + 3] = np.uint64(ranked)
        ranked += np.int64(bit_count(groups[4 * g + 1]))
    lists.lists[at], lists.lists[at + 1], lists.lists[at + 2] = first, last, ranked
    for entry in range(begin, end):
        g = group_of[entry - begin]
        if g < 0:
            ranks[ranked] = entry
            ranked += 1
            continue
        _, _, mask = _asked(program, np.int64(lists.entries[2 * entry] & _REWRITE))
        while mask != _ZERO:
            bit = mask & (~mask + _ONE)
            mask ^= bit
            ranks[np.int64(groups[4 * g + 3] + bit_count(groups[4 * g + 1] & (bit - _ONE)))] = entry
    lists.lists[at + 3] = ranked
    tally[GROUPED], tally[RANKED] = last, ranked


@njit
def _add(
    program: Any,
    lists: Any,
    taken: Any,
    tally: Any,
    columns: Any,
    row: Any,
    number: Any,
    is_plain_system: Any,
    first: Any,
    following: Any,
) -> None:
    """Write down those of some rewrites that a column's contents allow."""
    rewrites, tests, guards = program.rewrites, program.tests, program.own_guards
    changes, looks = program.own_changes, program.own_looks
    for r in range(first, following):
        p = PARTS * r
        wrong = _ZERO
        for j in range(rewrites[p + OWN_GUARDS], rewrites[p + PARTS + OWN_GUARDS]):
            wrong |= (columns[row + np.int64(guards[3 * j])] & guards[3 * j + 1]) ^ guards[3 * j + 2]
        if wrong != _ZERO:
            continue
        flags = np.uint32(0)
        alarm = _ZERO
        for j in range(rewrites[p + OWN_LOOKS], rewrites[p + PARTS + OWN_LOOKS]):
            alarm |= (columns[row + np.int64(looks[3 * j])] & looks[3 * j + 1]) ^ looks[3 * j + 2]
        if alarm != _ZERO:
            flags |= _LOUD
        is_silent = alarm == _ZERO and rewrites[p + LOOKS] == rewrites[p + PARTS + LOOKS]
        is_alone = rewrites[p + CHANGES] == rewrites[p + PARTS + CHANGES]
        if is_plain_system and is_silent and is_alone:
            changed = _ZERO
            for j in range(rewrites[p + OWN_CHANGES], rewrites[p + PARTS + OWN_CHANGES]):
                old = columns[row + np.int64(changes[4 * j])]
                changed |= ((old & changes[4 * j + 1]) | changes[4 * j + 2]) ^ old
            if changed == _ZERO:
                flags |= _IDLE
            _, _, mask = _asked(program, r)
            if mask == tests[4 * r + 2] and rewrites[p + GUARDS] == rewrites[p + PARTS + GUARDS]:
                flags |= _PLAIN
        if flags & _IDLE and taken[r]:
            continue
        entry = 2 * tally[LISTED]
        lists.entries[entry] = np.uint32(r) | flags
        lists.entries[entry + 1] = number if flags & _IDLE else 0
        tally[LISTED] += 1


@njit
def _with_duplicates(possible: Any, start: Any, count: Any, entries: Any, takes: Any) -> Any:
    """After each entry that may be a duplicate delivery put it once more, as that; how many there are then."""
    more = 0
    for i in range(start, count):
        more += np.int64(takes[6 * np.int64(entries[2 * possible[i]] & _REWRITE) + 3] != _ZERO)
    total, at = count + more, count + more
    for i in range(count - 1, start - 1, -1):
        entry = possible[i]
        if takes[6 * np.int64(entries[2 * entry] & _REWRITE) + 3] != _ZERO:
            at -= 1
            possible[at] = entry + len(entries) // 2
        at -= 1
        possible[at] = entry
    return total


@njit(inline="always")
def _touch(column: Any, row: Any, touched: Any, count: Any, after: Any, layout: Any, columns: Any) -> Any:
    """Begin to make a column anew, if that was not done before; how many are."""
    for i in range(count):
        if touched[i] == column:
            return count
    c = column * PER_COLUMN
    for k in range(layout[c + WIDTH]):
        after[layout[c + FIRST] + k] = columns[row + k]
    touched[count] = column
    return count + 1


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
    spans, machines, rewrites, tests = program.spans, program.machines, program.rewrites, program.tests
    guards, own_changes, changes, looks = program.guards, program.own_changes, program.changes, program.looks
    quiet, takes, checks, budgets = program.quiet, program.takes, program.checks, program.budgets
    losses, crashes, crashing, restarted = program.losses, program.crashes, program.crashing, program.restarted
    crashed_column, overflow = program.crashed_column, program.overflow
    path, exchanges = program.order.path, program.order.exchanges
    moves, becomes = program.order.moves, program.order.becomes
    queue, table, layout, sizes = memory.queue, memory.table, memory.layout, memory.sizes
    columns, places, parents = memory.columns, memory.places, memory.parents
    offsets, edges, fired, taken = memory.offsets, memory.edges, memory.fired, memory.taken
    violated, tally, block, hashes = memory.violated, memory.tally, memory.block, memory.hashes
    origins, recent, possible = memory.origins, memory.recent, memory.possible
    images, after = memory.images, memory.after
    begins, lists, groups, ranks = found.begins, found.lists, found.groups, found.ranks
    entries, crashed = found.entries, found.crashed
    now, row_of, touched = found.numbers, found.rows, found.touched
    width = len(after)
    early, duplicate = 5 * EARLY_TIMEOUTS, 5 * DUPLICATES
    loss, crash = 5 * LOSSES, 5 * CRASHES
    crash_costs = budgets[crash] != _ZERO
    is_plain_system = len(counted) == 0 and len(recorded) == 0
    room, rows = len(hashes), len(rewrites) // PARTS - 1
    twice = len(entries) // 2  # an entry, as a duplicate
    loss_count, crash_count = len(losses) // 6, len(crashes) // 3
    head = tally[HEAD]
    stop = min(level_end, head + pause)
    lacks = LEVEL_DONE
    while head < stop:
        if (tally[STATES] + room) * 4 > len(table) * 3:
            return TABLE_FULL
        if (tally[TAIL] + room) * len(codes) > len(queue):
            return QUEUE_FULL
        if len(recorded) and 2 * (tally[EDGES] + room) > len(edges):
            return EDGES_FULL
        n = 0
        while head < stop and n < BLOCK:
            x = head * len(codes)
            before, steps = n, tally[STEPS]
            for k in range(len(sizes)):
                c = k * PER_COLUMN
                number = np.int64(
                    (queue[x + layout[c + CODE]] >> np.uint64(layout[c + SHIFT])) & np.uint64(layout[c + MASK])
                )
                now[k] = number
                row_of[k] = layout[c + WORDS] + number * layout[c + WIDTH]
            duplicates = False
            if len(counted):
                word = row_of[np.int64(budgets[duplicate + 1])] + np.int64(budgets[duplicate + 2])
                duplicates = columns[word] & budgets[duplicate + 3] != _ZERO
            count: Any = 0
            for s in range(len(spans) // 3):
                at = 4 * (begins[s] + now[spans[3 * s]])
                if lists[at] == 0:
                    if 2 * (tally[LISTED] + rows) > len(entries):
                        lacks = LISTS_FULL
                        break
                    _list(program, found, taken, tally, layout, columns, s, now[spans[3 * s]], is_plain_system)
                start = count
                for i in range(np.int64(lists[at + 2]), np.int64(lists[at + 3])):
                    possible[count] = ranks[i]
                    count += 1
                for g in range(np.int64(lists[at]), np.int64(lists[at + 1])):
                    place = groups[4 * g]
                    word = row_of[np.int64(place >> _HALF)] + np.int64(place & _LOW)
                    bits = columns[word] & groups[4 * g + 2]
                    while bits != _ZERO:
                        bit = bits & (~bits + _ONE)
                        bits ^= bit
                        i = np.int64(ranks[np.int64(groups[4 * g + 3] + bit_count(groups[4 * g + 1] & (bit - _ONE)))])
                        if entries[2 * i] >= _IDLE and taken[np.int64(entries[2 * i] & _REWRITE)]:
                            groups[4 * g + 2] ^= bit  # not asked for any more
                            continue
                        if len(counted):  # other bits say that there are more copies of it
                            bits &= ~_asked(program, np.int64(entries[2 * i] & _REWRITE))[2]
                        j = count  # in the order of the entries
                        while j > start and possible[j - 1] > i:
                            possible[j] = possible[j - 1]
                            j -= 1
                        possible[j] = i
                        count += 1
                if len(counted) and duplicates:
                    count = _with_duplicates(possible, start, count, entries, takes)
            if lacks:
                break
            for e in range(count + loss_count + crash_count):
                # The column whose next contents are known or kept, and their number; 0 if there is none.
                own, becomes_own = np.int64(-1), np.int64(0)
                of_own = np.int64(0)
                changed_count: Any = 0
                if e < count:
                    i = possible[e]
                    is_duplicate = False
                    if len(counted) and i >= twice:
                        is_duplicate = True
                        i -= twice
                    entry = entries[2 * i]
                    r = np.int64(entry & _REWRITE)
                    p = PARTS * r
                    label = rewrites[p + LABEL]
                    is_early = False
                    is_plain = len(counted) == 0 and entry & _PLAIN != 0
                    if not is_plain:
                        word = row_of[np.int64(tests[4 * r])] + np.int64(tests[4 * r + 1])
                        wrong = (columns[word] & tests[4 * r + 2]) ^ tests[4 * r + 3]
                        if len(counted):
                            word = row_of[np.int64(takes[6 * r])] + np.int64(takes[6 * r + 1])
                            if columns[word] & takes[6 * r + 2] == _ZERO:
                                continue
                        for j in range(rewrites[p + GUARDS], rewrites[p + PARTS + GUARDS]):
                            word = row_of[np.int64(guards[4 * j])] + np.int64(guards[4 * j + 1])
                            wrong |= (columns[word] & guards[4 * j + 2]) ^ guards[4 * j + 3]
                        if wrong != _ZERO:
                            continue
                        if len(counted):
                            if takes[6 * r + 4] != _ZERO:
                                busy = _ZERO
                                for j in range(rewrites[p + QUIET], rewrites[p + PARTS + QUIET]):
                                    word = row_of[np.int64(quiet[3 * j])] + np.int64(quiet[3 * j + 1])
                                    busy |= columns[word] & quiet[3 * j + 2]
                                if busy != _ZERO:
                                    word = row_of[np.int64(budgets[early + 1])] + np.int64(budgets[early + 2])
                                    if columns[word] & budgets[early + 3] == _ZERO:
                                        continue
                                    is_early = True
                            if is_early or is_duplicate:
                                label = np.int64(takes[6 * r + 5])
                        alarm = np.uint64(entry & _LOUD)
                        for j in range(rewrites[p + LOOKS], rewrites[p + PARTS + LOOKS]):
                            word = row_of[np.int64(looks[4 * j])] + np.int64(looks[4 * j + 1])
                            alarm |= (columns[word] & looks[4 * j + 2]) ^ looks[4 * j + 3]
                        if alarm != _ZERO:
                            for j in range(rewrites[p + CHECKS], rewrites[p + PARTS + CHECKS]):
                                check = j * (2 + width)
                                conjunct = np.int64(checks[check]) * (2 + width)
                                if violated[conjunct] != _ZERO:
                                    continue
                                marked = _ZERO
                                for k in range(len(sizes)):
                                    c = k * PER_COLUMN
                                    for w in range(layout[c + WIDTH]):
                                        marked |= columns[row_of[k] + w] & checks[check + 2 + layout[c + FIRST] + w]
                                if checks[check + 1] == (_ONE if marked == _ZERO else _ZERO):
                                    continue
                                violated[conjunct] = _ONE
                                violated[conjunct + 1] = np.uint64(label)
                                for k in range(len(sizes)):
                                    c = k * PER_COLUMN
                                    for w in range(layout[c + WIDTH]):
                                        violated[conjunct + 2 + layout[c + FIRST] + w] = columns[row_of[k] + w]
                                tally[FOUND] += 1
                    own = rewrites[p + COLUMN]
                    becomes_own = np.int64(entries[2 * i + 1])
                    if becomes_own == 0:
                        c = own * PER_COLUMN
                        for k in range(layout[c + WIDTH]):
                            after[layout[c + FIRST] + k] = columns[row_of[own] + k]
                        for j in range(rewrites[p + OWN_CHANGES], rewrites[p + PARTS + OWN_CHANGES]):
                            word = layout[c + FIRST] + np.int64(own_changes[4 * j])
                            after[word] = (after[word] & own_changes[4 * j + 1]) | own_changes[4 * j + 2]
                            after[word] += own_changes[4 * j + 3]
                        becomes_own = number_of(after, own, layout, sizes, columns, places)
                        if becomes_own == 0:
                            lacks = COLUMN_FULL
                            break
                        entries[2 * i + 1] = becomes_own
                    for j in range(rewrites[p + CHANGES], rewrites[p + CHANGES] if is_plain else rewrites[p + PARTS + CHANGES]):
                        k = np.int64(changes[5 * j])
                        changed_count = _touch(k, row_of[k], touched, changed_count, after, layout, columns)
                        word = layout[k * PER_COLUMN + FIRST] + np.int64(changes[5 * j + 1])
                        after[word] = (after[word] & changes[5 * j + 2]) | changes[5 * j + 3]
                        after[word] += changes[5 * j + 4]
                    if len(counted):
                        fired[label] = 1
                        if is_duplicate or is_early:
                            spent = duplicate if is_duplicate else early
                            for j in range(1 + np.int64(is_duplicate)):
                                k = np.int64(budgets[spent + 1] if j == 0 else takes[6 * r])
                                row = row_of[k]
                                if k == own:  # on top of what it becomes
                                    row = layout[k * PER_COLUMN + WORDS] + becomes_own * layout[k * PER_COLUMN + WIDTH]
                                changed_count = _touch(k, row, touched, changed_count, after, layout, columns)
                                word = layout[k * PER_COLUMN + FIRST]
                                if j == 0:
                                    after[word + np.int64(budgets[spent + 2])] -= budgets[spent + 4]
                                else:
                                    after[word + np.int64(takes[6 * r + 1])] += takes[6 * r + 3]
                    else:
                        taken[r] = 1
                elif e < count + loss_count:
                    i = 6 * (e - count)
                    costs = losses[i + 5] != _ZERO
                    k = np.int64(losses[i])
                    if columns[row_of[k] + np.int64(losses[i + 1])] & losses[i + 2] == _ZERO:
                        continue
                    if costs:
                        b = np.int64(budgets[loss + 1])
                        if columns[row_of[b] + np.int64(budgets[loss + 2])] & budgets[loss + 3] == _ZERO:
                            continue
                        changed_count = _touch(b, row_of[b], touched, changed_count, after, layout, columns)
                        after[layout[b * PER_COLUMN + FIRST] + np.int64(budgets[loss + 2])] -= budgets[loss + 4]
                    changed_count = _touch(k, row_of[k], touched, changed_count, after, layout, columns)
                    after[layout[k * PER_COLUMN + FIRST] + np.int64(losses[i + 1])] -= losses[i + 3]
                    label = np.int64(losses[i + 4])
                    fired[label] = 1
                else:
                    p = e - count - loss_count
                    if crash_costs:
                        b = np.int64(budgets[crash + 1])
                        if columns[row_of[b] + np.int64(budgets[crash + 2])] & budgets[crash + 3] == _ZERO:
                            break
                        changed_count = _touch(b, row_of[b], touched, changed_count, after, layout, columns)
                        after[layout[b * PER_COLUMN + FIRST] + np.int64(budgets[crash + 2])] -= budgets[crash + 4]
                    own = crashed_column[p]
                    is_kept = own >= 0 and not (crash_costs and touched[0] == own)
                    if is_kept:
                        of_own = begins[len(spans) // 3 + p] + now[own]
                        becomes_own = np.int64(crashed[of_own])
                    if becomes_own == 0:
                        for i in range(crashes[3 * p + 1], crashes[3 * p + 2]):
                            m = 5 * crashing[2 * i]
                            k = np.int64(machines[m])
                            changed_count = _touch(k, row_of[k], touched, changed_count, after, layout, columns)
                            word = layout[k * PER_COLUMN + FIRST] + np.int64(machines[m + 1])
                            old = (after[word] >> machines[m + 2]) & machines[m + 3]
                            after[word] += (restarted[crashing[2 * i + 1] + np.int64(old)] - old) << machines[m + 2]
                        if is_kept:
                            changed_count -= 1
                            becomes_own = number_of(after, own, layout, sizes, columns, places)
                            if becomes_own == 0:
                                lacks = COLUMN_FULL
                                break
                            crashed[of_own] = becomes_own
                    label = crashes[3 * p]
                    fired[label] = 1
                if changed_count == 0 and becomes_own == now[own] and not len(recorded):
                    continue
                at = n * len(codes)
                for k in range(len(codes)):
                    block[at + k] = queue[x + k]
                is_changed = False
                is_over = False
                if becomes_own != 0:
                    is_changed = becomes_own != now[own]
                    _put(block, at, own, becomes_own, layout)
                    if len(counted):
                        c = own * PER_COLUMN
                        row = layout[c + WORDS] + becomes_own * layout[c + WIDTH]
                        for k in range(layout[c + WIDTH]):
                            is_over |= columns[row + k] & overflow[layout[c + FIRST] + k] != _ZERO
                for i in range(changed_count):
                    k = touched[i]
                    if len(counted):
                        c = k * PER_COLUMN
                        for w in range(layout[c + FIRST], layout[c + FIRST] + layout[c + WIDTH]):
                            is_over |= after[w] & overflow[w] != _ZERO
                    if not is_over:
                        number = number_of(after, k, layout, sizes, columns, places)
                        if number == 0:
                            lacks = COLUMN_FULL
                        is_changed |= number != now[k]
                        _put(block, at, k, number, layout)
                if lacks:
                    break
                if is_over:
                    tally[OVERFLOWN] = 1
                    continue
                if not is_changed and not len(recorded):
                    continue
                if len(alike):
                    for k in range(len(sizes)):
                        c = k * PER_COLUMN
                        code = block[at + layout[c + CODE]] >> np.uint64(layout[c + SHIFT])
                        number = np.int64(code & np.uint64(layout[c + MASK]))
                        for w in range(layout[c + WIDTH]):
                            after[layout[c + FIRST] + w] = columns[layout[c + WORDS] + number * layout[c + WIDTH] + w]
                    put_in_order(after, 0, width, path, exchanges, moves, becomes, images)
                    if not _put_all(after, block, at, layout, sizes, columns, places):
                        lacks = COLUMN_FULL
                        break
                if len(traced):
                    origins[2 * n] = label
                    origins[2 * n + 1] = head
                tally[STEPS] += np.int64(is_changed)
                n += 1
            if lacks:  # once more, when there is room
                n, tally[STEPS] = before, steps
                break
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
        if lacks:
            return lacks
    return LEVEL_DONE if head == level_end else PAUSE
