"""The wire: bytes to messages and back, sans-IO.

`read` and `write` are the only places with keys, encodings and times. Both are pure: what is random, and the time,
is given to them.

Beside what a server needs, the package has what somebody who tests any reader or writer needs, installed and with no
test framework: `samples` is one message of every class, `spoilings` and `forgeries` are all that can be wrong with the
bytes of one, and `vectors` and `page_vectors` make of them the documents that stand in docs/vectors.
"""

from payrelay.wire.hands import expiry_of
from payrelay.wire.keyring import Keyring
from payrelay.wire.messages import is_enveloped, media_type, read, schema_of, write
from payrelay.wire.objects import MESSAGES, routes_of
from payrelay.wire.problems import REASONS, Malformed, WritingError

__all__ = [
    "MESSAGES",
    "REASONS",
    "Keyring",
    "Malformed",
    "WritingError",
    "expiry_of",
    "is_enveloped",
    "media_type",
    "read",
    "routes_of",
    "schema_of",
    "write",
]
