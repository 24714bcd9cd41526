"""HTTP archives are read as they were written, and refused in one line where they are none."""

import json
from typing import Any

import pytest

from payrelay.wire.exchange import Exchange, Request, Response
from payrelay.wire.har import ArchiveError, archive_of, exchanges_in, is_archive

ASKED = Request("POST", "/payrelay/v1/relay_shop/procedure_abort?a=1", (("content-type", "application/json"),), b"{}")
EXCHANGES = (
    Exchange(ASKED, Response(202), "2026-01-01T00:00:00.000Z", 0.25),
    Exchange(
        ASKED,
        Response(200, (("content-type", "text/html; charset=shift_jis"),), "日本".encode("shift_jis")),
        "2026-01-02",
    ),
    Exchange(ASKED, None, "2026-01-03"),
    Exchange(
        Request("POST", "/", (("content-type", "application/json"),), b"\xff"),
        Response(200, (("content-type", "text/plain"),), b"\xff"),
        "2026-01-04",
    ),
)


def test_an_archive_is_read_as_it_was_written() -> None:
    text = archive_of(EXCHANGES, "test", "1")
    assert exchanges_in(text.encode()) == EXCHANGES
    assert is_archive(text.encode())
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    assert log["entries"][1]["response"]["content"]["text"] == "日本"
    assert log["entries"][3]["request"]["postData"]["_encoding"] == "base64"


def test_a_body_that_its_charset_lacks_is_taken_as_it_is() -> None:
    for charset in ("us-ascii", "klingon"):
        document = json.loads(archive_of(EXCHANGES[:1], "test", "1"))
        answered = document["log"]["entries"][0]["response"]
        answered["headers"] = [{"name": "Content-Type", "value": f"text/html; charset={charset}"}]
        answered["content"] = {"text": "日"}
        (found,) = exchanges_in(json.dumps(document).encode())
        assert found.response is not None
        assert found.response.body == "日".encode()


def test_entries_are_in_the_order_of_their_beginning() -> None:
    assert exchanges_in(archive_of(reversed(EXCHANGES), "test", "1").encode()) == EXCHANGES


def test_an_event_log_is_no_archive() -> None:
    assert not is_archive(b'{"at": 1, "link": "relay_shop"}\n')
    assert not is_archive(b"")


def broken(path: tuple[Any, ...], value: object) -> bytes:
    document = json.loads(archive_of(EXCHANGES, "test", "1"))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("log",), 3, "log: expected an object in an HTTP archive"),
        (("log", "entries"), {}, "log.entries: expected a list"),
        (("log", "entries", 0), 1, "log.entries[0]: expected an object"),
        (("log", "entries", 0, "request"), None, "log.entries[0].request: expected an object"),
        (("log", "entries", 0, "request", "url"), 1, "log.entries[0].request.url: expected text"),
        (("log", "entries", 0, "request", "url"), "http://[", "log.entries[0].request.url: expected a URL"),
        (("log", "entries", 0, "request", "postData"), 1, "log.entries[0].request.postData: expected an object"),
        (
            ("log", "entries", 3, "response", "content", "text"),
            "#",
            "log.entries[3].response.content.text: expected base64, as the encoding beside it says",
        ),
        (
            ("log", "entries", 1, "response", "content", "text"),
            7,
            "log.entries[1].response.content.text: expected text",
        ),
        (("log", "entries", 0, "startedDateTime"), None, "log.entries[0].startedDateTime: expected text"),
    ],
)
def test_invalid_archives_are_refused(path: tuple[Any, ...], value: object, message: str) -> None:
    with pytest.raises(ArchiveError) as refused:
        exchanges_in(broken(path, value))
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (b"\xff", "expected text in UTF-8"),
        (b"{", "expected one JSON object: Expecting property name enclosed in double quotes in line 1, column 2"),
        (b"[]", "archive: expected an object in an HTTP archive"),
        (b"[" * 100_000, "expected an HTTP archive: none is nested as deeply as this"),
    ],
)
def test_invalid_text_is_refused(archive: bytes, message: str) -> None:
    with pytest.raises(ArchiveError, match="expected") as refused:
        exchanges_in(archive)
    assert str(refused.value) == message
