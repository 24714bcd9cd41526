"""The kernel of the fast engine: breadth-first search over words, compiled by numba.

A state is a row of words. If it is more than one, they are kept apart: each column holds every word that was ever seen
in it once, and a state is the numbers of its words, put together into a code (Holzmann, State compression in SPIN,
1997). A state of one word is its own code. So a state takes few bytes, and two are compared at once.

The rewrites of a state are tried in two passes: which are possible, by the one word that tells most, and what those
do; so the processor guesses little. Successors are made block by block, then looked up in the hash table block by
block, so that the waits for memory overlap.

Codes of one word stand in the table themselves, and the queue holds two levels. Where codes are wider, or the numbers
of states are needed, the queue holds all of them, and a place of the table the number of one (from 1) beside some
bits of its hash. A zero is an empty place: no code is zero. Everything that grows is made and enlarged by the caller:
the kernel comes back when it needs room.

What decides how the code looks is handed over as the length of a tuple, which makes it a constant.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

BLOCK = 1024
"""Successors that are looked up together."""
RECENT = 1 << 14
"""Places for codes that were looked up lately."""

LEVEL_DONE, TABLE_FULL, QUEUE_FULL, EDGES_FULL, COLUMN_FULL, PAUSE = range(6)
"""Why the kernel came back."""

HEAD, TAIL, STATES, STEPS, OVERFLOWN, EDGES, FOUND, TOUCHED = range(8)
"""What the tally counts: the queue's first and next free row, distinct states, steps, and so on."""

LOSSES, DUPLICATES, CRASHES, EARLY_TIMEOUTS = range(4)
"""The rows of the budgets."""

LABEL, CHECKS, GUARDS, CHANGES, QUIET, PARTS = range(6)
"""What `rewrites` says of each rewrite; and how much that is."""

CODE, SHIFT, MASK, WORDS, PLACES, TURN, PER_COLUMN = range(7)
"""What `layout` says of each column: the word and shift of its numbers in a code, their mask, where its words and its
places begin, and what a hash is shifted by to be one of its places; and how much that is."""


class Program(NamedTuple):
    """A packed system as arrays of words, but for numbers of rows. A row stands after the other."""

    groups: Any
    """For each group of machines that stand side by side: word, shift, mask, and where the contents of that field
    begin in what follows."""
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
    """For each: the rewrite that it is of; then, of the two words that tell most of its guard, which word, which bits
    matter, and what they must be. Where states are one word, of that."""
    machines: Any
    """For each machine: word, shift, mask."""
    rewrites: Any
    """For each rewrite: its label, and where its checks, guards, changes and quiet bits begin. They end where those of
    the next begin; one more row stands after the last. Guards, changes, quiet bits and looks begin with the word that
    they speak of."""
    guards: Any
    """What a rewrite asks for in other words than those of its tests: which bits matter, and what they must be."""
    changes: Any
    """Which bits stay, which are set, and what is added."""
    looks: Any
    """For each rewrite: which bits its checks look at, and what they are unless one of them might fail."""
    quiet: Any
    """What must not be under way for a time-out not to be early."""
    takes: Any
    """For each rewrite, where faults are counted: word and mask of the message, one copy of it, whether it must be
    quiet, and the label of the step as a duplicate or an early time-out."""
    checks: Any
    """For each: conjunct, what is bad (1: a set bit, 0: none, 2: in any case), then the bits."""
    budgets: Any
    """For each: whether there is one, word, mask, one."""
    losses: Any
    """For each: word, mask, one, label, whether it spends the budget."""
    crashes: Any
    """For each party that may crash: label, first of its machines in `crashing`, first after them."""
    crashing: Any
    """For each: which machine, and where its local states begin in `restarted`."""
    restarted: Any
    """For each local state of a machine that a crash concerns, the one after the restart."""
    overflow: Any
    path: Any
    """One exchange after the other, the images of a state that are the same but for the order of what is alike."""
    exchanges: Any
    """For each exchange: first of its moves, first after them, then the bits that no move touches."""
    moves: Any
    """For each field that an exchange moves: word, shift, mask, the word and shift that it goes to, and where its
    contents begin in `becomes` or -1 if they stay the same."""
    becomes: Any
    """For each contents of such a field, what becomes of it."""


