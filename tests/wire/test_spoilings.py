"""Spoilings: whatever is wrong with the bytes of a message, no reader takes it for right, and none raises."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.strategies import NOW, SLOW, all_keys, messages, rings_at

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.model.data import EXPIRED as RUN_OUT
from payrelay.model.data import SECURITIES
from payrelay.wire import MESSAGES, REASONS, Malformed, read, write
from payrelay.wire.identities import counted
from payrelay.wire.spoilings import EXPIRED, SPOILINGS, UNREAD, UNVERIFIED, Spoiled, spoil

KEYS = all_keys()
RINGS = {security: rings_at(security) if security != "hardened" else KEYS.rings for security in SECURITIES}
EACH = [(kind, security) for kind in MESSAGES.values() for security in SECURITIES]
each = pytest.mark.parametrize(("kind", "security"), EACH, ids=lambda one: getattr(one, "__name__", one))
some = settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=SLOW)


def at(term: Any, pointer: str) -> Any:
    """The term in a place of a message."""
    for name in pointer.split("/")[1:]:
        term = term[int(name)] if isinstance(term, tuple) else getattr(term, name)
    return term


def judge(spoiled: Spoiled, found: Message | Malformed) -> str:
    """How a reader refuses it; `accepted` if it does not."""
    if isinstance(found, Malformed):
        return found.reason
    term = at(found, spoiled.at)
    if isinstance(term, terms.Unverified):
        return UNVERIFIED
    if isinstance(term, terms.Sealed) and isinstance(term.content, str):
        return UNREAD
    return EXPIRED if getattr(found, "validity", "") == RUN_OUT else "accepted"


@pytest.mark.slow
@each
@some
@given(data=st.data())
def test_invalid_messages_are_refused(kind: type[Message], security: str, data: st.DataObject) -> None:
    rings = RINGS[security]
    message = data.draw(messages(kind, security, rings))
    written = write(message, rings[message.sender])
    for spoiled in spoil(written, KEYS, security, counted(b"spoilings")):
        found = read(spoiled.data, rings[message.receiver], NOW, spoiled.peer)
        assert judge(spoiled, found) == spoiled.refused, (spoiled.name, spoiled.at, found)
    assert not isinstance(read(written, rings[message.receiver], NOW), Malformed)


def test_every_refusal_is_a_reason_in_words() -> None:
    assert all(says.strip() for says in (*SPOILINGS.values(), *REASONS.values()))
    assert is_dataclass(Malformed)
    assert [field.name for field in fields(Malformed)] == ["reason", "pointer", "detail"]
    shown = str(Malformed("not_whole", "/amount/value", "2.0"))
    assert shown == "a number that is not whole, or out of range at /amount/value (2.0)"


@pytest.mark.parametrize("security", SECURITIES)
@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.from_regex(rb"[\[\{\"a:,\}\]\\u0.eE+-]+")
)
def test_invalid_bytes_raise_nothing(security: str, data: bytes) -> None:
    for party in ("relay", "terminal-1"):
        assert isinstance(read(data, RINGS[security][party], NOW), Malformed)


@pytest.mark.parametrize("security", SECURITIES)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(data=st.data())
def test_invalid_changes_of_any_byte_raise_nothing(security: str, data: st.DataObject) -> None:
    rings = RINGS[security]
    kind = data.draw(st.sampled_from(sorted(MESSAGES.values(), key=lambda one: one.__name__)))
    message = data.draw(messages(kind, security, rings))
    written = bytearray(write(message, rings[message.sender]))
    for _ in range(data.draw(st.integers(1, 3))):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    found = read(bytes(written), rings[message.receiver], NOW)
    if security == "hardened" and "terminal" not in message.sender + message.receiver:
        assert isinstance(found, Malformed) or found == read(
            write(message, rings[message.sender]), rings[message.receiver], NOW
        )
