"""Observations: what an outsider sees of a running system, one event a line, and from where it is seen.

An event says that a message was sent, or that it was received, by the party that says so. Servers write events, and
whatever has seen their traffic can be written as such; `payrelay check-trace` holds them against a model. What a
message says is JSON, as in a trace (`payrelay.language.traces`), but with the values of the real system in it:

    {"at": "2026-01-01T00:00:00Z", "link": "relay_shop", "from": "relay", "to": "shop", "direction": "sent",
     "message": {"message": "ForwardedProcedureRequest", "fields": {...}}, "http": null, "procedure": "p-1"}

What travels stands in it and nothing else: fields that a receiver fills in are left out. A digest or something sealed
is `{"type": "Hash", "content": "..."}` or `{"type": "Sealed", "to": ..., "content": "..."}` with any text for what
cannot be seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from payrelay.language.configurations import did_you_mean
from payrelay.language.links import Link, role_of
from payrelay.language.traces import Plain

SENT, RECEIVED = "sent", "received"
DIRECTIONS = (SENT, RECEIVED)
KEYS = ("link", "from", "to", "direction", "message", "http", "procedure", "at")


_decode = json.JSONDecoder().decode


class ObservationError(Exception):
    """A line that is no event, or a word that names nothing to see. One line that says what was expected."""


class Event(NamedTuple):
    """One message, seen on its way: at its sender (`sent`) or at its receiver (`received`)."""

    link: str
    sender: str
    receiver: str
    direction: str
    message: dict[str, Plain] | None
    """`{message, fields}`; None if nobody could read it."""
    procedure: str | None = None
    """What it belongs to, if whoever saw it knows: events with the same one are followed together."""
    at: str | int | float | None = None
    http: dict[str, Plain] | None = None
    """How it travelled; for people only."""

    @property
    def seen_at(self) -> str:
        """The party that tells of it."""
        return self.sender if self.direction == SENT else self.receiver

    def to_json(self) -> dict[str, Plain]:
        """The event as one JSON object."""
        return {
            "at": self.at,
            "link": self.link,
            "from": self.sender,
            "to": self.receiver,
            "direction": self.direction,
            "message": self.message,
            "http": self.http,
            "procedure": self.procedure,
        }

    def to_line(self) -> str:
        """The event as one line, without its end."""
        return json.dumps(self.to_json(), separators=(",", ":"), ensure_ascii=False)


def event_from_line(line: str | bytes) -> Event:
    """The event on a line. Raises ObservationError if there is none."""
    try:
        document = _decode(line if isinstance(line, str) else line.decode())
    except json.JSONDecodeError as error:
        raise ObservationError(f"expected one JSON object: {error.msg} in column {error.colno}") from None
    except UnicodeDecodeError:
        raise ObservationError("expected text in UTF-8") from None
    except RecursionError:
        raise ObservationError("expected an event: none is nested as deeply as this") from None
    return event_from_json(document)


def event_from_json(document: Plain) -> Event:
    """The event in a JSON object. Raises ObservationError if it is none."""
    if type(document) is not dict:
        raise ObservationError(f"expected a JSON object, not {_kind_of(document)}")
    get = document.get
    link, sender, receiver, direction = get("link"), get("from"), get("to"), get("direction")
    message, http, procedure, at = get("message"), get("http"), get("procedure"), get("at")
    if (
        type(link) is not str
        or type(sender) is not str
        or type(receiver) is not str
        or not (link and sender and receiver)
    ):
        key = next(key for key in ("link", "from", "to") if type(get(key)) is not str or not get(key))
        raise ObservationError(f"{key}: expected a name, not {_kind_of(get(key)) if key in document else 'nothing'}")
    if direction != SENT and direction != RECEIVED:
        raise ObservationError(f"direction: expected 'sent' or 'received', not {_shown(direction)}")
    if message is not None and (
        type(message) is not dict or type(message.get("message")) is not str or type(message.get("fields")) is not dict
    ):
        raise ObservationError(
            'message: expected {"message": NAME, "fields": {...}}, or null if it could not be read,'
            f" not {_shown(message)}"
        )
    if message is None and "message" not in document:
        raise ObservationError(f"message: it is missing{_nearest('message', document)}")
    if http is not None and type(http) is not dict:
        raise ObservationError(f"http: expected an object or null, not {_kind_of(http)}")
    if type(procedure) is int:
        procedure = str(procedure)
    if procedure is not None and type(procedure) is not str:
        raise ObservationError(f"procedure: expected a name, a whole number or null, not {_kind_of(procedure)}")
    if at is not None and type(at) not in (str, int, float):
        raise ObservationError(f"at: expected a time as text or number, or null, not {_kind_of(at)}")
    return Event(link, sender, receiver, direction, message, procedure, at, http)


def _nearest(key: str, document: dict[str, Plain]) -> str:
    others = sorted(set(document) - set(KEYS))
    return did_you_mean(key, others) if others else ""


def _shown(value: Plain) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _kind_of(value: Plain) -> str:
    names = {dict: "an object", list: "a list", str: "an empty text" if value == "" else "text", type(None): "null"}
    return names.get(type(value), _shown(value))


# --- where it is seen


class Point(NamedTuple):
    """One place to see messages: those that parties of a role send over a link, or those that they receive."""

    link: str
    role: str
    """The role of the party that tells of them."""
    direction: str


Sight = frozenset[Point]
"""All that is seen. Whatever is not is hidden, and may happen at any time."""


def point_of(event: Event) -> Point:
    """Where an event was seen."""
    return Point(event.link, role_of(event.seen_at), event.direction)


def every_point(links: Iterable[Link]) -> Sight:
    """All there is to see: every link that carries anything, at both ends."""
    ends = ((link.name, role) for link in links if link.carries for role in link.ends)
    return frozenset(Point(link, role, direction) for link, role in ends for direction in DIRECTIONS)


def sight(words: Iterable[str], links: Iterable[Link]) -> Sight:
    """What words of the form `LINK[@ROLE][:sent|:received]` name: a link, perhaps at one of its ends only, or of what
    is told there only what is sent or received. Raises ObservationError for what there is not."""
    known = {link.name: link for link in links if link.carries}
    seen: set[Point] = set()
    for word in words:
        place, colon, direction = word.partition(":")
        name, at, role = place.partition("@")
        link = known.get(name)
        if link is None:
            raise ObservationError(f"no link '{name}'{did_you_mean(name, known)}")
        if at and role not in link.ends:
            raise ObservationError(f"'{role}' is no end of {name}{did_you_mean(role, link.ends)}")
        if colon and direction not in DIRECTIONS:
            raise ObservationError(f"'{direction}' is no direction{did_you_mean(direction, DIRECTIONS)}")
        seen |= {
            Point(name, end, way)
            for end in ((role,) if at else link.ends)
            for way in ((direction,) if colon else DIRECTIONS)
        }
    return frozenset(seen)


# --- a look through a whole log


class Glance:
    """From where the events of a log were seen, and whether there is one that names no procedure.

    Of a usual line nothing is read but how the message went, and that there is the name of a procedure.
    """

    def __init__(self) -> None:
        self.seen: set[Point] = set()
        self.has_nameless = False

    def at(self, line: bytes) -> None:
        """Look at a line. One that is no event tells nothing."""
        found = WAY.search(line)
        # It is that of the outermost object, if no other is open before it.
        if found is None or line.find(b"{", 1, found.start()) >= 0 or NAMED.search(line, found.end()) is None:
            self._read(line)
            return
        link, sender, receiver, direction = found.groups()
        party = (sender if direction == b"sent" else receiver).decode("utf-8", "replace")
        self.seen.add(Point(link.decode("utf-8", "replace"), role_of(party), direction.decode()))

    def _read(self, line: bytes) -> None:
        try:
            event = event_from_line(line)
        except ObservationError:
            return
        self.seen.add(point_of(event))
        self.has_nameless = self.has_nameless or event.procedure is None


_TEXT = rb'"([^"\\]*)"'
WAY = re.compile(rb'"link": ?%b, ?"from": ?%b, ?"to": ?%b, ?"direction": ?"(sent|received)"' % ((_TEXT,) * 3))
NAMED = re.compile(rb'"procedure": ?["0-9-]')


# --- which values may be others


class Written(NamedTuple):
    """A type of values that stand for any other."""

    write: Callable[[dict[str, Plain]], str]
    """A value as text: different values, different texts."""
    read: Callable[[str], dict[str, Plain] | None]
    """The value that a text is; None if it is none."""
    make: Callable[[int], dict[str, Plain]]
    """Some value, another for each number."""


@dataclass(frozen=True, kw_only=True)
class OpenValues:
    """Which values of a model's messages stand for any value, the same throughout a procedure.

    Symbols, digests and what is sealed always do, and so do the names of parties of which a role has several.
    """

    texts: frozenset[str] = frozenset()
    """The names of fields whose texts do."""
    between: str = ", "
    """What stands between several texts of one such field, where they are one text."""
    written: Mapping[str, Written] = field(default_factory=dict)
    """The types of which a whole value does, by name."""
    rendered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """On a page, that is in a list `slots` of (name, place, text): what text in a slot of this name is a value of. Of
    several the first that the model has. A slot of many items has a number at the end of its name (`name_2`)."""
    renewed: Mapping[str, str] = field(default_factory=dict)
    """Kinds of symbols that a role takes anew for every request, where the model has few of them: `{kind: role}`; of
    what is sealed, `Sealed as` and the field."""
    coinciding: frozenset[str] = frozenset()
    """The names of fields whose texts may be the same where the model has several, as no guard compares them."""
    shared: frozenset[str] = frozenset()
    """Kinds of symbols that several procedures share, so that one tells nothing of which procedure it is."""


def written(plain: Mapping[str, Any]) -> str:
    """A value as text, if nothing else says how it is written."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
