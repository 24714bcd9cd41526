"""Terms: what a role sees instead of bytes.

Signatures, encryption and fresh values reach a role as values of this module, so that a guard compares for
equality and never parses, computes or looks at a clock. What a party can learn from a message is computed from
the terms inside it (Paulson, *The inductive approach to verifying cryptographic protocols*, 1998).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Symbol:
    """A fresh value, known by what it is for and by its name: two symbols of different kinds are never equal.

    The kind is the value's provenance. A number that happens to be the same elsewhere is not the same symbol.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A content whose signature by `by` was verified, under a key trusted for that role and type."""

    by: str
    content: object

    def __str__(self) -> str:
        return f"signed by {self.by}: {self.content}"


@dataclass(frozen=True, slots=True)
class Unverified:
    """A content whose signature was not verified: absent, broken, or by nobody who is trusted for it."""

    content: object

    def __str__(self) -> str:
        return f"unverified: {self.content}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A content that only `to` can open."""

    to: str
    content: object

    def __str__(self) -> str:
        return f"sealed for {self.to}"


@dataclass(frozen=True, slots=True)
class Hash:
    """The digest of a content: equal exactly when the contents are, and telling nothing else about it."""

    content: object

    def __str__(self) -> str:
        return "digest"


@lru_cache(maxsize=65536)
def _inside(term: object) -> tuple[object, ...]:
    """What stands directly in a term, digests excepted."""
    if isinstance(term, Hash):
        return ()
    if isinstance(term, Signed | Unverified | Sealed):
        return (term.content,)
    if isinstance(term, tuple | frozenset):
        return tuple(term)
    if is_dataclass(term):
        return tuple(getattr(term, field.name) for field in fields(term))
    return ()


def parts(term: object) -> Iterator[object]:
    """Everything that stands in a term, through pairs, signatures and encryptions, not through digests (*parts*)."""
    yield term
    for inner in _inside(term):
        yield from parts(inner)


def analz(term: object, party: str) -> Iterator[object]:
    """Everything that `party` can read in a term: *parts*, but only what is sealed for it is opened (*analz*).

    A party opens with the key that it has from the start. No key travels in these protocols, so what it knows
    of two messages is what it knows of each.
    """
    yield term
    if isinstance(term, Sealed) and term.to != party:
        return
    for inner in _inside(term):
        yield from analz(inner, party)
