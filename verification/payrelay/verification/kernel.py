"""The kernel of the fast engine: breadth-first search over words, compiled by numba.

A state is a row of words. Successors are made block by block, then looked up in the hash table block by block, so
that the waits for memory overlap. The table holds the states themselves; a zero word is an empty place, as no state
is zero. Everything that grows is made and enlarged by the caller: the kernel comes back when it needs room.

Arrays are handed over one by one, and a state's width as a tuple of so many zeros: the first keeps numba from
counting references in the innermost loop, the second makes the width a constant of the compiled code.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

BLOCK = 1024
"""Successors that are looked up together."""

LEVEL_DONE, TABLE_FULL, FRONTIER_FULL, EDGES_FULL, PAUSE = range(5)
"""Why the kernel came back."""

HEAD, TAIL, STATES, STEPS, OVERFLOWN, EDGES, FOUND = range(7)
"""What the tally counts: the frontier's first and next free row, distinct states, steps, and so on."""

MESSAGE_WORD, MESSAGE_MASK, LABEL, SECOND, COPY, HAS_QUIET, FIRST_CHECK, LAST_CHECK, WIDE = range(9)
"""The columns of a rewrite; then, each as many words wide as a state: care, want, keep, put, delta, quiet."""

LOSSES, DUPLICATES, CRASHES, EARLY_TIMEOUTS = range(4)
"""The rows of the budgets."""

STATE = 3
"""The column of a block's row at which the state begins; before it: label, source, place in the table."""


class Program(NamedTuple):
    """A packed system as arrays of words, but for numbers of rows."""

    machines: Any
    """For each machine: word, shift, mask, and where its local states begin in what follows."""
    local_states: Any
    """For each local state: first of its rewrites, first after them; first of its neighbours, first after them."""
    neighbours: Any
    """For each: which machine, and where its local states begin in `joint`."""
    joint: Any
    """For each local state of a neighbour: first of the rewrites, first after them."""
    idle: Any
    """For each local state, whether there are deliveries that change nothing; they are looked up afterwards."""
    rewrites: Any
    checks: Any
    """For each: conjunct, what is bad (1: a set bit, 0: none, 2: in any case), then the bits."""
    budgets: Any
    """For each: whether there is one, word, mask, one."""
    losses: Any
    """For each: word, mask, one, label, whether it spends the budget."""
    crashes: Any
    """For each party that may crash: label, first of its machines in `crashing`, first after them."""
    crashing: Any
    restarted: Any
    """For each local state, the one after a restart."""
    overflow: Any


class Memory(NamedTuple):
    """What the search fills."""

    frontier: Any
    table: Any
    numbers: Any
    """For each place of the table, the number of its state; empty unless runs are traced."""
    parents: Any
    """For each state: its parent's number, and the label of the step; empty, too."""
    offsets: Any
    """Of the steps of each state; empty unless the graph is recorded."""
    edges: Any
    """For each step: the number of the next state, and the label; empty, too."""
    seen: Any
    """For each local state, all bits ever set beside it."""
    fired: Any
    violated: Any
    """For each conjunct: whether, by which label, in which state."""
    tally: Any
    block: Any
    ranges: Any
    """Ranges of rewrites to try."""


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)


@njit(inline="always")
def _hash(rows: Any, row: Any, column: Any, words: Any) -> Any:
    mixed = rows[row, column]
    for k in range(1, len(words)):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX ^ rows[row, column + k]
    mixed = (mixed ^ (mixed >> _HALF)) * _MIX
    return (mixed ^ (mixed >> _HALF)) * _SPREAD


@njit(cache=True)
def rehash(old: Any, new: Any, old_numbers: Any, new_numbers: Any, shift: Any, words: Any) -> None:
    """Move all states of a table into a larger one."""
    places = len(new)
    for row in range(len(old)):
        if old[row, 0] == _ZERO:
            continue
        place = np.int64(_hash(old, row, 0, words) >> shift)
        while new[place, 0] != _ZERO:
            place = (place + 1) & (places - 1)
        for k in range(len(words)):
            new[place, k] = old[row, k]
        if len(old_numbers):
            new_numbers[place] = old_numbers[row]


