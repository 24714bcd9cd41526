"""Cases: tests as data. A case is a run of the model up to a move that is tried, and what shows its effect after it."""

from __future__ import annotations

from dataclasses import dataclass, field

from payrelay.conformance.course import Move
from payrelay.conformance.setting import Wishes


@dataclass(frozen=True)
class Mutation:
    """The one thing that is wrong with what is sent in a move."""

    aspect: str
    """What: the name of a spoiling (payrelay.wire.spoilings), or of a message that comes out of turn."""
    at: str = ""
    """Where in the message, as a JSON pointer."""


@dataclass(frozen=True)
class Case:
    """One test."""

    id: str
    """Stable and readable: `relay.wait_consent.result_info`."""
    stage: str
    """Of which sort it is: path, pair, separating, mutator, pattern, random."""
    moves: tuple[Move, ...]
    tried: int | None = None
    """The number of the move that is tried, counted from 0; None if all of them are."""
    mutation: Mutation | None = None
    wishes: Wishes = field(default_factory=Wishes)
    machine: str = ""
    """The machine of the party under test that is tried, by its id; its table and state give the place in a picture."""
    state: str = ""
    """The state that it is in then."""
    event: str = ""
    """The input that is tried, as its rows call it."""
    requirements: tuple[str, ...] = ()
    """What it says something about."""
    singles: tuple[Case, ...] = ()
    """The cases that it is at once, whose tried moves follow each other here (payrelay.conformance.joining)."""
    waits: bool = False
    """Whether a timer of the party under test must run out, or the party crash: so that it takes its time, or a test
    controller."""
