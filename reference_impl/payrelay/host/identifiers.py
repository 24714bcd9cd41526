"""Identifiers that nobody has: random texts that may stand wherever the wire has an identifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from payrelay.wire.base64url import to_base64url

IDENTIFIER_BYTES: Final = 18
"""144 bits, 24 characters: what a page has room for."""


def fresh_identifier(random: Callable[[int], bytes]) -> str:
    """An identifier from the randomness that is given."""
    return to_base64url(random(IDENTIFIER_BYTES))
