"""What a browser is shown says exactly what the contents converting unit said, in every language and charset."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request as Incoming

from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    CapabilityError,
    ConfirmInformation,
    ErrorInformation,
    FormField,
    FormInformation,
    Information,
    ProgressInformation,
    ResultInformation,
    SelectInformation,
    Summary,
    WalletOption,
    convert,
)
from payrelay.reference_impl.rendering import languages, rendered
from payrelay.reference_impl.terminal_pages import dressed
from payrelay.wire.binding import PAGE_HEADERS
from payrelay.wire.envelopes import wrapped
from payrelay.wire.exchange import Response, header
from payrelay.wire.pages import Page, page_in, page_of
from payrelay.wire.problem_documents import TYPES, Problem

HELD = {
    "sender": "relay",
    "receiver": "terminal-0123456789abcdef",
    "handle": "handle-of-the-procedure",
    "next_nonce": "nonce-of-the-next-request",
    "charset": "utf-8",
    "request_nonce": "nonce-of-this-request",
}
CONFIRM = ConfirmInformation(Amount(1250, "EUR"), "abc123", "Fish & Chips", instrument_label="card <1>")


def asking(language: str = "en", accept: str = "text/html,*/*;q=0.8") -> Incoming:
    headers = [(b"accept", accept.encode()), (b"accept-language", language.encode())]
    return Incoming({"type": "http", "method": "POST", "path": "/somewhere", "query_string": b"", "headers": headers})


def answer(
    information: Information, held: dict[str, Any], capability: str = "html", charset: str = "utf-8"
) -> Response:
    """The relay's own answer."""
    summary = convert(information.kind, information, replace(CAPABILITIES[capability], charset=charset))
    assert isinstance(summary, Summary)
    media = f"{summary.media}; charset={charset}"
    return Response(200, (("content-type", media), *PAGE_HEADERS), page_of(summary, charset, wrapped(held)))


def text(response: Response) -> str:
    return response.body.decode()


def dress(response: Response, incoming: Incoming | None = None) -> Response:
    return dressed(incoming or asking(), response, is_secure=False)


@given(data=st.data())
@settings(deadline=None)
@pytest.mark.parametrize("charset", ["utf-8", "shift_jis", "us-ascii"])
def test_a_dressed_page_has_the_same_slots_actions_and_envelope(
    charset: str, some: SimpleNamespace, data: st.DataObject
) -> None:
    information = data.draw(some.information)
    terminal = replace(CAPABILITIES["html"], charset=charset)
    if isinstance(convert(information.kind, information, terminal), CapabilityError):
        return
    plain = answer(information, HELD, charset=charset)
    made = dress(plain, asking(data.draw(st.sampled_from(languages()))))
    assert b"/style.css" in made.body  # it is dressed: whatever was lost would have left it as it was
    assert page_in(made.body, "text/html", charset) == page_in(plain.body, "text/html", charset)
    assert set(PAGE_HEADERS) <= set(made.headers)


