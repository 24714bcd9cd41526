"""Text: a picture for a terminal. On the left the lifelines, a few columns apart; on the right what is to be said.

The names of the lifelines stand one below the other, each at the head of its line, so that there is room for any
number of them; what does not fit beside the lines is folded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from payrelay.diagrams.sequence.picture import (
    Alternatives,
    DrawingError,
    Event,
    Item,
    Loop,
    Picture,
    Verdict,
    remarks_on,
)
from payrelay.diagrams.texts import columns, wrapped_in_columns

NARROWEST_TEXT = 8
"""The columns that what is to be said needs at the least."""
PITCHES = (6, 5, 4, 3, 2)
"""The columns from one lifeline to the next: as many as there is room for in a third of the width."""
RED, YELLOW, GREY, BOLD, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[90m", "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True)
class Signs:
    """What lines are made of."""

    life: str
    down: str
    line: str
    dashed: str
    start: str
    right: str
    left: str
    lost: str
    open: str
    point: str
    clock: str
    rule: str


BOXES = Signs("│", "┊", "─", "╌", "├┤", "▶", "◀", "✕", "○", "●", "◷", "─")
ASCII = Signs("|", ":", "-", ".", "++", ">", "<", "x", "o", "*", "@", "-")


def can_show(encoding: str) -> bool:
    """Whether an encoding has the signs that lines are drawn with."""
    try:
        "".join(vars(BOXES).values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def text(
    picture: Picture, width: int, with_states: bool = False, is_coloured: bool = False, signs: Signs = BOXES
) -> str:
    """The picture as lines that are no wider than that."""
    return "\n".join(_Text(picture, width, with_states, is_coloured, signs).lines()) + "\n"


class _Text:
    def __init__(self, picture: Picture, width: int, with_states: bool, is_coloured: bool, signs: Signs) -> None:
        self.picture, self.width, self.with_states = picture, width, with_states
        self.is_coloured, self.signs = is_coloured, signs
        self.place = {line: number for number, line in enumerate(picture.lifelines)}
        self.down: set[str] = set()
        gaps = max(len(picture.lifelines) - 1, 0)
        self.pitch = next((pitch for pitch in PITCHES if gaps * pitch <= width / 3), PITCHES[-1])
        self.left = gaps * self.pitch + 1
        numbers = max((len(str(event.number)) for event in picture.events if event.number is not None), default=1)
        self.indent = numbers + 1
        self.room = width - self.left - 2 - self.indent
        if self.room < NARROWEST_TEXT:
            raise DrawingError(
                f"{gaps + 1} lifelines need a width of {width - self.room + NARROWEST_TEXT}, not {width}; "
                f"leave some out with --role, or choose --format svg"
            )

    def lines(self) -> Iterator[str]:
        """All of it."""
        if self.picture.title:
            yield from (self._painted(line, BOLD) for line in wrapped_in_columns(self.picture.title, self.width))
        if self.picture.says:
            yield from wrapped_in_columns(self.picture.says, self.width)
        yield ""
        yield from self._heads()
        yield from self._items(self.picture.items)
        yield self._row({})
        yield from self._legend()

    def _heads(self) -> Iterator[str]:
        for name, number in self.place.items():
            before = "".join(f"{self.signs.life:<{self.pitch}}" for _ in range(number))
            room = self.width - number * self.pitch
            fits = columns(name) <= room
            yield before + (name if fits else wrapped_in_columns(name, room)[0])
        yield self._row({})

    def _items(self, items: Sequence[Item]) -> Iterator[str]:
        for item in items:
            match item:
                case Event():
                    yield from self._event(item)
                case Loop():
                    yield from self._ruled(f"{item.label}, {item.steps}" if item.steps else item.label)
                    yield from self._items(item.items)
                    yield from self._ruled("end of the loop")
                case Alternatives():
                    for number, branch in enumerate(item.branches):
                        yield from self._ruled(f"{'else' if number else 'alt'}: {branch.title}")
                        self.down.clear()
                        yield from self._items(branch.items)
                    yield from self._ruled("end of the alternatives")
                case Verdict():
                    yield self._row({})
                    for line in item.lines:
                        yield from (self._painted(part, RED) for part in wrapped_in_columns(line, self.width))

    def _ruled(self, label: str) -> Iterator[str]:
        """A rule across everything."""
        first, *others = wrapped_in_columns(label, self.width - 6)
        rule = self.signs.rule
        yield f"{rule * 2} {first} ".ljust(self.width - columns(first) + len(first), rule)
        yield from (f"   {line}" for line in others)

    def _event(self, event: Event) -> Iterator[str]:
        message = event.message
        number = "" if event.number is None else str(event.number)
        said: list[str] = []
        if message is None:
            head = f"{event.party}: {event.happening}"
        else:
            head = ", ".join((message.name, *message.fields))
            section = self.picture.sections.index(message.section) + 1 if message.section else 0
            head += f" [{section}]" if section else ""
            said += [", ".join(remarks_on(message))] if remarks_on(message) else []
        said += [f"{event.party}: {one}" for one in event.occurrences]
        said += [f"({one})" for one in event.states] if self.with_states else []
        colour = RED if event.is_violating else YELLOW if event.is_fault else ""
        lines = [*wrapped_in_columns(head, self.room)]
        for one in said:
            lines += [f"  {part}" for part in wrapped_in_columns(one, self.room - 2)]
        marks = self._marks(event)
        if event.kind == "restart":
            self.down.discard(event.party)
        for place, line in enumerate(lines):
            if place == 1 and event.kind == "crash":
                self.down.add(event.party)
            prefix = f"{number if not place else '':>{self.indent - 1}} "
            yield f"{self._row(marks if not place else {})}  {self._painted(prefix + line, colour)}".rstrip()
        if event.kind == "crash":
            self.down.add(event.party)

    def _marks(self, event: Event) -> dict[int, str]:
        """What stands in each column of an event's first line, instead of the lifelines."""
        message, signs = event.message, self.signs
        if message is None or message.sender == message.receiver:
            sign = {"timeout": signs.clock, "crash": signs.lost}.get(event.kind, signs.point)
            return {self.place[event.party] * self.pitch: sign}
        start, end = self.place[message.sender] * self.pitch, self.place[message.receiver] * self.pitch
        way = 1 if end > start else -1
        line = signs.line if message.fate == "received" and message.copy_of is None else signs.dashed
        last = end - way if message.fate != "under way" else start + (end - start) // 2
        marks = dict.fromkeys(range(start + way, last, way), line)
        marks[start] = signs.start[way < 0]
        if message.fate in ("received", "absent"):
            marks[last] = signs.right if way > 0 else signs.left
        else:
            marks[last] = signs.lost if message.fate == "lost" else signs.open
        return marks

    def _row(self, marks: dict[int, str]) -> str:
        """One line of lifelines."""
        row = [" "] * self.left
        for name, number in self.place.items():
            row[number * self.pitch] = self.signs.down if name in self.down else self.signs.life
        for column, sign in marks.items():
            row[column] = sign
        return "".join(row)

    def _legend(self) -> Iterator[str]:
        for section in self.picture.sections_seen:
            number = self.picture.sections.index(section) + 1
            yield from wrapped_in_columns(f"[{number}] {section}", self.width)

    def _painted(self, line: str, colour: str) -> str:
        return f"{colour}{line}{PLAIN}" if colour and self.is_coloured else line
