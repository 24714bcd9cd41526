"""Redaction: what is secret stands in no report (W-SEC-16), whatever form it travels in.

A secret is known by its kind: what a session, a token or an account is called in a test is replaced wherever it stands,
also within what is encoded, as payloads of signed objects and envelopes of pages are. What was signed is then not what
was signed; what replaces a secret says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from payrelay.host.telling import SECRET_KINDS
from payrelay.language.terms import Symbol, parts
from payrelay.wire.base64url import from_base64url, to_base64url
from payrelay.wire.exchange import Headers

SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
ENCODED = re.compile(r"[A-Za-z0-9_-]{32,}")
"""What may be something encoded."""
DEEPEST = 8
"""How often one thing is encoded within another."""
HIDDEN = "[redacted]"


@dataclass
class Redaction:
    """Replaces secrets: each by its kind and a number, so that the same secret is known again."""

    _names: dict[str, str] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = None

    def learn(self, names: Mapping[Symbol, str]) -> None:
        """What the symbols of the model are called in a test."""
        self._learn((symbol.kind, name) for symbol, name in names.items())

    def learn_from(self, term: object) -> None:
        """What is secret in something that came."""
        self._learn((part.kind, part.name) for part in parts(term) if isinstance(part, Symbol))

    def _learn(self, named: Iterable[tuple[str, str]]) -> None:
        for kind, name in named:
            if kind in SECRET_KINDS and name and name not in self._names:
                self._names[name] = f"[{kind} {len(self._names) + 1}]"
                self._pattern = None

    def text(self, text: str, depth: int = 0) -> str:
        """A text without secrets."""
        if not self._names or not text:
            return text
        if self._pattern is None:
            longest_first = sorted(self._names, key=lambda name: (-len(name), name))
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        text = self._pattern.sub(lambda found: self._names[found[0]], text)
        return ENCODED.sub(lambda found: self._encoded(found[0], depth), text) if depth < DEEPEST else text

    def _encoded(self, run: str, depth: int) -> str:
        try:
            inner = from_base64url(run).decode()
        except ValueError:
            return run
        redacted = self.text(inner, depth + 1)
        return run if redacted == inner else to_base64url(redacted.encode())

    def headers(self, headers: Headers) -> list[list[str]]:
        """Headers without secrets."""
        return [[name, HIDDEN if name.lower() in SECRET_HEADERS else self.text(value)] for name, value in headers]


class Unredacted(Redaction):
    """Leaves everything as it is, for those who want to see it."""

    def text(self, text: str, depth: int = 0) -> str:  # noqa: ARG002
        """The text."""
        return text

    def headers(self, headers: Headers) -> list[list[str]]:
        """The headers."""
        return [[name, value] for name, value in headers]
