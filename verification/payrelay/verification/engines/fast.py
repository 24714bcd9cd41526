"""The fast engine: the table engine's search over the same packed system, compiled.

It needs numba, which is the extra `fast`. Its states are the table engine's, bit for bit; so is its graph, number for
number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from payrelay.verification.engines import kernel
from payrelay.verification.engines.arrays import array_of
from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.exploration import Exploration, Graph, Limits, limit_reached
from payrelay.verification.engines.kernel import BLOCK, LEVEL_DONE, RECENT, Memory, Program
from payrelay.verification.tables.channels import MOST_COPIES, Field
from payrelay.verification.tables.packing import WORD, Packed, Packing

PAUSE = 1 << 14
"""States between two looks at the limits."""
MOST_PLACES = 1 << 31
"""Of a table of numbers, which are of 32 bits."""
MOST_BITS = 8
"""Of a group of machines, unless one alone has more."""
_ALL = (1 << WORD) - 1


def explore(
    packing: Packing,
    limits: Limits | None = None,
    progress: Callable[[Exploration, int], None] | None = None,
    graph: Graph | None = None,
) -> Exploration:
    """Search breadth first to the end or to a limit. With a graph, record every step in it."""
    search = _Search(packing, limits or Limits(), progress, is_recorded=graph is not None)
    found = search.run()
    if graph is not None:
        search.fill(graph)
    if search.violated:
        traced = search
        if graph is None:  # once more, with what leads where, as far as the last violation
            traced = _Search(packing, Limits(violations=len(search.violated)), is_traced=True)
            traced.run()
        found.violations = packing.violations_alike({conjunct: traced.path(conjunct) for conjunct in search.violated})
    return found


class _Compiler:
    """A packed system as the arrays that the kernel reads."""

    def __init__(self, packing: Packing, is_recorded: bool) -> None:
        self.packing = packing
        self.words = packing.words
        self.is_recorded = is_recorded
        self.is_counted = packing.is_counted
        self.rows: list[Packed] = []
        self.idle: list[list[Packed]] = []
        """For each local state, the deliveries that change nothing."""
        self._tests: list[tuple[int, ...]] = []
        self._contents: list[tuple[int, int, int, int]] = []
        self._neighbours: list[tuple[int, int]] = []
        self._joint: list[tuple[int, int]] = []

    def program(self) -> Program:
        """Everything that the kernel reads."""
        packing = self.packing
        groups = []
        for members in self._side_by_side():
            groups.append((self._field_of(members), len(self._contents)))
            self._add_group(members)
        checks = [check for row in self.rows for check in row.checks]
        budgets = [packing.budgets.get(name) for name in ("losses", "duplicates", "crashes", "early_timeouts")]
        lost = [(place, label, 0) for place, label in packing.strays]
        lost += [(place, label, 1) for place, label in packing.losses]
        last = list(accumulate((len(machines) for machines, _ in packing.crashes), initial=0))
        crashing = [(machine, restarted) for machines, _ in packing.crashes for machine, restarted in machines]
        begins = list(accumulate((packing.sizes[machine] for machine, _ in crashing), initial=0))
        return Program(
            groups=_words((field.shift // WORD, field.shift % WORD, field.mask, first) for field, first in groups),
            contents=_numbers(self._contents),
            neighbours=_numbers(self._neighbours),
            joint=_numbers(self._joint),
            idle=np.array([bool(rows) for rows in self.idle], dtype=np.bool_),
            tests=_words(self._tests),
            machines=_words((place.shift // WORD, place.shift % WORD, place.mask) for place in packing.machines),
            **self._parts(),
            takes=_words(map(self._taken, self.rows if self.is_counted else ())).view(np.int64),
            checks=_words(
                (conjunct, int(bad) if bits else 2, *_split(bits, self.words)) for bits, bad, conjunct in checks
            ),
            budgets=_words(
                (0, 0, 0, 0) if b is None else (1, b.shift // WORD, *self._of_word(b.mask, b.shift)) for b in budgets
            ),
            losses=_words((place.shift // WORD, *self._of_word(place.mask, place.shift), n, s) for place, n, s in lost),
            crashes=_numbers((label, last[n], last[n + 1]) for n, (_, label) in enumerate(packing.crashes)),
            crashing=_numbers((machine, begins[n]) for n, (machine, _) in enumerate(crashing)),
            restarted=_words([restarted[n] for n in range(packing.sizes[m])] for m, restarted in crashing),
            overflow=np.array(_split(packing.overflow, self.words), dtype=np.uint64),
            **self._order(),
        )

    def _side_by_side(self) -> Iterator[list[int]]:
        """The machines in groups, each a field of few bits: so one look tells what several of them can do.

        What has neighbours ends its group, since they come before the next machine: the order of steps is kept.
        """
        group: list[int] = []
        for machine, place in enumerate(self.packing.machines):
            if group:
                first = self.packing.machines[group[0]].shift
                bits = place.shift + place.mask.bit_length() - first
                is_beside = place.shift > first and bits <= MOST_BITS and first % WORD + bits <= WORD
                if not is_beside or any(self.packing.joint[group[-1]]):
                    yield group
                    group = []
            group.append(machine)
        yield group

    def _field_of(self, machines: Sequence[int]) -> Field:
        """The field that the fields of some machines are together."""
        first, last = (self.packing.machines[machine] for machine in (machines[0], machines[-1]))
        return Field(first.shift, (1 << last.shift + last.mask.bit_length() - first.shift) - 1)

    def _add_group(self, machines: Sequence[int]) -> None:
        """Take the rewrites of some machines in all their local states, and say what is to be tested in each."""
        field, sizes = self._field_of(machines), self.packing.sizes
        added = [[self._add(machine, local) for local in range(sizes[machine])] for machine in machines]
        places = [self.packing.machines[machine] for machine in machines]
        for contents in range(field.mask + 1):
            numbers = [place.of(contents << field.shift) for place in places]
            first, first_neighbour = len(self._tests), len(self._neighbours)
            idle: list[Packed] = []
            for machine, number, of in zip(machines, numbers, added, strict=True):
                if number < sizes[machine]:
                    rows, neighbours, own = of[number]
                    self._tests += [self._test(row) for row in rows]
                    self._neighbours += neighbours
                    idle += own
            self.idle.append(idle)
            self._contents.append((first, len(self._tests), first_neighbour, len(self._neighbours)))

    def _add(self, machine: int, local: int) -> tuple[range, list[tuple[int, int]], list[Packed]]:
        """Take the rewrites of a machine in a local state: those of its own, its neighbours, and what is idle."""
        rewrites = self.packing.alone[machine][local]
        place = self.packing.machines[machine]
        idle = [] if self.is_recorded else [row for row in rewrites if _is_idle(row, place, local)]
        left_out = set(map(id, idle))
        first = len(self.rows)
        self.rows += [row for row in rewrites if id(row) not in left_out]
        own, neighbours = range(first, len(self.rows)), []
        for other, by_local in self.packing.joint[machine][local].items():
            neighbours.append((other, len(self._joint)))
            for its in range(self.packing.sizes[other]):
                begins = len(self._tests)
                for row in by_local.get(its, ()):
                    self.rows.append(row)
                    self._tests.append(self._test(len(self.rows) - 1))
                self._joint.append((begins, len(self._tests)))
        return own, neighbours, idle

    def _test(self, number: int) -> tuple[int, ...]:
        """What is asked first of a rewrite; of its guard the words that tell most."""
        count = 1 if self.words == 1 else 2
        asked = self._guards_of(self.rows[number])[:count]
        return number, *(part for guard in [*asked, *[_NO_GUARD] * (count - len(asked))] for part in guard)

    def _guard(self, row: Packed) -> tuple[int, int]:
        """Which bits matter, and what they must be. Where copies are counted, the message is looked at apart."""
        present = 0 if self.is_counted else row.present
        return row.care | present, row.want | present

    def _guards_of(self, row: Packed) -> list[tuple[int, ...]]:
        """The guard word by word: first what tells most, the message."""
        care, want = self._guard(row)
        guards = self._by_word(care, want)
        telling = (row.present & care).bit_length() - 1
        return sorted(guards, key=lambda guard: guard[0] != telling // WORD)

    def _parts(self) -> dict[str, Any]:
        """What a rewrite needs and does, each with the word that it speaks of."""
        is_wide = self.words > 1
        guards: list[tuple[int, ...]] = []
        changes: list[tuple[int, ...]] = []
        looks: list[tuple[int, ...]] = []
        quiet: list[tuple[int, ...]] = []
        rewrites, checks = [], 0
        for row in [*self.rows, _NOTHING]:
            rewrites.append((row.label, checks, len(guards), len(changes), len(quiet)))
            checks += len(row.checks)
            guards += self._guards_of(row)[1 + is_wide :]
            updates = (_split(row.keep, self.words), _split(row.put, self.words), _split_sum(row.delta, self.words))
            made = [(n, *part) for n, part in enumerate(zip(*updates, strict=True)) if part != _SAME]
            # The processor foresees two changes, or one of one word, if there are seldom fewer.
            changes += [(0, *_SAME)] * (1 + is_wide - len(made)) + made
            alarm = self._by_word(*_alarm(row.checks)) or [_NO_GUARD]
            looks.append(alarm[0] if len(alarm) == 1 else _ALARM)
            quiet += self._by_word(row.quiet)
        parts = {"guards": guards, "changes": changes, "looks": looks, "quiet": quiet}
        return {"rewrites": _numbers(rewrites), **{name: _words(rows) for name, rows in parts.items()}}

    def _by_word(self, *values: int) -> list[tuple[int, ...]]:
        """Some integers word by word, with the number of the word, where they are not all zero."""
        split = zip(*(_split(value, self.words) for value in values), strict=True)
        return [(n, *part) for n, part in enumerate(split) if any(part)]

    def _order(self) -> dict[str, Any]:
        """The exchanges of what is alike, and the way through all of them."""
        moves: list[tuple[int, ...]] = []
        contents: list[int] = []
        rows = []
        for exchange in self.packing.exchanges:
            first = len(moves)
            for place, there, becomes in exchange:
                begins = -1 if becomes is None else len(contents)
                to = there.shift // WORD, there.shift % WORD
                moves.append((place.shift // WORD, place.shift % WORD, place.mask, *to, begins))
                contents += becomes or ()
            untouched = ~sum(there.care for _, there, _ in exchange)
            rows.append((first, len(moves), *_split(untouched, self.words)))
        return {
            "path": np.array(self.packing.path, dtype=np.int64),
            "exchanges": _words(rows),
            "moves": _numbers(moves),
            "becomes": _words([contents]),
        }

    def _taken(self, row: Packed) -> tuple[int, ...]:
        """Word and mask of the message, one copy of it, whether it must be quiet, and the second label."""
        if not row.present:
            return 0, 1, 0, int(bool(row.quiet)), max(0, row.second)  # a bit that is always set
        word = (row.present.bit_length() - 1) // WORD
        mask = row.present >> WORD * word
        return word, mask, (mask & -mask) * (row.second >= 0), 0, max(0, row.second)

    @staticmethod
    def _of_word(mask: int, shift: int) -> tuple[int, int]:
        return mask << shift % WORD, 1 << shift % WORD


_NOTHING = Packed(0, 0, 0, -1, 0, 0, (), 0, -1, 0)
"""Stands after the last rewrite."""
_SAME = _ALL, 0, 0
"""Keeps all bits, sets none, adds nothing."""
_NO_GUARD = 0, 0, 0
"""Asks for nothing."""
_ALARM = 0, 0, 1
"""Is never as expected."""


def _is_idle(row: Packed, place: Field, local: int) -> bool:
    """A step that changes nothing, whatever the state: whether it happens is looked up afterwards."""
    is_still = row.keep == ~place.care and row.put == local << place.shift and not row.delta
    return is_still and not (row.care or row.checks or row.quiet)


def _alarm(checks: Iterable[tuple[int, bool, int]]) -> tuple[int, int]:
    """Which bits to look at, and what they are unless a check might fail; if that cannot be said so, never that."""
    watch, expected = 0, 0
    for bits, is_bad, _ in checks:
        is_plain = bits and (is_bad or not bits & (bits - 1))
        if not is_plain or watch & bits & (expected if is_bad else ~expected):
            return 0, 1
        watch |= bits
        expected |= 0 if is_bad else bits
    return watch, expected


def _split(value: int, words: int) -> list[int]:
    """An integer as words; what is negative has all higher bits set."""
    return [value >> WORD * k & _ALL for k in range(words)]


def _split_sum(value: int, words: int) -> list[int]:
    """A sum of fields, of which some may be taken away, as the sums of each word's fields: none is borrowed from."""
    parts = []
    for _ in range(words):
        low = value & _ALL
        parts.append(low)
        value = (value - (low - (1 << WORD) if low >> (WORD - 1) else low)) >> WORD
    return parts


