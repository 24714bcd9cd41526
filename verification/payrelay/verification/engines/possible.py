"""What is possible in states of several words: the entries of their lists that find what they ask for, by a kernel.

Some states are looked at together, step by step, each step in one loop over all of them. Where a loop ends, a
processor guesses wrong, and then it waits for memory; so loops are long, and what one state waits for is under way
while another is looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from payrelay.verification.engines.compiling import inlined, inner
from payrelay.verification.engines.instructions import natural
from payrelay.verification.engines.kernel import (
    CODE,
    DUPLICATES,
    FIRST,
    MASK,
    PER_COLUMN,
    SHIFT,
    WIDTH,
    WORDS,
)
from payrelay.verification.engines.lists import (
    ASKED,
    EXPECTED,
    HALF,
    HARMLESS,
    IDLE,
    MOST_SPANS,
    ONE,
    PER_GROUP,
    PLACE,
    REWRITE,
    TOGETHER,
    WATCHED,
    WATCHED_BITS,
    WATCHED_PLACE,
    ZERO,
    entry_of,
    has_room,
    list_contents,
)

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
    state. The numbers of its contents stand in `numbers`, its words in `words`. Comes back with the number of states,
    at least one; or with 0 if there is no room for more lists.
    """
    _read(memory, noted, head, size, codes)
    begins, lists, numbers, asking = noted.begins, noted.lists, noted.numbers, noted.asking
    width, room = len(memory.after), len(noted.present) // 3 - 1
    states, total = _take_lists(program.spans, begins, lists, numbers, asking, size, width, room)
    if states == 0:
        if not _list_all(program, memory, noted, size, is_plain_system):
            return 0
        states, total = _take_lists(program.spans, begins, lists, numbers, asking, size, width, room)
    kept = _take_groups(noted, total)
    _take_entries(program, memory, noted, kept, counted)
    return states


@inner
def _read(memory: Any, noted: Any, head: Any, size: Any, codes: Any) -> None:
    """Read the numbers of all contents, and the contents."""
    queue, layout, count, width = memory.queue, memory.layout, len(memory.sizes), len(memory.after)
    for state in range(size):
        x = (head + state) * len(codes)
        for k in range(count):
            c = k * PER_COLUMN
            code = queue[x + layout[c + CODE]] >> np.uint64(layout[c + SHIFT])
            number = natural(np.int64(code & np.uint64(layout[c + MASK])))
            noted.numbers[state * count + k] = number
            row = natural(layout[c + WORDS] + number * layout[c + WIDTH])
            first = natural(state * width + layout[c + FIRST])
            for w in range(layout[c + WIDTH]):
                noted.words[first + w] = memory.columns[row + w]
        noted.many[state] = 0


@inner
def _list_all(program: Any, memory: Any, noted: Any, size: Any, is_plain_system: Any) -> Any:
    """Write down the lists that there are not yet; whether there was room."""
    spans, count = program.spans, len(memory.sizes)
    for state in range(size):
        for span in range(len(spans) // 3):
            number = noted.numbers[state * count + spans[3 * span]]
            if noted.lists[3 * (noted.begins[span] + number)] == 0:
                if not has_room(noted):
                    return False
                list_contents(
                    program, noted, memory.taken, memory.layout, memory.columns, span, number, is_plain_system
                )
    return True


@inner
def _take_lists(
    spans: Any, begins: Any, lists: Any, numbers: Any, asking: Any, size: Any, width: Any, room: Any
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
            at = natural(3 * (begins[span] + numbers[state * count + natural(spans[3 * span])]))
            first, following = np.int64(lists[at]), np.int64(lists[at + 1])
            if first == 0:
                return 0, 0
            asking[4 * turns] = first
            asking[4 * turns + 1] = following
            asking[4 * turns + 2] = state * width
            asking[4 * turns + 3] = np.int64(np.uint64(state) << _STATE | np.uint64(span) << _SPAN)
            entries += np.int64(lists[at + 2])
            total += following - first
            turns = natural(turns + np.int64(first != following))
        if entries > room and state > 0:
            return state, groups_before
    return size, total


@inner
def _take_groups(noted: Any, total: Any) -> Any:
    """Put down which bits that groups ask for are set; how many groups find any."""
    words, groups, asking, present = noted.words, noted.groups, noted.asking, noted.present
    kept: Any = 0
    turn: Any = 0
    group, end = asking[0], asking[1]
    for _ in range(total):
        next_group, next_end = asking[4 * turn + 4], asking[4 * turn + 5]
        g = PER_GROUP * group
        at = natural(asking[4 * turn + 2])
        place, watched = natural(np.int64(groups[g + PLACE])), natural(np.int64(groups[g + WATCHED_PLACE]))
        might_fail = np.uint64((words[at + watched] & groups[g + WATCHED_BITS]) ^ groups[g + EXPECTED] != ZERO)
        bits = words[at + place] & (groups[g + ASKED] | (groups[g + WATCHED] & (ZERO - might_fail)))
        present[3 * kept] = bits
        present[3 * kept + 1] = np.uint64(g)
        present[3 * kept + 2] = np.uint64(asking[4 * turn + 3])
        kept = natural(kept + np.int64(bits != ZERO))
        group += 1
        is_last = group == end
        turn = natural(turn + np.int64(is_last))
        group = natural(next_group if is_last else group)
        end = next_end if is_last else end
    return kept


@inner
def _take_entries(program: Any, memory: Any, noted: Any, kept: Any, counted: Any) -> None:
    """Put down the entries that these bits let be possible."""
    words, possible, taken = noted.words, noted.possible, memory.taken
    groups, entries, present, many = noted.groups, noted.entries, noted.present, noted.many
    budgets, takes, asks, width = program.budgets, program.takes, program.asks, len(memory.after)
    duplicate = 5 * DUPLICATES
    total: Any = 0
    of: Any = 0
    bits = present[0]
    while of < kept:
        g, state = natural(np.int64(present[3 * of + 1])), np.int64(present[3 * of + 2] >> _STATE)
        bit = bits & (~bits + ONE)
        following = present[3 * of + 3]
        bits &= bits - ONE
        i = natural(entry_of(groups, g, bit))
        entry = entries[4 * i]
        rewrite = np.int64(entry & REWRITE)
        before = min(entries[4 * i + 1] >> HALF, _MOST_BEFORE)
        found = present[3 * of + 2] | before << _BEFORE | np.uint64(i) << _ENTRY
        is_done = False
        if entry & (IDLE | HARMLESS) != ZERO and taken[rewrite]:
            groups[g + ASKED] &= ~bit  # not asked for any more, or only where its checks might fail
            groups[g + WATCHED] |= bit if entry & HARMLESS else ZERO
            is_done = entry & IDLE != ZERO
            found = ~ZERO if is_done else found
        _insert(possible, total, found)
        total = natural(total + np.int64(not is_done))
        many[state] += np.int64(not is_done)
        if len(counted):
            bits &= ~asks[2 * rewrite + 1]  # other bits say that there are more copies of it
            left = words[state * width + np.int64(budgets[duplicate + 2])] & budgets[duplicate + 3]
            if left != ZERO and takes[6 * rewrite + 3] != ZERO:
                _insert(possible, total, found | DUPLICATE)
                total += 1
                many[state] += 1
        of = natural(of + np.int64(bits == ZERO))
        bits = following if bits == ZERO else bits


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
