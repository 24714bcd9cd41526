"""Mermaid: a picture as text that Mermaid draws.

Mermaid refuses texts of more than 50,000 characters; it reads `;` and `#` as its own, and `$$`, `%%{` and `<` as
things to be carried out. So whatever is not a letter, a digit or harmless goes as a character code, and a picture that
is too long is written with less in it, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payrelay.diagrams.escaping import mermaid as escaped
from payrelay.diagrams.sequence.picture import (
    USER,
    Alternatives,
    DrawingError,
    Event,
    Item,
    Loop,
    Picture,
    Verdict,
    remarks_on,
)

LONGEST = 50_000
"""The characters that Mermaid takes."""
ARROWS = {"received": "->>", "lost": "-x", "under way": "--)", "absent": "-->>"}
COLOURS = {"bad": "rgb(254, 226, 226)", "fault": "rgb(255, 247, 237)"}


def mermaid(picture: Picture, with_states: bool = False) -> str:
    """The picture as a Mermaid text; without fields and notes, if it were too long with them."""
    for is_brief in (False, True):
        text = "\n".join(_lines(picture, with_states, is_brief)) + "\n"
        if len(text) <= LONGEST:
            return text
    raise DrawingError(
        f"Mermaid takes {LONGEST:,} characters, and this picture needs {len(text):,}; "
        f"leave something out with --role, or choose --format svg"
    )


def _lines(picture: Picture, with_states: bool, is_brief: bool) -> Iterator[str]:
    names = {line: f"p{number}" for number, line in enumerate(picture.lifelines)}
    yield "sequenceDiagram"
    if picture.title:
        yield f"    title {escaped(picture.title)}"
    for line, name in names.items():
        yield f"    {'actor' if line == USER else 'participant'} {name} as {escaped(line)}"
    if picture.says and names:
        yield f"    note over {_everybody(names)}: {escaped(picture.says)}"
    yield from _items(picture.items, names, with_states, is_brief, "    ")


def _items(
    items: Sequence[Item], names: dict[str, str], with_states: bool, is_brief: bool, indent: str
) -> Iterator[str]:
    inside = indent + "    "
    for item in items:
        match item:
            case Event():
                for line in _event(item, names, with_states, is_brief):
                    yield indent + line
            case Loop():
                yield f"{indent}loop {escaped(', '.join(filter(None, (item.label.removeprefix('loop '), item.steps))))}"
                yield from _items(item.items, names, with_states, is_brief, inside)
                yield f"{indent}end"
            case Alternatives():
                for number, branch in enumerate(item.branches):
                    yield f"{indent}{'else' if number else 'alt'} {escaped(branch.title)}"
                    yield from _items(branch.items, names, with_states, is_brief, inside)
                yield f"{indent}end"
            case Verdict():
                yield f"{indent}rect {COLOURS['bad']}"
                yield f"{inside}note over {_everybody(names)}: {'<br/>'.join(map(escaped, item.lines))}"
                yield f"{indent}end"


def _event(event: Event, names: dict[str, str], with_states: bool, is_brief: bool) -> Iterator[str]:
    colour = COLOURS["bad"] if event.is_violating else COLOURS["fault"] if event.is_fault else ""
    if colour:
        yield f"rect {colour}"
    number = "" if event.number is None else f"{event.number}. "
    message = event.message
    if message is not None:
        section = f"({message.section})" if message.section else ""
        more = () if is_brief else (", ".join(message.fields), section)
        lines = (message.name, *more, ", ".join(remarks_on(message)))
        said = "<br/>".join(escaped(line) for line in lines if line)
        yield f"{names[message.sender]}{ARROWS[message.fate]}{names[message.receiver]}: {number}{said}"
    else:
        yield f"note over {names[event.party]}: {number}{escaped(event.happening)}"
    notes = () if is_brief else event.occurrences
    for note in (*notes, *(event.states if with_states else ())):
        yield f"note over {names[event.party]}: {escaped(note)}"
    if colour:
        yield "end"


def _everybody(names: dict[str, str]) -> str:
    first, *_, last = [*names.values(), *names.values()]
    return first if first == last else f"{first},{last}"
