"""Sheets: drawings that are put together from parts, one beside or under the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from payrelay.diagrams import texts
from payrelay.diagrams.drawing import Drawing, Group, Text, moved

MARGIN = 16.0


class Font(NamedTuple):
    """How a text looks."""

    size: float
    style: str = ""
    is_bold: bool = False

    @property
    def height(self) -> float:
        """What a line of it takes."""
        return self.size * 1.32

    @property
    def baseline(self) -> float:
        """How far under the top of a line its letters stand."""
        return (self.height + (texts.ASCENT - texts.DESCENT) * self.size) / 2

    def width(self, text: str) -> float:
        """How wide a text is."""
        return texts.width(text, self.size, self.is_bold)

    def wrapped(self, text: str, most: float) -> list[Styled]:
        """A text in lines that are no wider than that."""
        return [(line, self) for line in texts.wrapped(text, most, self.size, self.is_bold)] if text else []


Styled = tuple[str, Font]


@dataclass
class Sheet:
    """Groups of shapes, of which nothing is above the height of 0, or left of it."""

    groups: list[Group] = field(default_factory=list)

    def group(self, style: str = "", label: str = "") -> Group:
        """Begin a group."""
        self.groups.append(Group(style=style, label=label))
        return self.groups[-1]

    def put(self, other: Sheet, x: float, y: float) -> None:
        """Put another sheet on this one, with its corner there."""
        for group in other.groups:
            self.group(group.style, group.label).put(*(moved(shape, x, y) for shape in (*group.shapes, *group.texts)))

    @property
    def right(self) -> float:
        """Where the rightmost shape ends."""
        return max((one.bounds.right for group in self.groups for one in (*group.shapes, *group.texts)), default=0.0)

    @property
    def bottom(self) -> float:
        """Where the lowest shape ends."""
        return max((one.bounds.bottom for group in self.groups for one in (*group.shapes, *group.texts)), default=0.0)

    def drawing(self, title: str, says: str) -> Drawing:
        """The sheet with a margin around it."""
        page = Sheet()
        page.put(self, MARGIN, MARGIN)
        return Drawing(self.right + 2 * MARGIN, self.bottom + 2 * MARGIN, title, says, tuple(page.groups))


def line(x: float, top: float, text: str, font: Font) -> Text:
    """A text that begins there, in a line that has its top there."""
    return Text(x, top + font.baseline, text, font.size, font.style, font.is_bold, is_centred=False)


def stacked(x: float, top: float, lines: Iterable[Styled]) -> list[Text]:
    """Texts one under the other."""
    found = []
    for text, font in lines:
        if text:
            found.append(line(x, top, text, font))
        top += font.height
    return found


def height(lines: Sequence[Styled]) -> float:
    """What lines take one under the other."""
    return sum(font.height for _, font in lines)
