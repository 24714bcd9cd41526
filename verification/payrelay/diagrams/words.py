"""Words: texts of pictures in lines that are no wider than there is room."""

from __future__ import annotations

from payrelay.diagrams.shapes import Style, text_width


def folded(text: str, style: Style, width: float) -> list[str]:
    """A text in lines that are no wider than this, as far as its words allow."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, style) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
