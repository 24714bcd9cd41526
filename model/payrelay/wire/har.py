"""HTTP archives (HAR 1.2): what a browser, a proxy or a server recorded, as exchanges, and back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from payrelay.wire.exchange import Exchange, Headers, Request, Response, header, media_type

VERSION = "1.2"


class ArchiveError(Exception):
    """A text that is no archive. One line that says what was expected, and where."""


# --- reading


def exchanges_in(archive: bytes) -> tuple[Exchange, ...]:
    """The exchanges of an archive, in the order in which they were begun. Raises ArchiveError if it is none."""
    try:
        document = json.loads(archive.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ArchiveError("expected text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ArchiveError(
            f"expected one JSON object: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise ArchiveError("expected an HTTP archive: none is nested as deeply as this") from None
    entries = _member(_member({"archive": document}, "archive", dict, ""), "log", dict, "")
    listed = _member(entries, "entries", list, "log")
    found = [_exchange(entry, f"log.entries[{place}]") for place, entry in enumerate(listed)]
    return tuple(sorted(found, key=lambda one: one.started))


def is_archive(beginning: bytes) -> bool:
    """Whether a text begins as an archive does: one object, whose first member is `log`."""
    return beginning.removeprefix(b"\xef\xbb\xbf").lstrip().removeprefix(b"{").lstrip().startswith(b'"log"')


def _exchange(entry: object, where: str) -> Exchange:
    if not isinstance(entry, dict):
        raise ArchiveError(f"{where}: expected an object")
    asked = _member(entry, "request", dict, where)
    answered = _member(entry, "response", dict, where)
    sent = _headers(asked, f"{where}.request")
    request = Request(
        _member(asked, "method", str, f"{where}.request"),
        _target(_member(asked, "url", str, f"{where}.request"), f"{where}.request"),
        sent,
        _bytes(asked.get("postData"), sent, "_encoding", f"{where}.request.postData"),
    )
    status = _member(answered, "status", int, f"{where}.response")
    response = None
    if status:  # 0 is written where there was no answer
        headers, content = _headers(answered, f"{where}.response"), answered.get("content")
        response = Response(status, headers, _bytes(content, headers, "encoding", f"{where}.response.content"))
    time = entry.get("time")
    seconds = time / 1000 if isinstance(time, int | float) and time > 0 else 0.0
    return Exchange(request, response, _member(entry, "startedDateTime", str, where), seconds)


def _target(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ArchiveError(f"{where}.url: expected a URL") from None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _headers(of: dict[str, Any], where: str) -> Headers:
    listed = _member(of, "headers", list, where)
    named = (entry for entry in listed if isinstance(entry, dict))
    return tuple((str(entry.get("name", "")).lower(), str(entry.get("value", ""))) for entry in named)


def _bytes(body: object, headers: Headers, encoding: str, where: str) -> bytes:
    """A body. An archive has it decoded, so it is encoded again as its headers say."""
    if body is None:
        return b""
    if not isinstance(body, dict):
        raise ArchiveError(f"{where}: expected an object")
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise ArchiveError(f"{where}.text: expected text")
    if body.get(encoding) != "base64":
        try:
            return text.encode(media_type(headers)[1])
        except (UnicodeEncodeError, LookupError):
            return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ArchiveError(f"{where}.text: expected base64, as the encoding beside it says") from None


def _member(of: dict[str, Any], key: str, kind: Any, where: str) -> Any:
    value = of.get(key)
    if not isinstance(value, kind):
        names = {dict: "an object", list: "a list", str: "text", int: "a whole number"}
        at = f"{where}.{key}" if where else key
        raise ArchiveError(f"{at}: expected {names[kind]}{' in an HTTP archive' if not where else ''}")
    return value


# --- writing


def archive_of(exchanges: Iterable[Exchange], creator: str, version: str, origin: str = "https://localhost") -> str:
    """Exchanges as an archive. A target that is no whole URL is taken to be at the origin."""
    entries = [_entry(one, origin) for one in exchanges]
    log = {"version": VERSION, "creator": {"name": creator, "version": version}, "entries": entries}
    return json.dumps({"log": log}, indent=1, ensure_ascii=False) + "\n"


def _entry(exchange: Exchange, origin: str) -> dict[str, object]:
    request, response = exchange.request, exchange.response
    url = request.target if "://" in request.target else origin + request.target
    asked: dict[str, object] = {
        "method": request.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": list(_listed(request.headers)),
        "queryString": list(_listed(parse_qsl(urlsplit(url).query, keep_blank_values=True))),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        asked["postData"] = _text(request.body, request.headers, "_encoding")
    answered: dict[str, object] = {
        "status": response.status if response else 0,
        "statusText": _phrase(response.status) if response else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": list(_listed(response.headers)) if response else [],
        "content": {"size": len(response.body), **_text(response.body, response.headers, "encoding")}
        if response
        else {"size": 0, "mimeType": ""},
        "redirectURL": (header(response.headers, "location") or "") if response else "",
        "headersSize": -1,
        "bodySize": len(response.body) if response else -1,
    }
    time = round(exchange.seconds * 1000, 3)
    return {
        "startedDateTime": exchange.started,
        "time": time,
        "request": asked,
        "response": answered,
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
    }


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else ""


def _listed(pairs: Iterable[tuple[str, str]]) -> Iterator[dict[str, str]]:
    return ({"name": name, "value": value} for name, value in pairs)


def _text(body: bytes, headers: Headers, encoding: str) -> dict[str, str]:
    media = header(headers, "content-type") or ""
    try:
        return {"mimeType": media, "text": body.decode(media_type(headers)[1])}
    except (UnicodeDecodeError, LookupError):
        return {"mimeType": media, "text": base64.b64encode(body).decode(), encoding: "base64"}
