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
from payrelay.observation.naming import Binding, Form, Group, Named, Naming
from payrelay.observation.store import MOST, Store
from payrelay.verification.tables.tabulation import Tabulation

MOST_HYPOTHESES = 64
ALONE = "\x00"
"""Begins the name of a procedure that the log does not name."""


class Hypothesis(NamedTuple):
    """What a procedure may be."""

    system: int
    binding: Binding
    place: Place
    events: array[int]
    """What its events were, as codes of that system; kept if runs are to be told."""


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

    def close(self) -> None:
        """Give back what was put aside."""
        self.procedures.close()
        self._symbols.close()

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one event

    def feed(self, event: Event, line: int = 0) -> Answer:
        """Follow an event. `line` is its number in the log."""
        seen_at = event.sender if event.direction == SENT else event.receiver
        if event.message is None or (event.link, role_of(seen_at), event.direction) in self._hidden:
            return UNSEEN
        apart: dict[int, tuple[Form, tuple[str, ...]]] = {}
        name = event.procedure or self._correlated(event, apart)
        procedure = self.procedures.get(name)
        hypotheses = self._start if procedure is None else procedure.hypotheses
        after: list[Hypothesis] = []
        codes: list[int] = []
        exhibited = ~0
        for hypothesis in hypotheses:
            number = hypothesis.system
            if number not in apart:
                apart[number] = self.watching[number].naming.apart_event(event)
            for binding, place, code, shown in self._taken(hypothesis, event, *apart[number]):
                after.append(Hypothesis(number, binding, place, hypothesis.events))
                codes.append(code)
                exhibited &= shown
        if not after:
            return Answer(False, name)
        if self.remembers:
            after = _remembering(hypotheses, after, codes, procedure is None)
        if len(after) > 1:
            after = _distinct(after)[:MOST_HYPOTHESES]
        self.followed += 1
        if procedure is None:
            self.started += 1
            procedure = Procedure(after)
            self.procedures.put(name, procedure)
        if self.remembers:
            procedure.lines.append(line)
        if self.correlates and (len(hypotheses) != len(after) or hypotheses[0].binding is not after[0].binding):
            self._know(name, after)
        procedure.hypotheses = after
        return Answer(True, name, exhibited)

    def _taken(
        self, hypothesis: Hypothesis, event: Event, form: Form, values: tuple[str, ...]
    ) -> Iterator[tuple[Binding, Place, int, int]]:
        """What a hypothesis may become: (names, place, the event as a code, what is exhibited)."""
        naming, follower = self.watching[hypothesis.system]
        group = naming.groups.get(form)
        if group is None:
            return
        is_sent = event.direction == SENT
        for named in naming.named(group, values, hypothesis.binding, not group.answers or self._requests(event)):
            code = named.number * KINDS + (SENDING if is_sent else self._reception(event, named))
            found = follower.after(hypothesis.place, code)
            if found is not None:
                place, exhibited = found
                yield self._renewed(named, is_sent), place, code, exhibited

    def _renewed(self, named: Named, is_sent: bool) -> Binding:
        """The binding with the values that were taken anew for this request."""
        if not (is_sent and named.group.introduces):
            return named.binding
        latest = dict(named.binding.latest)
        for place in named.group.introduces:
            latest[named.group.classes[place]] = named.values[place]
        return named.binding if latest == named.binding.latest else named.binding._replace(latest=latest)

    def _reception(self, event: Event, named: Named) -> int:
        """What sort of reception it is: an answer to an older request than the last is passed over."""
        if not named.group.answers:
            return RECEPTION
        point = Point(event.link, role_of(event.receiver), SENT)
        if point not in self.seen:
            return DOUBTFUL_RECEPTION
        latest = named.binding.latest
        is_latest = all(latest.get(named.group.classes[p]) == named.values[p] for p in named.group.answers)
        return RECEPTION if is_latest else OLD_RECEPTION

    def _requests(self, event: Event) -> bool:
        """Whether the requests that an event answers are seen, at either end."""
        return (
            Point(event.link, role_of(event.receiver), SENT) in self.seen
            or Point(event.link, role_of(event.sender), RECEIVED) in self.seen
        )

    # --- which procedure it is

    def _correlated(self, event: Event, apart: dict[int, tuple[Form, tuple[str, ...]]]) -> str:
        for number, (naming, _) in enumerate(self.watching):
            apart[number] = form, values = naming.apart_event(event)
            group = naming.groups.get(form)
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
        is_text = of in open_values.texts or of in open_values.written or of in ("Hash", "Sealed")
        return not (is_text or of.startswith("party:") or of in open_values.shared)

    def _know(self, name: str, hypotheses: Sequence[Hypothesis]) -> None:
        for hypothesis in hypotheses:
            for of, value in hypothesis.binding.names:
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


def _remembering(
    before: Sequence[Hypothesis], after: list[Hypothesis], codes: Sequence[int], is_new: bool
) -> list[Hypothesis]:
    """With the last event added to what each was. Where there is but one way, that is added to in place."""
    if len(before) == len(after) == 1 and not is_new:
        after[0].events.append(codes[0])
        return after
    return [one._replace(events=one.events + array("I", [code])) for one, code in zip(after, codes, strict=True)]


def _distinct(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Those that differ in what may come."""
    found: list[Hypothesis] = []
    for one in hypotheses:
        if not any(one[:3] == other[:3] for other in found):
            found.append(one)
    return found
