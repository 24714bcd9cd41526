"""The fast engine: the table engine's search over the same packed system, compiled.

It needs numba, which is the extra `fast`. Its states are the table engine's, bit for bit; so is its graph, number for
number.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from payrelay.verification.engines import kernel
from payrelay.verification.engines.exploration import Exploration, Graph, Limits, limit_reached
from payrelay.verification.engines.kernel import (
    BLOCK,
    EDGES_FULL,
    FRONTIER_FULL,
    LEVEL_DONE,
    TABLE_FULL,
    Memory,
    Program,
)
from payrelay.verification.tables.channels import MOST_COPIES, Field
from payrelay.verification.tables.packing import WORD, Packed, Packing

PAUSE = 1 << 14
"""States between two looks at the limits."""
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
        found.violations = {conjunct: traced.path(conjunct) for conjunct in search.violated}
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
        self._local_states: list[tuple[int, int, int, int]] = []
        self._neighbours: list[tuple[int, int]] = []
        self._joint: list[tuple[int, int]] = []

    def program(self) -> Program:
        """Everything that the kernel reads."""
        packing = self.packing
        base = np.cumsum([0, *packing.sizes])
        for machine, size in enumerate(packing.sizes):
            for local in range(size):
                self._add(machine, local)
        checks = [check for row in self.rows for check in row.checks]
        ends = np.cumsum([0, *(len(row.checks) for row in self.rows)]).tolist()
        budgets = [packing.budgets.get(name) for name in ("losses", "duplicates", "crashes", "early_timeouts")]
        lost = [(place, label, 0) for place, label in packing.strays]
        lost += [(place, label, 1) for place, label in packing.losses]
        begin = np.cumsum([0, *(len(tables[0]) for _, tables in packing.exchanged)]).tolist()
        last = np.cumsum([0, *(len(machines) for machines, _ in packing.crashes)]).tolist()
        crashing = [(machine, restarted) for machines, _ in packing.crashes for machine, restarted in machines]
        begins = np.cumsum([0, *(packing.sizes[machine] for machine, _ in crashing)]).tolist()
        return Program(
            machines=_words(
                (m.shift // WORD, m.shift % WORD, m.mask, int(base[n])) for n, m in enumerate(packing.machines)
            ),
            local_states=_numbers(self._local_states),
            neighbours=_numbers(self._neighbours),
            joint=_numbers(self._joint),
            idle=np.array([bool(rows) for rows in self.idle], dtype=np.bool_),
            guards=self._wide(self._guard(row) for row in self.rows),
            updates=self._wide((row.keep, row.put) for row in self.rows),
            counts=self._counts(),
            names=_numbers((row.label, ends[n], ends[n + 1]) for n, row in enumerate(self.rows)),
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
            alike=_words((one.shift // WORD, one.shift % WORD) for one in packing.alike),
            alike_mask=_words((one.mask,) for one in packing.alike),
            exchanged=_words(
                (one.shift // WORD, one.shift % WORD, one.mask, begin[n])
                for n, (one, _) in enumerate(packing.exchanged)
            ),
            exchange=_words(
                [table for _, tables in packing.exchanged for table in tables[number]]
                for number in range(len(packing.alike) - 1)
            ),
        )

    def _add(self, machine: int, local: int) -> None:
        """Take the rewrites of a machine in a local state."""
        rewrites = self.packing.alone[machine][local]
        place = self.packing.machines[machine]
        idle = [] if self.is_recorded else [row for row in rewrites if _is_idle(row, place, local)]
        self.idle.append(idle)
        left_out = set(map(id, idle))
        first, first_neighbour = len(self.rows), len(self._neighbours)
        self.rows += [row for row in rewrites if id(row) not in left_out]
        last = len(self.rows)
        for other, by_local in self.packing.joint[machine][local].items():
            self._neighbours.append((other, len(self._joint)))
            for its in range(self.packing.sizes[other]):
                begins = len(self.rows)
                self.rows += by_local.get(its, [])
                self._joint.append((begins, len(self.rows)))
        self._local_states.append((first, last, first_neighbour, len(self._neighbours)))

    def _guard(self, row: Packed) -> tuple[int, int]:
        """Which bits matter, and what they must be. Where copies are counted, the message is looked at apart."""
        present = 0 if self.is_counted else row.present
        return row.care | present, row.want | present

    def _counts(self) -> Any:
        rows = self.rows if self.is_counted else []
        width = self.words
        return _words((*_split_sum(row.delta, width), *_split(row.quiet, width)) for row in rows)

    def _taken(self, row: Packed) -> tuple[int, ...]:
        """Word and mask of the message, one copy of it, whether it must be quiet, and the second label."""
        if not row.present:
            return 0, 1, 0, int(bool(row.quiet)), max(0, row.second)  # a bit that is always set
        word = (row.present.bit_length() - 1) // WORD
        mask = row.present >> WORD * word
        return word, mask, (mask & -mask) * (row.second >= 0), 0, max(0, row.second)

    def _wide(self, rows: Iterable[Sequence[int]]) -> Any:
        return _words([part for value in row for part in _split(value, self.words)] for row in rows)

    @staticmethod
    def _of_word(mask: int, shift: int) -> tuple[int, int]:
        return mask << shift % WORD, 1 << shift % WORD


def _is_idle(row: Packed, place: Field, local: int) -> bool:
    """A step that changes nothing, whatever the state: whether it happens is looked up afterwards."""
    is_still = row.keep == ~place.care and row.put == local << place.shift and not row.delta
    return is_still and not (row.care or row.checks or row.quiet)


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
        sizes = (self.words, self.compiler.is_counted, self.is_traced, is_recorded, len(packing.alike))
        self.fixed = tuple((0,) * size for size in sizes)
        self.memory = self._memory()
        self.found = Exploration()

    def _memory(self) -> Memory:
        packing, words = self.packing, self.words
        rows = BLOCK + max(len(packing.labels), len(packing.initial)) + 1  # a state takes each label at most once
        room = 2 * rows
        places = 1 << (2 * room).bit_length()
        traced, recorded = int(self.is_traced), int(self.is_recorded)
        ranges = len(self.program.machines) + len(self.program.neighbours)  # more than there are
        return Memory(
            frontier=np.empty(room * words, dtype=np.uint64),
            table=np.zeros(places * words, dtype=np.uint64),
            numbers=np.empty(places * traced, dtype=np.int64),
            parents=np.empty(2 * room * traced, dtype=np.int64),
            offsets=np.zeros(room * recorded, dtype=np.int64),
            edges=np.empty(2 * room * recorded, dtype=np.int64),
            seen=np.zeros(len(self.program.idle) * words, dtype=np.uint64),
            fired=np.zeros(len(packing.labels), dtype=np.uint8),
            violated=np.zeros(len(packing.watched) * (2 + words), dtype=np.uint64),
            tally=np.zeros(7, dtype=np.int64),
            block=np.zeros(rows * words, dtype=np.uint64),
            places=np.zeros(rows, dtype=np.int64),
            origins=np.full(2 * rows, -1, dtype=np.int64),
            ranges=np.zeros(2 * ranges, dtype=np.int64),
        )

    @property
    def _shift(self) -> Any:
        """What a hash is shifted by to be a place in the table."""
        return np.uint64(WORD + 1 - (len(self.memory.table) // self.words).bit_length())

    def run(self) -> Exploration:
        """The search, level by level."""
        started = time.perf_counter()
        tally, found = self.memory.tally, self.found
        self._begin()
        level_end = int(tally[kernel.TAIL])
        try:
            while not self._is_stopped(started):
                given: tuple[Any, ...] = (*self.program, *self.memory, self._shift, level_end, PAUSE, *self.fixed)
                why = kernel.search(*given)
                if why == LEVEL_DONE:
                    level_end = self._next_level(level_end)
                    if tally[kernel.HEAD] == level_end:
                        break
                    found.depth += 1
                elif why != kernel.PAUSE:
                    self._grow(why)
        except KeyboardInterrupt:
            found.interrupted, found.bound = True, "interrupted"
        if tally[kernel.OVERFLOWN]:
            found.bound = found.bound or f"over {MOST_COPIES} copies of one message were under way"
        self._count(started)
        found.fired = self._fired()
        found.bound = found.bound or self.packing.bound_of(found.fired)
        return found

    def _begin(self) -> None:
        memory, initial = self.memory, self.packing.initial
        memory.block[: len(initial) * self.words] = _words(_split(state, self.words) for state in initial)
        program = self.program
        order = (program.alike, program.alike_mask, program.exchanged, program.exchange)
        given = (*order, memory.frontier, memory.table, memory.numbers, memory.parents, memory.edges, memory.tally)
        words, _, traced, _, components = self.fixed
        rest = (memory.block, memory.places, memory.origins, len(initial), self._shift, words, traced, components)
        kernel.insert(*given, *rest)

    def _count(self, started: float) -> None:
        tally, found = self.memory.tally, self.found
        found.states, found.steps = int(tally[kernel.STATES]), int(tally[kernel.STEPS])
        found.seconds = time.perf_counter() - started
        self._weigh()

    def _weigh(self, *beside: Any) -> None:
        """See how much memory is taken, with what is there beside it while something grows."""
        arrays = {id(array): array.nbytes for array in (*self.program, *self.memory, *beside)}
        self.found.bytes = max(self.found.bytes, sum(arrays.values()))

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
        tally, frontier = self.memory.tally, self.memory.frontier
        tail = int(tally[kernel.TAIL])
        if self.is_traced:
            return tail
        frontier[: (tail - level_end) * self.words] = frontier[level_end * self.words : tail * self.words]
        tally[kernel.HEAD], tally[kernel.TAIL] = 0, tail - level_end
        return tail - level_end

    def _grow(self, why: int) -> None:
        memory = self.memory
        if why == TABLE_FULL:
            new = np.zeros(2 * len(memory.table), dtype=np.uint64)
            numbers = np.empty(2 * len(memory.numbers), dtype=np.int64)
            self.memory = memory._replace(table=new, numbers=numbers)
            kernel.rehash(memory.table, new, memory.numbers, numbers, self._shift, self.fixed[0])
        elif why == FRONTIER_FULL:
            names = ("frontier", "parents", "offsets")
            self.memory = memory._replace(**{name: _doubled(getattr(memory, name)) for name in names})
        elif why == EDGES_FULL:
            self.memory = memory._replace(edges=_doubled(memory.edges))
        self._weigh(*memory)

    def _fired(self) -> set[int]:
        """The labels of all steps taken, and of deliveries that changed nothing."""
        fired = set(np.flatnonzero(self.memory.fired).tolist())
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
        number = int(np.flatnonzero((self._states == violated[2:]).all(axis=1))[0])
        parents = self.memory.parents.reshape(-1, 2)
        path, states = [int(violated[1])], [_joined(violated[2:].tolist())]
        while parents[number, 0] >= 0:
            path.append(int(parents[number, 1]))
            number = int(parents[number, 0])
            states.append(_joined(self._states[number].tolist()))
        return self.packing.run_through(states[::-1], path[::-1], conjunct)

    @property
    def _states(self) -> Any:
        """All states, each as its words; only of a traced search."""
        count = int(self.memory.tally[kernel.STATES])
        return self.memory.frontier[: count * self.words].reshape(-1, self.words)

    def fill(self, graph: Graph) -> None:
        """Put all states and steps into a graph."""
        memory, states = self.memory, int(self.memory.tally[kernel.STATES])
        packed, width = self._states.astype("<u8").tobytes(), WORD // 8 * self.words
        graph.states = [int.from_bytes(packed[at : at + width], "little") for at in range(0, len(packed), width)]
        parents = memory.parents[: 2 * states].reshape(-1, 2)
        graph.parents = list(zip(parents[:, 0].tolist(), parents[:, 1].tolist(), strict=True))
        edges = int(memory.tally[kernel.EDGES])
        offsets = memory.offsets[: states + 1]
        offsets[int(memory.tally[kernel.HEAD]) + 1 :] = edges
        graph.offsets, graph.targets, graph.labels = map(
            _array, (offsets, memory.edges[: 2 * edges : 2], memory.edges[1 : 2 * edges : 2])
        )


def _doubled(values: Any) -> Any:
    grown = np.zeros(2 * len(values), dtype=values.dtype)
    grown[: len(values)] = values
    return grown


def _array(values: Any) -> array[int]:
    numbers = array("q")
    numbers.frombytes(np.ascontiguousarray(values).tobytes())
    return numbers


def _joined(words: Sequence[int]) -> int:
    """The integer that some words are."""
    return sum(word << WORD * k for k, word in enumerate(words))
