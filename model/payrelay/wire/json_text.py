"""JSON as it travels: read strictly, and written in one way only (RFC 8785)."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from payrelay.wire.problems import Refusal

Json = Any
"""What JSON can say: objects, lists, texts, whole numbers, booleans."""

MOST_BYTES = 65_536
MOST_DEPTH = 24


def parse(data: bytes) -> Json:
    """The value that the bytes are; Refusal for anything that two readers could take for different values."""
    if len(data) > MOST_BYTES:
        raise Refusal("too_large", detail=f"{len(data)} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Refusal("not_utf8") from None
    if text.startswith("\ufeff"):
        raise Refusal("not_utf8")
    if _depth(text) > MOST_DEPTH:
        raise Refusal("too_deep")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Refusal("not_json", detail=f"{error.msg} in column {error.colno}") from None
    except ValueError:  # a number of more digits than Python reads
        raise Refusal("not_whole") from None


def canonical(value: Json) -> bytes:
    """The one way to write a value, of which signatures and digests speak.

    Of all that RFC 8785 says there remains little for what travels: names are ASCII, numbers whole and small. The
    library of that name says the same, slower, and tests hold it against this.
    """
    return _ENCODER.encode(value).encode()


def _depth(text: str) -> int:
    """How deep brackets go at most; those inside of texts count, too, which only makes it more."""
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return 0
    depth = most = 0
    is_text = is_escaped = False
    for character in text:
        if is_text:
            is_text = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_text = True
        elif character in "[{":
            depth += 1
            most = max(most, depth)
        elif character in "]}":
            depth -= 1
    return most


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refusal("duplicate_member")
    return members


def _no_number(text: str) -> NoReturn:
    raise Refusal("not_whole", detail=text[:40])


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_no_number, parse_constant=_no_number)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
