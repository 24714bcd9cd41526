"""Parties: the machines of one party, stepped by some tables, as others see it.

States and inputs are numbers here, since there is much in each, and they are looked up often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Generic, NamedTuple, TypeVar

from payrelay.conformance.separation import BREAKS
from payrelay.host.answers import Waiting, awaited, awaits, is_pending, refused
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Restart, Timeout
from payrelay.language.role import Local, RoleTable
from payrelay.language.systems import Reaction, Sent, System, react
from payrelay.model.messages.purchase import OrderAck
from payrelay.model.messages.terminal_edge import TerminalAnswer
from payrelay.wire.endpoints import endpoint_of

Locals = tuple[Local, ...]
Cell = tuple[str, str, str]
"""A table, a state and an input."""
Told = tuple[int, Input]
"""A machine, and what it is told."""
BREAKS_DOWN = "breaks down"
"""What is seen of code that ends by what it is told."""


class Stepped(NamedTuple):
    """What a party came to by an input."""

    after: int
    """The number of its states."""
    said: Any
    """What can be seen of it."""
    sent: tuple[Message, ...] = ()
    cells: frozenset[Cell] = frozenset()
    """By which cells of tables it came."""

    @property
    def has_broken(self) -> bool:
        """Whether the code ended by it."""
        return bool(self.said[0] == BREAKS_DOWN)


T = TypeVar("T")


class Numbers(Generic[T]):
    """Things by numbers, since it takes long to look up what there is much in."""

    def __init__(self) -> None:
        self.all: list[T] = []
        self._of: dict[T, int] = {}

    def of(self, thing: T) -> int:
        """The number of a thing."""
        number = self._of.setdefault(thing, len(self.all))
        if number == len(self.all):
            self.all.append(thing)
        return number


class Party:
    """The machines of one party, stepped by some tables, that see a message as some other. States and inputs are
    numbers."""

    def __init__(
        self,
        system: System,
        party: str,
        states: Numbers[Locals],
        inputs: Numbers[Told],
        edited: Mapping[str, RoleTable] | None = None,
        seen: Mapping[Input, Message] | None = None,
    ) -> None:
        self.system, self.own, self.states, self.inputs = system, system.machines_of[party], states, inputs
        self.seen = seen or {}
        self.tables = [(edited or {}).get(one.table.name, one.table) for one in system.instances]
        self._known: dict[tuple[int, int], Stepped] = {}
        self._own_inputs: dict[int, tuple[int, ...]] = {}

    @property
    def start(self) -> int:
        """The states in which they begin."""
        return self.states.of(tuple(self.system.instances[machine].initial[0] for machine in self.own))

    def step(self, state: int, told: int) -> Stepped:
        """The states after an input, and what can be seen of it."""
        key = state, told
        if key not in self._known:
            self._known[key] = self._step(state, *self.inputs.all[told])
        return self._known[key]

    def _step(self, state: int, machine: int, received: Input) -> Stepped:
        known = dict(zip(self.own, self.states.all[state], strict=True))
        try:
            reaction = react(
                self.system,
                machine,
                self.seen.get(received, received),
                known,
                lambda one, local, told: self.tables[one].step(local, told),
            )
        except BREAKS as error:
            return Stepped(state, (BREAKS_DOWN, type(error).__name__))
        known.update(reaction.after())
        said = (one.message for one in reaction.effects if isinstance(one, Sent))
        answered: set[Waiting] = set()
        sent = tuple(as_heard(one) for one in said if can_hear(one) and not answers_again(one, one.receiver, answered))
        answer = _taken(received, reaction, sent, [local.data for local in known.values()])
        cells = (
            (self.system.instances[one.machine].table.name, one.before.control, one.received.event)
            for one in reaction.moves
        )
        after = self.states.of(tuple(known[one] for one in self.own))
        return Stepped(after, (answer, sent), sent, frozenset(cells))

    def own_inputs(self, state: int) -> tuple[int, ...]:
        """The timers that run, and coming back from a crash."""
        if state not in self._own_inputs:
            locals_ = self.states.all[state]
            found = (*self.timers(locals_), *self.restarts(locals_))
            self._own_inputs[state] = tuple(map(self.inputs.of, found))
        return self._own_inputs[state]

    def timers(self, locals_: Locals) -> Iterator[Told]:
        """The timers that run."""
        for machine, local in zip(self.own, locals_, strict=True):
            for timer in self.tables[machine].timers_in(local.control):
                yield machine, Timeout(timer)

    def restarts(self, locals_: Locals) -> Iterator[Told]:
        """Coming back from a crash."""
        for machine, local in zip(self.own, locals_, strict=True):
            if self.tables[machine].rows_of(local.control, Restart().event):
                yield machine, Restart()


def _taken(received: Input, reaction: Reaction, sent: Iterable[Message], datas: Iterable[object]) -> object:
    """How an input is taken, if by anything that can be seen: refused, or answered by a page now or later."""
    if not isinstance(received, Message) or endpoint_of(received) is None:  # how a page is taken nobody is told
        return ""
    problem, waits = refused(received, reaction), awaits(received)
    if problem is not None or waits is None:
        return problem.name if problem else False
    return is_pending(waits, datas) or any(awaited(one) == waits for one in sent)


def touched(tables: Mapping[str, RoleTable], edited: Mapping[str, RoleTable]) -> Callable[[Iterable[Cell]], bool]:
    """What tells whether any of some cells is another one in the edited tables; both by their names."""
    cells, whole = set[Cell](), set[str]()
    for name, table in tables.items():
        after = edited.get(name, table)
        if table.correlation != after.correlation:
            whole.add(name)
        for cell in {(row.source, row.event) for row in set(table.rows) ^ set(after.rows)}:
            if table.rows_of(*cell) != after.rows_of(*cell):
                cells.add((name, *cell))
    return lambda tried: any(cell in cells or cell[0] in whole for cell in tried)


def can_hear(message: Message) -> bool:
    """Whether who is sent a message can hear it: a terminal, which has no address, only what it has asked for."""
    return role_of(message.receiver) != "terminal" or is_answer(message)


def as_heard(message: Message) -> Message:
    """A message as whoever is sent it hears it: without what is decided where it is heard (`given`)."""
    given: Any = {one.name: one.default for one in fields(message) if one.name in message.given}
    return replace(message, **given) if given else message


def answers_again(message: Message, to: str, answered: set[Waiting]) -> bool:
    """Whether it answers a request that was answered just before: there is nobody left who could hear it."""
    if not is_answer(message):
        return False
    waiting = to, awaited(message)[1]
    is_again = waiting in answered
    answered.add(waiting)
    return is_again


def is_answer(message: Message) -> bool:
    """Whether a message is the answer to a request of a terminal, which waits for it."""
    return isinstance(message, TerminalAnswer | OrderAck)
