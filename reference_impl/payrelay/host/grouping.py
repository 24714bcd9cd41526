"""Steps made durable together: one wait for the disk for all steps that are taken at the same moment.

Under load what takes longest is to wait for the disk. So steps can be held: they are seen by the steps after them, and
kept as one with them, in order, by one commit of the storage beneath. Whoever has steps held says nothing of any of
them before that. If that commit fails, none of them has happened, and nothing further is taken: what was read since
may have been of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from payrelay.host.storage import Armed, Changes, Machine, Outgoing, Storage, StorageError


class Grouping:
    """A storage that commits steps at once, unless they are held."""

    def __init__(self, beneath: Storage) -> None:
        self.beneath = beneath
        self._holds = False
        self._failure = ""
        self._begin()

    def _begin(self) -> None:
        """Nothing is held."""
        self._steps: list[Changes] = []
        self._machines: dict[str, Machine] = {}
        self._keys: dict[str, str] = {}
        self._made: dict[str, str] = {}
        self._records: dict[tuple[str, str], object] = {}
        self._highest = 0

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold the steps that are taken meanwhile, until they are kept."""
        self._holds = True
        try:
            yield
        finally:
            self._holds = False

    def keep(self) -> None:
        """Make all steps durable that are held. Raises StorageError, and then keeps none of them, nor any other."""
        if self._failure:
            raise StorageError(self._failure)
        if not self._steps:
            return
        try:
            self.beneath.commit(together(self._steps))
        except StorageError as error:
            self._failure = str(error)
            raise
        self._begin()

    def commit(self, changes: Changes) -> None:
        """Make a step durable, with those that were held before; or hold it."""
        if self._failure:
            raise StorageError(self._failure)
        if not self._steps and not self._holds:
            self.beneath.commit(changes)
            return
        self._steps.append(changes)
        for machine in changes.machines:
            self._machines[machine.name] = machine
            for key in machine.keys:
                self._keys.setdefault(key, machine.name)
        self._made.update(changes.made)
        self._records.update(changes.records)
        self._highest = max([self._highest, *(outgoing.number for outgoing in changes.sends)])
        if not self._holds:
            self.keep()

    def machine(self, name: str) -> Machine | None:
        """A machine by its name."""
        return self._machines.get(name) or self.beneath.machine(name)

    def find(self, key: str) -> str | None:
        """The name of the machine with a key."""
        found = self.beneath.find(key)
        return self._keys.get(key) if found is None else found

    def made(self, name: str) -> str | None:
        """What was signed or sealed under a name."""
        found = self._made.get(name)
        return self.beneath.made(name) if found is None else found

    def record(self, kind: str, name: str) -> object | None:
        """What was set up under a name."""
        at = kind, name
        return self._records[at] if at in self._records else self.beneath.record(kind, name)

    def next_number(self) -> int:
        """The number of the next that is sent."""
        return max(self._highest + 1, self.beneath.next_number())

    # What tells of many is seldom asked, and asked beneath, once all that is held is kept.

    def machines(self, where: Iterable[tuple[str, str]] | None = None) -> Iterator[Machine]:
        """The machines that are in one of these states."""
        self.keep()
        return self.beneath.machines(where)

    def records(self, kind: str) -> Iterator[tuple[str, object]]:
        """All that was set up of a kind."""
        self.keep()
        return self.beneath.records(kind)

    def timers(self) -> Iterator[Armed]:
        """The timers that run, the next due first."""
        self.keep()
        return self.beneath.timers()

    def outbox(self) -> Iterator[Outgoing]:
        """What has not left yet."""
        self.keep()
        return self.beneath.outbox()

    def events(self) -> Iterator[str]:
        """The lines of the event log."""
        self.keep()
        return self.beneath.events()

    def close(self) -> None:
        """Let go of what is open. What is held and nobody kept has not happened."""
        self.beneath.close()


def together(steps: Iterable[Changes]) -> Changes:
    """Some steps, in order, as one."""
    machines: list[Machine] = []
    timers: dict[tuple[str, str], Armed | None] = {}
    sends: list[Outgoing] = []
    sent: list[int] = []
    made: dict[str, str] = {}
    records: dict[tuple[str, str], object] = {}
    events: list[str] = []
    for step in steps:
        machines += step.machines
        timers |= dict.fromkeys(step.stopped)
        timers |= {(armed.machine, armed.timer): armed for armed in step.started}
        sends += step.sends
        sent += step.sent
        made |= step.made
        records |= step.records
        events += step.events
    return Changes(
        machines=tuple(machines),
        started=tuple(armed for armed in timers.values() if armed is not None),
        stopped=tuple(timer for timer, armed in timers.items() if armed is None),
        sends=tuple(sends),
        sent=tuple(sent),
        made=made,
        records=records,
        events=tuple(events),
    )
