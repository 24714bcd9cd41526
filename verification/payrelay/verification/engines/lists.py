"""Lists: for the contents of each column, which rewrites the machines in it can do, and what it then contains.

They are written down when contents first come up, and found again by the one bit of another column that most rewrites
ask for: the message that they take.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.compiling import inner
from payrelay.verification.engines.kernel import (
    MASK,
    PER_COLUMN,
    WIDTH,
    WORDS,
    bit_count,
)
from payrelay.verification.engines.programs import doubled
from payrelay.verification.engines.wide import (
    CHANGES,
    COLUMN,
    GUARDS,
    LOOKS,
    OWN_CHANGES,
    OWN_GUARDS,
    OWN_LOOKS,
    PARTS,
    Program,
)

MOST_BITS = 3
"""Of what entries are found by: the copies of a message."""


FEWEST = 1 << 12
"""Entries for which there is room at first."""
ENTRIES, GROUPS, RANKS = range(3)
"""What `counts` counts."""


ZERO = np.uint64(0)
ONE = np.uint64(1)
HALF = np.uint64(32)
LOW = np.uint64((1 << 32) - 1)
IDLE = np.uint32(1 << 31)
"""Of an entry that changes nothing, and need not be done more than once."""
PLAIN = np.uint32(1 << 30)
"""Of one that changes its own column alone, and has nothing more to ask and to look at."""
LOUD = np.uint32(1 << 29)
"""Of one whose checks might fail, whatever else there is."""
REWRITE = np.uint32((1 << 29) - 1)


class Lists(NamedTuple):
    """What the kernel has found out about contents."""

    counts: Any
    """How many entries, groups and ranks there are, and one more: they begin with 1."""
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


def room(program: Program, columns: Columns) -> Lists:
    """Empty lists, with room for all rewrites twice at least."""
    masks = [int(mask) for mask in columns.layout[MASK::PER_COLUMN]]
    rewrites = len(program.rewrites) // PARTS - 1
    begins, lists, crashed = [], 0, 0
    for column in program.spans[::3].tolist():
        begins.append(lists)
        lists += masks[column] + 1
    for column in program.crashed_column.tolist():
        begins.append(crashed if column >= 0 else -1)
        crashed += masks[column] + 1 if column >= 0 else 0
    entries = max(FEWEST, 2 * rewrites + 1)
    return Lists(
        counts=np.ones(3, dtype=np.int64),
        begins=np.array(begins, dtype=np.int64),
        lists=np.zeros(4 * lists, dtype=np.uint32),
        groups=np.zeros(4 * entries, dtype=np.uint64),
        ranks=np.zeros(MOST_BITS * entries, dtype=np.uint32),
        entries=np.zeros(2 * entries, dtype=np.uint32),
        crashed=np.zeros(crashed, dtype=np.uint32),
        group_of=np.zeros(rewrites, dtype=np.int64),
        numbers=np.zeros(len(masks), dtype=np.int64),
        rows=np.zeros(len(masks), dtype=np.int64),
        touched=np.zeros(len(masks), dtype=np.int64),
    )


def larger(lists: Lists) -> Lists:
    """The same lists, with twice the room for what they list."""
    names = ("groups", "ranks", "entries")
    return lists._replace(**{name: doubled(getattr(lists, name)) for name in names})


def bytes_of(lists: Lists) -> int:
    """What lists take: tables whole, of what is filled from its beginning that part."""
    entries, groups, ranks = lists.counts.tolist()
    return int(lists.lists.nbytes + lists.crashed.nbytes + 8 * entries + 32 * groups + 4 * ranks)


@inner
def list_contents(
    program: Any,
    lists: Any,
    taken: Any,
    layout: Any,
    columns: Any,
    span: Any,
    number: Any,
    is_plain_system: Any,
) -> None:
    """Write down what the machines of a span can do, as far as the contents of their column are concerned."""
    machines, alone, neighbours, joint = program.machines, program.alone, program.neighbours, program.joint
    column, begin = program.spans[3 * span], lists.counts[ENTRIES]
    row = layout[column * PER_COLUMN + WORDS] + number * layout[column * PER_COLUMN + WIDTH]
    for machine in range(program.spans[3 * span + 1], program.spans[3 * span + 2]):
        m = 5 * machine
        local = (columns[row + np.int64(machines[m + 1])] >> machines[m + 2]) & machines[m + 3]
        its = 4 * np.int64(machines[m + 4] + local)
        _add(program, lists, taken, columns, row, number, is_plain_system, alone[its], alone[its + 1])
        for j in range(alone[its + 2], alone[its + 3]):
            o = 5 * neighbours[3 * j]
            first, last = 2 * neighbours[3 * j + 1], 2 * neighbours[3 * j + 2] - 2  # in whatever local state it is
            if np.int64(machines[o]) == column:
                of = (columns[row + np.int64(machines[o + 1])] >> machines[o + 2]) & machines[o + 3]
                first += 2 * np.int64(of)
                last = first
            _add(program, lists, taken, columns, row, number, is_plain_system, joint[first], joint[last + 1])
    _group(program, lists, 4 * (lists.begins[span] + number), begin)


@inner
def asked(program: Any, r: Any) -> tuple[Any, Any, Any]:
    """What a rewrite is found by: place and bits, of which one is set if it is possible. No bits if there are none."""
    tests, takes = program.tests, program.takes
    if len(takes):
        column, offset, mask = takes[6 * r], takes[6 * r + 1], takes[6 * r + 2]
        is_there = column | offset == ZERO and mask == ONE  # the bit that is always set
        is_own = np.int64(column) == program.rewrites[PARTS * r + COLUMN]
        if not is_there and not is_own and bit_count(mask) <= MOST_BITS:
            return column, offset, mask
    mask = tests[4 * r + 2]
    if mask != tests[4 * r + 3] or mask & (mask - ONE) != ZERO:
        mask = ZERO
    return tests[4 * r], tests[4 * r + 1], mask


@inner
def _group(program: Any, lists: Any, at: Any, begin: Any) -> None:
    """Group the entries from this one on by the word that they ask for a bit of."""
    counts, groups, ranks, group_of = lists.counts, lists.groups, lists.ranks, lists.group_of
    end, first = counts[ENTRIES], counts[GROUPS]
    last = first
    for entry in range(begin, end):
        column, offset, mask = asked(program, np.int64(lists.entries[2 * entry] & REWRITE))
        place = column << HALF | offset
        group_of[entry - begin] = -1
        if mask == ZERO:
            continue
        g = first
        while g < last and (groups[4 * g] != place or groups[4 * g + 1] & mask != ZERO):
            g += 1
        if g == last:
            last += 1
            groups[4 * g], groups[4 * g + 1] = place, ZERO
        groups[4 * g + 1] |= mask
        group_of[entry - begin] = g
    ranked = counts[RANKS]
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
        _, _, mask = asked(program, np.int64(lists.entries[2 * entry] & REWRITE))
        while mask != ZERO:
            bit = mask & (~mask + ONE)
            mask ^= bit
            ranks[np.int64(groups[4 * g + 3] + bit_count(groups[4 * g + 1] & (bit - ONE)))] = entry
    lists.lists[at + 3] = ranked
    counts[GROUPS], counts[RANKS] = last, ranked


@inner
def _add(
    program: Any,
    lists: Any,
    taken: Any,
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
        wrong = ZERO
        for j in range(rewrites[p + OWN_GUARDS], rewrites[p + PARTS + OWN_GUARDS]):
            wrong |= (columns[row + np.int64(guards[3 * j])] & guards[3 * j + 1]) ^ guards[3 * j + 2]
        if wrong != ZERO:
            continue
        flags = np.uint32(0)
        alarm = ZERO
        for j in range(rewrites[p + OWN_LOOKS], rewrites[p + PARTS + OWN_LOOKS]):
            alarm |= (columns[row + np.int64(looks[3 * j])] & looks[3 * j + 1]) ^ looks[3 * j + 2]
        if alarm != ZERO:
            flags |= LOUD
        is_silent = alarm == ZERO and rewrites[p + LOOKS] == rewrites[p + PARTS + LOOKS]
        is_alone = rewrites[p + CHANGES] == rewrites[p + PARTS + CHANGES]
        if is_plain_system and is_silent and is_alone:
            changed = ZERO
            for j in range(rewrites[p + OWN_CHANGES], rewrites[p + PARTS + OWN_CHANGES]):
                old = columns[row + np.int64(changes[4 * j])]
                changed |= ((old & changes[4 * j + 1]) | changes[4 * j + 2]) ^ old
            if changed == ZERO:
                flags |= IDLE
            _, _, mask = asked(program, r)
            if mask == tests[4 * r + 2] and rewrites[p + GUARDS] == rewrites[p + PARTS + GUARDS]:
                flags |= PLAIN
        if flags & IDLE and taken[r]:
            continue
        entry = 2 * lists.counts[ENTRIES]
        lists.entries[entry] = np.uint32(r) | flags
        lists.entries[entry + 1] = number if flags & IDLE else 0
        lists.counts[ENTRIES] += 1
