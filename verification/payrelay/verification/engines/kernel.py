"""The kernel of the fast engine: breadth-first search over words, compiled by numba.

A state is a row of words. Successors are made block by block, then looked up in the hash table block by block, so
that the waits for memory overlap. The table holds the states themselves; a zero word is an empty place, as no state
is zero. Everything that grows is made and enlarged by the caller: the kernel comes back when it needs room.

What is fixed for a system is handed over as the length of a tuple, which makes it a constant of the compiled code: how
many words a state has, whether faults are counted, whether runs are traced. Arrays are flat and handed over one by
one: so no reference is counted, and no stride multiplied, in the innermost loop.
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

LOSSES, DUPLICATES, CRASHES, EARLY_TIMEOUTS = range(4)
"""The rows of the budgets."""


class Program(NamedTuple):
    """A packed system as arrays of words, but for numbers of rows. A row stands after the other."""

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
    guards: Any
    """For each rewrite: which bits matter, and what they must be."""
    updates: Any
    """For each rewrite: which bits stay, and which are set."""
    counts: Any
    """For each rewrite, where faults are counted: what is added, and what must not be under way."""
    names: Any
    """For each rewrite: label, first of its checks, first after them."""
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
    alike: Any
    """For each component: word and shift. Two neighbours are exchanged if they are out of order."""
    alike_mask: Any
    exchanged: Any
    """For each field that an exchange changes: word, shift, mask, where its contents begin in `exchange`."""
    exchange: Any
    """For each exchange, what becomes of each contents."""


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
    """Successors to be looked up."""
    places: Any
    origins: Any
    """For each of them, its place in the table; its label and its parent."""
    ranges: Any
    """Ranges of rewrites to try."""


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_ZERO = np.uint64(0)
_HALF = np.uint64(32)


@njit(inline="always")
def _hash(rows: Any, at: Any, words: Any) -> Any:
    mixed = rows[at]
    for k in range(1, len(words)):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX ^ rows[at + k]
    return (mixed ^ (mixed >> _HALF)) * _SPREAD


@njit(cache=True)
def rehash(old: Any, new: Any, old_numbers: Any, new_numbers: Any, shift: Any, words: Any) -> None:
    """Move all states of a table into a larger one."""
    width = len(words)
    places = len(new) // width
    for row in range(len(old) // width):
        if old[row * width] == _ZERO:
            continue
        place = np.int64(_hash(old, row * width, words) >> shift)
        while new[place * width] != _ZERO:
            place = (place + 1) & (places - 1)
        for k in range(width):
            new[place * width + k] = old[row * width + k]
        if len(old_numbers):
            new_numbers[place] = old_numbers[row]


@njit(inline="always")
def _put_in_order(
    block: Any, at: Any, alike: Any, alike_mask: Any, exchanged: Any, exchange: Any, components: Any
) -> None:
    """Let components change places until their numbers ascend."""
    size = len(exchange) // max(1, len(components) - 1)
    for _ in range(len(components) - 1):
        for i in range(len(components) - 1):
            word, other = at + np.int64(alike[2 * i]), at + np.int64(alike[2 * i + 2])
            shift, other_shift = alike[2 * i + 1], alike[2 * i + 3]
            first, second = (block[word] >> shift) & alike_mask[0], (block[other] >> other_shift) & alike_mask[0]
            is_tie = first == second
            for j in range(len(exchanged) // 4 if is_tie else 0):
                of = (block[at + np.int64(exchanged[4 * j])] >> exchanged[4 * j + 1]) & exchanged[4 * j + 2]
                to = exchange[i * size + np.int64(exchanged[4 * j + 3] + of)]
                if of != to:
                    is_tie = of < to  # then what is shared decides
                    break
            if first < second or is_tie:
                continue
            block[word] ^= (first ^ second) << shift
            block[other] ^= (first ^ second) << other_shift
            for j in range(len(exchanged) // 4):
                word = at + np.int64(exchanged[4 * j])
                of = (block[word] >> exchanged[4 * j + 1]) & exchanged[4 * j + 2]
                to = exchange[i * size + np.int64(exchanged[4 * j + 3] + of)]
                block[word] ^= (of ^ to) << exchanged[4 * j + 1]


@njit(inline="always")
def _look_up(
    alike: Any,
    alike_mask: Any,
    exchanged: Any,
    exchange: Any,
    frontier: Any,
    table: Any,
    numbers: Any,
    parents: Any,
    edges: Any,
    tally: Any,
    block: Any,
    places: Any,
    origins: Any,
    count: Any,
    shift: Any,
    words: Any,
    traced: Any,
    recorded: Any,
    components: Any,
) -> None:
    """Add those successors of the block to table and frontier that are new."""
    width = len(words)
    last = len(table) // width - 1
    touched = _ZERO
    for i in range(count):
        if len(components) > 1:
            _put_in_order(block, i * width, alike, alike_mask, exchanged, exchange, components)
        place = np.int64(_hash(block, i * width, words) >> shift)
        places[i] = place
        touched ^= table[place * width]
    places[len(places) - 1] = np.int64(touched)  # so that the reads are not left out
    states, tail = tally[STATES], tally[TAIL]
    for i in range(count):
        place = places[i]
        number = np.int64(-1)
        while True:
            if table[place * width] == _ZERO:
                break
            same = True
            for k in range(width):
                same &= table[place * width + k] == block[i * width + k]
            if same:
                number = numbers[place] if len(traced) else np.int64(0)
                break
            place = (place + 1) & last
        if number < 0:
            number = states
            for k in range(width):
                table[place * width + k] = block[i * width + k]
                frontier[tail * width + k] = block[i * width + k]
            if len(traced):
                numbers[place] = number
                parents[2 * number] = origins[2 * i + 1]
                parents[2 * number + 1] = origins[2 * i]
            states += 1
            tail += 1
        if len(recorded):
            edges[2 * tally[EDGES]] = number
            edges[2 * tally[EDGES] + 1] = origins[2 * i]
            tally[EDGES] += 1
    tally[STATES], tally[TAIL] = states, tail


@njit(cache=True)
def insert(
    alike: Any,
    alike_mask: Any,
    exchanged: Any,
    exchange: Any,
    frontier: Any,
    table: Any,
    numbers: Any,
    parents: Any,
    edges: Any,
    tally: Any,
    block: Any,
    places: Any,
    origins: Any,
    count: int,
    shift: Any,
    words: Any,
    traced: Any,
    components: Any,
) -> None:
    """Begin with the states of the block."""
    _look_up(
        alike,
        alike_mask,
        exchanged,
        exchange,
        frontier,
        table,
        numbers,
        parents,
        edges,
        tally,
        block,
        places,
        origins,
        count,
        shift,
        words,
        traced,
        (),
        components,
    )


@njit(inline="always")
def _keep(
    frontier: Any,
    fired: Any,
    tally: Any,
    block: Any,
    origins: Any,
    overflow: Any,
    x: Any,
    n: Any,
    label: Any,
    words: Any,
    counted: Any,
    traced: Any,
    recorded: Any,
) -> Any:
    """Keep the successor in the block's row n, unless it is over the channel's bound: the next free row."""
    width = len(words)
    changed = _ZERO
    for k in range(width):
        changed |= block[n * width + k] ^ frontier[x * width + k]
    fired[label] = 1
    if len(counted):
        over = _ZERO
        for k in range(width):
            over |= block[n * width + k] & overflow[k]
        if over != _ZERO:
            tally[OVERFLOWN] = 1
            return n
    if len(traced):
        origins[2 * n] = label
        origins[2 * n + 1] = x
    if changed == _ZERO:
        return n + 1 if len(recorded) else n
    tally[STEPS] += 1
    return n + 1


@njit(cache=True)
def search(
    machines: Any,
    local_states: Any,
    neighbours: Any,
    joint: Any,
    idle: Any,
    guards: Any,
    updates: Any,
    counts: Any,
    names: Any,
    takes: Any,
    checks: Any,
    budgets: Any,
    losses: Any,
    crashes: Any,
    crashing: Any,
    restarted: Any,
    overflow: Any,
    alike: Any,
    alike_mask: Any,
    exchanged: Any,
    exchange: Any,
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
    places: Any,
    origins: Any,
    ranges: Any,
    shift: Any,
    level_end: int,
    pause: int,
    words: Any,
    counted: Any,
    traced: Any,
    recorded: Any,
    components: Any,
) -> int:
    """Go on with the search to the end of the level, or until there is no room, or after `pause` states."""
    width = len(words)
    early_word, early_mask = np.int64(budgets[4 * EARLY_TIMEOUTS + 1]), budgets[4 * EARLY_TIMEOUTS + 2]
    duplicate_word, duplicate_mask = np.int64(budgets[4 * DUPLICATES + 1]), budgets[4 * DUPLICATES + 2]
    loss_word, loss_mask = np.int64(budgets[4 * LOSSES + 1]), budgets[4 * LOSSES + 2]
    crash_word, crash_mask = np.int64(budgets[4 * CRASHES + 1]), budgets[4 * CRASHES + 2]
    crash_costs = budgets[4 * CRASHES] != _ZERO
    room = len(places)
    head = tally[HEAD]
    stop = min(level_end, head + pause)
    while head < stop:
        if (tally[STATES] + room) * width * 5 > len(table) * 3:
            return TABLE_FULL
        if (tally[TAIL] + room) * width > len(frontier):
            return FRONTIER_FULL
        if len(recorded) and 2 * (tally[EDGES] + room) > len(edges):
            return EDGES_FULL
        n = 0
        while head < stop and n < BLOCK:
            x = head
            at = x * width
            before = n
            found = 0
            for m in range(len(machines) // 4):
                of = (frontier[at + np.int64(machines[4 * m])] >> machines[4 * m + 1]) & machines[4 * m + 2]
                local = np.int64(machines[4 * m + 3] + of)
                if idle[local]:
                    for k in range(width):
                        seen[local * width + k] |= frontier[at + k]
                ranges[2 * found] = local_states[4 * local]
                ranges[2 * found + 1] = local_states[4 * local + 1]
                found += 1
                for j in range(local_states[4 * local + 2], local_states[4 * local + 3]):
                    o = neighbours[2 * j]
                    of = (frontier[at + np.int64(machines[4 * o])] >> machines[4 * o + 1]) & machines[4 * o + 2]
                    its = neighbours[2 * j + 1] + np.int64(of)
                    if joint[2 * its] < joint[2 * its + 1]:
                        ranges[2 * found] = joint[2 * its]
                        ranges[2 * found + 1] = joint[2 * its + 1]
                        found += 1
            for f in range(found):
                for r in range(ranges[2 * f], ranges[2 * f + 1]):
                    if len(counted) and frontier[at + takes[5 * r]] & np.uint64(takes[5 * r + 1]) == _ZERO:
                        continue
                    wrong = _ZERO
                    for k in range(width):
                        wrong |= (frontier[at + k] & guards[(2 * r) * width + k]) ^ guards[(2 * r + 1) * width + k]
                    if wrong != _ZERO:
                        continue
                    label = names[3 * r]
                    is_early = False
                    if len(counted) and takes[5 * r + 3]:
                        busy = _ZERO
                        for k in range(width):
                            busy |= frontier[at + k] & counts[(2 * r + 1) * width + k]
                        if busy != _ZERO:
                            if frontier[at + early_word] & early_mask == _ZERO:
                                continue
                            is_early = True
                            label = takes[5 * r + 4]
                    for c in range(names[3 * r + 1], names[3 * r + 2]):
                        row = c * (2 + width)
                        conjunct = np.int64(checks[row]) * (2 + width)
                        if violated[conjunct] != _ZERO:
                            continue
                        marked = _ZERO
                        for k in range(width):
                            marked |= frontier[at + k] & checks[row + 2 + k]
                        if checks[row + 1] == (np.uint64(1) if marked == _ZERO else _ZERO):
                            continue
                        violated[conjunct] = np.uint64(1)
                        violated[conjunct + 1] = np.uint64(label)
                        for k in range(width):
                            violated[conjunct + 2 + k] = frontier[at + k]
                        tally[FOUND] += 1
                    kept = n
                    for k in range(width):
                        block[n * width + k] = (frontier[at + k] & updates[(2 * r) * width + k]) | updates[
                            (2 * r + 1) * width + k
                        ]
                        if len(counted):
                            block[n * width + k] += counts[(2 * r) * width + k]
                    if is_early:
                        block[n * width + early_word] -= budgets[4 * EARLY_TIMEOUTS + 3]
                    n = _keep(
                        frontier, fired, tally, block, origins, overflow, x, n, label, words, counted, traced, recorded
                    )
                    if len(counted):
                        if takes[5 * r + 2] == 0 or frontier[at + duplicate_word] & duplicate_mask == _ZERO:
                            continue
                        for k in range(width):
                            block[n * width + k] = block[kept * width + k]
                        block[n * width + takes[5 * r]] += np.uint64(takes[5 * r + 2])
                        block[n * width + duplicate_word] -= budgets[4 * DUPLICATES + 3]
                        label = takes[5 * r + 4]
                        n = _keep(
                            frontier,
                            fired,
                            tally,
                            block,
                            origins,
                            overflow,
                            x,
                            n,
                            label,
                            words,
                            counted,
                            traced,
                            recorded,
                        )
            if len(counted):
                spends = frontier[at + loss_word] & loss_mask != _ZERO
                for i in range(len(losses) // 5):
                    word = np.int64(losses[5 * i])
                    costs = losses[5 * i + 4] != _ZERO
                    if frontier[at + word] & losses[5 * i + 1] == _ZERO or (costs and not spends):
                        continue
                    for k in range(width):
                        block[n * width + k] = frontier[at + k]
                    block[n * width + word] -= losses[5 * i + 2]
                    if costs:
                        block[n * width + loss_word] -= budgets[4 * LOSSES + 3]
                    label = np.int64(losses[5 * i + 3])
                    n = _keep(
                        frontier, fired, tally, block, origins, overflow, x, n, label, words, counted, traced, recorded
                    )
            if not crash_costs or frontier[at + crash_word] & crash_mask != _ZERO:
                for p in range(len(crashes) // 3):
                    for k in range(width):
                        block[n * width + k] = frontier[at + k]
                    if crash_costs:
                        block[n * width + crash_word] -= budgets[4 * CRASHES + 3]
                    for i in range(crashes[3 * p + 1], crashes[3 * p + 2]):
                        m = crashing[2 * i]
                        word = np.int64(machines[4 * m])
                        old = (frontier[at + word] >> machines[4 * m + 1]) & machines[4 * m + 2]
                        new = restarted[crashing[2 * i + 1] + np.int64(old)]
                        block[n * width + word] += (new - old) << machines[4 * m + 1]
                    label = crashes[3 * p]
                    n = _keep(
                        frontier, fired, tally, block, origins, overflow, x, n, label, words, counted, traced, recorded
                    )
            if len(recorded):
                offsets[x + 1] = offsets[x] + (n - before)
            head += 1
        tally[HEAD] = head
        _look_up(
            alike,
            alike_mask,
            exchanged,
            exchange,
            frontier,
            table,
            numbers,
            parents,
            edges,
            tally,
            block,
            places,
            origins,
            n,
            shift,
            words,
            traced,
            recorded,
            components,
        )
    return LEVEL_DONE if head == level_end else PAUSE
