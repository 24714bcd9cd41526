"""An attempt to pay an order, at the shop, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Send, Tell, Timeout
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.model.data import DualSignature, OrderInfo, OrderRef, PaymentInfo, Receipt
from payrelay.model.messages.internal import (
    AttemptOpened,
    AttemptPaid,
    AttemptPending,
    AttemptRefused,
    RefuseAttempt,
    Superseded,
)
from payrelay.model.messages.purchase import (
    AuthorizationConflict,
    AuthorizationRequest,
    AuthorizationResponse,
    ForwardedProcedureRequest,
    PaymentInfoMessage,
    PaymentRequest,
    PaymentResponse,
    ProcedureAbort,
    ProcedureReject,
    VoidingInquiry,
    VoidingResponse,
)
from payrelay.model.purchase import BRAND, ORDER, TERMS, TOTAL, proc_key

TXN, CODE = Symbol("relay_txn", "1"), Symbol("auth_code", "1")
KEY, OTHER_KEY = proc_key("1"), proc_key("2")
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
ORDER_INFO = OrderInfo(KEY, ORDER, TERMS.digest, INFO.shop_nonce, Symbol("wallet_nonce", "1"))
INSTRUCTION = Sealed("payment", "for the payment server's eyes")
DUAL = DualSignature(Hash(ORDER_INFO), Hash(INSTRUCTION), "payment", KEY, TOTAL)

ASKED = ForwardedProcedureRequest(order_ref=ORDER, relay_txn=TXN, terms=TERMS)
INFO_SENT = PaymentInfoMessage(relay_txn=TXN, payment_info=Signed("shop", INFO))
ABORT = ProcedureAbort(order_ref=ORDER, relay_txn=TXN)
WALLETS_ABORT = ProcedureAbort(order_ref=ORDER, proc_key=KEY)
PAY = PaymentRequest(
    proc_key=KEY,
    order_info=ORDER_INFO,
    instruction=INSTRUCTION,
    dual_signature=Signed("wallet-1", DUAL),
    certificate=Symbol("certificate", "wallet-1"),
    sender="wallet-1",
    receiver="shop",
)
AUTHORIZE = AuthorizationRequest(
    proc_key=KEY,
    amount=TOTAL,
    order_info_hash=Hash(ORDER_INFO),
    order_digest=TERMS.digest,
    instruction=INSTRUCTION,
    dual_signature=PAY.dual_signature,
)
INQUIRY = VoidingInquiry(proc_key=KEY, amount=TOTAL)


def receipt(outcome: str) -> Signed:
    return Signed("payment", Receipt(KEY, TOTAL, outcome))


APPROVED = AuthorizationResponse(proc_key=KEY, receipt=receipt("approved"), auth_code=CODE)
DECLINED = AuthorizationResponse(proc_key=KEY, receipt=receipt("declined"))
VOID = VoidingResponse(proc_key=KEY, receipt=receipt("void"))
CONFLICT = AuthorizationConflict(proc_key=KEY)
REFUSE = RefuseAttempt(relay="relay", relay_txn=TXN, reason="IN_PAYMENT")
FROM_PAYMENT = (AuthorizationResponse, AuthorizationConflict, VoidingResponse)

PATHS: dict[str, tuple[Any, ...]] = {
    "idle": (),
    "aborted": (ABORT,),
    "info_sent": (ASKED,),
    "pending": (ASKED, PAY),
    "paid": (ASKED, PAY, APPROVED),
    "refused": (ASKED, PAY, DECLINED),
    "cancelled": (ASKED, ABORT),
    "voiding": (ASKED, ABORT, PAY),
    "voided": (ASKED, ABORT, PAY, VOID),
}
"""How an attempt gets into each of its states: `voiding` is cancelled, `voided` is refused."""


@pytest.fixture
def attempt(purchases: SimpleNamespace) -> Any:
    return purchases.talk("shop/attempt-1")


def sender_of(message: Any) -> str:
    if isinstance(message, FROM_PAYMENT):
        return "payment"
    return "wallet-1" if isinstance(message, PaymentRequest) else "relay"


def brought_to(attempt: Any, state: str) -> Any:
    for message in PATHS[state]:
        attempt.hears(message, sender_of(message))
    assert attempt.state == {"voiding": "cancelled", "voided": "refused"}.get(state, state)
    return attempt


def response(outcome: str, auth_code: Symbol | None = None) -> PaymentResponse:
    return PaymentResponse(proc_key=KEY, receipt=receipt(outcome), auth_code=auth_code)


def test_an_attempt_produces_payment_information(attempt: Any) -> None:
    told, send = attempt.says(ASKED, "relay").outputs
    assert told == Tell("order", AttemptOpened(attempt="attempt-1"))
    assert (send.to, send.message, attempt.state) == ("relay", INFO_SENT, "info_sent")
    begun = attempt.local
    assert attempt.says(ASKED, "relay").outputs == (Send("relay", INFO_SENT),)
    assert attempt.local == begun


def test_without_object_security_it_is_not_signed(purchases: SimpleNamespace) -> None:
    attempt = purchases.talk("shop/attempt-1", security="plain")
    assert attempt.hears(ASKED, "relay") == [replace(INFO_SENT, payment_info=Unverified(INFO))]
    bare = replace(PAY, dual_signature=Unverified(DUAL))
    assert attempt.hears(bare, "wallet-1") == [replace(AUTHORIZE, dual_signature=Unverified(DUAL))]
    unsigned = Unverified(Receipt(KEY, TOTAL, "approved"))
    attempt.hears(replace(APPROVED, receipt=unsigned), "payment")
    assert attempt.state == "paid"


def test_an_attempt_that_may_not_begin_is_refused(attempt: Any) -> None:
    before = attempt.local
    assert attempt.says(REFUSE).outputs == (Send("relay", ProcedureReject(relay_txn=TXN, reason="IN_PAYMENT")),)
    assert attempt.local == before


def test_an_abort_that_comes_first_is_remembered(attempt: Any) -> None:
    assert attempt.hears(ABORT, "relay") == []
    assert attempt.state == "aborted"
    assert "no use" in attempt.passes_over(ASKED, "relay")
    assert "given it up" in attempt.passes_over(REFUSE)


@pytest.mark.parametrize(
    ("received", "sender"),
    [(ABORT, "relay"), (WALLETS_ABORT, "wallet-1"), (Superseded(), ""), (Timeout("info_expiry"), "")],
    ids=["relay", "wallet", "newer attempt", "expiry"],
)
def test_an_attempt_that_is_not_being_paid_is_cancelled(attempt: Any, received: Any, sender: str) -> None:
    assert brought_to(attempt, "info_sent").says(received, sender).outputs == ()
    assert attempt.state == "cancelled"


def test_a_good_request_is_authorized(attempt: Any) -> None:
    answer = brought_to(attempt, "info_sent").says(PAY, "wallet-1")
    assert answer.outputs == (Tell("order", AttemptPending()), Send("payment", AUTHORIZE))
    assert (attempt.state, attempt.local.data.request) == ("pending", PAY)


@pytest.mark.parametrize(
    "change",
    [
        {"dual_signature": Unverified(DUAL)},
        {"dual_signature": Signed("wallet-2", DUAL)},
        {"dual_signature": Signed("wallet-1", "nothing")},
        {"dual_signature": Signed("wallet-1", replace(DUAL, order_info_hash=Hash("other")))},
        {"dual_signature": Signed("wallet-1", replace(DUAL, instruction_hash=Hash("other")))},
        {"instruction": Sealed("payment", "another")},
        {"order_info": replace(ORDER_INFO, order_ref=OrderRef("shop", Symbol("order_ref", "2")))},
    ],
    ids=["unsigned", "other signer", "malformed", "other order", "other instruction", "swapped", "order swapped"],
)
@pytest.mark.parametrize("state", ["info_sent", "cancelled"])
def test_invalid_dual_signature_is_nobodys_request(attempt: Any, state: str, change: dict[str, Any]) -> None:
    assert "not signed" in brought_to(attempt, state).passes_over(replace(PAY, **change), "wallet-1")


@pytest.mark.parametrize(
    ("order_info", "dual", "validity"),
    [
        (replace(ORDER_INFO, order_ref=OrderRef("shop", Symbol("order_ref", "2"))), DUAL, "current"),
        (replace(ORDER_INFO, order_digest=Hash("other")), DUAL, "current"),
        (replace(ORDER_INFO, shop_nonce=Symbol("shop_nonce", "2")), DUAL, "current"),
        (replace(ORDER_INFO, proc_key=OTHER_KEY), DUAL, "current"),
        (ORDER_INFO, replace(DUAL, amount=replace(TOTAL, value=1)), "current"),
        (ORDER_INFO, replace(DUAL, payment_server="another"), "current"),
        (ORDER_INFO, replace(DUAL, proc_key=OTHER_KEY), "current"),
        (ORDER_INFO, DUAL, "expired"),
    ],
    ids=["order", "digest", "nonce", "attempt", "amount", "payment server", "signed attempt", "expired"],
)
def test_a_request_that_is_not_this_orders_is_made_void(
    attempt: Any, order_info: OrderInfo, dual: DualSignature, validity: str
) -> None:
    dual = replace(dual, order_info_hash=Hash(order_info))
    request = replace(PAY, order_info=order_info, dual_signature=Signed("wallet-1", dual), validity=validity)
    assert brought_to(attempt, "info_sent").says(request, "wallet-1").outputs == (Send("payment", INQUIRY),)
    assert attempt.state == "cancelled"


def test_an_approved_attempt_releases_the_goods(attempt: Any) -> None:
    answer = brought_to(attempt, "pending").says(APPROVED, "payment")
    assert answer.outputs == (Tell("order", AttemptPaid()), Send("wallet-1", response("approved", CODE)))
    assert attempt.state == "paid"


@pytest.mark.parametrize("outcome", ["declined", "rejected", "void"])
def test_any_other_outcome_refuses(attempt: Any, outcome: str) -> None:
    answer = brought_to(attempt, "pending").says(replace(DECLINED, receipt=receipt(outcome)), "payment")
    assert answer.outputs == (Tell("order", AttemptRefused()), Send("wallet-1", response(outcome)))
    assert attempt.state == "refused"


FALSE_RECEIPTS = {
    "unsigned": Unverified(Receipt(KEY, TOTAL, "void")),
    "other signer": Signed("wallet-1", Receipt(KEY, TOTAL, "void")),
    "other attempt": Signed("payment", Receipt(OTHER_KEY, TOTAL, "void")),
    "other amount": Signed("payment", Receipt(KEY, replace(TOTAL, value=1), "void")),
    "malformed": Signed("payment", "void"),
}


@pytest.mark.parametrize("signed_receipt", FALSE_RECEIPTS.values(), ids=FALSE_RECEIPTS)
def test_invalid_receipt_decides_nothing(attempt: Any, signed_receipt: Any) -> None:
    brought_to(attempt, "pending").passes_over(replace(DECLINED, receipt=signed_receipt), "payment")


@pytest.mark.parametrize("signed_receipt", FALSE_RECEIPTS.values(), ids=FALSE_RECEIPTS)
def test_invalid_receipt_voids_nothing(attempt: Any, signed_receipt: Any) -> None:
    assert "no word" in brought_to(attempt, "voiding").passes_over(replace(VOID, receipt=signed_receipt), "payment")


def test_identical_bytes_are_sent_again(attempt: Any) -> None:
    before = brought_to(attempt, "pending").local
    for _ in range(2):
        assert attempt.says(Timeout("retry_time")).outputs == (Send("payment", AUTHORIZE),)
        assert attempt.local == before


def test_a_repeated_request_is_not_sent_twice(attempt: Any) -> None:
    assert "passed on" in brought_to(attempt, "pending").passes_over(PAY, "wallet-1")


@pytest.mark.parametrize(
    ("state", "answer"),
    [("paid", response("approved", CODE)), ("refused", response("declined")), ("voided", response("void"))],
)
@pytest.mark.parametrize("validity", ["current", "expired"])
def test_a_repeated_request_gets_what_was_answered(attempt: Any, state: str, answer: Any, validity: str) -> None:
    before = brought_to(attempt, state).local
    assert attempt.says(replace(PAY, validity=validity), "wallet-1").outputs == (Send("wallet-1", answer),)
    assert attempt.local == before


@pytest.mark.parametrize("state", ["paid", "refused"])
def test_invalid_request_with_other_bytes_gets_nothing(attempt: Any, state: str) -> None:
    other = replace(PAY, certificate=Symbol("certificate", "another"))
    assert "not the request that was accepted" in brought_to(attempt, state).passes_over(other, "wallet-1")
    assert "not the request that was accepted" in attempt.passes_over(PAY, "wallet-2")


def test_a_cancelled_attempt_is_never_authorized_but_made_void(attempt: Any) -> None:
    brought_to(attempt, "cancelled")
    for _ in range(2):  # the wallet's own retry repeats a lost inquiry
        assert attempt.says(PAY, "wallet-1").outputs == (Send("payment", INQUIRY),)
        assert attempt.state == "cancelled"
    assert attempt.says(VOID, "payment").outputs == (Send("wallet-1", response("void")),)
    assert attempt.state == "refused"


def test_what_was_not_asked_for_voids_nothing(attempt: Any) -> None:
    assert "not asked for" in brought_to(attempt, "cancelled").passes_over(VOID, "payment")
    declined = replace(VOID, receipt=receipt("declined"))
    attempt.hears(PAY, "wallet-1")
    assert "no word" in attempt.passes_over(declined, "payment")


@pytest.mark.parametrize("state", PATHS)
def test_a_conflict_says_nothing_about_money(attempt: Any, state: str) -> None:
    assert "no receipt" in brought_to(attempt, state).passes_over(CONFLICT, "payment")


@pytest.mark.parametrize("state", PATHS)
def test_everything_is_durable(attempt: Any, state: str) -> None:
    assert "durable" in brought_to(attempt, state).passes_over(Restart())


LATE: tuple[tuple[Any, tuple[str, ...], str], ...] = (
    (ASKED, ("aborted", "pending", "paid", "refused", "cancelled", "voided"), "no use"),
    (ABORT, ("aborted", "pending", "paid", "refused", "cancelled", "voided"), "too late"),
    (WALLETS_ABORT, ("aborted", "pending", "paid", "refused", "cancelled"), "too late"),
    (Superseded(), ("refused", "cancelled"), "the attempt is over"),
    (APPROVED, ("paid", "refused"), "repeated"),
    (VOID, ("refused", "voided"), "repeated"),
)


@pytest.mark.parametrize(
    ("state", "message", "reason"),
    [(state, message, reason) for message, states, reason in LATE for state in states],
    ids=lambda value: value if isinstance(value, str) else value.event,
)
def test_what_comes_too_late_is_passed_over(attempt: Any, state: str, message: Any, reason: str) -> None:
    assert reason in brought_to(attempt, state).passes_over(message, sender_of(message))


@pytest.mark.parametrize(
    ("state", "message", "sender"),
    [
        ("idle", ASKED, "wallet-1"),
        ("idle", replace(ASKED, relay_txn=Symbol("relay_txn", "2")), "relay"),
        ("info_sent", ABORT, "wallet-1"),
        ("info_sent", replace(ABORT, relay_txn=Symbol("relay_txn", "2")), "relay"),
        ("info_sent", replace(WALLETS_ABORT, proc_key=OTHER_KEY), "wallet-1"),
        ("info_sent", replace(PAY, proc_key=OTHER_KEY), "wallet-1"),
        ("pending", APPROVED, "wallet-1"),
        ("pending", replace(APPROVED, proc_key=OTHER_KEY), "payment"),
        ("pending", CONFLICT, "relay"),
        ("voiding", VOID, "wallet-1"),
    ],
)
def test_invalid_senders_and_keys_are_passed_over(attempt: Any, state: str, message: Any, sender: str) -> None:
    assert "bound" in brought_to(attempt, state).passes_over(message, sender)


def test_an_answer_about_a_void_attempt_goes_to_the_wallet_that_asked_first(attempt: Any) -> None:
    brought_to(attempt, "voiding")
    signature = Signed("wallet-2", PAY.dual_signature.content)  # type: ignore[attr-defined]
    assert attempt.hears(replace(PAY, dual_signature=signature), "wallet-2") == [INQUIRY]
    (send,) = attempt.says(VOID, "payment").outputs
    assert (send.to, type(send.message)) == ("wallet-1", PaymentResponse)


def test_invalid_answer_is_passed_over_by_name(attempt: Any) -> None:
    false = replace(APPROVED, receipt=Unverified(receipt("approved").content))
    assert "not what the payment server signed" in brought_to(attempt, "pending").passes_over(false, "payment")
