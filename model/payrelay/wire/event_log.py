"""Recorded HTTP as events: what somebody saw of a running system, for whoever holds it against the model.

An observer has no keys. Signatures are believed here, as whoever received the message is the one who judges them, and
what is sealed stays so. Whatever cannot be read is an event without a message.

An exchange tells what its client did: it sent the request, and it received the answer, if there is one. When the other
side took the request is not seen. What it belongs to is told by the header `Payrelay-Procedure`, which only tests send;
where none is, and only one order is paid or one registration asked for in all of it, everything belongs to that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.observations import RECEIVED, SENT, Event
from payrelay.language.traces import Plain, plain_input
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest
from payrelay.wire.annotations import struct_of
from payrelay.wire.binding import answer_in_page, session_in
from payrelay.wire.endpoints import METHOD, endpoint_at, endpoint_of
from payrelay.wire.exchange import FORM, Exchange, Headers, Response, header, media_type
from payrelay.wire.forms import request_of
from payrelay.wire.jose import JoseRefusal, Jws, sealed_for
from payrelay.wire.json_text import parse
from payrelay.wire.objects import MESSAGES
from payrelay.wire.pages import HTML_MEDIA, PLAIN_TEXT
from payrelay.wire.problem_documents import Problem
from payrelay.wire.problems import Refusal
from payrelay.wire.shapes import Shape, Struct

PROCEDURE_HEADER = "payrelay-procedure"
ONLY = "1"
"""The name of what everything belongs to, where there is no other."""
UNSEEN_SESSION = "session-that-is-not-recorded"
"""What stands for the session of a browser whose cookies were left out of an archive."""


class Observing:
    """Reads what travels without any key."""

    def __init__(self, security: str) -> None:
        self.security = security

    def name_in(self, kind: str, name: str) -> str:
        """A name, as it travels."""
        return name

    def signed(self, token: str, shape: Struct) -> terms.Signed | terms.Unverified:
        """What a signed object says, by whom it says that it is."""
        claims = _payload(token)
        content = shape.read(claims.get("content"), self, "")
        by = claims.get("iss")
        return terms.Signed(by, content) if isinstance(by, str) else terms.Unverified(content)

    def sealed(self, token: str, shape: Shape, beside: object) -> terms.Sealed:
        """Something sealed: for whom, and nothing more."""
        return terms.Sealed(sealed_for(token)[0], token)


def _payload(token: str) -> dict[str, Any]:
    claims = parse(Jws(token).payload)
    if not isinstance(claims, dict):
        raise Refusal("wrong_type")
    return claims


def observed(body: bytes) -> Message | None:
    """The message that a body is, to an observer; None if it is none."""
    try:
        document = parse(body) if body[:1] == b"{" else _payload(body.decode("ascii"))
        kind = MESSAGES.get(document["message"]) if isinstance(document, dict) else None
        if kind is None:
            return None
        found = struct_of(kind).read(document, Observing("hardened" if _has_objects(document) else "plain"), "")
    except (Refusal, JoseRefusal, ValueError, KeyError, TypeError):
        return None
    assert isinstance(found, Message)
    return found


def _has_objects(value: object) -> bool:
    """Whether anything in a document is signed or sealed."""
    if isinstance(value, dict):
        return set(value) in ({"jws"}, {"jwe"}) or any(map(_has_objects, value.values()))
    return isinstance(value, list) and any(map(_has_objects, value))


class _Seen(NamedTuple):
    """An event, when it was, and what it opens, if anything."""

    at: float
    event: Event
    opens: object = None


def events_of(exchanges: Iterable[Exchange]) -> tuple[Event, ...]:
    """The events that exchanges tell of, in their order. What is not of payrelay is left out."""
    seen = [one for number, exchange in enumerate(exchanges, 1) for one in _seen(exchange, number)]
    events = [one.event for one in sorted(seen, key=lambda one: one.at)]
    opened = {one.opens for one in seen if one.opens is not None}
    if len(opened) == 1 and not any(event.procedure for event in events):
        events = [event._replace(procedure=ONLY) for event in events]
    return tuple(events)


def _seen(exchange: Exchange, number: int) -> Iterator[_Seen]:
    request, response = exchange.request, exchange.response
    endpoint = endpoint_at(request.path)
    if endpoint is None or request.method != METHOD:
        return
    at = _seconds(exchange.started)
    http: dict[str, Plain] = {
        "entry": number,
        "target": request.target,
        "status": response.status if response else None,
    }
    asked = _asked(request.headers, request.body, session_in(request) or UNSEEN_SESSION)
    link, ends = endpoint.link, (endpoint.sender, endpoint.receiver)
    if asked is not None and ((found := endpoint_of(asked)) is None or found.link != link):
        asked = None
    named = header(request.headers, PROCEDURE_HEADER)
    opens = asked.subject if isinstance(asked, ProcedureRequest | RegistrationRequest) else None
    yield _Seen(at, event_of(asked, link, ends, SENT, exchange.started, http, named), opens)
    if response is not None and response.status == 200 and endpoint.has_answer:
        answer = _answered(response)
        if answer is not None and endpoint_of(answer) is not None:  # an answer is sent to no endpoint
            answer = None
        later, when = at + exchange.seconds, _after(exchange.started, exchange.seconds)
        yield _Seen(later, event_of(answer, link, (ends[1], ends[0]), RECEIVED, when, http, named))


def event_of(
    message: Message | None,
    link: str,
    ends: tuple[str, str],
    direction: str,
    at: str,
    http: dict[str, Plain] | None = None,
    procedure: str | None = None,
) -> Event:
    """A message as an event; without one, what is known is only between which roles it went."""
    if message is None:
        return Event(link, ends[0], ends[1], direction, None, procedure, at, http)
    told = plain_input(message)
    given = type(message).given
    fields = {name: value for name, value in told["fields"].items() if name not in given}
    said: dict[str, Plain] = {"message": told["message"], "fields": fields}
    return Event(link, message.sender, message.receiver, direction, said, procedure, at, http)


def _asked(headers: Headers, body: bytes, session: str) -> Message | None:
    if media_type(headers)[0] != FORM:
        return observed(body)
    document = request_of(body, session, "hardened")
    return None if isinstance(document, Problem) else observed(json.dumps(document).encode())


def _answered(response: Response) -> Message | None:
    media, charset = media_type(response.headers)
    if media not in (*HTML_MEDIA, PLAIN_TEXT):
        return observed(response.body)
    body = answer_in_page(response, media, charset)
    return None if isinstance(body, Problem) else observed(body)


def _seconds(started: str) -> float:
    """A time as a number; those that cannot be read are the first."""
    try:
        return datetime.fromisoformat(started).timestamp()
    except ValueError:
        return 0.0


def _after(started: str, seconds: float) -> str:
    try:
        return (datetime.fromisoformat(started) + timedelta(seconds=seconds)).isoformat()
    except ValueError:
        return started
