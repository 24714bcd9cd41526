"""The hands of a party that writes or reads one message: what shapes cannot do without keys."""

from __future__ import annotations

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.wire import symbols
from payrelay.wire.digests import written_digest
from payrelay.wire.json_text import Json, parse
from payrelay.wire.keyring import Keyring
from payrelay.wire.problems import WritingError
from payrelay.wire.shapes import Shape, Struct, Term


class Writing:
    def __init__(self, keyring: Keyring, receiver: str) -> None:
        self.keyring, self.receiver, self.security = keyring, receiver, keyring.security

    def name_of(self, symbol: Symbol) -> str:
        if not symbols.is_name(symbol.kind, symbol.name):
            raise WritingError(f"{symbol} is no text that can travel")
        return symbol.name

    def signed(self, term: terms.Signed | terms.Unverified, shape: Struct) -> str:
        raise WritingError("not yet")

    def sealed(self, term: terms.Sealed, shape: Shape, beside: Json) -> str:
        raise WritingError("not yet")

    def digest(self, term: terms.Hash) -> str:
        return written_digest(term, self)

    def envelope(self, kind: type[Message], body: Json) -> bytes:
        raise WritingError("not yet")


class Reading:
    def __init__(self, keyring: Keyring, now: int) -> None:
        self.keyring, self.now, self.security = keyring, now, keyring.security
        self.sender = ""
        self.times_out = self.is_expired = False

    def body(self, data: bytes) -> tuple[Json, str | None, type[Message] | None]:
        return parse(data), None, None

    def name_in(self, kind: str, name: str) -> str:
        return name

    def signed(self, token: str, shape: Struct) -> Term:
        raise WritingError("not yet")

    def sealed(self, token: str, shape: Shape, beside: Json) -> Term:
        raise WritingError("not yet")
