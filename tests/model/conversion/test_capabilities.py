"""What a terminal can show (claim 4)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import CAPABILITIES, Capabilities

HTML = CAPABILITIES["html"]


def test_the_four_classes() -> None:
    assert {name: terminal.media for name, terminal in CAPABILITIES.items()} == {
        "html": "text/html",
        "compact_html": "text/x-chtml",
        "plain_text": "text/plain",
        "json": "application/json",
    }
    assert all(terminal.capability_class == name for name, terminal in CAPABILITIES.items())


@pytest.mark.parametrize("field", ["max_bytes", "columns", "rows", "max_options"])
def test_invalid_limit(field: str) -> None:
    none: dict[str, Any] = {field: 0}
    with pytest.raises(ValueError, match="at least one"):
        replace(HTML, **none)


def test_invalid_media() -> None:
    with pytest.raises(ValueError, match="no templates"):
        replace(HTML, media="text/vnd.wap.wml")


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "punycode", ""])
def test_invalid_charset(charset: str) -> None:
    with pytest.raises(ValueError, match="unknown charset"):
        replace(HTML, charset=charset)


@pytest.mark.parametrize(
    ("charset", "shown", "size"),
    [
        ("utf-8", "日本", 6),
        ("shift_jis", "日本", 4),
        ("us-ascii", "abc", 3),
        ("us-ascii", "é", None),
        ("iso-8859-1", "é", 1),
        ("iso-8859-1", "日", None),
        ("shift_jis", "¥", None),  # it is written as a backslash and would come back as one
        ("utf-8", "\ud800", None),
    ],
)
def test_size_of(charset: str, shown: str, size: int | None) -> None:
    assert replace(HTML, charset=charset).size_of(shown) == size


@pytest.mark.parametrize(
    ("columns", "shown", "rows"),
    [
        (4, "", 1),
        (4, "abcd", 1),
        (4, "abcde", 2),
        (4, "日本", 1),
        (3, "日本", 2),
        (1, "日本", 2),
        (1, "abc", 3),
        (3, "\uff21\uff22", 2),
    ],
)
def test_rows_of(columns: int, shown: str, rows: int) -> None:
    assert replace(HTML, columns=columns).rows_of(shown) == rows


def check_wider_is_no_higher(rows_of: Callable[[Capabilities, str], int], shown: str, columns: int) -> None:
    assert rows_of(replace(HTML, columns=columns + 1), shown) <= rows_of(replace(HTML, columns=columns), shown)


@settings(deadline=None)
@given(shown=st.text("ab 日本", max_size=40), columns=st.integers(1, 20))
def test_wider_is_no_higher(shown: str, columns: int) -> None:
    check_wider_is_no_higher(Capabilities.rows_of, shown, columns)


def test_wider_is_no_higher_can_fail() -> None:
    with pytest.raises(AssertionError):
        check_wider_is_no_higher(lambda terminal, _: terminal.columns, "a", 1)
