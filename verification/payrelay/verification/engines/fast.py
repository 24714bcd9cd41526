"""The fast engine: the table engine's search over the same packed system, compiled.

It needs numba, which is the extra `fast`. Its states are the table engine's, bit for bit; so is its graph, number for
number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from payrelay.verification.engines import kernel, lists, narrow_kernel, wide_kernel
from payrelay.verification.engines.arrays import array_of
from payrelay.verification.engines.columns import Columns
from payrelay.verification.engines.exploration import Exploration, Graph, Limits, limit_reached
from payrelay.verification.engines.instructions import BUCKET
from payrelay.verification.engines.kernel import BLOCK, LEVEL_DONE, RECENT, Memory
from payrelay.verification.engines.narrow import NarrowCompiler
from payrelay.verification.engines.programs import doubled, joined, split, words, zeros
from payrelay.verification.engines.wide import WideCompiler
from payrelay.verification.tables.channels import MOST_COPIES
from payrelay.verification.tables.packing import WORD, Packing

PAUSE = 1 << 14
"""States between two looks at the limits."""
LARGE = 1 << 17
"""Places of a table beyond which it is given twice the room and not four times, when it is full."""
MOST_PLACES = 1 << 31
"""Of a table of numbers, which are of 32 bits."""


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
        self.is_wide = self.words > 1
        self._kernel: Any = wide_kernel if self.is_wide else narrow_kernel
        self._notes: Any = lists if self.is_wide else narrow_kernel
        self.compiler = (WideCompiler if self.is_wide else NarrowCompiler)(packing, is_recorded)
        self.program: Any = self.compiler.program()
        self.columns = Columns(packing.parts if self.is_wide else ())
        self.found = Exploration(is_ready=False)
        self.memory = self._memory()
        self.noted = self._notes.room(self.program, self.columns)
        """What the kernel notes down of this program."""
        self.level_end = 0

    @property
    def is_apart(self) -> bool:
        """Whether the table holds numbers, and the queue all states."""
        return self.is_traced or self.columns.codes > 1

    @property
    def _fixed(self) -> tuple[tuple[int, ...], ...]:
        """What the kernel is compiled for."""
        flags = (self.compiler.is_counted, self.is_apart, self.is_traced, self.is_recorded, bool(self.packing.path))
        return tuple((0,) * size for size in (self.columns.codes, *flags))

    def _memory(self) -> Memory:
        packing, width = self.packing, self.words
        rows = BLOCK + max(len(packing.labels), len(packing.initial)) + 1  # a state takes each label at most once
        room = 2 * rows
        traced, recorded = int(self.is_traced), int(self.is_recorded)
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
            fired=np.zeros(len(packing.labels), dtype=np.uint8),
            taken=np.zeros(len(self.compiler.rows), dtype=np.uint8),
            violated=np.zeros(len(packing.watched) * (2 + width), dtype=np.uint64),
            tally=np.zeros(kernel.TALLIES, dtype=np.int64),
            block=np.zeros(rows * self.columns.codes, dtype=np.uint64),
            hashes=np.zeros(rows, dtype=np.uint64),
            origins=np.full(2 * rows, -1, dtype=np.int64),
            recent=np.zeros(RECENT, dtype=np.uint64),
            after=np.zeros(width, dtype=np.uint64),
            images=np.zeros(2 * width, dtype=np.uint64),
        )

    def _table(self, places: int) -> Any:
        return zeros(places, np.uint32 if self.is_apart or self.packing.bits <= 32 else np.uint64)

    @property
    def _shift(self) -> Any:
        """What a hash is shifted by to be a bucket of the table."""
        return np.uint64(WORD + 1 - (len(self.memory.table) // BUCKET).bit_length())

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
        given = (self.program, self.memory, self.noted, self._shift, self.level_end, PAUSE, *self._fixed)
        why: int = self._kernel.search(*given)
        if _compiled() > compiled:
            self.found.compiling += time.perf_counter() - began
        self.found.is_ready = True
        return why

    def _begin(self) -> None:
        states = words(split(state, self.words) for state in self.packing.initial)
        while True:
            codes, _, apart, traced, _, alike = self._fixed
            if self._kernel.insert(self.program, self.memory, states, self._shift, codes, apart, traced, alike) != 0:
                return
            self._grow(kernel.COLUMN_FULL)

    def _count(self, started: float) -> None:
        tally, found = self.memory.tally, self.found
        found.states, found.steps = int(tally[kernel.STATES]), int(tally[kernel.STEPS])
        found.seconds = time.perf_counter() - started
        self._weigh()

    def _weigh(self, beside: int = 0) -> None:
        """Take note of the memory in use: tables whole, of what is filled from its beginning that part."""
        memory, tally = self.memory, self.memory.tally
        filled = int(tally[kernel.TAIL]) * 8 * self.columns.codes + self.columns.filled
        filled += 16 * int(tally[kernel.STATES]) * self.is_traced
        filled += (8 * int(tally[kernel.HEAD]) + 16 * int(tally[kernel.EDGES])) * self.is_recorded
        whole = memory.table.nbytes + memory.places.nbytes
        filled += self._notes.bytes_of(self.noted)
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
            times = 4 if len(memory.table) < LARGE else 2
            self._fill(self._table(times * len(memory.table)), memory.table)
        elif why == kernel.QUEUE_FULL:
            names = ("queue", "parents", "offsets")
            self.memory = memory._replace(**{name: doubled(getattr(memory, name)) for name in names})
            self._weigh(sum(getattr(memory, name).nbytes for name in names))
        elif why == kernel.EDGES_FULL:
            self.memory = memory._replace(edges=doubled(memory.edges))
            self._weigh(memory.edges.nbytes)
        elif why == kernel.COLUMN_FULL:
            self._widen()
        elif why == kernel.LISTS_FULL:
            self.noted = lists.larger(self.noted)
        return None

    def _fill(self, table: Any, old: Any) -> None:
        """Fill another table with all states."""
        self.memory = self.memory._replace(table=table)
        codes, _, apart, *_ = self._fixed
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
        self.noted = lists.widened(self.noted, self.program, self.columns)

    def _fired(self) -> set[int]:
        """The labels of all steps taken, and of deliveries that changed nothing."""
        fired = set(np.flatnonzero(self.memory.fired).tolist())
        fired.update(self.compiler.rows[row].label for row in np.flatnonzero(self.memory.taken).tolist())
        fired.update(self.compiler.unnoticed(self.noted))
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
        return self.packing.run_through([joined(state.tolist()) for state in states], path[::-1], conjunct)

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
    """How often a kernel was compiled by this process."""
    return sum(sum(search.stats.cache_misses.values()) for search in _SEARCHES)


_SEARCHES: tuple[Any, ...] = (narrow_kernel.search, wide_kernel.search)