@njit(inline="always")
def _look_up(
    frontier: Any,
    table: Any,
    numbers: Any,
    parents: Any,
    edges: Any,
    tally: Any,
    block: Any,
    count: Any,
    shift: Any,
    recorded: Any,
    words: Any,
) -> None:
    """Add those successors of the block to table and frontier that are new."""
    places = len(table)
    traced = len(numbers) > 0
    touched = _ZERO
    for i in range(count):
        block[i, 2] = _hash(block, i, STATE, words) >> shift
        touched ^= table[np.int64(block[i, 2]), 0]
    block[len(block) - 1, 2] = touched  # so that the reads are not left out
    for i in range(count):
        place = np.int64(block[i, 2])
        number = np.int64(-1)
        while True:
            if table[place, 0] == _ZERO:
                break
            same = True
            for k in range(len(words)):
                same &= table[place, k] == block[i, STATE + k]
            if same:
                number = numbers[place] if traced else np.int64(0)
                break
            place = (place + 1) & (places - 1)
        if number < 0:
            number = tally[STATES]
            at = tally[TAIL]
            for k in range(len(words)):
                table[place, k] = block[i, STATE + k]
                frontier[at, k] = block[i, STATE + k]
            if traced:
                numbers[place] = number
                parents[number, 0] = np.int64(block[i, 1])
                parents[number, 1] = np.int64(block[i, 0])
            tally[STATES] += 1
            tally[TAIL] += 1
        if recorded:
            edges[tally[EDGES], 0] = number
            edges[tally[EDGES], 1] = np.int64(block[i, 0])
            tally[EDGES] += 1


@njit(cache=True)
def insert(
    frontier: Any,
    table: Any,
    numbers: Any,
    parents: Any,
    edges: Any,
    tally: Any,
    block: Any,
    count: int,
    shift: Any,
    words: Any,
) -> None:
    """Begin with the states of the block."""
    _look_up(frontier, table, numbers, parents, edges, tally, block, count, shift, False, words)


@njit(inline="always")
def _keep(
    frontier: Any,
    fired: Any,
    tally: Any,
    block: Any,
    overflow: Any,
    x: Any,
    n: Any,
    label: Any,
    recorded: Any,
    words: Any,
) -> Any:
    """Keep the successor in the block's row n, unless it is over the channel's bound: the next free row."""
    over = _ZERO
    same = True
    for k in range(len(words)):
        over |= block[n, STATE + k] & overflow[k]
        same &= block[n, STATE + k] == frontier[x, k]
    fired[np.int64(label)] = 1
    if over != _ZERO:
        tally[OVERFLOWN] = 1
        return n
    tally[STEPS] += not same
    block[n, 0] = label
    block[n, 1] = np.uint64(x)
    return n if same and not recorded else n + 1


