"""The wallet's enrolment store during a purchase, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Tell
from payrelay.language.terms import Signed, Symbol, Unverified
from payrelay.model.data import PaymentInfo
from payrelay.model.messages.internal import KeyUsed
from payrelay.model.messages.purchase import ForwardedPaymentInfo, WalletOffer, WalletQuery
from payrelay.model.protocol import auth_info
from payrelay.model.purchase import BRAND, ORDER, TERMS, TOTAL, proc_key

TXN, OTHER_TXN = Symbol("relay_txn", "1"), Symbol("relay_txn", "2")
QUERY = WalletQuery(
    wallet_txn=Symbol("wallet_txn", "1 at wallet-1"),
    user_ref=Symbol("user_ref", "user at wallet-1"),
    brands=("another", BRAND),
    currency="JPY",
)
INFO = PaymentInfo(
    proc_key=proc_key("1"),
    payee_name=TERMS.payee_name,
    order_ref=ORDER,
    relay_txn=TXN,
    amount=TOTAL,
    order_digest=TERMS.digest,
    brands=(BRAND,),
    payment_server="payment",
    pay_url=Symbol("pay_url", "1"),
    shop_nonce=Symbol("shop_nonce", "1"),
)
FORWARDED = ForwardedPaymentInfo(
    relay_txn=TXN,
    user_ref=Symbol("user_ref", "user at wallet-1"),
    payment_info=Signed("shop", INFO),
    sender="relay",
    receiver="wallet-1",
)
ENROLMENT = auth_info("wallet-1", "hardened")


@pytest.fixture
def wallet(purchases: SimpleNamespace) -> Any:
    return purchases.talk("wallet-1/enrolment", procedures=2)


@pytest.fixture
def stranger(purchases: SimpleNamespace) -> Any:
    return purchases.talk("wallet-1/enrolment", strangers=("wallet-1",))


def offer(*instruments: str) -> WalletOffer:
    return WalletOffer(wallet_txn=QUERY.wallet_txn, display_name="Wallet 1", instruments=instruments)


def test_instruments_are_offered_for_a_known_brand(wallet: Any) -> None:
    before = wallet.local
    (send,) = wallet.says(QUERY, "relay").outputs
    assert (send.to, send.message) == ("relay", offer("card of wallet-1"))
    assert wallet.hears(replace(QUERY, brands=("another",)), "relay") == [offer()]
    assert wallet.local == before


def test_a_user_who_is_not_known_is_offered_nothing(stranger: Any) -> None:
    assert stranger.state == "empty"
    assert stranger.hears(QUERY, "relay") == [offer()]


def test_payment_information_passes_with_what_the_wallet_holds(wallet: Any) -> None:
    before = wallet.local
    known = replace(FORWARDED, enrolment=ENROLMENT, unseen=True)
    assert wallet.says(FORWARDED, "relay").outputs == (Tell("procedure-1", known),)
    assert wallet.local == before


def test_payment_information_passes_with_nothing(stranger: Any) -> None:
    assert stranger.says(FORWARDED, "relay").outputs == (Tell("procedure-1", FORWARDED),)


def test_a_key_that_was_used_is_not_fresh_for_another_transaction(wallet: Any) -> None:
    used = KeyUsed(proc_key=proc_key("1"), relay_txn=TXN)
    assert wallet.says(used).outputs == ()
    assert wallet.says(used).outputs == ()
    assert wallet.local.data.used == {(proc_key("1"), TXN)}
    same, other = FORWARDED, replace(FORWARDED, relay_txn=OTHER_TXN)
    assert wallet.says(same).outputs == (Tell("procedure-1", replace(same, enrolment=ENROLMENT, unseen=True)),)
    assert wallet.says(other).outputs == (Tell("procedure-2", replace(other, enrolment=ENROLMENT, unseen=False)),)


def test_what_is_no_payment_information_is_passed_on_for_its_transaction_to_reject(wallet: Any) -> None:
    wallet.says(KeyUsed(proc_key=proc_key("1"), relay_txn=TXN))
    malformed = replace(FORWARDED, payment_info=Unverified("nothing"))
    (told,) = wallet.says(malformed).outputs
    assert told == Tell("procedure-1", replace(malformed, enrolment=ENROLMENT))


@pytest.mark.parametrize("message", [QUERY, FORWARDED], ids=lambda message: message.event)
@pytest.mark.parametrize("sender", ["shop", "terminal-1", "wallet-2"])
def test_invalid_senders_are_passed_over(wallet: Any, message: Any, sender: str) -> None:
    assert "bound" in wallet.passes_over(message, sender)


def test_invalid_transaction_is_told_to_no_machine(wallet: Any) -> None:
    wallet.passes_over(replace(FORWARDED, relay_txn=Symbol("relay_txn", "nobody's")), "relay")
