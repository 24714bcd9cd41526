"""Spoilings: every way to spoil the bytes of a message, each with a name and with how it must be refused.

With just one thing wrong: where a message is signed as a whole, what was spoiled is signed again by its sender, so
that a reader must find the fault itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from payrelay.language.links import role_of
from payrelay.model.conversion import Amount
from payrelay.wire import symbols
from payrelay.wire.annotations import struct_of
from payrelay.wire.forgeries import (
    FORGERIES,
    Keys,
    sealed_objects,
    signatures,
    signed_objects,
    wrong_signer,
)
from payrelay.wire.jose import Jws, sealed_for, sign
from payrelay.wire.json_text import MOST_BYTES, MOST_DEPTH, Json, canonical, parse
from payrelay.wire.objects import MESSAGES, SIGNERS, type_of, type_of_sealed
from payrelay.wire.shapes import Attested, Digest, Many, Named, Row, Secret, Shape, Struct, Text

SPOILINGS = {
    "truncated": "the last byte is missing",
    "oversized": "blanks make it longer than a message may be",
    "not_utf8": "a byte of it is no UTF-8",
    "byte_order_mark": "it begins with a byte order mark",
    "not_an_object": "it is a list",
    "deep_nesting": "brackets go deeper than those of any message",
    "duplicate_member": "the first member is there twice",
    "missing_member": "a member is missing",
    "unknown_member": "there is a member too many",
    "null_member": "a member is null",
    "wrong_json_type": "a member is of another JSON type",
    "unknown_message": "there is no message of this name",
    "wrong_receiver": "it is for somebody else",
    "wrong_sender": "it says another sender than has signed it",
    "wrong_peer": "the channel shows another sender",
    "amount_as_float": "an amount is written with a decimal point",
    "amount_as_text": "an amount is written as text",
    "amount_negative": "an amount is negative",
    "amount_too_large": "an amount has more than 15 digits",
    "unknown_currency": "an amount is in no currency that is known",
    "text_not_nfc": "a text is not in normal form",
    "text_not_nfkc": "a text has a character that only looks like another",
    "text_with_control": "a text has a control character",
    "text_with_direction": "a text has a character that changes the direction of writing",
    "identifier_too_short": "an identifier has less than 128 bits",
    "not_a_digest": "a digest is none",
    "not_signed": "it is not signed by its sender",
    "object_not_signed": "an object in it is in clear, though it must be signed or sealed",
    **FORGERIES,
}
"""Each spoiling, and what is wrong with what it makes."""

UNVERIFIED, UNREAD, EXPIRED = "unverified", "unread", "expired"
"""How objects in a message are refused: as terms that guards refuse. Everything else is a reason of `Malformed`."""


class Spoiled(NamedTuple):
    """A message with one thing wrong, and how it must be refused."""

    name: str
    at: str
    """Where, as a JSON pointer into the message; empty for all of it."""
    data: bytes
    refused: str
    peer: str | None = None
    """Whom the channel shows, where that is what is wrong."""


def another(party: str) -> str:
    """Another party of the same role."""
    return f"{role_of(party)}-9"


def spoil(data: bytes, keys: Keys, security: str, random: Callable[[int], bytes]) -> Iterator[Spoiled]:
    """All that can be wrong with a message, one at a time."""
    message = _Message(data, keys, security)
    yield from message.as_bytes()
    yield from message.as_json()
    yield from message.by_shape()
    if security == "channel" and not message.is_at_terminal:  # a channel shows servers to servers
        yield Spoiled("wrong_peer", "", data, "wrong_sender", peer=another(message.sender))
    if message.is_signed:
        yield from message.as_signed()
    if security == "hardened":
        yield from message.objects(random)


class _Message:
    def __init__(self, data: bytes, keys: Keys, security: str) -> None:
        self.data, self.keys, self.security = data, keys, security
        self.is_signed = data[:1] != b"{"
        self.payload = Jws(data.decode()).payload if self.is_signed else data
        self.body = parse(self.payload)
        self.kind = MESSAGES[self.body["message"]]
        self.sender, self.receiver = self.body["sender"], self.body["receiver"]
        self.is_at_terminal = "terminal" in (role_of(self.sender), role_of(self.receiver))

    def _wrapped(self, payload: bytes) -> bytes:
        """Some JSON as its sender would send it."""
        if not self.is_signed:
            return payload
        pair = self.keys.rings[self.sender].signers[role_of(self.sender)]
        return sign(type_of(self.kind), payload, pair).encode()

    def _with(self, name: str, at: str, value: Json, refused: str) -> Spoiled:
        """The message with another value in one place."""
        return Spoiled(name, at, self._wrapped(canonical(_replaced(self.body, at, value))), refused)

    def as_bytes(self) -> Iterator[Spoiled]:
        """What is no text of JSON."""
        middle = len(self.data) // 2
        yield Spoiled("truncated", "", self.data[:-1], "bad_signature" if self.is_signed else "not_json")
        yield Spoiled("oversized", "", self.data + b" " * MOST_BYTES, "too_large")
        yield Spoiled("not_utf8", "", self.data[:middle] + b"\xff" + self.data[middle:], "not_utf8")
        yield Spoiled("byte_order_mark", "", b"\xef\xbb\xbf" + self.data, "not_utf8")

    def as_json(self) -> Iterator[Spoiled]:
        """What is no object with just the members that it must have."""
        yield Spoiled("not_an_object", "", self._wrapped(canonical([self.body])), "wrong_type")
        deep = b"[" * MOST_DEPTH + b"]" * MOST_DEPTH
        yield Spoiled("deep_nesting", "", self._wrapped(self.payload[:-1] + b',"more":' + deep + b"}"), "too_deep")
        first = min(self.body)
        twice = canonical({first: self.body[first]})[:-1] + b"," + self.payload[1:]
        yield Spoiled("duplicate_member", "", self._wrapped(twice), "duplicate_member")
        for name in sorted(struct_of(self.kind).needed):
            without = {other: value for other, value in self.body.items() if other != name}
            yield Spoiled("missing_member", f"/{name}", self._wrapped(canonical(without)), "missing_member")
        yield self._with("unknown_member", "/more", 1, "unknown_member")
        yield self._with("unknown_message", "/message", "Nonsense", "unknown_message")
        yield self._with("wrong_receiver", "/receiver", another(self.receiver), "wrong_receiver")
        if self.is_signed:
            yield self._with("wrong_sender", "/sender", another(self.sender), "wrong_sender")
        for name in sorted(set(self.body) - {"message", "sender", "receiver"}):
            yield self._with("null_member", f"/{name}", None, "wrong_type")
            other: Json = 7 if type(self.body[name]) is not int else "7"
            yield self._with("wrong_json_type", f"/{name}", other, "wrong_type")

    def by_shape(self) -> Iterator[Spoiled]:
        """What no value of its field can be."""
        seen: set[str] = set()
        for shape, at, value in places(struct_of(self.kind), self.body, ""):
            for name, spoiled, refused in _values(shape, value):
                if name not in seen:  # one place is enough
                    seen.add(name)
                    yield self._with(name, at, spoiled, refused)

    def as_signed(self) -> Iterator[Spoiled]:
        """What is not signed by its sender, as this message."""
        token, purpose = self.data.decode(), role_of(self.sender)
        for forged in signatures(token, self.sender, purpose, self.keys):
            yield Spoiled(forged.name, "", forged.token.encode(), "bad_signature")
        for forged in wrong_signer(token, self.sender, purpose, self.keys):
            yield Spoiled(forged.name, "", forged.token.encode(), "wrong_sender")
        pair = self.keys.rings[self.sender].signers[purpose]
        other = next(kind for kind in MESSAGES.values() if kind is not self.kind)
        yield Spoiled("wrong_type", "", sign(type_of(other), self.payload, pair).encode(), "bad_signature")
        yield Spoiled("not_signed", "", self.payload, "not_signed")

    def objects(self, random: Callable[[int], bytes]) -> Iterator[Spoiled]:
        """What is not to be believed in a message that is."""
        for shape, at, value in places(struct_of(self.kind), self.body, ""):
            if isinstance(shape, Attested):
                yield from self._attested(shape, at, value)
            elif isinstance(shape, Secret) and type(value) is dict:
                yield from self._sealed(shape, at, value["jwe"], random)

    def _attested(self, shape: Attested, at: str, value: Json) -> Iterator[Spoiled]:
        token = value["jws"]
        claims = parse(Jws(token).payload)
        yield self._with("object_not_signed", at, claims["content"], "missing_member")
        if "iss" not in claims:
            return
        party, kind = claims["iss"], shape.content.kind
        for forged in signed_objects(token, party, SIGNERS[kind], self.keys):
            is_told = forged.name == "expired" and "validity" in self.kind.given
            yield self._with(forged.name, at, {"jws": forged.token}, EXPIRED if is_told else UNVERIFIED)

    def _sealed(self, shape: Secret, at: str, token: str, random: Callable[[int], bytes]) -> Iterator[Spoiled]:
        to, _ = sealed_for(token)
        if to != self.body["receiver"]:
            return
        for forged in sealed_objects(token, type_of_sealed(shape.content), to, self.keys, random):
            is_told = forged.name == "expired" and "validity" in self.kind.given
            yield self._with(forged.name, at, {"jwe": forged.token}, EXPIRED if is_told else UNREAD)


def places(shape: Shape, value: Json, at: str) -> Iterator[tuple[Shape, str, Json]]:
    """Every place in a message, with its shape; not what is inside of signed and sealed objects."""
    yield shape, at, value
    match shape:
        case Struct():
            for member in shape.members:
                if member.name in value:
                    yield from places(member.shape, value[member.name], f"{at}/{member.name}")
        case Many(item=item):
            for place, inner in enumerate(value):
                yield from places(item, inner, f"{at}/{place}")
        case Row(items=items):
            for place, (item, inner) in enumerate(zip(items, value, strict=True)):
                yield from places(item, inner, f"{at}/{place}")
        case Attested(content=content) if "jws" not in value:
            yield from places(content, value, at)
        case Secret(content=inner_shape) if type(value) is not dict or "jwe" not in value:
            yield from places(inner_shape, value, at)


def _values(shape: Shape, value: Json) -> Iterator[tuple[str, Json, str]]:
    """What a value of this shape cannot be: the name of the spoiling, the value, the reason to refuse it."""
    match shape:
        case Struct(kind=kind) if kind is Amount:
            yield "amount_as_float", {**value, "value": value["value"] + 0.5}, "not_whole"
            yield "amount_as_text", {**value, "value": str(value["value"])}, "wrong_type"
            yield "amount_negative", {**value, "value": -1}, "not_whole"
            yield "amount_too_large", {**value, "value": 10**15}, "not_whole"
            yield "unknown_currency", {**value, "currency": "ABC"}, "not_a_value"
        case Text():
            yield "text_not_nfc", "Cafe\u0301", "not_text"
            yield "text_not_nfkc", "１ yen", "not_text"  # noqa: RUF001
            yield "text_with_control", "two\u0007lines", "not_text"
            yield "text_with_direction", "a\u202eb", "not_text"
        case Named(kinds=kinds) if kinds[0] not in symbols.TEXTS:
            yield "identifier_too_short", "short", "not_an_identifier"
        case Digest():
            yield "not_a_digest", "A" * 42, "not_a_value"


def _replaced(body: Json, at: str, value: Json) -> Json:
    whole: Any = deepcopy(body)
    owner, key = owner_of(whole, at)
    owner[key] = value
    return whole


def owner_of(body: Json, at: str) -> tuple[Json, Any]:
    """The object or list that a JSON pointer leads into, and the key of the place there."""
    *path, last = at.split("/")[1:]
    owner = body
    for name in path:
        owner = owner[int(name) if type(owner) is list else name]
    return owner, int(last) if type(owner) is list else last
