"""Machines: whether an edited machine, looked at by itself, answers as its role does.

It is told everything that it is ever told, by others and by its neighbours. A party has more states than its machines
have one by one: so this is asked first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from payrelay.conformance.parties import BREAKS_DOWN, Party, Told, answers_again, is_answer, touched
from payrelay.conformance.separation import BREAKS
from payrelay.host.answers import Waiting, awaited, awaits, is_pending
from payrelay.language.messages import Input, Message, Output, Restart, Send, Tell, Timeout
from payrelay.language.role import Handled, Local, ProtocolError, RoleTable
from payrelay.model.messages.terminal_edge import ProgressInquiry
from payrelay.wire.endpoints import endpoint_of

MOST_PAIRS = 40_000
"""Pairs of states of a machine that are looked at."""
MOST_STEPS = 6_000_000
REFUSED = "refused"
Answered = tuple[object, tuple[Output, ...]]
"""How a machine takes what it is told, and what it says of it to others and its neighbours."""


Waits = frozenset[Waiting] | None
"""Who waits still since the last crash, which cut off all who did before; None if there was none. A name of a request
is used for one request, which goes to one machine."""


class Machines:
    """The machines of a party, one by one."""

    def __init__(self, sound: Party, told: Iterable[Told], with_control: bool) -> None:
        self.sound, self.system, self.told, self.with_control = sound, sound.system, tuple(told), with_control
        self._reached: dict[int, dict[Local, None]] = {}
        """By machine, the states that it comes to by everything that it is ever told."""
        self._told_once: dict[tuple[str, Input], bool] = {}

    def is_alike(self, edited: Mapping[str, RoleTable]) -> bool:
        """Whether each machine with an edited table answers the same to all that it is ever told."""
        for machine in self.sound.own:
            sound = self.sound.tables[machine]
            after = edited.get(sound.name, sound)
            if after is not sound and after != sound and not self._machine_is_alike(machine, sound, after):
                return False
        return True

    def _machine_is_alike(self, machine: int, sound: RoleTable, after: RoleTable) -> bool:
        """In all states that it comes to; where both do the same in one, there are no others to come to."""
        if self._heard is None:
            return False
        is_touched = touched({sound.name: sound}, {sound.name: after})
        waiting: deque[tuple[Local, Local, Waits]] = deque((local, local, None) for local in self._reached[machine])
        seen = set(waiting)
        while waiting:
            one, other, before = waiting.popleft()
            more = (Timeout(timer) for timer in (*sound.timers_in(one.control), *after.timers_in(other.control)))
            restart = (Restart(),) if self.with_control else ()
            for received in (*self._heard[machine], *(more if self.with_control else ()), *restart):
                if one is other and not is_touched([(sound.name, one.control, received.event)]):
                    continue
                answers = _answer(sound, one, received), _answer(after, other, received)
                waits = _waiting(before, received, answers[0][1][0])
                heard = [self._heard_of(said, waits) for _, said, _ in answers]
                if heard[0] != heard[1]:
                    return False
                then = answers[0][0], answers[1][0], _unanswered(waits, heard[0])
                if then[0] != then[1] and then not in seen:
                    if len(seen) >= MOST_PAIRS:
                        return False
                    seen.add(then)
                    waiting.append(then)
        return True

    def _heard_of(self, said: Answered, waits: Waits) -> Answered:
        """What comes of what a machine says: whom a crash has cut off hears nothing, and a neighbour is told something
        once, if to be told it twice is all the same."""
        held, outputs = said
        first = tuple(
            one
            for number, one in enumerate(outputs)
            if not (isinstance(one, Send) and _is_cut_off(one.message, waits))
            and (one not in outputs[:number] or not isinstance(one, Tell) or not self._is_told_once(one.to, one.told))
        )
        return held, first

    def _is_told_once(self, neighbour: str, told: Input) -> bool:
        """Whether a neighbour that is told something twice does what it does if told once, whatever state it is in."""
        key = neighbour, told
        if key not in self._told_once:
            self._told_once[key] = all(self._changes_nothing(*one, told) for one in self._reached_by(neighbour))
        return self._told_once[key]

    def _changes_nothing(self, table: RoleTable, local: Local, told: Input) -> bool:
        after, (_, outputs), _ = _answer(table, local, told)
        answered: set[Waiting] = set()
        for one in outputs:
            if isinstance(one, Send):
                answers_again(one.message, one.to, answered)
        again, (_, more), _ = _answer(table, after, told)
        return again == after and all(
            isinstance(one, Send) and answers_again(one.message, one.to, answered) for one in more
        )

    def _reached_by(self, neighbour: str) -> Iterator[tuple[RoleTable, Local]]:
        assert self._heard is not None
        for machine, found in self._reached.items():
            if self.system.instances[machine].name == neighbour:
                yield from ((self.sound.tables[machine], local) for local in found)

    @cached_property
    def _heard(self) -> dict[int, dict[Input, None]] | None:
        """By machine, everything that it is ever told: by others, and by its neighbours whatever these are told. None
        if that has no end here."""
        heard: dict[int, dict[Input, None]] = {machine: {} for machine in self.sound.own}
        reached = self._reached
        for machine, message in self.told:
            heard[machine][message] = None
        for machine in self.sound.own:
            reached[machine] = {self.system.instances[machine].initial[0]: None}
        by_name = {self.system.instances[machine].name: machine for machine in self.sound.own}
        done: set[tuple[int, Local, Input]] = set()
        is_new = True
        while is_new:
            is_new = False
            for machine in self.sound.own:
                table = self.sound.tables[machine]
                for local in tuple(reached[machine]):
                    timers = tuple(Timeout(timer) for timer in table.timers_in(local.control))
                    for received in (*heard[machine], *timers, Restart()):
                        if (machine, local, received) in done:
                            continue
                        done.add((machine, local, received))
                        if len(done) > MOST_STEPS:
                            return None
                        is_new = True
                        after, _, told = _answer(table, local, received)
                        reached[machine].setdefault(after)
                        for name, what in told:
                            if name in by_name:
                                heard[by_name[name]].setdefault(what)
        return heard


def _answer(table: RoleTable, local: Local, received: Input) -> tuple[Local, Answered, tuple[tuple[str, Input], ...]]:
    """What a machine comes to, how it takes an input and what it says, and what of that is for neighbours."""
    try:
        answer = table.step(local, received)
    except BREAKS as error:
        return local, ((BREAKS_DOWN, type(error).__name__), ()), ()
    if not isinstance(answer, Handled):
        return (
            local,
            (_held(local, received, REFUSED if isinstance(answer, ProtocolError) else "passed over"), ()),
            (),
        )
    answered: set[Waiting] = set()
    outputs = tuple(
        one
        for one in answer.outputs
        if isinstance(one, Tell) or (isinstance(one, Send) and not answers_again(one.message, one.to, answered))
    )
    told = tuple((one.to, one.told) for one in outputs if isinstance(one, Tell))
    return answer.after, (_held(answer.after, received, ""), outputs), told


def _waiting(waits: Waits, received: Input, held: object) -> Waits:
    """Who waits as something is told, unless it is refused."""
    if isinstance(received, Restart):
        return frozenset()
    request = awaits(received) if isinstance(received, Message) and held != REFUSED else None
    return waits if waits is None or request is None else waits | {request}


def _unanswered(waits: Waits, heard: Answered) -> Waits:
    """Who waits still once something was said."""
    if waits is None:
        return None
    return waits - {awaited(one.message) for one in heard[1] if isinstance(one, Send) and is_answer(one.message)}


def _is_cut_off(message: Message, waits: Waits) -> bool:
    return waits is not None and is_answer(message) and awaited(message) not in waits


def _held(after: Local, received: Input, otherwise: str) -> object:
    """Whether a machine refuses a request, or holds it."""
    if not isinstance(received, Message) or endpoint_of(received) is None:
        return False  # how it takes a page, a timer or a user nobody is told
    if otherwise == REFUSED or (otherwise and isinstance(received, ProgressInquiry)):  # that has another token
        return REFUSED
    waits = awaits(received)
    return waits is not None and (otherwise, is_pending(waits, [after.data]))
