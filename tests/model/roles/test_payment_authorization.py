"""The payment server and one attempt, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Send, Tell
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.model.data import DualSignature, PaymentInstruction, Receipt
from payrelay.model.messages.internal import Debit
from payrelay.model.messages.purchase import (
    AuthorizationConflict,
    AuthorizationRequest,
    AuthorizationResponse,
    SettlementStatus,
    SettlementStatusInquiry,
    VoidingInquiry,
    VoidingResponse,
)
from payrelay.model.occurrences import ReceiptSigned
from payrelay.model.purchase import TERMS, TOTAL, proc_key

KEY, OTHER_KEY = proc_key("1"), proc_key("2")
CODE, ACCOUNT = Symbol("auth_code", "1"), Symbol("account", "user")
INFO_HASH = Hash("order information")
CONTENT = PaymentInstruction(KEY, TOTAL, TERMS.digest, INFO_HASH, ACCOUNT)
DUAL = DualSignature(INFO_HASH, Hash(Sealed("payment", CONTENT)), "payment", KEY, TOTAL)
ASKED = AuthorizationRequest(
    proc_key=KEY,
    amount=TOTAL,
    order_info_hash=INFO_HASH,
    order_digest=TERMS.digest,
    instruction=Sealed("payment", CONTENT),
    dual_signature=Signed("wallet-1", DUAL),
)
BAD = replace(ASKED, order_digest=Hash("other"))
VOIDING = VoidingInquiry(proc_key=KEY, amount=TOTAL)
STATUS = SettlementStatusInquiry(proc_key=KEY)
LESS = replace(TOTAL, value=1)

PATHS: dict[str, tuple[Any, ...]] = {
    "new": (),
    "approved": (ASKED,),
    "declined": (replace(ASKED, issuer="declines"),),
    "rejected": (BAD,),
    "void": (VOIDING,),
}
DECIDED = ("approved", "declined", "rejected")


@pytest.fixture
def payment(purchases: SimpleNamespace) -> Any:
    return purchases.talk("payment/authorization-1")


def brought_to(payment: Any, state: str) -> Any:
    for message in PATHS[state]:
        payment.hears(message, "shop")
    assert payment.state == state
    return payment


def receipt(outcome: str, code: str = "") -> Signed:
    return Signed("payment", Receipt(KEY, TOTAL, outcome, code))


def answer(outcome: str, code: str = "") -> AuthorizationResponse:
    auth_code = CODE if outcome == "approved" else None
    return AuthorizationResponse(proc_key=KEY, receipt=receipt(outcome, code), auth_code=auth_code)


STORED = {
    "approved": answer("approved"),
    "declined": answer("declined"),
    "rejected": answer("rejected", "MISMATCH"),
    "void": answer("void"),
}


def test_what_is_in_order_is_debited_and_signed_in_one_step(payment: Any) -> None:
    assert payment.says(ASKED, "shop").outputs == (
        Tell("account", Debit(proc_key=KEY, amount=TOTAL, order_digest=TERMS.digest)),
        ReceiptSigned(KEY, "approved", TOTAL),
        Send("shop", answer("approved")),
    )
    assert payment.state == "approved"


def test_the_issuer_declines(payment: Any) -> None:
    assert payment.says(replace(ASKED, issuer="declines"), "shop").outputs == (
        ReceiptSigned(KEY, "declined", TOTAL),
        Send("shop", answer("declined")),
    )
    assert payment.state == "declined"


def request(content: Any = CONTENT, dual: Any = DUAL, to: str = "payment", **more: Any) -> AuthorizationRequest:
    """A request whose dual signature is over the instruction that is in it."""
    instruction = Sealed(to, content)
    if isinstance(dual, DualSignature) and dual.instruction_hash == DUAL.instruction_hash:
        dual = replace(dual, instruction_hash=Hash(instruction))
    return replace(ASKED, instruction=instruction, dual_signature=Signed("wallet-1", dual), **more)


INVALID = {
    "expired": (request(validity="expired"), "EXPIRED"),
    "replayed": (request(replace(CONTENT, proc_key=OTHER_KEY)), "INSTRUCTION_REPLAY"),
    "malformed instruction": (request("nothing"), "MISMATCH"),
    "sealed for another": (request(to="another"), "MISMATCH"),
    "malformed signature": (request(dual="nothing"), "MISMATCH"),
    "unsigned": (replace(ASKED, dual_signature=Unverified(DUAL)), "MISMATCH"),
    "signed for another attempt": (request(dual=replace(DUAL, proc_key=OTHER_KEY)), "MISMATCH"),
    "instructed amount": (request(replace(CONTENT, amount=LESS)), "MISMATCH"),
    "signed amount": (request(dual=replace(DUAL, amount=LESS)), "MISMATCH"),
    "instructed digest": (request(replace(CONTENT, order_digest=Hash("other"))), "MISMATCH"),
    "instructed order": (request(replace(CONTENT, order_info_hash=Hash("other"))), "MISMATCH"),
    "signed order": (request(dual=replace(DUAL, order_info_hash=Hash("other"))), "MISMATCH"),
    "signed instruction": (request(dual=replace(DUAL, instruction_hash=Hash("other"))), "MISMATCH"),
    "other payment server": (request(dual=replace(DUAL, payment_server="another")), "MISMATCH"),
    "order's digest": (BAD, "MISMATCH"),
}


@pytest.mark.parametrize(("asked", "code"), INVALID.values(), ids=INVALID)
@pytest.mark.parametrize("issuer", ["approves", "declines"])
def test_invalid_request_is_rejected_and_signed(
    payment: Any, asked: AuthorizationRequest, code: str, issuer: str
) -> None:
    assert payment.says(replace(asked, issuer=issuer), "shop").outputs == (
        ReceiptSigned(KEY, "rejected", TOTAL),
        Send("shop", answer("rejected", code)),
    )
    assert payment.state == "rejected"


def test_what_is_asked_for_is_the_amount_of_both_copies(payment: Any) -> None:
    payment.hears(replace(ASKED, amount=LESS), "shop")
    assert payment.state == "rejected"


@pytest.mark.parametrize("security", ["plain", "channel"])
def test_without_object_security_nothing_need_be_signed_or_sealed(purchases: SimpleNamespace, security: str) -> None:
    payment = purchases.talk("payment/authorization-1", security=security)
    dual = replace(DUAL, instruction_hash=Hash(CONTENT))
    (sent,) = payment.hears(replace(ASKED, instruction=CONTENT, dual_signature=Unverified(dual)), "shop")
    assert sent.receipt == Unverified(Receipt(KEY, TOTAL, "approved"))


@pytest.mark.parametrize("state", DECIDED)
@pytest.mark.parametrize("given", [{}, {"validity": "expired"}, {"issuer": "declines"}], ids=str)
def test_a_repeated_request_gets_what_was_signed(payment: Any, state: str, given: dict[str, str]) -> None:
    before = brought_to(payment, state).local
    (asked,) = PATHS[state]
    assert payment.says(replace(asked, **given), "shop").outputs == (Send("shop", STORED[state]),)
    assert payment.local == before


@pytest.mark.parametrize("state", DECIDED)
def test_invalid_reuse_of_the_key_changes_nothing(payment: Any, state: str) -> None:
    before = brought_to(payment, state).local
    other = replace(ASKED, instruction=Sealed("payment", "another"))
    assert payment.says(other, "shop").outputs == (Send("shop", AuthorizationConflict(proc_key=KEY)),)
    assert payment.local == before


def test_an_inquiry_makes_sure_that_nothing_comes_of_it(payment: Any) -> None:
    voided = VoidingResponse(proc_key=KEY, receipt=receipt("void"))
    assert payment.says(VOIDING, "shop").outputs == (ReceiptSigned(KEY, "void", TOTAL), Send("shop", voided))
    void = payment.local
    assert payment.state == "void"
    for asked in (ASKED, BAD, replace(ASKED, issuer="declines")):
        assert payment.says(asked, "shop").outputs == (Send("shop", STORED["void"]),)
        assert payment.local == void


@pytest.mark.parametrize("state", ["approved", "declined", "rejected", "void"])
def test_an_inquiry_after_the_decision_gets_what_was_signed(payment: Any, state: str) -> None:
    before = brought_to(payment, state).local
    voided = VoidingResponse(proc_key=KEY, receipt=STORED[state].receipt)
    assert payment.says(VOIDING, "shop").outputs == (Send("shop", voided),)
    assert payment.local == before


@pytest.mark.parametrize("state", PATHS)
def test_the_status_is_told_and_nothing_changes(payment: Any, state: str) -> None:
    before = brought_to(payment, state).local
    signed = STORED[state].receipt if state in STORED else None
    assert payment.says(STATUS, "relay").outputs == (Send("relay", SettlementStatus(proc_key=KEY, receipt=signed)),)
    assert payment.local == before


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize(
    ("message", "sender"),
    [
        (ASKED, "wallet-1"),
        (VOIDING, "relay"),
        (replace(ASKED, proc_key=OTHER_KEY), "shop"),
        (replace(VOIDING, proc_key=OTHER_KEY), "shop"),
        (replace(STATUS, proc_key=OTHER_KEY), "relay"),
    ],
    ids=["request", "inquiry", "key of request", "key of inquiry", "key of status"],
)
def test_invalid_senders_cannot_spoil_a_key(payment: Any, state: str, message: Any, sender: str) -> None:
    assert "bound" in brought_to(payment, state).passes_over(message, sender)


@pytest.mark.parametrize("state", PATHS)
def test_everything_is_durable(payment: Any, state: str) -> None:
    assert "durable" in brought_to(payment, state).passes_over(Restart())


def test_what_is_sealed_for_others_is_not_looked_into(payment: Any) -> None:
    """Even where it would say more: that it belongs to another attempt."""
    elsewhere = Sealed("another", replace(CONTENT, proc_key=proc_key("2")))
    assert payment.hears(replace(ASKED, instruction=elsewhere), "shop") == [answer("rejected", "MISMATCH")]


@pytest.mark.parametrize("sender", ["shop", "wallet-1", "terminal-1"])
def test_invalid_inquiry_of_another_than_the_relay(payment: Any, sender: str) -> None:
    assert payment.hears(STATUS, "relay") != []
    payment.passes_over(STATUS, sender)
