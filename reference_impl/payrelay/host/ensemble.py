"""The machines that one step concerns, as a system of its own, stepped by the model's own rules.

Machines are loaded, or made, as the step reaches them: a step is a pure function, so it is begun again with one machine
more until it needs no other. Nothing of the rules is repeated here: what a party does on an input, in which order its
machines take what they tell each other, and what a link can carry, is `payrelay.language.systems.react`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from payrelay.host.populations.population import WORDS, Population
from payrelay.host.storage import Machine
from payrelay.language.messages import Input
from payrelay.language.role import IllFormedModelError, Local
from payrelay.language.systems import Instance, Reaction, System, react, step_by_table
from payrelay.model.configuration import PaymentConfiguration
from payrelay.wire.endpoints import every_link

CONFIGURATION = PaymentConfiguration(name="host", says="one party of a running system, with all that links can carry")


class _NeededError(Exception):
    """A machine of these tells something to one that is not among them yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Present(dict[str, int]):
    """The machines that are there, by their ids. Who looks for another one is told that it is needed."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002
        if key not in self:
            raise _NeededError(key.partition("/")[2])
        return self[key]


class _OpenSystem(System):
    """A system in which there may be more machines than those that are there."""

    @cached_property
    def by_id(self) -> dict[str, int]:
        return _Present({instance.id: number for number, instance in enumerate(self.instances)})


@dataclass
class Ensemble:
    """The machines of one step. The first is the one that takes the input."""

    population: Population
    received: Input
    members: list[Machine] = field(default_factory=list)
    """As they were before the step."""

    @property
    def first(self) -> Machine:
        """The machine that takes the input."""
        return self.members[0]

    def react(self) -> Reaction:
        """What the party does on the input."""
        while True:
            system = self._system()
            locals_ = {number: instance.initial[0] for number, instance in enumerate(system.instances)}
            try:
                return react(system, 0, self.received, locals_, step_by_table(system))
            except _NeededError as needed:
                self._call(needed.name)

    def _system(self) -> System:
        tables, party = self.population.ground.tables, self.population.ground.party
        instances = tuple(
            Instance(party, WORDS.get(member.table, member.name), tables[member.table], (self._prepared(member),))
            for member in self.members
        )
        return _OpenSystem(CONFIGURATION, instances, every_link(), lambda _message: None)

    def _prepared(self, member: Machine) -> Local:
        return Local(member.local.control, self.population.prepared(member, self.received))

    def _call(self, called: str) -> None:
        """Let one machine more take part."""
        is_word = called in WORDS.values()
        name = self.population.neighbour(called, self.first, self.received) if is_word else called
        machine = self.population.machine(name) if name else None
        if machine is None or any(machine.name == member.name for member in self.members):
            raise IllFormedModelError(f"{self.population.ground.party} has no machine '{called}' to tell something to")
        self.members.append(machine)

    def after(self, reaction: Reaction) -> dict[str, Machine]:
        """The machines that the step changed, as they are kept from now on."""
        changed: dict[str, Machine] = {}
        for number, local in reaction.after().items():
            member = self.members[number]
            kept = Local(local.control, self.population.put_away(member, local.data))
            if kept != member.local:
                machine = replace(member, local=kept)
                changed[member.name] = replace(machine, keys=self.population.keys(machine))
        return changed
