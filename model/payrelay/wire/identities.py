"""Identities: keyrings of all parties, under roots of their own, made of one seed.

From a random seed they are as good as any; from a published one they are for tests and vectors, and the same each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from payrelay.language.links import role_of
from payrelay.wire.certificates import USER, Roots, issue, make_root
from payrelay.wire.keyring import KeyPair, Keyring

ROLES = ("relay", "shop", "wallet", "payment", "authority")
"""The roles that have keys."""
SERVERS = "servers"
YEAR = 365 * 24 * 3600


def keyrings(
    parties: Iterable[str], seed: bytes, begins: int, ends: int | None = None, security: str = "hardened"
) -> dict[str, Keyring]:
    """A keyring for each party, at a level of security. A terminal has roots and recipients, and no key."""
    parties = tuple(parties)
    ends = begins + YEAR if ends is None else ends
    if security != "hardened":
        bare = (Keyring(party=party, security=security, secret=_secret(seed, party)) for party in parties)
        return {keyring.party: keyring for keyring in bare}
    issuers = {name: _root(seed, name, begins, ends) for name in (SERVERS, USER)}
    trusted = {**dict.fromkeys(ROLES, (issuers[SERVERS][0],)), USER: (issuers[USER][0],)}
    roots = Roots(trusted)
    servers = [party for party in parties if role_of(party) in ROLES]
    openers = {
        party: _pair(seed, role_of(party), party, issuers[SERVERS], begins, ends, seals=True) for party in servers
    }
    recipients = {party: pair.certificate for party, pair in openers.items()}
    rings = {}
    for party in parties:
        ring = Keyring(party=party, roots=roots, recipients=recipients, secret=_secret(seed, party))
        if party in openers:
            ring = replace(ring, signers=_signers(seed, party, issuers, begins, ends), openers=(openers[party],))
        rings[party] = ring
    return rings


Issuer = tuple[x509.Certificate, Ed25519PrivateKey]


def _signers(seed: bytes, party: str, issuers: dict[str, Issuer], begins: int, ends: int) -> dict[str, KeyPair]:
    role = role_of(party)
    signers = {role: _pair(seed, role, party, issuers[SERVERS], begins, ends)}
    if role == "wallet":
        signers[USER] = _pair(seed, USER, party, issuers[USER], begins, ends)
    return signers


def _derived(seed: bytes, *words: str, size: int = 32) -> bytes:
    return hashlib.shake_256(b"\0".join([seed, *(word.encode() for word in words)])).digest(size)


def _secret(seed: bytes, party: str) -> bytes:
    return _derived(seed, "secret", party, size=64)


def _serial(seed: bytes, *words: str) -> int:
    return int.from_bytes(_derived(seed, "serial", *words, size=16)) >> 1 | 1


def _root(seed: bytes, name: str, begins: int, ends: int) -> Issuer:
    key = Ed25519PrivateKey.from_private_bytes(_derived(seed, "root", name))
    return make_root(f"payrelay {name}", key, begins, ends, _serial(seed, "root", name)), key


def _pair(
    seed: bytes, purpose: str, party: str, issuer: Issuer, begins: int, ends: int, *, seals: bool = False
) -> KeyPair:
    words = ("opens" if seals else "signs", purpose, party)
    kind = X25519PrivateKey if seals else Ed25519PrivateKey
    key = kind.from_private_bytes(_derived(seed, *words))
    serial = _serial(seed, *words)
    return KeyPair(key, issue(purpose, party, key.public_key(), issuer, begins, ends, serial))


def counted(seed: bytes) -> Callable[[int], bytes]:
    """Randomness that is the same each time, from a seed: for tests and vectors, and never for anything real."""
    count = 0

    def random(size: int) -> bytes:
        nonlocal count
        count += 1
        return _derived(seed, "random", str(count), size=size)

    return random
