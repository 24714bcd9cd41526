"""Onward: from all that one system reaches, what else there is if some steps are added to it.

The states of the fast engine's search are kept. A search that begins with them finds first where the added steps lead,
and then goes on with all steps, from what is new alone. What comes out is an upper bound of every system whose steps
are among these: it reaches no other states, and violates no other safety property.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from payrelay.verification.engines import kernel
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.engines.fast import PAUSE, _Search
from payrelay.verification.engines.kernel import HEAD, LEVEL_DONE, OVERFLOWN, STATES, TAIL, Program
from payrelay.verification.tables.packing import Packing

SPARE = 1 << 17
"""States for which there is room beside those that are known, before any is moved."""


class Known:
    """All states that a system reaches, as the fast engine keeps them, and the steps that lead from them."""

    _copy = np.zeros(0, dtype=np.uint64)
    """Room for a table that may be written to; one for all that are known, as only one is in use at a time."""

    def __init__(self, packing: Packing) -> None:
        search = _Search(packing, Limits())
        found = search.run()
        assert found.bound is None, "only what is whole is known"
        self.words = search.words
        self.table = search.memory.table
        states = self.table.reshape(-1, self.words)
        states = states[states[:, 0] != 0]
        self.count = len(states)
        self.frontier = np.empty((self.count + SPARE) * self.words, dtype=np.uint64)
        self.frontier[: self.count * self.words] = states.reshape(-1)
        self.program = _unwatched(search.program)
        self.violated = search.violated

    def copied_table(self) -> Any:
        """The table of all states, to be written to."""
        if len(Known._copy) < len(self.table):
            Known._copy = np.zeros(len(self.table), dtype=np.uint64)
        table = Known._copy[: len(self.table)]
        np.copyto(table, self.table)
        return table


def may_violate(known: Known, added: Packing, limits: Limits, *, has_other_restarts: bool) -> frozenset[int] | None:
    """The safety conjuncts, by number, that may be violated beside those that are, if these steps are added.

    No other can be. None if it is not known: the search ends where it is not worth while. `added` is packed as the
    known system is, and has the added steps alone, and the crashes.
    """
    return _Onward(known, added, limits).run_on(has_other_restarts)


def _unwatched(program: Program) -> Program:
    """A program that does not notice deliveries that change nothing."""
    return program._replace(idle=np.zeros_like(program.idle))


def _without_crashes(program: Program) -> Program:
    return program._replace(crashes=program.crashes[:0])


class _Onward(_Search):
    """A search that begins with all that is known."""

    def __init__(self, known: Known, added: Packing, limits: Limits) -> None:
        super().__init__(added, limits)
        self.known = known
        self.program = _unwatched(self.program)

    def _know(self) -> None:
        """Take over all that is known."""
        known, memory = self.known, self.memory
        ranges = len(memory.ranges) + 2 * (len(known.program.machines) + len(known.program.neighbours))
        seen = max(len(memory.seen), len(known.program.idle) * known.words)
        self.memory = memory._replace(
            frontier=known.frontier,
            table=known.copied_table(),
            ranges=np.zeros(ranges, dtype=np.int64),
            seen=np.zeros(seen, dtype=np.uint64),
        )
        self.memory.tally[TAIL] = self.memory.tally[STATES] = known.count
        self.memory.violated[:: 2 + self.words][known.violated] = 1
        self.most = 2 * known.count
        """The states beyond which it is not worth while."""

    def run_on(self, has_other_restarts: bool) -> frozenset[int] | None:
        """What was seen violated, if it comes to an end."""
        adds_steps = len(self.program.names) or len(self.program.losses)
        if not adds_steps and not has_other_restarts:
            return frozenset()
        self.started = time.perf_counter()
        self._know()
        begin, end = 0, self.known.count
        programs = [self.program if has_other_restarts else _without_crashes(self.program)]
        while begin < end:
            if not all(self._has_taken(program, begin, end) for program in programs):
                return None
            begin, end = end, int(self.memory.tally[TAIL])
            programs = [_without_crashes(self.known.program), self.program]
        return frozenset(self.violated).difference(self.known.violated)

    def _has_taken(self, program: Program, begin: int, end: int) -> bool:
        """Take the steps of one program from the states between two places; whether all of them could be taken."""
        tally = self.memory.tally
        tally[HEAD] = begin
        while not self._is_stopped(self.started) and tally[STATES] <= self.most and not tally[OVERFLOWN]:
            why = kernel.search(*program, *self.memory, self._shift, end, PAUSE, *self.fixed)
            if why == LEVEL_DONE:
                return not tally[OVERFLOWN]
            if why != kernel.PAUSE:
                self._grow(why)
        return False
