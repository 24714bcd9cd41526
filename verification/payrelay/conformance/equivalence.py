"""Equivalence: whether anybody could tell a variant from the role that it was made of.

Both are told the same, from the beginning, and from there everything that the kit can say, in any order: as long as
both answer the same there is nothing to see. Where that holds for every pair of states that they come to, no check of
this kind of message can ever tell them apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Restart, Timeout
from payrelay.language.role import IllFormedModelError, Local, RoleTable
from payrelay.language.systems import Sent, System, react

MOST_PAIRS = 3_000
Locals = tuple[Local, ...]


class Party:
    """The machines of one party, stepped by some tables."""

    def __init__(self, system: System, party: str, edited: Mapping[str, RoleTable] | None = None) -> None:
        self.system, self.own = system, system.machines_of[party]
        self._tables = [(edited or {}).get(one.table.name, one.table) for one in system.instances]

    @property
    def start(self) -> Locals:
        """The states in which they begin."""
        return tuple(self.system.instances[machine].initial[0] for machine in self.own)

    def step(self, locals_: Locals, machine: int, received: Input) -> tuple[Locals, Any]:
        """The states after an input, and what can be seen of it."""
        known = dict(zip(self.own, locals_, strict=True))
        try:
            reaction = react(
                self.system, machine, received, known, lambda one, local, told: self._tables[one].step(local, told)
            )
        except (IllFormedModelError, AssertionError, AttributeError, TypeError, ValueError, KeyError) as error:
            return locals_, ("breaks", type(error).__name__)
        known.update(reaction.after())
        refused = tuple(type(move.answer).__name__ == "ProtocolError" for move in reaction.moves)
        sent = tuple(one.message for one in reaction.effects if isinstance(one, Sent))
        return tuple(known[one] for one in self.own), (any(refused), sent)

    def timers(self, locals_: Locals) -> Iterator[tuple[int, Input]]:
        """The timers that run."""
        for machine, local in zip(self.own, locals_, strict=True):
            for timer in self._tables[machine].timers_in(local.control):
                yield machine, Timeout(timer)

    def restarts(self, locals_: Locals) -> Iterator[tuple[int, Input]]:
        """Coming back from a crash."""
        for machine, local in zip(self.own, locals_, strict=True):
            if self._tables[machine].rows_of(local.control, Restart().event):
                yield machine, Restart()


def difference(
    system: System, party: str, edited: Mapping[str, RoleTable], inputs: Sequence[Message], with_control: bool
) -> tuple[Input, ...] | bool | None:
    """A shortest way to tell a variant from the role: what is said to it. None if there is none, False if so many
    states were looked at that nobody can say."""
    sound, variant = Party(system, party), Party(system, party, edited)
    told = [(machine, one) for one in inputs if (machine := system.machine_of(one)) is not None]
    start = (sound.start, variant.start)
    seen = {start}
    waiting: deque[tuple[Locals, Locals, tuple[Input, ...]]] = deque([(*start, ())])
    while waiting:
        one, other, way = waiting.popleft()
        more = [*sound.timers(one), *variant.timers(other), *sound.restarts(one)] if with_control else []
        for machine, received in dict.fromkeys([*told, *more]):
            after, said = sound.step(one, machine, received)
            after_too, said_too = variant.step(other, machine, received)
            if said != said_too:
                return (*way, received)
            pair = (after, after_too)
            if pair not in seen:
                if len(seen) >= MOST_PAIRS:
                    return False
                seen.add(pair)
                waiting.append((*pair, (*way, received)))
    return None


__all__ = ["Party", "difference", "role_of"]
