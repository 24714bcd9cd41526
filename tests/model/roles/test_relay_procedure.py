"""The relay during a purchase, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Send, Tell, Timeout
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.model.conversion import CAPABILITIES, Capabilities, minimal_page_fits
from payrelay.model.data import Concluded, Confirmable, ConfirmInfo, Consent, OrderRef, PaymentInfo, Receipt, user_ref
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.purchase import (
    CancelAck,
    ConfirmInfoMessage,
    ForwardedCancel,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    ForwardedProcedureRequest,
    PaymentInfoMessage,
    ProcedureAbort,
    ProcedureReject,
    ResultInfo,
    SettlementStatus,
    SettlementStatusInquiry,
    WalletOffer,
    WalletQuery,
    WalletRefusal,
    WalletReject,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ErrorSummary,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    ProgressSummary,
    ResultSummary,
    WalletChoice,
    WalletSelectSummary,
)
from payrelay.model.occurrences import ResultAwaited
from payrelay.model.purchase import BRAND, ORDER, TERMS, TOTAL, USER, USER_AUTH, proc_key
from payrelay.model.sections import CONTROL, CONVERTING, REDIRECTING

TERMINAL = "terminal-1"
HANDLE, TXN, TOKEN = (Symbol(kind, "1") for kind in ("handle", "relay_txn", "inquiry_token"))
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
SIGNED_INFO = Signed("shop", INFO)
CONFIRM_INFO = ConfirmInfo(
    KEY, TOTAL, TERMS.payee_name, "card of wallet-1", Hash(SIGNED_INFO), Symbol("wallet_nonce", "1")
)
SHOWN = Confirmable(KEY, TOTAL, TERMS.payee_name, "wallet-1")
EDGE: dict[str, Any] = {"session": Symbol("session", "1"), "sender": TERMINAL}


def nonce(name: str) -> Symbol:
    return Symbol("request_nonce", name)


def receipt(outcome: str, code: str = "") -> Signed:
    return Signed("payment", Receipt(KEY, TOTAL, outcome, code))


def offer(wallet: str, *instruments: str, name: str = "") -> WalletOffer:
    return WalletOffer(
        wallet_txn=Symbol("wallet_txn", f"1 at {wallet}"),
        display_name=name or wallet.title(),
        instruments=instruments,
    )


REQUEST = ProcedureRequest(request_nonce=nonce("pay"), order_ref=ORDER, capabilities=CAPABILITIES["plain_text"], **EDGE)
INFO_SENT = PaymentInfoMessage(relay_txn=TXN, payment_info=SIGNED_INFO)
NOT_NOW = ProcedureReject(relay_txn=TXN, reason="IN_PAYMENT")
OFFER_1, OFFER_2 = offer("wallet-1", "card ending 1"), offer("wallet-2", "card ending 2")
CHOICE = WalletChoice(request_nonce=nonce("choose"), handle=HANDLE, index=1, **EDGE)
CONFIRM = ConfirmInfoMessage(relay_txn=TXN, confirm_info=Signed("wallet-1", CONFIRM_INFO))
NOT_THIS = WalletReject(relay_txn=TXN, reason="NOT_PAYABLE")
CONSENT = PaymentProcessingRequest(
    request_nonce=nonce("confirm"), handle=HANDLE, consent=Consent(SHOWN, Sealed("wallet-1", USER_AUTH)), **EDGE
)
CANCEL = Cancel(request_nonce=nonce("cancel"), handle=HANDLE, **EDGE)
INQUIRY = ProgressInquiry(request_nonce=nonce("ask"), handle=HANDLE, inquiry_token=TOKEN, **EDGE)
RESULT = ResultInfo(relay_txn=TXN, receipt=receipt("approved"))
REFUSAL = WalletRefusal(relay_txn=TXN, outcome="expired")
ACK = CancelAck(relay_txn=TXN)
STATUS = SettlementStatus(proc_key=KEY, receipt=receipt("approved"))

REQUESTS = (REQUEST, CHOICE, CONSENT, CANCEL, INQUIRY)
FORWARDED_INFO = ForwardedPaymentInfo(relay_txn=TXN, user_ref=user_ref(USER, "wallet-1"), payment_info=SIGNED_INFO)
FORWARDED_CONSENT = ForwardedPaymentProcessingRequest(relay_txn=TXN, consent=CONSENT.consent)
FORWARDED_CANCEL = ForwardedCancel(relay_txn=TXN, proc_key=KEY)
ABORT = ProcedureAbort(order_ref=ORDER, relay_txn=TXN)

STEPS: tuple[tuple[Any, str], ...] = (
    (REQUEST, TERMINAL),
    (INFO_SENT, "shop"),
    (OFFER_1, "wallet-1"),
    (OFFER_2, "wallet-2"),
    (CHOICE, TERMINAL),
    (CONFIRM, "wallet-1"),
    (CONSENT, TERMINAL),
    (RESULT, "wallet-1"),
)
AFTER = {
    "idle": 0,
    "wait_payment_info": 1,
    "wait_offers": 2,
    "wait_choice": 4,
    "wait_confirming_info": 5,
    "wait_consent": 6,
    "settling": 7,
    "settled": 8,
}
MAKING_A_PAGE = ("wait_payment_info", "wait_offers", "wait_confirming_info", "settling")
PAGES: dict[str, Any] = {
    "wait_choice": WalletSelectSummary,
    "wait_consent": ConfirmSummary,
    "settled": ResultSummary,
    "failed": ErrorSummary,
}


@pytest.fixture
def relay(purchases: SimpleNamespace) -> Any:
    return purchases.talk("relay/procedure-1", wallets=2)


@pytest.fixture
def small_relay(purchases: SimpleNamespace) -> Any:
    """With one wallet, there is none to choose."""
    return purchases.talk("relay/procedure-1")


def brought_to(relay: Any, state: str) -> Any:
    if state in ("failed", "forgotten"):
        brought_to(relay, "wait_payment_info").hears(Timeout("shop_time") if state == "failed" else Restart())
    else:
        for message, sender in STEPS[: AFTER[state]]:
            relay.hears(message, sender)
    assert relay.state == state
    return relay


def by(answer: Any) -> list[str]:
    """The sections that the outputs are sent by."""
    return [output.by for output in answer.outputs if isinstance(output, Send)]


def fails(relay: Any, code: str, sent: list[Any]) -> None:
    """The procedure has failed: what was sent to servers, and an error page to whoever waited."""
    *to_servers, page = sent
    assert (relay.state, type(page), page.code, page.handle) == ("failed", ErrorSummary, code, HANDLE)
    assert relay.local.data.pending == ()
    assert to_servers == [] or to_servers[0] in (ABORT, FORWARDED_CANCEL)


# --- the request


def test_the_request_is_transferred(relay: Any) -> None:
    answer = relay.says(REQUEST)
    (send,) = answer.outputs
    assert (send.to, send.message) == ("shop", ForwardedProcedureRequest(order_ref=ORDER, relay_txn=TXN))
    assert by(answer) == [REDIRECTING]
    assert (relay.state, relay.local.data.pending) == ("wait_payment_info", ((TERMINAL, nonce("pay")),))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"order_ref": OrderRef("another", Symbol("order_ref", "1"))}, "BAD_REQUEST"),
        ({"capabilities": Capabilities("text/plain", 300, 40, 48, "utf-8", 9)}, "CAPABILITY"),
        ({"capabilities": Capabilities("text/plain", 2048, 40, 48, "utf-8", 1)}, "CAPABILITY"),
    ],
)
def test_invalid_request_is_refused(relay: Any, change: dict[str, Any], code: str) -> None:
    fails(relay, code, relay.hears(replace(REQUEST, **change)))


@pytest.mark.parametrize("state", MAKING_A_PAGE)
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.event)
def test_requests_wait_for_the_page_that_is_being_made(relay: Any, state: str, request_: Any) -> None:
    brought_to(relay, state)
    relay.local = relay.local._replace(data=replace(relay.local.data, pending=(("terminal-0", nonce("other")),)))
    kept = relay.local.data
    assert relay.says(request_, TERMINAL).outputs == ()
    assert relay.local.data == replace(
        kept, pending=(("terminal-0", nonce("other")), (TERMINAL, request_.request_nonce))
    )
    assert relay.state == state


@pytest.mark.parametrize("state", MAKING_A_PAGE)
def test_a_terminals_newer_request_takes_the_place_of_its_older_one(relay: Any, state: str) -> None:
    brought_to(relay, state)
    for name in ("first", "second"):
        relay.hears(replace(REQUEST, request_nonce=nonce(name)))
    assert relay.local.data.pending == ((TERMINAL, nonce("second")),)


@pytest.mark.parametrize(
    ("state", "request_"),
    [
        *(("wait_choice", request) for request in (REQUEST, CONSENT, INQUIRY)),
        *(("wait_consent", request) for request in (REQUEST, CHOICE, INQUIRY)),
        *((state, request) for state in ("settled", "failed") for request in REQUESTS),
    ],
    ids=lambda value: value if isinstance(value, str) else value.event,
)
def test_requests_get_the_current_page_at_once(relay: Any, state: str, request_: Any) -> None:
    before = brought_to(relay, state).local
    answer = relay.says(request_)
    (send,) = answer.outputs
    assert (type(send.message), send.to, send.message.request_nonce) == (PAGES[state], TERMINAL, request_.request_nonce)
    assert send.message.summary == before.data.page.summary
    assert by(answer) == [CONVERTING]
    assert relay.local == before


# --- the shop's answer


def test_payment_information_goes_to_the_only_wallet(small_relay: Any) -> None:
    answer = brought_to(small_relay, "wait_payment_info").says(INFO_SENT, "shop")
    (send,) = answer.outputs
    assert (send.to, send.message, small_relay.state) == ("wallet-1", FORWARDED_INFO, "wait_confirming_info")
    assert by(answer) == [REDIRECTING]


def test_wallets_are_asked_without_amount_or_shop(relay: Any) -> None:
    answer = brought_to(relay, "wait_payment_info").says(INFO_SENT, "shop")
    assert [(send.to, send.message) for send in answer.outputs] == [
        (
            wallet,
            WalletQuery(
                wallet_txn=Symbol("wallet_txn", f"1 at {wallet}"),
                user_ref=user_ref(USER, wallet),
                brands=(BRAND,),
                currency="JPY",
            ),
        )
        for wallet in ("wallet-1", "wallet-2")
    ]
    assert (by(answer), relay.state) == ([CONTROL, CONTROL], "wait_offers")


def test_no_wallet_knows_the_brand(relay: Any) -> None:
    info = Signed("shop", replace(INFO, brands=("unheard-of",)))
    sent = brought_to(relay, "wait_payment_info").hears(replace(INFO_SENT, payment_info=info), "shop")
    assert sent[0] == ABORT
    fails(relay, "NO_WALLET", sent)


@pytest.mark.parametrize(
    "change",
    [
        {"payment_info": Unverified(INFO)},
        {"payment_info": Signed("wallet-1", INFO)},
        {"payment_info": Signed("shop", replace(INFO, relay_txn=Symbol("relay_txn", "2")))},
        {"payment_info": Signed("shop", replace(INFO, order_ref=OrderRef("shop", Symbol("order_ref", "2"))))},
        {"payment_info": Signed("shop", "nothing")},
        {"validity": "expired"},
    ],
    ids=["unsigned", "other signer", "other transaction", "other order", "malformed", "expired"],
)
def test_invalid_payment_information_goes_nowhere(relay: Any, change: dict[str, Any]) -> None:
    sent = brought_to(relay, "wait_payment_info").hears(replace(INFO_SENT, **change), "shop")
    assert sent[0] == ABORT
    fails(relay, "SHOP_INVALID", sent)
    assert relay.local.data.payment_info is None


@pytest.mark.parametrize("security", ["plain", "channel"])
def test_without_object_security_unsigned_payment_information_passes(purchases: SimpleNamespace, security: str) -> None:
    relay = brought_to(purchases.talk("relay/procedure-1", security=security), "wait_payment_info")
    (sent,) = relay.hears(replace(INFO_SENT, payment_info=Unverified(INFO)), "shop")
    assert sent == replace(FORWARDED_INFO, payment_info=Unverified(INFO))


def test_the_shop_refuses(relay: Any) -> None:
    fails(relay, "IN_PAYMENT", brought_to(relay, "wait_payment_info").hears(NOT_NOW, "shop"))


def test_the_shop_does_not_answer(relay: Any) -> None:
    sent = brought_to(relay, "wait_payment_info").hears(Timeout("shop_time"))
    assert sent[0] == ABORT
    fails(relay, "SHOP_TIMEOUT", sent)


# --- the wallets' offers


def test_offers_are_recorded_until_the_last_comes(relay: Any) -> None:
    brought_to(relay, "wait_offers")
    assert relay.hears(OFFER_2, "wallet-2") == []
    once = relay.local
    assert relay.hears(OFFER_2, "wallet-2") == []
    assert relay.local == once
    (page,) = relay.hears(OFFER_1, "wallet-1")
    assert isinstance(page, WalletSelectSummary)
    assert (relay.state, page.summary.bound, page.request_nonce) == (
        "wait_choice",
        ("wallet-1", "wallet-2"),
        nonce("pay"),
    )


def test_a_wallet_that_is_slow_is_left_out(purchases: SimpleNamespace) -> None:
    relay = brought_to(purchases.talk("relay/procedure-1", wallets=3), "wait_offers")
    relay.hears(OFFER_1, "wallet-1")
    relay.hears(OFFER_2, "wallet-2")
    (page,) = relay.hears(Timeout("offer_time"))
    assert (relay.state, page.summary.bound) == ("wait_choice", ("wallet-1", "wallet-2"))
    assert "closed" in relay.passes_over(offer("wallet-3", "card"), "wallet-3")


def test_no_more_wallets_are_offered_than_the_terminal_can_show(purchases: SimpleNamespace) -> None:
    relay = purchases.talk("relay/procedure-1", wallets=3)
    relay.hears(replace(REQUEST, capabilities=replace(CAPABILITIES["plain_text"], max_options=2)))
    relay.hears(INFO_SENT, "shop")
    for wallet in ("wallet-3", "wallet-2", "wallet-1"):
        sent = relay.hears(offer(wallet, "card"), wallet)
    assert sent[0].summary.bound == ("wallet-1", "wallet-2")
    (page,) = relay.hears(replace(CHOICE, index=3))
    assert isinstance(page, WalletSelectSummary)


def test_the_only_positive_offer_is_taken(relay: Any) -> None:
    brought_to(relay, "wait_offers").hears(offer("wallet-2"), "wallet-2")
    assert relay.hears(OFFER_1, "wallet-1") == [FORWARDED_INFO]
    assert relay.state == "wait_confirming_info"


def test_the_only_offer_in_time_is_taken(relay: Any) -> None:
    brought_to(relay, "wait_offers").hears(OFFER_1, "wallet-1")
    assert relay.hears(Timeout("offer_time")) == [FORWARDED_INFO]
    assert relay.state == "wait_confirming_info"


def test_nobody_offers_anything(relay: Any) -> None:
    brought_to(relay, "wait_offers").hears(offer("wallet-1"), "wallet-1")
    sent = relay.hears(offer("wallet-2"), "wallet-2")
    assert sent[0] == ABORT
    fails(relay, "NO_WALLET", sent)


def test_nobody_offers_anything_in_time(relay: Any) -> None:
    sent = brought_to(relay, "wait_offers").hears(Timeout("offer_time"))
    assert sent[0] == ABORT
    fails(relay, "NO_WALLET", sent)


# --- the choice


def test_the_chosen_wallet_alone_gets_the_payment_information(relay: Any) -> None:
    answer = brought_to(relay, "wait_choice").says(replace(CHOICE, index=2))
    (send,) = answer.outputs
    assert (send.to, send.message.payment_info, by(answer)) == ("wallet-2", SIGNED_INFO, [REDIRECTING])
    assert (relay.state, relay.local.data.pending) == ("wait_confirming_info", ((TERMINAL, nonce("choose")),))


@pytest.mark.parametrize("index", [-1, 0, 3])
def test_invalid_choice_gets_the_page_again(relay: Any, index: int) -> None:
    before = brought_to(relay, "wait_choice").local
    (page,) = relay.hears(replace(CHOICE, index=index))
    assert isinstance(page, WalletSelectSummary)
    assert relay.local == before


def test_the_choice_comes_too_late(relay: Any) -> None:
    sent = brought_to(relay, "wait_choice").hears(replace(CHOICE, validity="expired"))
    assert sent[0] == ABORT
    fails(relay, "EXPIRED", sent)


def test_a_cancel_before_any_wallet_ends_it(relay: Any) -> None:
    abort, page = brought_to(relay, "wait_choice").hears(CANCEL)
    assert abort == ABORT
    assert (relay.state, page.summary.bound) == ("settled", Concluded(KEY, "cancelled", TOTAL))


def test_the_user_does_not_choose(relay: Any) -> None:
    assert brought_to(relay, "wait_choice").hears(Timeout("user_time")) == [ABORT]
    fails(relay, "USER_TIMEOUT", relay.hears(REQUEST))


# --- the confirming information


def test_the_confirming_information_is_summarized(relay: Any) -> None:
    answer = brought_to(relay, "wait_confirming_info").says(CONFIRM, "wallet-1")
    (send,) = answer.outputs
    page = send.message
    assert (type(page), page.summary.bound, page.request_nonce) == (ConfirmSummary, SHOWN, nonce("choose"))
    shown = {name: contents for name, _, contents in page.summary.slots}
    assert (shown["amount"], shown["identifier"], shown["payee_name"]) == ("2 JPY", "1", "Bookshop")
    assert (by(answer), relay.state, relay.local.data.pending) == ([CONVERTING], "wait_consent", ())


@pytest.mark.parametrize(
    "confirm_info",
    [
        Unverified(CONFIRM_INFO),
        Signed("wallet-2", CONFIRM_INFO),
        Signed("wallet-1", "nothing"),
        Signed("wallet-1", replace(CONFIRM_INFO, proc_key=proc_key("2"))),
        Signed("wallet-1", replace(CONFIRM_INFO, amount=replace(TOTAL, value=1))),
        Signed("wallet-1", replace(CONFIRM_INFO, payee_name="Bakery")),
        Signed("wallet-1", replace(CONFIRM_INFO, info_digest=Hash(INFO))),
    ],
    ids=["unsigned", "other signer", "malformed", "other attempt", "other amount", "other payee", "other information"],
)
def test_invalid_confirming_information_is_not_shown(relay: Any, confirm_info: Any) -> None:
    sent = brought_to(relay, "wait_confirming_info").hears(replace(CONFIRM, confirm_info=confirm_info), "wallet-1")
    assert sent[0] == FORWARDED_CANCEL
    fails(relay, "CONFIRM_MISMATCH", sent)


def test_what_must_be_shown_cannot_be(small_relay: Any) -> None:
    info = Signed("shop", replace(INFO, payee_name="Book\nshop"))
    brought_to(small_relay, "wait_payment_info").hears(replace(INFO_SENT, payment_info=info), "shop")
    confirm = replace(CONFIRM_INFO, payee_name="Book\nshop", info_digest=Hash(info))
    sent = small_relay.hears(replace(CONFIRM, confirm_info=Signed("wallet-1", confirm)), "wallet-1")
    assert sent[0] == FORWARDED_CANCEL
    fails(small_relay, "CAPABILITY", sent)


def test_the_wallet_refuses(relay: Any) -> None:
    sent = brought_to(relay, "wait_confirming_info").hears(NOT_THIS, "wallet-1")
    assert sent[0] == ABORT
    fails(relay, "NOT_PAYABLE", sent)


def test_the_wallet_does_not_answer(relay: Any) -> None:
    sent = brought_to(relay, "wait_confirming_info").hears(Timeout("wallet_time"))
    assert sent[0] == FORWARDED_CANCEL
    fails(relay, "WALLET_TIMEOUT", sent)


# --- the user's decision


def test_the_consent_is_transferred_unchanged(relay: Any) -> None:
    answer = brought_to(relay, "wait_consent").says(CONSENT)
    awaited, send = answer.outputs
    assert awaited == ResultAwaited(HANDLE)
    assert (send.to, send.message, by(answer)) == ("wallet-1", FORWARDED_CONSENT, [REDIRECTING])
    assert (relay.state, relay.local.data.pending) == ("settling", ((TERMINAL, nonce("confirm")),))


@pytest.mark.parametrize(
    "shown",
    [
        replace(SHOWN, proc_key=proc_key("2")),
        replace(SHOWN, amount=replace(TOTAL, value=1)),
        replace(SHOWN, payee_name="Bakery"),
        replace(SHOWN, wallet="wallet-2"),
    ],
    ids=["attempt", "amount", "payee", "wallet"],
)
@pytest.mark.parametrize("validity", ["current", "expired"])
def test_invalid_consent_is_to_another_page(relay: Any, shown: Confirmable, validity: str) -> None:
    consent = replace(CONSENT, consent=replace(CONSENT.consent, shown=shown), validity=validity)
    sent = brought_to(relay, "wait_consent").hears(consent)
    assert sent[0] == FORWARDED_CANCEL
    fails(relay, "CONSENT_MISMATCH", sent)


def test_the_consent_comes_too_late(relay: Any) -> None:
    sent = brought_to(relay, "wait_consent").hears(replace(CONSENT, validity="expired"))
    assert sent[0] == FORWARDED_CANCEL
    fails(relay, "EXPIRED", sent)


def test_a_cancel_is_the_wallets_to_confirm(relay: Any) -> None:
    answer = brought_to(relay, "wait_consent").says(CANCEL)
    awaited, send = answer.outputs
    assert awaited == ResultAwaited(HANDLE)
    assert (send.to, send.message, by(answer)) == ("wallet-1", FORWARDED_CANCEL, [CONTROL])
    assert relay.state == "settling"
    (page,) = relay.hears(ACK, "wallet-1")
    assert (relay.state, page.summary.bound.outcome) == ("settled", "cancelled")


def test_the_user_does_not_decide(relay: Any) -> None:
    assert brought_to(relay, "wait_consent").hears(Timeout("user_time")) == [FORWARDED_CANCEL]
    fails(relay, "USER_TIMEOUT", relay.hears(REQUEST))


# --- after the point of no return


@pytest.mark.parametrize("outcome", ["approved", "declined", "rejected", "void"])
@pytest.mark.parametrize("decision", [CONSENT, CANCEL], ids=["consented", "cancelled"])
def test_what_the_payment_server_signed_is_the_result(relay: Any, outcome: str, decision: Any) -> None:
    brought_to(relay, "wait_consent").hears(decision)
    code = "MISMATCH" if outcome == "rejected" else ""
    answer = relay.says(replace(RESULT, receipt=receipt(outcome, code)), "wallet-1")
    (send,) = answer.outputs
    page = send.message
    assert (type(page), page.summary.bound) == (ResultSummary, Concluded(KEY, outcome, TOTAL))
    assert (page.receipt, by(answer)) == (receipt(outcome, code), [CONVERTING])
    shown = {name: contents for name, _, contents in page.summary.slots}
    assert (shown["outcome"], shown.get("reason")) == (outcome, code or None)
    assert (relay.state, relay.local.data.outcome, relay.local.data.pending) == ("settled", outcome, ())


@pytest.mark.parametrize(
    "signed_receipt",
    [
        Unverified(Receipt(KEY, TOTAL, "approved")),
        Signed("wallet-1", Receipt(KEY, TOTAL, "approved")),
        Signed("payment", Receipt(proc_key("2"), TOTAL, "approved")),
        Signed("payment", Receipt(KEY, replace(TOTAL, value=1), "approved")),
        Signed("payment", "nothing"),
    ],
    ids=["unsigned", "other signer", "other attempt", "other amount", "malformed"],
)
def test_invalid_receipt_is_no_result(relay: Any, signed_receipt: Any) -> None:
    brought_to(relay, "settling")
    assert "not what the payment server signed" in relay.passes_over(
        replace(RESULT, receipt=signed_receipt), "wallet-1"
    )


def test_without_object_security_an_unsigned_receipt_passes(purchases: SimpleNamespace) -> None:
    relay = purchases.talk("relay/procedure-1", security="plain")
    bare = Unverified(INFO)
    confirm = Unverified(replace(CONFIRM_INFO, info_digest=Hash(bare)))
    relay.hears(REQUEST)
    relay.hears(replace(INFO_SENT, payment_info=bare), "shop")
    relay.hears(replace(CONFIRM, confirm_info=confirm), "wallet-1")
    relay.hears(CONSENT)
    relay.hears(replace(RESULT, receipt=Unverified(Receipt(KEY, TOTAL, "approved"))), "wallet-1")
    assert (relay.state, relay.local.data.outcome) == ("settled", "approved")


@pytest.mark.parametrize("outcome", ["cancelled", "expired", "failed"])
def test_the_wallet_says_that_it_never_asked(relay: Any, outcome: str) -> None:
    (page,) = brought_to(relay, "settling").hears(replace(REFUSAL, outcome=outcome), "wallet-1")
    assert (relay.state, page.summary.bound.outcome, page.receipt) == ("settled", outcome, None)


def test_invalid_acknowledgement_of_what_was_not_cancelled(relay: Any) -> None:
    assert brought_to(relay, "settling").passes_over(ACK, "wallet-1") == "nothing is to be cancelled, so nothing was"


def test_whoever_waits_is_told_of_progress(relay: Any) -> None:
    answer = brought_to(relay, "settling").says(Timeout("hold_time"))
    (send,) = answer.outputs
    assert (type(send.message), send.message.inquiry_token, send.message.request_nonce, by(answer)) == (
        ProgressSummary,
        TOKEN,
        nonce("confirm"),
        [CONVERTING],
    )
    assert (relay.state, relay.local.data.pending) == ("settling", ())
    assert relay.passes_over(Timeout("hold_time")) == "protocol error"  # it does not run: nobody waits


def test_the_period_begins_with_the_first_that_waits(relay: Any) -> None:
    brought_to(relay, "settling").hears(Timeout("hold_time"))
    assert relay.says(INQUIRY).outputs == (ResultAwaited(HANDLE),)
    assert relay.says(replace(INQUIRY, request_nonce=nonce("second tab")), "terminal-2").outputs == ()
    first, second = relay.hears(RESULT, "wallet-1")
    assert {first.request_nonce, second.request_nonce} == {nonce("ask"), nonce("second tab")}


def test_a_result_that_nobody_waits_for_is_kept(relay: Any) -> None:
    brought_to(relay, "settling").hears(Timeout("hold_time"))
    assert relay.hears(RESULT, "wallet-1") == []
    (page,) = relay.hears(INQUIRY)
    assert page.summary.bound.outcome == "approved"


@pytest.mark.parametrize(
    ("decision", "sent", "section"),
    [(CONSENT, FORWARDED_CONSENT, REDIRECTING), (CANCEL, FORWARDED_CANCEL, CONTROL)],
    ids=["consented", "cancelled"],
)
def test_identical_bytes_are_sent_again(relay: Any, decision: Any, sent: Any, section: str) -> None:
    brought_to(relay, "wait_consent").hears(decision)
    before = relay.local
    for _ in range(2):
        answer = relay.says(Timeout("retry_time"))
        assert [(send.to, send.message, send.by) for send in answer.outputs] == [("wallet-1", sent, section)]
        assert relay.local == before


def test_doubt_changes_the_text_alone(relay: Any) -> None:
    before = brought_to(relay, "settling").local
    assert relay.hears(Timeout("doubt_time")) == []
    assert relay.local == before._replace(data=replace(before.data, in_doubt=True))
    assert relay.passes_over(Timeout("doubt_time")) == "protocol error"  # it does not run any more
    (page,) = relay.hears(Timeout("hold_time"))
    assert "in_doubt" in [name for name, _, _ in page.summary.slots]
    relay.hears(RESULT, "wallet-1")
    assert (relay.state, relay.local.data.outcome) == ("settled", "approved")


def test_before_the_doubt_there_is_none(relay: Any) -> None:
    (page,) = brought_to(relay, "settling").hears(Timeout("hold_time"))
    assert "in_doubt" not in [name for name, _, _ in page.summary.slots]


@pytest.mark.parametrize(("said", "text"), [(receipt("approved"), "approved"), (None, "nothing yet")])
def test_the_payment_server_may_be_asked(purchases: SimpleNamespace, said: Any, text: str) -> None:
    relay = purchases.talk("relay/procedure-1", wallets=2, relay_asks_payment_server=True)
    answer = brought_to(relay, "settling").says(Timeout("doubt_time"))
    (send,) = answer.outputs
    assert (send.to, send.message) == ("payment", SettlementStatusInquiry(proc_key=KEY))
    assert relay.hears(replace(STATUS, receipt=said), "payment") == []
    assert (relay.state, relay.local.data.status) == ("settling", text)


# --- afterwards


@pytest.mark.parametrize(
    ("state", "retry_of", "again"),
    [("failed", HANDLE, True), ("failed", Symbol("handle", "2"), False), ("settled", HANDLE, False)],
)
def test_what_failed_may_be_tried_again_and_what_was_paid_may_not(
    relay: Any, state: str, retry_of: Symbol, again: bool
) -> None:
    before = brought_to(relay, state).local
    retry = replace(REQUEST, retry_of=retry_of, receiver="relay")
    outputs = relay.says(retry).outputs
    if again:
        assert outputs == (Tell("directory", AnotherProcedure(request=retry)),)
    else:
        assert [type(send.message) for send in outputs] == [PAGES[state]]
    assert relay.local == before


def test_what_was_declined_may_be_tried_again(relay: Any) -> None:
    brought_to(relay, "settling").hears(replace(RESULT, receipt=receipt("declined")), "wallet-1")
    (told,) = relay.says(replace(REQUEST, retry_of=HANDLE)).outputs
    assert (told.to, type(told.told)) == ("directory", AnotherProcedure)


@pytest.mark.parametrize(
    "state", ["wait_payment_info", "wait_offers", "wait_choice", "wait_confirming_info", "wait_consent", "failed"]
)
def test_before_the_point_of_no_return_a_restart_forgets(relay: Any, state: str) -> None:
    fresh = relay.local.data
    assert brought_to(relay, state).hears(Restart()) == []
    assert (relay.state, relay.local.data) == ("forgotten", fresh)
    for request in (CHOICE, CONSENT, CANCEL, INQUIRY):
        (error,) = relay.hears(request)
        assert (error.code, error.handle) == ("UNKNOWN_PROCEDURE", HANDLE)
    (told,) = relay.says(REQUEST).outputs
    assert (told.to, type(told.told), relay.state) == ("directory", AnotherProcedure, "forgotten")


@pytest.mark.parametrize("state", ["settling", "settled"])
def test_after_it_a_restart_only_loses_who_waits(relay: Any, state: str) -> None:
    before = brought_to(relay, state).local
    assert relay.hears(Restart()) == []
    assert relay.local == before._replace(data=replace(before.data, pending=()))


@pytest.mark.parametrize("state", ["idle", "forgotten"])
def test_there_is_nothing_to_forget(relay: Any, state: str) -> None:
    assert "nothing to forget" in brought_to(relay, state).passes_over(Restart())


# --- refusals


@pytest.mark.parametrize(
    ("state", "message", "sender"),
    [
        ("idle", INFO_SENT, "shop"),
        ("wait_payment_info", INFO_SENT, "wallet-1"),
        ("wait_payment_info", replace(INFO_SENT, relay_txn=Symbol("relay_txn", "2")), "shop"),
        ("wait_payment_info", NOT_NOW, "payment"),
        ("wait_payment_info", OFFER_1, "wallet-1"),
        ("wait_payment_info", STATUS, "payment"),
        ("wait_offers", OFFER_1, "wallet-2"),
        ("wait_offers", OFFER_1, "wallet-3"),
        ("wait_confirming_info", CONFIRM, "wallet-2"),
        ("wait_confirming_info", replace(CONFIRM, relay_txn=Symbol("relay_txn", "2")), "wallet-1"),
        ("wait_confirming_info", NOT_THIS, "wallet-2"),
        ("settling", RESULT, "wallet-2"),
        ("settling", REFUSAL, "wallet-2"),
        ("settling", ACK, "wallet-2"),
        ("settling", STATUS, "wallet-1"),
        ("settling", replace(INQUIRY, inquiry_token=Symbol("inquiry_token", "guessed")), TERMINAL),
        ("settled", replace(INQUIRY, inquiry_token=Symbol("inquiry_token", "guessed")), TERMINAL),
        ("forgotten", RESULT, "wallet-1"),
        ("forgotten", OFFER_1, "wallet-1"),
    ],
)
def test_invalid_senders_and_keys_are_passed_over(relay: Any, state: str, message: Any, sender: str) -> None:
    assert "bound" in brought_to(relay, state).passes_over(message, sender)


@pytest.mark.parametrize(
    ("message", "sender", "state", "reason"),
    [
        *(
            (message, "shop", state, "first answer was taken")
            for message in (INFO_SENT, NOT_NOW)
            for state in (
                "wait_offers",
                "wait_choice",
                "wait_confirming_info",
                "wait_consent",
                "settling",
                "settled",
                "failed",
            )
        ),
        *(
            (OFFER_1, "wallet-1", state, "closed")
            for state in ("wait_choice", "wait_confirming_info", "wait_consent", "settling", "settled")
        ),
        *(
            (message, "wallet-1", state, "first answer was taken")
            for message in (CONFIRM, NOT_THIS)
            for state in ("wait_consent", "settling", "settled")
        ),
        *((message, "wallet-1", "settled", "repeated") for message in (RESULT, REFUSAL, ACK)),
        (STATUS, "payment", "settled", "the result is known"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.event,
)
def test_late_copies_are_passed_over(relay: Any, message: Any, sender: str, state: str, reason: str) -> None:
    assert reason in brought_to(relay, state).passes_over(message, sender)


@pytest.mark.parametrize("message", [RESULT, REFUSAL, ACK, CONFIRM, NOT_THIS], ids=lambda message: message.event)
def test_what_comes_after_the_relay_gave_up_is_passed_over(relay: Any, message: Any) -> None:
    brought_to(relay, "wait_consent").hears(Timeout("user_time"))
    assert relay.state == "failed"
    relay.passes_over(message, "wallet-1")
    assert relay.passes_over(message, "wallet-1") != "protocol error"


# --- what others say goes on a page only in a form that it has room for


@pytest.mark.parametrize("reason", ["approved", "", "no way", "x" * 40])
def test_invalid_reason_of_a_shop_is_not_passed_on(relay: Any, reason: str) -> None:
    fails(brought_to(relay, "wait_payment_info"), "SHOP_REFUSED", relay.hears(replace(NOT_NOW, reason=reason), "shop"))


@pytest.mark.parametrize("reason", ["approved", "", "no way", "x" * 40])
def test_invalid_reason_of_a_wallet_is_not_passed_on(relay: Any, reason: str) -> None:
    brought_to(relay, "wait_confirming_info")
    fails(relay, "WALLET_REFUSED", relay.hears(replace(NOT_THIS, reason=reason), "wallet-1"))


@pytest.mark.parametrize("name", ["x" * 33, "a b", ""])
def test_invalid_identifier_that_no_page_could_show(relay: Any, name: str) -> None:
    info = Signed("shop", replace(INFO, proc_key=proc_key(name)))
    brought_to(relay, "wait_payment_info")
    fails(relay, "SHOP_INVALID", relay.hears(replace(INFO_SENT, payment_info=info), "shop"))


@pytest.mark.parametrize("outcome", ["", "settled", "x" * 17])
def test_invalid_outcome_is_no_result(relay: Any, outcome: str) -> None:
    brought_to(relay, "settling").passes_over(replace(RESULT, receipt=receipt(outcome)), "wallet-1")


@pytest.mark.parametrize(("code", "shown"), [("EXPIRED", ["EXPIRED"]), ("x" * 33, []), ("a b", [])])
def test_invalid_code_of_a_receipt_is_left_out(relay: Any, code: str, shown: list[str]) -> None:
    (page,) = brought_to(relay, "settling").hears(replace(RESULT, receipt=receipt("rejected", code)), "wallet-1")
    assert [text for slot, _, text in page.summary.slots if slot == "reason"] == shown


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("name", ["Café 日本", "line\nend", "x" * 41, "", "&" * 40])
def test_invalid_name_of_a_wallet_is_left_out(relay: Any, capability: str, name: str) -> None:
    relay.hears(replace(REQUEST, capabilities=CAPABILITIES[capability]), TERMINAL)
    relay.hears(INFO_SENT, "shop")
    relay.hears(replace(OFFER_1, display_name=name), "wallet-1")
    (page,) = relay.hears(OFFER_2, "wallet-2")
    shown = {slot: text for slot, _, text in page.summary.slots}
    assert shown.get("display_name_1", name) == name
    assert (shown["wallet_id_1"], shown["display_name_2"]) == ("wallet-1", "Wallet-2")
    assert page.summary.bound == ("wallet-1", "wallet-2")


def test_a_small_terminal_is_shown_as_many_wallets_as_it_has_room_for(purchases: SimpleNamespace) -> None:
    relay = purchases.talk("relay/procedure-1", wallets=9)
    least = next(
        capabilities
        for size in range(400, 2000, 10)
        if minimal_page_fits(capabilities := Capabilities("text/html", size, 40, 500, "utf-8", 12))
    )
    relay.hears(replace(REQUEST, capabilities=least), TERMINAL)
    relay.hears(INFO_SENT, "shop")
    for number in range(1, 9):
        assert relay.hears(offer(f"wallet-{number}", "card", name="&" * 40), f"wallet-{number}") == []
    (page,) = relay.hears(offer("wallet-9", "card", name="&" * 40), "wallet-9")
    assert isinstance(page, WalletSelectSummary)
    assert isinstance(page.summary.bound, tuple)
    assert 1 <= len(page.summary.bound) < 9
    assert ("more", "yes") in {(slot, text) for slot, _, text in page.summary.slots}
    assert tuple(offered.wallet_id for offered in relay.local.data.offers) == page.summary.bound
    too_many = replace(CHOICE, index=len(page.summary.bound) + 1)
    assert [type(sent) for sent in relay.hears(too_many, TERMINAL)] == [WalletSelectSummary]


@pytest.mark.parametrize("size", [1, 60, 300])
def test_a_terminal_too_small_for_any_page_is_answered_all_the_same(relay: Any, size: int) -> None:
    tiny = Capabilities("text/html", size, 1, 1, "us-ascii", 1)
    sent = relay.hears(replace(REQUEST, capabilities=tiny), TERMINAL)
    fails(relay, "CAPABILITY", sent)
    assert sent[-1].summary.media == "text/plain"


@pytest.mark.parametrize("said", [Unverified(receipt("approved").content), Signed("wallet-1", receipt("x").content)])
def test_invalid_word_of_the_payment_server_is_no_status(purchases: SimpleNamespace, said: Any) -> None:
    relay = purchases.talk("relay/procedure-1", wallets=2, relay_asks_payment_server=True)
    brought_to(relay, "settling").hears(replace(STATUS, receipt=said), "payment")
    assert relay.local.data.status == "nothing yet"
