"""Sequences: every two inputs in every state, and after them what tells the state that it must be from the others.

A system under test may have a state that the model has not: after a message that is refused, or one that comes again,
it may be another one, which answers to some later message otherwise, and to no other. So whatever is tried in a state
is tried after every other thing, too (HSI with one more state: Luo, Petrenko and von Bochmann, 1994, as named in
`payrelay.conformance.separation`; Dorofeeva and others, *FSM-based conformance testing methods: a survey*, 2010). With
all of them passed there is no fault in any system that has at most one state more than the model, as far as these
inputs go, and the runs by which each state is reached first. A restart is no such input: where servers are started
anew for it, thousands would take hours, so it is tried in each state by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from payrelay.conformance.course import Arrives, Injected, Move, Place
from payrelay.conformance.exploration import Cell
from payrelay.conformance.ordering import in_turn
from payrelay.conformance.renaming import STRANGER, symbols_in
from payrelay.conformance.separation import Identifiers, whole
from payrelay.conformance.ways import Ways
from payrelay.language.messages import Message

EXTRA = 1
"""How many states more than the model a system may have."""
UNSAYABLE = "only the system under test can say what is in it"
UNDECIDED = "the world would have to decide twice"
UNIDENTIFIED = "what tells the state from others cannot be said there"


class Tried(NamedTuple):
    """An input that can be tried in a place."""

    name: str
    """What tells it from all others there."""
    move: Move
    event: str


class Told(NamedTuple):
    """A sequence of inputs in a state."""

    machine: int
    state: str
    name: str
    event: str
    """The first of them."""
    inputs: tuple[Move, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sequences(Ways):
    """The sequences of inputs of one configuration, for the parties under test."""

    @property
    def unplayed(self) -> Counter[str]:
        """How many inputs nobody can play where they would be, by why not; as far as they have been come to."""
        return Counter(self._unplayed.values())

    @cached_property
    def _unplayed(self) -> dict[tuple[tuple[Move, ...], Message], str]:
        return {}

    def told(self) -> Iterator[tuple[tuple[Move, ...], Told]]:
        """Each, with the run that reaches its state; one of each state and first input in turn. None is the beginning
        of another."""
        groups: dict[tuple[tuple[Move, ...], str], list[Cell]] = {}
        for cell, reached in self.cells.items():
            if self.is_terminal(cell[0]):  # what a terminal is told answers what it asks: one thing at a time
                continue
            groups.setdefault((reached.way, self._party(cell[0])), []).append(cell)
        return in_turn(self._in_group(way, party, cells) for (way, party), cells in groups.items())

    def _party(self, machine: int) -> str:
        return self.course.system.instances[machine].party

    def _in_group(
        self, way: tuple[Move, ...], party: str, cells: Sequence[Cell]
    ) -> Iterator[tuple[tuple[Move, ...], Told]]:
        """Those of the states that one run reaches: what stands for several of them is told once."""
        place = self.place_after(way)
        own = (message for machine, _ in cells for message in self._reaching(machine))
        alphabet = tuple(dict.fromkeys((*own, *_said(way, party))))
        for first in self._tried(party, place, way, alphabet):
            found: dict[tuple[Move, ...], Told] = {}
            for told in self._beginning(way, place, party, alphabet, cells, first):
                found.setdefault(told.inputs, told)
            for inputs in whole(found):
                yield way, found[inputs]

    def _beginning(
        self,
        way: tuple[Move, ...],
        place: Place,
        party: str,
        alphabet: Sequence[Message],
        cells: Sequence[Cell],
        first: Tried,
    ) -> Iterator[Told]:
        """All that begin with an input: what identifies the state, that of the state after it, and after another."""
        for machine, state in cells:
            for name, inputs in self._identified(machine, place, way, ()):
                if inputs[:1] == (first.move,):
                    yield Told(machine, state, f"{self._table(machine)}.{state}.0.{name}", first.event, inputs)
        begun = (first.move,)
        after = self.course.after(place, first.move).place
        for machine, state in cells:
            at = f"{self._table(machine)}.{state}.{first.name}"
            for name, inputs in self._identified(machine, after, way, begun):
                yield Told(machine, state, f"{at}.{name}", first.event, inputs)
        for second in self._tried(party, after, (*way, *begun), alphabet):
            then = self.course.after(after, second.move).place
            for machine, state in cells:
                at = f"{self._table(machine)}.{state}.{first.name}.then.{second.name}"
                both = (*begun, second.move)
                yield Told(machine, state, at, first.event, both)
                for name, inputs in self._identified(machine, then, way, both):
                    yield Told(machine, state, f"{at}.{name}", first.event, inputs)

    def _tried(self, party: str, place: Place, way: Sequence[Move], alphabet: Sequence[Message]) -> Iterator[Tried]:
        """What can be tried after a run: messages, and timers that run."""
        seen: set[Message] = set()
        numbers = Counter[str]()
        for message in alphabet:
            numbers[message.event] += 1
            fitted = self.fitted(message, way)
            if fitted in seen:
                continue
            if fitted is None or self.wishes_of([*way, Injected(fitted)]) is None:
                self._unplayed[tuple(way), message] = UNSAYABLE if fitted is None else UNDECIDED
                continue
            seen.add(fitted)
            stranger = "-stranger" if any(one.name == STRANGER for one in symbols_in(fitted)) else ""
            yield Tried(f"{message.event}-{numbers[message.event]}{stranger}", Injected(fitted), message.event)
        for timer in self.course.timers(place):
            if timer.party == party and self._may(timer.timer):
                yield Tried(f"{timer.timer}-{timer.machine.rpartition('/')[2]}", timer, timer.timer)

    def _identified(
        self, machine: int, place: Place, way: tuple[Move, ...], inputs: tuple[Move, ...]
    ) -> Iterator[tuple[str, tuple[Move, ...]]]:
        """Inputs, gone on with by each sequence that identifies the state that they lead to."""
        for number, sequence in enumerate(self._identifying(machine, self._own_part(place)), start=1):
            told = list(inputs)
            for one in sequence:
                fitted = self.fitted(one, (*way, *told))
                if fitted is None or self.wishes_of((*way, *told, Injected(fitted))) is None:
                    self._unplayed[(*way, *told), one] = UNIDENTIFIED
                    break
                told.append(Injected(fitted))
            yield str(number), tuple(told)

    def _identifying(self, machine: int, place: Place) -> tuple[tuple[Message, ...], ...]:
        key = (machine, place)
        if key not in self._known_identifying:
            control = place.locals[machine].control
            others = [where for state, where in self._states_of(machine).items() if state != control]
            self._known_identifying[key] = self._identifiers(machine).of(place, others)
        return self._known_identifying[key]

    @cached_property
    def _known_identifying(self) -> dict[object, tuple[tuple[Message, ...], ...]]:
        return {}

    def _states_of(self, machine: int) -> dict[str, Place]:
        """Each state of a machine, as the run that reaches it first leaves it."""
        return {state: self._own_part(place) for (one, state), (_, place) in self.cells.items() if one == machine}

    def _identifiers(self, machine: int) -> Identifiers[Place, Message, tuple[object, ...]]:
        if machine not in self._known_identifiers:
            inputs = [one for one in self._inputs(machine) if self._is_plain(one)]
            self._known_identifiers[machine] = Identifiers(
                self._states_of(machine).values(), inputs, lambda place, message: self._step(place, Injected(message))
            )
        return self._known_identifiers[machine]

    @cached_property
    def _known_identifiers(self) -> dict[int, Identifiers[Place, Message, tuple[object, ...]]]:
        return {}


def _said(way: Sequence[Move], party: str) -> Iterator[Message]:
    """What a party has been told in a run, which may come again."""
    for move in way:
        if isinstance(move, Arrives | Injected) and move.party == party:
            yield (move.chosen if isinstance(move, Arrives) else None) or move.message
