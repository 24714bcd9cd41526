"""Keyrings: all that a party needs in order to read and to write, as a value that it is given.

What is signed or sealed is made once: `made` keeps it, by what it says, for whom it is and by whom. So a role that
says the same again sends the same bytes, though an object tells when it was made and sealing is randomised. A server
keeps it as durably as the state of its roles, and in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from payrelay.language.links import role_of
from payrelay.wire.certificates import Roots, encoded, thumbprint


@dataclass(frozen=True, eq=False)
class KeyPair:
    """A private key, and the certificate of its public key."""

    key: Ed25519PrivateKey | X25519PrivateKey
    certificate: x509.Certificate

    @cached_property
    def thumbprint(self) -> str:
        """The name of the certificate."""
        return thumbprint(self.certificate)

    @cached_property
    def x5c(self) -> str:
        """The certificate as a header has it."""
        return encoded(self.certificate)


@dataclass(frozen=True)
class Pen:
    """What an object is made with that was not made before: the time, and randomness."""

    now: int
    """Seconds since 1970."""
    random: Callable[[int], bytes]
    """So many random bytes, from a source that is good for keys."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Keyring:
    """Who a party is, at which level of security it speaks, and its keys. In clear, it has none."""

    party: str
    security: str = "hardened"
    signers: Mapping[str, KeyPair] = field(default_factory=dict)
    """What it signs with, by the purpose of the certificate: its role; a wallet also as `user`."""
    openers: tuple[KeyPair, ...] = ()
    """What it opens with, its former keys among them."""
    roots: Roots = field(default_factory=lambda: Roots({}))
    """The roots that it trusts, for each purpose by itself. Keys come from nowhere else."""
    recipients: Mapping[str, x509.Certificate] = field(default_factory=dict)
    """The certificates of those for whom it seals, by party."""
    secret: bytes = b""
    """64 random bytes that nobody else has: what the party's pseudonyms are made with, at every level of security."""
    made: MutableMapping[str, str] = field(default_factory=dict)
    """What it has signed and sealed."""
    pen: Pen | None = None
    """None for a party that makes nothing new."""

    @property
    def role(self) -> str:
        """The role of the party."""
        return role_of(self.party)

    def at(self, now: int, random: Callable[[int], bytes]) -> Keyring:
        """The same keyring, with what new objects are made with."""
        return replace(self, pen=Pen(now, random))
