"""Messages become requests and responses, and come back as they were; what cannot be taken is a problem."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.wire.travelling import identifier, messages

from payrelay.language.messages import Message
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import SECURITIES
from payrelay.model.messages.purchase import CancelAck, OrderAck, OrderPlace, PaymentInfoMessage
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ErrorSummary,
    ProcedureRequest,
    TerminalAnswer,
    TerminalRequest,
)
from payrelay.wire import MESSAGES, Keyring, Malformed, read, write
from payrelay.wire.binding import (
    ACCEPTED,
    COOKIE,
    HOST_COOKIE,
    from_request,
    from_response,
    session_cookie,
    session_in,
    to_request,
    to_response,
)
from payrelay.wire.endpoints import endpoint_of, path_of
from payrelay.wire.exchange import FORM, Request, Response, header
from payrelay.wire.identities import keyrings
from payrelay.wire.problem_documents import TYPES, Problem, problem_in, retry_after
from payrelay.wire.samples import NOW as SAMPLED_AT
from payrelay.wire.samples import Samples

NOW = 1_800_000_000
NONCE = identifier("request_nonce", "the next")


def keyring(party: str) -> Keyring:
    return Keyring(party=party, security="plain")


def one_of(kind: type[Message], capability: str = "plain_text") -> Any:
    return next(message for message in messages("plain", capability) if type(message) is kind)


def request_for(answer: Message) -> Request:
    kind = OrderPlace if isinstance(answer, OrderAck) else Cancel
    return Request("POST", path_of("direct_edge" if kind is OrderPlace else "terminal_edge", kind))


def is_answer(message: Message) -> bool:
    return isinstance(message, TerminalAnswer | OrderAck)


def test_every_message_is_tried() -> None:
    assert {type(message) for message in messages()} == set(MESSAGES.values())


@pytest.mark.slow
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_every_request_comes_back_as_it_was(capability: str) -> None:
    for message in messages("plain", capability):
        if not is_answer(message):
            request = to_request(message, keyring(message.sender))
            assert from_request(request, keyring(message.receiver), 0) == message


@pytest.mark.slow
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_every_answer_comes_back_as_it_was(capability: str) -> None:
    opening = one_of(ProcedureRequest, capability)
    for message in messages("plain", capability):
        if is_answer(message):
            charset = CAPABILITIES[capability].charset
            response = to_response(message, keyring(message.sender), next_nonce=NONCE, opening=opening, charset=charset)
            assert type(message) in endpoint_answers(message)
            assert from_response(response, request_for(message), keyring(message.receiver), 0) == message


@pytest.mark.parametrize("security", SECURITIES)
def test_one_of_every_message_travels_at_every_level(security: str) -> None:
    samples = Samples(security)
    travelled = set()
    for message in samples.messages():
        mine, theirs = samples.rings[message.sender], samples.rings[message.receiver]
        expected = read(write(message, mine), theirs, SAMPLED_AT)
        assert not isinstance(expected, Malformed)
        if is_answer(message):
            response = to_response(message, mine, next_nonce=NONCE)
            assert from_response(response, request_for(message), theirs, SAMPLED_AT) == expected
        else:
            request = to_request(message, mine)
            found = from_request(request, theirs, SAMPLED_AT)
            assert found == expected
            assert isinstance(found, Message)
            assert to_request(found, mine) == request  # byte for byte, whoever sends it on
            is_between_servers = "terminal" not in (
                message.sender.partition("-")[0],
                message.receiver.partition("-")[0],
            )
            signed = security == "hardened" and is_between_servers
            assert header(request.headers, "content-type") == ("application/jose" if signed else "application/json")
        travelled.add(type(message))
    assert travelled == set(MESSAGES.values())


def test_a_hardened_request_in_clear_is_refused() -> None:
    rings = keyrings(("relay", "wallet-1"), b"seed", NOW)
    message = one_of(CancelAck)
    request = to_request(message, replace(rings["wallet-1"], security="plain"))
    found = from_request(request, rings["relay"], NOW)
    assert found == Problem("unsupported-media-type", "expected application/jose in UTF-8")
    found = from_request(replace(request, headers=(("content-type", "application/jose"),)), rings["relay"], NOW)
    assert isinstance(found, Problem)
    assert (found.name, found.reason) == ("unauthenticated", "not_signed")
    signed = to_request(message, rings["wallet-1"])
    spoiled = replace(signed, body=signed.body[:-2] + (b"AA" if signed.body[-2:] != b"AA" else b"BB"))
    found = from_request(spoiled, rings["relay"], NOW)
    assert isinstance(found, Problem)
    assert (found.name, found.reason) == ("forbidden", "bad_signature")


def endpoint_answers(message: Message) -> tuple[type[Message], ...]:
    asked = one_of(OrderPlace if isinstance(message, OrderAck) else Cancel)
    endpoint = endpoint_of(asked)
    assert endpoint is not None
    return endpoint.answers


def test_an_answer_is_no_request() -> None:
    with pytest.raises(ValueError, match="is no request from relay to terminal-1"):
        to_request(one_of(ConfirmSummary), keyring("relay"))


def test_what_was_taken_is_said_in_no_words() -> None:
    message = one_of(CancelAck)
    request = to_request(message, keyring(message.sender))
    assert Response(202) == ACCEPTED
    assert from_response(ACCEPTED, request, keyring(message.sender), 0) is None


def test_an_answer_to_another_request_is_no_answer() -> None:
    response = to_response(one_of(OrderAck), keyring("shop"))
    found = from_response(response, request_for(one_of(ConfirmSummary)), keyring("terminal-1"), 0)
    assert isinstance(found, Problem)
    assert found.pointer == "/message"


# --- what is not taken


def refused(name: str, **changed: Any) -> Problem:
    """How the relay refuses a changed request of a shop; nobody else gets another answer to it."""
    message = one_of(PaymentInfoMessage)
    request = replace(to_request(message, keyring("shop")), **changed)
    found = from_request(request, keyring("relay"), 0, "shop")
    assert isinstance(found, Problem)
    assert found.name == name
    response = found.to_response()
    assert response.status == TYPES[name].status
    assert from_response(response, request, keyring("shop"), 0) == found
    return found


JSON = ("content-type", "application/json")
PATH = "/payrelay/v1/relay_shop/payment_info_message"


def test_the_same_request_unchanged_is_taken() -> None:
    message = one_of(PaymentInfoMessage)
    assert from_request(to_request(message, keyring("shop")), keyring("relay"), 0, "shop") == message


def test_invalid_paths_are_refused() -> None:
    refused("not-found", target="/")
    refused("not-found", target="/payrelay/v1/relay_shop/nothing")
    refused("not-found", target="/payrelay/v1/shop_payment/authorization_request")  # another role's
    assert b'"versions":["v1"]' in refused("unsupported-version", target=PATH.replace("v1", "v2")).to_response().body


def test_invalid_methods_are_refused() -> None:
    assert ("allow", "POST") in refused("method-not-allowed", method="GET").to_response().headers


@pytest.mark.parametrize(
    "media", ["text/plain", "application/json; charset=utf-16", FORM, "", "application/jose", "nonsense"]
)
def test_invalid_media_are_refused(media: str) -> None:
    refused("unsupported-media-type", headers=(("content-type", media),) if media else ())


def test_invalid_bodies_are_refused() -> None:
    assert refused("malformed", body=b"").reason == "not_json"
    assert refused("malformed", body=b'{"message":"CancelAck","message":"CancelAck"}').reason == "duplicate_member"
    assert refused("malformed", body=b"[" * 1000).reason == "too_deep"
    assert refused("too-large", body=b" " * 70_000).to_response().status == 413
    another = to_request(one_of(CancelAck), keyring("wallet-1"))
    found = from_request(replace(another, target=PATH), keyring("relay"), 0)
    assert isinstance(found, Problem)
    assert found.detail == "the path is that of a PaymentInfoMessage from a shop, not of this CancelAck"


def test_an_invalid_sender_or_receiver_is_refused() -> None:
    message = replace(one_of(PaymentInfoMessage), sender="shop-2")
    request = to_request(message, keyring("shop-2"))
    found = from_request(request, keyring("relay"), 0, "shop")
    assert isinstance(found, Problem)
    assert (found.name, found.pointer) == ("forbidden", "/sender")
    found = from_request(request, keyring("relay-2"), 0, "shop-2")
    assert isinstance(found, Problem)
    assert (found.name, found.pointer) == ("misdirected", "/receiver")


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (Response(500), Problem("", "status 500", status=500)),
        (Response(502, (("content-type", "text/html"),), b"<h1>"), Problem("", "status 502", status=502)),
        (
            Response(503, (("content-type", "application/problem+json"), ("Retry-After", "7")), b"{"),
            Problem("", "status 503", status=503, headers=(("Retry-After", "7"),)),
        ),
        (
            Response(400, (("content-type", "application/problem+json"),), b'{"type":"https://other.example/p"}'),
            Problem("https://other.example/p", status=400),
        ),
        (
            Response(200, (("content-type", "application/json"),), b"{}"),
            Problem("malformed", "a member is missing", "/message", reason="missing_member"),
        ),
        (Response(200, (("content-type", "text/rtf"),)), Problem("unsupported-media-type", "expected a page or JSON")),
        (
            Response(200, (("content-type", "text/plain"),), b"Hello"),
            Problem("malformed", "the page names no template that there is"),
        ),
    ],
)
def test_whatever_a_server_answers_is_a_problem(response: Response, problem: Problem) -> None:
    assert from_response(response, request_for(one_of(ErrorSummary)), keyring("terminal-1"), 0) == problem


def test_a_server_may_ask_to_be_left_alone_for_a_while() -> None:
    for value, seconds in (("7", 7), ("soon", None), ("-1", None), ("", None)):
        response = Problem("slow-down", headers=(("retry-after", value),)).to_response()
        assert retry_after(problem_in(response)) == seconds
    assert retry_after(Problem("slow-down")) is None


def test_every_problem_has_words_and_a_status_that_fits() -> None:
    for name, kind in TYPES.items():
        assert 400 <= kind.status < 600
        assert kind.title
        assert kind.when
        assert kind.may_help
        assert from_response(Problem(name).to_response(), Request("POST", PATH), keyring("shop"), 0) == Problem(name)


# --- sessions


def test_a_browser_has_its_session_from_a_cookie() -> None:
    for is_secure, name in ((True, HOST_COOKIE), (False, COOKIE)):
        _, cookie = session_cookie("abc", is_secure)
        assert cookie.startswith(f"{name}=abc; Path=/")
        assert ("; Secure" in cookie) == is_secure
        assert session_in(Request("GET", "/", (("cookie", f"a=b; {name}=abc"),))) == "abc"
    assert session_in(Request("GET", "/", (("cookie", f"{HOST_COOKIE}=a; {COOKIE}=b"),))) is None
    # Lynx sends attributes of the cookie as if they were cookies.
    assert session_in(Request("GET", "/", (("cookie", f"SameSite=Lax; {COOKIE}=abc"),))) == "abc"
    assert session_in(Request("GET", "/")) is None
    assert session_in(Request("GET", "/", (("cookie", "a\x00b=[;\\;=\x7f"),))) is None


def test_a_form_needs_a_session() -> None:
    form = urlencode({"action": "cancel"}).encode()
    found = from_request(
        Request("POST", path_of("terminal_edge", Cancel), (("content-type", FORM),), form), keyring("relay"), 0
    )
    assert isinstance(found, Problem)
    assert found.name == "unauthenticated"


def test_what_a_terminal_asks_is_carried_by_its_link_alone() -> None:
    for message in messages():
        if not is_answer(message):
            path = to_request(message, keyring(message.sender)).path
            assert isinstance(message, TerminalRequest) == path.startswith("/payrelay/v1/terminal_edge/")
