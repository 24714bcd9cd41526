"""The terminal of a registration, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Timeout
from payrelay.language.terms import Sealed, Symbol
from payrelay.model.conversion import CAPABILITIES, ErrorInformation, FormField, FormInformation, ProgressInformation
from payrelay.model.conversion import RegistrationInformation as Result
from payrelay.model.messages.registration import (
    FormAnswers,
    FormPage,
    FormSummary,
    Registered,
    RegistrationRequest,
    RegistrationResult,
)
from payrelay.model.messages.terminal_edge import Cancel, ErrorSummary, ProgressInquiry, ProgressSummary
from payrelay.model.messages.user import UserAnswers, UserAsks, UserCancels, UserRegisters, UserRegistersAgain
from payrelay.model.occurrences import RegistrationShown, TryMade
from payrelay.model.sections import summarize

FIELDS = (FormField("mail", "Mail"), FormField("account", "Account", required=True, sensitive=True))
HANDLE, REG_ID, TOKEN = Symbol("handle", "r1"), Symbol("reg_id", "r1"), Symbol("inquiry_token", "r1")


def nonce(name: str) -> Symbol:
    return Symbol("registration_nonce", name)


def form(to: str, page: int = 1, pages: int = 1) -> FormSummary:
    bound = FormPage(REG_ID, 1, page, pages, False, FIELDS)
    summary: Any = summarize(FormInformation(FIELDS), CAPABILITIES["plain_text"], "hardened", bound)
    return FormSummary(request_nonce=nonce(to), handle=HANDLE, summary=summary)


def progress(to: str) -> ProgressSummary:
    summary: Any = summarize(ProgressInformation(10, "r1", "r1"), CAPABILITIES["plain_text"], "hardened")
    return ProgressSummary(request_nonce=nonce(to), handle=HANDLE, summary=summary, inquiry_token=TOKEN)


def result(to: str, how: str) -> RegistrationResult:
    summary: Any = summarize(Result(how), CAPABILITIES["plain_text"], "hardened", Registered(REG_ID, how, "WHY"))
    return RegistrationResult(request_nonce=nonce(to), handle=HANDLE, summary=summary)


def error(to: str, handle: Symbol | None) -> ErrorSummary:
    summary: Any = summarize(ErrorInformation("CODE"), CAPABILITIES["plain_text"], "hardened")
    return ErrorSummary(request_nonce=nonce(to), handle=handle, summary=summary, code="CODE")


@pytest.fixture
def terminal(registrations: SimpleNamespace) -> Any:
    talk = registrations.talk("terminal-1/registration")
    (request,) = talk.hears(UserRegisters(nonce=nonce("register"), wallet="wallet-1"))
    assert isinstance(request, RegistrationRequest)
    assert (request.subject, request.retry_of) == (("authority", "wallet-1"), None)
    return talk


def test_the_form_is_answered_and_the_result_shown(terminal: Any) -> None:
    assert terminal.hears(form("register"), "relay") == []
    answer = terminal.says(UserAnswers(nonce=nonce("answer"), is_complete=True))
    made, send = answer.outputs
    assert made == TryMade(REG_ID, 1, is_last=False)
    assert isinstance(send.message, FormAnswers)
    assert send.message.account == Sealed("authority", Symbol("answer", "account"))
    assert terminal.hears(progress("answer"), "relay") == []
    (inquiry,) = terminal.hears(UserAsks(nonce=nonce("ask")))
    assert isinstance(inquiry, ProgressInquiry)
    assert inquiry.inquiry_token == TOKEN
    assert terminal.says(result("ask", "ok"), "relay").outputs == (RegistrationShown(HANDLE, "ok", "WHY"),)
    assert terminal.state == "done"
    assert terminal.passes_over(UserRegistersAgain(nonce=nonce("again"))) == "protocol error"


@pytest.mark.parametrize("is_complete", [True, False])
def test_only_all_answers_to_the_last_page_are_a_try(terminal: Any, is_complete: bool) -> None:
    terminal.hears(form("register", page=1, pages=1 + is_complete), "relay")
    (send,) = terminal.says(UserAnswers(nonce=nonce("answer"), is_complete=is_complete)).outputs
    assert [answer.field for answer in send.message.values] == ["mail", "account"][: 1 + is_complete]
    assert send.message.terms_accepted is is_complete


def test_plain_answers_are_not_sealed(registrations: SimpleNamespace) -> None:
    talk = registrations.talk("terminal-1/registration", security="plain")
    talk.hears(UserRegisters(nonce=nonce("register"), wallet="wallet-1"))
    talk.hears(form("register"), "relay")
    (send,) = talk.hears(UserAnswers(nonce=nonce("answer"), is_complete=True))
    assert send.account == Symbol("answer", "account")


def test_cancel_and_again(terminal: Any) -> None:
    terminal.hears(form("register"), "relay")
    (cancel,) = terminal.hears(UserCancels(nonce=nonce("cancel")))
    assert isinstance(cancel, Cancel)
    terminal.hears(result("cancel", "cancelled"), "relay")
    (request,) = terminal.hears(UserRegistersAgain(nonce=nonce("again")))
    assert request.retry_of == HANDLE


def test_an_error_of_nothing_known_cannot_be_tried_again(terminal: Any) -> None:
    assert terminal.says(error("register", None), "relay").outputs == (RegistrationShown(None, "CODE"),)
    assert terminal.state == "failed"
    assert terminal.passes_over(UserRegistersAgain(nonce=nonce("again"))) == "protocol error"


def test_a_request_is_repeated_and_a_reboot_forgets(terminal: Any) -> None:
    once = terminal.local.data.outstanding
    assert terminal.hears(Timeout("http_time")) == [once]
    assert terminal.hears(Restart()) == []
    assert terminal.state == "idle"
    assert terminal.passes_over(Restart()) == "there is nothing to lose"


def test_invalid_answers_are_passed_over(terminal: Any) -> None:
    assert "bound" in terminal.passes_over(form("another"), "relay")
    assert "bound" in terminal.passes_over(form("register"), "wallet-1")
    terminal.hears(Restart())
    assert "bound" in terminal.passes_over(form("register"), "relay")  # nothing is outstanding


@pytest.mark.parametrize("page", [form("register"), result("register", "ok"), progress("register")])
def test_invalid_page_that_names_no_registration(terminal: Any, page: Any) -> None:
    terminal.passes_over(replace(page, handle=None), "relay")


@pytest.mark.parametrize("page", [form("register"), result("register", "ok")])
def test_invalid_page_that_is_bound_to_nothing_of_its_kind(terminal: Any, page: Any) -> None:
    terminal.passes_over(replace(page, summary=replace(page.summary, bound=None)), "relay")
