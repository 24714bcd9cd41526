"""Exploration: how the party under test is brought into each of its states, and what it is told there.

The runs of the model without faults are searched breadth first; and from each place of them those with one timer that
runs out. What is found first is shortest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field

from payrelay.conformance.course import Arrives, Course, Injected, Move, Place, RanOut
from payrelay.language.messages import Message

MOST_PLACES = 60_000
Cell = tuple[int, str]
"""A machine, by its number, and one of its states."""


@dataclass
class Explored:
    """What a search found."""

    course: Course
    came_by: dict[Place, tuple[Place, Move] | None]
    """By place, how it is reached."""
    inputs: dict[int, dict[Message, None]] = field(default_factory=dict)
    """By machine of the party under test, the messages that it was ever told."""
    is_whole: bool = True
    """Whether everything was searched that was to be."""
    _ways: dict[Place, tuple[Move, ...]] = field(default_factory=dict)
    """Those that were asked for: to look a place up takes long, and each way is asked for often."""

    def is_new(self, place: Place, before: Place, move: Move) -> bool:
        """Whether a place was not come by yet; then it is by this move. It is looked up once, as that takes long."""
        known = len(self.came_by)
        self.came_by.setdefault(place, (before, move))
        return len(self.came_by) > known

    def way_to(self, place: Place) -> tuple[Move, ...]:
        """The moves that lead to a place."""
        moves: list[Move] = []
        at = place
        while (way := self._ways.get(at)) is None:
            if (step := self.came_by[at]) is None:
                way = ()
                break
            at, move = step
            moves.append(move)
        found = self._ways[place] = (*way, *reversed(moves))
        return found


def explored(
    course: Course, under_test: frozenset[str], own_timers: bool, only: Container[str] | None = None
) -> Explored:
    """Search the runs of the model; with `own_timers`, timers of the parties under test run out, too: `only` these, if
    that is said."""
    found = Explored(course, {course.start: None})
    waiting = deque([(course.start, 0)])
    while waiting:
        place, spent = waiting.popleft()
        for move, cost in _moves(course, place, under_test, own_timers, only, spent):
            after = course.after(place, move)
            if isinstance(move, Arrives) and move.party in under_test:
                machine = course.system.machine_of(move.message)
                if machine is not None:
                    found.inputs.setdefault(machine, {})[move.chosen or move.message] = None
            if found.is_new(after.place, place, move):
                waiting.append((after.place, spent + cost))
            if len(found.came_by) > MOST_PLACES:
                found.came_by.popitem()
                found.is_whole = False
                return found
    return found


def followed(course: Course, under_test: frozenset[str], runs: Iterable[Iterable[Move]]) -> Explored:
    """What some runs come by, where there are too many to search them all."""
    found = Explored(course, {course.start: None}, is_whole=False)
    for moves in runs:
        place = course.start
        for move in moves:
            after = course.after(place, move)
            message = getattr(move, "message", None)
            if isinstance(move, Arrives | Injected) and move.party in under_test and message is not None:
                machine = course.system.machine_of(message)
                if machine is not None:
                    found.inputs.setdefault(machine, {})[message] = None
            found.came_by.setdefault(after.place, (place, move))
            place = after.place
    return found


def _moves(
    course: Course,
    place: Place,
    under_test: frozenset[str],
    own_timers: bool,
    only: Container[str] | None,
    spent: int,
) -> Iterator[tuple[Move, int]]:
    for arrival in course.arrivals(place):
        yield arrival, 0
    for deed in course.deeds(place):
        yield deed, 0
    if spent:
        return
    for timer in course.timers(place):
        if timer.party not in under_test or (own_timers and (only is None or timer.timer in only)):
            yield timer, 1


def covered(found: Explored, under_test: frozenset[str], is_wanted: Callable[[Place], bool]) -> dict[Cell, Place]:
    """For each state of each table of the parties under test, the first place that is wanted and has one in it."""
    system = found.course.system
    own = [number for number, instance in enumerate(system.instances) if instance.party in under_test]
    cells: dict[Cell, Place] = {}
    known: set[tuple[str, str]] = set()
    for place in found.came_by:
        for number in own:
            state = place.locals[number].control
            if (key := (system.instances[number].table.name, state)) not in known and is_wanted(place):
                known.add(key)
                cells[number, state] = place
    return cells


def waits(moves: tuple[Move, ...], under_test: frozenset[str]) -> bool:
    """Whether a timer of a party under test runs out in a run."""
    return any(isinstance(move, RanOut) and move.party in under_test for move in moves)
