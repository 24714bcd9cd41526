"""The terminal during a purchase, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Timeout
from payrelay.language.terms import Sealed, Symbol, Unverified
from payrelay.model.conversion import CAPABILITIES, Kind, Summary
from payrelay.model.data import Concluded, Confirmable, Consent
from payrelay.model.messages.purchase import OrderAck, OrderPlace, PaymentInfoMessage
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
from payrelay.model.messages.user import (
    UserAsks,
    UserCancels,
    UserChooses,
    UserConfirms,
    UserOrders,
    UserPays,
    UserPaysAgain,
)
from payrelay.model.occurrences import Confirmed, Displayed, Shown, WalletChosen
from payrelay.model.purchase import ORDER, TOTAL, USER_AUTH, proc_key

HANDLE, TOKEN = Symbol("handle", "1"), Symbol("inquiry_token", "1")
KEY = proc_key("1")
SESSION = Symbol("session", "1")
SHOWN = Confirmable(KEY, TOTAL, "Bookshop", "wallet-1")
PLACED = Symbol("order_nonce", "1")


def nonce(name: str) -> Symbol:
    return Symbol("request_nonce", name)


EDGE: dict[str, Any] = {"session": SESSION}
ORDERS = UserOrders(nonce=PLACED, cart="a book")
PAYS = UserPays(nonce=nonce("pay"))
CHOOSES = UserChooses(nonce=nonce("choose"), index=2)
CONFIRMS = UserConfirms(nonce=nonce("confirm"))
CANCELS = UserCancels(nonce=nonce("cancel"))
ASKS = UserAsks(nonce=nonce("ask"))
AGAIN = UserPaysAgain(nonce=nonce("again"))
ACK = OrderAck(order_nonce=PLACED, order_ref=ORDER, total=TOTAL)
PLACE = OrderPlace(order_nonce=PLACED, cart="a book")
REQUEST = ProcedureRequest(request_nonce=nonce("pay"), order_ref=ORDER, capabilities=CAPABILITIES["plain_text"], **EDGE)


def page(kind: Kind, bound: Any) -> Summary:
    return Summary(kind, "template", "text/plain", (), (), bound)


def answer(kind: Any, to: str, bound: Any = None, **more: Any) -> Any:
    more = {"handle": HANDLE, **more}
    return kind(request_nonce=nonce(to), summary=page(kind.kind, bound), **more)


SELECT = answer(WalletSelectSummary, "pay", ("wallet-1", "wallet-2"))
CONFIRM = answer(ConfirmSummary, "pay", SHOWN)
PROGRESS = answer(ProgressSummary, "confirm", inquiry_token=TOKEN)
RESULT = answer(ResultSummary, "confirm", Concluded(KEY, "approved", TOTAL))
DECLINED = answer(ResultSummary, "confirm", Concluded(KEY, "declined", TOTAL))
ERROR = answer(ErrorSummary, "confirm", code="EXPIRED")

PATHS: dict[str, tuple[Any, ...]] = {
    "idle": (),
    "shopping": (ORDERS,),
    "ordered": (ORDERS, ACK),
    "waiting": (ORDERS, ACK, PAYS),
    "selecting": (ORDERS, ACK, PAYS, SELECT),
    "confirming": (ORDERS, ACK, PAYS, CONFIRM),
    "in_progress": (ORDERS, ACK, PAYS, CONFIRM, CONFIRMS, PROGRESS),
    "done": (ORDERS, ACK, PAYS, CONFIRM, CONFIRMS, DECLINED),
    "failed": (ORDERS, ACK, PAYS, CONFIRM, CONFIRMS, ERROR),
}


@pytest.fixture
def terminal(purchases: SimpleNamespace) -> Any:
    return purchases.talk("terminal-1/purchase", wallets=2)


def brought_to(terminal: Any, state: str) -> Any:
    for received in PATHS[state]:
        terminal.hears(received, "shop" if isinstance(received, OrderAck) else "relay")
    assert terminal.state == state
    return terminal


def test_an_order_is_placed_at_the_shop_directly(terminal: Any) -> None:
    (send,) = terminal.says(ORDERS).outputs
    assert (send.to, send.message) == ("shop", PLACE)
    assert terminal.state == "shopping"
    assert terminal.hears(ACK, "shop") == []
    assert (terminal.state, terminal.local.data.order_ref, terminal.local.data.outstanding) == ("ordered", ORDER, None)


def test_the_payment_is_requested_of_the_relay(terminal: Any) -> None:
    (send,) = brought_to(terminal, "ordered").says(PAYS).outputs
    assert (send.to, send.message, terminal.state) == ("relay", REQUEST, "waiting")


def test_an_order_may_stand_before_the_run(purchases: SimpleNamespace) -> None:
    terminal = purchases.talk("terminal-1/purchase", ordering=False)
    assert terminal.hears(PAYS) == [REQUEST]


def test_a_wallet_is_chosen(terminal: Any) -> None:
    brought_to(terminal, "waiting")
    assert terminal.hears(SELECT, "relay") == []
    assert terminal.local.data.options == ("wallet-1", "wallet-2")
    chosen, send = terminal.says(CHOOSES).outputs
    assert chosen == WalletChosen(HANDLE, "wallet-2")
    assert send.message == WalletChoice(request_nonce=nonce("choose"), handle=HANDLE, index=2, **EDGE)
    assert (terminal.state, terminal.local.data.options) == ("waiting", ())


def test_invalid_choice_is_not_on_the_page(terminal: Any) -> None:
    assert brought_to(terminal, "selecting").passes_over(replace(CHOOSES, index=3)) == "protocol error"


@pytest.mark.parametrize("state", ["selecting", "confirming"])
def test_the_user_cancels(terminal: Any, state: str) -> None:
    cancel = Cancel(request_nonce=nonce("cancel"), handle=HANDLE, **EDGE)
    assert brought_to(terminal, state).hears(CANCELS) == [cancel]
    assert (terminal.state, terminal.local.data.displayed) == ("waiting", None)


def test_what_is_shown_is_what_is_consented_to(terminal: Any) -> None:
    (shown,) = brought_to(terminal, "waiting").says(CONFIRM, "relay").outputs
    assert (shown, terminal.state) == (Displayed(KEY, TOTAL, "Bookshop"), "confirming")
    confirmed, send = terminal.says(CONFIRMS).outputs
    assert confirmed == Confirmed(KEY, TOTAL)
    consent = Consent(SHOWN, Sealed("wallet-1", USER_AUTH))
    assert send.message == PaymentProcessingRequest(
        request_nonce=nonce("confirm"), handle=HANDLE, consent=consent, **EDGE
    )
    assert terminal.state == "waiting"


def test_without_object_security_the_consent_proves_nothing(purchases: SimpleNamespace) -> None:
    terminal = brought_to(purchases.talk("terminal-1/purchase", security="plain"), "confirming")
    (request,) = terminal.hears(CONFIRMS)
    assert request.consent == Consent(SHOWN)


def test_progress_is_asked_for(terminal: Any) -> None:
    inquiry = ProgressInquiry(request_nonce=nonce("ask"), handle=HANDLE, inquiry_token=TOKEN, **EDGE)
    assert brought_to(terminal, "in_progress").hears(ASKS) == [inquiry]
    assert (terminal.state, terminal.local.data.outstanding) == ("waiting", inquiry)


@pytest.mark.parametrize(
    ("received", "state", "shown"),
    [
        (RESULT, "done", Shown(HANDLE, "approved", TOTAL)),
        (DECLINED, "done", Shown(HANDLE, "declined", TOTAL)),
        (ERROR, "failed", Shown(HANDLE, "EXPIRED")),
        (replace(ERROR, handle=None), "failed", Shown(HANDLE, "EXPIRED")),
    ],
)
def test_the_end_is_shown(terminal: Any, received: Any, state: str, shown: Shown) -> None:
    brought_to(terminal, "confirming").hears(CONFIRMS)
    assert terminal.says(received, "relay").outputs == (shown,)
    assert (terminal.state, terminal.local.data.outstanding) == (state, None)


@pytest.mark.parametrize("state", ["done", "failed"])
def test_what_was_not_approved_may_be_tried_again(terminal: Any, state: str) -> None:
    retry = replace(REQUEST, request_nonce=nonce("again"), retry_of=HANDLE)
    assert brought_to(terminal, state).hears(AGAIN) == [retry]
    assert (terminal.state, terminal.local.data.outcome) == ("waiting", "")


def test_what_is_approved_is_not_paid_again(terminal: Any) -> None:
    brought_to(terminal, "confirming").hears(CONFIRMS)
    terminal.hears(RESULT, "relay")
    assert terminal.passes_over(AGAIN) == "protocol error"


@pytest.mark.parametrize(("state", "to"), [("shopping", "shop"), ("waiting", "relay")])
def test_the_same_request_is_sent_again(terminal: Any, state: str, to: str) -> None:
    before = brought_to(terminal, state).local
    (send,) = terminal.says(Timeout("http_time")).outputs
    assert (send.to, send.message) == (to, before.data.outstanding)
    assert terminal.local == before


@pytest.mark.parametrize(
    ("state", "after"),
    [
        ("shopping", "idle"),
        ("waiting", "ordered"),
        ("selecting", "ordered"),
        ("confirming", "ordered"),
        ("in_progress", "ordered"),
    ],
)
def test_a_lost_page_leaves_the_order(terminal: Any, state: str, after: str) -> None:
    fresh = terminal.local.data
    brought_to(terminal, state).hears(Restart())
    assert terminal.state == after
    assert terminal.local.data == replace(fresh, order_ref=None if after == "idle" else ORDER)


@pytest.mark.parametrize("state", ["idle", "ordered", "done", "failed"])
def test_a_reboot_that_loses_nothing(terminal: Any, state: str) -> None:
    assert "nothing is lost" in brought_to(terminal, state).passes_over(Restart())


@pytest.mark.parametrize("state", PATHS)
def test_payment_information_is_put_aside(terminal: Any, state: str) -> None:
    info = PaymentInfoMessage(relay_txn=Symbol("relay_txn", "1"), payment_info=Unverified("anything"))
    brought_to(terminal, state)
    for sender in ("shop", "relay"):
        assert "claim 3" in terminal.passes_over(info, sender)


@pytest.mark.parametrize(
    ("state", "received", "sender"),
    [
        ("shopping", ACK, "relay"),
        ("shopping", replace(ACK, order_nonce=Symbol("order_nonce", "2")), "shop"),
        ("waiting", ACK, "shop"),
        ("shopping", SELECT, "relay"),
        ("waiting", SELECT, "shop"),
        ("waiting", CONFIRM, "wallet-1"),
        ("waiting", replace(CONFIRM, request_nonce=nonce("older")), "relay"),
        ("waiting", RESULT, "relay"),
        ("ordered", ERROR, "relay"),
        ("done", DECLINED, "relay"),
        ("in_progress", PROGRESS, "relay"),
    ],
)
def test_invalid_answers_are_to_no_outstanding_request(terminal: Any, state: str, received: Any, sender: str) -> None:
    assert "bound" in brought_to(terminal, state).passes_over(received, sender)


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("stimulus", [ORDERS, PAYS, CHOOSES, CONFIRMS, CANCELS, ASKS, AGAIN], ids=lambda s: s.event)
def test_the_user_can_do_what_the_page_offers_and_nothing_else(terminal: Any, state: str, stimulus: Any) -> None:
    offered = {
        "idle": {"user_orders"},
        "ordered": {"user_pays"},
        "selecting": {"user_chooses", "user_cancels"},
        "confirming": {"user_confirms", "user_cancels"},
        "in_progress": {"user_asks"},
        "done": {"user_pays_again"},
        "failed": {"user_pays_again"},
    }
    brought_to(terminal, state)
    if stimulus.event in offered.get(state, ()):
        terminal.hears(stimulus)
    else:
        assert terminal.passes_over(stimulus) == "protocol error"


@pytest.mark.parametrize("page_", [SELECT, CONFIRM, replace(RESULT, request_nonce=nonce("pay"))], ids=lambda p: p.event)
def test_invalid_page_that_is_bound_to_nothing_of_its_kind(terminal: Any, page_: Any) -> None:
    brought_to(terminal, "waiting").passes_over(replace(page_, summary=page(page_.kind, None)), "relay")


@pytest.mark.parametrize(
    "page_",
    [SELECT, CONFIRM, replace(RESULT, request_nonce=nonce("pay")), replace(PROGRESS, request_nonce=nonce("pay"))],
    ids=lambda p: p.event,
)
def test_invalid_page_that_names_no_procedure(terminal: Any, page_: Any) -> None:
    brought_to(terminal, "waiting").passes_over(replace(page_, handle=None), "relay")


def test_an_error_page_may_name_no_procedure(terminal: Any) -> None:
    brought_to(terminal, "waiting").hears(replace(ERROR, handle=None, request_nonce=nonce("pay")), "relay")
    assert terminal.state == "failed"
