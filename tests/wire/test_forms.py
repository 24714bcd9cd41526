"""What a browser posts from a page is the request that a program would make of the same answer."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.wire.travelling import identifier, messages

from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES, template_named
from payrelay.model.data import Consent
from payrelay.model.messages.purchase import OrderPlace
from payrelay.model.messages.registration import (
    Answer,
    FormAnswers,
    FormSummary,
    RegistrationRequest,
    RegistrationResult,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    ProgressSummary,
    TerminalAnswer,
    WalletChoice,
    WalletSelectSummary,
)
from payrelay.wire import Keyring, write
from payrelay.wire.binding import COOKIE, from_request, to_response
from payrelay.wire.envelopes import MAX_ENVELOPE, envelope_of_opening, wrapped
from payrelay.wire.exchange import FORM, Request
from payrelay.wire.forms import MAX_FIELDS, request_of
from payrelay.wire.problem_documents import Problem
from payrelay.wire.start import opening_envelope, order_in, start_target

NONCE = identifier("request_nonce", "the next")
SESSION = identifier("session", "1")
RELAY, TERMINAL = Keyring(party="relay", security="plain"), Keyring(party="terminal-1", security="plain")
BROWSERS = ("html", "compact_html")


@dataclass
class Browser(HTMLParser):
    """Fills in and posts the form of a page, as browsers do."""

    page: bytes
    charset: str
    entries: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.page.decode(self.charset))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        if tag == "button":
            self.buttons[has["value"]] = (has["name"], has["value"])
        elif tag == "input" and has.get("type") == "submit":
            self.buttons[has["name"]] = (has["name"], has["value"])
        elif tag == "input":
            self.inputs[has["name"]] = has.get("value", "")

    def press(self, button: str) -> Request:
        """The request that pressing a button makes."""
        name, value = self.buttons[button]
        body = urlencode({**self.inputs, **self.entries, name: value}, encoding=self.charset)
        headers = (("content-type", FORM), ("cookie", f"{COOKIE}={SESSION}"))
        return Request("POST", "/payrelay/v1/terminal_edge/procedure_request", headers, body.encode())


def one_of(kind: type[Message], capability: str) -> Any:
    return next(message for message in messages("plain", capability) if type(message) is kind)


def opening_of(answer: TerminalAnswer, capability: str) -> Any:
    return one_of(
        RegistrationRequest if isinstance(answer, FormSummary | RegistrationResult) else ProcedureRequest, capability
    )


def browser(answer: TerminalAnswer, capability: str, opening: Any = None) -> Browser:
    charset = CAPABILITIES[capability].charset
    page = to_response(answer, RELAY, next_nonce=NONCE, opening=opening, charset=charset).body
    return Browser(page, charset)


def posted(request: Request) -> Message | Problem:
    return from_request(request, RELAY, 0)


@pytest.mark.parametrize("capability", BROWSERS)
def test_every_button_of_every_page_makes_its_request(capability: str) -> None:
    pressed = set()
    for answer in messages("plain", capability):
        # Of a procedure that is not known nothing is known of its terminal either: that page is of plain text.
        if isinstance(answer, TerminalAnswer) and answer.summary.media == CAPABILITIES[capability].media:
            opening = opening_of(answer, capability)
            view = browser(answer, capability, opening)
            assert set(view.buttons) == set(answer.summary.actions)
            for button in view.buttons:
                assert posted(view.press(button)) == expected(answer, button, opening)
                pressed.add((type(answer), button.rstrip("0123456789")))
    assert len(pressed) == 10  # choose; confirm; answer; inquire; cancel of each of the first three; retry of three


def expected(answer: TerminalAnswer, button: str, opening: Any) -> Message:
    nonce = answer.request_nonce.kind, NONCE
    common: dict[str, Any] = {
        "sender": answer.receiver,
        "receiver": "relay",
        "session": Symbol("session", SESSION),
        "request_nonce": Symbol(*nonce),
    }
    handle: dict[str, Any] = {} if button == "retry" else {"handle": answer.handle}
    if button.startswith("choose_"):
        return WalletChoice(**common, **handle, index=int(button[7:]))
    bound: Any = answer.summary.bound
    match button:
        case "confirm":
            return PaymentProcessingRequest(**common, **handle, consent=Consent(bound))
        case "cancel":
            return Cancel(**common, **handle)
        case "inquire":
            assert isinstance(answer, ProgressSummary)
            return ProgressInquiry(**common, **handle, inquiry_token=answer.inquiry_token)
        case "answer":
            form = {"reg_id": bound.reg_id, "round": bound.round, "page": bound.page}
            return FormAnswers(**common, **handle, **form, values=(), terms_accepted=True)
    assert button == "retry"
    again: Message = replace(opening, **common, retry_of=answer.handle)
    return again


@pytest.mark.parametrize("capability", BROWSERS)
def test_what_the_user_enters_comes_back_as_answers(capability: str) -> None:
    answer = one_of(FormSummary, capability)
    view = browser(answer, capability)
    names = [one.name for one in answer.summary.bound.fields]
    assert {f"answer.{name}" for name in names} <= set(view.inputs)
    view.entries = {f"answer.{name}": f"Mustermann {name} 日本" for name in names[1:]} | {"answer.other": "x"}
    found = posted(view.press("answer"))
    assert isinstance(found, FormAnswers)
    assert found.values == tuple(Answer(name, Symbol("answer", f"Mustermann {name} 日本")) for name in names[1:])


def test_blanks_and_wide_letters_of_a_keyboard_are_no_part_of_an_answer() -> None:
    answer = one_of(FormSummary, "html")
    view = browser(answer, "html")
    first, second, *_ = (one.name for one in answer.summary.bound.fields)
    view.entries = {f"answer.{first}": " \uff11\uff12 ", f"answer.{second}": "  "}
    document = request_of(view.press("answer").body, SESSION, "plain")
    assert not isinstance(document, Problem)
    assert document["values"] == [{"field": first, "value": "12"}]


def test_a_terminal_with_a_key_adds_what_it_sealed() -> None:
    answer = one_of(ConfirmSummary, "html")
    view = browser(answer, "html")
    jwe = "aaaa.bbbb.cccc.dddd.eeee"
    view.entries["user_auth"] = jwe
    document = request_of(view.press("confirm").body, SESSION, "hardened")
    assert not isinstance(document, Problem)
    assert document["consent"]["user_auth"] == {"jwe": jwe}
    view.entries["user_auth"] = "1234"
    document = request_of(view.press("confirm").body, SESSION, "plain")
    assert not isinstance(document, Problem)
    assert document["consent"]["user_auth"] == "1234"


def test_a_page_that_opens_makes_the_very_request() -> None:
    for kind in (ProcedureRequest, RegistrationRequest):
        opening = replace(one_of(kind, "html"), session=Symbol("session", SESSION))
        form = {"envelope": opening_envelope(opening, RELAY), "action": "open"}
        headers = (("content-type", FORM), ("cookie", f"{COOKIE}={SESSION}"))
        target = "/payrelay/v1/terminal_edge/procedure_request"
        assert posted(Request("POST", target, headers, urlencode(form).encode())) == opening


def test_a_shop_s_link_names_the_order() -> None:
    order = one_of(ProcedureRequest, "html").order_ref
    assert order_in(Request("GET", start_target(order))) == order
    for request, name in (
        (Request("GET", "/"), "not-found"),
        (Request("POST", start_target(order)), "method-not-allowed"),
        (Request("GET", start_target(replace(order, shop="<shop>"))), "malformed"),
        (Request("GET", start_target(replace(order, order=Symbol("order_ref", "1")))), "malformed"),
    ):
        found = order_in(request)
        assert isinstance(found, Problem)
        assert found.name == name


# --- forms that no page has


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"envelope": ""}, "the envelope is no JSON in base64url"),
        ({"envelope": "####"}, "the envelope is no JSON in base64url"),
        ({"envelope": base64.urlsafe_b64encode(b"[" * 900).decode()}, "the envelope is no JSON in base64url"),
        ({"envelope": base64.urlsafe_b64encode(b'{"a":1,"a":2}').decode()}, "the envelope is no JSON in base64url"),
        ({"envelope": "W10"}, "the envelope is no JSON object"),
        ({"envelope": "a" * (MAX_ENVELOPE + 1)}, f"the envelope has more than {MAX_ENVELOPE} characters"),
        ({"action": "pay"}, "the form has no action that a page offers"),
        ({"action": "choose_"}, "the form has no action that a page offers"),
        ({"action": "choose_01"}, "the form has no action that a page offers"),
        ({"action": "retry"}, "the envelope does not have what opened the procedure"),
        ({f"n{number}": "" for number in range(MAX_FIELDS)}, f"the form has more than {MAX_FIELDS} fields"),
    ],
)
def test_invalid_forms_are_refused(change: dict[str, str], detail: str) -> None:
    view = browser(one_of(WalletSelectSummary, "html"), "html")
    form = urlencode({**view.inputs, "action": "cancel", **change}).encode()
    assert request_of(form, SESSION, "plain") == Problem("malformed", detail)


@pytest.mark.parametrize("form", [b"\xff", b"action=cancel&action=retry", b"a=%ff"])
def test_invalid_bytes_are_refused(form: bytes) -> None:
    assert isinstance(request_of(form, SESSION, "plain"), Problem)


def test_an_altered_envelope_is_refused_as_any_other_request_is() -> None:
    for envelope in (
        {},
        {"receiver": "terminal-1", "sender": "relay"},
        {"receiver": [], "sender": {}, "handle": 3, "next_nonce": None, "charset": "utf-8"},
        {"charset": "klingon"},
        {"charset": ["utf-8"]},
        {"charset": "utf-8", "opening": {"message": "OrderPlace"}},
    ):
        action = "open" if "opening" in envelope else "cancel"
        form = urlencode({"envelope": wrapped(envelope), "action": action}).encode()
        headers = (("content-type", FORM), ("cookie", f"{COOKIE}={SESSION}"))
        found = posted(Request("POST", "/payrelay/v1/terminal_edge/cancel", headers, form))
        assert isinstance(found, Problem)


def test_no_page_makes_another_request_than_a_terminal_s() -> None:
    order = json.loads(write(one_of(OrderPlace, "html"), TERMINAL))
    order["receiver"] = "relay"
    form = urlencode({"envelope": envelope_of_opening({**order, "request_nonce": NONCE}), "action": "open"}).encode()
    headers = (("content-type", FORM), ("cookie", f"{COOKIE}={SESSION}"))
    found = posted(Request("POST", "/payrelay/v1/terminal_edge/cancel", headers, form))
    assert isinstance(found, Problem)
    assert found.reason == "unknown_message"


def test_a_template_named_by_a_page_is_known() -> None:
    for capability in BROWSERS:
        answer = one_of(ConfirmSummary, capability)
        assert template_named(answer.summary.template_id).media == answer.summary.media
