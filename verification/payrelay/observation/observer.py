"""The observer: follows the events of a running system, one at a time, each procedure for itself.

Events that name the same procedure are followed together; those that name none belong to the procedure of whatever
symbol of theirs has been seen before, unless it is of a kind that procedures share. What a procedure may be is a set
of hypotheses: of which system, with which names for its values, and where in it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from payrelay.language.links import role_of
from payrelay.language.observations import RECEIVED, SENT, Event, OpenValues, Point, Sight, every_point
from payrelay.language.properties import Atom
from payrelay.language.systems import System
from payrelay.observation.following import (
    DOUBTFUL_RECEPTION,
    KINDS,
    OLD_RECEPTION,
    RECEPTION,
    SENDING,
    Follower,
    Place,
)
from payrelay.observation.lines import Apart, Line, LineReader, as_event
from payrelay.observation.naming import PARTY, SEALED, Binding, Group, Naming, Value
from payrelay.observation.store import MOST, Store
from payrelay.verification.tables.tabulation import Tabulation

MOST_HYPOTHESES = 64
ALONE = "\x00"
"""Begins the name of a procedure that the log does not name."""


@dataclass(slots=True)
class Hypothesis:
    """What a procedure may be."""

    system: int
    binding: Binding
    place: Place
    events: array[int]
    """What its events were, as codes of that system; kept if runs are to be told."""


class Way(NamedTuple):
    """What an event may be under a hypothesis."""

    hypothesis: Hypothesis
    new: dict[Value, str]
    """By name, the values of the names that had none before."""
    renewed: dict[str, str]
    """Of each class that is taken anew for this request, the value."""
    code: int
    place: Place
    exhibited: int


@dataclass
class Procedure:
    """What is followed together."""

    hypotheses: list[Hypothesis]
    lines: array[int] = field(default_factory=lambda: array("Q"))
    """The numbers of its events in the log."""


class Answer(NamedTuple):
    """What the observer says of one event."""

    is_explained: bool
    procedure: str
    """What it was followed with."""
    exhibited: int = 0
    """A bit for each of what was looked for and is certain to have happened with it."""
    is_followed: bool = True
    """Whether it was seen at all: not if it could not be read, or if its link is hidden."""


NOTHING: dict[str, str] = {}
UNSEEN = Answer(True, "", 0, False)


class Watching(NamedTuple):
    """A system that procedures may be runs of, as it is looked at."""

    naming: Naming
    follower: Follower


class Observer:
    """Follows events. One that is not explained is not taken, and changes nothing."""

    def __init__(
        self,
        systems: Sequence[System],
        open_values: OpenValues,
        seen: Sight | None = None,
        *,
        looked_for: Sequence[Atom] = (),
        correlates: bool = True,
        remembers: bool = True,
        most: int = MOST,
    ) -> None:
        """`seen`: all links, if nothing is said. `correlates`: events may come that name no procedure. `remembers`:
        the events of each procedure are kept, so that its run can be told."""
        self.seen = every_point(link for system in systems for link in system.links) if seen is None else seen
        self._hidden = every_point(link for system in systems for link in system.links) - self.seen
        """What is there to be seen and is not looked at. What is told from anywhere else is no run of the model."""
        self.open_values = open_values
        self.watching = [self._watching(system, looked_for) for system in systems]
        self.correlates = correlates
        self.remembers = remembers
        self.procedures: Store[Procedure] = Store(most)
        self._symbols: Store[str] = Store(most * 16)
        self._start = [
            Hypothesis(number, Binding.empty(), watching.follower.start, array("I"))
            for number, watching in enumerate(self.watching)
        ]
        self.followed = 0
        """How many events were followed."""
        self.started = 0
        """How many procedures there were."""

    def _watching(self, system: System, looked_for: Sequence[Atom]) -> Watching:
        tables = Tabulation(system)
        return Watching(Naming(tables, self.open_values), Follower(tables, self.seen, looked_for))

    def reader(self) -> LineReader:
        """What reads the lines of a log that is fed to this observer."""
        return LineReader([watching.naming for watching in self.watching])

    def close(self) -> None:
        """Give back what was put aside."""
        self.procedures.close()
        self._symbols.close()

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one event

    def feed(self, event: Event | Line, line: int = 0) -> Answer:
        """Follow an event. `line` is its number in the log."""
        if isinstance(event, Event) and event.message is None:
            return UNSEEN
        if self._hidden:
            seen_at = event.sender if event.direction == SENT else event.receiver
            if (event.link, role_of(seen_at), event.direction) in self._hidden:
                return UNSEEN
        apart: dict[int, Apart] = {}
        name = event.procedure or self._correlated(event, apart)
        procedure = self.procedures.get(name)
        hypotheses = self._start if procedure is None else procedure.hypotheses
        ways = [way for hypothesis in hypotheses for way in self._ways(hypothesis, event, apart)]
        if not ways:
            return Answer(False, name)
        self.followed += 1
        if procedure is None:
            self.started += 1
            procedure = Procedure([])
            self.procedures.put(name, procedure)
        if len(procedure.hypotheses) == len(ways) == 1:
            self._go(procedure.hypotheses[0], ways[0])
        else:
            after = [self._gone(way) for way in ways]
            procedure.hypotheses = after if len(after) == 1 else _distinct(after)[:MOST_HYPOTHESES]
        exhibited = ways[0].exhibited
        for way in ways[1:]:
            exhibited &= way.exhibited
        if self.remembers:
            procedure.lines.append(line)
        if self.correlates:
            self._know(name, ways)
        return Answer(True, name, exhibited)

    def _ways(self, hypothesis: Hypothesis, event: Event | Line, apart: dict[int, Apart]) -> Iterator[Way]:
        """What an event may be under a hypothesis."""
        number = hypothesis.system
        if number not in apart:
            apart[number] = self._apart(number, event)
        group, values = apart[number]
        if group is None:
            return
        naming, follower = self.watching[number]
        is_sent = event.direction == SENT
        renewed = {group.classes[place]: values[place] for place in group.introduces} if is_sent else NOTHING
        for message, new in naming.named(group, values, hypothesis.binding, not group.answers or self._requests(event)):
            if is_sent:
                code = message * KINDS + SENDING
            elif group.answers:
                code = message * KINDS + self._reception(event, group, values, hypothesis.binding)
            else:
                code = message * KINDS + RECEPTION
            found = follower.after(hypothesis.place, code)
            if found is not None:
                yield Way(hypothesis, new, renewed, code, *found)

    def _go(self, hypothesis: Hypothesis, way: Way) -> None:
        """Let a hypothesis become what it is after an event."""
        hypothesis.place = way.place
        if way.new:
            hypothesis.binding.add(way.new)
        if way.renewed:
            hypothesis.binding.latest.update(way.renewed)
        if self.remembers:
            hypothesis.events.append(way.code)

    def _gone(self, way: Way) -> Hypothesis:
        """What a hypothesis is after an event, where it may be something else as well."""
        before = way.hypothesis
        after = Hypothesis(before.system, before.binding.copy(), before.place, before.events[:])
        self._go(after, way)
        return after

    def _apart(self, number: int, event: Event | Line) -> Apart:
        """The messages of a system that have the form of an event's, and its values."""
        naming = self.watching[number].naming
        if isinstance(event, Line):
            if event.naming is naming:
                return event.group, event.values
            if event.name not in naming.messages_named:
                return None, ()
        form, values = naming.apart_event(as_event(event))
        return naming.groups.get(form), values

    def _reception(self, event: Event | Line, group: Group, values: tuple[str, ...], binding: Binding) -> int:
        """What sort of reception an answer is: one to an older request than the last is passed over."""
        point = Point(event.link, role_of(event.receiver), SENT)
        if point not in self.seen:
            return DOUBTFUL_RECEPTION
        is_latest = all(binding.latest.get(group.classes[place]) == values[place] for place in group.answers)
        return RECEPTION if is_latest else OLD_RECEPTION

    def _requests(self, event: Event | Line) -> bool:
        """Whether the requests that an event answers are seen, at either end."""
        return (
            Point(event.link, role_of(event.receiver), SENT) in self.seen
            or Point(event.link, role_of(event.sender), RECEIVED) in self.seen
        )

    # --- which procedure it is

    def _correlated(self, event: Event | Line, apart: dict[int, Apart]) -> str:
        for number in range(len(self.watching)):
            apart[number] = group, values = self._apart(number, event)
            for symbol in self._own(group, values) if group else ():
                if (known := self._symbols.get(symbol)) is not None:
                    return known
        return f"{ALONE}{self.started + 1}"

    def _own(self, group: Group, values: tuple[str, ...]) -> Iterator[str]:
        """The symbols among values that only one procedure has."""
        for of, value in zip(group.classes, values, strict=True):
            if self._is_own(of):
                yield f"{of} {value}"

    def _is_own(self, of: str) -> bool:
        open_values = self.open_values
        is_text = of in open_values.texts or of in open_values.written or of == "Hash"
        return not (is_text or of.startswith((PARTY, SEALED)) or of in open_values.shared)

    def _know(self, name: str, ways: Sequence[Way]) -> None:
        for way in ways:
            for (of, _), value in way.new.items():
                if self._is_own(of) and self._symbols.get(symbol := f"{of} {value}") is None:
                    self._symbols.put(symbol, name)

    # --- what may come next

    def place_of(self, procedure: str) -> list[Hypothesis]:
        """What a procedure may be: the start of every system, if nothing was seen of it."""
        known = self.procedures.get(procedure)
        return list(self._start) if known is None else list(known.hypotheses)

    def allowed(self, procedure: str = "") -> list[Event]:
        """What may come next of a procedure; first of all, if it was not heard of before.

        Values that are known are those of the log, and others go by the names that the model has for them.
        """
        from payrelay.observation.telling import event_told

        found: dict[str, Event] = {}
        for hypothesis in self.place_of(procedure):
            watching = self.watching[hypothesis.system]
            for code in watching.follower.possible(hypothesis.place):
                event = event_told(watching, hypothesis.binding, code, procedure)
                found.setdefault(event.to_line(), event)
        return list(found.values())


def _distinct(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Those that differ in what may come."""
    found: list[Hypothesis] = []
    for one in hypotheses:
        if not any(_alike(one, other) for other in found):
            found.append(one)
    return found


def _alike(one: Hypothesis, other: Hypothesis) -> bool:
    return one.system == other.system and one.place == other.place and one.binding == other.binding
