"""The abstract picture: what there is to see in a run, before anything has a place.

How a message is drawn follows from three facts. `number` is the step in which it is received, or lost: messages are
numbered by their receipt, as steps are. `sent_in` is the step in which it was sent. `is_delayed` says whether its
sender did something else in between. If not, nobody can tell the message from one that is received as it is sent, and
its arrow goes straight across. If so, its arrow goes across where it is received, and begins beside the lifeline of
its sender: there a dotted line leads down to it from where it was sent. It is said in words, too: "sent in 13".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

USER = "user"
ORDER = (USER, "terminal", "relay", "wallet", "shop", "payment", "authority")
"""The order of lifelines, by role. Parties of other roles come after these, as the trace names them."""


class DrawingError(Exception):
    """A picture that cannot be drawn so. One line with a suggestion."""


Fate = Literal["received", "lost", "under way", "absent"]
"""What became of a message; absent is one that was never sent: what must have come, or might have come instead."""
EventKind = Literal["message", "timeout", "crash", "restart", "other"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message, or what the user does, from one lifeline to another."""

    sender: str
    receiver: str
    name: str
    fields: tuple[str, ...] = ()
    """Its essential fields, each in words."""
    section: str = ""
    """The communicating section that it went through."""
    by: str = ""
    """The part of its sender that sent it."""
    fate: Fate = "received"
    sent_in: int | None = None
    """The step in which it was sent; None if the trace has none."""
    is_delayed: bool = False
    """Whether its sender did something between sending it and its receipt."""
    copy_of: int | None = None
    """The step in which another copy of it was received before."""
    leaves_copy: bool = False
    """Whether another copy of it stays under way."""
    remarks: tuple[str, ...] = ()
    """What else is to be said of it: that it is passed over."""

    @property
    def is_faulty(self) -> bool:
        """Whether the way that it took is at fault: it is lost, or there twice."""
        return self.fate == "lost" or self.leaves_copy or self.copy_of is not None


@dataclass(frozen=True, kw_only=True)
class Event:
    """What one party did, or what happened to it, and what came of it there. Has a row of its own."""

    number: int | None
    """The number of its step; None for a message that is still under way at the end."""
    kind: EventKind
    party: str
    message: Message | None = None
    text: str = ""
    """What is to be said of it, if there is no message."""
    is_early: bool = False
    occurrences: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    """The control states that change."""
    sends: tuple[str, ...] = ()
    """What it sends, and to whom. Each is an event of its own when it is received."""
    is_violating: bool = False
    run: int = 0
    """Of several runs in one picture, the one that it belongs to."""

    @property
    def is_fault(self) -> bool:
        """Whether something goes wrong here that is nobody's decision."""
        is_faulty = self.message is not None and self.message.is_faulty
        return is_faulty or self.is_early or self.kind in ("crash", "restart")

    @property
    def happening(self) -> str:
        """What is to be said of it in words, if there is no message."""
        return f"{self.text} runs out{', early' * self.is_early}" if self.kind == "timeout" else self.text

    @property
    def parties(self) -> tuple[str, ...]:
        """The lifelines that it touches."""
        return (self.message.sender, self.message.receiver) if self.message else (self.party,)


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A block that is repeated at once: drawn once."""

    label: str
    steps: str
    """Which steps it stands for: `13-24`."""
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One way in which it can go on."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Alternatives:
    """Ways in which it can go on."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is violated, at the place where it is."""

    lines: tuple[str, ...]


Item = Event | Loop | Alternatives | Verdict


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that there is to see."""

    title: str
    says: str
    lifelines: tuple[str, ...]
    items: tuple[Item, ...]
    sections: tuple[str, ...]
    """The sections that messages of the whole run go through, in order: a projection numbers them alike."""

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event, in order."""
        return tuple(events_in(self.items))

    @property
    def sections_seen(self) -> tuple[str, ...]:
        """Those of the sections that a message of the picture goes through."""
        seen = {event.message.section for event in self.events if event.message}
        return tuple(section for section in self.sections if section in seen)


def events_in(items: Iterable[Item]) -> Iterator[Event]:
    """Every event in these, in order."""
    for item in items:
        match item:
            case Event():
                yield item
            case Loop():
                yield from events_in(item.items)
            case Alternatives():
                for branch in item.branches:
                    yield from events_in(branch.items)


def in_order(parties: Iterable[str]) -> tuple[str, ...]:
    """Lifelines in their fixed order; instances of one role by number, strangers last."""
    from payrelay.language.links import role_of

    places = {role: place for place, role in enumerate(ORDER)}
    named = list(dict.fromkeys(parties))
    known = sorted((p for p in named if role_of(p) in places), key=lambda p: (places[role_of(p)], len(p), p))
    return (*known, *(party for party in named if role_of(party) not in places))


def remarks_on(message: Message) -> tuple[str, ...]:
    """All that is to be said of a message beside its fields, in the order in which it is read."""
    remarks = [f"sent in {message.sent_in}"] if message.is_delayed and message.sent_in is not None else []
    remarks += [f"a copy of {message.copy_of}"] if message.copy_of is not None else []
    remarks += ["a copy stays under way"] * message.leaves_copy
    remarks += {"lost": ["lost"], "under way": ["still under way"], "received": [], "absent": []}[message.fate]
    return (*remarks, *message.remarks)
