"""base64url without padding (RFC 7515, 2): how bytes stand in texts, headers and names."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode

_FROM_URL = bytes.maketrans(b"-_", b"+/")


def to_base64url(data: bytes) -> str:
    """The text of bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of a text that is exactly what they are written as: no padding, no bits that mean nothing.

    Raises ValueError for any other.
    """
    try:
        data = b64decode(text.encode().translate(_FROM_URL) + b"=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise ValueError("it is not in base64url") from None
    if to_base64url(data) != text:
        raise ValueError("it is not in base64url")
    return data
