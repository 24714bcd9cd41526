"""SVG: a drawing as bytes. The same drawing gives the same bytes, everywhere; nothing is fetched, nothing is run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from payrelay.diagrams.drawing import Box, Circle, Drawing, Group, Line, Path, Point, Polygon, Shape, Text
from payrelay.diagrams.escaping import xml
from payrelay.diagrams.stylesheet import STYLE


def svg(drawing: Drawing) -> str:
    """The drawing as a document of its own."""
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', *_lines(drawing))) + "\n"


def svg_element(drawing: Drawing, name: str = "", *, is_styled: bool = True) -> str:
    """The drawing as a part of a page. Where there are several, each has a name; then the page has the style once."""
    return "\n".join(_lines(drawing, f"-{name}" if name else "", is_styled))


def _lines(drawing: Drawing, name: str = "", is_styled: bool = True) -> Iterator[str]:
    wide, high = number(drawing.width), number(drawing.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="payrelay" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" role="img" aria-labelledby="title{name} says{name}">'
    )
    yield f'<title id="title{name}">{xml(drawing.title)}</title>'
    yield f'<desc id="says{name}">{xml(drawing.says)}</desc>'
    if is_styled:
        yield f"<style>{STYLE}</style>"
    yield f'<rect class="plain" width="{wide}" height="{high}"/>'
    for group in drawing.groups:
        if group.shapes:
            yield from _group(group, group.shapes)
    for group in drawing.groups:
        if group.texts:
            yield from _group(group, group.texts)
    yield "</svg>"


def _group(group: Group, shapes: list[Shape] | list[Text]) -> Iterator[str]:
    step = "" if group.step is None else f' data-run="{group.run}" data-step="{group.step}"'
    yield f"<g{_class(group.style)}{step}>"
    if group.label:
        yield f"<title>{xml(group.label)}</title>"
    for shape in shapes:
        yield _element(shape)
    yield "</g>"


def _element(shape: Shape) -> str:
    match shape:
        case Text():
            # The width stands in the picture, so that other fonts than the one that was measured fit as well.
            style = " ".join(filter(None, (shape.style, "b" * shape.is_bold)))
            at = _numbers(x=shape.bounds.left, y=shape.y, font_size=shape.size, textLength=shape.width)
            return f'<text{_class(style)}{at} lengthAdjust="spacingAndGlyphs">{xml(shape.text)}</text>'
        case Line():
            return f"<line{_class(shape.style)}{_numbers(x1=shape.x1, y1=shape.y1, x2=shape.x2, y2=shape.y2)}/>"
        case Box():
            at = _numbers(x=shape.x, y=shape.y, width=shape.width, height=shape.height)
            return f"<rect{_class(shape.style)}{at}{_numbers(rx=shape.corner) if shape.corner else ''}/>"
        case Circle():
            return f"<circle{_class(shape.style)}{_numbers(cx=shape.x, cy=shape.y, r=shape.radius)}/>"
        case Polygon():
            points = " ".join(f"{number(x)},{number(y)}" for x, y in shape.points)
            return f'<polygon{_class(shape.style)} points="{points}"/>'
        case Path():
            first, *_ = shape.points
            drawn = "".join(_curve(one, other) for one, other in pairwise(shape.points))
            return f'<path{_class(shape.style)} d="M{_pair(*first)}{drawn}"/>'


def _curve(one: Point, other: Point) -> str:
    """From one point to another: straight down, or leaving and arriving straight down."""
    if one.x == other.x:
        return f"L{_pair(*other)}"
    middle = (one.y + other.y) / 2
    return f"C{_pair(one.x, middle)} {_pair(other.x, middle)} {_pair(*other)}"


def _pair(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def _class(style: str) -> str:
    return f' class="{xml(style)}"' if style else ""


def _numbers(**values: float) -> str:
    return "".join(f' {name.replace("_", "-")}="{number(value)}"' for name, value in values.items())


def number(value: float) -> str:
    """A length, to a hundredth of a pixel."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if round(value, 2) else "0"
