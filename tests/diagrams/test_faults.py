"""Faults: what cannot be read in a drawing is seen."""

import pytest
from tests.diagrams.faults import faults

from payrelay.diagrams.drawing import Box, Circle, Drawing, Group, Line, Path, Point, Polygon, Shape, Text, moved


def text(x: float, y: float) -> Text:
    return Text(x, y, "text", 10, is_centred=False)


def box(x: float, y: float) -> Box:
    return Box(x, y, 30, 30, "box")


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ([[text(0, 10)], [text(5, 12)]], "'text' and 'text' meet"),
        ([[box(0, 0)], [text(5, 12)]], "'text' stands in a box of others"),
        ([[box(0, 0), text(20, 12)]], "'text' leaves its box"),
        ([[box(0, 0)], [box(29, 29)]], "meet"),
        ([[text(-1, 12)]], "leaves the picture"),
        ([[box(0, 0), text(5, 12)], [text(40, 12)]], ""),
    ],
)
def test_a_fault_is_seen(groups: list[list[Shape]], fault: str) -> None:
    drawing = Drawing(100, 100, "", "", tuple(Group() for _ in groups))
    for group, shapes in zip(drawing.groups, groups, strict=True):
        group.put(*shapes)
    found = list(faults(drawing))
    assert len(found) == bool(fault)
    assert all(fault in one for one in found)


@pytest.mark.parametrize(
    "shape",
    [
        text(1, 2), box(3, 4), Line(1, 2, 3, 4, "rule"), Circle(1, 2, 3, "begin"),
        Polygon((Point(1, 2), Point(3, 4)), "tab"), Path((Point(1, 2), Point(3, 4)), "arrow"),
    ],
)  # fmt: skip
def test_everything_can_be_moved(shape: Shape) -> None:
    before, after = shape.bounds, moved(shape, 5, 7).bounds
    assert after == pytest.approx((before.left + 5, before.top + 7, before.right + 5, before.bottom + 7))
