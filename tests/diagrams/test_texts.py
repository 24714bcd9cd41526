"""Texts: widths, lines and what can be shown."""

import pytest
from tests.diagrams.labels import ODD
from tests.diagrams.random_traces import message, step

from payrelay.diagrams.texts import cleaned, columns, width, wrapped, wrapped_in_columns
from payrelay.language.traces import TraceStep


def test_widths_are_those_of_the_font() -> None:
    assert width("il", 1000) == 222 + 222
    assert width("il", 1000, is_bold=True) == 278 + 278
    assert width("店", 10) == 10
    assert width("e\u0301", 1000) == width("e", 1000)  # an accent of its own takes no room


@pytest.mark.parametrize("text", [*ODD, "ForwardedPaymentProcessingRequest", "x" * 200, "本" * 80, "one two  three"])
@pytest.mark.parametrize("most", [14.0, 60.0, 180.0])
def test_lines_fit_and_lose_nothing(text: str, most: float) -> None:
    lines = wrapped(text, most, 12.5)
    assert all(width(line, 12.5) <= most for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_are_broken_where_words_are() -> None:
    assert wrapped("ForwardedPaymentProcessingRequest", 150, 12.5) == ("ForwardedPayment", "ProcessingRequest")
    assert wrapped("amount 2 JPY, validity current", 100, 10.5) == ("amount 2 JPY,", "validity current")
    assert wrapped("", 100, 10.5) == ("",)


@pytest.mark.parametrize("text", [*ODD, "x" * 200, "本" * 80])
@pytest.mark.parametrize("most", [2, 7, 40])
def test_lines_fit_a_terminal(text: str, most: int) -> None:
    lines = wrapped_in_columns(text, most)
    assert all(columns(line) <= most for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_what_cannot_be_shown_is_replaced() -> None:
    assert cleaned("a\x00b\ud800c\u202ed") == "a�b�c�d"
    assert cleaned("a\nb\tc") == "a b c"
    told = cleaned(step(1, "deliver", "a\x07", message("M\x1b", "b", "a", field=["\x00", 1, None])))
    assert isinstance(told, TraceStep)
    assert (told.actor, told.receives) == ("a�", message("M�", "b", "a", field=["�", 1, None]))


@pytest.mark.parametrize("text", ODD)
def test_what_can_be_shown_is_kept(text: str) -> None:
    assert cleaned(text) == text
