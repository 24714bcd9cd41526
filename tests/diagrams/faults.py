"""Faults of a drawing: what cannot be read in it."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from itertools import combinations

from payrelay.diagrams.drawing import Bounds, Box, Drawing, Group, Text


def faults(drawing: Drawing) -> Iterator[str]:
    """Texts that meet, that leave their box or stand in another one; boxes that meet; and what leaves the picture."""
    yield from (f"'{one.text}' and '{other.text}' meet" for one, other in meetings(drawing))
    boxes = [(box, group) for group in drawing.groups for box in boxes_of(group)]
    for text, of in ((text, group) for group in drawing.groups for text in group.texts):
        for box, group in boxes:
            if of is group and not text.bounds.is_within(box.bounds):
                yield f"'{text.text}' leaves its box"
            elif of is not group and text.bounds.meets(box.bounds):
                yield f"'{text.text}' stands in a box of others"
    for (one, _), (other, _) in combinations(boxes, 2):
        if one.bounds.meets(other.bounds):
            yield f"{one} and {other} meet"
    yield from (f"{shape} leaves the picture" for shape in leaving(drawing))


def boxes_of(group: Group) -> list[Box]:
    """The boxes that all texts of a group stand in."""
    return [shape for shape in group.shapes if isinstance(shape, Box) and shape.style.partition(" ")[0] == "box"]


def meetings(drawing: Drawing) -> list[tuple[Text, Text]]:
    """The pairs of texts that have room in common."""
    texts = sorted(drawing.texts, key=lambda text: text.bounds.top)
    tops = [text.bounds.top for text in texts]
    found = []
    for place, text in enumerate(texts):
        until = bisect.bisect_left(tops, text.bounds.bottom)
        found += [(text, other) for other in texts[place + 1 : until] if text.bounds.meets(other.bounds)]
    return found


def leaving(drawing: Drawing) -> list[object]:
    """What is not within the picture."""
    page = Bounds(0, 0, drawing.width, drawing.height)
    return [part for part in (*drawing.texts, *drawing.shapes) if not part.bounds.is_within(page)]
