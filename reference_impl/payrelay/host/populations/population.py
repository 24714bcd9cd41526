"""What populations have in common: machines that are loaded where they are, and made where they are not.

The model has so many machines of each party as a configuration says, and gives each its identifiers beforehand. A
server has any number. So the identifiers that the model has in a configuration are made here, from the randomness that
the host is given, at the moment when a machine is needed; what a role keeps of all machines that there may be (the
fresh procedures of a directory, the transactions of a wallet's store) is put into its data for one step, and taken out
again before they are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payrelay.host.identifiers import fresh_identifier
from payrelay.host.names import name_for
from payrelay.host.storage import Machine, Storage
from payrelay.host.world import World
from payrelay.language.messages import Input, Message, Occurrence
from payrelay.language.role import Local, RoleTable
from payrelay.language.terms import Symbol
from payrelay.wire.problem_documents import Problem

WORDS: Mapping[str, str] = {
    "terminal": "purchase",
    "registration_terminal": "registration",
    "relay_directory": "directory",
    "shop_order": "order",
    "enrolment": "enrolment",
    "payment_account": "account",
}
"""What the model calls the machines of which one step concerns one at most, by their tables."""


@dataclass(frozen=True)
class Ground:
    """What a population is made from."""

    party: str
    security: str
    world: World
    storage: Storage
    tables: Mapping[str, RoleTable]
    random: Callable[[int], bytes]
    recipients: frozenset[str]
    """For whom the party can seal."""

    def text(self) -> str:
        """An identifier that nobody has."""
        return fresh_identifier(self.random)

    def fresh(self, kind: str) -> Symbol:
        """A symbol that nobody has."""
        return Symbol(kind, self.text())


class Population:
    """The machines of a party."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.planned: dict[str, Machine] = {}
        """The machines that this step may open."""
        self.records: dict[tuple[str, str], object] = {}
        """What this step notes beside the machines."""

    def begin(self) -> None:
        """A step begins."""
        self.planned.clear()
        self.records.clear()

    def entry(self, message: Message) -> str | Problem | None:
        """The name of the machine that takes a message; None if it belongs to none, and nothing can be said."""
        return self.known(name_for(message))

    def known(self, name: str | None) -> str | None:
        """The name of the machine that has this name or key; None if there is none."""
        if name is None:
            return None
        return name if self.machine(name) else self.ground.storage.find(name)

    def record(self, kind: str, name: str) -> object | None:
        """What is kept of a kind under a name, or was noted in this step."""
        return self.records.get((kind, name)) or self.ground.storage.record(kind, name)

    def machine(self, name: str) -> Machine | None:
        """A machine by its name, planned or kept."""
        return self.planned.get(name) or self.ground.storage.machine(name)

    def plan(self, name: str, table: str, data: Any, control: str = "", owner: str = "") -> Machine:
        """Let this step open a machine, if it comes to that."""
        local = Local(control or self.ground.tables[table].initial, data)
        machine = self.planned[name] = Machine(name, table, local, owner=owner)
        return machine

    def neighbour(self, word: str, first: Machine, received: Input) -> str | None:
        """The name of the machine that a role of this party calls by a word."""
        return first.owner or None

    def prepared(self, machine: Machine, received: Input) -> Any:
        """The data of a machine as its role expects them in this step."""
        return machine.local.data

    def put_away(self, machine: Machine, data: Any) -> Any:
        """The data of a machine as they are kept. What is kept beside it, is noted in `records`."""
        return data

    def origin(self, machine: Machine, received: Input) -> str | None:
        """What tells the run that an input begins from all others; None if it begins none."""
        return None

    def happened(self, machine: Machine, occurrence: Occurrence) -> None:
        """Something happened inside a machine. What must be kept of that for ever, is noted in `records`."""

    def keys(self, machine: Machine) -> tuple[str, ...]:
        """The keys of a machine: what it became known by."""
        return ()

    def given(self, message: Any, now: int) -> Message:
        """A message with what its receiver fills in, and `read` does not."""
        return message  # type: ignore[no-any-return]

    def set_up(self, thing: Any) -> tuple[Machine, ...]:
        """The machines that come with something that is set up. What it is, is noted in `records`."""
        return ()

    def sent(self, message: Any) -> Message:
        """A message as it leaves."""
        return message  # type: ignore[no-any-return]
