"""Lists: for the contents of each column, which rewrites the machines in it can do, and what it then contains.

They are written down when contents first come up, and found again by the one bit of another column that most rewrites
ask for: the message that they take.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from payrelay.language.role import IllFormedModelError
from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.compiling import inlined, inner
from payrelay.verification.engines.instructions import bit_count
from payrelay.verification.engines.kernel import (
    MASK,
    PER_COLUMN,
    WIDTH,
    WORDS,
)
from payrelay.verification.engines.programs import doubled, zeros
from payrelay.verification.engines.wide import (
    CHANGES,
    GUARDS,
    IF_MORE,
    IF_NONE,
    LAST,
    LOOKS,
    OWN_CHANGES,
    OWN_CHECKS,
    OWN_GUARDS,
    OWN_LOOKS,
    PARTS,
    Program,
)

FEWEST = 1 << 13
"""Entries for which there is room at first; and groups, a fourth as many."""
TOGETHER = 64
"""States that are looked at together, if what they may do has room."""
MOST_SPANS = 1 << 10
"""Of machines."""
ROOM = 1 << 13
"""Entries for which there is room, of states that are looked at together; more if one state may have more."""
ENTRIES, GROUPS = range(2)
"""What `counts` counts."""
PLACE, BITS, ASKED, FIRST_ENTRY, WATCHED, WATCHED_PLACE, WATCHED_BITS, EXPECTED, PER_GROUP = range(9)
"""What `groups` says of each; and how much that is."""


ZERO = np.uint64(0)
ONE = np.uint64(1)
HALF = np.uint64(32)
LOW = np.uint64((1 << 32) - 1)
IDLE = np.uint64(1 << 31)
"""Of an entry that changes nothing, and need not be done more than once."""
PLAIN = np.uint64(1 << 30)
"""Of one that changes its own column alone, and has nothing more to ask, and nothing to look at but at a glance."""
LOUD = np.uint64(1 << 29)
"""Of one whose checks might fail, whatever else there is."""
HARMLESS = np.uint64(1 << 28)
"""Of one that changes nothing, and once it was done matters only where a glance shows that a check might fail."""
ABROAD = np.uint64(1 << 27)
"""Of one that is plain, but that it changes one word of another column, too."""
REWRITE = np.uint64((1 << 27) - 1)


class Lists(NamedTuple):
    """What the kernel has found out about contents."""

    counts: Any
    """How many entries and groups there are, and one more: they begin with 1."""
    begins: Any
    """For each span, where its contents begin in `lists`; for each crash, where they do in `crashed`, or -1."""
    lists: Any
    """For each contents: first of the groups, first after them, how many entries; 0 if they have not come up."""
    groups: Any
    """For each word that entries ask for bits of: its place, the lowest bit that each of them asks for, all bits that
    still are asked for, and the first of the entries, which stand in the order of their bits; then the bits that are
    asked for only where a check might fail: where bits of a place are not as expected."""
    entries: Any
    """For each: a rewrite, some flags, and the number of what its column contains then, 0 if that has not come up; how
    many entries of the list come before it, and the place that checks look at; which bits of it; and what they are."""
    crashed: Any
    """For each contents, their number after a crash; 0 if that has not come up."""
    ranges: Any
    """Rewrites to be tried: first, first after them."""
    drafts: Any
    """The entries of a list, in order, while it is written down."""
    group_of: Any
    """Their groups."""
    numbers: Any
    """Of the contents in each of the states that are looked at together."""
    words: Any
    """The words of these states."""
    fallen: Any
    """The numbers of what crashes make of a state."""
    touched: Any
    """The columns that a step changes beside its own."""
    asking: Any
    """Lists that are not empty: first of the groups, first after them, which state, and which span."""
    present: Any
    """The bits that are asked for and set, of groups that have any: the bits, which group, and which state and span."""
    possible: Any
    """The entries that may be possible, state by state."""
    many: Any
    """How many of them each state has."""


def room(program: Program, columns: Columns) -> Lists:
    """Empty lists, with room for all rewrites twice at least."""
    if len(program.spans) // 3 > MOST_SPANS:
        raise IllFormedModelError(f"its states need more than a word, and more than {MOST_SPANS} machines take turns")
    rewrites, width = len(program.rewrites) // PARTS - 1, len(columns.parts)
    begins, count, crashed = _begins(program, columns)
    fewest = 2 * rewrites + 1
    together = max(ROOM, rewrites + 1)
    return Lists(
        counts=np.ones(2, dtype=np.int64),
        begins=begins,
        lists=np.zeros(3 * count, dtype=np.uint32),
        groups=zeros(PER_GROUP * max(FEWEST // 4, fewest), np.uint64),
        entries=zeros(4 * max(FEWEST, fewest), np.uint64),
        crashed=np.zeros(crashed, dtype=np.uint32),
        ranges=np.zeros(2 * (len(program.machines) // 5 + len(program.neighbours) // 3), dtype=np.int64),
        drafts=np.zeros(4 * rewrites, dtype=np.uint64),
        group_of=np.zeros(rewrites, dtype=np.int64),
        numbers=np.zeros(TOGETHER * width, dtype=np.int64),
        words=np.zeros(TOGETHER * columns.parts[-1].stop, dtype=np.uint64),
        fallen=np.zeros(len(program.crashed_column), dtype=np.int64),
        touched=np.zeros(width, dtype=np.int64),
        asking=np.zeros(4 * (TOGETHER * len(program.spans) // 3 + 1), dtype=np.int64),
        present=np.zeros(3 * (together + 1), dtype=np.uint64),
        possible=np.zeros(2 * together + 1, dtype=np.uint64),
        many=np.zeros(TOGETHER, dtype=np.int64),
    )


def _begins(program: Program, columns: Columns) -> tuple[Any, int, int]:
    """Where the contents of each span begin, and of each crash; how many they are of all spans, and of all crashes."""
    counts = [int(mask) + 1 for mask in columns.layout[MASK::PER_COLUMN]]
    begins, lists, crashed = [], 0, 0
    for column in program.spans[::3].tolist():
        begins.append(lists)
        lists += counts[column]
    for column in program.crashed_column.tolist():
        begins.append(crashed if column >= 0 else -1)
        crashed += counts[column] if column >= 0 else 0
    return np.array(begins, dtype=np.int64), lists, crashed


def widened(lists: Lists, program: Program, columns: Columns) -> Lists:
    """The same lists, when there is room for more contents; all contents keep their numbers."""
    begins, count, crashed = _begins(program, columns)
    wider = lists._replace(
        begins=begins, lists=np.zeros(3 * count, dtype=np.uint32), crashed=np.zeros(crashed, dtype=np.uint32)
    )
    columns_of = [*program.spans[::3].tolist(), *program.crashed_column.tolist()]
    spans = len(program.spans) // 3
    for which, (column, old, new) in enumerate(zip(columns_of, lists.begins.tolist(), begins.tolist(), strict=True)):
        size = int(columns.sizes[column])
        if which < spans:
            wider.lists[3 * new : 3 * (new + size)] = lists.lists[3 * old : 3 * (old + size)]
        elif column >= 0:
            wider.crashed[new : new + size] = lists.crashed[old : old + size]
    return wider


def copied(lists: Lists) -> Lists:
    """The same lists, to be filled further; only one of both is in use at a time."""
    names = ("counts", "lists", "groups", "entries", "crashed")
    return lists._replace(**{name: getattr(lists, name).copy() for name in names})


def larger(lists: Lists) -> Lists:
    """The same lists, with twice the room of what is more than half full: what has no room is."""
    entries, groups = lists.counts.tolist()
    filled = {"entries": 4 * entries, "groups": PER_GROUP * groups}
    rooms = {name: getattr(lists, name) for name, values in filled.items() if 2 * values > len(getattr(lists, name))}
    return lists._replace(**{name: doubled(values) for name, values in rooms.items()})


def bytes_of(lists: Lists) -> int:
    """What lists take: tables whole, of what is filled from its beginning that part."""
    entries, groups = lists.counts.tolist()
    return int(lists.lists.nbytes + lists.crashed.nbytes + 8 * (4 * entries + PER_GROUP * groups))


@inner
def has_room(lists: Any) -> Any:
    """Whether there is room for another list, if it has all rewrites, and each a group of its own."""
    rewrites = len(lists.group_of)
    has_entries = 4 * (lists.counts[ENTRIES] + rewrites) <= len(lists.entries)
    return has_entries and PER_GROUP * (lists.counts[GROUPS] + rewrites) <= len(lists.groups)


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
    # Taken out of their tuples once: each time, references are counted.
    spans, machines, alone, joint = program.spans, program.machines, program.alone, program.joint
    neighbours, rewrites, tests, glances = program.neighbours, program.rewrites, program.tests, program.glances
    guards, changes, looks, asks = program.own_guards, program.own_changes, program.own_looks, program.asks
    own_checks, ranges, drafts = program.own_checks, lists.ranges, lists.drafts
    column = spans[3 * span]
    row = layout[column * PER_COLUMN + WORDS] + number * layout[column * PER_COLUMN + WIDTH]
    turns: Any = 0
    for machine in range(spans[3 * span + 1], spans[3 * span + 2]):
        m = 5 * machine
        local = (columns[row + np.int64(machines[m + 1])] >> machines[m + 2]) & machines[m + 3]
        its = 4 * np.int64(machines[m + 4] + local)
        ranges[turns], ranges[turns + 1] = alone[its], alone[its + 1]
        turns += 2
        for j in range(alone[its + 2], alone[its + 3]):
            o = 5 * neighbours[3 * j]
            first, last = 2 * neighbours[3 * j + 1], 2 * neighbours[3 * j + 2] - 2  # in whatever local state it is
            if np.int64(machines[o]) == column:
                of = (columns[row + np.int64(machines[o + 1])] >> machines[o + 2]) & machines[o + 3]
                first += 2 * np.int64(of)
                last = first
            ranges[turns], ranges[turns + 1] = joint[first], joint[last + 1]
            turns += 2
    count: Any = 0
    for turn in range(0, turns, 2):
        for r in range(ranges[turn], ranges[turn + 1]):
            p = PARTS * r
            wrong = ZERO
            for j in range(rewrites[p + OWN_GUARDS], rewrites[p + PARTS + OWN_GUARDS]):
                wrong |= (columns[row + np.int64(guards[3 * j])] & guards[3 * j + 1]) ^ guards[3 * j + 2]
            if wrong != ZERO:
                continue
            flags = ZERO
            alarm = ZERO
            for j in range(rewrites[p + OWN_LOOKS], rewrites[p + PARTS + OWN_LOOKS]):
                alarm |= (columns[row + np.int64(looks[3 * j])] & looks[3 * j + 1]) ^ looks[3 * j + 2]
            is_loud = alarm != ZERO
            marked = ZERO
            for j in range(rewrites[p + OWN_CHECKS], rewrites[p + PARTS + OWN_CHECKS]):
                marked |= columns[row + np.int64(own_checks[3 * j])] & own_checks[3 * j + 1]
                is_for = np.int64(own_checks[3 * j + 2])
                if is_for & LAST:
                    if is_for & IF_NONE:
                        is_loud |= marked != ZERO or is_for & IF_MORE != 0
                    else:
                        is_loud |= marked == ZERO
                    marked = ZERO
            if is_loud:
                flags |= LOUD
            is_silent = not is_loud and rewrites[p + LOOKS] == rewrites[p + PARTS + LOOKS]
            is_alone = rewrites[p + CHANGES] == rewrites[p + PARTS + CHANGES]
            is_near = rewrites[p + CHANGES] + 1 == rewrites[p + PARTS + CHANGES]
            if is_plain_system and is_silent and (is_alone or is_near):
                changed = ZERO
                for j in range(rewrites[p + OWN_CHANGES], rewrites[p + PARTS + OWN_CHANGES]):
                    old = columns[row + np.int64(changes[4 * j])]
                    changed |= ((old & changes[4 * j + 1]) | changes[4 * j + 2]) ^ old
                if changed == ZERO and is_alone:
                    flags |= IDLE if glances[3 * r + 1] == ZERO else HARMLESS
                is_asked = tests[3 * r + 1] == ZERO or asks[2 * r + 1] == tests[3 * r + 1]
                is_asked &= tests[3 * r + 1] == ZERO or asks[2 * r] == tests[3 * r]
                if is_asked and rewrites[p + GUARDS] == rewrites[p + PARTS + GUARDS]:
                    flags |= PLAIN if is_alone else PLAIN | ABROAD
            if flags & IDLE and taken[r]:
                continue
            becomes = np.uint64(number) if flags & (IDLE | HARMLESS) else ZERO
            drafts[4 * count] = np.uint64(r) | flags | becomes << HALF
            drafts[4 * count + 1] = np.uint64(count) << HALF | glances[3 * r]
            drafts[4 * count + 2] = glances[3 * r + 1]
            drafts[4 * count + 3] = glances[3 * r + 2]
            count += 1
    _group(lists, asks, 3 * (lists.begins[span] + number), count)


@inner
def _group(lists: Any, asks: Any, at: Any, count: Any) -> None:
    """Put down so many entries by the word that they ask for a bit of."""
    counts, groups, entries, drafts, group_of = lists.counts, lists.groups, lists.entries, lists.drafts, lists.group_of
    first = counts[GROUPS]
    last = first
    for i in range(count):
        a = 2 * np.int64(drafts[4 * i] & REWRITE)
        place, mask = asks[a], asks[a + 1]
        watched, bits, expected = ZERO, ZERO, ZERO
        if drafts[4 * i] & HARMLESS:
            watched, bits, expected = drafts[4 * i + 1] & LOW, drafts[4 * i + 2], drafts[4 * i + 3]
        g = PER_GROUP * first
        while g < PER_GROUP * last:
            is_its = groups[g + PLACE] == place and groups[g + ASKED] & mask == ZERO
            is_watched = bits != ZERO and groups[g + WATCHED_BITS] != ZERO
            if is_its and is_watched:
                is_its = groups[g + WATCHED_PLACE] == watched
                is_its &= (groups[g + EXPECTED] ^ expected) & groups[g + WATCHED_BITS] & bits == ZERO
            if is_its:
                break
            g += PER_GROUP
        if g == PER_GROUP * last:
            last += 1
            for k in range(PER_GROUP):
                groups[g + k] = ZERO
            groups[g + PLACE] = place
        groups[g + BITS] |= mask & (~mask + ONE)
        groups[g + ASKED] |= mask
        if bits != ZERO:
            groups[g + WATCHED_PLACE] = watched
            groups[g + WATCHED_BITS] |= bits
            groups[g + EXPECTED] |= expected
        group_of[i] = g
    begin = counts[ENTRIES]
    for g in range(PER_GROUP * first, PER_GROUP * last, PER_GROUP):
        groups[g + FIRST_ENTRY] = np.uint64(begin)
        begin += np.int64(bit_count(groups[g + BITS]))
    for i in range(count):
        mask = asks[2 * np.int64(drafts[4 * i] & REWRITE) + 1]
        entry = 4 * entry_of(groups, group_of[i], mask & (~mask + ONE))
        for k in range(4):
            entries[entry + k] = drafts[4 * i + k]
    lists.lists[at], lists.lists[at + 1], lists.lists[at + 2] = first, last, count
    counts[ENTRIES], counts[GROUPS] = begin, last


@inlined
def entry_of(groups: Any, g: Any, bit: Any) -> Any:
    """The entry of the group in this row that asks for this bit, or for some lowest bit below it."""
    return np.int64(groups[g + FIRST_ENTRY] + bit_count(groups[g + BITS] & (bit | (bit - ONE))) - ONE)
