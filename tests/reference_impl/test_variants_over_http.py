"""Variants over HTTP: a server that leaves signatures unchecked believes what another refuses."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.ports import free_ports
from tests.reference_impl.test_processes import ENVIRONMENT
from tests.wire.test_binding import one_of
from tests.wire.travelling import messages

from payrelay.host.keyring_files import read_keyring
from payrelay.host.records import ENROLMENTS, VARIANTS
from payrelay.language import terms
from payrelay.language.observations import event_from_line
from payrelay.language.terms import Symbol
from payrelay.model.data import PaymentInfo, signed
from payrelay.model.messages.purchase import ForwardedPaymentInfo, PaymentInfoMessage
from payrelay.reference_impl.processes import running
from payrelay.reference_impl.settings_files import read_settings, variable_of
from payrelay.reference_impl.systems import BRAND, Plan, storages_of, write_system
from payrelay.wire import write
from payrelay.wire.binding import to_request
from payrelay.wire.identities import keyrings
from payrelay.wire.jose import Jws
from payrelay.wire.keyring import Keyring
from payrelay.wire.set_up import UserEnrolment
from payrelay.wire.terms import Signed

FIRST_ANSWERS = {"ConfirmInfoMessage", "WalletReject"}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Path]:
    """A hardened system that nobody has started."""
    plan = Plan(wallets=1, first_port=free_ports(8), security="hardened")
    written = write_system(tmp_path / "system", plan, now=int(time.time()), random=os.urandom)
    return {path.stem: path for path in written}


def forwarded(relay: Keyring, shop: Keyring, user_ref: Symbol) -> ForwardedPaymentInfo:
    """Payment information that was signed with this keyring of a shop, as the relay forwards it."""
    sample, content = next(
        (message, content)
        for message in messages("hardened", "plain_text")
        if isinstance(message, ForwardedPaymentInfo)
        and isinstance(message.payment_info, terms.Signed)
        and isinstance(content := message.payment_info.content, PaymentInfo)
    )
    info = replace(content, brands=(BRAND,))
    by_shop = replace(one_of(PaymentInfoMessage), payment_info=signed("shop", info, "hardened"))
    written = json.loads(Jws(write(by_shop, shop.at(int(time.time()), os.urandom)).decode()).payload)
    kept = Signed("shop", info, written["payment_info"]["jws"])
    return replace(sample, user_ref=user_ref, payment_info=kept)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faults", "is_genuine", "answer"),
    [
        ((), True, "ConfirmInfoMessage"),
        ((), False, "WalletReject"),
        (("signature_unchecked",), False, "ConfirmInfoMessage"),
        (("expiry_unchecked",), False, "WalletReject"),
    ],
)
def test_a_wallet_believes_a_forged_shop_only_if_it_checks_no_signature(
    settings: dict[str, Path], tmp_path: Path, faults: tuple[str, ...], is_genuine: bool, answer: str
) -> None:
    rings = {party: read_keyring(read_settings(path, {}).keys.file) for party, path in settings.items()}
    forged = keyrings(["shop", "relay", "wallet-1"], b"another root", int(time.time()) - 60)["shop"]
    with storages_of([settings["wallet-1"]]) as storages:
        ((_, enrolment),) = storages["wallet-1"].records(ENROLMENTS)
    assert isinstance(enrolment, UserEnrolment)
    shop = rings["shop"] if is_genuine else replace(forged, secret=rings["shop"].secret)
    message = forwarded(rings["relay"], shop, enrolment.user_ref)
    request = to_request(message, rings["relay"].at(int(time.time()), os.urandom))
    environment = dict(ENVIRONMENT)
    if faults:
        (tmp_path / "variant.toml").write_text(f"faults = {json.dumps(faults)}")
        environment[variable_of("variant", "file")] = str(tmp_path / "variant.toml")
    with running({"wallet-1": settings["wallet-1"]}, environment):
        url = f"{read_settings(settings['wallet-1'], {}).server.url}{request.target}"
        sent = httpx2.post(url, content=request.body, headers=list(request.headers), trust_env=False)
        assert sent.status_code == 202
    with storages_of([settings["wallet-1"]]) as storages:
        told = [event_from_line(line).message for line in storages["wallet-1"].events()]
        assert [name for name, _ in storages["wallet-1"].records(VARIANTS)] == list(faults)
    names = {message["message"] for message in told if message is not None}
    assert names & FIRST_ANSWERS == {answer}
