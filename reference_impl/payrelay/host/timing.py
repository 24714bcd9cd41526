"""Timers: which of them run, and until when.

A timer that a state's rows name runs while one of these rows would take it: from when the machine enters the state, or
a guard of the row begins to hold, until it leaves, or none does any more. So the period in which a request may wait
(`hold_time`) begins with the first that waits, and nothing is asked twice that is asked once (`doubt_time`). One that
has run out, and would be taken again, begins anew; whatever else leaves the machine in its state does not touch it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from payrelay.host.storage import Armed, Machine
from payrelay.language.messages import Timeout
from payrelay.language.role import Handled, Local, RoleTable

Timers = dict[tuple[str, str], Armed]


def wanted(table: RoleTable, local: Local) -> tuple[str, ...]:
    """The timers that run in a state."""
    return tuple(
        timer for timer in table.timers_in(local.control) if isinstance(table.step(local, Timeout(timer)), Handled)
    )


@dataclass
class Wakings:
    """The timers of a party, as they are kept."""

    periods: Mapping[str, float]
    tables: Mapping[str, RoleTable]
    armed: Timers = field(default_factory=dict)

    def next(self) -> Armed | None:
        """The timer that runs out next; None if none runs."""
        return min(self.armed.values(), key=lambda one: (one.due, one.machine, one.timer), default=None)

    def started(self, before: Machine | None, after: Machine, now: float, fired: str | None) -> Iterator[Armed]:
        """What begins to run as a machine changes, or as one of its timers ran out."""
        stays = before is not None and before.local.control == after.local.control
        for timer in wanted(self.tables[after.table], after.local):
            if not (stays and timer != fired and (after.name, timer) in self.armed):
                yield Armed(after.name, timer, now + self.periods[timer])

    def stopped(self, after: Machine) -> Iterator[tuple[str, str]]:
        """What does not run any more."""
        runs = wanted(self.tables[after.table], after.local)
        for timer in self.tables[after.table].timers:
            if timer not in runs and (after.name, timer) in self.armed:
                yield after.name, timer

    def keep(self, started: tuple[Armed, ...], stopped: tuple[tuple[str, str], ...]) -> None:
        """A step was made durable."""
        for name in stopped:
            del self.armed[name]
        for armed in started:
            self.armed[armed.machine, armed.timer] = armed
