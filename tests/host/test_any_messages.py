"""Whatever a message says, and whatever is wrong with it, a party answers, and no fault of the program comes of it."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.host.town import ACCOUNT, ORDER, SESSION, Town
from tests.wire.strategies import SLOW, messages

from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.data import OrderRef, ProcKey
from payrelay.model.messages import user
from payrelay.model.messages.terminal_edge import TerminalRequest
from payrelay.wire import MESSAGES, Keyring
from payrelay.wire.binding import to_request
from payrelay.wire.endpoints import every_endpoint
from payrelay.wire.problem_documents import TYPES

KINDS = sorted({one.message for one in every_endpoint()}, key=lambda kind: kind.__name__)
some = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=SLOW)


@cache
def town(security: str) -> tuple[Town, dict[str, Any]]:
    """Somebody is about to confirm a payment, and somebody's registration has begun; and what is known of both."""
    made = Town(security=security, order=True, wallets=2)
    made.does(user.UserPays)
    made.does(user.UserChooses, index=1)
    made.does(user.UserRegisters, wallet="wallet-1")
    return made, known(made)


def ring_of(made: Town, party: str) -> Keyring:
    return replace(made.rings[party].at(int(made.clock()), made.random), made={})


def known(made: Town) -> dict[str, Any]:
    """What parties know, by the names of the fields in which it may stand."""
    (procedure,) = (m for m in made.storages["relay"].machines() if m.table == "relay_procedure")
    (registration,) = (m for m in made.storages["relay"].machines() if m.table == "registration_relay")
    paid, registered = procedure.local.data, registration.local.data
    return {
        "session": Symbol("session", SESSION),
        "handle": paid.identity.handle,
        "inquiry_token": paid.identity.inquiry_token,
        "relay_txn": paid.identity.relay_txn,
        "wallet_txn": paid.identity.wallet_txn("wallet-1"),
        "proc_key": ProcKey("shop", Symbol("proc_id", paid.displayed_id or "")),
        "order_ref": OrderRef("shop", ORDER.order),
        "reg_txn": registered.identity.reg_txn,
        "reg_id": registered.reg_id,
        "account": ACCOUNT,
        "amount": ORDER.total,
    }


@pytest.mark.slow
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@some
@given(data=st.data())
def test_any_message_is_answered(kind: type[Message], security: str, data: st.DataObject) -> None:
    made, familiar = town(security)
    rings = {party: ring_of(made, party) for party in made.names}
    message: Any = data.draw(messages(kind, security, rings))
    for one in fields(kind):
        if one.name in familiar and getattr(message, one.name) is not None and data.draw(st.booleans()):
            message = replace(message, **{one.name: familiar[one.name]})
    if message.receiver.startswith("terminal"):
        return
    sender = rings[message.sender]
    # The relay's own derived names travel as its pseudonyms, whoever says them.
    if "wallet_txn" in {one.name for one in fields(kind)} and message.wallet_txn == familiar["wallet_txn"]:
        sender = replace(sender, secret=made.rings["relay"].secret)
    step = made.network.parties[message.receiver].receive(to_request(message, sender), message.sender)
    assert step.problem is None or step.problem.name in TYPES.keys() - {"internal-error", "unavailable"}
    assert step.waits is None or isinstance(message, TerminalRequest) or kind is MESSAGES["OrderPlace"]
