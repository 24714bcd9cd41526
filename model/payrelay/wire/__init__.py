"""The wire: bytes to messages and back, sans-IO.

`read` and `write` are the only places with keys, encodings and times. Both are pure: what is random, and the time,
is given to them.
"""

from payrelay.wire.keyring import Keyring
from payrelay.wire.messages import MESSAGES, is_enveloped, media_type, read, schema_of, write
from payrelay.wire.problems import REASONS, Malformed, WritingError

__all__ = [
    "MESSAGES",
    "REASONS",
    "Keyring",
    "Malformed",
    "WritingError",
    "is_enveloped",
    "media_type",
    "read",
    "schema_of",
    "write",
]
