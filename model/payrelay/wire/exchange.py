"""HTTP as values: what is asked, what is answered, and both together. Nothing here opens a connection."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final
from urllib.parse import parse_qsl, urlsplit

Headers = tuple[tuple[str, str], ...]
"""Names and values, in order. Names are compared without regard to case."""

JSON: Final = "application/json"
JOSE: Final = "application/jose"
FORM: Final = "application/x-www-form-urlencoded"
PROBLEM: Final = "application/problem+json"


def header(headers: Headers, name: str) -> str | None:
    """The value of a header; the first, if there are several."""
    return next((value for known, value in headers if known.lower() == name.lower()), None)


def media_type(headers: Headers) -> tuple[str, str]:
    """The media type and the charset of a body, both in lower case; UTF-8 where none is named."""
    parsed, named = EmailMessage(), header(headers, "content-type")
    parsed["content-type"] = _printable(named or "")
    return (parsed.get_content_type() if named else ""), (parsed.get_content_charset() or "utf-8")


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
