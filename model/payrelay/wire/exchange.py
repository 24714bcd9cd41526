"""HTTP as values: what is asked, what is answered, and both together. Nothing here opens a connection."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlsplit

Headers = tuple[tuple[str, str], ...]
"""Names and values, in order. Names are compared without regard to case."""

JSON: Final = "application/json"
JOSE: Final = "application/jose"
FORM: Final = "application/x-www-form-urlencoded"
LONGEST_KEPT = 256
"""Characters of a media type, with its parameters, that is kept once it was parsed."""
PROBLEM: Final = "application/problem+json"


def header(headers: Headers, name: str) -> str | None:
    """The value of a header; the first, if there are several."""
    return next((value for known, value in headers if known.lower() == name.lower()), None)


def media_type(headers: Headers) -> tuple[str, str]:
    """The media type and the charset of a body, both in lower case; UTF-8 where none is named."""
    named = header(headers, "content-type")
    if not named:
        return "", "utf-8"
    return _parsed(named) if len(named) > LONGEST_KEPT else _parsed_once(named)


def _parsed(named: str) -> tuple[str, str]:
    parsed = EmailMessage()
    parsed["content-type"] = _printable(named)
    return parsed.get_content_type(), (parsed.get_content_charset() or "utf-8")


_parsed_once = lru_cache(maxsize=256)(_parsed)
"""Nearly all bodies have one of a few media types."""


def _printable(value: str) -> str:
    """The value without what a header cannot have."""
    return "".join(character for character in value if character.isprintable())


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    target: str
    """Path and query, or a whole URL."""
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that occurs several times the first value."""
        return dict(reversed(parse_qsl(urlsplit(self.target).query, keep_blank_values=True)))


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what was answered: None if nothing was."""

    request: Request
    response: Response | None
    started: str = ""
    """When the request was sent, as ISO 8601 has it."""
    seconds: float = 0.0
