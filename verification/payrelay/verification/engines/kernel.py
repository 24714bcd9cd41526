"""What the kernels of the fast engine share: how states are kept and looked up, compiled by numba.

A state is a code of one word or several. A state of one word is its own code (`narrow`). Of wider ones, the contents of
each column are kept once, and a code is the numbers of a state's contents, put together (`columns`, `wide`).

Successors are made block by block, then looked up in the hash table block by block, so that the waits for memory
overlap. Codes of one word stand in the table themselves, and the queue holds two levels. Where codes are wider, or the
numbers of states are needed, the queue holds all of them, and a place of the table the number of one (from 1) beside
some bits of its hash. A zero is an empty place: no code is zero. Places are filled bucket by bucket, each from its
beginning, and all places of a bucket are looked at at once; when it is full, the next one follows. Everything that
grows is made and enlarged by the caller: a kernel comes back when it needs room.

What decides how the code looks is handed over as the length of a tuple, which makes it a constant.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from payrelay.verification.engines.compiling import inlined, inner, kernel
from payrelay.verification.engines.instructions import BUCKET, bit_count, matches, natural, prefetch

BLOCK = 1024
"""Successors that are looked up together."""
RECENT = 1 << 14
"""Places for codes that were looked up lately."""

LEVEL_DONE, TABLE_FULL, QUEUE_FULL, EDGES_FULL, COLUMN_FULL, LISTS_FULL, PAUSE = range(7)
"""Why a kernel came back."""

HEAD, TAIL, STATES, STEPS, OVERFLOWN, EDGES, FOUND, TALLIES = range(8)
"""What the tally counts: the queue's first and next free row, distinct states, steps, and so on."""

LOSSES, DUPLICATES, CRASHES, EARLY_TIMEOUTS = range(4)
"""The rows of the budgets."""

CODE, SHIFT, MASK, WORDS, PLACES, TURN, FIRST, WIDTH, PER_COLUMN = range(9)
"""What `layout` says of each column: the word and shift of its numbers in a code, their mask, where its contents and
its places begin, what a hash is shifted by to be one of its places, and which words of a state it is, from which on and
how many; and how much that is."""


class Order(NamedTuple):
    """How what is alike may change places. Numbers of words, shifts and masks."""

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
    """For each column, how many contents it holds, and one more: the numbers begin with 1."""
    columns: Any
    """The contents of each column, by their number."""
    places: Any
    """The hash table of each column, with numbers."""
    parents: Any
    """For each state: its parent's number, and the label of the step; empty unless runs are traced."""
    offsets: Any
    """Of the steps of each state; empty unless the graph is recorded."""
    edges: Any
    """For each step: the number of the next state, and the label; empty, too."""
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
    after: Any
    """The words of a state that is being made."""
    images: Any
    """Room for two states."""


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_WORD = np.uint64(64)


@inner
def is_crowded(states: Any, table: Any) -> Any:
    """Whether a table is too full for so many states: its last eighth costs more than it is worth."""
    return states * 8 > len(table) * 7


@inlined
def hash_of(word: Any) -> Any:
    return (word ^ (word >> _HALF)) * _SPREAD


@inlined
def _hash(rows: Any, at: Any, codes: Any) -> Any:
    mixed = rows[at]
    for k in range(1, len(codes)):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX ^ rows[at + k]
    return hash_of(mixed)


@inlined
def _bucket(hashed: Any, shift: Any) -> Any:
    """The first place of the bucket that a hash belongs to."""
    return natural(np.int64(hashed >> shift)) * BUCKET


@inlined
def _filled(table: Any, first: Any) -> Any:
    """How many places of a bucket are filled."""
    return BUCKET - np.int64(bit_count(matches(table, first, ~_ZERO, _ZERO)))


@inlined
def _lowest(bits: Any) -> Any:
    """The number of the lowest bit that is set; that of bits in a word, if there is none."""
    return np.int64(bit_count(~bits & (bits - _ONE)))


@inner
def _put(table: Any, first: Any, held: Any) -> None:
    """Put something into a bucket, or into the next one that has room."""
    filled = _filled(table, first)
    while filled == BUCKET:
        first = (first + BUCKET) & (len(table) - 1)
        filled = _filled(table, first)
    table[first + filled] = held


@inlined
def _entry(hashed: Any, number: Any, shift: Any, last: Any) -> Any:
    """What a place of a table of numbers holds: the number from 1, in as many bits as places have, and above it the
    hash's next bits after those of the bucket."""
    following = hashed << (_WORD - shift) >> _HALF
    return np.uint32((following & ~np.uint64(last)) | np.uint64(number + 1))


@kernel
def rehash(queue: Any, states: Any, old: Any, new: Any, shift: Any, codes: Any, apart: Any) -> None:
    """Fill a larger table: with the codes of the old one, or if they stand apart, with their numbers."""
    width = len(codes)
    last = len(new) - 1
    if len(apart):
        for number in range(states):
            hashed = _hash(queue, number * width, codes)
            _put(new, _bucket(hashed, shift), _entry(hashed, number, shift, last))
        return
    # The codes of one bucket come into one or two, and a bucket that was just written to cannot be read at once: so
    # they are taken from many buckets in turn.
    for begin in range(0, len(old), BLOCK):
        for place in range(begin, begin + BUCKET):
            for row in range(place, min(begin + BLOCK, len(old)), BUCKET):
                if old[row]:
                    _put(new, _bucket(hash_of(np.uint64(old[row])), shift), old[row])


