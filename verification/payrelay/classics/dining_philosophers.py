"""Dining philosophers: each needs the two forks beside it, takes them in either order, and puts both down at once.

As it stands in the Model Checking Contest (Dijkstra's philosophers as a net). Nobody sends anything here: forks and
philosophers are machines of one party, the table, and taking a fork is one step of two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.configurations import Configuration
from payrelay.language.messages import Internal, Stimulus, Tell
from payrelay.language.properties import Entered, Possible, Property
from payrelay.language.role import Effect, Local, Role, State, ignore, role_table
from payrelay.language.systems import Instance, System


@dataclass(frozen=True, kw_only=True)
class LeftNeighbourReaches(Stimulus):
    """The philosopher to the left of the fork wants it."""


@dataclass(frozen=True, kw_only=True)
class RightNeighbourReaches(Stimulus):
    """The philosopher to the right of the fork wants it."""


@dataclass(frozen=True, kw_only=True)
class Finish(Stimulus):
    """The philosopher has eaten."""


@dataclass(frozen=True, kw_only=True)
class LeftFork(Internal):
    """A philosopher gets the fork on its left."""


@dataclass(frozen=True, kw_only=True)
class RightFork(Internal):
    """A philosopher gets the fork on its right."""


@dataclass(frozen=True, kw_only=True)
class PutDown(Internal):
    """A fork is put down."""


@dataclass(frozen=True)
class Beside:
    """The machines to the left and to the right."""

    left: str
    right: str


def go_left(data: Beside, message: LeftNeighbourReaches) -> Effect:
    """Come into the right hand of the philosopher on the left."""
    return data, (Tell(data.left, RightFork()),)


def go_right(data: Beside, message: RightNeighbourReaches) -> Effect:
    """Come into the left hand of the philosopher on the right."""
    return data, (Tell(data.right, LeftFork()),)


def put_both_down(data: Beside, message: Finish) -> Effect:
    """Put down both forks."""
    return data, (Tell(data.left, PutDown()), Tell(data.right, PutDown()))


class Fork(Role):
    """Lies on the table, or is held."""

    lying = State(initial=True)
    held = State()

    left_neighbour_reaches = lying.to(held, on=go_left)
    right_neighbour_reaches = lying.to(held, on=go_right)
    put_down = held.to(lying)

    inputs = (LeftNeighbourReaches, RightNeighbourReaches, PutDown)


class Philosopher(Role):
    """Thinks, gets one fork and then the other, eats."""

    thinking = State(initial=True)
    with_left = State()
    with_right = State()
    eating = State()

    left_fork = thinking.to(with_left) | with_right.to(eating)
    right_fork = thinking.to(with_right) | with_left.to(eating)
    finish = eating.to(thinking, on=put_both_down)

    inputs = (LeftFork, RightFork, Finish)
    ignored = (ignore(LeftFork, RightFork, reason="no fork lies on the table that is in a hand"),)


somebody_eats = Property(
    name="somebody_can_eat",
    label="eats",
    says="Some philosopher eats.",
    conjuncts=(Possible(Entered("table", states=("eating",))),),
)
PROPERTIES = (somebody_eats,)


def system(philosophers: int) -> System:
    """So many philosophers, with a fork between each and the next."""
    numbers = range(1, philosophers + 1)
    fork, philosopher = role_table(Fork), role_table(Philosopher)

    def name(kind: str, number: int) -> str:
        return f"{kind}-{(number - 1) % philosophers + 1}"

    reaching = (LeftNeighbourReaches(), RightNeighbourReaches())
    # Philosopher n has fork n on its left and fork n + 1 on its right.
    forks = (
        Instance(
            "table",
            name("fork", n),
            fork,
            (Local("lying", Beside(name("philosopher", n - 1), name("philosopher", n))),),
            stimuli=reaching,
        )
        for n in numbers
    )
    diners = (
        Instance(
            "table",
            name("philosopher", n),
            philosopher,
            (Local("thinking", Beside(name("fork", n), name("fork", n + 1))),),
            stimuli=(Finish(),),
        )
        for n in numbers
    )
    return System(
        configuration=Configuration(name=f"dining_philosophers philosophers={philosophers}", says="Philosophers dine."),
        instances=(*forks, *diners),
        links=(),
        dispatch=lambda _: None,
    )
