"""Joining: several cases that one run is enough for.

Most messages leave a party in its state: they are refused, passed over, answered by what is shown anyway, or held. So
the next one can be told at once, and the run that leads to the state is made once for many, as long as each does there
what it would do alone. And runs to several states that go on in the same way are one. If anything comes out otherwise,
each is tried in a run of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Course, Injected, Move, Next, Place
from payrelay.conformance.setting import Wishes
from payrelay.conformance.ways import row_of
from payrelay.language.links import role_of
from payrelay.language.role import Handled
from payrelay.model.messages.terminal_edge import TerminalRequest

if TYPE_CHECKING:
    from payrelay.conformance.generation import Generator

JOINED = "pair"
"""Of which cases messages are told one after the other."""
STAGES = frozenset({"paths", "pairs"})
"""What yields cases that are joined."""
AND = ".and-"
"""What stands in the name of several cases at once."""
MOST = 24
"""So many messages are told in one run, at most: where one is taken otherwise, all have to be tried again."""


def alike(cases: Iterable[Case]) -> Iterator[Case]:
    """Some cases, those of them as one that are the same run."""
    groups: dict[tuple[tuple[Move, ...], Wishes], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.moves, case.wishes), []).append(case)
    for group in groups.values():
        yield _joint(group, group[0].moves)


def joined(cases: Iterable[Case], generator: Generator) -> Iterator[Case]:
    """Some cases, those of them as one that differ in one message alone, and in which that leaves all states alone."""
    groups: dict[tuple[str, str, tuple[Move, ...], Wishes], list[Case]] = {}
    places: dict[tuple[Move, ...], Place] = {}
    for case in cases:
        way = case.moves[: case.tried]
        if case.stage == JOINED and not case.waits:
            if way not in places:
                places[way] = generator.place_after(way)
            if _leaves_states(generator.course, places[way], case):
                groups.setdefault((case.machine, case.state, way, case.wishes), []).append(case)
                continue
        yield case
    for (*_, way, _), group in groups.items():
        for chain in _chains(group, generator.course, places[way]):
            told = (*way, *(_tried(case) for case in chain))
            moves = generator.gone_on_with(chain[0].machine, told)
            if len(chain) > 1 and moves[: len(told)] == told and generator.wishes_of(moves) == chain[0].wishes:
                yield _joint(chain, moves)
            else:
                yield from chain


def _tried(case: Case) -> Move:
    return case.moves[case.tried or 0]


def _leaves_states(course: Course, place: Place, case: Case) -> bool:
    """Whether a message leaves everything as it is, but that a terminal's request may be held."""
    tried = _tried(case)
    # A terminal is told nothing but answers, each to a request that is open.
    if not isinstance(tried, Injected) or role_of(tried.party) == "terminal":
        return False
    after = course.after(place, tried).place
    is_held = isinstance(tried.message, TerminalRequest)
    return _states(after) == _states(place) if is_held else after.locals == place.locals


def _states(place: Place) -> list[str]:
    return [local.control for local in place.locals]


def _chains(group: list[Case], course: Course, start: Place) -> Iterator[list[Case]]:
    """Cases whose messages can be told one after the other: each does then what it does at first."""
    chain, place = list[Case](), start
    for case in group:
        alone, now = course.after(start, _tried(case)), course.after(place, _tried(case))
        does_the_same = _done(course, alone) == _done(course, now)
        changes_as_much = (alone.place.locals == start.locals) == (now.place.locals == place.locals)
        if chain and not (len(chain) < MOST and does_the_same and changes_as_much):
            yield chain
            chain, now = [], alone
        chain.append(case)
        place = now.place
    yield chain


def _done(course: Course, after: Next) -> list[object]:
    """What machines did: by which row, and what they said."""
    tables = [instance.table for instance in course.system.instances]
    return [
        (moved.machine, row_of(tables[moved.machine], moved.before, moved.received), _said(moved.answer))
        for reaction in after.reactions
        for moved in reaction.moves
    ]


def _said(answer: object) -> object:
    return answer.outputs if isinstance(answer, Handled) else type(answer)


def _joint(group: list[Case], moves: tuple[Move, ...]) -> Case:
    first = group[0]
    if len(group) == 1:
        return first
    return replace(first, id=f"{first.id}{AND}{len(group) - 1}-more", moves=moves, singles=tuple(group))
