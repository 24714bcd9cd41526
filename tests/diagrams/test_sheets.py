"""Sheets: what is put on one stands where it is put, with a margin around all of it."""

import pytest

from payrelay.diagrams.sheets import MARGIN, Font, Sheet, stacked
from payrelay.diagrams.texts import ASCENT, DESCENT

FONT = Font(10, "muted")


def test_a_sheet_on_a_sheet() -> None:
    inner = Sheet()
    inner.group("inside", "told").put(*stacked(0, 0, [("one", FONT), ("", FONT), ("three", FONT)]))
    outer = Sheet()
    outer.put(inner, 5, 7)
    assert (outer.right, outer.bottom) == (inner.right + 5, inner.bottom + 7)
    drawing = outer.drawing("a title", "says")
    assert (drawing.width, drawing.height) == (outer.right + 2 * MARGIN, outer.bottom + 2 * MARGIN)
    (group,) = drawing.groups
    assert (group.style, group.label, [text.text for text in group.texts]) == ("inside", "told", ["one", "three"])
    first, third = group.texts
    assert (first.x, third.x) == (21, 21)
    assert third.y - first.y == pytest.approx(2 * FONT.height)


def test_nothing_is_on_an_empty_sheet() -> None:
    assert (Sheet().right, Sheet().bottom) == (0, 0)
    assert FONT.wrapped("", 100) == []


def test_a_line_has_room_for_its_letters() -> None:
    (text,) = stacked(0, 0, [("Ég", FONT)])
    assert 0 < text.bounds.top < text.bounds.bottom < FONT.height
    assert text.bounds.bottom - text.bounds.top == pytest.approx((ASCENT + DESCENT) * FONT.size)
