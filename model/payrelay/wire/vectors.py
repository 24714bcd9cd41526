"""Vectors: every message at every level of security as bytes, and each way to spoil it with how it must be refused.

They are for whoever implements a reader or a writer in any language. What one fault changes in little is told as an
edit of what is valid, everything else in full. Signed and sealed objects have vectors of their own: what is said there
of an object holds wherever a message has one.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from payrelay.language.messages import Message
from payrelay.language.traces import plain_input
from payrelay.model.data import SECURITIES
from payrelay.wire.annotations import struct_of
from payrelay.wire.base64url import from_base64url, to_base64url
from payrelay.wire.forgeries import FLIPPED, FORGERIES, Forged, Keys, sealed_objects, signed_objects
from payrelay.wire.identities import YEAR, counted, keyrings
from payrelay.wire.jose import Jws, jwk_of, open_sealed, sealed_for
from payrelay.wire.json_text import MOST_BYTES, Json, canonical, parse
from payrelay.wire.keyring import KeyPair
from payrelay.wire.messages import media_type, read, write
from payrelay.wire.objects import MESSAGES, SIGNERS, lifetime_of, type_of, type_of_sealed
from payrelay.wire.page_vectors import page_vectors
from payrelay.wire.problems import Malformed
from payrelay.wire.samples import NOW, PARTIES, SEED, Samples
from payrelay.wire.shapes import Attested, Named, Secret, Shape
from payrelay.wire.spoilings import EXPIRED, SPOILINGS, UNREAD, UNVERIFIED, Spoiled, owner_of, places, spoil

SCHEMA_VERSION = 1
SAYS = "Test keys, published: trust none of them anywhere else."
OF_BYTES = ("truncated", "oversized", "not_utf8", "byte_order_mark")
OF_SIGNATURES = ("wrong_sender", "not_signed", *FORGERIES)


def documents() -> dict[str, Json]:
    """All vectors: a document for each message, for each signed or sealed object, and for the keys."""
    samples = {security: Samples(security) for security in SECURITIES}
    keys = _keys(samples["hardened"])
    found = {"keys": _keys_document(keys), "pages": {**_head("pages"), "pages": list(page_vectors())}}
    objects = _objects(samples["hardened"])
    for one in objects.values():
        found[one.name] = _object_document(one, keys)
    for kind in MESSAGES.values():
        sets = [_set(kind, security, samples[security], keys, objects) for security in SECURITIES]
        found[kind.__name__] = {**_head("vectors"), "message": kind.__name__, "now": NOW, "sets": sets}
    return found


def _head(kind: str) -> dict[str, Json]:
    return {"schema_version": SCHEMA_VERSION, "kind": kind}


def _keys(samples: Samples) -> Keys:
    strangers = keyrings(PARTIES, b"strangers", NOW - 1000)
    return Keys(samples.rings, strangers, keyrings(PARTIES, SEED, NOW - 2 * YEAR, NOW - 1), NOW)


# --- keys


def _keys_document(keys: Keys) -> Json:
    ring = keys.rings["relay"]
    roots = {
        purpose: [b64encode(root.public_bytes(Encoding.DER)).decode() for root in trusted]
        for purpose, trusted in ring.roots.trusted.items()
    }
    parties = {
        party: {
            "signs": {purpose: _pair(pair) for purpose, pair in one.signers.items()},
            "opens": [_pair(pair) for pair in one.openers],
            "secret": one.secret.hex(),
        }
        for party, one in keys.rings.items()
    }
    return {**_head("keys"), "says": SAYS, "now": NOW, "roots": roots, "parties": parties}


def _pair(pair: KeyPair) -> Json:
    jwk = {**jwk_of(pair.key.public_key()), "d": to_base64url(pair.key.private_bytes_raw())}
    return {"jwk": jwk, "certificate": pair.x5c, "thumbprint": pair.thumbprint}


# --- objects


class _Object(NamedTuple):
    """A signed or sealed object, where it was first met."""

    name: str
    shape: Attested | Secret
    token: str
    beside: Json


def _objects(samples: Samples) -> dict[str, _Object]:
    """The objects in all messages, by name."""
    found: dict[str, _Object] = {}
    for kind in MESSAGES.values():
        for _, one in _objects_in(struct_of(kind), _body(samples, kind)):
            found.setdefault(one.name, one)
    return found


def _body(samples: Samples, kind: type[Message]) -> Json:
    message = samples.message(kind)
    return _json_of(write(message, samples.rings[message.sender]))


def _json_of(data: bytes) -> Json:
    return parse(data if data[:1] == b"{" else Jws(data.decode()).payload)


def _objects_in(shape: Shape, body: Json) -> Iterator[tuple[str, _Object]]:
    for inner, at, value in places(shape, body, ""):
        if isinstance(inner, Attested):
            token = value["jws"]
            yield at, _Object(inner.content.kind.__name__, inner, token, None)
            yield from _objects_in(inner.content, parse(Jws(token).payload)["content"])
        elif isinstance(inner, Secret) and type(value) is dict:
            yield at, _Object(_name(inner), inner, value["jwe"], _beside(body, at))


def _name(shape: Secret) -> str:
    return shape.content.kinds[0] if isinstance(shape.content, Named) else shape.content.kind.__name__  # type: ignore[attr-defined]


def _beside(body: Json, at: str) -> Json:
    """The members beside a sealed one that are not sealed, in an object that is no message."""
    owner, _ = owner_of(body, at)
    is_message = "message" in owner
    return None if is_message else {name: value for name, value in owner.items() if not _is_sealed(value)}


def _is_sealed(value: Json) -> bool:
    return isinstance(value, dict) and set(value) == {"jwe"}


def _object_document(one: _Object, keys: Keys) -> Json:
    shape = one.shape
    if isinstance(shape, Attested):
        kind = shape.content.kind
        claims = parse(Jws(one.token).payload)
        forged = signed_objects(one.token, claims["iss"], SIGNERS[kind], keys)
        about = {"type": type_of(kind), "signed_as": SIGNERS[kind], "seconds": lifetime_of(kind)}
        name, refused = "jws", UNVERIFIED
    else:
        to, _ = sealed_for(one.token)
        typed = type_of_sealed(shape.content)
        claims = parse(open_sealed(one.token, typed, keys.rings[to].openers[0]))
        forged = sealed_objects(one.token, typed, to, keys, counted(SEED + one.name.encode()))
        about = {"type": typed, "sealed_for": to, "beside": one.beside}
        name, refused = "jwe", UNREAD
    spoiled = [_forged_document(one.token, each, name, refused) for each in forged]
    return {
        **_head("object"),
        "object": one.name,
        "now": NOW,
        **about,
        "valid": {name: one.token},
        "claims": claims,
        "spoiled": spoiled,
    }


def _forged_document(valid: str, forged: Forged, name: str, refused: str) -> Json:
    how = {"name": forged.name, "says": FORGERIES[forged.name], "refused": refused}
    if forged.name == "expired":
        how["refused"] = f"{refused}, or {EXPIRED} where a message has validity"
    if forged.name in FLIPPED:
        return {**how, "edit": _flip(valid, forged.name)}
    return {**how, name: forged.token}


def _flip(token: str, name: str) -> Json:
    part = FLIPPED[name]
    return {"flip": {"part": part, "byte": len(from_base64url(token.split(".")[part])) // 2, "mask": 1}}


# --- messages


def _set(
    kind: type[Message], security: str, samples: Samples, keys: Keys, objects: dict[str, _Object]
) -> dict[str, Json]:
    message = samples.message(kind)
    data = write(message, samples.rings[message.sender])
    found = read(data, samples.rings[message.receiver], NOW)
    assert not isinstance(found, Malformed), found
    body = _json_of(data)
    listed = spoil(data, keys, security, counted(SEED))
    made: dict[str, Any] = {
        "security": security,
        "sender": message.sender,
        "receiver": message.receiver,
        "media_type": media_type(message.sender, message.receiver, security),
        "valid": data.decode(),
    }
    if security == "hardened":
        met = _objects_in(struct_of(kind), body)
        made["terms"] = plain_input(found)
        made["objects"] = {at: one.name for at, one in met if at.split("/")[1] in body and one.name in objects}
    if security != "plain":
        made["also"] = "plain"
    made["spoiled"] = [_spoiled_document(data, body, one) for one in listed if _is_told(one, security, data)]
    return made


def _is_told(one: Spoiled, security: str, data: bytes) -> bool:
    """Whether a spoiling is told of a set. Those of JSON are told once, and hold at every level."""
    if security == "plain":
        return True
    if security == "channel":
        return one.peer is not None
    if one.name in OF_BYTES:
        return False
    return one.at in ("", "/sender") and one.name in OF_SIGNATURES and data[:1] != b"{"


def _spoiled_document(valid: bytes, body: Json, one: Spoiled) -> Json:
    how: dict[str, Any] = {"name": one.name, "at": one.at, "says": SPOILINGS[one.name], "refused": one.refused}
    if one.peer is not None:
        return {**how, "peer": one.peer, "edit": {}}
    if one.name in OF_BYTES:
        return {**how, "edit": _edit_of_bytes(valid, one.name)}
    if one.name in FLIPPED:
        return {**how, "edit": _flip(valid.decode(), one.name)}
    edit = _edit_of_json(body, one) if one.data[:1] == b"{" and valid[:1] == b"{" else None
    return {**how, "edit": edit} if edit is not None else {**how, "bytes": one.data.decode()}


def _edit_of_bytes(valid: bytes, name: str) -> Json:
    match name:
        case "truncated":
            return {"cut": 1}
        case "oversized":
            return {"append_blanks": MOST_BYTES}
        case "not_utf8":
            return {"insert_hex": "ff", "offset": len(valid) // 2}
    return {"insert_hex": "efbbbf", "offset": 0}


def _edit_of_json(body: Json, one: Spoiled) -> Json | None:
    """The edit of the valid JSON that makes the spoiled bytes; None if there is none."""
    try:
        spoiled = json.loads(one.data)
    except (ValueError, RecursionError):
        return None
    if not one.at:
        return None
    whole = deepcopy(body)
    (owner, key), (other, _) = owner_of(whole, one.at), owner_of(spoiled, one.at)
    if isinstance(owner, dict) and key not in other:
        del owner[key]
        edit: Json = {"remove": one.at}
    else:
        owner[key] = other[key]
        edit = {"set": one.at, "value": other[key]}
    return edit if canonical(whole) == one.data else None
