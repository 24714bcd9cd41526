"""The reference follower: sets of whole states, stepped by the roles themselves, without tables, clusters or memory.

It is written to be read: what the follower of payrelay.observation says must be what is said here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from payrelay.language.links import link_between, role_of
from payrelay.language.messages import Input, Message, Restart, Timeout
from payrelay.language.observations import RECEIVED, SENT, Point, Sight
from payrelay.language.role import Handled, Local
from payrelay.language.systems import Reaction, Sent, System, react, step_by_table


class Whole(NamedTuple):
    """A whole system at one moment."""

    locals: tuple[Local, ...]
    under_way: frozenset[Message]
    """Everything that was ever sent; of what is seen when it is sent, only what was told."""
    owed: frozenset[tuple[Message, int]]
    """What was sent and has to be told, and how often."""


class ReferenceFollower:
    """Follows events: `(message, SENT or RECEIVED)`."""

    def __init__(self, system: System, seen: Sight) -> None:
        self.system, self.seen = system, seen
        self._stepper = step_by_table(system)
        choices = product(*(instance.initial for instance in system.instances))
        begin = [one for one in choices if system.initially(one)]
        self.states = self._closure(Whole(one, frozenset(system.injected), frozenset()) for one in begin)

    def feed(self, message: Message, direction: str) -> bool:
        """Follow an event; whether it is explained. If it is not, nothing changes."""
        after = self._closure(self._after(message, direction))
        if not after:
            return False
        self.states = after
        return True

    def may(self, message: Message, direction: str) -> bool:
        """Whether an event may come next."""
        return any(True for _ in self._after(message, direction))

    def _after(self, message: Message, direction: str) -> Iterator[Whole]:
        for state in self.states:
            if direction == RECEIVED:
                if message in state.under_way:
                    yield from self._received(state, message)
            elif message in dict(state.owed):
                yield _told(state, message)
            else:
                for _, received, after in self._steps(state):
                    is_unseen = not isinstance(received, Message) or not self._is_seen(received, RECEIVED)
                    if is_unseen and message in dict(after.owed) and message not in dict(state.owed):
                        yield _told(after, message)

    def _received(self, state: Whole, message: Message) -> Iterator[Whole]:
        machine = self.system.machine_of(message)
        if machine is None:
            yield state
            return
        for received in self.system.choices(message):
            yield from self._step(state, machine, received)

    def _is_seen(self, message: Message, direction: str) -> bool:
        link = link_between(self.system.links, message.sender, message.receiver)
        party = message.sender if direction == SENT else message.receiver
        return link is not None and Point(link.name, role_of(party), direction) in self.seen

    def _closure(self, states: Iterable[Whole]) -> set[Whole]:
        found = set(states)
        waiting = list(found)
        while waiting:
            state = waiting.pop()
            for _, received, after in self._steps(state):
                is_unseen = not isinstance(received, Message) or not self._is_seen(received, RECEIVED)
                if is_unseen and after.owed == state.owed and after not in found:
                    found.add(after)
                    waiting.append(after)
        return found

    def _steps(self, state: Whole) -> Iterator[tuple[int, Input, Whole]]:
        """Everything that can happen: (machine, what it takes, what comes of it)."""
        for message in state.under_way:
            machine = self.system.machine_of(message)
            for received in self.system.choices(message) if machine is not None else ():
                for after in self._step(state, machine or 0, received):
                    yield machine or 0, message, after
        for machine, (instance, local) in enumerate(zip(self.system.instances, state.locals, strict=True)):
            timers = [
                timer for timer in instance.table.timers_in(local.control) if self.system.configuration.runs(timer)
            ]
            for given in (*instance.stimuli, *map(Timeout, timers)):
                for after in self._step(state, machine, given, must_be_handled=True):
                    yield machine, given, after
        for party in self.system.crashing:
            if not self._owes(state, party):
                locals_ = list(state.locals)
                for machine in self.system.machines_of[party]:
                    answer = self._stepper(machine, locals_[machine], Restart())
                    locals_[machine] = answer.after if isinstance(answer, Handled) else locals_[machine]
                yield 0, Restart(), state._replace(locals=tuple(locals_))

    def _owes(self, state: Whole, party: str) -> bool:
        return any(message.sender == party for message, _ in state.owed)

    def _step(self, state: Whole, machine: int, received: Input, must_be_handled: bool = False) -> Iterator[Whole]:
        if self._owes(state, self.system.instances[machine].party):
            return
        reaction: Reaction = react(self.system, machine, received, dict(enumerate(state.locals)), self._stepper)
        if must_be_handled and not isinstance(reaction.moves[0].answer, Handled):
            return
        changed = reaction.after()
        if not all(self.system.instances[one].is_within(local) for one, local in changed.items()):
            return
        locals_ = tuple({**dict(enumerate(state.locals)), **changed}.values())
        owed, under_way = dict(state.owed), set(state.under_way)
        for effect in reaction.effects:
            if isinstance(effect, Sent):
                if self._is_seen(effect.message, SENT):
                    owed[effect.message] = owed.get(effect.message, 0) + 1
                else:
                    under_way.add(effect.message)
        yield Whole(locals_, frozenset(under_way), frozenset(owed.items()))


def _told(state: Whole, message: Message) -> Whole:
    owed = dict(state.owed)
    owed[message] -= 1
    left = frozenset((one, number) for one, number in owed.items() if number)
    return state._replace(owed=left, under_way=state.under_way | {message})
