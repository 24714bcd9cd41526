"""The wallet's enrolment store during a registration, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart
from payrelay.language.terms import Sealed, Signed, Symbol, Unverified
from payrelay.model.data import AuthInfo, user_ref
from payrelay.model.messages.registration import (
    AuthInfoStored,
    EnrolmentKeyRequest,
    EnrolmentKeyResponse,
    ForwardedAuthenticationInfo,
)
from payrelay.model.occurrences import AuthInfoHeld

REG_ID, REG_TXN = Symbol("reg_id", "r1"), Symbol("reg_txn", "r1")
NONCE = Symbol("enrolment_nonce", "r1 at wallet-1")
INFO = AuthInfo(
    reg_id=REG_ID,
    subject="user",
    wallet="wallet-1",
    certificate=Symbol("certificate", "r1"),
    secret=Sealed("wallet-1", Symbol("secret", "r1")),
    account=Symbol("account", "r1"),
    enrolment_nonce=NONCE,
)
USER_REF = user_ref("user", "wallet-1")
FORWARDED = ForwardedAuthenticationInfo(reg_id=REG_ID, user_ref=USER_REF, auth_info=Signed("authority", INFO))
ASKED = EnrolmentKeyRequest(reg_txn=REG_TXN, user_ref=USER_REF)
STORED = AuthInfoStored(reg_id=REG_ID, brands=("brand",))


@pytest.fixture
def wallet(registrations: SimpleNamespace) -> Any:
    return registrations.talk("wallet-1/enrolment", registrations=2)


def test_a_key_is_given_once_to_each_registration(wallet: Any) -> None:
    (key,) = wallet.hears(ASKED, "relay")
    assert isinstance(key, EnrolmentKeyResponse)
    assert key.enrolment_nonce == NONCE
    (other,) = wallet.hears(replace(ASKED, reg_txn=Symbol("reg_txn", "r2")), "relay")
    assert other.enrolment_nonce != NONCE
    assert wallet.hears(ASKED, "relay") == [key]
    assert wallet.passes_over(replace(ASKED, reg_txn=Symbol("reg_txn", "r3")), "relay") == "protocol error"


def test_authentication_information_is_stored_once(wallet: Any) -> None:
    wallet.hears(ASKED, "relay")
    held, send = wallet.says(FORWARDED, "relay").outputs
    assert held == AuthInfoHeld("user", "wallet-1")
    assert send.message == STORED
    assert (wallet.state, wallet.local.data.auth_info) == ("enrolled", FORWARDED.auth_info)
    stored = wallet.local
    assert wallet.hears(replace(FORWARDED, willing=False), "relay") == [send.message]
    assert wallet.local == stored
    assert "durable" in wallet.passes_over(Restart())


def test_a_later_registration_takes_the_place_of_the_earlier(wallet: Any) -> None:
    wallet.hears(ASKED, "relay")
    wallet.hears(FORWARDED, "relay")
    later = Signed("authority", replace(INFO, reg_id=Symbol("reg_id", "r2")))
    assert wallet.hears(replace(FORWARDED, reg_id=Symbol("reg_id", "r2"), auth_info=later), "relay")
    assert wallet.local.data.auth_info == later
    assert wallet.hears(FORWARDED, "relay") == [STORED]
    assert wallet.local.data.auth_info == later


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"auth_info": Signed("authority", "nothing")}, "MALFORMED"),
        ({"reg_id": Symbol("reg_id", "r2")}, "MALFORMED"),
        ({"auth_info": Unverified(INFO)}, "NOT_SIGNED"),
        ({"auth_info": Signed("relay", INFO)}, "NOT_SIGNED"),
        ({"auth_info": Signed("authority", replace(INFO, wallet="wallet-2"))}, "OTHER_WALLET_OR_USER"),
        ({"auth_info": Signed("authority", replace(INFO, subject="another"))}, "OTHER_WALLET_OR_USER"),
        ({"auth_info": Signed("authority", replace(INFO, enrolment_nonce=None))}, "OTHER_ENROLMENT"),
        ({"willing": False}, "UNWILLING"),
    ],
)
def test_invalid_information_is_refused_for_good(wallet: Any, change: dict[str, Any], refusal: str) -> None:
    wallet.hears(ASKED, "relay")
    refused = replace(FORWARDED, **change)
    answer = AuthInfoStored(reg_id=refused.reg_id, refusal=refusal)
    assert wallet.hears(refused, "relay") == [answer]
    assert (wallet.state, wallet.local.data.auth_info) == ("empty", None)
    assert wallet.hears(replace(FORWARDED, reg_id=refused.reg_id), "relay") == [answer]


def test_a_fresh_nonce_is_nobodys(wallet: Any) -> None:
    assert wallet.hears(FORWARDED, "relay") == [AuthInfoStored(reg_id=REG_ID, refusal="OTHER_ENROLMENT")]


def test_without_object_security_no_nonce_is_needed(registrations: SimpleNamespace) -> None:
    wallet = registrations.talk("wallet-1/enrolment", security="plain")
    plain = replace(FORWARDED, auth_info=Unverified(replace(INFO, enrolment_nonce=None)))
    assert wallet.hears(plain, "relay") == [STORED]


def test_invalid_senders_are_passed_over(wallet: Any) -> None:
    assert "bound" in wallet.passes_over(ASKED, "shop")
