"""Samples: one of every message, which fit together, and are the same each time."""

from typing import Any

import pytest

from payrelay.language.terms import Symbol
from payrelay.model.data import SECURITIES
from payrelay.model.roles.payment_authorization import PaymentData, PaymentIdentity, is_in_order
from payrelay.wire import MESSAGES, Malformed, read, write
from payrelay.wire.samples import NOW, Samples


@pytest.mark.parametrize("security", SECURITIES)
def test_there_is_one_of_every_message(security: str) -> None:
    samples = Samples(security)
    assert [type(message) for message in samples.messages()] == list(MESSAGES.values())
    for message in samples.messages():
        found = read(write(message, samples.rings[message.sender]), samples.rings[message.receiver], NOW)
        assert not isinstance(found, Malformed), found


@pytest.mark.parametrize("security", SECURITIES)
def test_they_are_the_same_each_time(security: str) -> None:
    written = [
        [write(message, samples.rings[message.sender]) for message in samples.messages()]
        for samples in (Samples(security), Samples(security))
    ]
    assert written[0] == written[1]


@pytest.mark.parametrize("security", SECURITIES)
def test_a_payment_server_finds_them_in_order(security: str) -> None:
    samples = Samples(security)
    message = samples.message(MESSAGES["AuthorizationRequest"])
    found: Any = read(write(message, samples.rings["shop"]), samples.rings["payment"], NOW)
    identity = PaymentIdentity("payment", found.proc_key, Symbol("auth_code", "A"), security)
    assert is_in_order(PaymentData(identity), found)
