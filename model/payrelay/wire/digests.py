"""Digests: SHA-256 in base64url, of the exact bytes of what is signed or sealed, else of canonical JSON."""

from __future__ import annotations

import hashlib
from dataclasses import is_dataclass
from typing import Any

from payrelay.language import terms
from payrelay.language.terms import Symbol
from payrelay.wire.annotations import struct_of
from payrelay.wire.base64url import to_base64url
from payrelay.wire.json_text import Json, canonical
from payrelay.wire.problems import WritingError
from payrelay.wire.shapes import Shape, Struct, Writer
from payrelay.wire.terms import Hash, Sealed, Signed, Unverified


def digest_of_bytes(data: bytes) -> str:
    """The digest of some bytes."""
    return to_base64url(hashlib.sha256(data).digest())


def digest_of(content: object, writer: Writer | None = None) -> str | None:
    """The digest of a content; None if it has no bytes, as it was never signed or sealed and cannot be here."""
    try:
        return digest_of_bytes(_bytes_of(content, writer or _INSIDE))
    except WritingError:
        return None


def _bytes_of(content: object, writer: Writer) -> bytes:
    match content:
        case Signed() | Unverified() | Sealed():
            return content.token.encode()
        case terms.Sealed() if is_dataclass(content.content) and not isinstance(content.content, type):
            return writer.sealed(content, struct_of(type(content.content)), None).encode()
        case terms.Unverified():
            return _bytes_of(content.content, writer)
    return canonical(_clear(content))


def _clear(content: Any) -> Json:
    """A content as it would travel in clear: the same for everybody, so without anybody's pseudonyms."""
    if isinstance(content, Symbol):
        return content.name
    if isinstance(content, tuple):
        return [_clear(item) for item in content]
    if is_dataclass(content) and not isinstance(content, type | terms.Signed | terms.Sealed | terms.Hash):
        return struct_of(type(content)).write(content, _INSIDE)
    raise WritingError(f"{content!r} has no digest")


class _Inside:
    """What a digest is computed with where nothing is written: no key is at hand, and none is needed."""

    security = "plain"

    def name_of(self, symbol: Symbol) -> str:
        return symbol.name

    def signed(self, term: terms.Signed | terms.Unverified, shape: Struct) -> str:
        raise WritingError("nothing can be signed here")

    def sealed(self, term: terms.Sealed, shape: Shape, beside: Json) -> str:
        raise WritingError("nothing can be sealed here")

    def digest(self, term: terms.Hash) -> str:
        return written_digest(term, self)


_INSIDE = _Inside()


def written_digest(term: terms.Hash, writer: Writer) -> str:
    """A digest as it travels. Raises WritingError if there is none."""
    if isinstance(term, Hash):
        return term.content
    return digest_of_bytes(_bytes_of(term.content, writer))