def _words(rows: Iterable[Sequence[int]]) -> Any:
    return np.array([value for row in rows for value in row], dtype=np.uint64)


def _numbers(rows: Iterable[Sequence[int]]) -> Any:
    return np.array([value for row in rows for value in row], dtype=np.int64)


class _Search:
    """One run of the kernel, with the memory that it needs."""

    def __init__(
        self,
        packing: Packing,
        limits: Limits,
        progress: Callable[[Exploration, int], None] | None = None,
        *,
        is_traced: bool = False,
        is_recorded: bool = False,
    ) -> None:
        self.packing = packing
        self.limits = limits
        self.progress = progress
        self.is_traced = is_traced or is_recorded
        self.is_recorded = is_recorded
        self.words = packing.words
        self.compiler = _Compiler(packing, is_recorded)
        self.program = self.compiler.program()
        self.columns = Columns(self.words if self.words > 1 else 0)
        self.found = Exploration(is_ready=False)
        self.memory = self._memory()
        self.level_end = 0

    @property
    def is_apart(self) -> bool:
        """Whether the table holds numbers, and the queue all states."""
        return self.is_traced or self.columns.codes > 1

    @property
    def _fixed(self) -> tuple[tuple[int, ...], ...]:
        """What the kernel is compiled for."""
        columned, codes = self.words > 1, self.columns.codes
        flags = (self.compiler.is_counted, self.is_apart, self.is_traced, self.is_recorded, bool(self.packing.path))
        return tuple((0,) * size for size in (columned, codes, *flags))

    def _memory(self) -> Memory:
        packing, words = self.packing, self.words
        rows = BLOCK + max(len(packing.labels), len(packing.initial)) + 1  # a state takes each label at most once
        room = 2 * rows
        traced, recorded = int(self.is_traced), int(self.is_recorded)
        ranges = len(self.program.machines) + len(self.program.neighbours)  # more than there are
        # Zeros, even where they are not needed: they cost nothing until they are touched.
        return Memory(
            queue=np.zeros(room * self.columns.codes, dtype=np.uint64),
            table=self._table(1 << (2 * room).bit_length()),
            layout=self.columns.layout,
            sizes=self.columns.sizes,
            columns=self.columns.words,
            places=self.columns.places,
            parents=np.zeros(2 * room * traced, dtype=np.int64),
            offsets=np.zeros(room * recorded, dtype=np.int64),
            edges=np.zeros(2 * room * recorded, dtype=np.int64),
            seen=np.zeros(len(self.program.idle) * words, dtype=np.uint64),
            fired=np.zeros(len(packing.labels), dtype=np.uint8),
            taken=np.zeros(len(self.compiler.rows), dtype=np.uint8),
            violated=np.zeros(len(packing.watched) * (2 + words), dtype=np.uint64),
            tally=np.zeros(8, dtype=np.int64),
            block=np.zeros(rows * self.columns.codes, dtype=np.uint64),
            hashes=np.zeros(rows, dtype=np.uint64),
            origins=np.full(2 * rows, -1, dtype=np.int64),
            recent=np.zeros(RECENT, dtype=np.uint64),
            ranges=np.zeros(2 * ranges, dtype=np.int64),
            possible=np.zeros(2 * len(self.compiler.rows) + 2, dtype=np.int64),
            now=np.zeros(words * max(1, len(packing.initial)), dtype=np.uint64),
            after=np.zeros(words, dtype=np.uint64),
            images=np.zeros(2 * words, dtype=np.uint64),
        )

    def _table(self, places: int) -> Any:
        return np.zeros(places, dtype=np.uint32 if self.is_apart or self.packing.bits <= 32 else np.uint64)

    @property
    def _shift(self) -> Any:
        """What a hash is shifted by to be a place in the table."""
        return np.uint64(WORD + 1 - len(self.memory.table).bit_length())

    def run(self) -> Exploration:
        """The search, level by level."""
        started = time.perf_counter()
        tally, found = self.memory.tally, self.found
        self._begin()
        self.level_end = int(tally[kernel.TAIL])
        try:
            while not self._is_stopped(started):
                why = self._go_on()
                if why == LEVEL_DONE:
                    self.level_end = self._next_level(self.level_end)
                    if tally[kernel.HEAD] == self.level_end:
                        break
                    found.depth += 1
                elif why != kernel.PAUSE and (reached := self._grow(why)):
                    found.bound = reached
                    break
        except KeyboardInterrupt:
            found.interrupted, found.bound = True, "interrupted"
        if tally[kernel.OVERFLOWN]:
            found.bound = found.bound or f"over {MOST_COPIES} copies of one message were under way"
        self._count(started)
        found.fired = self._fired()
        found.bound = found.bound or self.packing.bound_of(found.fired)
        return found

    def _go_on(self) -> int:
        """Let the kernel search. The first time it is compiled, or loaded if that was done before on this machine."""
        began, compiled = time.perf_counter(), _compiled()
        given = (self.words, self._shift, self.level_end, PAUSE, *self._fixed)
        why = kernel.search(self.program, self.memory, *given)
        if _compiled() > compiled:
            self.found.compiling += time.perf_counter() - began
        self.found.is_ready = True
        return why

    def _begin(self) -> None:
        initial = self.packing.initial
        self.memory.now[: len(initial) * self.words] = _words(_split(state, self.words) for state in initial)
        columned, codes, _, apart, traced, _, alike = self._fixed
        while not kernel.insert(
            self.program, self.memory, len(initial), self.words, self._shift, columned, codes, apart, traced, alike
        ):
            self._grow(kernel.COLUMN_FULL)
            columned, codes, _, apart, traced, _, alike = self._fixed

    def _count(self, started: float) -> None:
        tally, found = self.memory.tally, self.found
        found.states, found.steps = int(tally[kernel.STATES]), int(tally[kernel.STEPS])
        found.seconds = time.perf_counter() - started
        self._weigh()

    def _weigh(self, beside: int = 0) -> None:
        """Take note of the memory in use: tables whole, of what is filled from its beginning that part."""
        memory, tally = self.memory, self.memory.tally
        filled = int(tally[kernel.TAIL]) * 8 * self.columns.codes + 8 * int(memory.sizes.sum())
        filled += 16 * int(tally[kernel.STATES]) * self.is_traced
        filled += (8 * int(tally[kernel.HEAD]) + 16 * int(tally[kernel.EDGES])) * self.is_recorded
        whole = memory.table.nbytes + memory.places.nbytes
        self.found.bytes = max(self.found.bytes, filled + whole + beside)

    def _is_stopped(self, started: float) -> bool:
        found, tally, most = self.found, self.memory.tally, self.limits.violations
        self._count(started)
        if self.progress:
            self.progress(found, int(tally[kernel.TAIL] - tally[kernel.HEAD]))
        found.bound = limit_reached(found, self.limits)
        if most is not None and tally[kernel.FOUND] >= most:
            found.bound = found.bound or f"{most} violations were found, as many as were looked for"
        return found.bound is not None

    def _next_level(self, level_end: int) -> int:
        """Where the next level ends. What is done with is thrown away, unless it is needed later."""
        tally, queue = self.memory.tally, self.memory.queue
        tail = int(tally[kernel.TAIL])
        if self.is_apart:
            return tail
        self._weigh()
        queue[: tail - level_end] = queue[level_end:tail]
        tally[kernel.HEAD], tally[kernel.TAIL] = 0, tail - level_end
        return tail - level_end

    def _grow(self, why: int) -> str | None:
        """Make room; or say why there can be no more."""
        memory = self.memory
        if why == kernel.TABLE_FULL:
            if self.is_apart and len(memory.table) == MOST_PLACES:
                return f"a table of {MOST_PLACES} places is as large as can be"
            self._fill(self._table(2 * len(memory.table)), memory.table)
        elif why == kernel.QUEUE_FULL:
            names = ("queue", "parents", "offsets")
            self.memory = memory._replace(**{name: _doubled(getattr(memory, name)) for name in names})
            self._weigh(sum(getattr(memory, name).nbytes for name in names))
        elif why == kernel.EDGES_FULL:
            self.memory = memory._replace(edges=_doubled(memory.edges))
            self._weigh(memory.edges.nbytes)
        elif why == kernel.COLUMN_FULL:
            self._widen()
        return None

    def _fill(self, table: Any, old: Any) -> None:
        """Fill another table with all states."""
        self.memory = self.memory._replace(table=table)
        _, codes, _, apart, *_ = self._fixed
        kernel.rehash(self.memory.queue, int(self.memory.tally[kernel.STATES]), old, table, self._shift, codes, apart)
        self._weigh(old.nbytes)

    def _widen(self) -> None:
        """Give columns more numbers, and write all codes anew."""
        memory, tally, were_apart, layout = self.memory, self.memory.tally, self.is_apart, self.memory.layout
        old_codes = self.columns.codes
        self.columns.widen()
        codes, columns = self.columns.codes, self.columns
        queue, table = memory.queue, memory.table
        if self.is_apart and not were_apart:  # so far, most states stand in the table only
            tail = int(tally[kernel.TAIL])
            done = np.setdiff1d(table[table != 0], queue[:tail])
            queue = np.concatenate([done, queue])
            self.level_end += len(done)
            tally[kernel.HEAD] += len(done)
            tally[kernel.TAIL] += len(done)
        recoded = np.zeros(len(queue) // old_codes * codes, dtype=np.uint64)
        kernel.recode(queue, layout, old_codes, recoded, columns.layout, codes)
        old = np.zeros(0 if self.is_apart else len(table), dtype=np.uint64)
        if not self.is_apart:
            kernel.recode(table, layout, old_codes, old, columns.layout, codes)
        self.memory = memory._replace(
            queue=recoded,
            layout=columns.layout,
            columns=columns.words,
            places=columns.places,
            block=np.zeros(len(memory.hashes) * codes, dtype=np.uint64),
            recent=np.zeros(RECENT, dtype=np.uint64),
        )
        self._fill(self._table(len(table)), old)

    def _fired(self) -> set[int]:
        """The labels of all steps taken, and of deliveries that changed nothing."""
        fired = set(np.flatnonzero(self.memory.fired).tolist())
        fired.update(self.compiler.rows[row].label for row in np.flatnonzero(self.memory.taken).tolist())
        seen_by = self.memory.seen.reshape(-1, self.words)
        for local, rows in enumerate(self.compiler.idle):
            if rows:
                seen = _joined(seen_by[local].tolist())
                fired |= {row.label for row in rows if seen and row.present & seen == row.present}
        return self.packing.labels_alike(fired)

    @property
    def violated(self) -> list[int]:
        """The conjuncts that were seen violated."""
        return np.flatnonzero(self.memory.violated[:: 2 + self.words]).tolist()

    def path(self, conjunct: int) -> list[int]:
        """The labels of a shortest run to the violation of a conjunct; only of a traced search."""
        violated = self.memory.violated.reshape(-1, 2 + self.words)[conjunct]
        number = int(np.flatnonzero((self._codes == self.columns.code_of(violated[2:])).all(axis=1))[0])
        parents = self.memory.parents.reshape(-1, 2)
        path, numbers = [int(violated[1])], [number]
        while parents[number, 0] >= 0:
            path.append(int(parents[number, 1]))
            number = int(parents[number, 0])
            numbers.append(number)
        states = self.columns.words_of(self._codes[numbers[::-1]])
        return self.packing.run_through([_joined(state.tolist()) for state in states], path[::-1], conjunct)

    @property
    def _codes(self) -> Any:
        """The codes of all states, a row for each; only of a traced search."""
        width = self.columns.codes
        return self.memory.queue[: int(self.memory.tally[kernel.STATES]) * width].reshape(-1, width)

    def fill(self, graph: Graph) -> None:
        """Put all states and steps into a graph."""
        memory, states, edges = self.memory, int(self.memory.tally[kernel.STATES]), int(self.memory.tally[kernel.EDGES])
        memory.offsets[int(memory.tally[kernel.HEAD]) + 1 : states + 1] = edges
        graph.width, graph.words = self.words, array_of("Q", self.columns.words_of(self._codes))
        parents, ways = memory.parents[: 2 * states], memory.edges[: 2 * edges]
        numbers = parents[::2], parents[1::2], memory.offsets[: states + 1], ways[::2], ways[1::2]
        graph.parents, graph.arrivals, graph.offsets, graph.targets, graph.labels = (
            array_of("q", of) for of in numbers
        )


def _compiled() -> int:
    """How often the kernel was compiled by this process."""
    return sum(kernel.search.stats.cache_misses.values())


def _doubled(values: Any) -> Any:
    grown = np.zeros(2 * len(values), dtype=values.dtype)
    grown[: len(values)] = values
    return grown


def _joined(words: Sequence[int]) -> int:
    """The integer that some words are."""
    return sum(word << WORD * k for k, word in enumerate(words))