@njit(cache=True)
def search(
    machines: Any,
    local_states: Any,
    neighbours: Any,
    joint: Any,
    idle: Any,
    rewrites: Any,
    checks: Any,
    budgets: Any,
    losses: Any,
    crashes: Any,
    crashing: Any,
    restarted: Any,
    overflow: Any,
    frontier: Any,
    table: Any,
    numbers: Any,
    parents: Any,
    offsets: Any,
    edges: Any,
    seen: Any,
    fired: Any,
    violated: Any,
    tally: Any,
    block: Any,
    ranges: Any,
    shift: Any,
    level_end: int,
    pause: int,
    words: Any,
) -> int:
    """Go on with the search to the end of the level, or until there is no room, or after `pause` states."""
    width = len(words)
    care, want, keep = WIDE, WIDE + width, WIDE + 2 * width
    put, delta, quiet = WIDE + 3 * width, WIDE + 4 * width, WIDE + 5 * width
    recorded = len(edges) > 0
    early_word, early_mask = np.int64(budgets[EARLY_TIMEOUTS, 1]), budgets[EARLY_TIMEOUTS, 2]
    duplicate_word, duplicate_mask = np.int64(budgets[DUPLICATES, 1]), budgets[DUPLICATES, 2]
    loss_word, crash_word = np.int64(budgets[LOSSES, 1]), np.int64(budgets[CRASHES, 1])
    crash_costs = budgets[CRASHES, 0] != _ZERO
    room = len(block)
    stop = tally[HEAD] + pause
    while tally[HEAD] < level_end:
        if (tally[STATES] + room) * 5 > len(table) * 3:
            return TABLE_FULL
        if tally[TAIL] + room > len(frontier):
            return FRONTIER_FULL
        if recorded and tally[EDGES] + room > len(edges):
            return EDGES_FULL
        if tally[HEAD] >= stop:
            return PAUSE
        n = 0
        while tally[HEAD] < level_end and n < BLOCK:
            x = tally[HEAD]
            before = n
            found = 0
            for m in range(len(machines)):
                of = (frontier[x, np.int64(machines[m, 0])] >> machines[m, 1]) & machines[m, 2]
                local = np.int64(machines[m, 3] + of)
                if idle[local]:
                    for k in range(width):
                        seen[local, k] |= frontier[x, k]
                ranges[found, 0] = local_states[local, 0]
                ranges[found, 1] = local_states[local, 1]
                found += 1
                for j in range(local_states[local, 2], local_states[local, 3]):
                    o = neighbours[j, 0]
                    of = (frontier[x, np.int64(machines[o, 0])] >> machines[o, 1]) & machines[o, 2]
                    its = neighbours[j, 1] + np.int64(of)
                    if joint[its, 0] < joint[its, 1]:
                        ranges[found, 0] = joint[its, 0]
                        ranges[found, 1] = joint[its, 1]
                        found += 1
            for f in range(found):
                for r in range(ranges[f, 0], ranges[f, 1]):
                    if frontier[x, np.int64(rewrites[r, MESSAGE_WORD])] & rewrites[r, MESSAGE_MASK] == _ZERO:
                        continue
                    fits = True
                    for k in range(width):
                        fits &= frontier[x, k] & rewrites[r, care + k] == rewrites[r, want + k]
                    if not fits:
                        continue
                    label = rewrites[r, LABEL]
                    is_early = False
                    if rewrites[r, HAS_QUIET] != _ZERO:
                        busy = _ZERO
                        for k in range(width):
                            busy |= frontier[x, k] & rewrites[r, quiet + k]
                        if busy != _ZERO:
                            if frontier[x, early_word] & early_mask == _ZERO:
                                continue
                            is_early = True
                            label = rewrites[r, SECOND]
                    for c in range(np.int64(rewrites[r, FIRST_CHECK]), np.int64(rewrites[r, LAST_CHECK])):
                        conjunct = np.int64(checks[c, 0])
                        if violated[conjunct, 0] != _ZERO:
                            continue
                        marked = _ZERO
                        for k in range(width):
                            marked |= frontier[x, k] & checks[c, 2 + k]
                        if checks[c, 1] == (_ONE if marked == _ZERO else _ZERO):
                            continue
                        violated[conjunct, 0] = _ONE
                        violated[conjunct, 1] = label
                        for k in range(width):
                            violated[conjunct, 2 + k] = frontier[x, k]
                        tally[FOUND] += 1
                    kept = n
                    for k in range(width):
                        block[n, STATE + k] = (
                            (frontier[x, k] & rewrites[r, keep + k]) | rewrites[r, put + k]
                        ) + rewrites[r, delta + k]
                    if is_early:
                        block[n, STATE + early_word] -= budgets[EARLY_TIMEOUTS, 3]
                    n = _keep(frontier, fired, tally, block, overflow, x, n, label, recorded, words)
                    if rewrites[r, COPY] == _ZERO or frontier[x, duplicate_word] & duplicate_mask == _ZERO:
                        continue
                    for k in range(width):
                        block[n, STATE + k] = block[kept, STATE + k]
                    block[n, STATE + np.int64(rewrites[r, MESSAGE_WORD])] += rewrites[r, COPY]
                    block[n, STATE + duplicate_word] -= budgets[DUPLICATES, 3]
                    n = _keep(frontier, fired, tally, block, overflow, x, n, rewrites[r, SECOND], recorded, words)
            spends = frontier[x, loss_word] & budgets[LOSSES, 2] != _ZERO
            for i in range(len(losses)):
                word = np.int64(losses[i, 0])
                if frontier[x, word] & losses[i, 1] == _ZERO or (losses[i, 4] != _ZERO and not spends):
                    continue
                for k in range(width):
                    block[n, STATE + k] = frontier[x, k]
                block[n, STATE + word] -= losses[i, 2]
                if losses[i, 4] != _ZERO:
                    block[n, STATE + loss_word] -= budgets[LOSSES, 3]
                n = _keep(frontier, fired, tally, block, overflow, x, n, losses[i, 3], recorded, words)
            if not crash_costs or frontier[x, crash_word] & budgets[CRASHES, 2] != _ZERO:
                for p in range(len(crashes)):
                    for k in range(width):
                        block[n, STATE + k] = frontier[x, k]
                    if crash_costs:
                        block[n, STATE + crash_word] -= budgets[CRASHES, 3]
                    for i in range(crashes[p, 1], crashes[p, 2]):
                        m = crashing[i]
                        word = np.int64(machines[m, 0])
                        old = (frontier[x, word] >> machines[m, 1]) & machines[m, 2]
                        new = restarted[np.int64(machines[m, 3] + old)]
                        block[n, STATE + word] += (new - old) << machines[m, 1]
                    n = _keep(frontier, fired, tally, block, overflow, x, n, np.uint64(crashes[p, 0]), recorded, words)
            if recorded:
                offsets[x + 1] = offsets[x] + (n - before)
            tally[HEAD] += 1
        _look_up(frontier, table, numbers, parents, edges, tally, block, n, shift, recorded, words)
    return LEVEL_DONE
