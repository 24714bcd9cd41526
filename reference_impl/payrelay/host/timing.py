"""Timers: which of them run, and until when.

A timer that a state's rows name runs while one of these rows would take it: from when the machine enters the state, or
a guard of the row begins to hold, until it leaves, or none does any more. So the period in which a request may wait
(`hold_time`) begins with the first that waits, and nothing is asked twice that is asked once (`doubt_time`). One that
has run out, and would be taken again, begins anew; whatever else leaves the machine in its state does not touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from payrelay.host.storage import Armed, Machine
from payrelay.language.messages import Timeout
from payrelay.language.role import Local, RoleTable

Timers = dict[tuple[str, str], Armed]
MOST_IN_VAIN = 1000
"""How many more may stand in the order of what runs out than run."""


def wanted(table: RoleTable, local: Local) -> tuple[str, ...]:
    """The timers that run in a state: those that one of its rows would take, which is asked without taking it."""
    return tuple(timer for timer in table.timers_in(local.control) if _is_taken(table, local, Timeout(timer)))


def _is_taken(table: RoleTable, local: Local, timeout: Timeout) -> bool:
    if table.correlation is not None and not table.correlation(local.data, timeout):
        return False
    return any(row.is_enabled(local.data, timeout) for row in table.rows_of(local.control, timeout.timer))


@dataclass
class Wakings:
    """The timers of a party, as they are kept."""

    periods: Mapping[str, float]
    tables: Mapping[str, RoleTable]
    armed: Timers = field(default_factory=dict)
    _order: list[tuple[float, str, str]] = field(default_factory=list)
    """When each runs out, as a heap; and of those that run no more, which are passed over when they come up."""

    def next(self) -> Armed | None:
        """The timer that runs out next; None if none runs."""
        while self._order:
            due, machine, timer = self._order[0]
            armed = self.armed.get((machine, timer))
            if armed is not None and armed.due == due:
                return armed
            heappop(self._order)
        return None

    def changed(
        self, before: Machine | None, after: Machine, now: float, fired: str | None
    ) -> tuple[list[Armed], list[tuple[str, str]]]:
        """What begins to run as a machine changes, or as one of its timers ran out; and what does not run any more."""
        table = self.tables[after.table]
        runs = wanted(table, after.local)
        stays = before is not None and before.local.control == after.local.control
        started = [
            Armed(after.name, timer, now + self.periods[timer])
            for timer in runs
            if not (stays and timer != fired and (after.name, timer) in self.armed)
        ]
        stopped = [
            (after.name, timer) for timer in table.timers if timer not in runs and (after.name, timer) in self.armed
        ]
        return started, stopped

    def keep(self, started: Iterable[Armed], stopped: Iterable[tuple[str, str]]) -> None:
        """A step was made durable."""
        for name in stopped:
            del self.armed[name]
        for armed in started:
            self.armed[armed.machine, armed.timer] = armed
            heappush(self._order, (armed.due, armed.machine, armed.timer))
        if len(self._order) > len(self.armed) + MOST_IN_VAIN:
            self._order = [(armed.due, armed.machine, armed.timer) for armed in self.armed.values()]
            heapify(self._order)
