"""Pseudonyms: identifiers that only the party which made them can tell apart from random ones, and read again.

A role derives some names from others, such as the relay its name of a query to one wallet (`wallet_txn`). As a text
such a name is encrypted under the party's own secret, the same each time (AES-SIV, RFC 5297), so that nobody else
learns what it was derived from, and the party needs no table to find it again.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from payrelay.wire.base64url import to_base64url
from payrelay.wire.problems import WritingError

BLOCK = 32
"""Names are padded to multiples of so many bytes, so that their lengths tell little."""
SHORTEST = 64
"""The length of the shortest pseudonym."""
LONGEST_NAME = 160
"""The most bytes of a name: its pseudonym is then no longer than identifiers may be."""


@lru_cache(maxsize=256)
def _cipher(secret: bytes) -> AESSIV:
    return AESSIV(secret)


def pseudonym(secret: bytes, kind: str, name: str) -> str:
    """The text of a derived name."""
    data = name.encode()
    if len(data) > LONGEST_NAME:
        raise WritingError(f"a {kind} of more than {LONGEST_NAME} bytes cannot travel: {name[:20]}...")
    padded = data + bytes(-len(data) % BLOCK or (0 if data else BLOCK))
    return to_base64url(_cipher(secret).encrypt(padded, [kind.encode()]))


def name_behind(secret: bytes, kind: str, text: str) -> str | None:
    """The derived name that a text is; None if it is no pseudonym that was made with this secret."""
    if len(text) < SHORTEST or not secret:
        return None
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return _cipher(secret).decrypt(data, [kind.encode()]).rstrip(b"\0").decode()
    except (InvalidTag, ValueError):
        return None
