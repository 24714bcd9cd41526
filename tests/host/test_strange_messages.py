"""Every message of the model, told to parties that know nothing of it, or something else: an answer, never a fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.host.town import SESSION, TERMINAL, Town
from tests.wire.travelling import messages

from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.messages.terminal_edge import TerminalRequest
from payrelay.wire import WritingError
from payrelay.wire.binding import to_request
from payrelay.wire.endpoints import endpoint_of

EXPECTED = {"", "protocol-error", "unauthenticated", "malformed", "wrong-inquiry-token"}


def strange(security: str) -> list[Message]:
    """The requests that runs of the model have, as if from the parties of the town."""
    found = dict.fromkeys(message for message in messages(security) if endpoint_of(message) is not None)
    return list(found)


@pytest.mark.slow
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("is_paid", [False, True], ids=["fresh", "paid"])
def test_every_message_is_answered(security: str, is_paid: bool) -> None:
    town = Town(security=security, wallets=2)
    if is_paid:
        assert town.pays() == "approved"
    said: Counter[str] = Counter()
    for message in strange(security):
        if not {message.sender, message.receiver} <= set(town.names):
            continue
        for told in as_known(message):
            ring = replace(town.rings[told.sender].at(int(town.clock()), town.random), made={})
            try:
                request = to_request(told, ring)
            except WritingError:  # at hardened nobody can say what only another could have signed
                continue
            step = town.network.parties[told.receiver].receive(request, told.sender)
            said[step.problem.name if step.problem else ""] += 1
    assert set(said) <= EXPECTED, said
    assert said[""] > 20


def as_known(message: Message) -> list[Message]:
    """A message as it is, and a terminal's also as if its session were known."""
    if role_of(message.sender) == TERMINAL.partition("-")[0] and isinstance(message, TerminalRequest):
        return [message, replace(message, session=Symbol("session", SESSION))]
    return [message]
