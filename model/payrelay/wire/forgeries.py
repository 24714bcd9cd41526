"""Forgeries: every way to make a signed or sealed object that must not be believed, each with a name.

Whoever tests a reader needs them, and vectors are made of them. A forgery is made with all keys at hand, so that just
one thing is wrong with it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from payrelay.wire.base64url import from_base64url, to_base64url
from payrelay.wire.certificates import encoded, identity_in
from payrelay.wire.jose import SIGNS, Jws, jwk_of, open_sealed, seal, unsigned
from payrelay.wire.json_text import Json, canonical, parse
from payrelay.wire.keyring import KeyPair, Keyring
from payrelay.wire.objects import SKEW

FORGERIES = {
    "alg_none": "nobody signed it",
    "alg_hmac": "it is signed with the public key, as if that were a secret",
    "flipped_header": "a bit of its header is another",
    "flipped_payload": "a bit of what it says is another",
    "flipped_signature": "a bit of its signature is another",
    "wrong_key": "its certificate comes from a root that is not trusted, and names the right party",
    "wrong_signer": "somebody else signed it, with a certificate that is trusted for such things",
    "wrong_purpose": "it is signed under a certificate for another purpose",
    "wrong_type": "it is signed as an object of another type",
    "wrong_audience": "it is for somebody else",
    "key_in_header": "it brings a key of its own to be verified with",
    "certificate_ended": "its certificate was not valid any more",
    "expired": "it has run out",
    "from_future": "it was made later than now",
    "without_expiry": "it does not say when it runs out",
    "unknown_claim": "it says more than it may",
    "wrong_content": "a member of its content is missing",
    "flipped_ciphertext": "a bit of what is sealed is another",
    "flipped_tag": "a bit of the tag is another",
    "sealed_with_other_key": "it is sealed with a key that the recipient does not have",
    "sealed_for_other": "it is sealed for somebody else",
    "sealed_beside_other": "it was sealed beside something else, and moved",
}
"""Each forgery, and what is wrong with it."""

FLIPPED = {
    "flipped_header": 0,
    "flipped_payload": 1,
    "flipped_signature": 2,
    "flipped_ciphertext": 3,
    "flipped_tag": 4,
}
"""The part of an object, counted from 0, in which a forgery has flipped a bit."""


class Forged(NamedTuple):
    """An object with one thing wrong."""

    name: str
    token: str


class Keys(NamedTuple):
    """The keys of everybody: who they are, and strangers of the same names under roots that nobody trusts."""

    rings: Mapping[str, Keyring]
    strangers: Mapping[str, Keyring]
    former: Mapping[str, Keyring]
    """Everybody with certificates that have ended."""
    now: int


def flipped(token: str, part: int) -> str:
    """The object with a bit flipped in the middle of one part, written as base64url writes it."""
    parts = token.split(".")
    data = bytearray(from_base64url(parts[part]))
    data[len(data) // 2] ^= 1
    parts[part] = to_base64url(bytes(data))
    return ".".join(parts)


def signed_with(header: Json, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    """A compact JWS with any header."""
    signed = f"{to_base64url(canonical(header))}.{to_base64url(payload)}"
    return f"{signed}.{to_base64url(sign(signed.encode()))}"


def _by(pair: KeyPair, typed: str, payload: bytes, **more: Json) -> str:
    header = {"alg": SIGNS, "typ": typed, "kid": pair.thumbprint, "x5c": [pair.x5c], **more}
    return signed_with(header, payload, pair.key.sign)  # type: ignore[union-attr]


def signatures(token: str, party: str, purpose: str, keys: Keys) -> Iterator[Forged]:
    """What can be wrong with any signature, of an object or of a message as a whole."""
    read = Jws(token)
    typed, payload, pair = read.header["typ"], read.payload, keys.rings[party].signers[purpose]
    public = pair.key.public_key().public_bytes_raw()
    yield Forged("alg_none", unsigned(typed, payload))
    header = {**read.header, "alg": "HS256"}
    yield Forged("alg_hmac", signed_with(header, payload, lambda data: hmac.digest(public, data, "sha256")))
    for name in ("flipped_header", "flipped_payload", "flipped_signature"):
        yield Forged(name, flipped(token, FLIPPED[name]))
    stranger = keys.strangers[party].signers[purpose]
    yield Forged("wrong_key", _by(stranger, typed, payload))
    jwk = jwk_of(stranger.key.public_key())
    yield Forged("key_in_header", _by(stranger, typed, payload, jwk=jwk))
    yield Forged("certificate_ended", _by(keys.former[party].signers[purpose], typed, payload))
    others = [one for name, one in keys.rings[party].signers.items() if name != purpose]
    for other in others:
        yield Forged("wrong_purpose", _by(other, typed, payload))


def wrong_signer(token: str, party: str, purpose: str, keys: Keys) -> Iterator[Forged]:
    """The same, signed by another party that may sign such things."""
    read = Jws(token)
    other = next((ring for name, ring in keys.rings.items() if name != party and purpose in ring.signers), None)
    if other is not None:
        yield Forged("wrong_signer", _by(other.signers[purpose], read.header["typ"], read.payload))


def signed_objects(token: str, party: str, purpose: str, keys: Keys) -> Iterator[Forged]:
    """What can be wrong with a signed object."""
    yield from signatures(token, party, purpose, keys)
    yield from wrong_signer(token, party, purpose, keys)
    read = Jws(token)
    typed, claims, pair = read.header["typ"], parse(read.payload), keys.rings[party].signers[purpose]

    def forged(name: str, changed: Json, typed: str = typed) -> Forged:
        return Forged(name, _by(pair, typed, canonical(changed)))

    yield forged("wrong_type", claims, "payrelay-ticket")
    yield forged("wrong_audience", {**claims, "aud": ["somebody-else", "role:nobody"]})
    yield forged("from_future", {**claims, "iat": keys.now + SKEW + 1})
    yield forged("unknown_claim", {**claims, "more": True})
    content = dict(claims["content"])
    del content[min(content)]
    yield forged("wrong_content", {**claims, "content": content})
    if "exp" in claims:
        yield forged("expired", {**claims, "exp": keys.now})
        yield forged("without_expiry", {name: claim for name, claim in claims.items() if name != "exp"})


def sealed_objects(token: str, typed: str, to: str, keys: Keys, random: Callable[[int], bytes]) -> Iterator[Forged]:
    """What can be wrong with a sealed object, for its recipient."""
    ring = keys.rings[to]
    claims = parse(open_sealed(token, typed, ring.openers[0]))
    for name in ("flipped_header", "flipped_ciphertext", "flipped_tag"):
        yield Forged(name, flipped(token, FLIPPED[name]))

    def forged(name: str, changed: Json, *, typed: str = typed, keyring: Keyring = ring, party: str = to) -> Forged:
        recipient = identity_in(encoded(keyring.openers[0].certificate), keyring.roots)
        assert recipient is not None
        assert recipient.party == party
        return Forged(name, seal(typed, canonical(changed), recipient, random))

    yield forged("wrong_type", claims, typed="payrelay-ticket")
    yield forged("wrong_audience", {**claims, "aud": "somebody-else"})
    yield forged("from_future", {**claims, "iat": keys.now + SKEW + 1})
    yield forged("unknown_claim", {**claims, "more": True})
    yield forged("sealed_with_other_key", claims, keyring=keys.strangers[to])
    other = next((name for name, one in keys.rings.items() if name != to and one.openers), None)
    if other is not None:
        yield forged("sealed_for_other", {**claims, "aud": other}, keyring=keys.rings[other], party=other)
    if "exp" in claims:
        yield forged("expired", {**claims, "exp": keys.now})
    if "beside" in claims:
        yield forged("sealed_beside_other", {**claims, "beside": "A" * 43})
