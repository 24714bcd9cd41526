"""Drawings: shapes and texts with places, which a writer turns into bytes without another thought."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from payrelay.diagrams import texts


class Bounds(NamedTuple):
    """How far something reaches."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Bounds) -> bool:
        """Whether the two have room in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_within(self, other: Bounds) -> bool:
        """Whether this is inside of the other."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


class Point(NamedTuple):
    """A place."""

    x: float
    y: float


@dataclass(frozen=True)
class Text:
    """One line of text, around its middle or from its left."""

    x: float
    y: float
    """The baseline."""
    text: str
    size: float
    style: str = ""
    is_bold: bool = False
    is_centred: bool = True

    @property
    def width(self) -> float:
        """How wide it is, and is made."""
        return texts.width(self.text, self.size, self.is_bold)

    @property
    def bounds(self) -> Bounds:
        """How far it reaches."""
        left = self.x - self.width / 2 if self.is_centred else self.x
        ascent, descent = texts.ASCENT * self.size, texts.DESCENT * self.size
        return Bounds(left, self.y - ascent, left + self.width, self.y + descent)


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    style: str

    @property
    def bounds(self) -> Bounds:
        """How far it reaches."""
        return Bounds(min(self.x1, self.x2), min(self.y1, self.y2), max(self.x1, self.x2), max(self.y1, self.y2))


@dataclass(frozen=True)
class Box:
    """A rectangle, perhaps with round corners."""

    x: float
    y: float
    width: float
    height: float
    style: str
    corner: float = 0

    @property
    def bounds(self) -> Bounds:
        """How far it reaches."""
        return Bounds(self.x, self.y, self.x + self.width, self.y + self.height)


@dataclass(frozen=True)
class Circle:
    """A circle."""

    x: float
    y: float
    radius: float
    style: str

    @property
    def bounds(self) -> Bounds:
        """How far it reaches."""
        return Bounds(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True)
class _Points:
    points: tuple[Point, ...]
    style: str

    @property
    def bounds(self) -> Bounds:
        """How far it reaches."""
        xs, ys = [point.x for point in self.points], [point.y for point in self.points]
        return Bounds(min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True)
class Polygon(_Points):
    """Straight lines around something."""


@dataclass(frozen=True)
class Path(_Points):
    """A line down or up from its first point to its last, smooth between any two."""


Shape = Text | Line | Box | Circle | Polygon | Path


def arrowhead(before: Point, tip: Point) -> Shape:
    """The head of an arrow that comes from somewhere."""
    angle = math.atan2(tip.y - before.y, tip.x - before.x)
    sides = (Point(tip.x - 9 * math.cos(angle + turn), tip.y - 9 * math.sin(angle + turn)) for turn in (0.4, -0.4))
    return Polygon((tip, *sides), "point")


def moved(shape: Shape, x: float, y: float) -> Shape:
    """The shape elsewhere."""
    match shape:
        case Line():
            return replace(shape, x1=shape.x1 + x, y1=shape.y1 + y, x2=shape.x2 + x, y2=shape.y2 + y)
        case Polygon() | Path():
            return replace(shape, points=tuple(Point(point.x + x, point.y + y) for point in shape.points))
    return replace(shape, x=shape.x + x, y=shape.y + y)


@dataclass
class Group:
    """What belongs together; of a step, what can be chosen."""

    step: int | None = None
    run: int = 0
    """Of several runs, the one that the step belongs to."""
    style: str = ""
    label: str = ""
    """What it is, for those who do not see it."""
    shapes: list[Shape] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def put(self, *shapes: Shape) -> None:
        """Add to it."""
        for shape in shapes:
            if isinstance(shape, Text):
                self.texts.append(shape)
            else:
                self.shapes.append(shape)


@dataclass(frozen=True)
class Drawing:
    """Everything with its place. Of all groups the shapes come first, and then the texts, which so lie above."""

    width: float
    height: float
    title: str
    says: str
    groups: tuple[Group, ...]

    @property
    def texts(self) -> Iterator[Text]:
        """Every text."""
        return (text for group in self.groups for text in group.texts)

    @property
    def shapes(self) -> Iterable[Shape]:
        """Everything else."""
        return (shape for group in self.groups for shape in group.shapes)
