"""The event log: what a party sent and received, as `payrelay check-trace` reads it, with nothing secret in it.

What somebody could pay, log in, or ask with stands in no log (W-SEC-16): in its place is a name that is the same for
the same secret, made with a key for logs. Whoever holds the logs of several parties together gives them the same key.
What is sealed is told by its digest, even to whoever opened it.

What belongs together is not always to be seen: a wallet that is asked must not know for which order. Where logs of
several parties are to be followed as one, as in tests, each request has a header that names the run of the model which
it belongs to (`Payrelay-Procedure`, W-HTTP-18): an order with all attempts to pay it, or a registration.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from types import NoneType
from typing import Any

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Summary
from payrelay.wire import symbols
from payrelay.wire.base64url import to_base64url
from payrelay.wire.digests import digest_of_bytes
from payrelay.wire.event_log import event_of
from payrelay.wire.keyring import Keyring
from payrelay.wire.pseudonyms import pseudonym
from payrelay.wire.remembering import remembered
from payrelay.wire.terms import Hash, Sealed

SECRET_KINDS = frozenset({"session", "inquiry_token", "user_auth", "account", "secret", "answer", "auth_code"})
"""The kinds of symbols that are in no log."""
SECRET_SLOTS: Mapping[str, str] = {"inquiry_token": "inquiry_token"}
"""The slots of pages that show one, with its kind."""
LEAVES = frozenset({NoneType, bool, int, float, str})
"""What is told as it is."""


@remembered
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a class of terms; none, if it has none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


@dataclass(frozen=True)
class Teller:
    """Tells events for a party."""

    keyring: Keyring
    key: bytes
    """The key for logs."""

    def run_of(self, origin: str) -> str:
        """What the log calls the run that began with something."""
        return self._hidden("procedure", origin)

    def line(self, message: Message, link: str, direction: str, now: float, procedure: str | None) -> str:
        """An event as a line. A message that was sent is given as its receiver could read it without keys."""
        ends = (message.sender, message.receiver)
        return event_of(self.told(message), link, ends, direction, _time(now), None, procedure).to_line()

    def told(self, term: Any) -> Any:
        """A term as it is told: itself, if there is nothing in it to be told otherwise."""
        kind = type(term)
        if kind in LEAVES:
            return term
        if isinstance(term, Symbol):
            name = self._name(term.kind, self._travelling(term))
            return term if name == term.name else Symbol(term.kind, name)
        match term:
            case Sealed():
                return terms.Sealed(term.to, digest_of_bytes(term.token.encode()))
            case terms.Sealed():  # as an observer read it: its content is the token
                return terms.Sealed(term.to, digest_of_bytes(str(term.content).encode()))
            case Hash():
                return term
            case tuple():
                return tuple(map(self.told, term))
            case frozenset():
                return frozenset(map(self.told, term))
            case Summary():
                slots = tuple((name, place, self._slot(name, text)) for name, place, text in term.slots)
                return replace(term, slots=slots, bound=self.told(term.bound))
            case terms.Signed():
                return terms.Signed(term.by, self.told(term.content))
            case terms.Unverified():
                return terms.Unverified(self.told(term.content))
        changed: dict[str, Any] = {}
        for name in _names(kind):
            before = getattr(term, name)
            after = self.told(before)
            if after is not before:
                changed[name] = after
        return replace(term, **changed) if changed else term

    def _travelling(self, symbol: Symbol) -> str:
        if symbols.is_name(symbol.kind, symbol.name) or not self.keyring.secret or symbol.kind in symbols.ADDRESSES:
            return symbol.name
        return pseudonym(self.keyring.secret, symbol.kind, symbol.name)

    def _name(self, kind: str, name: str) -> str:
        return self._hidden(kind, name) if kind in SECRET_KINDS else name

    def _slot(self, name: str, text: str) -> str:
        return self._hidden(SECRET_SLOTS[name], text) if name in SECRET_SLOTS else text

    def _hidden(self, kind: str, name: str) -> str:
        digest = hmac.digest(self.key, f"{kind} {name}".encode(), "sha256")
        return to_base64url(digest[:18])


def _time(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
