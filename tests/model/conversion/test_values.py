"""Amounts and text (§ 1.3, SP18)."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import MINOR_UNITS, Amount, is_text, text
from payrelay.model.conversion.values import AMOUNT_DIGITS, TEXT_LENGTH

REFUSED = {
    "nothing": "",
    "a space before": " a",
    "a space after": "a ",
    "a line end": "a\nb",
    "a zero byte": "a\0b",
    "a delete": "a\x7fb",
    "a line separator": "a\u2028b",
    "a paragraph separator": "a\u2029b",
    "a direction override": "1\u202e00",
    "an isolate": "a\u2066b",
    "a zero-width space": "a\u200bb",
    "a zero-width joiner": "a\u200db",
    "a byte order mark": "\ufeffa",
    "a soft hyphen": "a\u00adb",
    "full-width digits": "\uff11\uff12",
    "half-width katakana": "ﾊﾟ",
    "a ligature": "ﬁ",
    "a combining mark first": "\u0301a",
    "two characters that are one": "e\u0301",
    "half of a pair": "a\ud800",
    "too much": "a" * (TEXT_LENGTH + 1),
}


def check_refused(rule: Callable[[str], bool], value: str) -> None:
    assert not rule(value)


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_invalid_text(value: str) -> None:
    check_refused(is_text, value)
    with pytest.raises(AssertionError):
        check_refused(lambda _: True, value)


@pytest.mark.parametrize("value", ["a", "a" * TEXT_LENGTH, "日本の店 (株)", "パン屋", "Café & <Söhne>", "商店 1,200"])
def test_text_that_survives(value: str) -> None:
    assert is_text(value)
    assert text(value) == value


def check_made_text(make: Callable[[str], str], raw: str) -> None:
    try:
        made = make(raw)
    except ValueError:
        return
    assert is_text(made)


@settings(deadline=None)
@given(data=st.data())
def test_what_text_makes_is_text(some: SimpleNamespace, data: st.DataObject) -> None:
    check_made_text(text, data.draw(some.raw_texts(40)))


def test_what_text_makes_can_fail() -> None:
    with pytest.raises(AssertionError):
        check_made_text(str.strip, "\uff11\uff12")


def test_text_normalises_what_an_author_wrote() -> None:
    assert text("  ﾊﾟﾝ屋\u3000\uff11\uff12 ") == "パン屋 12"
    with pytest.raises(ValueError, match="not text of at most 4 characters"):
        text("12345", limit=4)


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (0, "JPY", "0 JPY"),
        (1200, "JPY", "1200 JPY"),
        (0, "EUR", "0.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (99, "USD", "0.99 USD"),
        (1234567, "GBP", "12345.67 GBP"),
        (1, "BHD", "0.001 BHD"),
        (12345, "KWD", "12.345 KWD"),
        (10**15 - 1, "EUR", "9999999999999.99 EUR"),
    ],
)
def test_amounts_are_written_by_the_minor_units(value: int, currency: str, written: str) -> None:
    assert str(Amount(value, currency)) == written
    assert Amount.parse(written) == Amount(value, currency)


@pytest.mark.parametrize("value", [-1, 10**AMOUNT_DIGITS, True, 1.0])
def test_invalid_value(value: int) -> None:
    with pytest.raises(ValueError, match="not a whole amount"):
        Amount(value, "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "XXX", "EURO"])
def test_invalid_currency(currency: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Amount(1, currency)


@pytest.mark.parametrize(
    "written",
    ["", "1 EUR", "1.0 EUR", "1.000 EUR", "01.00 EUR", "1.0 XXX", "1.00EUR", "1.00 EUR ", "1. JPY",
     "\uff11 JPY", "1\n JPY",
     "-1 JPY", "1,000 JPY", "1" * 16 + " JPY", "1" * 14 + ".00 EUR"],
)  # fmt: skip
def test_invalid_written_amount(written: str) -> None:
    assert Amount.parse(written) is None


def check_distinct(write: Callable[[Amount], str], one: Amount, other: Amount) -> None:
    assert (write(one) == write(other)) == (one == other)


@settings(deadline=None)
@given(data=st.data())
def test_no_two_amounts_look_the_same(some: SimpleNamespace, data: st.DataObject) -> None:
    one = data.draw(some.amounts)
    scaled = Amount(min(one.value * 10, 10**15 - 1), one.currency)
    other = data.draw(some.amounts | st.sampled_from([scaled, Amount(one.value, "JPY"), Amount(one.value, "EUR")]))
    check_distinct(str, one, other)
    assert Amount.parse(str(one)) == one


def test_two_amounts_that_look_the_same_are_noticed() -> None:
    with pytest.raises(AssertionError):
        check_distinct(
            lambda amount: f"{amount.value / 100:.0f} {amount.currency}", Amount(100, "EUR"), Amount(101, "EUR")
        )


def test_minor_units_of_the_currencies_everybody_asks_for() -> None:
    assert [MINOR_UNITS[c] for c in ("JPY", "EUR", "USD", "GBP", "BHD", "KWD")] == [0, 2, 2, 2, 3, 3]