@kernel
def recode(rows: Any, layout: Any, width: int, new_rows: Any, new_layout: Any, new_width: int) -> None:
    """Write codes in another layout; a row of zeros stays one."""
    for row in range(len(rows) // width):
        for column in range(len(layout) // PER_COLUMN):
            c = column * PER_COLUMN
            number = (rows[row * width + layout[c + CODE]] >> np.uint64(layout[c + SHIFT])) & np.uint64(
                layout[c + MASK]
            )
            new_rows[row * new_width + new_layout[c + CODE]] |= number << np.uint64(new_layout[c + SHIFT])


@inlined
def _hash_of_row(rows: Any, at: Any, width: Any) -> Any:
    mixed = rows[at]
    for k in range(1, width):
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX ^ rows[at + k]
    return hash_of(mixed)


@kernel
def fill_places(layout: Any, sizes: Any, columns: Any, places: Any) -> None:
    """Fill the hash tables of all columns."""
    for column in range(len(sizes)):
        c = column * PER_COLUMN
        last = 2 * layout[c + MASK] + 1
        for number in range(1, sizes[column]):
            row = layout[c + WORDS] + number * layout[c + WIDTH]
            place = np.int64(_hash_of_row(columns, row, layout[c + WIDTH]) >> np.uint64(layout[c + TURN]))
            while places[layout[c + PLACES] + place]:
                place = (place + 1) & last
            places[layout[c + PLACES] + place] = number


@inner
def number_of(words: Any, column: Any, layout: Any, sizes: Any, columns: Any, places: Any) -> Any:
    """The number of what a column contains in a state of these words; what is new is added. 0 if there is no room."""
    c = column * PER_COLUMN
    at, width, first = layout[c + FIRST], layout[c + WIDTH], layout[c + PLACES]
    last = 2 * layout[c + MASK] + 1
    place = np.int64(_hash_of_row(words, at, width) >> np.uint64(layout[c + TURN]))
    while True:
        held = np.int64(places[first + place])
        if held == 0:
            break
        row = layout[c + WORDS] + held * width
        same = True
        for k in range(width):
            same &= columns[row + k] == words[at + k]
        if same:
            return held
        place = (place + 1) & last
    number = sizes[column]
    if number > layout[c + MASK]:
        return 0
    sizes[column] += 1
    row = layout[c + WORDS] + number * width
    for k in range(width):
        columns[row + k] = words[at + k]
    places[first + place] = number
    return number


@inner
def put_in_order(
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


@inner
def look_up(
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
        prefetch(table, _bucket(hashed, shift))
        if len(apart):
            kept += 1
        else:  # most of what was looked up lately comes again
            code = block[i]
            place = np.int64(hashed >> np.uint64(20)) & (RECENT - 1)
            is_new = recent[place] != code
            recent[place] = code
            block[kept] = code
            kept = natural(kept + np.int64(is_new))
    states, tail = natural(tally[STATES]), natural(tally[TAIL])
    if not len(apart):
        many, kept = kept, 0
        for i in range(many):  # most of the others stand in their own bucket
            code, hashed = block[i], hashes[i]
            first = _bucket(hashed, shift)
            block[kept], hashes[kept] = code, hashed
            kept = natural(kept + np.int64(matches(table, first, ~_ZERO, code) == _ZERO))
            prefetch(table, (first + BUCKET) & last)
        for i in range(kept):
            code = block[i]
            first = _bucket(hashes[i], shift)
            while matches(table, first, ~_ZERO, code) == _ZERO:
                filled = _filled(table, first)
                if filled < BUCKET:
                    table[first + filled] = code
                    queue[tail] = code
                    tail += 1
                    states += 1
                    break
                first = (first + BUCKET) & last
        tally[STATES], tally[TAIL] = states, tail
        return
    beyond = ~np.uint32(last)  # a number
    for i in range(kept):  # the rows of those whose hashes are alike will be compared
        first = _bucket(hashes[i], shift)
        alike = matches(table, first, beyond, _entry(hashes[i], -1, shift, last))
        at = np.int64(table[first + _lowest(alike) % BUCKET] & np.uint32(last))
        prefetch(queue, (at - np.int64(at > 0)) * width)
    for i in range(kept):
        hashed = hashes[i]
        first = _bucket(hashed, shift)
        likeness = _entry(hashed, -1, shift, last)
        number = np.int64(-1)
        while True:
            filled = _filled(table, first)
            alike = matches(table, first, beyond, likeness) & ((_ONE << np.uint64(filled)) - _ONE)
            while alike != _ZERO:
                at = np.int64(table[first + _lowest(alike)] & np.uint32(last)) - 1
                same = True
                for k in range(width):
                    same &= queue[at * width + k] == block[i * width + k]
                if same:
                    number = at
                    break
                alike &= alike - _ONE
            if number >= 0 or filled < BUCKET:
                break
            first = (first + BUCKET) & last
        if number < 0:
            number = states
            table[first + filled] = _entry(hashed, number, shift, last)
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
