"""Terms that came over the wire: what a role sees, and beside it the exact bytes.

Each equals the term of the language that says the same, so that no guard can tell them apart. The bytes stand beside
it for whoever passes the term on: what is forwarded is forwarded unchanged, and a digest is one of what was signed or
sealed, not of what it means. They are pickled with their bytes.
"""

from __future__ import annotations

from typing import Any

from payrelay.language import terms


class Signed(terms.Signed):
    """A content whose signature was verified, as a compact JWS."""

    __slots__ = ("token",)
    token: str

    def __init__(self, by: str, content: object, token: str) -> None:
        super().__init__(by, content)
        object.__setattr__(self, "token", token)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, terms.Signed):
            return NotImplemented
        return (self.by, self.content) == (other.by, other.content)

    __hash__ = terms.Signed.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.by, self.content, self.token)


class Unverified(terms.Unverified):
    """A content whose signature was not verified, as it came. The content is None if it could not even be read."""

    __slots__ = ("reason", "token")
    token: str
    reason: str
    """Why it was not; for people only."""

    def __init__(self, content: object, token: str, reason: str = "") -> None:
        super().__init__(content)
        object.__setattr__(self, "token", token)
        object.__setattr__(self, "reason", reason)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, terms.Unverified):
            return NotImplemented
        return self.content == other.content

    __hash__ = terms.Unverified.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.content, self.token, self.reason)


class Sealed(terms.Sealed):
    """Something sealed, as a compact JWE. For whoever cannot open it the content is a text that tells nothing."""

    __slots__ = ("token",)
    token: str

    def __init__(self, to: str, content: object, token: str) -> None:
        super().__init__(to, content)
        object.__setattr__(self, "token", token)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, terms.Sealed):
            return NotImplemented
        return (self.to, self.content) == (other.to, other.content)

    __hash__ = terms.Sealed.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.to, self.content, self.token)


class Hash(terms.Hash):
    """A digest whose content is not known: SHA-256 in base64url. It equals the digest of a content by computing it.

    Equal digests need not have equal hashes in Python: what a digest is of is not known here. So nothing may use
    digests as keys of a mapping, and no role does.
    """

    __slots__ = ()
    content: str

    def __init__(self, digest: str) -> None:
        super().__init__(digest)

    def __eq__(self, other: object) -> bool:
        from payrelay.wire.digests import digest_of

        if isinstance(other, Hash):
            return self.content == other.content
        if isinstance(other, terms.Hash):
            return self.content == digest_of(other.content)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.content)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.content,)
