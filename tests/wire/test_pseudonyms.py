"""Pseudonyms: read by whoever made them, and by nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrelay.wire.problems import WritingError
from payrelay.wire.pseudonyms import name_behind, pseudonym
from payrelay.wire.symbols import is_name

SECRET, OTHER = bytes(64), bytes(63) + b"1"
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(name=NAMES)
def test_its_maker_finds_the_name_again(name: str) -> None:
    text = pseudonym(SECRET, "wallet_txn", name)
    assert is_name("wallet_txn", text)
    assert text == pseudonym(SECRET, "wallet_txn", name)
    assert name_behind(SECRET, "wallet_txn", text) == name


@given(name=NAMES)
def test_nobody_else_does(name: str) -> None:
    text = pseudonym(SECRET, "wallet_txn", name)
    assert name_behind(OTHER, "wallet_txn", text) is None
    assert name_behind(SECRET, "user_ref", text) is None
    assert name_behind(b"", "wallet_txn", text) is None
    assert pseudonym(OTHER, "wallet_txn", name) != text


@given(text=st.text("ABCDEFGHabcdefgh_-0123", min_size=22, max_size=128))
def test_other_texts_are_none(text: str) -> None:
    assert name_behind(SECRET, "wallet_txn", text) is None


def test_invalid_name_is_too_long() -> None:
    with pytest.raises(WritingError, match="more than 160 bytes"):
        pseudonym(SECRET, "wallet_txn", "é" * 81)
