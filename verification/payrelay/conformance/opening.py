"""Opening: the shortest run in which the parties under test take a message and send one, to see whether all fits."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from payrelay.conformance.course import Arrives, Course, Move, Place
from payrelay.language.links import role_of
from payrelay.model.configuration import PaymentConfiguration

TERMINAL = "terminal"
MOST_PLACES = 200_000


def model_for(under_test: frozenset[str], security: str, capability: str) -> PaymentConfiguration:
    """The smallest system in which these parties have something to do."""
    registers = under_test <= {"authority"}
    return PaymentConfiguration(
        name="opening",
        says="one procedure that goes well",
        procedures=0 if registers else 1,
        registrations=1 if registers else 0,
        wallets=2 if "wallet-2" in under_test else 1,
        ordering=False,
        cancels=False,
        declines=False,
        expires=False,
        security=security,
        capability=capability,
    )


class _Here(NamedTuple):
    """Where a run is, and what there was."""

    place: Place
    has_taken: bool
    has_sent: bool


def opening(course: Course, under_test: frozenset[str]) -> tuple[Move, ...]:
    """The moves: until a party under test has taken a message of a server of the kit, and sent one to such a server.
    What a terminal takes are answers of the relay, and those are enough."""
    is_terminal = all(role_of(party) == TERMINAL for party in under_test)

    def counts(other: str) -> bool:
        return other not in under_test and (is_terminal or role_of(other) != TERMINAL)

    here = _Here(course.start, has_taken=False, has_sent=False)
    came: dict[_Here, tuple[_Here, Move] | None] = {here: None}
    queue = deque([here])
    while queue and len(came) < MOST_PLACES:
        here = queue.popleft()
        if here.has_taken and here.has_sent:
            return _way(came, here)
        moves: list[Move] = [*course.deeds(here.place)]
        moves += [one for one in course.arrivals(here.place) if one.chosen is None]
        for move in moves:
            after = course.after(here.place, move)
            takes = isinstance(move, Arrives) and move.party in under_test and counts(move.message.sender)
            ways = [(one.message.sender, one.message.receiver) for one in after.sent]
            sends = any(sender in under_test and counts(receiver) for sender, receiver in ways)
            there = _Here(after.place, here.has_taken or takes, here.has_sent or sends)
            if there not in came:
                came[there] = (here, move)
                queue.append(there)
    raise AssertionError(f"nothing is sent by {', '.join(sorted(under_test))}")


def _way(came: dict[_Here, tuple[_Here, Move] | None], there: _Here) -> tuple[Move, ...]:
    moves: list[Move] = []
    while step := came[there]:
        there, move = step
        moves.append(move)
    return tuple(reversed(moves))
