"""Nothing of payment information comes to the terminal (claims 1, 3), and a leak would be seen."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.host.town import ACCOUNT, CANARY_URL, PIN, SESSION, Town

from payrelay.language.edits import Act
from payrelay.language.role import Effect
from payrelay.language.terms import Signed, Unverified
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import ConfirmInfo, opened
from payrelay.model.messages.purchase import ConfirmInfoMessage
from payrelay.model.procedure import RelayData
from payrelay.model.roles.relay_procedure import show_confirmation

COMPACT_JWS = re.compile(rb"ey[\w-]+[.]ey[\w-]+[.][\w-]+")
BASE64URL = re.compile(rb"[A-Za-z0-9_-]{40,}")


def canaries(town: Town) -> set[bytes]:
    """What only payment information has: the shop's nonce, where it is paid, and the shop's signed object."""
    (attempt,) = (m for m in town.storages["shop"].machines() if m.table == "shop_attempt")
    found = {attempt.local.data.identity.shop_nonce.name.encode(), CANARY_URL.encode()}
    for carried in town.network.carried:
        if carried.flight.outgoing.request.target.endswith("/forwarded_payment_info"):
            for layer in layers(carried.flight.outgoing.request.body):
                found |= set(COMPACT_JWS.findall(layer))
    return found


def layers(data: bytes) -> Iterator[bytes]:
    """Bytes, and whatever is in them in base64url."""
    yield data
    for match in BASE64URL.findall(data):
        if len(match) % 4 == 1:
            continue
        inner = urlsafe_b64decode(match + b"=" * (-len(match) % 4))
        if inner.isascii():
            yield from layers(inner)


def leaks(town: Town) -> set[bytes]:
    """The canaries that came to the terminal's edge."""
    seen = [
        layer
        for _, response in town.network.answered
        for text in (response.body, *(value.encode() for _, value in response.headers))
        for layer in layers(text)
    ]
    return {canary for canary in canaries(town) if any(canary in layer for layer in seen)}


@pytest.mark.parametrize("security", ["hardened", "plain"])
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_terminal_gets_nothing_of_payment_information(capability: str, security: str) -> None:
    town = Town(capability=capability, security=security)
    assert town.pays() == "approved"
    # At hardened also the message as it is signed as a whole, and the payment information as its shop signed it.
    assert len(canaries(town)) == (4 if security == "hardened" else 2)
    assert leaks(town) == set()


def show_nonce(data: RelayData, message: ConfirmInfoMessage) -> Effect:
    """Show the shop's nonce where the instrument stands."""
    confirm = opened(message.confirm_info)
    assert isinstance(confirm, ConfirmInfo)
    assert isinstance(message.confirm_info, Signed | Unverified)
    told = replace(confirm, instrument_label=data.info.shop_nonce.name)
    return show_confirmation(data, replace(message, confirm_info=Unverified(told)))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_planted_leak_is_seen(capability: str) -> None:
    edit = Act(role="relay_procedure", action="show_confirmation", instead=show_nonce)
    town = Town(capability=capability, edits=(edit,))
    assert town.pays() == "approved"
    assert len(leaks(town)) == 1


@pytest.mark.parametrize("security", ["hardened", "plain"])
def test_nothing_secret_is_in_a_log(security: str) -> None:
    town = Town(security=security)
    assert town.pays() == "approved"
    (relay,) = (m for m in town.storages["relay"].machines() if m.table == "relay_procedure")
    (payment,) = (m for m in town.storages["payment"].machines() if m.table == "payment_authorization")
    secrets = (
        SESSION,
        PIN,
        ACCOUNT.name,
        relay.local.data.identity.inquiry_token.name,
        payment.local.data.identity.auth_code.name,
    )
    text = "\n".join(town.log())
    assert [secret for secret in secrets if secret in text] == []
    travelled = b"".join(
        layer for carried in town.network.carried for layer in layers(carried.flight.outgoing.request.body)
    )
    assert SESSION.encode() in travelled  # the log is without it, not the wire
