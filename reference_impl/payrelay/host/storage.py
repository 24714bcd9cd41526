"""Storage: what a party must not forget, as an interface, and how one step of it is made durable.

A party is the only one that writes to its storage, and takes one step at a time. So a step reads what it needs, and
then hands over all that it changed at once (`Changes`): either all of it is durable when `commit` returns, or nothing
of it is kept and `StorageError` is raised. There is no other way to write, and nothing to roll back.

Values are handed over as they are: dataclasses of the model, of `payrelay.wire.set_up` and of `payrelay.host.records`,
tuples, frozen sets, terms. A form that writes them somewhere must give back equal ones, and of what came over the wire
also its bytes (`payrelay.wire.terms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from payrelay.language.role import Local
from payrelay.wire.exchange import Request


class StorageError(Exception):
    """What was to be kept could not be made durable, or what was kept cannot be read. One line that says why."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it is kept."""

    name: str
    """Its name at this party: `procedure-relay.relay_txn.Jx...`."""
    table: str
    """The name of its role's table: `relay_procedure`."""
    local: Local
    keys: tuple[str, ...] = ()
    """By what messages find it, beside its name; of several machines with the same key the first to have it."""
    owner: str = ""
    """The machine that opened it and that it tells things by a word (`directory`, `enrolment`); empty if none did."""


@dataclass(frozen=True, slots=True)
class Armed:
    """A timer that runs."""

    machine: str
    timer: str
    due: float
    """When it runs out, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request on its way to another party: bytes, as they are sent however often."""

    number: int
    """Its place among all that this party ever sends. Numbers grow."""
    receiver: str
    request: Request


@dataclass(frozen=True, slots=True)
class Changes:
    """All that one step changes. Whatever is empty stays as it was."""

    machines: tuple[Machine, ...] = ()
    """Machines, new or in place of what they were. None is ever removed by a step."""
    started: tuple[Armed, ...] = ()
    """Timers that run from now on, each in place of the same one of that machine."""
    stopped: tuple[tuple[str, str], ...] = ()
    """Timers that run no more: (machine, timer)."""
    sends: tuple[Outgoing, ...] = ()
    """What goes into the outbox."""
    sent: tuple[int, ...] = ()
    """The numbers of what leaves it: sent, whatever came of it."""
    made: Mapping[str, str] = field(default_factory=dict)
    """What was signed and sealed (`Keyring.made`)."""
    records: Mapping[tuple[str, str], object] = field(default_factory=dict)
    """What was set up, or noted beside the machines: by kind and name."""
    events: tuple[str, ...] = ()
    """Lines of the event log, in order."""


class Storage(Protocol):
    """What a party keeps. Every reading method sees all that was committed, and nothing else."""

    def commit(self, changes: Changes) -> None:
        """Make a step durable. Raises StorageError, and then keeps nothing of it."""
        ...

    def machine(self, name: str) -> Machine | None:
        """A machine by its name; None if there is none."""
        ...

    def find(self, key: str) -> str | None:
        """The name of the machine with a key; None if none has it."""
        ...

    def machines(self, where: Iterable[tuple[str, str]] | None = None) -> Iterator[Machine]:
        """The machines that are in one of these states: (table, control state); all, if nothing is said. By name."""
        ...

    def made(self, name: str) -> str | None:
        """What was signed or sealed under a name; None if nothing was."""
        ...

    def record(self, kind: str, name: str) -> object | None:
        """What was set up under a name; None if nothing was."""
        ...

    def records(self, kind: str) -> Iterator[tuple[str, object]]:
        """All that was set up of a kind, with its name, by name."""
        ...

    def timers(self) -> Iterator[Armed]:
        """The timers that run, the next due first."""
        ...

    def outbox(self) -> Iterator[Outgoing]:
        """What has not left yet, in order of numbers."""
        ...

    def next_number(self) -> int:
        """The number of the next that is sent: more than of any that ever was in the outbox."""
        ...

    def events(self) -> Iterator[str]:
        """The lines of the event log, in order."""
        ...

    def close(self) -> None:
        """Let go of what is open. What was committed stays."""
        ...
