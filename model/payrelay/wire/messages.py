"""The seam between bytes and messages: `read`, `write`, and the schema of what travels.

A role sees a `Message` of terms and nothing else; keys, encodings and times end here. Whatever comes in, `read`
returns a message, in which what was not verified is an `Unverified` that guards refuse, or a `Malformed`.
"""

from __future__ import annotations

from typing import Any

from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.model.data import CURRENT, EXPIRED, SECURITIES
from payrelay.model.protocol import DISPATCH
from payrelay.wire.annotations import struct_of
from payrelay.wire.exchange import JOSE, JSON
from payrelay.wire.hands import Reading, Writing
from payrelay.wire.json_text import Json, canonical
from payrelay.wire.keyring import Keyring
from payrelay.wire.objects import MESSAGES, routes_of, type_of
from payrelay.wire.problems import Malformed, Refusal, WritingError
from payrelay.wire.remembering import remembered
from payrelay.wire.shapes import Schema
from payrelay.wire.symbols import pattern_of_parties

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def is_enveloped(sender: str, receiver: str, security: str) -> bool:
    """Whether a message is signed as a whole: between servers, hardened. A terminal has no key of its own."""
    return security == "hardened" and "terminal" not in (role_of(sender), role_of(receiver))


def media_type(sender: str, receiver: str, security: str) -> str:
    """The media type of a message's bytes."""
    return JOSE if is_enveloped(sender, receiver, security) else JSON


def write(message: Message, keyring: Keyring) -> bytes:
    """The bytes of a message. Raises WritingError for one that this party cannot write."""
    if type(message) is not MESSAGES.get(type(message).__name__):
        raise WritingError(f"{type(message).__name__} travels nowhere")
    if message.sender != keyring.party:
        raise WritingError(f"{keyring.party} cannot send what {message.sender or 'nobody'} sends")
    writer = Writing(keyring, message.receiver)
    body = struct_of(type(message)).write(message, writer)
    if is_enveloped(message.sender, message.receiver, keyring.security):
        return writer.envelope(type(message), body)
    return canonical(body)


def read(data: bytes, keyring: Keyring, now: int, peer: str | None = None) -> Message | Malformed:
    """The message that bytes are, at a time in seconds since 1970; or why they are none.

    `peer` is whom the channel shows, where it is authenticated; at security plain nobody is, and None is given.
    """
    try:
        return _read(data, Reading(keyring, now), peer)
    except Refusal as refusal:
        return refusal.malformed


def _read(data: bytes, reader: Reading, peer: str | None) -> Message:
    keyring = reader.keyring
    body, signer, typed = reader.body(data)
    kind = _kind_of(body, keyring.role)
    if typed is not None and typed != type_of(kind):
        raise Refusal("bad_signature", "/message", "it is signed as another kind of message")
    reader.times_out = "validity" in kind.given
    sender, receiver = body["sender"], body["receiver"]
    if receiver != keyring.party:
        raise Refusal("wrong_receiver", "/receiver")
    if type(sender) is not str or any(shown not in (None, sender) for shown in (signer, peer)):
        raise Refusal("wrong_sender", "/sender")
    if signer is None and is_enveloped(sender, receiver, keyring.security):
        raise Refusal("not_signed")
    if signer is None and keyring.security == "hardened" and not _is_at_terminal(kind, keyring.role):
        raise Refusal("not_signed", detail="a terminal says no such thing")
    message: Any = struct_of(kind).read(body, reader, "")
    if reader.times_out:
        object.__setattr__(message, "validity", EXPIRED if reader.is_expired else CURRENT)
    return message  # type: ignore[no-any-return]


def _kind_of(body: Json, role: str) -> type[Message]:
    if type(body) is not dict:
        raise Refusal("wrong_type")
    for name in ("message", "receiver", "sender"):
        if name not in body:
            raise Refusal("missing_member", f"/{name}")
    name = body["message"]
    kind = MESSAGES.get(name) if isinstance(name, str) else None
    if kind is None or (role, kind) not in DISPATCH:
        raise Refusal("unknown_message", "/message")
    return kind


@remembered
def _is_at_terminal(kind: type[Message], role: str) -> bool:
    """Whether a terminal can say it to this role, or is told it."""
    return role == "terminal" or ("terminal", role) in routes_of(kind)


def schema_of(kind: type[Message], security: str, sender: str | None = None) -> Schema:
    """The JSON Schema of a message's JSON: of its bytes, or of what is signed, where it is signed as a whole; only of
    what one role sends, if that is named."""
    if security not in SECURITIES:
        raise ValueError(f"no security level {security!r}")
    definitions: dict[str, Schema] = {}
    schema = struct_of(kind).object_schema(security, definitions)
    routes = [route for route in routes_of(kind) if sender in (None, route[0])]
    for name, roles in zip(("sender", "receiver"), zip(*routes, strict=True), strict=True):
        schema["properties"][name] = {"type": "string", "pattern": pattern_of_parties(sorted(set(roles)))}
    used = {"$defs": dict(sorted(definitions.items()))} if definitions else {}
    return {"$schema": SCHEMA_DIALECT, "title": kind.__name__, **schema, **used}
