"""Shapes: what a picture is made of, and SVG of it.

A picture knows where every text is and how wide: widths come from a table, and the SVG tells each text to be exactly so
wide, whatever font there is. So nothing has to be measured by a browser, and nothing overlaps in one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import combinations
from typing import Literal, NamedTuple

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"

# Widths of the characters from space to tilde, in thousandths of the size of the letters: Helvetica's, and Arial's.
# fmt: off
REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)
BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
)
# fmt: on
WIDE, OTHER = 1000, 600
OTHERS = {"→": 1000, "←": 1000, "…": 1000, "—": 1000, "–": 556, "·": 278, "×": 584, "•": 350}
ASCENT, DESCENT = 0.905, 0.212
"""How far letters reach over and under their line."""


class Style(NamedTuple):
    """How a text looks."""

    size: float
    colour: str = "#1b1f24"
    bold: bool = False
    struck: bool = False

    @property
    def height(self) -> float:
        """What a line of it takes."""
        return round(self.size * 1.32, 1)


def text_width(text: str, style: Style) -> float:
    """How wide a text is."""
    return round(sum(_width(letter, BOLD if style.bold else REGULAR) for letter in text) * style.size / 1000, 1)


def _width(letter: str, widths: Sequence[int]) -> int:
    if " " <= letter <= "~":
        return widths[ord(letter) - 32]
    if unicodedata.combining(letter):
        return 0
    return OTHERS.get(letter) or (WIDE if unicodedata.east_asian_width(letter) in "WF" else OTHER)


class Area(NamedTuple):
    """A rectangle of a picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area, by: float = 0.0) -> bool:
        """Whether two rectangles have more in common than `by`."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > by and down > by

    def holds(self, other: Area) -> bool:
        """Whether another rectangle lies within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True)
