"""Exhibits: which elements of which claims a log shows, and by which of its events.

An element stands on properties. A property that speaks of something that happens is shown by an event of that sort:
what has to be possible, what something has to come before, what has to follow. One that says that something never
happens can be refuted by a log, and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.selection import property_named
from payrelay.language.properties import AtMostOnce, Atom, Conjunct, Possible, Precedes, Property, Responds


def shown_by(conjunct: Conjunct) -> tuple[Atom, ...]:
    """The events of which one shows that what a conjunct speaks of happens."""
    match conjunct:
        case Possible(event) | AtMostOnce(event):
            return (event,)
        case Precedes(then, _):
            return (then,)
        case Responds(_, response):
            return response
    return ()


@dataclass
class Exhibits:
    """What is looked for, and the first line that shows each of it."""

    catalogue: Catalogue
    atoms: list[Atom] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    """By the place of an atom."""

    def __post_init__(self) -> None:
        self._places: dict[str, list[list[int]]] = {}
        """By property, for each conjunct that can be shown, the places of its atoms."""
        for claim in self.catalogue.claims:
            for element in claim.elements:
                for name in element.properties:
                    self._look_for(property_named(self.catalogue, name))
        self.missing = (1 << len(self.atoms)) - 1

    def _look_for(self, prop: Property) -> None:
        if prop.name in self._places:
            return
        self._places[prop.name] = places = []
        for conjunct in prop.conjuncts:
            if atoms := shown_by(conjunct):
                places.append(list(range(len(self.atoms), len(self.atoms) + len(atoms))))
                self.atoms += atoms

    def note(self, exhibited: int, line: int) -> None:
        """An event has shown this."""
        new = exhibited & self.missing
        self.missing &= ~new
        while new:
            bit = new & -new
            self.lines[bit.bit_length() - 1] = line
            new ^= bit

    def line_of(self, prop: Property) -> int | None:
        """The line by which all of a property was shown; None if it was not, or cannot be."""
        firsts = [
            min((self.lines[place] for place in places if place in self.lines), default=None)
            for places in self._places[prop.name]
        ]
        lines = [line for line in firsts if line is not None]
        return max(lines) if lines and len(lines) == len(firsts) else None

    def can_be_shown(self, prop: Property) -> bool:
        """Whether any event can show it."""
        return bool(self._places[prop.name])

    def claims(self) -> Iterator[dict[str, Any]]:
        """The claims element by element, as JSON."""
        for claim in self.catalogue.claims:
            yield {"claim": claim.number, "elements": [self._element(element) for element in claim.elements]}

    def _element(self, element: Any) -> dict[str, Any]:
        properties = {one.name: one for one in (property_named(self.catalogue, name) for name in element.properties)}
        lines = {name: self.line_of(one) for name, one in properties.items() if self.can_be_shown(one)}
        found = [line for line in lines.values() if line is not None]
        if not lines:
            verdict = "not_exhibitable"
        elif len(found) == len(lines):
            verdict = "exhibited"
        else:
            verdict = "partly_exhibited" if found else "not_exhibited"
        return {"text": element.text, "verdict": verdict, "line": max(found, default=None), "lines": lines}
