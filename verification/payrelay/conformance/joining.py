"""Joining: messages that must change nothing in a state, told one after the other in one run.

Most messages are for most states to refuse or to pass over, and then the state is the same as before: so the next one
can be told at once, and the run that leads to the state is made once for many. If anything of it comes out otherwise,
each is tried in a run of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Course, Injected, Move, Place
from payrelay.conformance.setting import Wishes
from payrelay.language.links import role_of

JOINED, STAGES = "pair", frozenset({"pairs"})
"""Of which cases are joined, and what yields them."""
AND = ".and-"
"""What stands in the name of several cases at once."""
MOST = 12
"""So many messages are told in one run, at most: where one is taken otherwise, all have to be tried again."""


def joined(cases: Iterable[Case], course: Course) -> Iterator[Case]:
    """Some cases, those of them as one that differ in one message alone, and in which that changes nothing."""
    groups: dict[tuple[str, str, tuple[Move, ...], Wishes], list[Case]] = {}
    places: dict[tuple[Move, ...], Place] = {}
    for case in cases:
        way = case.moves[: case.tried]
        if way not in places:
            places[way] = _after(course, way)
        if case.stage == JOINED and not case.waits and _changes_nothing(course, places[way], case):
            groups.setdefault((case.machine, case.state, way, case.wishes), []).append(case)
        else:
            yield case
    for group in groups.values():
        for first in range(0, len(group), MOST):
            yield _joint(group[first : first + MOST])


def _after(course: Course, way: Iterable[Move]) -> Place:
    place = course.start
    for move in way:
        place = course.after(place, move).place
    return place


def _changes_nothing(course: Course, place: Place, case: Case) -> bool:
    tried = case.moves[case.tried or 0]
    # A terminal is told nothing but answers, each to a request that is open.
    is_of_server = isinstance(tried, Injected) and role_of(tried.party) != "terminal"
    return is_of_server and course.after(place, tried).place == place


def _joint(group: list[Case]) -> Case:
    first = group[0]
    if len(group) == 1:
        return first
    at = first.tried or 0
    told = tuple(case.moves[at] for case in group)
    moves = (*first.moves[:at], *told, *first.moves[at + 1 :])
    return replace(first, id=f"{first.id}{AND}{len(group) - 1}-more", moves=moves, singles=tuple(group))