class Memory(NamedTuple):
    """What the search fills."""

    queue: Any
    table: Any
    layout: Any
    sizes: Any
    """For each column, how many words it holds, and one more: the numbers begin with 1."""
    columns: Any
    """The words of each column, by their number."""
    places: Any
    """The hash table of each column, with numbers."""
    parents: Any
    """For each state: its parent's number, and the label of the step; empty unless runs are traced."""
    offsets: Any
    """Of the steps of each state; empty unless the graph is recorded."""
    edges: Any
    """For each step: the number of the next state, and the label; empty, too."""
    seen: Any
    """For each contents of a group's field, all bits ever set beside it."""
    fired: Any
    """For each label, whether it was taken; not of rewrites where faults are not counted."""
    taken: Any
    """For each rewrite, whether it was taken, where faults are not counted."""
    violated: Any
    """For each conjunct: whether, by which label, in which state."""
    tally: Any
    block: Any
    """Codes to be looked up."""
    hashes: Any
    origins: Any
    """For each of them, its hash; its label and its parent."""
    recent: Any
    """Codes that were looked up lately, by their hash."""
    ranges: Any
    """Ranges of rewrites to try."""
    possible: Any
    """The rewrites that seem possible."""
    now: Any
    after: Any
    """The words of a state, and of a successor."""
    images: Any
    """Room for two states."""


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_WORD = np.uint64(64)


@njit(inline="always")
def _hash_of(word: Any) -> Any:
    return (word ^ (word >> _HALF)) * _SPREAD


@njit(inline="always")
def _hash(rows: Any, at: Any, codes: Any) -> Any:
    mixed = rows[at]
    for k in range(1, len(codes)):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX ^ rows[at + k]
    return _hash_of(mixed)


@njit(inline="always")
def _entry(hashed: Any, number: Any, shift: Any) -> Any:
    """What a place of a table of numbers holds: the number from 1, in as many bits as places have, and above it the
    hash's next bits after those of the place."""
    bits = _WORD - shift
    return np.uint32(((hashed << bits >> (_HALF + bits)) << bits) | np.uint64(number + 1))


@njit(cache=True)
def rehash(queue: Any, states: Any, old: Any, new: Any, shift: Any, codes: Any, apart: Any) -> None:
    """Fill a larger table: with the codes of the old one, or if they stand apart, with their numbers."""
    width = len(codes)
    last = len(new) - 1
    if len(apart):
        for number in range(states):
            hashed = _hash(queue, number * width, codes)
            place = np.int64(hashed >> shift)
            while new[place]:
                place = (place + 1) & last
            new[place] = _entry(hashed, number, shift)
        return
    for row in range(len(old)):
        if old[row]:
            place = np.int64(_hash_of(np.uint64(old[row])) >> shift)
            while new[place]:
                place = (place + 1) & last
            new[place] = old[row]


