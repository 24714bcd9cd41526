"""Whose a message is: by what only one test has, else by what but one test has."""

from __future__ import annotations

from typing import Any

import pytest

from payrelay.conformance.belonging import Belonging, Late
from payrelay.conformance.correspondence import Correspondence
from payrelay.language.terms import Symbol
from payrelay.model.messages.purchase import WalletQuery


def having(**names: str) -> Correspondence:
    """A test that knows these identifiers, by kind."""
    found = Correspondence(lambda symbol: symbol.name, {})
    for kind, name in names.items():
        found.learn(Symbol(kind, "1"), name)
    return found


def query(wallet_txn: str, user_ref: str) -> WalletQuery:
    """A message that has an identifier of its own, and one that procedures share."""
    return WalletQuery(
        sender="relay",
        receiver="wallet-1",
        wallet_txn=Symbol("wallet_txn", wallet_txn),
        user_ref=Symbol("user_ref", user_ref),
        brands=("brand",),
        currency="JPY",
    )


def test_a_message_is_of_the_test_that_has_its_identifier() -> None:
    belonging: Belonging[str] = Belonging()
    belonging.begin("first", having(wallet_txn="one", user_ref="user"))
    belonging.begin("second", having(wallet_txn="two", user_ref="user"))
    assert belonging.owner(query("two", "user")) == "second"
    assert belonging.owner(query("one", "user")) == "first"


def test_what_is_shared_tells_only_where_but_one_has_it() -> None:
    belonging: Belonging[str] = Belonging()
    belonging.begin("first", having(user_ref="user"))
    assert belonging.owner(query("new", "user")) == "first"
    belonging.begin("second", having(user_ref="user"))
    assert belonging.owner(query("new", "user")) is None
    assert belonging.owner(query("new", "another")) is None


def test_what_all_tests_have_tells_nothing_even_where_there_is_but_one() -> None:
    belonging: Belonging[str] = Belonging()
    belonging.begin("first", having(pay_url="http://127.0.0.1/pay", user_ref="user"))
    url: Any = Symbol("pay_url", "http://127.0.0.1/pay")
    both: Any = (url, Symbol("user_ref", "user"))
    assert belonging.owner(url) is None
    assert belonging.owner(both) == "first"


def test_what_comes_late_is_of_nobody() -> None:
    belonging: Belonging[str] = Belonging()
    belonging.begin("first", having(wallet_txn="one", user_ref="user"))
    belonging.end("first")
    belonging.begin("second", having(wallet_txn="two", user_ref="user"))
    with pytest.raises(Late):
        belonging.owner(query("one", "user"))
    assert belonging.owner(query("new", "user")) == "second"
    assert belonging.owner(query("new", "stranger")) is None
