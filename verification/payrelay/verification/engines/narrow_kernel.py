"""The kernel that searches narrow systems, whose states are of one word, compiled by numba.

The rewrites of a state are tried in two passes: which are possible, and what those do; so the processor guesses little.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.compiling import kernel
from payrelay.verification.engines.instructions import natural
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
    is_crowded,
    look_up,
    put_in_order,
)
from payrelay.verification.engines.narrow import (
    CHECKS,
    LABEL,
    PARTS,
    Program,
)


class Seen(NamedTuple):
    """What the kernel notes down of a program."""

    seen: Any
    """For each contents of a group's field, all bits ever set beside it."""
    ranges: Any
    """Ranges of tests to try."""
    possible: Any
    """The rewrites that seem possible."""


def room(program: Program, _columns: Columns) -> Seen:
    """Room for that."""
    ranges = len(program.machines) + len(program.neighbours)  # more than there are
    return Seen(
        seen=np.zeros(len(program.contents) // 4, dtype=np.uint64),
        ranges=np.zeros(2 * ranges, dtype=np.int64),
        possible=np.zeros(2 * len(program.rewrites) // PARTS + 2, dtype=np.int64),
    )


def copied(noted: Seen) -> Seen:
    """The same notes, to be added to; only one of both is in use at a time."""
    return noted._replace(seen=noted.seen.copy())


def bytes_of(noted: Seen) -> int:
    """What it takes, which does not grow with the states."""
    return int(noted.seen.nbytes)


_ZERO = np.uint64(0)
_ONE = np.uint64(1)


@kernel
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


@kernel
def search(
    program: Any,
    memory: Any,
    noted: Any,
    shift: Any,
    level_end: int,
    pause: int,
    codes: Any,
    counted: Any,
    apart: Any,
    traced: Any,
    recorded: Any,
    alike: Any,
) -> Any:
    """Go on with the search to the end of the level, or until there is no room, or after `pause` states."""
    # Taken out of their tuples once, so that no reference is counted in the innermost loop.
    groups, contents, neighbours, machines = program.groups, program.contents, program.neighbours, program.machines
    joint, tests, rewrites = program.joint, program.tests, program.rewrites
    changes, looks, takes, checks = program.changes, program.looks, program.takes, program.checks
    budgets, losses, crashes = program.budgets, program.losses, program.crashes
    crashing, restarted, overflow = program.crashing, program.restarted, program.overflow
    path, exchanges = program.order.path, program.order.exchanges
    moves, becomes = program.order.moves, program.order.becomes
    queue, table, parents, offsets, edges = memory.queue, memory.table, memory.parents, memory.offsets, memory.edges
    fired, taken, violated, tally = memory.fired, memory.taken, memory.violated, memory.tally
    block, hashes, origins, recent = memory.block, memory.hashes, memory.origins, memory.recent
    images, seen, ranges, possible = memory.images, noted.seen, noted.ranges, noted.possible
    early_mask, early_one = budgets[3 * EARLY_TIMEOUTS + 1], budgets[3 * EARLY_TIMEOUTS + 2]
    duplicate_mask, duplicate_one = budgets[3 * DUPLICATES + 1], budgets[3 * DUPLICATES + 2]
    loss_mask, loss_one = budgets[3 * LOSSES + 1], budgets[3 * LOSSES + 2]
    crash_costs, crash_mask, crash_one = budgets[3 * CRASHES], budgets[3 * CRASHES + 1], budgets[3 * CRASHES + 2]
    room, rows = len(hashes), len(rewrites) // PARTS - 1
    head = tally[HEAD]
    stop = min(level_end, head + pause)
    while head < stop:
        if is_crowded(tally[STATES] + room, table):
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
                its = natural(np.int64(groups[3 * g + 2] + ((state >> groups[3 * g]) & groups[3 * g + 1])))
                seen[its] |= state
                ends = natural(ends)
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
                    t, count = natural(t), natural(count)
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
                    r = natural(possible[e])
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
