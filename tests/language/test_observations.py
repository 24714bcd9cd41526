"""Events, and from where they are seen."""

import json

import pytest

from payrelay.language.links import Link
from payrelay.language.messages import Message
from payrelay.language.observations import (
    RECEIVED,
    SENT,
    Event,
    Glance,
    ObservationError,
    OpenValues,
    Point,
    event_from_line,
    every_point,
    point_of,
    sight,
    written,
)

EVENT = Event(
    "relay_shop", "relay", "shop", SENT, {"message": "Hello", "fields": {"to": "こんにちは"}}, "p1", 7, {"a": 1}
)
LINKS = (
    Link("relay_shop", ("relay", "shop"), carries=(Message,)),
    Link("terminal_edge", ("terminal", "relay"), carries=(Message,)),
    Link("silent", ("relay", "payment"), carries=()),
)


def test_an_event_is_read_as_it_was_written() -> None:
    assert event_from_line(EVENT.to_line()) == EVENT
    assert event_from_line(EVENT.to_line().encode()) == EVENT
    assert event_from_line(json.dumps({**EVENT.to_json(), "more": 1})) == EVENT
    assert event_from_line(json.dumps({**EVENT.to_json(), "procedure": 12})).procedure == "12"
    bare = {key: value for key, value in EVENT.to_json().items() if key in ("link", "from", "to", "direction")}
    assert event_from_line(json.dumps({**bare, "message": None})) == Event("relay_shop", "relay", "shop", SENT, None)


def test_an_event_is_seen_by_the_party_that_tells_of_it() -> None:
    assert (EVENT.seen_at, point_of(EVENT)) == ("relay", Point("relay_shop", "relay", SENT))
    received = EVENT._replace(direction=RECEIVED, receiver="shop-2")
    assert (received.seen_at, point_of(received)) == ("shop-2", Point("relay_shop", "shop", RECEIVED))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"link": 1}, "link: expected a name, not 1"),
        ({"from": ""}, "from: expected a name, not an empty text"),
        ({"to": None}, "to: expected a name, not null"),
        ({"direction": "out"}, "direction: expected 'sent' or 'received', not \"out\""),
        (
            {"message": []},
            'message: expected {"message": NAME, "fields": {...}}, or null if it could not be read, not []',
        ),
        ({"message": {"message": "A"}}, "message: expected"),
        ({"message": {"message": "A" * 50}}, "AAA..."),
        ({"http": 1}, "http: expected an object or null, not 1"),
        ({"procedure": True}, "procedure: expected a name, a whole number or null, not true"),
        ({"at": []}, "at: expected a time as text or number, or null, not a list"),
        ({"at": {}}, "not an object"),
    ],
)
def test_invalid_event_is_refused_with_what_was_expected(change: dict[str, object], expected: str) -> None:
    with pytest.raises(ObservationError) as refused:
        event_from_line(json.dumps({**EVENT.to_json(), **change}))
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "expected one JSON object: Expecting value in column 1"),
        ('{"link": "a"', "expected one JSON object"),
        ("{} {}", "expected one JSON object: Extra data"),
        ("\ufeff{}", "expected one JSON object"),
        ("[1]", "expected a JSON object, not a list"),
        ('"a"', "expected a JSON object, not text"),
        ("{}", "link: expected a name, not nothing"),
        ("[" * 100_000, "none is nested as deeply as this"),
        (b"\xff{}", "expected text in UTF-8"),
    ],
)
def test_invalid_line_is_refused_with_what_was_expected(line: str | bytes, expected: str) -> None:
    with pytest.raises(ObservationError) as refused:
        event_from_line(line)
    assert expected in str(refused.value)
    assert "\n" not in str(refused.value)


def test_invalid_event_without_a_message_is_told_what_may_have_been_meant() -> None:
    event = EVENT.to_json()
    del event["message"]
    with pytest.raises(ObservationError, match=r"^message: it is missing$"):
        event_from_line(json.dumps(event))
    with pytest.raises(ObservationError, match="message: it is missing; did you mean 'mesage'"):
        event_from_line(json.dumps({**event, "mesage": None}))


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("procedure", ["p1", None, 3])
def test_a_glance_sees_what_reading_sees(separators: tuple[str, str], procedure: object) -> None:
    other = EVENT._replace(direction=RECEIVED, sender="terminal-7", receiver="relay", link='a"b')
    for events in ([EVENT], [other], [EVENT, other, EVENT, other], [EVENT._replace(message=None)] * 3):
        usual = [event.to_json() | {"procedure": procedure} for event in events]
        unusual = [{"http": {"link": "x", "from": "y", "to": "z", "direction": "sent"}} | one for one in usual]
        reverse = [dict(reversed(one.items())) for one in usual]
        for documents in (usual, unusual, reverse, [*usual, *unusual]):
            glance = Glance()
            for document in documents:
                glance.at(json.dumps(document, separators=separators).encode())
                glance.at(b"no event")
            assert glance.seen == set(map(point_of, events))
            assert glance.has_nameless is (procedure is None)


def test_a_glance_finds_the_one_event_without_a_procedure() -> None:
    glance = Glance()
    for procedure in ("p1", "p2", "p3"):
        glance.at(EVENT._replace(procedure=procedure).to_line().encode())
    assert not glance.has_nameless
    glance.at(EVENT._replace(procedure=None).to_line().encode())
    assert glance.has_nameless


def test_words_name_what_is_seen() -> None:
    everything = every_point(LINKS)
    assert len(everything) == 8
    assert sight(["relay_shop", "terminal_edge"], LINKS) == everything
    assert sight(["relay_shop@relay"], LINKS) == {Point("relay_shop", "relay", way) for way in (SENT, RECEIVED)}
    assert sight(["relay_shop:sent"], LINKS) == {Point("relay_shop", role, SENT) for role in ("relay", "shop")}
    assert sight(["relay_shop@shop:received"], LINKS) == {Point("relay_shop", "shop", RECEIVED)}
    assert sight([], LINKS) == frozenset()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("relay_shp", "no link 'relay_shp'; did you mean 'relay_shop'?"),
        ("silent", "no link 'silent'; there is: relay_shop, terminal_edge"),
        ("relay_shop@wallet", "'wallet' is no end of relay_shop; there is: relay, shop"),
        ("relay_shop:out", "'out' is no direction"),
    ],
)
def test_invalid_word_names_nothing_to_see(word: str, expected: str) -> None:
    with pytest.raises(ObservationError) as refused:
        sight([word], LINKS)
    assert expected in str(refused.value)


def test_values_are_open_only_if_somebody_says_so() -> None:
    assert OpenValues() == OpenValues(texts=frozenset(), written={}, rendered={}, renewed={}, shared=frozenset())
    assert written({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
