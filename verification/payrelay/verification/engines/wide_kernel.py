"""The kernel that searches wide systems, whose states are of several words, compiled by numba.

For each state it reads in the lists of its contents which rewrites are possible as far as all columns are concerned,
and then what those do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from payrelay.verification.engines.compiling import inner, kernel
from payrelay.verification.engines.instructions import natural
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
    HEAD,
    LEVEL_DONE,
    LISTS_FULL,
    LOSSES,
    MASK,
    OVERFLOWN,
    PAUSE,
    PER_COLUMN,
    QUEUE_FULL,
    SHIFT,
    STATES,
    STEPS,
    TABLE_FULL,
    TAIL,
    WIDTH,
    WORDS,
    is_crowded,
    look_up,
    number_of,
    put_in_order,
)
from payrelay.verification.engines.lists import (
    ABROAD,
    HALF,
    HARMLESS,
    IDLE,
    LOUD,
    LOW,
    ONE,
    PLAIN,
    REWRITE,
    TOGETHER,
    ZERO,
)
from payrelay.verification.engines.possible import DUPLICATE, entry_in, find_possible, span_in
from payrelay.verification.engines.wide import (
    CHANGES,
    CHECKS,
    GUARDS,
    LABEL,
    LOOKS,
    OWN_CHANGES,
    PARTS,
    QUIET,
)


@inner
def _put(codes: Any, at: Any, column: Any, number: Any, layout: Any) -> None:
    """Put a number into a code."""
    c = natural(column * PER_COLUMN)
    place = np.uint64(layout[c + SHIFT])
    row = natural(at + layout[c + CODE])
    codes[row] = (codes[row] & ~(np.uint64(layout[c + MASK]) << place)) | (np.uint64(number) << place)


@inner
def _put_all(states: Any, codes: Any, at: Any, layout: Any, sizes: Any, columns: Any, places: Any) -> Any:
    """Make a state its code; whether there was room for all of its contents."""
    is_full = False
    for column in range(len(sizes)):
        number = number_of(states, column, layout, sizes, columns, places)
        is_full |= number == 0
        _put(codes, at, column, number, layout)
    return not is_full


@kernel
def insert(program: Any, memory: Any, states: Any, shift: Any, codes: Any, apart: Any, traced: Any, alike: Any) -> Any:
    """Begin with these states, a row of words each; 0 if a column has no room for them."""
    order, block, width = program.order, memory.block, len(memory.after)
    for i in range(len(states) // width):
        for k in range(width):
            memory.after[k] = states[i * width + k]
        if len(alike):
            put_in_order(memory.after, 0, width, order.path, order.exchanges, order.moves, order.becomes, memory.images)
        for k in range(len(codes)):
            block[i * len(codes) + k] = ZERO
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


@inner
def _touch(column: Any, words: Any, at: Any, touched: Any, count: Any, after: Any, layout: Any) -> Any:
    """Begin to make a column anew, if that was not done before; how many are."""
    for i in range(count):
        if touched[i] == column:
            return count
    c = column * PER_COLUMN
    for k in range(layout[c + WIDTH]):
        after[layout[c + FIRST] + k] = words[at + layout[c + FIRST] + k]
    touched[count] = column
    return count + 1


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
    spans, machines, rewrites, tests = program.spans, program.machines, program.rewrites, program.tests
    guards, own_changes, changes = program.guards, program.own_changes, program.changes
    looks = program.looks
    quiet, takes, checks, budgets = program.quiet, program.takes, program.checks, program.budgets
    losses, crashes, crashing, restarted = program.losses, program.crashes, program.crashing, program.restarted
    crashed_column, overflow = program.crashed_column, program.overflow
    path, exchanges = program.order.path, program.order.exchanges
    moves, becomes = program.order.moves, program.order.becomes
    queue, table, layout, sizes = memory.queue, memory.table, memory.layout, memory.sizes
    columns, places, parents = memory.columns, memory.places, memory.parents
    offsets, edges, fired, taken = memory.offsets, memory.edges, memory.fired, memory.taken
    violated, tally, block, hashes = memory.violated, memory.tally, memory.block, memory.hashes
    origins, recent = memory.origins, memory.recent
    images, after = memory.images, memory.after
    begins, entries, crashed, fallen = noted.begins, noted.entries, noted.crashed, noted.fallen
    now, words, touched = noted.numbers, noted.words, noted.touched
    possible, many = noted.possible, noted.many
    width = len(after)
    early, duplicate = 5 * EARLY_TIMEOUTS, 5 * DUPLICATES
    loss, crash = 5 * LOSSES, 5 * CRASHES
    crash_costs = budgets[crash] != ZERO
    span_count = len(spans) // 3
    is_plain_system = len(counted) == 0 and len(recorded) == 0
    is_quick = is_plain_system and len(alike) == 0
    room = len(hashes)
    loss_count, crash_count = len(losses) // 6, len(crashes) // 3
    falls_quickly = is_quick and loss_count == 0 and not crash_costs
    for party in range(crash_count):
        falls_quickly &= crashed_column[party] >= 0
    head: Any = tally[HEAD]
    stop = min(level_end, head + pause)
    lacks = LEVEL_DONE
    while head < stop:
        if is_crowded(tally[STATES] + room, table):
            return TABLE_FULL
        if (tally[TAIL] + room) * len(codes) > len(queue):
            return QUEUE_FULL
        if len(recorded) and 2 * (tally[EDGES] + room) > len(edges):
            return EDGES_FULL
        n: Any = 0
        size = min(stop - head, TOGETHER)
        size = find_possible(program, memory, noted, head, size, codes, counted, is_plain_system)
        if size == 0:
            return LISTS_FULL
        first: Any = 0
        for state in range(size):
            if n >= BLOCK:
                break
            x = natural(head * len(codes))
            before, steps = n, tally[STEPS]
            i: Any = 0
            k: Any = 0
            c: Any = 0
            number: Any = 0
            here, at_words = natural(state * len(sizes)), natural(state * width)
            count = many[state]
            others = loss_count + crash_count
            if falls_quickly:  # most often it is known what crashes make of such contents
                is_known = True
                for party in range(crash_count):
                    own = natural(crashed_column[party])
                    fallen[party] = crashed[natural(begins[span_count + party] + now[natural(here + own)])]
                    is_known &= fallen[party] != 0
                if is_known:
                    others = 0
            for e in range(count + others):
                # The column whose next contents are known or kept, and their number; 0 if there is none.
                own, becomes_own = np.int64(-1), np.int64(0)
                of_own = np.int64(0)
                changed_count: Any = 0
                if e < count:
                    found = possible[natural(first + e)]
                    is_duplicate = len(counted) > 0 and found & DUPLICATE != ZERO
                    i = 4 * entry_in(found)
                    entry = entries[i]
                    becomes_own = np.int64(entry >> HALF)
                    own = natural(spans[3 * span_in(found)])
                    is_plain = len(counted) == 0 and entry & PLAIN != ZERO
                    alarm = (words[at_words + np.int64(entries[i + 1] & LOW)] & entries[i + 2]) ^ entries[i + 3]
                    r = np.int64(entry & REWRITE)
                    p = PARTS * r
                    if is_plain and is_quick and alarm == ZERO and becomes_own != 0:
                        is_changed = becomes_own != now[here + own]
                        if entry & ABROAD:
                            j = 5 * rewrites[p + CHANGES]
                            k, word = np.int64(changes[j]), np.int64(changes[j + 1])
                            number = now[here + k]
                            old = words[at_words + word]
                            new = ((old & changes[j + 2]) | changes[j + 3]) + changes[j + 4]
                            if new != old:
                                _touch(k, words, at_words, touched, 0, after, layout)
                                after[word] = new
                                number = number_of(after, k, layout, sizes, columns, places)
                                if number == 0:
                                    lacks = COLUMN_FULL
                                    break
                                is_changed = True
                        if is_changed:
                            at = natural(n * len(codes))
                            for w in range(len(codes)):
                                block[at + w] = queue[x + w]
                            _put(block, at, own, becomes_own, layout)
                            if entry & ABROAD:
                                _put(block, at, k, number, layout)
                            if len(traced):
                                origins[2 * n] = rewrites[p + LABEL]
                                origins[2 * n + 1] = head
                            tally[STEPS] += 1
                            n += 1
                        elif entry & (IDLE | HARMLESS):
                            taken[r] = 1
                        continue
                    label = rewrites[p + LABEL]
                    is_early = False
                    if not is_plain:
                        wrong = (words[at_words + np.int64(tests[3 * r])] & tests[3 * r + 1]) ^ tests[3 * r + 2]
                        if len(counted) and words[at_words + np.int64(takes[6 * r + 1])] & takes[6 * r + 2] == ZERO:
                            continue
                        for j in range(rewrites[p + GUARDS], rewrites[p + PARTS + GUARDS]):
                            wrong |= (words[at_words + np.int64(guards[3 * j])] & guards[3 * j + 1]) ^ guards[3 * j + 2]
                        if wrong != ZERO:
                            continue
                        if len(counted):
                            if takes[6 * r + 4] != ZERO:
                                busy = ZERO
                                for j in range(rewrites[p + QUIET], rewrites[p + PARTS + QUIET]):
                                    busy |= words[at_words + np.int64(quiet[2 * j])] & quiet[2 * j + 1]
                                if busy != ZERO:
                                    if words[at_words + np.int64(budgets[early + 2])] & budgets[early + 3] == ZERO:
                                        continue
                                    is_early = True
                            if is_early or is_duplicate:
                                label = np.int64(takes[6 * r + 5])
                        alarm |= entry & LOUD
                        for j in range(rewrites[p + LOOKS], rewrites[p + PARTS + LOOKS]):
                            alarm |= (words[at_words + np.int64(looks[3 * j])] & looks[3 * j + 1]) ^ looks[3 * j + 2]
                    if alarm != ZERO:
                        for j in range(rewrites[p + CHECKS], rewrites[p + PARTS + CHECKS]):
                            check = j * (2 + width)
                            conjunct = np.int64(checks[check]) * (2 + width)
                            if violated[conjunct] != ZERO:
                                continue
                            marked = ZERO
                            for w in range(width):
                                marked |= words[at_words + w] & checks[check + 2 + w]
                            if checks[check + 1] == (ONE if marked == ZERO else ZERO):
                                continue
                            violated[conjunct] = ONE
                            violated[conjunct + 1] = np.uint64(label)
                            for w in range(width):
                                violated[conjunct + 2 + w] = words[at_words + w]
                            tally[FOUND] += 1
                    if becomes_own == 0:
                        c = own * PER_COLUMN
                        for k in range(layout[c + WIDTH]):
                            after[layout[c + FIRST] + k] = words[at_words + layout[c + FIRST] + k]
                        for j in range(rewrites[p + OWN_CHANGES], rewrites[p + PARTS + OWN_CHANGES]):
                            word = layout[c + FIRST] + np.int64(own_changes[4 * j])
                            after[word] = (after[word] & own_changes[4 * j + 1]) | own_changes[4 * j + 2]
                            after[word] += own_changes[4 * j + 3]
                        becomes_own = number_of(after, own, layout, sizes, columns, places)
                        if becomes_own == 0:
                            lacks = COLUMN_FULL
                            break
                        entries[i] = (entry & LOW) | np.uint64(becomes_own) << HALF
                    for j in range(rewrites[p + CHANGES], rewrites[p + PARTS + CHANGES]):
                        k = np.int64(changes[5 * j])
                        changed_count = _touch(k, words, at_words, touched, changed_count, after, layout)
                        word = np.int64(changes[5 * j + 1])
                        after[word] = (after[word] & changes[5 * j + 2]) | changes[5 * j + 3]
                        after[word] += changes[5 * j + 4]
                    if len(counted):
                        fired[label] = 1
                        if is_duplicate or is_early:
                            spent = duplicate if is_duplicate else early
                            for j in range(1 + np.int64(is_duplicate)):
                                k = np.int64(budgets[spent + 1] if j == 0 else takes[6 * r])
                                if k == own:  # on top of what it becomes
                                    c = k * PER_COLUMN
                                    at = layout[c + WORDS] + becomes_own * layout[c + WIDTH] - layout[c + FIRST]
                                    changed_count = _touch(k, columns, at, touched, changed_count, after, layout)
                                else:
                                    changed_count = _touch(k, words, at_words, touched, changed_count, after, layout)
                                if j == 0:
                                    after[np.int64(budgets[spent + 2])] -= budgets[spent + 4]
                                else:
                                    after[np.int64(takes[6 * r + 1])] += takes[6 * r + 3]
                    else:
                        taken[r] = 1
                elif e < count + loss_count:
                    i = 6 * (e - count)
                    costs = losses[i + 5] != ZERO
                    k = np.int64(losses[i])
                    if words[at_words + np.int64(losses[i + 1])] & losses[i + 2] == ZERO:
                        continue
                    if costs:
                        b = np.int64(budgets[loss + 1])
                        if words[at_words + np.int64(budgets[loss + 2])] & budgets[loss + 3] == ZERO:
                            continue
                        changed_count = _touch(b, words, at_words, touched, changed_count, after, layout)
                        after[np.int64(budgets[loss + 2])] -= budgets[loss + 4]
                    changed_count = _touch(k, words, at_words, touched, changed_count, after, layout)
                    after[np.int64(losses[i + 1])] -= losses[i + 3]
                    label = np.int64(losses[i + 4])
                    fired[label] = 1
                else:
                    p = natural(e - count - loss_count)
                    if crash_costs:
                        b = np.int64(budgets[crash + 1])
                        if words[at_words + np.int64(budgets[crash + 2])] & budgets[crash + 3] == ZERO:
                            break
                        changed_count = _touch(b, words, at_words, touched, changed_count, after, layout)
                        after[np.int64(budgets[crash + 2])] -= budgets[crash + 4]
                    own = crashed_column[p]
                    is_kept = own >= 0 and not (crash_costs and touched[0] == own)
                    if is_kept:
                        of_own = natural(begins[span_count + p] + now[here + own])
                        becomes_own = np.int64(crashed[of_own])
                    if becomes_own == 0:
                        for i in range(crashes[3 * p + 1], crashes[3 * p + 2]):
                            m = 5 * crashing[2 * i]
                            k = np.int64(machines[m])
                            changed_count = _touch(k, words, at_words, touched, changed_count, after, layout)
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
                if changed_count == 0 and becomes_own == now[here + own] and not len(recorded):
                    continue
                at = n * len(codes)
                for k in range(len(codes)):
                    block[at + k] = queue[x + k]
                is_changed = False
                is_over = False
                if becomes_own != 0:
                    is_changed = becomes_own != now[here + own]
                    _put(block, at, own, becomes_own, layout)
                    if len(counted):
                        c = own * PER_COLUMN
                        row = layout[c + WORDS] + becomes_own * layout[c + WIDTH]
                        for k in range(layout[c + WIDTH]):
                            is_over |= columns[row + k] & overflow[layout[c + FIRST] + k] != ZERO
                for i in range(changed_count):
                    k = touched[i]
                    if len(counted):
                        c = k * PER_COLUMN
                        for w in range(layout[c + FIRST], layout[c + FIRST] + layout[c + WIDTH]):
                            is_over |= after[w] & overflow[w] != ZERO
                    if not is_over:
                        number = number_of(after, k, layout, sizes, columns, places)
                        if number == 0:
                            lacks = COLUMN_FULL
                        is_changed |= number != now[here + k]
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
            if others == 0 and lacks == LEVEL_DONE:
                for party in range(crash_count):  # written in any case, and kept if something changes
                    own = natural(crashed_column[party])
                    at = natural(n * len(codes))
                    for k in range(len(codes)):
                        block[at + k] = queue[x + k]
                    _put(block, at, own, fallen[party], layout)
                    if len(traced):
                        origins[2 * n] = crashes[3 * party]
                        origins[2 * n + 1] = head
                    is_step = np.int64(fallen[party] != now[natural(here + own)])
                    tally[STEPS] += is_step
                    n += is_step
            if lacks:  # once more, when there is room
                n, tally[STEPS] = before, steps
                break
            if len(recorded):
                offsets[head + 1] = offsets[head] + (n - before)
            head += 1
            first += count
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
