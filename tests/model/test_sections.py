"""The relay's sections: each signs what it sends."""

import pytest

from payrelay.language.messages import Send
from payrelay.language.terms import Symbol
from payrelay.model.conversion import (
    CAPABILITIES,
    Capabilities,
    CapabilityError,
    ConfirmInformation,
    ErrorInformation,
    Kind,
    Summary,
)
from payrelay.model.messages.purchase import CancelAck
from payrelay.model.messages.terminal_edge import Cancel, ErrorSummary, ProcedureRequest
from payrelay.model.purchase import ORDER, TOTAL
from payrelay.model.sections import (
    CONTROL,
    CONVERTING,
    REDIRECTING,
    answer,
    held,
    order,
    summarize,
    transfer,
    unknown_procedure,
)

MESSAGE = CancelAck(relay_txn=Symbol("relay_txn", "1"))
SESSION = Symbol("session", "1")


def nonce(name: str) -> Symbol:
    return Symbol("request_nonce", name)


def test_a_message_goes_out_by_one_section_unchanged() -> None:
    assert transfer("wallet-1", MESSAGE) == Send("wallet-1", MESSAGE, by=REDIRECTING)
    assert order("wallet-1", MESSAGE) == Send("wallet-1", MESSAGE, by=CONTROL)
    assert transfer("wallet-1", MESSAGE) != order("wallet-1", MESSAGE)


def test_a_page_is_made_for_the_terminal() -> None:
    information = ConfirmInformation(TOTAL, "1", "Bookshop")
    page = summarize(information, CAPABILITIES["plain_text"], "hardened", "bound")
    assert isinstance(page, Summary)
    assert (page.kind, page.media, page.bound) == (Kind.CONFIRM, "text/plain", "bound")
    tiny = Capabilities("text/plain", 1, 1, 1, "utf-8", 1)
    assert isinstance(summarize(information, tiny, "hardened"), CapabilityError)


def test_whoever_waits_is_answered_by_nonce() -> None:
    page = ErrorSummary(request_nonce=nonce(""), handle=None, summary=_page(), code="EXPIRED")
    sends = answer((("terminal-1", nonce("a")), ("terminal-2", nonce("b"))), page)
    assert [(send.to, send.by) for send in sends] == [("terminal-1", CONVERTING), ("terminal-2", CONVERTING)]
    assert [send.message.request_nonce for send in sends if isinstance(send.message, ErrorSummary)] == [
        nonce("a"),
        nonce("b"),
    ]
    assert answer((), page) == ()


def test_one_request_of_a_terminal_waits_at_most() -> None:
    pending = held(held((), "terminal-2", nonce("b")), "terminal-1", nonce("a"))
    assert pending == (("terminal-1", nonce("a")), ("terminal-2", nonce("b")))
    assert held(pending, "terminal-2", nonce("c")) == (("terminal-1", nonce("a")), ("terminal-2", nonce("c")))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_what_is_unknown_is_said_in_the_form_that_is_asked_for(capability: str) -> None:
    request = ProcedureRequest(
        session=SESSION,
        request_nonce=nonce("a"),
        order_ref=ORDER,
        capabilities=CAPABILITIES[capability],
        sender="terminal-1",
    )
    (send,) = unknown_procedure(request)
    assert isinstance(send.message, ErrorSummary)
    assert send.message.summary.media == CAPABILITIES[capability].media
    assert (send.to, send.by, send.message.handle) == ("terminal-1", CONVERTING, None)


def test_what_is_unknown_is_said_in_plain_text_where_nothing_is_known_of_the_terminal() -> None:
    request = Cancel(session=SESSION, request_nonce=nonce("a"), handle=Symbol("handle", "9"), sender="terminal-1")
    (send,) = unknown_procedure(request)
    assert isinstance(send.message, ErrorSummary)
    assert (send.message.summary.media, send.message.handle, send.message.code) == (
        "text/plain",
        request.handle,
        "UNKNOWN_PROCEDURE",
    )


def _page() -> Summary:
    page = summarize(ErrorInformation("EXPIRED"), CAPABILITIES["plain_text"], "plain")
    assert isinstance(page, Summary)
    return page


def test_the_sections_are_called_as_in_the_claims() -> None:
    assert (CONTROL, REDIRECTING, CONVERTING) == ("control section", "redirecting section", "contents converting unit")
