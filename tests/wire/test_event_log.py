"""Recorded HTTP tells the events that happened, and only what whoever recorded it saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.wire.travelling import identifier, messages

from payrelay.language.messages import Message
from payrelay.language.observations import RECEIVED, SENT, event_from_line
from payrelay.language.traces import plain_input
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.messages.purchase import CancelAck, OrderAck, OrderPlace
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import Cancel, ConfirmSummary, ProcedureRequest, TerminalAnswer
from payrelay.wire import Keyring
from payrelay.wire.binding import to_request, to_response
from payrelay.wire.endpoints import path_of
from payrelay.wire.event_log import events_of, observed
from payrelay.wire.exchange import Exchange, Request, Response
from payrelay.wire.har import archive_of, exchanges_in


def keyring(party: str) -> Keyring:
    return Keyring(party=party, security="plain")


def told(message: Message) -> dict[str, Any]:
    """What an event says of a message."""
    said = plain_input(message)
    fields = {name: value for name, value in said["fields"].items() if name not in type(message).given}
    return {"message": said["message"], "fields": fields}


def one_of(kind: type[Message]) -> Message:
    return next(message for message in messages() if type(message) is kind)


@pytest.mark.slow
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_every_message_is_seen_as_it_was_sent(capability: str) -> None:
    charset = CAPABILITIES[capability].charset
    for message in messages("plain", capability):
        if isinstance(message, TerminalAnswer | OrderAck):
            kind = OrderPlace if isinstance(message, OrderAck) else Cancel
            request = to_request(replace(one_of(kind), sender=message.receiver), keyring(message.receiver))
            nonce = identifier("request_nonce", "next")
            response = to_response(message, keyring(message.sender), next_nonce=nonce, charset=charset)
            event = events_of(archived(Exchange(request, response, "2026-01-01T00:00:00Z", 1)))[1]
            assert event.direction == RECEIVED
        else:
            request = to_request(message, keyring(message.sender))
            (event,) = events_of(archived(Exchange(request, Response(202), "2026-01-01T00:00:00Z")))
            assert event.direction == SENT
        assert (event.sender, event.receiver) == (message.sender, message.receiver)
        expected = event._replace(message=told(message)).to_line()
        assert without_digests(event.to_line()) == without_digests(expected)


def archived(*exchanges: Exchange) -> tuple[Exchange, ...]:
    """The exchanges as an archive has them."""
    return exchanges_in(archive_of(exchanges, "test", "1").encode())


def without_digests(line: str) -> object:
    """An event with the same for every digest: what a digest is of is not to be seen."""

    def without(value: object) -> object:
        if isinstance(value, dict):
            if value.get("type") == "Hash":
                return {"type": "Hash"}
            return {key: without(item) for key, item in value.items()}
        return [without(item) for item in value] if isinstance(value, list) else value

    return without(event_from_line(line).to_json())


def test_a_held_request_is_answered_later() -> None:
    ask, page = one_of(Cancel), one_of(ConfirmSummary)
    held = Exchange(
        to_request(ask, keyring("terminal-1")), to_response(page, keyring("relay")), "2026-01-01T00:00:00+00:00", 5
    )
    ack = Exchange(to_request(one_of(CancelAck), keyring("wallet-1")), Response(202), "2026-01-01T00:00:02+00:00", 1)
    events = events_of([held, ack])
    assert [event.message["message"] for event in events if event.message] == ["Cancel", "CancelAck", "ConfirmSummary"]
    assert [event.http["entry"] for event in events if event.http] == [1, 2, 1]


def test_the_only_procedure_needs_no_name() -> None:
    openings = [one for one in messages() if isinstance(one, ProcedureRequest | RegistrationRequest)]
    purchases = [one for one in openings if isinstance(one, ProcedureRequest)]
    requests = [to_request(one, keyring(one.sender)) for one in (*purchases, one_of(CancelAck))]
    events = events_of(Exchange(request, None) for request in requests)
    assert {event.procedure for event in events} == {"1"}
    both = [to_request(one, keyring(one.sender)) for one in openings]
    assert {event.procedure for event in events_of(Exchange(one, None) for one in both)} == {None}
    named = [replace(one, headers=(*one.headers, ("Payrelay-Procedure", "p"))) for one in requests]
    assert {event.procedure for event in events_of(Exchange(one, None) for one in named)} == {"p"}


@pytest.mark.parametrize(
    ("target", "body", "count"),
    [
        ("/index.html", b"", 0),
        (path_of("relay_wallet", CancelAck), b"", 1),
        (path_of("relay_wallet", CancelAck), b"[]", 1),
        (path_of("relay_wallet", CancelAck), b'{"message":"Nothing"}', 1),
        (path_of("relay_wallet", CancelAck), b'{"message":[]}', 1),
        (path_of("relay_wallet", CancelAck), b"a.b.c", 1),
        (path_of("relay_wallet", CancelAck), b"e30.W10.AA", 1),
        (path_of("relay_wallet", CancelAck), b"\xff", 1),
        (path_of("relay_wallet", CancelAck), to_request(one_of(OrderPlace), keyring("terminal-1")).body, 1),
    ],
)
def test_what_cannot_be_read_is_an_event_without_a_message(target: str, body: bytes, count: int) -> None:
    request = Request("POST", target, (("content-type", "application/json"),), body)
    events = events_of([Exchange(request, Response(400), "2026-01-01")])
    assert [event.message for event in events] == [None] * count


def test_an_answer_that_is_none_is_seen_without_a_message() -> None:
    request = to_request(one_of(Cancel), keyring("terminal-1"))
    json_of = (("content-type", "application/json"),)
    for body, headers in ((request.body, json_of), (b"{}", json_of), (b"Hello", (("content-type", "text/plain"),))):
        events = events_of([Exchange(request, Response(200, headers, body), "yesterday", 2.0)])
        assert [event.message is None for event in events] == [False, True]
        assert [event.at for event in events] == ["yesterday", "yesterday"]


def test_an_answer_that_was_not_given_is_not_seen() -> None:
    request = to_request(one_of(Cancel), keyring("terminal-1"))
    assert len(events_of([Exchange(request, None)])) == 1
    assert len(events_of([Exchange(request, Response(500), "now")])) == 1
    assert observed(b"") is None
