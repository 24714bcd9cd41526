"""Small systems made at random: tables, channels of every kind, faults of both semantics, and monitors."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from hypothesis import strategies as st

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Internal, Message, Occurrence, Output, Restart, Send, Stimulus, Tell
from payrelay.language.properties import (
    Accepted,
    AtMostOnce,
    Atom,
    Conjunct,
    Entered,
    Excludes,
    Failed,
    Never,
    Occurred,
    Precedes,
    Property,
    Received,
    Sent,
    Variable,
)
from payrelay.language.role import Action, Effect, Guard, Local, RoleTable, Row
from payrelay.language.systems import Instance, System

MOST_DATA = 1
"""The largest number that a machine of these systems knows; then it begins again from 0."""


@dataclass(frozen=True, kw_only=True)
class Red(Message):
    """A message."""

    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Blue(Message):
    """Another one."""

    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Go(Stimulus):
    """Something that a person does."""


@dataclass(frozen=True, kw_only=True)
class Hint(Internal):
    """Something that one machine tells another."""


@dataclass(frozen=True)
class Done(Occurrence):
    """Something that happened."""

    number: int


Kind = type[Red] | type[Blue]


class Case(NamedTuple):
    """A system, and what is watched in it."""

    system: System
    properties: tuple[Property, ...]


PARTIES = {"left": "right", "right": "left"}
"""Two parties, who speak with each other."""
STATES = ("one", "two")
INPUTS = (Red, Blue, Go, Hint, Restart)
EVENTS = ("red", "blue", "go", "hint", "wait", "restart")
LINK = Link("wire", ("left", "right"), carries=(Red, Blue))


def is_even(data: int, message: Any) -> bool:
    """A guard."""
    return data % 2 == 0


def has_own_number(data: int, message: Any) -> bool:
    """A guard that looks at both."""
    return bool(getattr(message, "number", 0) == data)


def doing(
    name: str, step: int, sends: tuple[tuple[Kind, bool], ...] = (), tells: str = "", happens: bool = False
) -> Action:
    """An action: count on, send these (with a number or without), tell a neighbour, let something happen."""

    def action(data: tuple[int, str], message: Any) -> Effect:
        number, peer = data
        outputs: list[Output] = [Send(peer, kind(number=number * has_number)) for kind, has_number in sends]
        outputs += [Tell(tells, Hint())] * bool(tells)
        outputs += [Done(number)] * happens
        return ((number + step) % (MOST_DATA + 1), peer), tuple(outputs)

    action.__name__ = name
    return action


def of_number(guard: Callable[[int, Any], bool]) -> Guard:
    """A guard of data that also name the peer."""

    def guarded(data: tuple[int, str], message: Any) -> bool:
        return guard(data[0], message)

    guarded.__name__ = guard.__name__
    return guarded


GUARDS = (of_number(is_even), of_number(has_own_number))


@st.composite
def actions(draw: st.DrawFn, name: str, tells: str, is_silent: bool) -> Action:
    """What a row does; one that is silent only counts."""
    kinds: tuple[Kind, ...] = (Red, Blue)
    message = st.tuples(st.sampled_from(kinds), st.booleans())
    several = st.just(()) | st.tuples(message) | st.tuples(message) | st.tuples(message, message)
    sends = () if is_silent else draw(several)
    step = draw(st.sampled_from((0, 0, 1)))
    told = draw(st.sampled_from(("", tells))) if tells and not is_silent else ""
    return doing(name, step, sends, told, draw(st.booleans()) and not is_silent)


@st.composite
def tables(draw: st.DrawFn, name: str, tells: str) -> RoleTable:
    """A role: for each pair of a state and an event no row, one, or two that exclude each other; or it is ignored."""
    rows: list[Row] = []
    ignored: list[tuple[str, str, str]] = []
    for state in STATES:
        for event in EVENTS:
            answer = draw(st.sampled_from(("row", "row", "guarded", "two", "ignored", "error")))
            guard = draw(st.sampled_from(GUARDS))
            expected: dict[str, list[tuple[tuple[Guard, bool], ...]]] = {
                "row": [()],
                "guarded": [((guard, True),)],
                "two": [((guard, True),), ((guard, False),)],
            }
            for number, guards in enumerate(expected.get(answer, [])):
                is_silent = event == "restart"
                action = draw(st.none() | actions(f"{state}_{event}_{number}", tells, is_silent))
                rows.append(Row(state, event, guards, action, draw(st.sampled_from(STATES))))
            if answer != "error":
                ignored.append((state, event, "it was drawn so"))
    events = {row.event for row in rows}
    # The library asks that every state be reached by rows alone; a row for an event that never comes sees to it.
    rows += [Row(one, "never", (), None, other) for one, other in zip(STATES, reversed(STATES), strict=True)]
    timers = ("wait", "never") if "wait" in events else ("never",)
    return RoleTable(name, "one", STATES, frozenset(), INPUTS, timers, tuple(rows), tuple(ignored), None)


KINDS = ("unbounded", "dupset", "bag", "set", "fifo")
"""Unbounded faults, and every kind of channel under budgeted ones."""


def configurations(kind: str) -> st.SearchStrategy[Configuration]:
    """Faults and channels of a kind."""
    crashing = st.sampled_from(((), ("left",), ("left", "right")))
    if kind == "unbounded":
        free = Configuration(name="random", says="", semantics="unbounded", timers=("wait",))
        return st.builds(lambda parties: replace(free, crashing=parties), crashing)
    return st.builds(
        _budgeted,
        st.just(kind),
        st.integers(1, 2),
        st.sampled_from(("none", "one", "any")),
        st.integers(0, 1),
        st.integers(0, 1),
        st.integers(0, 1),
        st.booleans(),
    )


def _budgeted(
    channel: Any, capacity: int, losses: str, duplicates: int, crashes: int, early: int, is_patient: bool
) -> Configuration:
    return Configuration(
        name="random",
        says="",
        channel=channel,
        capacity=capacity if channel == "fifo" else 0,
        lossy=losses == "any",
        losses=int(losses == "one"),
        duplicates=duplicates if channel != "dupset" else 0,
        crashes=crashes,
        crashing=("left",) if crashes else (),
        early_timeouts=early,
        timers=("wait",),
        patient=("wait",) if is_patient else (),
    )


def atoms() -> st.SearchStrategy[Atom]:
    """What monitors watch for."""
    role = st.sampled_from(("left", "right"))
    where = st.sampled_from(({}, {"number": Variable("n")}, {"number": 1}))
    kind = st.sampled_from((Red, Blue))
    return st.one_of(
        st.builds(lambda r, m, w: Sent(r, w, message=m), role, kind, where),
        st.builds(lambda r, m, w: Received(r, w, message=m), role, kind, where),
        st.builds(lambda r, w: Occurred(r, w, occurrence=Done), role, where),
        st.builds(lambda r, s: Entered(r, states=(s,)), role, st.sampled_from(STATES)),
        st.builds(lambda r, m: Accepted(r, message=m), role, kind),
        st.builds(Failed, role),
    )


def conjuncts() -> st.SearchStrategy[Conjunct]:
    """Monitors of every sort."""
    return st.one_of(
        st.builds(Never, atoms(), st.none() | atoms()),
        st.builds(AtMostOnce, atoms()),
        st.builds(Excludes, atoms(), atoms()),
        st.builds(lambda then, first: Precedes(then, (first,)), atoms(), atoms()),
    )


@st.composite
def cases(draw: st.DrawFn, kind: str) -> Case:
    """Two parties, of which the left may have two machines; what is watched in them."""
    configuration = draw(configurations(kind))
    has_neighbour = draw(st.booleans())
    machines = [("left", "main"), *[("left", "aside")] * has_neighbour, ("right", "main")]
    instances = []
    for place, (party, name) in enumerate(machines):
        other = {("left", "main"): "aside", ("left", "aside"): ""}.get((party, name), "") if has_neighbour else ""
        instances.append(
            Instance(
                party,
                name,
                draw(tables(f"role{place}", other)),
                tuple(Local("one", (number, PARTIES[party])) for number in range(draw(st.integers(1, 2)))),
                procedure=draw(st.sampled_from((None, 1, 2))),
                stimuli=(Go(),) * draw(st.booleans()),
                boundary=draw(st.sampled_from((None, None, None, is_small))),
            )
        )
    addressed = st.builds(lambda kind, to: kind(sender=PARTIES[to], receiver=to), st.sampled_from((Red, Blue)),
                          st.sampled_from(tuple(PARTIES)))  # fmt: skip
    return Case(
        System(
            configuration=configuration,
            instances=tuple(instances),
            links=(LINK,),
            dispatch=draw(st.sampled_from((main, main, blue_aside, blue_nowhere))),
            choices=draw(st.sampled_from((as_it_is, as_it_is, either_number))),
            injected=tuple(draw(st.lists(addressed, max_size=1))),
            initially=draw(st.sampled_from((anyhow, not_all_one))),
        ),
        tuple(
            Property(f"p{number}", f"p{number}", "", conjuncts=(conjunct,))
            for number, conjunct in enumerate(draw(st.lists(conjuncts(), min_size=1, max_size=2)))
        ),
    )


def is_small(local: Local) -> bool:
    """A boundary."""
    return bool(local.data[0] < MOST_DATA)


def main(message: Message) -> str | None:
    """Everything is read by the main machines."""
    return "main"


def blue_aside(message: Message) -> str | None:
    """What is blue is read aside, if there is such a machine."""
    return "aside" if isinstance(message, Blue) and message.receiver == "left" else "main"


def blue_nowhere(message: Message) -> str | None:
    """Nobody reads what is blue."""
    return None if isinstance(message, Blue) else "main"


def as_it_is(message: Message) -> tuple[Message, ...]:
    """The world chooses nothing."""
    return (message,)


def either_number(message: Message) -> tuple[Message, ...]:
    """The world may put a 1 into what is red."""
    if isinstance(message, Red) and message.number == 0:
        return message, Red(number=1, sender=message.sender, receiver=message.receiver)
    return (message,)


def anyhow(locals_: tuple[Local, ...]) -> bool:
    """A run may begin anywhere."""
    return True


def not_all_one(locals_: tuple[Local, ...]) -> bool:
    """A run begins with some machine at 0."""
    return any(local.data[0] == 0 for local in locals_)
