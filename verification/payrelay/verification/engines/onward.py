"""Onward: from all that one system reaches, what else there is if some steps are added to it.

The states of the fast engine's search are kept. A search that begins with them finds first where the added steps lead,
and then goes on with all steps, from what is new alone. What comes out is an upper bound of every system whose steps
are among these: it reaches no other states, and violates no other safety property.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np

from payrelay.verification.engines import kernel, lists
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.engines.fast import _Search
from payrelay.verification.engines.kernel import HEAD, LEVEL_DONE, OVERFLOWN, STATES, TAIL
from payrelay.verification.engines.programs import zeros
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
        self.columns = search.columns
        self.table = search.memory.table
        self.count = found.states
        width = search.columns.codes
        self.queue = np.zeros((self.count + SPARE) * width, dtype=np.uint64)
        codes = search.memory.queue[: self.count * width] if search.is_apart else self.table[self.table != 0]
        self.queue[: self.count * width] = codes
        self.compiler, self.program, self.noted = search.compiler, search.program, search.noted
        self.violated = search.violated

    def copied_table(self) -> Any:
        """The table of all states, to be written to."""
        if len(Known._copy) < len(self.table) or Known._copy.dtype != self.table.dtype:
            Known._copy = zeros(len(self.table), self.table.dtype)
        table = Known._copy[: len(self.table)]
        np.copyto(table, self.table)
        return table


def may_violate(known: Known, added: Packing, limits: Limits, *, has_other_restarts: bool) -> frozenset[int] | None:
    """The safety conjuncts, by number, that may be violated beside those that are, if these steps are added.

    No other can be. None if it is not known: the search ends where it is not worth while. `added` is packed as the
    known system is, and has the added steps alone, and the crashes.
    """
    return _Onward(known, added, limits).run_on(has_other_restarts)


def _without_crashes(program: Any) -> Any:
    return program._replace(crashes=program.crashes[:0])


class _Turn(NamedTuple):
    """Steps that are taken in turn with others, and what the kernel notes down of them."""

    compiler: Any
    program: Any
    noted: Any


class _Onward(_Search):
    """A search that begins with all that is known."""

    def __init__(self, known: Known, added: Packing, limits: Limits) -> None:
        super().__init__(added, limits)
        self.known = known

    def _know(self) -> None:
        """Take over all that is known."""
        known, memory = self.known, self.memory
        self.columns = columns = known.columns.copied()
        rewrites = max(len(self.compiler.rows), len(known.compiler.rows))
        self.memory = memory._replace(
            queue=known.queue,
            table=known.copied_table(),
            layout=columns.layout,
            sizes=columns.sizes,
            columns=columns.words,
            places=columns.places,
            block=np.zeros(len(memory.hashes) * columns.codes, dtype=np.uint64),
            taken=np.zeros(rewrites, dtype=np.uint8),
        )
        self.turns = [
            _Turn(self.compiler, self.program, self._notes.room(self.program, columns)),
            _Turn(known.compiler, _without_crashes(known.program), self._notes.copied(known.noted)),
        ]
        self.memory.tally[TAIL] = self.memory.tally[STATES] = known.count
        self.memory.violated[:: 2 + self.words][known.violated] = 1
        self.most = 2 * known.count
        """The states beyond which it is not worth while."""

    def run_on(self, has_other_restarts: bool) -> frozenset[int] | None:
        """What was seen violated, if it comes to an end."""
        adds_steps = self.compiler.rows or len(self.program.losses)
        if not adds_steps and not has_other_restarts:
            return frozenset()
        self.started = time.perf_counter()
        self._know()
        added = self.turns[0]
        begin, end = 0, self.known.count
        if not has_other_restarts:  # what crashes lead to is known
            self.turns[0] = added._replace(program=_without_crashes(added.program))
        turns = [0]
        while begin < end:
            if not all(self._has_taken(turn, begin, end) for turn in turns):
                return None
            begin, end = end, int(self.memory.tally[TAIL])
            self.turns[0] = self.turns[0]._replace(program=added.program)
            turns = [1, 0]
        return frozenset(self.violated).difference(self.known.violated)

    def _has_taken(self, turn: int, begin: int, end: int) -> bool:
        """Take the steps of one program from the states between two places; whether all of them could be taken."""
        tally = self.memory.tally
        tally[HEAD], self.level_end = begin, end
        self.compiler, self.program, self.noted = self.turns[turn]
        try:
            while not self._is_stopped(self.started) and tally[STATES] <= self.most and not tally[OVERFLOWN]:
                why = self._go_on()
                if why == LEVEL_DONE:
                    return not tally[OVERFLOWN]
                if why != kernel.PAUSE and self._grow(why):
                    return False
            return False
        finally:
            self.turns[turn] = self.turns[turn]._replace(noted=self.noted)

    def _widen(self) -> None:
        super()._widen()
        self.turns = [one._replace(noted=lists.widened(one.noted, one.program, self.columns)) for one in self.turns]
