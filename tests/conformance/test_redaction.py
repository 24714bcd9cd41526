"""Redaction: what is secret stands nowhere, whatever it is encoded in."""

from __future__ import annotations

import json

from payrelay.conformance.redaction import Redaction, Unredacted
from payrelay.language.terms import Symbol
from payrelay.wire.base64url import from_base64url, to_base64url

SESSION = "c2Vzc2lvbiBvZiBhIHVzZXI"


def redaction() -> Redaction:
    """One that knows a session, an account, and a handle, which is no secret."""
    found = Redaction()
    found.learn(
        {Symbol("session", "1"): SESSION, Symbol("account", "u"): "4000 1234", Symbol("handle", "h"): "handle-1"}
    )
    return found


def test_secrets_are_named_by_their_kind() -> None:
    assert redaction().text(f'{{"session": "{SESSION}"}}') == '{"session": "[session 1]"}'
    assert redaction().text("account=4000 1234; handle-1") == "account=[account 2]; handle-1"


def test_secrets_within_what_is_encoded_are_found() -> None:
    inner = to_base64url(json.dumps({"account": "4000 1234"}).encode())
    outer = to_base64url(json.dumps({"payload": inner, "more": "x" * 40}).encode())
    text = redaction().text(f"head.{outer}.signature")
    payload = json.loads(from_base64url(text.split(".")[1]))
    assert json.loads(from_base64url(payload["payload"])) == {"account": "[account 2]"}


def test_what_has_no_secrets_stays_byte_for_byte() -> None:
    encoded = to_base64url(b'{"amount": 1200, "currency": "JPY", "payee": "Bookshop"}')
    assert redaction().text(f"a.{encoded}.b") == f"a.{encoded}.b"
    assert Redaction().text(SESSION) == SESSION


def test_headers_that_are_for_secrets_are_left_out() -> None:
    headers = redaction().headers((("Cookie", "a=b"), ("authorization", "Bearer t"), ("x-session", SESSION)))
    assert headers == [["Cookie", "[redacted]"], ["authorization", "[redacted]"], ["x-session", "[session 1]"]]


def test_who_wants_to_see_everything_does() -> None:
    found = Unredacted()
    found.learn({Symbol("session", "1"): SESSION})
    assert found.text(SESSION) == SESSION
    assert found.headers((("cookie", "a"),)) == [["cookie", "a"]]


def test_what_came_is_learnt_from() -> None:
    found = Redaction()
    found.learn_from((Symbol("auth_code", "real-code"), "text"))
    assert found.text("real-code, text") == "[auth_code 1], text"
