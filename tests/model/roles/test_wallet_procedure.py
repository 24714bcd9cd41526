"""A wallet during a purchase, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Send, Tell, Timeout
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.model.data import (
    AuthInfo,
    Confirmable,
    ConfirmInfo,
    Consent,
    DualSignature,
    OrderInfo,
    PaymentInfo,
    PaymentInstruction,
    Receipt,
)
from payrelay.model.messages.internal import KeyUsed
from payrelay.model.messages.purchase import (
    CancelAck,
    ConfirmInfoMessage,
    ForwardedCancel,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    PaymentRequest,
    PaymentResponse,
    ProcedureAbort,
    ResultInfo,
    WalletRefusal,
    WalletReject,
)
from payrelay.model.protocol import auth_info
from payrelay.model.purchase import BRAND, ORDER, TERMS, TOTAL, USER_AUTH, proc_key

TXN = Symbol("relay_txn", "1")
KEY = proc_key("1")
INFO = PaymentInfo(
    proc_key=KEY,
    payee_name=TERMS.payee_name,
    order_ref=ORDER,
    relay_txn=TXN,
    amount=TOTAL,
    order_digest=TERMS.digest,
    brands=(BRAND,),
    payment_server="payment",
    pay_url=Symbol("pay_url", "shop"),
    shop_nonce=Symbol("shop_nonce", "1"),
)
NONCE = Symbol("wallet_nonce", "1 at wallet-1")
ENROLMENT = auth_info("wallet-1", "hardened")
SHOWN = Confirmable(KEY, TOTAL, TERMS.payee_name, "wallet-1")
RECEIPT = Receipt(KEY, TOTAL, "approved")

OFFERED = ForwardedPaymentInfo(
    relay_txn=TXN,
    user_ref=Symbol("user_ref", "user at wallet-1"),
    payment_info=Signed("shop", INFO),
    enrolment=ENROLMENT,
)
CONSENT = ForwardedPaymentProcessingRequest(relay_txn=TXN, consent=Consent(SHOWN, Sealed("wallet-1", USER_AUTH)))
CANCEL = ForwardedCancel(relay_txn=TXN, proc_key=KEY)
ANSWER = PaymentResponse(proc_key=KEY, receipt=Signed("payment", RECEIPT))
FOREIGN_CONSENT = replace(CONSENT, consent=replace(CONSENT.consent, shown=replace(SHOWN, payee_name="Bakery")))

CONFIRM = ConfirmInfoMessage(
    relay_txn=TXN,
    confirm_info=Signed(
        "wallet-1",
        ConfirmInfo(KEY, TOTAL, TERMS.payee_name, "card of wallet-1", Hash(OFFERED.payment_info), NONCE),
    ),
)
ABORT = ProcedureAbort(order_ref=ORDER, proc_key=KEY)
ACK = CancelAck(relay_txn=TXN)
RESULT = ResultInfo(relay_txn=TXN, receipt=ANSWER.receipt)


def refusal(outcome: str) -> WalletRefusal:
    return WalletRefusal(relay_txn=TXN, outcome=outcome)


PATHS: dict[str, tuple[Any, ...]] = {
    "idle": (),
    "await_consent": (OFFERED,),
    "requested": (OFFERED, CONSENT),
    "done": (OFFERED, CONSENT, ANSWER),
    "cancelled": (OFFERED, CANCEL),
    "expired": (OFFERED, Timeout("info_expiry")),
    "rejected": (replace(OFFERED, enrolment=None),),
}
"""How the wallet gets into each of its states; `expired` is cancelled with another outcome."""


@pytest.fixture
def wallet(purchases: SimpleNamespace) -> Any:
    return purchases.talk("wallet-1/procedure-1")


def brought_to(wallet: Any, state: str) -> Any:
    for message in PATHS[state]:
        wallet.hears(message, "shop" if isinstance(message, PaymentResponse) else "relay")
    assert wallet.state == {"expired": "cancelled"}.get(state, state)
    return wallet


def test_the_user_is_asked_to_confirm_what_the_shop_wants(wallet: Any) -> None:
    (send,) = wallet.says(OFFERED, "relay").outputs
    assert (send.to, send.message, wallet.state) == ("relay", CONFIRM, "await_consent")
    asked = wallet.local
    assert wallet.hears(OFFERED, "relay") == [CONFIRM]
    assert wallet.local == asked


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enrolment": None}, "NOT_ENROLLED"),
        ({"payment_info": Unverified(INFO)}, "NOT_PAYABLE"),
        ({"payment_info": Signed("relay", INFO)}, "NOT_PAYABLE"),
        ({"payment_info": Signed("shop", "nothing")}, "NOT_PAYABLE"),
        ({"payment_info": Signed("shop", replace(INFO, brands=("unheard-of",)))}, "NOT_PAYABLE"),
        ({"unseen": False}, "NOT_PAYABLE"),
        ({"validity": "expired"}, "NOT_PAYABLE"),
    ],
    ids=["not enrolled", "unsigned", "other signer", "malformed", "other brand", "key used", "expired"],
)
def test_invalid_payment_information_is_rejected(wallet: Any, change: dict[str, Any], reason: str) -> None:
    before = wallet.local.data
    assert wallet.hears(replace(OFFERED, **change), "relay") == [WalletReject(relay_txn=TXN, reason=reason)]
    assert (wallet.state, wallet.local.data) == ("rejected", before)
    assert wallet.hears(OFFERED, "relay") == [WalletReject(relay_txn=TXN, reason="NOT_PAYABLE")]
    assert wallet.state == "rejected"


def test_other_payment_information_for_the_same_transaction_is_passed_over(wallet: Any) -> None:
    other = replace(OFFERED, payment_info=Signed("shop", replace(INFO, amount=replace(TOTAL, value=1))))
    assert "in use" in brought_to(wallet, "await_consent").passes_over(other, "relay")


def test_consent_makes_the_wallet_request_the_payment_through_the_shop(wallet: Any) -> None:
    used, send = brought_to(wallet, "await_consent").says(CONSENT, "relay").outputs
    assert used == Tell("enrolment", KeyUsed(proc_key=KEY, relay_txn=TXN))
    order_info = OrderInfo(KEY, ORDER, TERMS.digest, INFO.shop_nonce, NONCE)
    instruction = Sealed("payment", PaymentInstruction(KEY, TOTAL, TERMS.digest, Hash(order_info), ENROLMENT.account))
    dual = DualSignature(Hash(order_info), Hash(instruction), "payment", KEY, TOTAL)
    request = PaymentRequest(
        proc_key=KEY,
        order_info=order_info,
        instruction=instruction,
        dual_signature=Signed("wallet-1", dual),
        certificate=ENROLMENT.certificate,
    )
    assert (send.to, send.message) == ("shop", request)
    assert (wallet.state, wallet.local.data.request) == ("requested", request)


def test_without_object_security_nothing_is_signed_or_sealed(purchases: SimpleNamespace) -> None:
    wallet = purchases.talk("wallet-1/procedure-1", security="plain")
    bare: AuthInfo = auth_info("wallet-1", "plain")
    (confirm,) = wallet.hears(replace(OFFERED, payment_info=Unverified(INFO), enrolment=bare), "relay")
    assert isinstance(confirm.confirm_info, Unverified)
    (request,) = wallet.hears(replace(CONSENT, consent=Consent(SHOWN)), "relay")
    assert isinstance(request.dual_signature, Unverified)
    assert isinstance(request.instruction, PaymentInstruction)
    wallet.hears(replace(ANSWER, receipt=Unverified(RECEIPT)), "shop")
    assert wallet.state == "done"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"consent": replace(CONSENT.consent, shown=replace(SHOWN, amount=replace(TOTAL, value=1)))}, "failed"),
        ({"consent": replace(CONSENT.consent, shown=replace(SHOWN, payee_name="Bakery"))}, "failed"),
        ({"consent": replace(CONSENT.consent, shown=replace(SHOWN, wallet="wallet-2"))}, "failed"),
        ({"consent": replace(CONSENT.consent, shown=replace(SHOWN, proc_key=proc_key("2")))}, "failed"),
        ({"consent": Consent(SHOWN)}, "failed"),
        ({"consent": Consent(SHOWN, Sealed("wallet-2", USER_AUTH))}, "failed"),
        ({"consent": Consent(SHOWN, Sealed("wallet-1", Symbol("user_auth", "guessed")))}, "failed"),
        ({"consent": Consent(SHOWN), "validity": "expired"}, "failed"),
        ({"validity": "expired"}, "expired"),
    ],
    ids=["amount", "payee", "wallet", "attempt", "no proof", "proof for another", "wrong proof", "both", "expired"],
)
def test_invalid_consent_is_refused_for_good(wallet: Any, change: dict[str, Any], outcome: str) -> None:
    answer = brought_to(wallet, "await_consent").says(replace(CONSENT, **change), "relay")
    assert answer.outputs == (Send("relay", refusal(outcome)), Send("shop", ABORT))
    assert (wallet.state, wallet.local.data.outcome, wallet.local.data.request) == ("cancelled", outcome, None)
    over = wallet.local
    assert wallet.hears(CONSENT, "relay") == [refusal(outcome)]
    assert wallet.hears(CANCEL, "relay") == [refusal(outcome)]
    assert wallet.local == over


def test_invalid_consent_without_proof_to_a_user_who_never_agreed_on_one(wallet: Any) -> None:
    """Where the authority sent no proof, nothing is one; nor is none."""
    wallet.hears(replace(OFFERED, enrolment=replace(ENROLMENT, user_auth=None)), "relay")
    assert wallet.state == "await_consent"
    assert wallet.hears(replace(CONSENT, consent=Consent(SHOWN)), "relay") == [refusal("failed"), ABORT]


def test_a_cancel_is_for_good(wallet: Any) -> None:
    answer = brought_to(wallet, "await_consent").says(CANCEL, "relay")
    assert answer.outputs == (Send("relay", ACK), Send("shop", ABORT))
    over = wallet.local
    assert wallet.state == "cancelled"
    assert wallet.hears(CANCEL, "relay") == [ACK]
    assert "it is over" in wallet.passes_over(CONSENT, "relay")
    assert wallet.hears(OFFERED, "relay") == [WalletReject(relay_txn=TXN, reason="NOT_PAYABLE")]
    assert wallet.local == over


def test_payment_information_expires(wallet: Any) -> None:
    assert brought_to(wallet, "await_consent").says(Timeout("info_expiry")).outputs == (Send("shop", ABORT),)
    over = wallet.local
    assert (wallet.state, over.data.outcome) == ("cancelled", "expired")
    assert wallet.hears(CONSENT, "relay") == wallet.hears(CANCEL, "relay") == [refusal("expired")]
    assert wallet.local == over


def test_a_cancel_that_comes_first_is_remembered(wallet: Any) -> None:
    assert wallet.says(CANCEL, "relay").outputs == (Send("relay", ACK),)
    tombstone = wallet.local
    assert wallet.state == "cancelled"
    assert wallet.hears(OFFERED, "relay") == [WalletReject(relay_txn=TXN, reason="NOT_PAYABLE")]
    assert wallet.local == tombstone


def test_consent_to_what_was_forgotten_is_refused_for_good(wallet: Any) -> None:
    brought_to(wallet, "await_consent").hears(Restart())
    assert wallet.says(CONSENT, "relay").outputs == (Send("relay", refusal("failed")),)
    tombstone = wallet.local
    assert wallet.hears(OFFERED, "relay") == [WalletReject(relay_txn=TXN, reason="NOT_PAYABLE")]
    assert wallet.hears(CONSENT, "relay") == [refusal("failed")]
    assert wallet.local == tombstone


@pytest.mark.parametrize("outcome", ["approved", "declined", "rejected", "void"])
def test_what_the_payment_server_signed_is_brought_to_the_relay(wallet: Any, outcome: str) -> None:
    receipt = Signed("payment", replace(RECEIPT, outcome=outcome))
    result = replace(RESULT, receipt=receipt)
    (send,) = brought_to(wallet, "requested").says(replace(ANSWER, receipt=receipt), "shop").outputs
    assert (send.to, send.message) == ("relay", result)
    over = wallet.local
    assert (wallet.state, over.data.outcome) == ("done", outcome)
    assert wallet.hears(CONSENT, "relay") == wallet.hears(CANCEL, "relay") == [result]
    assert wallet.local == over


@pytest.mark.parametrize(
    "receipt",
    [
        Unverified(RECEIPT),
        Signed("shop", RECEIPT),
        Signed("payment", replace(RECEIPT, proc_key=proc_key("2"))),
        Signed("payment", replace(RECEIPT, amount=replace(TOTAL, value=1))),
        Signed("payment", "declined"),
        Unverified("declined"),
        None,
    ],
    ids=["unsigned", "other signer", "other attempt", "other amount", "malformed", "a shop's word", "none"],
)
def test_invalid_receipt_is_no_answer(wallet: Any, receipt: Any) -> None:
    brought_to(wallet, "requested")
    assert "not what the payment server signed" in wallet.passes_over(replace(ANSWER, receipt=receipt), "shop")


def test_identical_bytes_are_sent_again(wallet: Any) -> None:
    before = brought_to(wallet, "requested").local
    for _ in range(2):
        (send,) = wallet.says(Timeout("retry_time")).outputs
        assert (send.to, send.message) == ("shop", before.data.request)
        assert wallet.local == before


@pytest.mark.parametrize("message", [CONSENT, CANCEL, FOREIGN_CONSENT], ids=["consent", "cancel", "other consent"])
def test_the_wallet_is_silent_until_it_knows(wallet: Any, message: Any) -> None:
    assert "silent" in brought_to(wallet, "requested").passes_over(message, "relay")


@pytest.mark.parametrize(
    ("state", "message", "reason"),
    [
        ("requested", OFFERED, "the user has consented"),
        ("done", OFFERED, "the user has consented"),
        ("rejected", CONSENT, "it is over"),
        ("rejected", CANCEL, "it is over"),
    ],
)
def test_late_copies_are_passed_over(wallet: Any, state: str, message: Any, reason: str) -> None:
    assert reason in brought_to(wallet, state).passes_over(message, "relay")


def test_a_repeated_answer_is_passed_over(wallet: Any) -> None:
    assert "repeated" in brought_to(wallet, "done").passes_over(ANSWER, "shop")


@pytest.mark.parametrize("state", ["await_consent", "rejected"])
def test_a_restart_forgets_what_was_promised_to_nobody(wallet: Any, state: str) -> None:
    fresh = wallet.local
    assert brought_to(wallet, state).hears(Restart()) == []
    assert wallet.local == fresh
    assert wallet.hears(OFFERED, "relay") == [CONFIRM]


@pytest.mark.parametrize("state", ["idle", "requested", "done", "cancelled", "expired"])
def test_what_is_durable_survives_a_restart(wallet: Any, state: str) -> None:
    assert "durable" in brought_to(wallet, state).passes_over(Restart())


@pytest.mark.parametrize(
    ("state", "message", "sender"),
    [
        ("idle", OFFERED, "shop"),
        ("idle", OFFERED, "terminal-1"),
        ("idle", replace(OFFERED, relay_txn=Symbol("relay_txn", "2")), "relay"),
        ("idle", ANSWER, "shop"),
        ("await_consent", CONSENT, "shop"),
        ("await_consent", replace(CONSENT, relay_txn=Symbol("relay_txn", "2")), "relay"),
        ("await_consent", CANCEL, "shop"),
        ("requested", ANSWER, "relay"),
        ("requested", ANSWER, "payment"),
        ("requested", replace(ANSWER, proc_key=proc_key("2")), "shop"),
    ],
)
def test_invalid_senders_and_keys_are_passed_over(wallet: Any, state: str, message: Any, sender: str) -> None:
    assert "bound" in brought_to(wallet, state).passes_over(message, sender)


@pytest.mark.parametrize("state", ["await_consent", "cancelled"])
def test_invalid_answer_to_what_was_not_requested(wallet: Any, state: str) -> None:
    assert brought_to(wallet, state).passes_over(ANSWER, "shop") == "protocol error"
