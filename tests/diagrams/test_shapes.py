"""Shapes: widths, SVG, and that a fault of a layout is seen."""

from xml.etree import ElementTree

import pytest

from payrelay.diagrams.shapes import Area, Box, Dot, Path, Picture, Point, Style, Text, number, stacked, svg, text_width

from .conftest import STRANGE

STYLE = Style(10.0)


def test_a_text_is_as_wide_as_its_letters() -> None:
    assert text_width("", STYLE) == 0
    assert text_width("il", STYLE) == 4.4
    assert text_width("MW", STYLE) == 17.8
    assert text_width("ab", STYLE._replace(bold=True)) > text_width("ab", STYLE)
    assert text_width("日本", STYLE) == 20.0
    assert text_width("e\u0301", STYLE) == text_width("e", STYLE)


def test_strange_labels_are_texts_and_nothing_else() -> None:
    picture = Picture()
    picture.add(*stacked(0.0, 0.0, [(text, STYLE) for text in STRANGE]))
    root = ElementTree.fromstring(svg(picture, STRANGE[0]))
    name = "{http://www.w3.org/2000/svg}"
    assert [element.text for element in root.iter(f"{name}text")] == list(STRANGE)
    assert root.findtext(f"{name}title") == STRANGE[0]


def test_every_shape_is_drawn_and_moved() -> None:
    inner = Picture()
    line = Path((Point(0, 0), Point(0, 20), Point(10, 40)), "#000000", dashed=True, arrow="both")
    inner.add(Box(Area(0, 0, 10, 10), "box", line="#000000", radius=2), line, Dot(Point(5, 5), 2, "#000000"))
    inner.add(Text(1, 9, "text", STYLE._replace(struck=True), tip="more"))
    outer = Picture()
    outer.put(inner, 5, 7)
    assert (outer.right, outer.bottom) == (inner.right + 5, inner.bottom + 7)
    text = svg(outer, "title")
    ElementTree.fromstring(text)
    assert 'd="M5 7L5 27C5 37 15 37 15 47"' in text
    assert text.count('fill="#000000"/>') == 3
    assert "line-through" in text
    assert "<title>more</title>" in text


def test_lines_run_across_too() -> None:
    across = Path((Point(0, 0), Point(20, 10)), "#000000", arrow="end", across=True)
    assert 'd="M0 0C10 0 10 10 20 10"' in across.svg()


@pytest.mark.parametrize(
    ("shapes", "fault"),
    [
        ([Text(0, 10, "one", STYLE), Text(5, 12, "two", STYLE)], "'one' and 'two' meet"),
        ([Box(Area(0, 0, 30, 30), "b"), Text(5, 12, "two", STYLE)], "'two' stands in the box b"),
        ([Box(Area(0, 0, 10, 30), "b"), Text(5, 12, "two", STYLE, of="b")], "'two' leaves its box"),
        ([Box(Area(0, 0, 10, 30), "b"), Box(Area(9, 9, 12, 12), "c")], "the boxes b and c meet"),
        ([Text(-1, 12, "two", STYLE)], "leaves the picture"),
        ([Box(Area(0, 0, 30, 30), "b"), Text(5, 12, "two", STYLE, of="b"), Text(40, 12, "two", STYLE)], ""),
    ],
)
def test_a_fault_of_a_layout_is_seen(shapes: list[Box | Text], fault: str) -> None:
    picture = Picture()
    picture.add(*shapes)
    faults = list(picture.faults())
    assert len(faults) == bool(fault)
    assert all(fault in one for one in faults)


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (1.25, "1.2"), (-0.01, "0"), (10.06, "10.1")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text
