"""Inputs and outputs of a machine: a step is `(state, input) -> (state, outputs)`.

A machine reacts to five kinds of input and does three things. It never sends anything itself: what it returns is
carried out by whoever steps it, the checker or a server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True)
class Input:
    """What a machine can react to."""

    @property
    def event(self) -> str:
        """The name of this input in a machine's rows: its class in snake_case."""
        return event_name(type(self))


@dataclass(frozen=True, kw_only=True)
class Message(Input):
    """What travels on a link from one party to another.

    `sender` and `receiver` are terms as well: a role sees the authenticated peer of the channel. Whoever carries
    the message fills them in (`addressed`).
    """

    claim: ClassVar[str] = ""
    """The claim, the standard or the engineering need that the message comes from."""
    key: ClassVar[tuple[str, ...]] = ()
    """The fields that name what it belongs to. The same key and the same content make a duplicate."""
    given: ClassVar[tuple[str, ...]] = ()
    """Fields that never travel: whoever receives the message fills them in."""

    sender: str = ""
    receiver: str = ""


@dataclass(frozen=True, kw_only=True)
class Internal(Input):
    """What one machine tells another of the same party, within the same step."""


@dataclass(frozen=True, kw_only=True)
class Stimulus(Input):
    """What a person or the world does to a machine; possible whenever the machine has a row for it."""


@dataclass(frozen=True)
class Timeout(Input):
    """A timer has run out. The timer runs while the machine is in a state whose rows name it."""

    timer: str

    @property
    def event(self) -> str:
        return self.timer


@dataclass(frozen=True)
class Restart(Input):
    """The party crashed and is back: what was not durable is forgotten."""


@dataclass(frozen=True)
class Occurrence:
    """Something that happened inside a machine and that a property speaks of (`Debited`, `Displayed`)."""

    witness: ClassVar[str] = ""
    """The message by which an outsider can tell that it happened."""


@dataclass(frozen=True)
class Send:
    """Send a message to a party, on the link that joins the two."""

    to: str
    message: Message
    by: str = ""
    """The part of the party that sends it, where a claim speaks of parts."""


@dataclass(frozen=True)
class Tell:
    """Hand an input to another machine of the same party. It is taken in this very step."""

    to: str
    told: Input


Output = Send | Tell | Occurrence


_event_names: dict[type, str] = {}


def event_name(kind: type) -> str:
    """The name of an input class in a machine's rows: `PaymentRequest` is `payment_request`."""
    if kind not in _event_names:
        _event_names[kind] = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
    return _event_names[kind]


def content_fields(kind: type[Input]) -> tuple[str, ...]:
    """The names of an input's own fields: all but who sent it and who receives it."""
    return tuple(field.name for field in fields(kind) if field.name not in {"sender", "receiver"})
