"""Writing: a picture in any of the forms that it can have. Only what is asked for is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from payrelay.diagrams import formats
from payrelay.diagrams.sequence.picture import Picture
from payrelay.language.traces import Trace

FORMATS = (*formats.FORMATS, "html")


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a picture is written."""

    format: str
    with_states: bool = False
    width: int = 80
    """The columns of a terminal."""
    is_coloured: bool = False
    encoding: str = "utf-8"
    """The encoding of a terminal, which may not have the signs that lines are drawn with."""


def written(picture: Picture, traces: Sequence[Trace], manner: Manner) -> str:
    """The picture in a format. Raises DrawingError if it cannot be had in that one."""
    match manner.format:
        case "text":
            from payrelay.diagrams.sequence.text import ASCII, BOXES, can_show, text

            signs = BOXES if can_show(manner.encoding) else ASCII
            return text(picture, manner.width, manner.with_states, manner.is_coloured, signs)
        case "mermaid":
            from payrelay.diagrams.sequence.mermaid import mermaid

            return mermaid(picture, manner.with_states)
        case "plantuml":
            from payrelay.diagrams.sequence.plantuml import plantuml

            return plantuml(picture, manner.with_states)
    from payrelay.diagrams.sequence.layout import layout

    drawing = layout(picture, manner.with_states)
    if manner.format == "html":
        from payrelay.diagrams.sequence.html import html

        return html(drawing, traces)
    from payrelay.diagrams.svg import svg

    return svg(drawing)
