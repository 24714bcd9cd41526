"""Signed and sealed objects (RFC 7515, 7516): one algorithm for each, one form of header, one key that is expected.

Nothing in an object chooses how it is judged: the algorithm, the type and whose key it must be are the reader's. What
a header says is compared with that. Of the two standards this is what one algorithm needs, on the primitives of the
library cryptography: what is sealed is then made of the randomness that is given. Tests hold it against joserfc.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from payrelay.wire.base64url import from_base64url, to_base64url
from payrelay.wire.certificates import Identity, Roots, identity_in
from payrelay.wire.json_text import Json, canonical, parse
from payrelay.wire.keyring import KeyPair
from payrelay.wire.problems import Refusal
from payrelay.wire.symbols import is_party

SIGNS = "Ed25519"
WRAPS, SEALS = "ECDH-ES+A256KW", "A256GCM"
LONGEST_HEADER = 4096
"""Characters of a header: more than a certificate takes. Headers are kept, so none may be large."""
TAG = 16
"""Bytes of the tag with which what is sealed ends."""


class JoseRefusal(Exception):
    """Why an object is not believed. Raised inside of `payrelay.wire` alone."""


def _bytes_of(part: str) -> bytes:
    """The bytes of a part of an object."""
    try:
        return from_base64url(part)
    except ValueError as error:
        raise JoseRefusal(str(error)) from None


def jwk_of(key: Ed25519PublicKey | X25519PublicKey) -> dict[str, Json]:
    """A public key as a JWK (RFC 8037)."""
    curve = "Ed25519" if isinstance(key, Ed25519PublicKey) else "X25519"
    return {"kty": "OKP", "crv": curve, "x": to_base64url(key.public_bytes_raw())}


def sign(typed: str, payload: bytes, signer: KeyPair) -> str:
    """A compact JWS of a type."""
    assert isinstance(signer.key, Ed25519PrivateKey)
    signed = f"{_signed_header(typed, signer)}.{to_base64url(payload)}"
    return f"{signed}.{to_base64url(signer.key.sign(signed.encode()))}"


@lru_cache(maxsize=256)
def _signed_header(typed: str, signer: KeyPair) -> str:
    header = {"alg": SIGNS, "typ": typed, "kid": signer.thumbprint, "x5c": [signer.x5c]}
    return to_base64url(canonical(header))


def unsigned(typed: str, payload: bytes) -> str:
    """A JWS that nobody signed. It exists to be refused."""
    return f"{to_base64url(canonical({'alg': 'none', 'typ': typed}))}.{to_base64url(payload)}."


def header_of(token: str) -> Mapping[str, Json]:
    """The header of an object; JoseRefusal if it is none."""
    return _header_in(token.partition(".")[0])


@lru_cache(maxsize=1024)
def _header_in(segment: str) -> Mapping[str, Json]:
    """A header: one that was read before needs not be read again, as what one party signs of one type has the same."""
    if len(segment) > LONGEST_HEADER:
        raise JoseRefusal("its header is too long")
    try:
        header = parse(_bytes_of(segment))
    except Refusal as refusal:
        raise JoseRefusal(f"its header is no JSON: {refusal.malformed}") from None
    if type(header) is not dict:
        raise JoseRefusal("its header is no JSON object")
    return MappingProxyType(header)


class Jws:
    """A compact JWS, taken apart."""

    def __init__(self, token: str) -> None:
        self._signed, _, self._signature = token.rpartition(".")
        header, _, payload = self._signed.partition(".")
        self.header = _header_in(header)
        self.payload = _bytes_of(payload)
        """What it says, whoever says so."""

    def signer(self, typed: str | None, roots: Roots, now: int) -> Identity:
        """Who has signed it, as an object of this type; JoseRefusal if nobody who is trusted."""
        header = self.header
        if header.keys() != {"alg", "typ", "kid", "x5c"}:
            raise JoseRefusal("its header has not just alg, typ, kid and x5c")
        if header["alg"] != SIGNS:
            raise JoseRefusal(f"its algorithm is not {SIGNS}")
        if typed is not None and header["typ"] != typed:
            raise JoseRefusal(f"its type is not {typed}")
        chain = header["x5c"]
        if type(chain) is not list or len(chain) != 1 or type(chain[0]) is not str:
            raise JoseRefusal("x5c is not one certificate")
        signer = identity_in(chain[0], roots)
        if signer is None or signer.thumbprint != header["kid"] or not isinstance(signer.key, Ed25519PublicKey):
            raise JoseRefusal("its certificate is not one to sign with, from a root that is trusted for its purpose")
        if not signer.is_valid(now):
            raise JoseRefusal("its certificate is not valid now")
        try:
            signer.key.verify(_bytes_of(self._signature), self._signed.encode())
        except InvalidSignature:
            raise JoseRefusal("its signature is wrong") from None
        return signer


# --- sealing

_INFO = b"".join([len(WRAPS).to_bytes(4), WRAPS.encode(), bytes(4), bytes(4), (256).to_bytes(4)])
"""What a key that was agreed on is derived for (RFC 7518, 4.6.2)."""


def _agreed(private: X25519PrivateKey, public: X25519PublicKey) -> bytes:
    try:
        return ConcatKDFHash(SHA256(), 32, _INFO).derive(private.exchange(public))
    except ValueError:
        raise JoseRefusal("its epk is no point to agree on a key with") from None


def seal(typed: str, plaintext: bytes, recipient: Identity, random: Callable[[int], bytes]) -> str:
    """A compact JWE of a type, for a recipient."""
    assert isinstance(recipient.key, X25519PublicKey)
    ephemeral, key, nonce = X25519PrivateKey.from_private_bytes(random(32)), random(32), random(12)
    epk = jwk_of(ephemeral.public_key())
    kid = f"{recipient.party}/{recipient.thumbprint}"
    header = to_base64url(canonical({"alg": WRAPS, "enc": SEALS, "typ": typed, "kid": kid, "epk": epk}))
    wrapped = aes_key_wrap(_agreed(ephemeral, recipient.key), key)
    sealed = AESGCM(key).encrypt(nonce, plaintext, header.encode())
    return ".".join([header, *map(to_base64url, (wrapped, nonce, sealed[:-TAG], sealed[-TAG:]))])


def sealed_for(token: str) -> tuple[str, str]:
    """The party that a compact JWE is for, and the name of its certificate."""
    party, separator, name = str(header_of(token).get("kid", "")).partition("/")
    if not separator or not is_party(party):
        raise JoseRefusal("its kid names no party")
    return party, name


def open_sealed(token: str, typed: str, opener: KeyPair) -> bytes:
    """What is in a compact JWE of a type; JoseRefusal if it cannot be opened."""
    header = header_of(token)
    if header.keys() != {"alg", "enc", "typ", "kid", "epk"}:
        raise JoseRefusal("its header has not just alg, enc, typ, kid and epk")
    if (header["alg"], header["enc"], header["typ"]) != (WRAPS, SEALS, typed):
        raise JoseRefusal(f"it is not a {typed}, or not sealed with {WRAPS} and {SEALS}")
    segment, *parts = token.split(".")
    wrapped, nonce, sealed, tag = map(_bytes_of, parts)
    if (len(wrapped), len(nonce), len(tag)) != (40, 12, TAG):
        raise JoseRefusal("a part of it is too long or too short")
    assert isinstance(opener.key, X25519PrivateKey)
    try:
        key = aes_key_unwrap(_agreed(opener.key, _public(header["epk"])), wrapped)
        return AESGCM(key).decrypt(nonce, sealed + tag, segment.encode())
    except (InvalidTag, InvalidUnwrap):
        raise JoseRefusal("it cannot be opened") from None


def _public(epk: Json) -> X25519PublicKey:
    if type(epk) is not dict or epk.keys() != {"kty", "crv", "x"} or (epk["kty"], epk["crv"]) != ("OKP", "X25519"):
        raise JoseRefusal("its epk is no X25519 key")
    data = _bytes_of(epk["x"]) if type(epk["x"]) is str else b""
    if len(data) != 32:
        raise JoseRefusal("its epk is no X25519 key")
    return X25519PublicKey.from_public_bytes(data)
