"""Messages to bytes and back: every class, at every level of security."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.wire.strategies import NOW, SLOW, messages, rings_at, seen_by, tokens_in

from payrelay.language.links import Link
from payrelay.language.messages import Message
from payrelay.model import links
from payrelay.model.data import SECURITIES
from payrelay.wire import MESSAGES, Malformed, WritingError, is_enveloped, media_type, read, schema_of, write
from payrelay.wire.jose import Jws

RINGS = {security: rings_at(security) for security in SECURITIES}
EACH = [(kind, security) for kind in MESSAGES.values() for security in SECURITIES]
each = pytest.mark.parametrize(("kind", "security"), EACH, ids=lambda one: getattr(one, "__name__", one))
some = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=SLOW)


def body_of(data: bytes) -> Any:
    """The JSON of a message, signed as a whole or not."""
    return json.loads(data if data[:1] == b"{" else Jws(data.decode()).payload)


def test_every_message_that_a_link_can_carry_travels() -> None:
    carried = {kind for link in vars(links).values() if isinstance(link, Link) for kind in link.carries}
    assert set(MESSAGES.values()) == carried | set(links.LITERAL_CLAIM_8)


@pytest.mark.slow
@each
@some
@given(data=st.data())
def test_what_is_written_is_read(kind: type[Message], security: str, data: st.DataObject) -> None:
    rings = RINGS[security]
    message = data.draw(messages(kind, security, rings))
    written = write(message, rings[message.sender])
    assert write(message, rings[message.sender]) == written
    found = read(written, rings[message.receiver], NOW)
    assert not isinstance(found, Malformed), found
    assert seen_by(found, message.receiver) == seen_by(message, message.receiver)
    assert type(found) is kind
    Draft202012Validator(schema_of(kind, security)).validate(body_of(written))


@pytest.mark.slow
@each
@some
@given(data=st.data())
def test_what_was_read_is_stored_and_passed_on_unchanged(
    kind: type[Message], security: str, data: st.DataObject
) -> None:
    rings = RINGS[security]
    message = data.draw(messages(kind, security, rings))
    found = read(write(message, rings[message.sender]), rings[message.receiver], NOW)
    assert not isinstance(found, Malformed), found
    stored = pickle.loads(pickle.dumps(found))
    assert (stored, tokens_in(stored)) == (found, tokens_in(found))
    back = replace(stored, sender=message.receiver, receiver=message.sender)
    passed_on = write(back, rings[message.receiver])
    again = body_of(passed_on), body_of(write(message, rings[message.sender]))
    for name in set(again[0]) - {"sender", "receiver"}:
        assert again[0][name] == again[1][name]


@each
def test_its_schema_is_one(kind: type[Message], security: str) -> None:
    schema = schema_of(kind, security)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["message"] == {"const": kind.__name__}
    assert not set(schema["properties"]) & set(kind.given)


def test_invalid_level_has_no_schema() -> None:
    with pytest.raises(ValueError, match="no security level 'hard'"):
        schema_of(MESSAGES["CancelAck"], "hard")


def test_a_message_between_servers_is_signed_as_a_whole() -> None:
    assert is_enveloped("relay", "shop", "hardened")
    assert not is_enveloped("relay", "shop", "channel")
    assert not is_enveloped("terminal-1", "relay", "hardened")
    assert media_type("relay", "shop", "hardened") == "application/jose"
    assert media_type("relay", "terminal-1", "hardened") == "application/json"


def test_invalid_sender_cannot_write() -> None:
    ack = MESSAGES["CancelAck"](sender="relay", receiver="wallet-1", relay_txn=None)  # type: ignore[call-arg]
    with pytest.raises(WritingError, match="shop cannot send what relay sends"):
        write(ack, RINGS["plain"]["shop"])
