"""SVG: a drawing as bytes. The same drawing gives the same bytes, everywhere; nothing is fetched, nothing is run."""

from __future__ import annotations

from collections.abc import Iterator

from payrelay.diagrams.drawing import Box, Circle, Drawing, Group, Line, Polygon, Shape, Text
from payrelay.diagrams.texts import FONTS

STYLE = f"""
text {{ font-family: {FONTS}; fill: #1f2937; white-space: pre; }}
.b {{ font-weight: bold; }}
.name, .field, .remark {{ paint-order: stroke; stroke: #fff; stroke-width: 3.5px; stroke-linejoin: round; }}
.muted, .field, .again {{ fill: #57606a; }}
.remark {{ fill: #57606a; font-style: normal; }}
rect.plain {{ fill: #fff; }}
rect.hit {{ fill: none; pointer-events: all; }}
rect.head {{ fill: #f8fafc; stroke: #64748b; stroke-width: 1; }}
rect.person {{ fill: #fff; stroke: #94a3b8; stroke-width: 1; stroke-dasharray: 2 2; }}
line.life {{ stroke: #cbd5e1; stroke-width: 1.25; }}
line.down {{ stroke: #b45309; stroke-width: 1.25; stroke-dasharray: 1 4; }}
line.arrow {{ stroke: #475569; stroke-width: 1.25; }}
line.wait {{ stroke: #475569; stroke-width: 1.25; stroke-dasharray: 1.5 2.5; }}
polygon.point {{ fill: #475569; }}
circle.end {{ fill: #fff; stroke: #475569; }}
rect.note {{ fill: #eef2f7; }}
rect.state {{ fill: #fef9e7; stroke: #e7d9a8; stroke-width: 0.75; }}
rect.moment {{ fill: #fff; stroke: #94a3b8; stroke-width: 0.75; }}
circle.clock {{ fill: #fff; stroke: #475569; }}
line.hand {{ stroke: #475569; }}
line.cross {{ stroke: #b45309; stroke-width: 2; stroke-linecap: round; }}
rect.badge {{ fill: #fff; stroke: #64748b; stroke-width: 1; }}
.number {{ fill: #334155; }}
rect.s1 {{ fill: #2456c9; stroke: #2456c9; }}
rect.s2 {{ fill: #0f766e; stroke: #0f766e; }}
rect.s3 {{ fill: #7c3aed; stroke: #7c3aed; }}
rect.s4 {{ fill: #be185d; stroke: #be185d; }}
.number.s1, .number.s2, .number.s3, .number.s4 {{ fill: #fff; }}
.waiting .arrow {{ stroke-dasharray: 5 4; }}
.copy .arrow {{ stroke-dasharray: 7 3; }}
.fault .arrow, .fault .clock, .fault .hand {{ stroke: #b45309; }}
.fault .point {{ fill: #b45309; }}
.fault .remark, .fault text.moment {{ fill: #92400e; }}
.fault rect.moment {{ fill: #fff7ed; stroke: #d9a066; }}
rect.frame {{ fill: none; stroke: #94a3b8; stroke-width: 1; }}
polygon.tab {{ fill: #f1f5f9; stroke: #94a3b8; stroke-width: 1; }}
line.divide {{ stroke: #94a3b8; stroke-width: 1; stroke-dasharray: 6 4; }}
text.branch {{ fill: #475569; }}
rect.violating {{ fill: #fef1f1; }}
rect.verdict {{ fill: #fef1f1; stroke: #b91c1c; stroke-width: 1; }}
.bad, text.bad {{ fill: #b91c1c; }}
.bad .name, .bad .field, .bad .remark {{ fill: #b91c1c; stroke: #fef1f1; }}
.bad .arrow {{ stroke: #b91c1c; stroke-width: 1.75; }}
.bad .point {{ fill: #b91c1c; }}
.bad .end {{ stroke: #b91c1c; }}
.bad rect.badge {{ fill: #b91c1c; stroke: #b91c1c; }}
.bad .number {{ fill: #fff; }}
.bad rect.note {{ fill: #fbdcdc; }}
.bad text.note, .bad text.moment {{ fill: #8f1414; }}
"""


def svg(drawing: Drawing) -> str:
    """The drawing as a document of its own."""
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', *_lines(drawing))) + "\n"


def svg_element(drawing: Drawing) -> str:
    """The drawing as a part of a page."""
    return "\n".join(_lines(drawing))


def _lines(drawing: Drawing) -> Iterator[str]:
    wide, high = number(drawing.width), number(drawing.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="payrelay" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" role="img" aria-labelledby="title says">'
    )
    yield f'<title id="title">{escaped(drawing.title)}</title>'
    yield f'<desc id="says">{escaped(drawing.says)}</desc>'
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
    style = f' class="{escaped(group.style)}"' if group.style else ""
    step = "" if group.step is None else f' data-run="{group.run}" data-step="{group.step}"'
    yield f"<g{style}{step}>"
    if group.label:
        yield f"<title>{escaped(group.label)}</title>"
    for shape in shapes:
        yield _element(shape)
    yield "</g>"


def _element(shape: Shape) -> str:
    match shape:
        case Text():
            style = escaped(" ".join(filter(None, (shape.style, "b" * shape.is_bold))))
            left = shape.bounds.left
            # The width stands in the picture, so that other fonts than the one that was measured fit as well.
            return (
                f'<text class="{style}" x="{number(left)}" y="{number(shape.y)}" font-size="{number(shape.size)}" '
                f'textLength="{number(shape.width)}" lengthAdjust="spacingAndGlyphs">{escaped(shape.text)}</text>'
            )
        case Line():
            ends = zip(("x1", "y1", "x2", "y2"), (shape.x1, shape.y1, shape.x2, shape.y2), strict=True)
            return (
                f'<line class="{shape.style}" {" ".join(f"{key}={chr(34)}{number(at)}{chr(34)}" for key, at in ends)}/>'
            )
        case Box():
            corner = f' rx="{number(shape.corner)}"' if shape.corner else ""
            return (
                f'<rect class="{shape.style}" x="{number(shape.x)}" y="{number(shape.y)}" '
                f'width="{number(shape.width)}" height="{number(shape.height)}"{corner}/>'
            )
        case Circle():
            return (
                f'<circle class="{shape.style}" cx="{number(shape.x)}" cy="{number(shape.y)}" '
                f'r="{number(shape.radius)}"/>'
            )
        case Polygon():
            points = " ".join(f"{number(x)},{number(y)}" for x, y in shape.points)
            return f'<polygon class="{shape.style}" points="{points}"/>'


def number(value: float) -> str:
    """A length, to a hundredth of a pixel."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if round(value, 2) else "0"


def escaped(text: str) -> str:
    """A text between tags, or in quotes."""
    for sign, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        text = text.replace(sign, f"&{name};")
    return text
