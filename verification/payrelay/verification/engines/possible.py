"""What is possible in states of several words: the entries of their lists that find what they ask for, by a kernel.

Some states are looked at together, step by step, each step in one loop over all of them. Where a loop ends, a
processor guesses wrong, and then it waits for memory; so loops are long, and what one state waits for is under way
while another is looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from payrelay.verification.engines.compiling import inlined, inner
from payrelay.verification.engines.kernel import (
    CODE,
    DUPLICATES,
    MASK,
    PER_COLUMN,
    SHIFT,
    WIDTH,
    WORDS,
)
from payrelay.verification.engines.lists import (
    ENTRIES,
    HALF,
    IDLE,
    LOW,
    MOST_SPANS,
    ONE,
    REWRITE,
    TOGETHER,
    ZERO,
    entry_of,
    list_contents,
)
from payrelay.verification.engines.wide import PARTS

# An entry that is possible is one word: the state of those looked at together, the span of machines, how many entries
# of the list come before it, the entry, and whether it is a duplicate delivery; so they stand in order.
DUPLICATE = ONE
_ENTRY, _BEFORE, _SPAN, _STATE = (np.uint64(shift) for shift in (1, 31, 48, 58))
_MOST_BEFORE = np.uint64((1 << 17) - 1)
_SPANS = np.uint64(MOST_SPANS - 1)
_ENTRIES = np.uint64((1 << 30) - 1)


@inner
def find_possible(
    program: Any, memory: Any, noted: Any, head: Any, size: Any, codes: Any, counted: Any, is_plain_system: Any
) -> Any:
    """Note for so many states of the queue, from this one on, or for the first of them, which entries may be possible.

    They stand one after the other in `possible`, in the order of machines; `many` says how many there are of each
    state. The numbers and rows of its contents stand in `numbers` and `rows`. Comes back with the number of states,
    at least one; or with 0 if there is no room for more lists.
    """
    _read(memory, noted, head, size, codes)
    begins, lists, numbers, asking = noted.begins, noted.lists, noted.numbers, noted.asking
    room = len(noted.present) // 3 - 1
    states, total = _take_lists(program.spans, begins, lists, numbers, asking, size, room)
    if states == 0:
        if not _list_all(program, memory, noted, size, is_plain_system):
            return 0
        states, total = _take_lists(program.spans, begins, lists, numbers, asking, size, room)
    kept = _take_groups(memory, noted, total)
    _take_entries(program, memory, noted, kept, counted)
    return states


@inner
def _read(memory: Any, noted: Any, head: Any, size: Any, codes: Any) -> None:
    """Read the numbers of all contents."""
    queue, layout, count = memory.queue, memory.layout, len(memory.sizes)
    for state in range(size):
        x = (head + state) * len(codes)
        for k in range(count):
            c = k * PER_COLUMN
            code = queue[x + layout[c + CODE]] >> np.uint64(layout[c + SHIFT])
            number = np.int64(code & np.uint64(layout[c + MASK]))
            noted.numbers[state * count + k] = number
            noted.rows[state * count + k] = layout[c + WORDS] + number * layout[c + WIDTH]
        noted.many[state] = 0


@inner
def _list_all(program: Any, memory: Any, noted: Any, size: Any, is_plain_system: Any) -> Any:
    """Write down the lists that there are not yet; whether there was room."""
    spans, count = program.spans, len(memory.sizes)
    for state in range(size):
        for span in range(len(spans) // 3):
            number = noted.numbers[state * count + spans[3 * span]]
            if noted.lists[3 * (noted.begins[span] + number)] == 0:
                if 4 * (noted.counts[ENTRIES] + len(program.rewrites) // PARTS - 1) > len(noted.entries):
                    return False
                list_contents(
                    program, noted, memory.taken, memory.layout, memory.columns, span, number, is_plain_system
                )
    return True


@inner
def _take_lists(
    spans: Any, begins: Any, lists: Any, numbers: Any, asking: Any, size: Any, room: Any
) -> tuple[Any, Any]:
    """Put down which lists there are, of as many states as have room; these, and the number of groups.

    No states if there is a list that was not written down.
    """
    count = len(numbers) // TOGETHER
    entries: Any = 0
    total: Any = 0
    turns: Any = 0
    for state in range(size):
        groups_before = total
        for span in range(len(spans) // 3):
            at = 3 * (begins[span] + numbers[state * count + spans[3 * span]])
            first, following = np.int64(lists[at]), np.int64(lists[at + 1])
            if first == 0:
                return 0, 0
            asking[4 * turns] = first
            asking[4 * turns + 1] = following
            asking[4 * turns + 2] = state
            asking[4 * turns + 3] = span
            entries += np.int64(lists[at + 2])
            total += following - first
            turns += np.int64(first != following)
        if entries > room and state > 0:
            return state, groups_before
    return size, total


@inner
def _take_groups(memory: Any, noted: Any, total: Any) -> Any:
    """Put down which bits that groups ask for are set; how many groups find any."""
    columns, rows, groups, asking, present = memory.columns, noted.rows, noted.groups, noted.asking, noted.present
    count = len(memory.sizes)
    kept: Any = 0
    turn: Any = 0
    group = asking[0]
    for _ in range(total):
        state = asking[4 * turn + 2]
        place = groups[4 * group]
        word = rows[state * count + np.int64(place >> HALF)] + np.int64(place & LOW)
        bits = columns[word] & groups[4 * group + 2]
        present[3 * kept] = bits
        present[3 * kept + 1] = np.uint64(group)
        present[3 * kept + 2] = np.uint64(state) << _STATE | np.uint64(asking[4 * turn + 3]) << _SPAN
        kept += np.int64(bits != ZERO)
        group += 1
        is_last = np.int64(group == asking[4 * turn + 1])
        turn += is_last
        group += (asking[4 * turn] - group) * is_last
    return kept


@inner
def _take_entries(program: Any, memory: Any, noted: Any, kept: Any, counted: Any) -> None:
    """Put down the entries that these bits let be possible."""
    columns, possible, taken = memory.columns, noted.possible, memory.taken
    groups, entries, present, many = noted.groups, noted.entries, noted.present, noted.many
    budgets, takes, asks, rows = program.budgets, program.takes, program.asks, noted.rows
    columns_count = len(memory.sizes)
    duplicate = 5 * DUPLICATES
    total: Any = 0
    of: Any = 0
    bits = present[0]
    while of < kept:
        group, state = np.int64(present[3 * of + 1]), np.int64(present[3 * of + 2] >> _STATE)
        bit = bits & (~bits + ONE)
        bits ^= bit
        i = entry_of(groups, group, bit)
        entry = entries[4 * i]
        rewrite = np.int64(entry & REWRITE)
        before = min(entries[4 * i + 1] >> HALF, _MOST_BEFORE)
        found = present[3 * of + 2] | before << _BEFORE | np.uint64(i) << _ENTRY
        is_done = entry & IDLE != ZERO and taken[rewrite]
        if is_done:
            groups[4 * group + 2] &= ~bit  # not asked for any more
            found = ~ZERO
        _insert(possible, total, found)
        total += np.int64(not is_done)
        many[state] += np.int64(not is_done)
        if len(counted):
            bits &= ~asks[3 * rewrite + 2]  # other bits say that there are more copies of it
            word = rows[state * columns_count + np.int64(budgets[duplicate + 1])]
            left = columns[word + np.int64(budgets[duplicate + 2])] & budgets[duplicate + 3]
            if left != ZERO and takes[6 * rewrite + 3] != ZERO:
                _insert(possible, total, found | DUPLICATE)
                total += 1
                many[state] += 1
        is_last = np.int64(bits == ZERO)
        of += is_last
        bits |= present[3 * of] & (ZERO - np.uint64(is_last))


@inner
def _insert(possible: Any, total: Any, found: Any) -> None:
    """Put one more among so many, in their order; most come at the end."""
    at = total
    while at > 0 and possible[at - 1] > found:
        possible[at] = possible[at - 1]
        at -= 1
    possible[at] = found


@inlined
def entry_in(possible: Any) -> Any:
    """The number of an entry that is possible."""
    return np.int64(possible >> _ENTRY & _ENTRIES)


@inlined
def span_in(possible: Any) -> Any:
    """The span of machines that it is of."""
    return np.int64(possible >> _SPAN & _SPANS)
