"""Random systems: small ones of every sort, on which the engines, the reductions and SPIN are compared.

Whoever makes one gives the choices: Hypothesis, which looks for systems that show a difference, or a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

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
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

SEED = 2029
"""Of the systems that `payrelay crosscheck` gives to SPIN."""
FEWEST, MOST = 20, 3_000
"""The states of these systems."""
MOST_DATA = 1
"""The largest number that a machine of these systems knows; then it begins again from 0."""

Of = TypeVar("Of")


class Choose(Protocol):
    """Chooses one of some."""

    def __call__(self, options: Sequence[Of], /) -> Of:
        """The one that is chosen."""
        ...


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

    peer: str = ""
    """Whom the one that tells it speaks with."""


@dataclass(frozen=True)
class Done(Occurrence):
    """Something that happened."""

    number: int


Kind = type[Red] | type[Blue]


class Case(NamedTuple):
    """A system, and what is watched in it."""

    system: System
    properties: tuple[Property, ...]


STATES = ("one", "two")
INPUTS = (Red, Blue, Go, Hint, Restart)
EVENTS = ("red", "blue", "go", "hint", "wait", "restart")
BOTH = (False, True)


# --- roles


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
        outputs += [Tell(tells, Hint(peer=peer))] * bool(tells)
        outputs += [Done(number)] * happens
        return ((number + step) % (MOST_DATA + 1), peer), tuple(outputs)

    action.__name__ = name
    return action


def serving(
    name: str, step: int, sends: tuple[tuple[Kind, bool], ...] = (), happens: bool = False, forgets: bool = False
) -> Action:
    """An action of a machine that many share: it speaks with whoever spoke last, or was spoken of."""

    def action(data: tuple[int, str], message: Any) -> Effect:
        number, peer = data
        peer = getattr(message, "sender", "") or getattr(message, "peer", "") or peer
        outputs: list[Output] = [Send(peer, kind(number=number * has_number)) for kind, has_number in sends if peer]
        outputs += [Done(number)] * happens
        return ((number + step) % (MOST_DATA + 1), "" if forgets else peer), tuple(outputs)

    action.__name__ = name
    return action


def of_number(guard: Callable[[int, Any], bool]) -> Guard:
    """A guard of data that also name the peer."""

    def guarded(data: tuple[int, str], message: Any) -> bool:
        return guard(data[0], message)

    guarded.__name__ = guard.__name__
    return guarded


GUARDS = (of_number(is_even), of_number(has_own_number))
How = Literal["silent", "freely", "speaking"]
"""An action that is silent only counts; one that speaks sends one message."""
Acting = Callable[[Choose, str, How], Action]
"""Makes the action of a row, of a name."""


def acting(tells: str) -> Acting:
    """What rows do, in machines with one peer and perhaps a neighbour."""

    def action(choose: Choose, name: str, how: How) -> Action:
        step = choose((0, 0, 1))
        if how == "silent":
            return doing(name, step)
        return doing(name, step, _sends(choose, how), choose(("", tells)) if tells else "", choose(BOTH))

    return action


def sharing(choose: Choose, name: str, how: How) -> Action:
    """What rows do, in machines that many share."""
    step = choose((0, 0, 1))
    if how == "silent":
        return serving(name, step, forgets=choose(BOTH))
    return serving(name, step, _sends(choose, how), choose(BOTH))


def _sends(choose: Choose, how: How) -> tuple[tuple[Kind, bool], ...]:
    kinds: tuple[Kind, ...] = (Red, Blue)
    number = 1 if how == "speaking" else choose((0, 1, 1, 2))
    return tuple((choose(kinds), choose(BOTH)) for _ in range(number))


def role(choose: Choose, name: str, act: Acting, opening: str = "", waits: bool = True) -> RoleTable:
    """A role: for each pair of a state and an event no row, one, or two that exclude each other; or it is ignored.

    On its opening, if it has one, it speaks and leaves the state in which it begins; that it does nowhere else.
    """
    rows: list[Row] = []
    ignored: list[tuple[str, str, str]] = []
    for state in STATES:
        for event in EVENTS:
            is_opening = event == opening and state == STATES[0]
            answer = choose(("row", "row", "guarded", "two", "ignored", "error"))
            if event == "wait" and not waits:
                answer = "error"
            if event == opening:
                answer = "row" if is_opening else "ignored"
            guard = choose(GUARDS)
            expected: dict[str, list[tuple[tuple[Guard, bool], ...]]] = {
                "row": [()],
                "guarded": [((guard, True),)],
                "two": [((guard, True),), ((guard, False),)],
            }
            for number, guards in enumerate(expected.get(answer, [])):
                how: How = "speaking" if is_opening else "silent" if event == "restart" else "freely"
                does = is_opening or choose(BOTH)
                action = act(choose, f"{state}_{event}_{number}", how) if does else None
                rows.append(Row(state, event, guards, action, STATES[1] if is_opening else choose(STATES)))
            if answer != "error":
                ignored.append((state, event, "it was chosen so"))
    events = {row.event for row in rows}
    # The library asks that every state be reached by rows alone; a row for an event that never comes sees to it.
    rows += [Row(one, "never", (), None, other) for one, other in zip(STATES, reversed(STATES), strict=True)]
    timers = ("wait", "never") if "wait" in events else ("never",)
    return RoleTable(name, "one", STATES, frozenset(), INPUTS, timers, tuple(rows), tuple(ignored), None)


# --- configurations and properties

KINDS = ("unbounded", "dupset", "bag", "set", "fifo")
"""Unbounded faults, and every kind of channel under budgeted ones."""
USUAL = ("unbounded", "bag")
"""The kinds whose channels are the usual ones."""


def configuration(choose: Choose, kind: str, parties: tuple[str, str], *, is_usual: bool = False) -> Configuration:
    """Faults and channels of a kind. If they are usual, losses are counted."""
    if kind == "unbounded":
        crashing = choose(((), parties[:1], parties))
        return Configuration(name="random", says="", semantics="unbounded", timers=("wait",), crashing=crashing)
    capacity = choose((1, 2))
    losses = choose(("none", "one") if is_usual else ("none", "one", "any"))
    duplicates, crashes, early = choose((0, 1)), choose((0, 1)), choose((0, 1))
    return Configuration(
        name="random",
        says="",
        channel=kind,  # type: ignore[arg-type]
        capacity=capacity if kind == "fifo" else 0,
        lossy=losses == "any",
        losses=int(losses == "one"),
        duplicates=duplicates if kind != "dupset" else 0,
        crashes=crashes,
        crashing=(choose(parties),) if crashes else (),
        early_timeouts=early,
        timers=("wait",),
        patient=("wait",) if choose(BOTH) and not is_usual else (),
    )


def atom(choose: Choose, roles: Sequence[str]) -> Atom:
    """What a monitor watches for."""
    of = choose(roles)
    kinds: tuple[Kind, ...] = (Red, Blue)
    kind = choose(kinds)
    where: dict[str, Any] = choose(({}, {"number": Variable("n")}, {"number": 1}))
    atoms: tuple[Atom, ...] = (
        Sent(of, where, message=kind),
        Received(of, where, message=kind),
        Occurred(of, where, occurrence=Done),
        Entered(of, states=(choose(STATES),)),
        Accepted(of, message=kind),
        Failed(of),
    )
    return choose(atoms)


def conjunct(choose: Choose, roles: Sequence[str]) -> Conjunct:
    """A monitor of any sort."""
    one, other = atom(choose, roles), atom(choose, roles)
    conjuncts: tuple[Conjunct, ...] = (
        Never(one),
        Never(one, other),
        AtMostOnce(one),
        Excludes(one, other),
        Precedes(one, (other,)),
    )
    return choose(conjuncts)


def properties(choose: Choose, roles: Sequence[str]) -> tuple[Property, ...]:
    """One property or two."""
    return tuple(
        Property(f"p{number}", f"p{number}", "", conjuncts=(conjunct(choose, roles),))
        for number in range(choose((1, 2)))
    )


# --- systems of two parties

PARTIES = {"left": "right", "right": "left"}
"""Two parties, who speak with each other."""
LINK = Link("wire", ("left", "right"), carries=(Red, Blue))


def pair(choose: Choose, kind: str, *, is_usual: bool = False) -> Case:
    """Two parties, of which the left may have two machines; what is watched in them.

    If they are usual, nothing is left out at a boundary.
    """
    faults = configuration(choose, kind, ("left", "right"), is_usual=is_usual)
    has_neighbour = choose(BOTH)
    machines = [("left", "main"), *[("left", "aside")] * has_neighbour, ("right", "main")]
    boundaries = (None,) if is_usual else (None, None, None, is_small)
    instances = []
    for place, (party, name) in enumerate(machines):
        other = "aside" if has_neighbour and (party, name) == ("left", "main") else ""
        instances.append(
            Instance(
                party,
                name,
                role(choose, f"role{place}", acting(other)),
                tuple(Local("one", (number, PARTIES[party])) for number in range(choose((1, 2)))),
                procedure=choose((None, 1, 2)),
                stimuli=(Go(),) * choose(BOTH),
                boundary=choose(boundaries),
            )
        )
    kinds: tuple[Kind, ...] = (Red, Blue)
    to, injected = choose(tuple(PARTIES)), choose(kinds)
    return Case(
        System(
            configuration=faults,
            instances=tuple(instances),
            links=(LINK,),
            dispatch=choose((main, main, blue_aside, blue_nowhere)),
            choices=choose((as_it_is, as_it_is, either_number)),
            injected=(injected(sender=PARTIES[to], receiver=to),) * choose(BOTH),
            initially=choose((anyhow, not_all_one)),
        ),
        properties(choose, ("left", "right")),
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
        return message, replace(message, number=1)
    return (message,)


def anyhow(locals_: tuple[Local, ...]) -> bool:
    """A run may begin anywhere."""
    return True


def not_all_one(locals_: tuple[Local, ...]) -> bool:
    """A run begins with some machine at 0."""
    return any(local.data[0] == 0 for local in locals_)


# --- systems of several procedures

COUNTER = Link("counter", ("client", "server"), carries=(Red, Blue))


def several(choose: Choose, kind: str, procedures: int) -> Case:
    """Clients, each a procedure, and a server with a machine that they share, and perhaps one for each of them.

    Where time-outs are counted, what is shared has no timer: it would look at what is under way of all procedures.
    """
    faults = configuration(choose, kind, ("server", "client"), is_usual=True)
    has_desks = choose(BOTH)
    client = role(choose, "client", acting(""), opening="go")
    desk = role(choose, "desk", acting("main"))
    begins = tuple(Local("one", (number, "server")) for number in choose(((0,), (1,), (0, 1))))
    numbers = range(1, procedures + 1)
    instances = [Instance(f"client-{number}", "main", client, begins, number, (Go(),)) for number in numbers]
    if has_desks:
        instances += [
            Instance("server", f"desk-{number}", desk, (Local("one", (0, f"client-{number}")),), number)
            for number in numbers
        ]
    shared = Instance(
        "server",
        "main",
        role(choose, "shared", sharing, waits=kind == "unbounded"),
        (Local("one", (0, "")),),
        None,
        (Go(),) * choose(BOTH),
    )
    return Case(
        System(
            configuration=faults,
            instances=(*instances, shared),
            links=(COUNTER,),
            dispatch=choose((at_desks, blue_shared)) if has_desks else main,
            choices=choose((as_it_is, as_it_is, either_number)),
            names=client_of,
            alike=(tuple(changing_places(number, number + 1) for number in numbers[:-1]),),
        ),
        properties(choose, ("client", "server")),
    )


def client_of(message: Message) -> int:
    """The number of the client that sends it, or that it is for."""
    return int((message.receiver if message.sender == "server" else message.sender).rpartition("-")[2])


def changing_places(one: int, other: int) -> dict[str, str]:
    """How the names of two procedures become each other's."""
    pairs = [(f"{word}-{one}", f"{word}-{other}") for word in ("client", "desk")]
    return dict(pairs) | {there: here for here, there in pairs}


def at_desks(message: Message) -> str | None:
    """The server reads everything at the desk of its client."""
    return f"desk-{client_of(message)}" if message.receiver == "server" else "main"


def blue_shared(message: Message) -> str | None:
    """What is blue is read by what clients share."""
    return "main" if isinstance(message, Blue) else at_desks(message)


# --- those for SPIN


def of_seed(seed: int, number: int) -> Iterator[tuple[str, Case]]:
    """So many systems of a seed, each with a name: pairs and several procedures, under faults of both semantics.

    Each has at least FEWEST and at most MOST states.
    """
    for place in range(number):
        kind, shape = USUAL[place % 2], ("pair", "pair", "2 procedures")[place // 2 % 3]
        random = Random(f"{seed}/{place}")
        while True:
            case = pair(random.choice, kind, is_usual=True) if shape == "pair" else several(random.choice, kind, 2)
            if FEWEST <= states_of(case, MOST + 1) <= MOST:
                break
        yield f"random {place + 1}, {kind}, {shape}", case


def states_of(case: Case, most: int) -> int:
    """How many states it has; no more than about `most` are counted."""
    return TableEngine(Tabulation(case.system), case.properties).explore(Limits(states=most)).states
