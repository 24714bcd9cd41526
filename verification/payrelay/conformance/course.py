"""Course: a run of the model, move by move, with all that is under way.

Of the parties some are under test, and the kit plays the others; here they are all the model's. What may come next is
enumerated, so that a search finds how to bring the party under test into each of its states, and what a move comes to
is told, so that whoever performs it knows what has to be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from payrelay.conformance.disbelief import TERMS, disbelieved
from payrelay.language.messages import Input, Message, Restart, Stimulus, Timeout
from payrelay.language.role import Answer, Handled, Local
from payrelay.language.systems import Reaction, Sent, System, react

MOST_KNOWN = 1 << 16
"""Of so many moves it is remembered what they come to."""


@dataclass(frozen=True)
class Arrives:
    """A message that is under way arrives."""

    message: Message
    chosen: Message | None = None
    """As the world chose it to be for its receiver, if there was a choice."""
    stays: bool = False
    """Whether a copy stays under way."""

    @property
    def party(self) -> str:
        """Who moves."""
        return self.message.receiver


@dataclass(frozen=True)
class Lost:
    """A message that is under way never arrives."""

    message: Message


@dataclass(frozen=True)
class Done:
    """The user does something."""

    machine: str
    stimulus: Stimulus

    @property
    def party(self) -> str:
        """Who moves."""
        return self.machine.partition("/")[0]


@dataclass(frozen=True)
class RanOut:
    """A timer of a machine has run out."""

    machine: str
    timer: str

    @property
    def party(self) -> str:
        """Who moves."""
        return self.machine.partition("/")[0]


@dataclass(frozen=True)
class Injected:
    """A message arrives that nobody has sent: what a party sends that does not keep to its role."""

    message: Message

    @property
    def party(self) -> str:
        """Who moves."""
        return self.message.receiver


@dataclass(frozen=True)
class Spoilt:
    """A message arrives with one thing wrong in its bytes, that was sent or not; what was sent stays under way."""

    message: Message
    aspect: str
    """What is wrong: the name of a spoiling of `payrelay.wire.spoilings`."""
    at: str = ""
    """Where, as a JSON pointer into the message; empty for all of it."""
    refused: str = ""
    """How it must be refused, as the spoiling says."""

    @property
    def party(self) -> str:
        """Who moves."""
        return self.message.receiver


@dataclass(frozen=True)
class Crashed:
    """A party crashes, and is back with what was durable."""

    party: str


Move = Arrives | Lost | Done | RanOut | Injected | Spoilt | Crashed


class _Place(NamedTuple):
    locals: tuple[Local, ...]
    under_way: tuple[Message, ...]


class Place(_Place):
    """Where a run is: the state of each machine, and what is under way, the oldest first."""

    def __hash__(self) -> int:
        """That of what it is, computed once: there is much in it, and it is looked up often."""
        if not hasattr(self, "_hash"):
            self._hash = super().__hash__()
        return self._hash


class Next(NamedTuple):
    """What a move comes to."""

    place: Place
    reactions: tuple[Reaction, ...]
    """What machines did; none if the message belongs to no machine, or nobody moved."""

    @property
    def sent(self) -> tuple[Sent, ...]:
        """What was sent, in order."""
        return tuple(one for reaction in self.reactions for one in reaction.effects if isinstance(one, Sent))


class Course:
    """The runs of a system, as whoever plays all parties but those under test sees them.

    What several parties under test say to each other nobody else hears, and nobody can hold up: it arrives before
    anything else does, the oldest first.
    """

    after: Callable[[Place, Move], Next]
    """What a move comes to, in a place."""

    def __init__(self, system: System, under_test: frozenset[str] = frozenset()) -> None:
        self.system = system
        self._inside = under_test if len(under_test) > 1 else frozenset[str]()
        tables = [instance.table for instance in system.instances]

        @cache
        def step(machine: int, local: Local, received: Input) -> Answer:
            return tables[machine].step(local, received)

        @cache
        def reaction(machine: int, received: Input, locals_: tuple[tuple[int, Local], ...]) -> Reaction:
            return react(system, machine, received, dict(locals_), step)

        self._reaction = reaction
        self.after = lru_cache(MOST_KNOWN)(self._settled if self._inside else self._after)

    @property
    def start(self) -> Place:
        """Where every run begins."""
        return Place(tuple(instance.initial[0] for instance in self.system.instances), self.system.injected)

    def local(self, place: Place, machine: str) -> Local:
        """The state of a machine, by its id."""
        return place.locals[self.system.by_id[machine]]

    def reacts(self, place: Place, machine: int, received: Input) -> Reaction:
        """What the party of a machine does on an input, in a place."""
        own = self.system.machines_of[self.system.instances[machine].party]
        return self._reaction(machine, received, tuple((one, place.locals[one]) for one in own))

    def _settled(self, place: Place, move: Move) -> Next:
        """What a move comes to once parties under test have said to each other all that comes of it."""
        place, reactions = self._after(place, move)
        while (message := next(filter(self._is_inside, place.under_way), None)) is not None:
            arrived = self._after(place, Arrives(message))
            place, reactions = arrived.place, (*reactions, *arrived.reactions)
        return Next(place, tuple(map(self._heard, reactions)))

    def _is_inside(self, message: Message) -> bool:
        return message.sender in self._inside and message.receiver in self._inside

    def _heard(self, reaction: Reaction) -> Reaction:
        """What others hear of a reaction."""
        heard = (one for one in reaction.effects if not (isinstance(one, Sent) and self._is_inside(one.message)))
        return reaction._replace(effects=tuple(heard))

    def _after(self, place: Place, move: Move) -> Next:
        match move:
            case Arrives(message, chosen, stays):
                under_way = place.under_way if stays else _without(place.under_way, message)
                return self._received(Place(place.locals, under_way), chosen or message)
            case Injected(message):
                return self._received(place, message)
            case Spoilt(message, aspect, at, refused):
                if refused in TERMS:  # an object in it is not believed: what comes of that is for the role to say
                    return self._received(place, disbelieved(message, refused, at, aspect))
                return Next(place, ())
            case Lost(message):
                return Next(Place(place.locals, _without(place.under_way, message)), ())
            case Done(machine, stimulus):
                return self._moved(place, self.system.by_id[machine], stimulus)
            case RanOut(machine, timer):
                return self._moved(place, self.system.by_id[machine], Timeout(timer))
            case Crashed(party):
                return self._restarted(place, party)

    def _received(self, place: Place, message: Message) -> Next:
        machine = self.system.machine_of(message)
        return Next(place, ()) if machine is None else self._moved(place, machine, message)

    def _moved(self, place: Place, machine: int, received: Input) -> Next:
        reaction = self.reacts(place, machine, received)
        changed = reaction.after()
        locals_ = tuple(changed.get(number, local) for number, local in enumerate(place.locals))
        sent = tuple(one.message for one in reaction.effects if isinstance(one, Sent))
        return Next(Place(locals_, (*place.under_way, *sent)), (reaction,))

    def _restarted(self, place: Place, party: str) -> Next:
        reactions: tuple[Reaction, ...] = ()
        for machine in self.system.machines_of[party]:
            table = self.system.instances[machine].table
            if table.rows_of(place.locals[machine].control, Restart().event):
                place, done = self._moved(place, machine, Restart())
                reactions += done
        return Next(place, reactions)

    # --- what may come next

    def arrivals(self, place: Place) -> Iterator[Arrives]:
        """Everything that may arrive, in each way that the world may choose."""
        for message in dict.fromkeys(place.under_way):
            for chosen in self.system.choices(message):
                yield Arrives(message, None if chosen == message else chosen)

    def deeds(self, place: Place) -> Iterator[Done]:
        """Everything that a user may do."""
        for number, instance in enumerate(self.system.instances):
            control = place.locals[number].control
            for stimulus in instance.stimuli:
                if any(
                    row.is_enabled(place.locals[number].data, stimulus)
                    for row in instance.table.rows_of(control, stimulus.event)
                ):
                    yield Done(instance.id, stimulus)

    def timers(self, place: Place) -> Iterator[RanOut]:
        """Every timer that runs."""
        for number, instance in enumerate(self.system.instances):
            for timer in instance.table.timers_in(place.locals[number].control):
                yield RanOut(instance.id, timer)


def is_taken(after: Next) -> bool:
    """Whether a machine acts on a move: has a row for what happens in it."""
    return any(isinstance(moved.answer, Handled) for reaction in after.reactions for moved in reaction.moves)


def _without(messages: tuple[Message, ...], one: Message) -> tuple[Message, ...]:
    place = messages.index(one)
    return (*messages[:place], *messages[place + 1 :])
