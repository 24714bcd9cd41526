"""Systems: the machines of a configuration, composed, and how a party reacts to one input.

A party owns one or more machines. An input goes to one of them, which may tell others of the same party something;
all of that is one step: in a server, one database transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link, link_between, role_of
from payrelay.language.messages import Input, Message, Occurrence, Send, Stimulus, Tell
from payrelay.language.role import Answer, Handled, IllFormedModelError, Local, RoleTable
from payrelay.language.terms import parts

MOST_INPUTS_IN_A_STEP = 16


@dataclass(frozen=True)
class Instance:
    """One machine: a role's table, at a party, with its initial states."""

    party: str
    name: str
    table: RoleTable
    initial: tuple[Local, ...]
    procedure: int | None = None
    """The procedure it belongs to; None for what procedures share."""
    stimuli: tuple[Stimulus, ...] = ()
    """What the user or the world may do to it, whenever it has a row for it."""
    boundary: Callable[[Local], bool] | None = None
    """Which of its states are searched; None for all. A step out of them is not taken, and the search then says that
    it saw only a part."""

    def is_within(self, local: Local) -> bool:
        """Whether a state is one of those that are searched."""
        return self.boundary is None or self.boundary(local)

    @property
    def id(self) -> str:
        """The machine's name in the whole system: `relay/procedure-1`."""
        return f"{self.party}/{self.name}"


@dataclass(frozen=True, eq=False)
class System:
    """A configuration made concrete."""

    configuration: Configuration
    instances: tuple[Instance, ...]
    links: tuple[Link, ...]
    dispatch: Callable[[Message], str | None]
    """The name of the receiver's machine that a message belongs to; None if it belongs to none (it is dropped)."""
    choices: Callable[[Message], tuple[Message, ...]] = lambda message: (message,)
    """What the world may choose at the moment a message is received, as the variants of the message."""
    injected: tuple[Message, ...] = ()
    """What is under way from the beginning; under unbounded faults, what a dishonest party may send at any time."""
    names: Callable[[Message], int | None] = lambda _message: None
    """The procedure that a message names which a shared machine receives, or none at all; None if it names none."""
    alike: tuple[tuple[Mapping[Any, Any], ...], ...] = ()
    """Where things are alike: for each kind, how the names of each become those of the next, and the other way round.
    An input that tells them apart in another way than by name stands there too, with the input that it becomes."""
    before: tuple[tuple[str, Occurrence], ...] = ()
    """What has happened before the search begins: (machine, occurrence)."""
    initially: Callable[[tuple[Local, ...]], bool] = lambda _: True
    """Which of the ways to choose an initial state for each machine a run may begin with."""

    @cached_property
    def by_id(self) -> dict[str, int]:
        """The position of every machine, by its id."""
        return {instance.id: index for index, instance in enumerate(self.instances)}

    @cached_property
    def machines_of(self) -> dict[str, tuple[int, ...]]:
        """The positions of every party's machines."""
        parties: dict[str, tuple[int, ...]] = {}
        for index, instance in enumerate(self.instances):
            parties[instance.party] = (*parties.get(instance.party, ()), index)
        return parties

    def machine_of(self, message: Message) -> int | None:
        """The position of the machine that receives a message; None if it belongs nowhere."""
        name = self.dispatch(message)
        return None if name is None else self.by_id.get(f"{message.receiver}/{name}")

    def procedure_of(self, message: Message) -> int | None:
        """The procedure that a message belongs to: its receiver's, or the one that it names."""
        machine = self.machine_of(message)
        of = None if machine is None else self.instances[machine].procedure
        return self.names(message) if of is None else of

    @property
    def crashing(self) -> tuple[str, ...]:
        """The parties that may crash."""
        return tuple(party for party in self.machines_of if role_of(party) in self.configuration.crashing)


class Moved(NamedTuple):
    """What one machine did within a step."""

    machine: int
    before: Local
    received: Input
    answer: Answer


class Sent(NamedTuple):
    """A message on its way, and the machine and the part of the party that sent it."""

    machine: int
    message: Message
    by: str


class Reaction(NamedTuple):
    """All that a party did on one input, in order."""

    moves: tuple[Moved, ...]
    effects: tuple[Sent | tuple[int, Occurrence], ...]

    def after(self) -> dict[int, Local]:
        """The machines that were touched, with their new state."""
        changed: dict[int, Local] = {}
        for move in self.moves:
            changed[move.machine] = move.answer.after if isinstance(move.answer, Handled) else move.before
        return changed


class MachineNeeded(Exception):
    """A reaction reached a machine whose state was not given."""

    def __init__(self, machine: int) -> None:
        super().__init__(machine)
        self.machine = machine


Stepper = Callable[[int, Local, Input], Answer]


def step_by_table(system: System) -> Stepper:
    """Steps every machine by its table."""
    tables = [instance.table for instance in system.instances]
    return lambda machine, local, received: tables[machine].step(local, received)


def react(system: System, machine: int, received: Input, locals_: dict[int, Local], stepper: Stepper) -> Reaction:
    """Let a machine's party react to one input, down to the last thing that its machines tell each other.

    `locals_` gives the states of the machines; MachineNeeded is raised for one that is not in it.
    """
    party = system.instances[machine].party
    now = dict(locals_)
    moves: list[Moved] = []
    effects: list[Sent | tuple[int, Occurrence]] = []
    waiting: list[tuple[int, Input]] = [(machine, received)]
    while waiting:
        current, told = waiting.pop(0)
        if current not in now:
            raise MachineNeeded(current)
        if len(moves) == MOST_INPUTS_IN_A_STEP:
            raise IllFormedModelError(f"{party}: its machines tell each other things without end on {received.event}")
        before = now[current]
        answer = stepper(current, before, told)
        moves.append(Moved(current, before, told, answer))
        if not isinstance(answer, Handled):
            continue
        now[current] = answer.after
        for output in answer.outputs:
            if isinstance(output, Send):
                effects.append(Sent(current, _addressed(system, party, output), output.by))
            elif isinstance(output, Tell):
                waiting.append((_neighbour(system, party, output.to), output.told))
            else:
                effects.append((current, output))
    return Reaction(tuple(moves), tuple(effects))


def _addressed(system: System, party: str, output: Send) -> Message:
    link = link_between(system.links, party, output.to)
    kind = type(output.message)
    if link is None:
        raise IllFormedModelError(f"{party} sends {kind.__name__} to {output.to}, but no link joins the two")
    if kind not in link.carries and not any(isinstance(part, link.never) for part in parts(output.message)):
        raise IllFormedModelError(
            f"{party} sends {kind.__name__} to {output.to}, but {link.name} cannot carry it; "
            f"add it to the link's alphabet or send it elsewhere"
        )
    return replace(output.message, sender=party, receiver=output.to)


def _neighbour(system: System, party: str, name: str) -> int:
    machine = system.by_id.get(f"{party}/{name}")
    if machine is None:
        raise IllFormedModelError(f"{party} has no machine '{name}' to tell something to")
    return machine
