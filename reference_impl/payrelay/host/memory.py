"""Storage in memory: it outlives a crash of the party that uses it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from payrelay.host.storage import Armed, Changes, Machine, Outgoing


class MemoryStorage:
    """Keeps everything in dictionaries."""

    def __init__(self) -> None:
        self._machines: dict[str, Machine] = {}
        self._by_key: dict[str, str] = {}
        self._timers: dict[tuple[str, str], Armed] = {}
        self._outbox: dict[int, Outgoing] = {}
        self._made: dict[str, str] = {}
        self._records: dict[tuple[str, str], object] = {}
        self._events: list[str] = []
        self._numbers = 0

    def commit(self, changes: Changes) -> None:
        """Make a step durable."""
        for machine in changes.machines:
            self._machines[machine.name] = machine
            for key in machine.keys:
                self._by_key.setdefault(key, machine.name)
        for stopped in changes.stopped:
            self._timers.pop(stopped, None)
        for armed in changes.started:
            self._timers[armed.machine, armed.timer] = armed
        for outgoing in changes.sends:
            self._outbox[outgoing.number] = outgoing
            self._numbers = max(self._numbers, outgoing.number)
        for number in changes.sent:
            self._outbox.pop(number, None)
        self._made.update(changes.made)
        self._records.update(changes.records)
        self._events.extend(changes.events)

    def machine(self, name: str) -> Machine | None:
        """A machine by its name."""
        return self._machines.get(name)

    def find(self, key: str) -> str | None:
        """The name of the machine with a key."""
        return self._by_key.get(key)

    def machines(self, where: Iterable[tuple[str, str]] | None = None) -> Iterator[Machine]:
        """The machines that are in one of these states."""
        wanted = None if where is None else set(where)
        for _, machine in sorted(self._machines.items()):
            if wanted is None or (machine.table, machine.local.control) in wanted:
                yield machine

    def made(self, name: str) -> str | None:
        """What was signed or sealed under a name."""
        return self._made.get(name)

    def record(self, kind: str, name: str) -> object | None:
        """What was set up under a name."""
        return self._records.get((kind, name))

    def records(self, kind: str) -> Iterator[tuple[str, object]]:
        """All that was set up of a kind."""
        found = {name: record for (known, name), record in self._records.items() if known == kind}
        yield from ((name, found[name]) for name in sorted(found))

    def timers(self) -> Iterator[Armed]:
        """The timers that run, the next due first."""
        yield from sorted(self._timers.values(), key=lambda armed: (armed.due, armed.machine, armed.timer))

    def outbox(self) -> Iterator[Outgoing]:
        """What has not left yet."""
        yield from (self._outbox[number] for number in sorted(self._outbox))

    def next_number(self) -> int:
        """The number of the next that is sent."""
        return self._numbers + 1

    def events(self) -> Iterator[str]:
        """The lines of the event log."""
        yield from tuple(self._events)

    def close(self) -> None:
        """Nothing is open."""
