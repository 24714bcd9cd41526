"""PlantUML: a picture as text that PlantUML draws. What PlantUML would read as its own goes as a character code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payrelay.diagrams.colours import BAD_NOTE, GREY, NOTE, ORANGE, RED, STATE, VIOLATING
from payrelay.diagrams.escaping import plantuml as escaped
from payrelay.diagrams.sequence.picture import (
    USER,
    Alternatives,
    Event,
    Item,
    Loop,
    Picture,
    Verdict,
    remarks_on,
)

ARROWS = {"received": "->", "lost": "->x", "under way": "-->o", "absent": "-->"}


def plantuml(picture: Picture, with_states: bool = False) -> str:
    """The picture as a PlantUML text."""
    return "\n".join(_lines(picture, with_states)) + "\n"


def _lines(picture: Picture, with_states: bool) -> Iterator[str]:
    names = {line: f"p{number}" for number, line in enumerate(picture.lifelines)}
    yield "@startuml"
    yield "skinparam shadowing false"
    yield "skinparam defaultFontName Helvetica"
    if picture.title:
        yield f"title {escaped(picture.title)}"
    if picture.says:
        yield f"caption {escaped(picture.says)}"
    for line, name in names.items():
        yield f'{"actor" if line == USER else "participant"} "{escaped(line)}" as {name}'
    yield from _items(picture.items, names, with_states)
    yield "@enduml"


def _items(items: Sequence[Item], names: dict[str, str], with_states: bool) -> Iterator[str]:
    for item in items:
        match item:
            case Event():
                yield from _event(item, names, with_states)
            case Loop():
                yield f"loop {escaped(', '.join(filter(None, (item.label.removeprefix('loop '), item.steps))))}"
                yield from _items(item.items, names, with_states)
                yield "end"
            case Alternatives():
                for number, branch in enumerate(item.branches):
                    yield f"{'else' if number else 'alt'} {escaped(branch.title)}"
                    yield from _items(branch.items, names, with_states)
                yield "end"
            case Verdict():
                everybody = ",".join(dict.fromkeys((*list(names.values())[:1], *list(names.values())[-1:])))
                said = r"\n".join(f"<color:{RED}>{escaped(line)}</color>" for line in item.lines)
                yield f"note over {everybody} {VIOLATING} : {said}"


def _event(event: Event, names: dict[str, str], with_states: bool) -> Iterator[str]:
    colour = RED if event.is_violating else ORANGE if event.is_fault else ""
    number = "" if event.number is None else f"{event.number}. "
    message = event.message
    if message is not None:
        section = f"({message.section})" if message.section else ""
        said = [_painted(message.name, colour, number)]
        more = (", ".join(message.fields), section, ", ".join(remarks_on(message)))
        said += [_painted(line, colour or GREY) for line in more if line]
        arrow = ARROWS[message.fate]
        arrow = arrow.replace("-", f"-[{colour}]", 1) if colour else arrow
        lines = r"\n".join(said)
        yield f"{names[message.sender]} {arrow} {names[message.receiver]} : {lines}"
    else:
        yield f"hnote over {names[event.party]} #White : {_painted(event.happening, colour, number)}"
    for note in event.occurrences:
        yield f"rnote over {names[event.party]} {BAD_NOTE if event.is_violating else NOTE} : {escaped(note)}"
    for note in event.states if with_states else ():
        yield f"rnote over {names[event.party]} {STATE} : {escaped(note)}"


def _painted(line: str, colour: str, number: str = "") -> str:
    said = number + escaped(line)
    return f"<color:{colour}>{said}</color>" if colour else said