@njit(cache=True)
def recode(rows: Any, layout: Any, width: int, new_rows: Any, new_layout: Any, new_width: int) -> None:
    """Write codes in another layout; a row of zeros stays one."""
    for row in range(len(rows) // width):
        for column in range(len(layout) // PER_COLUMN):
            c = column * PER_COLUMN
            number = (rows[row * width + layout[c + CODE]] >> np.uint64(layout[c + SHIFT])) & np.uint64(
                layout[c + MASK]
            )
            new_rows[row * new_width + new_layout[c + CODE]] |= number << np.uint64(new_layout[c + SHIFT])


@njit(cache=True)
def fill_places(layout: Any, sizes: Any, columns: Any, places: Any) -> None:
    """Fill the hash tables of all columns."""
    for column in range(len(sizes)):
        c = column * PER_COLUMN
        for number in range(1, sizes[column]):
            place = np.int64(_hash_of(columns[layout[c + WORDS] + number]) >> np.uint64(layout[c + TURN]))
            last = 2 * layout[c + MASK] + 1
            while places[layout[c + PLACES] + place]:
                place = (place + 1) & last
            places[layout[c + PLACES] + place] = number


@njit(inline="always")
def _number_of(word: Any, column: Any, layout: Any, sizes: Any, columns: Any, places: Any) -> Any:
    """The number of a word in its column; a new one is added. 0 if there is no room for it."""
    c = column * PER_COLUMN
    words, first = layout[c + WORDS], layout[c + PLACES]
    last = 2 * layout[c + MASK] + 1
    place = np.int64(_hash_of(word) >> np.uint64(layout[c + TURN]))
    while True:
        held = np.int64(places[first + place])
        if held == 0:
            break
        if columns[words + held] == word:
            return held
        place = (place + 1) & last
    number = sizes[column]
    if number > layout[c + MASK]:
        return 0
    sizes[column] += 1
    columns[words + number] = word
    places[first + place] = number
    return number


@njit(inline="always")
def _put_in_order(
    rows: Any, at: Any, width: Any, path: Any, exchanges: Any, moves: Any, becomes: Any, images: Any
) -> None:
    """Of all images of a state, take the least."""
    for k in range(width):
        images[k] = rows[at + k]
    now, after = 0, width
    for step in range(len(path)):
        exchange = path[step] * (2 + width)
        for k in range(width):
            images[after + k] = images[now + k] & exchanges[exchange + 2 + k]
        for j in range(np.int64(exchanges[exchange]), np.int64(exchanges[exchange + 1])):
            of = (images[now + moves[6 * j]] >> np.uint64(moves[6 * j + 1])) & np.uint64(moves[6 * j + 2])
            if moves[6 * j + 5] >= 0:
                of = becomes[moves[6 * j + 5] + np.int64(of)]
            images[after + moves[6 * j + 3]] |= of << np.uint64(moves[6 * j + 4])
        now, after = after, now
        for k in range(width - 1, -1, -1):
            if images[now + k] != rows[at + k]:
                if images[now + k] < rows[at + k]:
                    for j in range(width):
                        rows[at + j] = images[now + j]
                break


@njit(cache=True)
def _look_up(
    queue: Any,
    table: Any,
    parents: Any,
    edges: Any,
    tally: Any,
    block: Any,
    hashes: Any,
    origins: Any,
    recent: Any,
    count: Any,
    shift: Any,
    codes: Any,
    apart: Any,
    traced: Any,
    recorded: Any,
) -> None:
    """Add those codes of the block to table and queue that are new."""
    width = len(codes)
    last = len(table) - 1
    kept: Any = 0
    for i in range(count):
        hashed = _hash(block, i * width, codes)
        hashes[kept] = hashed
        if len(apart):
            kept += 1
        else:  # most of what was looked up lately comes again
            code = block[i]
            place = np.int64(hashed >> np.uint64(20)) & (RECENT - 1)
            is_new = recent[place] != code
            recent[place] = code
            block[kept] = code
            kept += np.int64(is_new)
    # All places are read at once here, and again below, so that the waits overlap.
    touched: Any = _ZERO
    for i in range(kept):
        touched ^= np.uint64(table[np.int64(hashes[i] >> shift)])
    states, tail = tally[STATES], tally[TAIL]
    if not len(apart):
        tally[TOUCHED] = np.int64(touched)
        for i in range(kept):
            code = block[i]
            place = np.int64(hashes[i] >> shift)
            while True:
                held = np.uint64(table[place])
                if held == code:
                    break
                if held == _ZERO:
                    table[place] = code
                    queue[tail] = code
                    tail += 1
                    states += 1
                    break
                place = (place + 1) & last
        tally[STATES], tally[TAIL] = states, tail
        return
    for i in range(kept):
        at = np.int64(np.uint64(table[np.int64(hashes[i] >> shift)]) & np.uint64(last))
        touched ^= queue[(at - np.int64(at > 0)) * width]
    tally[TOUCHED] = np.int64(touched)
    for i in range(kept):
        hashed = hashes[i]
        place = np.int64(hashed >> shift)
        likeness = _entry(hashed, -1, shift)
        number = np.int64(-1)
        while True:
            held = table[place]
            if not held:
                break
            at = np.int64(np.uint64(held) & np.uint64(last)) - 1
            if np.uint64(held ^ likeness) <= np.uint64(last):
                same = True
                for k in range(width):
                    same &= queue[at * width + k] == block[i * width + k]
                if same:
                    number = at
                    break
            place = (place + 1) & last
        if number < 0:
            number = states
            table[place] = _entry(hashed, number, shift)
            for k in range(width):
                queue[number * width + k] = block[i * width + k]
            if len(traced):
                parents[2 * number] = origins[2 * i + 1]
                parents[2 * number + 1] = origins[2 * i]
            states += 1
        if len(recorded):
            edges[2 * tally[EDGES]] = number
            edges[2 * tally[EDGES] + 1] = origins[2 * i]
            tally[EDGES] += 1
    tally[STATES], tally[TAIL] = states, states


@njit(cache=True)
def insert(
    program: Any,
    memory: Any,
    count: int,
    width: int,
    shift: Any,
    columned: Any,
    codes: Any,
    apart: Any,
    traced: Any,
    alike: Any,
) -> int:
    """Begin with `count` states, whose words stand in `now`; 0 if a column has no room for them."""
    now, block, layout = memory.now, memory.block, memory.layout
    for i in range(count):
        if len(alike):
            path, exchanges = program.path, program.exchanges
            _put_in_order(now, i * width, width, path, exchanges, program.moves, program.becomes, memory.images)
        if not len(columned):
            block[i] = now[i]
            continue
        for k in range(len(codes)):
            block[i * len(codes) + k] = _ZERO
        for k in range(width):
            number = _number_of(now[i * width + k], k, layout, memory.sizes, memory.columns, memory.places)
            if number == 0:
                return 0
            c = k * PER_COLUMN
            block[i * len(codes) + layout[c + CODE]] |= np.uint64(number) << np.uint64(layout[c + SHIFT])
    _look_up(
        memory.queue,
        memory.table,
        memory.parents,
        memory.edges,
        memory.tally,
        block,
        memory.hashes,
        memory.origins,
        memory.recent,
        count,
        shift,
        codes,
        apart,
        traced,
        (),
    )
    return 1


@njit(cache=True)
def search(
    program: Any,
    memory: Any,
    words: int,
    shift: Any,
    level_end: int,
    pause: int,
    columned: Any,
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
    guards, changes, looks, quiet = program.guards, program.changes, program.looks, program.quiet
    takes, checks, budgets = program.takes, program.checks, program.budgets
    losses, crashes, crashing, restarted = program.losses, program.crashes, program.crashing, program.restarted
    overflow, path, exchanges = program.overflow, program.path, program.exchanges
    moves, becomes = program.moves, program.becomes
    queue, table, layout, sizes = memory.queue, memory.table, memory.layout, memory.sizes
    columns, places, parents = memory.columns, memory.places, memory.parents
    offsets, edges, seen, fired, taken = memory.offsets, memory.edges, memory.seen, memory.fired, memory.taken
    violated, tally, block, hashes = memory.violated, memory.tally, memory.block, memory.hashes
    origins, recent, ranges, possible = memory.origins, memory.recent, memory.ranges, memory.possible
    images = memory.images
    width = words if len(columned) else 1
    # A state of one word is read where it is queued, and its successors are made where they are looked up.
    state = memory.now if len(columned) else queue
    after = memory.after if len(columned) else block
    early_word, early_mask = np.int64(budgets[4 * EARLY_TIMEOUTS + 1]), budgets[4 * EARLY_TIMEOUTS + 2]
    duplicate_word, duplicate_mask = np.int64(budgets[4 * DUPLICATES + 1]), budgets[4 * DUPLICATES + 2]
    loss_word, loss_mask = np.int64(budgets[4 * LOSSES + 1]), budgets[4 * LOSSES + 2]
    crash_word, crash_mask = np.int64(budgets[4 * CRASHES + 1]), budgets[4 * CRASHES + 2]
    crash_costs = budgets[4 * CRASHES] != _ZERO
    room, rows = len(hashes), len(rewrites) // PARTS - 1
    head = tally[HEAD]
    stop = min(level_end, head + pause)
    is_full = False
    while head < stop:
        if (tally[STATES] + room) * 4 > len(table) * 3:
            return TABLE_FULL
        if (tally[TAIL] + room) * len(codes) > len(queue):
            return QUEUE_FULL
        if len(recorded) and 2 * (tally[EDGES] + room) > len(edges):
            return EDGES_FULL
        n = 0
        while head < stop and n < BLOCK:
            x = head
            before, steps = n, tally[STEPS]
            at, to = 0 if len(columned) else x, 0
            if len(columned):
                for k in range(width):
                    c = k * PER_COLUMN
                    code = queue[x * len(codes) + layout[c + CODE]]
                    number = np.int64((code >> np.uint64(layout[c + SHIFT])) & np.uint64(layout[c + MASK]))
                    state[k] = columns[layout[c + WORDS] + number]
                    after[k] = state[k]
            found = 0
            for g in range(len(groups) // 4):
                word = np.int64(groups[4 * g]) if len(columned) else 0
                of = (state[at + word] >> groups[4 * g + 1]) & groups[4 * g + 2]
                its = np.int64(groups[4 * g + 3] + of)
                if idle[its]:
                    for k in range(width):
                        if state[at + k] & ~seen[its * width + k]:
                            seen[its * width + k] |= state[at + k]
                ranges[2 * found] = contents[4 * its]
                ranges[2 * found + 1] = contents[4 * its + 1]
                found += 1
                for j in range(contents[4 * its + 2], contents[4 * its + 3]):
                    o = neighbours[2 * j]
                    of = (state[at + np.int64(machines[3 * o])] >> machines[3 * o + 1]) & machines[3 * o + 2]
                    beside = neighbours[2 * j + 1] + np.int64(of)
                    ranges[2 * found] = joint[2 * beside]
                    ranges[2 * found + 1] = joint[2 * beside + 1]
                    found += 1
            duplicates = len(counted) and state[at + duplicate_word] & duplicate_mask != _ZERO
            count: Any = 0
            for f in range(found):
                for t in range(ranges[2 * f], ranges[2 * f + 1]):
                    if len(columned):
                        test = 7 * t
                        is_possible = state[np.int64(tests[test + 1])] & tests[test + 2] == tests[test + 3]
                        is_possible &= state[np.int64(tests[test + 4])] & tests[test + 5] == tests[test + 6]
                    else:
                        test = 4 * t
                        is_possible = state[at] & tests[test + 2] == tests[test + 3]
                    r = np.int64(tests[test])
                    possible[count] = r
                    if len(counted):
                        is_possible &= state[at + takes[5 * r]] & np.uint64(takes[5 * r + 1]) != _ZERO
                        possible[count + 1] = r + rows
                        count += np.int64(is_possible & duplicates & (takes[5 * r + 2] != 0))
                    count += np.int64(is_possible)
            for e in range(count + len(losses) // 5 + len(crashes) // 3):
                to = 0 if len(columned) else n
                changed = _ZERO
                if e < count:
                    r = possible[e]
                    is_duplicate = False
                    if len(counted) and r >= rows:
                        is_duplicate = True
                        r -= rows
                    row, next_row = PARTS * r, PARTS * (r + 1)
                    if len(columned):
                        wrong = _ZERO
                        for j in range(rewrites[row + GUARDS], rewrites[next_row + GUARDS]):
                            wrong |= (state[np.int64(guards[3 * j])] & guards[3 * j + 1]) ^ guards[3 * j + 2]
                        if wrong != _ZERO:
                            continue
                    label = rewrites[row + LABEL]
                    is_early = False
                    if len(counted):
                        if takes[5 * r + 3]:
                            busy = _ZERO
                            for j in range(rewrites[row + QUIET], rewrites[next_row + QUIET]):
                                busy |= state[at + np.int64(quiet[2 * j])] & quiet[2 * j + 1]
                            if busy != _ZERO:
                                if state[at + early_word] & early_mask == _ZERO:
                                    continue
                                is_early = True
                        if is_early or is_duplicate:
                            label = takes[5 * r + 4]
                    word = np.int64(looks[3 * r]) if len(columned) else 0
                    alarm = (state[at + word] & looks[3 * r + 1]) ^ looks[3 * r + 2]
                    if alarm != _ZERO:
                        for c in range(rewrites[row + CHECKS], rewrites[next_row + CHECKS]):
                            check = c * (2 + width)
                            conjunct = np.int64(checks[check]) * (2 + width)
                            if violated[conjunct] != _ZERO:
                                continue
                            marked = _ZERO
                            for k in range(width):
                                marked |= state[at + k] & checks[check + 2 + k]
                            if checks[check + 1] == (_ONE if marked == _ZERO else _ZERO):
                                continue
                            violated[conjunct] = _ONE
                            violated[conjunct + 1] = np.uint64(label)
                            for k in range(width):
                                violated[conjunct + 2 + k] = state[at + k]
                            tally[FOUND] += 1
                    first, last = r, r + 1
                    if len(columned):
                        first, last = rewrites[row + CHANGES], rewrites[next_row + CHANGES]
                    for j in range(first, last):
                        word = np.int64(changes[4 * j]) if len(columned) else 0
                        old = state[at + word]
                        new = (old & changes[4 * j + 1]) | changes[4 * j + 2]
                        if len(counted):
                            new += changes[4 * j + 3]
                        after[to + word] = new
                        changed |= new ^ old
                    if len(counted):
                        fired[label] = 1
                        if is_duplicate:
                            after[to + takes[5 * r]] += np.uint64(takes[5 * r + 2])
                            after[to + duplicate_word] -= budgets[4 * DUPLICATES + 3]
                            changed = _ONE
                        elif is_early:
                            after[to + early_word] -= budgets[4 * EARLY_TIMEOUTS + 3]
                            changed = _ONE
                    else:
                        taken[r] = 1
                elif e < count + len(losses) // 5:
                    i = e - count
                    word = np.int64(losses[5 * i])
                    costs = losses[5 * i + 4] != _ZERO
                    if state[at + word] & losses[5 * i + 1] == _ZERO:
                        continue
                    if costs and state[at + loss_word] & loss_mask == _ZERO:
                        continue
                    if not len(columned):
                        after[to] = state[at]
                    after[to + word] -= losses[5 * i + 2]
                    if costs:
                        after[to + loss_word] -= budgets[4 * LOSSES + 3]
                    changed = _ONE
                    label = np.int64(losses[5 * i + 3])
                    fired[label] = 1
                else:
                    p = e - count - len(losses) // 5
                    if not len(columned):
                        after[to] = state[at]
                    if crash_costs:
                        if state[at + crash_word] & crash_mask == _ZERO:
                            break
                        after[to + crash_word] -= budgets[4 * CRASHES + 3]
                        changed = _ONE
                    for i in range(crashes[3 * p + 1], crashes[3 * p + 2]):
                        m = crashing[2 * i]
                        word = np.int64(machines[3 * m])
                        old = (state[at + word] >> machines[3 * m + 1]) & machines[3 * m + 2]
                        new = restarted[crashing[2 * i + 1] + np.int64(old)]
                        after[to + word] += (new - old) << machines[3 * m + 1]
                        changed |= new ^ old
                    label = crashes[3 * p]
                    fired[label] = 1
                if changed == _ZERO and not len(recorded):
                    continue
                is_over = False
                if len(counted):
                    for k in range(width):
                        is_over |= after[to + k] & overflow[k] != _ZERO
                if len(alike):
                    _put_in_order(after, to, width, path, exchanges, moves, becomes, images)
                if len(columned):
                    for k in range(len(codes)):
                        block[n * len(codes) + k] = queue[x * len(codes) + k]
                    for k in range(width):
                        if after[k] != state[k]:
                            if not is_over:
                                number = _number_of(after[k], k, layout, sizes, columns, places)
                                is_full |= number == 0
                                c = k * PER_COLUMN
                                place = np.uint64(layout[c + SHIFT])
                                row = n * len(codes) + layout[c + CODE]
                                block[row] &= ~(np.uint64(layout[c + MASK]) << place)
                                block[row] |= np.uint64(number) << place
                            after[k] = state[k]
                if is_over:
                    tally[OVERFLOWN] = 1
                    continue
                if len(traced):
                    origins[2 * n] = label
                    origins[2 * n + 1] = x
                tally[STEPS] += np.int64(changed != _ZERO)
                n += 1
                if is_full:
                    break
            if is_full:  # once more, when there is room
                n, tally[STEPS] = before, steps
                break
            if len(recorded):
                offsets[x + 1] = offsets[x] + (n - before)
            head += 1
        tally[HEAD] = head
        _look_up(
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
        if is_full:
            return COLUMN_FULL
    return LEVEL_DONE if head == level_end else PAUSE