@pytest.mark.parametrize(
    ("is_there", "stands_there"),
    [
        ("12.50 EUR</b>", "12.60 EUR</b>"),
        ('data-payrelay-slot="payee_name"', ""),
        ('value="cancel"', 'value="confirm"'),
    ],
)
def test_a_dress_that_says_something_else_is_left_off(
    is_there: str, stands_there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = answer(CONFIRM, HELD)
    assert is_there in text(dress(plain))

    def lying(*told: Any, **contents: Any) -> str:
        return rendered(*told, **contents).replace(is_there, stands_there)

    monkeypatch.setattr("payrelay.reference_impl.terminal_pages.rendered", lying)
    assert dress(plain) == plain


def test_a_page_that_would_be_too_long_for_the_terminal_leaves_as_it_was() -> None:
    plain = answer(CONFIRM, {**HELD, "opening": {"capabilities": {"max_bytes": 1000}}})
    assert dress(plain) == plain
    roomy = answer(CONFIRM, {**HELD, "opening": {"capabilities": {"max_bytes": 3000}}})
    assert dress(roomy) != roomy


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_program_gets_the_page_as_it_is(accept: str) -> None:
    plain, problem = answer(CONFIRM, HELD), Problem("superseded").to_response()
    assert dress(plain, asking(accept=accept)) == plain
    assert dress(problem, asking(accept=accept)) == problem


@pytest.mark.parametrize("capability", ["compact_html", "plain_text"])
def test_who_asked_for_another_medium_gets_it(capability: str) -> None:
    plain = answer(CONFIRM, {**HELD, "opening": {"capabilities": {}}}, capability, CAPABILITIES[capability].charset)
    if capability == "plain_text":
        plain = replace(plain, headers=(*plain.headers, ("payrelay-envelope", wrapped({**HELD, "opening": {}}))))
    assert dress(plain) == plain


def test_a_confirm_page_says_what_is_paid_to_whom_and_by_which_wallet() -> None:
    made = text(dress(answer(CONFIRM, {**HELD, "bound": {"wallet": "wallet-2"}})))
    for said in (
        "12.50 EUR",
        "12.50 euros",
        "Fish &amp; Chips",
        "card &lt;1&gt;",
        "wallet-2",
        "Nothing is paid before",
    ):
        assert said in made
    assert "<card" not in made
    assert "Confirm and pay 12.50 EUR" in made


def test_amounts_are_named_as_the_language_has_them() -> None:
    plain = answer(CONFIRM, HELD)
    assert "12,50 Euro" in text(dress(plain, asking("de-AT")))
    assert "12.50ユーロ" in text(dress(plain, asking("fr, ja;q=0.7, en;q=0.2")))
    assert 'lang="en"' in text(dress(plain, asking("fr, xx;q=high, en;q=0")))


def test_a_waiting_page_asks_again_by_itself_with_what_no_address_shows() -> None:
    information = ProgressInformation(10, "token-of-the-inquiry", "abc123", in_doubt=True)
    made = dress(answer(information, HELD))
    page = text(made)
    where = "/payrelay/v1/terminal_edge/waiting/terminal-0123456789abcdef"
    assert f'<meta http-equiv="refresh" content="10; url={where}">' in page
    cookie = header(made.headers, "set-cookie")
    assert cookie is not None
    assert cookie.startswith("payrelay_waiting=")
    assert cookie.endswith(f".token-of-the-inquiry; Path={where}; Max-Age=3600; HttpOnly; SameSite=Lax")
    assert "Do not pay anew elsewhere" in page
    strange = text(dress(answer(information, {**HELD, "receiver": "terminal-1; Path=/"})))
    assert "http-equiv" not in strange
    assert "Please ask again" in strange


def test_questions_have_labels_limits_and_what_was_wrong() -> None:
    fields = (
        FormField("holder", "Name", required=True, max_length=40, error="Missing"),
        FormField("account", "Account", sensitive=True),
    )
    page = text(dress(answer(FormInformation(fields), HELD)))
    assert '<label for="answer_1" data-payrelay-slot="label_1">Name</label>' in page
    assert (
        'name="answer.holder" id="answer_1" required maxlength="40" aria-invalid="true" aria-describedby="wrong_1"'
        in page
    )
    assert '<strong id="wrong_1" data-payrelay-slot="error_1">Missing</strong>' in page
    assert '<input type="password" autocomplete="off" data-payrelay-slot="secret_2" name="answer.account"' in page
    assert "answer again" in page


@pytest.mark.parametrize("outcome", ["approved", "declined", "rejected", "void", "cancelled", "expired", "failed"])
def test_a_result_says_whether_anything_was_paid(outcome: str) -> None:
    page = text(dress(answer(ResultInformation(outcome, Amount(1, "JPY"), "abc123"), HELD)))
    assert ("Nothing was paid" in page) is (outcome != "approved")
    assert ("Try again" in page) is (outcome != "approved")


def test_a_choice_names_the_wallets_by_what_they_are_called_or_by_number() -> None:
    options = (WalletOption("wallet-1", "My wallet", ("card 1", "card 2")), WalletOption("wallet-2", None))
    page = text(dress(answer(SelectInformation(options, more=True), HELD)))
    assert "Choose My wallet" in page
    assert "Choose wallet-2" in page
    assert "more wallets than can be shown" in page


def test_an_error_of_a_procedure_that_is_not_known_is_a_page_too() -> None:
    plain = answer(ErrorInformation("UNKNOWN_PROCEDURE"), HELD, "plain_text")
    made = dress(replace(plain, headers=(*plain.headers, ("payrelay-envelope", wrapped(HELD)))))
    assert header(made.headers, "content-type") == "text/html; charset=utf-8"
    assert "what was paid is not paid again" in text(made)
    found = page_in(made.body, "text/html")
    assert isinstance(found, Page)
    assert found.summary.slots == (("code", 0, "UNKNOWN_PROCEDURE"),)


@pytest.mark.parametrize("name", TYPES)
def test_a_problem_is_a_page_that_says_what_to_do(name: str) -> None:
    plain = Problem(name, headers=(("retry-after", "1"),)).to_response()
    made = dress(plain)
    assert made.status == plain.status
    assert set(PAGE_HEADERS) <= set(made.headers)
    assert header(made.headers, "retry-after") == "1"
    assert f"{made.status} {name}" in text(made)
