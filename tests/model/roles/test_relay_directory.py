"""The relay's directory during a purchase: which procedure a terminal's request belongs to."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Tell
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import Confirmable, Consent, OrderRef
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.terminal_edge import (
    Cancel,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    WalletChoice,
)
from payrelay.model.purchase import ORDER, TOTAL, proc_key
from payrelay.model.sections import CONVERTING

EDGE: dict[str, Any] = {
    "session": Symbol("session", "1"),
    "request_nonce": Symbol("request_nonce", "1"),
    "sender": "terminal-1",
    "receiver": "relay",
}
HANDLE = Symbol("handle", "1")
REQUEST = ProcedureRequest(order_ref=ORDER, capabilities=CAPABILITIES["compact_html"], **EDGE)
OTHER = replace(REQUEST, order_ref=OrderRef("shop", Symbol("order_ref", "2")))
ANSWERS = (
    WalletChoice(handle=HANDLE, index=1, **EDGE),
    PaymentProcessingRequest(
        handle=HANDLE, consent=Consent(Confirmable(proc_key("1"), TOTAL, "Bookshop", "wallet-1")), **EDGE
    ),
    Cancel(handle=HANDLE, **EDGE),
    ProgressInquiry(handle=HANDLE, inquiry_token=Symbol("inquiry_token", "1"), **EDGE),
)


@pytest.fixture
def directory(purchases: SimpleNamespace) -> Any:
    return purchases.talk("relay/directory", procedures=2)


def unknown(directory: Any, request: Any) -> None:
    before = directory.local
    (send,) = directory.says(request).outputs
    error = send.message
    assert (error.code, error.request_nonce, send.by) == (
        "UNKNOWN_PROCEDURE",
        EDGE["request_nonce"],
        CONVERTING,
    )
    assert directory.local == before


def test_a_reload_finds_the_same_procedure(directory: Any) -> None:
    assert directory.says(REQUEST).outputs == (Tell("procedure-1", REQUEST),)
    opened = directory.local
    again = replace(REQUEST, request_nonce=Symbol("request_nonce", "2"), sender="terminal-2")
    assert directory.says(again).outputs == (Tell("procedure-1", again),)
    assert directory.local == opened
    assert directory.says(OTHER).outputs == (Tell("procedure-2", OTHER),)


@pytest.mark.parametrize("request_", ANSWERS, ids=lambda request: request.event)
def test_a_request_belongs_to_the_procedure_of_its_handle_and_session(directory: Any, request_: Any) -> None:
    unknown(directory, request_)
    directory.says(REQUEST)
    assert directory.says(request_).outputs == (Tell("procedure-1", request_),)
    unknown(directory, replace(request_, handle=Symbol("handle", "guessed")))
    unknown(directory, replace(request_, session=Symbol("session", "another")))


def test_another_session_opens_another_procedure(directory: Any) -> None:
    directory.says(REQUEST)
    foreign = replace(REQUEST, session=Symbol("session", "another"))
    assert directory.says(foreign).outputs == (Tell("procedure-2", foreign),)


def test_a_new_procedure_takes_the_place_of_the_old(directory: Any) -> None:
    directory.says(REQUEST)
    assert directory.says(AnotherProcedure(request=REQUEST)).outputs == (Tell("procedure-2", REQUEST),)
    assert directory.says(REQUEST).outputs == (Tell("procedure-2", REQUEST),)
    assert directory.says(ANSWERS[0]).outputs == (Tell("procedure-1", ANSWERS[0]),)
    unknown(directory, AnotherProcedure(request=REQUEST))


def test_invalid_request_when_none_can_be_opened(directory: Any) -> None:
    directory.says(REQUEST)
    directory.says(OTHER)
    unknown(directory, replace(REQUEST, order_ref=OrderRef("shop", Symbol("order_ref", "3"))))
