"""Ping-pong: two players count from zero, each one further with every message that it was waiting for.

As it stands in the tests of Stateright (`src/actor/model.rs`), where it is counted on several kinds of network. The
players would count for ever, so that a boundary keeps the search finite; it says so itself. Stateright's duplicating
network also remembers what was delivered last: that is told by the counters, and makes no further states.
"""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Message, Send
from payrelay.language.properties import Never, Possible, Property, Received
from payrelay.language.role import Effect, Local, Role, State, ignore, role_table, stay
from payrelay.language.systems import Instance, System


@dataclass(frozen=True, kw_only=True)
class Ping(Message):
    """Are you there?"""

    value: int


@dataclass(frozen=True, kw_only=True)
class Pong(Message):
    """I am."""

    value: int


def is_awaited(data: int, message: Ping | Pong) -> bool:
    """It has the value that the player has come to."""
    return message.value == data


def answer(data: int, message: Ping) -> Effect:
    """Count, and answer."""
    return data + 1, (Send(message.sender, Pong(value=message.value)),)


def ask_again(data: int, message: Pong) -> Effect:
    """Count, and ask with the next value."""
    return data + 1, (Send(message.sender, Ping(value=message.value + 1)),)


class Player(Role):
    """Counts."""

    counting = State(initial=True)

    ping = stay(counting, cond=is_awaited, on=answer)
    pong = stay(counting, cond=is_awaited, on=ask_again)

    inputs = (Ping, Pong)
    ignored = (ignore(Ping, Pong, reason="it was counted before"),)


LINKS = (Link("table", ("pinger", "ponger"), carries=(Ping, Pong)),)

ponger_is_reached = Property(
    name="the_ponger_can_be_reached",
    label="reached",
    says="Some ping arrives.",
    conjuncts=(Possible(Received("ponger", message=Ping)),),
)
no_ping_comes_back = Property(
    name="no_ping_comes_back",
    label="directed",
    says="The pinger is never pinged.",
    conjuncts=(Never(Received("pinger", message=Ping)),),
)
PROPERTIES = (ponger_is_reached, no_ping_comes_back)

ONCE = Configuration(name="once", says="Every message is delivered once, in any order.")
AGAIN = Configuration(
    name="again", says="Messages are delivered any number of times, and never lost.", channel="dupset"
)
LOST = Configuration(
    name="lost", says="Messages are delivered any number of times, until they are lost.", channel="dupset", lossy=True
)


def system(configuration: Configuration, most: int) -> System:
    """Two players, of whom none is followed beyond this count. The first ping is under way."""

    def is_counted(local: Local) -> bool:
        return bool(local.data <= most)

    player = role_table(Player)
    return System(
        configuration=configuration,
        instances=tuple(
            Instance(name, "player", player, (Local("counting", 0),), boundary=is_counted)
            for name in ("pinger", "ponger")
        ),
        links=LINKS,
        dispatch=lambda _: "player",
        injected=(Ping(value=0, sender="pinger", receiver="ponger"),),
    )
