"""The relay during a registration, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Tell, Timeout
from payrelay.language.terms import Signed, Symbol, Unverified
from payrelay.model.conversion import CAPABILITIES, Capabilities, FormField
from payrelay.model.data import AuthInfo, Form, user_ref
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.registration import (
    ActivationRequest,
    ActivationResponse,
    Answer,
    AuthenticationInfo,
    AuthInfoStored,
    EnrolmentKeyRequest,
    EnrolmentKeyResponse,
    FormAnswers,
    FormSummary,
    ForwardedAuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
    RegistrationForm,
    RegistrationReject,
    RegistrationRequest,
    RegistrationResult,
)
from payrelay.model.messages.terminal_edge import Cancel, ErrorSummary, ProgressInquiry, ProgressSummary
from payrelay.model.registration import FORM, TERMS, TERMS_DIGEST
from payrelay.model.sections import CONTROL, CONVERTING, REDIRECTING

HANDLE, REG_ID, REG_TXN, TOKEN = (Symbol(kind, "r1") for kind in ("handle", "reg_id", "reg_txn", "inquiry_token"))
SESSION = Symbol("session", "1")
EDGE: dict[str, Any] = {"session": SESSION, "sender": "terminal-1"}
TERMINAL = "terminal-1"


def nonce(name: str) -> Symbol:
    return Symbol("registration_nonce", name)


REQUEST = RegistrationRequest(
    request_nonce=nonce("register"),
    authority="authority",
    wallet="wallet-1",
    capabilities=CAPABILITIES["plain_text"],
    **EDGE,
)
KEY = EnrolmentKeyResponse(
    reg_txn=REG_TXN, enrolment_key=Symbol("enrolment_key", "1"), enrolment_nonce=Symbol("enrolment_nonce", "1")
)
THE_FORM = Form(REG_ID, REG_TXN, FORM, TERMS, TERMS_DIGEST, tries=2)
FORM_SENT = RegistrationForm(reg_txn=REG_TXN, form=Signed("authority", THE_FORM))
ALL = tuple(Answer(field.name, Symbol("answer", field.name)) for field in FORM)
ANSWERS = FormAnswers(
    request_nonce=nonce("answer"),
    handle=HANDLE,
    reg_id=REG_ID,
    round=1,
    page=1,
    values=ALL,
    terms_accepted=True,
    **EDGE,
)
CANCEL = Cancel(request_nonce=nonce("cancel"), handle=HANDLE, **EDGE)
INQUIRY = ProgressInquiry(request_nonce=nonce("ask"), handle=HANDLE, inquiry_token=TOKEN, **EDGE)
REJECT = RegistrationReject(reg_txn=REG_TXN, round=1, is_final=False, reason="ANSWERS", errors=("account",))
INFO = AuthInfo(
    REG_ID, "user", "wallet-1", Symbol("certificate", "r1"), Symbol("secret", "r1"), Symbol("account", "r1")
)
AT_WALLET = user_ref("user", "wallet-1")
ISSUED = AuthenticationInfo(reg_id=REG_ID, auth_info=Signed("authority", INFO))
STORED = AuthInfoStored(reg_id=REG_ID, brands=("brand",))
ACTIVE = ActivationResponse(reg_id=REG_ID, is_active=True)
TERMINAL_REQUESTS = (REQUEST, ANSWERS, CANCEL, INQUIRY)


@pytest.fixture
def relay(registrations: SimpleNamespace) -> Any:
    return registrations.talk("relay/registration-r1")


STEPS: list[tuple[Any, str]] = [
    (REQUEST, TERMINAL),
    (KEY, "wallet-1"),
    (FORM_SENT, "authority"),
    (ANSWERS, TERMINAL),
    (ISSUED, "authority"),
    (STORED, "wallet-1"),
    (ACTIVE, "authority"),
]
STATES = ["wait_key", "wait_form", "wait_answers", "wait_auth_info", "storing", "activating", "done"]


def brought_to(relay: Any, state: str) -> Any:
    """The relay in this state, on the way without faults."""
    for step, then in zip(STEPS, STATES, strict=True):
        if relay.state == state:
            break
        relay.hears(*step)
        assert relay.state == then
    assert relay.state == state
    return relay


def test_the_way_without_faults(relay: Any) -> None:
    assert relay.hears(REQUEST, TERMINAL) == [EnrolmentKeyRequest(reg_txn=REG_TXN, user_ref=AT_WALLET)]
    (forwarded,) = relay.hears(KEY, "wallet-1")
    assert isinstance(forwarded, ForwardedRegistrationRequest)
    assert (forwarded.enrolment_key, forwarded.enrolment_nonce) == (KEY.enrolment_key, KEY.enrolment_nonce)
    (page,) = relay.hears(FORM_SENT, "authority")
    assert isinstance(page, FormSummary)
    assert (page.request_nonce, page.handle) == (nonce("register"), HANDLE)
    assert relay.hears(ANSWERS, TERMINAL) == [ForwardedFormAnswers(reg_id=REG_ID, round=1, values=ALL)]
    answer = relay.says(ISSUED, "authority")
    (send,) = answer.outputs
    assert (send.to, send.by) == ("wallet-1", REDIRECTING)
    assert send.message == ForwardedAuthenticationInfo(reg_id=REG_ID, user_ref=AT_WALLET, auth_info=ISSUED.auth_info)
    assert relay.hears(STORED, "wallet-1") == [ActivationRequest(reg_id=REG_ID, is_stored=True)]
    answer = relay.says(ACTIVE, "authority")
    (send,) = answer.outputs
    assert (send.to, send.by) == (TERMINAL, CONVERTING)
    assert type(send.message) is RegistrationResult
    assert getattr(send.message.summary.bound, "result", "") == "ok"
    data = relay.local.data
    assert (data.kept, data.answers, data.brands) == (None, (), ("brand",))


@pytest.mark.parametrize("security", ["plain", "channel"])
def test_without_object_security_no_key_is_asked(registrations: SimpleNamespace, security: str) -> None:
    relay = registrations.talk("relay/registration-r1", security=security)
    (forwarded,) = relay.hears(REQUEST, TERMINAL)
    assert isinstance(forwarded, ForwardedRegistrationRequest)
    relay.hears(replace(FORM_SENT, form=Unverified(THE_FORM)), "authority")
    assert relay.state == "wait_answers"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"authority": "another"}, "BAD_REQUEST"),
        ({"wallet": "another"}, "BAD_REQUEST"),
        ({"capabilities": replace(CAPABILITIES["plain_text"], max_options=1)}, "CAPABILITY"),
    ],
)
def test_invalid_requests_are_refused(relay: Any, change: dict[str, Any], code: str) -> None:
    (error,) = relay.hears(replace(REQUEST, **change), TERMINAL)
    assert (type(error), error.code, relay.state) == (ErrorSummary, code, "failed")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (Unverified(THE_FORM), "AUTHORITY_INVALID"),
        (Signed("wallet-1", THE_FORM), "AUTHORITY_INVALID"),
        (Signed("authority", replace(THE_FORM, reg_txn=Symbol("reg_txn", "r2"))), "AUTHORITY_INVALID"),
        (Signed("authority", "no form"), "AUTHORITY_INVALID"),
        (Signed("authority", replace(THE_FORM, fields=(FormField("a", "x" * 41, required=True),))), "CAPABILITY"),
    ],
)
def test_invalid_forms_are_not_shown(relay: Any, form: Any, code: str) -> None:
    brought_to(relay, "wait_form")
    (error,) = relay.hears(replace(FORM_SENT, form=form), "authority")
    assert (type(error), error.code, relay.state) == (ErrorSummary, code, "failed")


def test_the_authority_may_refuse_at_once(relay: Any) -> None:
    brought_to(relay, "wait_form")
    assert "late copy" in relay.passes_over(REJECT, "authority")
    (error,) = relay.hears(replace(REJECT, round=0, is_final=True, reason="REFUSED"), "authority")
    assert (error.code, relay.state) == ("REGISTRATION_REFUSED", "failed")


@pytest.mark.parametrize("state", ["wait_key", "wait_form"])
def test_nobody_answers(relay: Any, state: str) -> None:
    (error,) = brought_to(relay, state).hears(Timeout("authority_time"))
    assert (error.code, relay.state) == ("AUTHORITY_TIMEOUT", "failed")


def test_the_user_does_not_answer(relay: Any) -> None:
    assert brought_to(relay, "wait_answers").hears(Timeout("user_time")) == []
    (error,) = relay.hears(INQUIRY, TERMINAL)
    assert (error.code, relay.state) == ("USER_TIMEOUT", "failed")


@pytest.mark.parametrize(
    "change", [{"values": ALL[:-1]}, {"terms_accepted": False}, {"values": ()}], ids=["account", "terms", "all"]
)
def test_incomplete_answers_are_not_forwarded(relay: Any, change: dict[str, Any]) -> None:
    (page,) = brought_to(relay, "wait_answers").hears(replace(ANSWERS, **change), TERMINAL)
    assert isinstance(page, FormSummary)
    assert page.request_nonce == nonce("answer")
    assert errors_on(page) == ["Missing"] * sum(field.required and field.name not in named(change) for field in FORM)
    assert (relay.state, getattr(page.summary.bound, "round", 0)) == ("wait_answers", 1)


def named(change: dict[str, Any]) -> set[str]:
    return {answer.field for answer in change.get("values", ALL)}


@pytest.mark.parametrize(
    "change", [{"round": 2}, {"page": 2}, {"reg_id": Symbol("reg_id", "r2")}], ids=["round", "page", "registration"]
)
def test_answers_to_another_page_get_the_current_one(relay: Any, change: dict[str, Any]) -> None:
    brought_to(relay, "wait_answers")
    before = relay.local
    (page,) = relay.hears(replace(ANSWERS, **change), TERMINAL)
    assert isinstance(page, FormSummary)
    assert relay.local == before


def test_a_form_of_two_pages(relay: Any) -> None:
    relay.hears(replace(REQUEST, capabilities=CAPABILITIES["compact_html"]), TERMINAL)
    relay.hears(KEY, "wallet-1")
    (first,) = relay.hears(FORM_SENT, "authority")
    assert (first.summary.bound.page, first.summary.bound.pages) == (1, 2)
    one = replace(ANSWERS, values=ALL[:-1], terms_accepted=False)
    (second,) = relay.hears(one, TERMINAL)
    assert second.summary.bound.page == 2
    assert relay.hears(one, TERMINAL) == [second]
    two = replace(ANSWERS, page=2, values=ALL[-1:])
    assert relay.hears(two, TERMINAL) == [ForwardedFormAnswers(reg_id=REG_ID, round=1, values=ALL)]
    (again,) = relay.hears(replace(REJECT, errors=(ALL[-1].field,)), "authority")
    assert (again.summary.bound.page, again.summary.bound.round, again.summary.bound.is_last_try) == (1, 2, True)
    assert (relay.local.data.answers, errors_on(again)) == ((), [])
    (second,) = relay.hears(replace(one, round=2), TERMINAL)
    assert (second.summary.bound.page, errors_on(second)) == (2, ["Not accepted"])
    (second,) = relay.hears(replace(two, round=2, values=()), TERMINAL)
    assert errors_on(second) == ["Missing"]
    assert relay.hears(replace(two, round=2), TERMINAL) == [ForwardedFormAnswers(reg_id=REG_ID, round=2, values=ALL)]
    assert relay.local.data.refused == ()


def errors_on(page: Any) -> list[str]:
    return [contents for name, _, contents in page.summary.slots if name.startswith("error_")]


def test_the_user_cancels(relay: Any) -> None:
    (result,) = brought_to(relay, "wait_answers").hears(CANCEL, TERMINAL)
    assert (result.summary.bound.result, relay.state) == ("cancelled", "done")


def test_wrong_answers_are_given_again(relay: Any) -> None:
    (page,) = brought_to(relay, "wait_auth_info").hears(REJECT, "authority")
    assert errors_on(page) == ["Not accepted"]
    assert (relay.state, relay.local.data.round, relay.local.data.kept) == ("wait_answers", 2, None)
    assert relay.hears(ANSWERS, TERMINAL) == [page]
    relay.hears(replace(ANSWERS, round=2), TERMINAL)
    assert "late copy" in relay.passes_over(REJECT, "authority")
    (result,) = relay.hears(replace(REJECT, round=2, is_final=True), "authority")
    assert (result.summary.bound.result, result.summary.bound.reason) == ("rejected", "ANSWERS")
    assert relay.state == "done"


def test_the_wallet_refuses(relay: Any) -> None:
    brought_to(relay, "storing")
    (request,) = relay.hears(replace(STORED, refusal="UNWILLING"), "wallet-1")
    assert request == ActivationRequest(reg_id=REG_ID, is_stored=False)
    (result,) = relay.hears(replace(ACTIVE, is_active=False), "authority")
    assert (result.summary.bound.result, result.summary.bound.reason) == ("failed", "REVOKED")


@pytest.mark.parametrize(
    ("state", "to", "by"),
    [
        ("wait_auth_info", "authority", CONTROL),
        ("storing", "wallet-1", REDIRECTING),
        ("activating", "authority", CONTROL),
    ],
)
def test_identical_bytes_are_sent_again(relay: Any, state: str, to: str, by: str) -> None:
    brought_to(relay, state)
    before = relay.local
    (send,) = relay.says(Timeout("retry_time")).outputs
    assert (send.to, send.by, send.message) == (to, by, before.data.kept)
    assert relay.local == before


@pytest.mark.parametrize("state", ["wait_auth_info", "storing", "activating"])
@pytest.mark.parametrize("request_", TERMINAL_REQUESTS, ids=lambda request: type(request).__name__)
def test_requests_are_held_and_told_of_progress(relay: Any, state: str, request_: Any) -> None:
    brought_to(relay, state)
    assert relay.hears(request_, TERMINAL) == []
    assert relay.local.data.pending == ((TERMINAL, request_.request_nonce),)
    (progress,) = relay.hears(Timeout("hold_time"))
    assert (type(progress), progress.inquiry_token, progress.request_nonce) == (
        ProgressSummary,
        TOKEN,
        request_.request_nonce,
    )
    assert relay.passes_over(Timeout("hold_time")) == "protocol error"  # it does not run: nobody waits


@pytest.mark.parametrize("state", ["wait_key", "wait_form"])
def test_a_reload_is_held(relay: Any, state: str) -> None:
    brought_to(relay, state)
    assert relay.hears(replace(REQUEST, request_nonce=nonce("reload")), TERMINAL) == []
    assert relay.local.data.pending == ((TERMINAL, nonce("reload")),)


@pytest.mark.parametrize("request_", [REQUEST, INQUIRY], ids=lambda request: type(request).__name__)
def test_a_reload_gets_the_form(relay: Any, request_: Any) -> None:
    brought_to(relay, "wait_answers")
    (page,) = relay.hears(request_, TERMINAL)
    assert isinstance(page, FormSummary)


@pytest.mark.parametrize("request_", TERMINAL_REQUESTS, ids=lambda request: type(request).__name__)
def test_what_is_over_gets_its_page(relay: Any, request_: Any) -> None:
    brought_to(relay, "done")
    (result,) = relay.hears(request_, TERMINAL)
    assert result.summary.bound.result == "ok"
    assert isinstance(relay.hears(replace(REQUEST, retry_of=HANDLE), TERMINAL)[0], RegistrationResult)


def test_what_failed_gets_its_page_or_is_tried_again(relay: Any) -> None:
    brought_to(relay, "wait_form").hears(Timeout("authority_time"))
    for request in TERMINAL_REQUESTS:
        (error,) = relay.hears(request, TERMINAL)
        assert error.code == "AUTHORITY_TIMEOUT"
    retry = replace(REQUEST, retry_of=HANDLE, sender=TERMINAL, receiver="relay")
    assert relay.says(retry).outputs == (Tell("directory", AnotherProcedure(request=retry)),)


@pytest.mark.parametrize("state", ["wait_key", "wait_form", "wait_answers"])
def test_before_the_point_of_no_return_a_restart_forgets(relay: Any, state: str) -> None:
    brought_to(relay, state).hears(Restart())
    assert relay.state == "forgotten"
    assert "nothing to forget" in relay.passes_over(Restart())
    for request in (ANSWERS, CANCEL, INQUIRY):
        (error,) = relay.hears(request, TERMINAL)
        assert (error.code, error.handle) == ("UNKNOWN_PROCEDURE", HANDLE)
    (told,) = relay.says(REQUEST, TERMINAL).outputs
    assert (told.to, type(told.told)) == ("directory", AnotherProcedure)


@pytest.mark.parametrize("state", ["wait_auth_info", "storing", "activating", "done"])
def test_after_it_a_restart_only_loses_who_waits(relay: Any, state: str) -> None:
    before = brought_to(relay, state).local
    relay.hears(Restart())
    assert relay.local == before._replace(data=replace(before.data, pending=()))


@pytest.mark.parametrize(
    ("state", "message", "sender"),
    [
        ("wait_key", KEY, "wallet-2"),
        ("wait_key", replace(KEY, reg_txn=Symbol("reg_txn", "r2")), "wallet-1"),
        ("wait_form", FORM_SENT, "wallet-1"),
        ("wait_form", REJECT, "wallet-1"),
        ("wait_auth_info", ISSUED, "wallet-1"),
        ("wait_auth_info", replace(ISSUED, reg_id=Symbol("reg_id", "r2")), "authority"),
        ("storing", STORED, "wallet-2"),
        ("activating", ACTIVE, "wallet-1"),
        ("storing", replace(INQUIRY, inquiry_token=Symbol("inquiry_token", "guessed")), TERMINAL),
    ],
)
def test_invalid_senders_and_keys_are_passed_over(relay: Any, state: str, message: Any, sender: str) -> None:
    assert "bound" in brought_to(relay, state).passes_over(message, sender)


@pytest.mark.parametrize(
    "info",
    [
        Unverified(INFO),
        Signed("wallet-1", INFO),
        Signed("authority", replace(INFO, wallet="wallet-2")),
        Signed("authority", replace(INFO, reg_id=Symbol("reg_id", "r2"))),
        Signed("authority", "nothing"),
    ],
    ids=["unsigned", "other signer", "other wallet", "other registration", "malformed"],
)
def test_invalid_auth_info_goes_nowhere(relay: Any, info: Any) -> None:
    brought_to(relay, "wait_auth_info")
    assert "late copy" in relay.passes_over(replace(ISSUED, auth_info=info), "authority")


@pytest.mark.parametrize(("message", "sender"), [step for step in STEPS if step[1] != TERMINAL])
def test_late_copies_are_passed_over(relay: Any, message: Any, sender: str) -> None:
    assert "late copy" in brought_to(relay, "done").passes_over(message, sender)


@pytest.mark.parametrize("name", ["x" * 33, "a b", ""])
def test_invalid_name_of_a_registration_that_no_page_could_show(relay: Any, name: str) -> None:
    brought_to(relay, "wait_form")
    form = Signed("authority", replace(THE_FORM, reg_id=Symbol("reg_id", name)))
    (page,) = relay.hears(replace(FORM_SENT, form=form), "authority")
    assert (type(page), page.code) == (ErrorSummary, "AUTHORITY_INVALID")


@pytest.mark.parametrize("reason", ["a b", "x" * 33])
def test_invalid_reason_of_an_authority_is_left_out(relay: Any, reason: str) -> None:
    brought_to(relay, "wait_auth_info")
    (page,) = relay.hears(replace(REJECT, is_final=True, reason=reason), "authority")
    assert (type(page), page.summary.bound.reason) == (RegistrationResult, "")


def test_a_terminal_too_small_for_any_page_is_answered_all_the_same(relay: Any) -> None:
    (page,) = relay.hears(replace(REQUEST, capabilities=Capabilities("text/html", 1, 1, 1, "us-ascii", 1)))
    assert (type(page), page.code, page.summary.media) == (ErrorSummary, "CAPABILITY", "text/plain")