class Text:
    """One line of text; `x` is where it begins, and `y` the line it stands on."""

    x: float
    y: float
    text: str
    style: Style
    of: str = ""
    """The box that it stands in, if any."""
    tip: str = ""
    """What is told where it is pointed at."""

    @property
    def area(self) -> Area:
        """What it takes."""
        right = self.x + text_width(self.text, self.style)
        return Area(self.x, self.y - ASCENT * self.style.size, right, self.y + DESCENT * self.style.size)

    def moved(self, x: float, y: float) -> Text:
        """The text elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)

    def svg(self) -> str:
        """The element."""
        style = self.style
        bold = ' font-weight="bold"' if style.bold else ""
        struck = ' text-decoration="line-through"' if style.struck else ""
        wide = f' textLength="{number(text_width(self.text, style))}" lengthAdjust="spacingAndGlyphs"'
        at = f'x="{number(self.x)}" y="{number(self.y)}" font-size="{number(style.size)}" fill="{style.colour}"'
        tip = f"<title>{escape(self.tip)}</title>" if self.tip else ""
        return f"<text {at}{bold}{struck}{wide}>{tip}{escape(self.text)}</text>"


@dataclass(frozen=True)
class Box:
    """A rectangle that texts stand in, or nothing."""

    area: Area
    name: str = ""
    """What its texts are `of`."""
    fill: str = "none"
    line: str = "none"
    radius: float = 0.0
    width: float = 1.0
    dashed: bool = False

    def moved(self, x: float, y: float) -> Box:
        """The box elsewhere."""
        left, top, right, bottom = self.area
        return replace(self, area=Area(left + x, top + y, right + x, bottom + y))

    def svg(self) -> str:
        """The element."""
        left, top, right, bottom = self.area
        radius = f' rx="{number(self.radius)}"' if self.radius else ""
        line = f' stroke="{self.line}" stroke-width="{number(self.width)}"{_dashes(self.dashed)}'
        at = f'x="{number(left)}" y="{number(top)}" width="{number(right - left)}" height="{number(bottom - top)}"'
        return f'<rect {at}{radius} fill="{self.fill}"{line if self.line != "none" else ""}/>'


class Point(NamedTuple):
    """A place in a picture."""

    x: float
    y: float


@dataclass(frozen=True)
class Path:
    """A line from its first point to its last, smooth between any two; perhaps with an arrow at its end."""

    points: tuple[Point, ...]
    line: str
    width: float = 1.2
    dashed: bool = False
    arrow: Literal["", "end", "begin", "both"] = ""
    across: bool = False
    """Whether it runs from left to right; else from top to bottom, or up."""

    def moved(self, x: float, y: float) -> Path:
        """The line elsewhere."""
        return replace(self, points=tuple(Point(one.x + x, one.y + y) for one in self.points))

    @property
    def area(self) -> Area:
        """What it takes: its curves stay between their ends."""
        xs, ys = [point.x for point in self.points], [point.y for point in self.points]
        return Area(min(xs), min(ys), max(xs), max(ys))

    def svg(self) -> str:
        """The elements."""
        arrows = [self._arrow(self.points[-1], self.points[-2])] if self.arrow in ("end", "both") else []
        arrows += [self._arrow(self.points[0], self.points[1])] if self.arrow in ("begin", "both") else []
        pairs = zip(self.points, self.points[1:], strict=False)
        first = self.points[0]
        drawn = f"M{number(first.x)} {number(first.y)}" + "".join(self._to(one, other) for one, other in pairs)
        line = f'fill="none" stroke="{self.line}" stroke-width="{number(self.width)}"{_dashes(self.dashed)}'
        return "\n".join([f'<path d="{drawn}" {line}/>', *arrows])

    def _to(self, one: Point, other: Point) -> str:
        end = f"{number(other.x)} {number(other.y)}"
        if one.x == other.x or one.y == other.y:
            return f"L{end}"
        if self.across:
            middle = number((one.x + other.x) / 2)
            return f"C{middle} {number(one.y)} {middle} {number(other.y)} {end}"
        middle = number((one.y + other.y) / 2)
        return f"C{number(one.x)} {middle} {number(other.x)} {middle} {end}"

    def _arrow(self, tip: Point, before: Point) -> str:
        """A head of 8 by 6, in the direction of the line."""
        if self.across:
            back = -8 if tip.x > before.x else 8
            corners = [tip, Point(tip.x + back, tip.y - 3.2), Point(tip.x + back, tip.y + 3.2)]
        else:
            back = -8 if tip.y > before.y else 8
            corners = [tip, Point(tip.x - 3.2, tip.y + back), Point(tip.x + 3.2, tip.y + back)]
        drawn = "L".join(f"{number(corner.x)} {number(corner.y)}" for corner in corners)
        return f'<path d="M{drawn}Z" fill="{self.line}"/>'


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    at: Point
    radius: float
    fill: str

    def moved(self, x: float, y: float) -> Dot:
        """The circle elsewhere."""
        return replace(self, at=Point(self.at.x + x, self.at.y + y))

    @property
    def area(self) -> Area:
        """What it takes."""
        (x, y), radius = self.at, self.radius
        return Area(x - radius, y - radius, x + radius, y + radius)

    def svg(self) -> str:
        """The element."""
        x, y = self.at
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(self.radius)}" fill="{self.fill}"/>'


Shape = Box | Path | Dot | Text


@dataclass
class Picture:
    """Shapes on a sheet; those that come later lie above."""

    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        """Put shapes on the sheet."""
        self.shapes.extend(shapes)

    def put(self, other: Picture, x: float, y: float) -> None:
        """Put another picture on the sheet, with its corner there."""
        self.shapes.extend(shape.moved(x, y) for shape in other.shapes)

    @property
    def texts(self) -> list[Text]:
        """All texts."""
        return [shape for shape in self.shapes if isinstance(shape, Text)]

    @property
    def boxes(self) -> list[Box]:
        """The boxes that have a name."""
        return [shape for shape in self.shapes if isinstance(shape, Box) and shape.name]

    @property
    def right(self) -> float:
        """Where the rightmost shape ends."""
        return max((shape.area.right for shape in self.shapes), default=0.0)

    @property
    def bottom(self) -> float:
        """Where the lowest shape ends."""
        return max((shape.area.bottom for shape in self.shapes), default=0.0)

    def faults(self) -> Iterator[str]:
        """What is wrong with the layout: texts that meet, or stand in a box of others, or leave the sheet."""
        sheet = Area(0.0, 0.0, self.right, self.bottom)
        texts = sorted(((text.area, text) for text in self.texts), key=lambda one: one[0].top)
        boxes = [(box.area, box) for box in self.boxes]
        for place, (area, text) in enumerate(texts):
            for below, other in texts[place + 1 :]:
                if below.top >= area.bottom:
                    break
                if area.meets(below, TOUCH):
                    yield f"'{text.text}' and '{other.text}' meet"
            for inside, box in boxes:
                if text.of == box.name and not inside.holds(area):
                    yield f"'{text.text}' leaves its box"
                elif text.of != box.name and area.meets(inside, TOUCH):
                    yield f"'{text.text}' stands in the box {box.name}"
        for (area, box), (another, other_box) in combinations(boxes, 2):
            if area.meets(another, TOUCH):
                yield f"the boxes {box.name} and {other_box.name} meet"
        for shape in self.shapes:
            if not sheet.holds(shape.area):
                yield f"{shape} leaves the picture"


TOUCH = 0.05
"""What rounding may let two boxes have in common."""
MARGIN = 16.0


def svg(picture: Picture, title: str) -> str:
    """The picture as an SVG document: no network, no scripts, no fonts of its own, the same bytes each time."""
    width, height = number(picture.right + 2 * MARGIN), number(picture.bottom + 2 * MARGIN)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{number(-MARGIN)} {number(-MARGIN)} {width} {height}" font-family="{FONT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect x="{number(-MARGIN)}" y="{number(-MARGIN)}" width="{width}" height="{height}" fill="#ffffff"/>',
        *(shape.svg() for shape in picture.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A number as short as a tenth of a pixel needs."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _dashes(dashed: bool) -> str:
    return ' stroke-dasharray="4 3"' if dashed else ""


def stacked(x: float, y: float, lines: Iterable[tuple[str, Style]], of: str = "") -> list[Text]:
    """Texts one under the other, the first one's line beginning at the height `y`."""
    texts = []
    for text, style in lines:
        if text:
            texts.append(Text(x, round(y + baseline(style), 1), text, style, of))
        y += style.height
    return texts


def baseline(style: Style) -> float:
    """How far under the top of a line its letters stand."""
    return round((style.height - (ASCENT + DESCENT) * style.size) / 2 + ASCENT * style.size, 1)
