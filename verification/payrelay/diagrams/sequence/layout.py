"""Layout: an abstract picture with a place for everything.

Time runs down. Every event has a row of its own: above its arrow the number of the step and the name, below it what
else is to be said, and below that what came of it on the lifeline of whoever moved. Lifelines are as far apart as the
widest label between them asks for. So no two texts ever meet, whatever they say and however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from payrelay.diagrams.colours import SECTIONS
from payrelay.diagrams.drawing import Box, Circle, Drawing, Group, Line, Point, Polygon, Text, arrowhead
from payrelay.diagrams.sequence.picture import (
    USER,
    Alternatives,
    Event,
    Item,
    Loop,
    Message,
    Picture,
    Verdict,
    remarks_on,
)
from payrelay.diagrams.texts import width, wrapped

MARGIN, FIRST_INSET, INSET = 36.0, 10.0, 8.0
"""Around everything at the least; and how far frames are from the edge, and from each other."""
NAME, FIELD, NUMBER, HEAD, TITLE, SAYS = 12.5, 10.5, 9.5, 12.5, 17.0, 12.0
"""Sizes of text."""
NAME_LINE, FIELD_LINE = 16.0, 13.5
"""From one line to the next."""
NAME_ROOM, FIELD_ROOM, NOTE_ROOM, HEAD_ROOM = 168.0, 180.0, 190.0, 150.0
"""How wide texts may become before they are broken."""
NARROWEST, NARROWEST_PICTURE = 96.0, 480.0
AROUND_LABEL, LOST_BEFORE = 34.0, 12.0
"""The room beside a label, where a message ends that is lost."""
BADGE = 14.0
HEAD_HEIGHT = 28.0
LANE, LANES = 7.0, 4
"""What messages on their way wait in, beside the lifeline of their sender: how far apart these are, and how many."""
NAMES_AGAIN = 1000.0
FEW = 5
"""After so much of a picture the names of the lifelines are said again, unless there are only a few rows left."""
CORNERS = (7.0, 7.0, 1.5, 4.0, 0.0)
"""The form of a number, by its section: none, and those that have a form and a colour of their own."""


@dataclass(frozen=True)
class _Label:
    """What stands beside an arrow."""

    name: tuple[str, ...]
    fields: tuple[str, ...]
    remarks: tuple[str, ...]
    badge: float
    """The room of the number, and of the gap after it."""

    @property
    def width(self) -> float:
        widths = [width(self.name[0], NAME) + self.badge, *(width(line, NAME) for line in self.name[1:])]
        return max(widths + [width(line, FIELD) for line in (*self.fields, *self.remarks)])


def layout(picture: Picture, with_states: bool = False) -> Drawing:
    """The picture with a place for everything; control states are shown if asked for."""
    return _Layout(picture, with_states).drawing()


class _Layout:
    def __init__(self, picture: Picture, with_states: bool) -> None:
        self.picture, self.with_states = picture, with_states
        self.margin = max(MARGIN, FIRST_INSET + INSET * _depth(picture.items))
        self.lines = picture.lifelines
        self.heads = {line: wrapped(line, HEAD_ROOM, HEAD, is_bold=True) for line in self.lines}
        self.x, self.width = self._columns()
        self.y = 0.0
        self.named_at = 0.0
        self.behind, self.frames = Group(style="behind"), Group(style="frames")
        self.groups: list[Group] = []
        self.rows: dict[int, tuple[float, int]] = {}
        """Where the row of each step ends, and in which block."""
        self.waiting: dict[tuple[str, int], list[tuple[int, float]]] = {}
        """Beside each lifeline, on either side: which lanes are taken, until where."""
        self.dead: dict[str, list[tuple[float, float]]] = {line: [] for line in self.lines}
        """From where to where a party is down."""
        self.down: dict[str, float] = {}
        self.blocks = 0

    # --- across

    def _columns(self) -> tuple[dict[str, float], float]:
        """Where every lifeline is, and how wide all is."""
        place = {line: number for number, line in enumerate(self.lines)}
        halves = [self._head_width(line) / 2 for line in self.lines]
        needs: dict[tuple[int, int], float] = {}
        for number in range(1, len(self.lines)):
            needs[number - 1, number] = max(NARROWEST, halves[number - 1] + halves[number] + 20)
        for event in self.picture.events:
            for lines, badge in self._notes(event):
                wide = self._note_width(lines, badge)
                halves[place[event.party]] = max(halves[place[event.party]], wide / 2)
            if event.message is None:
                continue
            one, other = sorted((place[event.message.sender], place[event.message.receiver]))
            wide = self._label(event, event.message).width
            if one == other:
                halves[one] = max(halves[one], wide / 2, 40)
            else:
                needs[one, other] = max(needs.get((one, other), 0), wide + AROUND_LABEL)
        offsets = [0.0] * len(self.lines)
        for (one, other), need in sorted(needs.items(), key=lambda item: (item[0][1], item[0][0])):
            offsets[other] = max(offsets[other], offsets[one] + need)
        first = self.margin + max((half - offset for half, offset in zip(halves, offsets, strict=True)), default=0)
        wide = (
            first + max((half + offset for half, offset in zip(halves, offsets, strict=True)), default=0) + self.margin
        )
        missing = max(0.0, NARROWEST_PICTURE - wide)
        return {
            line: first + missing / 2 + offset for line, offset in zip(self.lines, offsets, strict=True)
        }, wide + missing

    def _head_width(self, line: str) -> float:
        return max(width(part, HEAD, is_bold=True) for part in self.heads[line]) + 24

    def _label(self, event: Event, message: Message) -> _Label:
        badge = _badge_width(event.number) + 5 if event.number is not None else 0.0
        fields = wrapped(", ".join(message.fields), FIELD_ROOM, FIELD) if message.fields else ()
        remarks = remarks_on(message)
        said = wrapped(" · ".join(remarks), FIELD_ROOM, FIELD) if remarks else ()
        between = abs(self.lines.index(message.sender) - self.lines.index(message.receiver))
        room = NAME_ROOM + NARROWEST * max(between - 1, 0) - badge
        return _Label(wrapped(message.name, room, NAME), fields, said, badge)

    def _notes(self, event: Event) -> Iterator[tuple[tuple[str, ...], float]]:
        """What stands on the lifeline of whoever moved, and the room of what comes before it."""
        if event.message is None:
            badge = _badge_width(event.number) + 6 if event.number is not None else 0.0
            yield wrapped(_happening(event), NOTE_ROOM, FIELD), badge + (16 if event.kind == "timeout" else 0)
        for text in (*event.occurrences, *(event.states if self.with_states else ())):
            yield wrapped(text, NOTE_ROOM, FIELD), 0.0

    def _note_width(self, lines: Sequence[str], before: float) -> float:
        return max(width(line, FIELD) for line in lines) + before + 16

    # --- down

    def drawing(self) -> Drawing:
        """Everything, from the title to the legend."""
        self._title()
        self._heads()
        self.named_at = top = self.y
        self._items(self.picture.items, 0)
        self.y += 14
        for party, since in self.down.items():
            self.dead[party].append((since, self.y))
        bottom = self.y
        self._heads()
        self._legend()
        self._lifelines(top, bottom)
        height = self.y + self.margin / 2
        groups = (self.behind, self.frames, *self.groups)
        return Drawing(self.width, height, self.picture.title, self.picture.says, groups)

    def _group(self, style: str = "", step: int | None = None, label: str = "") -> Group:
        group = Group(step=step, style=style, label=label)
        self.groups.append(group)
        return group

    def _title(self) -> None:
        group, room = self._group(), self.width - 2 * self.margin
        self.y = 16.0
        for line in wrapped(self.picture.title, room, TITLE, is_bold=True) if self.picture.title else ():
            self.y += 22
            group.put(Text(self.margin, self.y, line, TITLE, "title", is_bold=True, is_centred=False))
        self.y += 4
        for line in wrapped(self.picture.says, room, SAYS) if self.picture.says else ():
            self.y += 16
            group.put(Text(self.margin, self.y, line, SAYS, "muted", is_centred=False))
        self.y += 22

    def _heads(self) -> None:
        group = self._group("heads")
        most = max((len(lines) for lines in self.heads.values()), default=1)
        height = HEAD_HEIGHT + NAME_LINE * (most - 1)
        for line in self.lines:
            x, lines, wide = self.x[line], self.heads[line], self._head_width(line)
            group.put(Box(x - wide / 2, self.y, wide, height, "person" if line == USER else "head", 6))
            first = self.y + height / 2 + 4.4 - NAME_LINE * (len(lines) - 1) / 2
            for number, text in enumerate(lines):
                group.put(Text(x, first + number * NAME_LINE, text, HEAD, "head", is_bold=True))
        self.y += height

    def _names(self) -> None:
        """The names of the lifelines, once more."""
        group = self._group("again")
        self.y += 8
        most = 0
        for line in self.lines:
            lines, x = self.heads[line], self.x[line]
            most = max(most, len(lines))
            wide = max(width(text, FIELD, is_bold=True) for text in lines) + 10
            group.put(Box(x - wide / 2, self.y, wide, len(lines) * FIELD_LINE + 3, "plain"))
            for number, text in enumerate(lines):
                group.put(Text(x, self.y + 10.5 + number * FIELD_LINE, text, FIELD, "again", is_bold=True))
        self.y += most * FIELD_LINE + 4
        self.named_at = self.y

    def _items(self, items: Sequence[Item], depth: int) -> None:
        self.blocks += 1
        block = self.blocks
        for place, item in enumerate(items):
            if self.y - self.named_at > NAMES_AGAIN and len(items) - place > FEW:
                self._names()
            match item:
                case Event():
                    self._event(item, block)
                case Loop():
                    self._framed(item.label, item.steps, item.items, depth)
                case Alternatives():
                    self._alternatives(item, depth)
                case Verdict():
                    self._verdict(item)

    def _framed(self, label: str, more: str, items: Sequence[Item], depth: int) -> None:
        top = self._tab(label, more, depth)
        self._items(items, depth + 1)
        self.y += 10
        self._frame(top, depth)

    def _alternatives(self, item: Alternatives, depth: int) -> None:
        top = self._tab("alt", item.branches[0].title if item.branches else "", depth)
        left, right = self._inside(depth)
        for number, branch in enumerate(item.branches):
            if number:
                self.y += 12
                self.frames.put(Line(left, self.y, right, self.y, "divide"))
                self.y += 5
                self._caption(self._group("branch"), branch.title, left + 8, right - left - 16)
            self._items(branch.items, depth + 1)
        self.y += 10
        self._frame(top, depth)

    def _inside(self, depth: int) -> tuple[float, float]:
        inset = FIRST_INSET + INSET * depth
        return inset, self.width - inset

    def _tab(self, label: str, more: str, depth: int) -> float:
        """The head of a frame; where the frame begins."""
        self.y += 14
        top, (left, _) = self.y, self._inside(depth)
        wide = width(label, FIELD, is_bold=True) + 18
        group = self._group("frame")
        corners = ((0, 0), (wide, 0), (wide, 12), (wide - 6, 18), (0, 18))
        group.put(Polygon(tuple(Point(left + x, top + y) for x, y in corners), "tab"))
        group.put(Text(left + 8, top + 12.8, label, FIELD, "tab", is_bold=True, is_centred=False))
        self.y += 2
        if more:
            at = left + wide + 8
            self._caption(group, more, at, self._inside(depth)[1] - at - 8)
        self.y = max(self.y, top + 20)
        return top

    def _caption(self, group: Group, text: str, left: float, room: float) -> None:
        """What a frame or a branch is about."""
        for line in wrapped(text, room, FIELD, is_bold=True):
            group.put(Box(left - 2, self.y - 0.5, width(line, FIELD, is_bold=True) + 4, FIELD_LINE + 2, "plain"))
            self.y += FIELD_LINE
            group.put(Text(left, self.y - 2.7, line, FIELD, "branch", is_bold=True, is_centred=False))
        self.y += 3

    def _frame(self, top: float, depth: int) -> None:
        left, right = self._inside(depth)
        self.frames.put(Box(left, top, right - left, self.y - top, "frame", 3))
        self.y += 6

    def _verdict(self, item: Verdict) -> None:
        self.y += 12
        group = self._group("verdict")
        top = self.y
        self.y += 6
        for number, part in enumerate(item.lines):
            is_bold = not number
            size = NAME if is_bold else FIELD
            for line in wrapped(part, self.width - 2 * self.margin - 24, size, is_bold):
                self.y += NAME_LINE
                group.put(Text(self.margin + 12, self.y, line, size, "bad", is_bold, is_centred=False))
        self.y += 11
        group.put(Box(self.margin, top, self.width - 2 * self.margin, self.y - top, "verdict", 4))

    def _event(self, event: Event, block: int) -> None:
        top = self.y
        group = self._group(_style(event), event.number, _in_words(event))
        group.run = event.run
        self.y += 11
        if event.message is not None:
            self._message(group, event, event.message, block)
            notes = list(self._notes(event))
        else:
            (first, before), *notes = self._notes(event)
            self._moment(group, event, first, before)
        states = len(event.states) if self.with_states else 0
        for number, (lines, _) in enumerate(notes):
            self.y += 3
            style = "state" if number >= len(notes) - states else "note"
            self._note(group, self.x[event.party], lines, style)
        if event.number is not None:
            self.rows[event.number] = self.y + 3, block
        self.y += 8
        group.shapes.insert(0, Box(self.margin / 2, top + 2, self.width - self.margin, self.y - top, "hit"))
        if event.is_violating:
            self.behind.put(Box(self.margin / 2, top + 2, self.width - self.margin, self.y - top + 0.1, "violating"))

    def _message(self, group: Group, event: Event, message: Message, block: int) -> None:
        label = self._label(event, message)
        start, end = self.x[message.sender], self.x[message.receiver]
        middle = (start + end) / 2
        for number, line in enumerate(label.name):
            self.y += NAME_LINE
            wide = width(line, NAME) + (0 if number else label.badge)
            if not number and event.number is not None:
                self._badge(group, event, middle - wide / 2, self.y - 4.3)
            left = middle - wide / 2 + (0 if number else label.badge)
            group.put(Text(left, self.y, line, NAME, "name", is_centred=False))
        self.y += 8
        self._arrow(group, message, start, end, block)
        for lines, style in ((label.fields, "field"), (label.remarks, "remark")):
            for line in lines:
                self.y += FIELD_LINE
                group.put(Text(middle, self.y, line, FIELD, style))
        self.y += 4 if label.fields or label.remarks else 3

    def _arrow(self, group: Group, message: Message, start: float, end: float, block: int) -> None:
        y, way = self.y, 1 if end > start else -1
        if start == end:
            points = ((start, y - 2), (start + 30, y - 2), (start + 30, y + 6), (start + 8, y + 6))
            for (x1, y1), (x2, y2) in pairwise(points):
                group.put(Line(x1, y1, x2, y2, "arrow"))
            group.put(arrowhead(Point(start + 30, y + 6), Point(start + 1, y + 6)))
            self.y += 8
            return
        if message.is_delayed and message.sent_in is not None:
            start = self._waited(message, message.sent_in, start, way, block)
        tip = {"lost": end - way * LOST_BEFORE, "under way": (start + end) / 2}.get(message.fate, end - way)
        if message.fate in ("received", "absent"):
            group.put(Line(start, y, tip - way * 6, y, "arrow"), arrowhead(Point(start, y), Point(tip, y)))
            return
        group.put(Line(start, y, tip, y, "arrow"))
        if message.fate == "lost":
            for turn in (-4.5, 4.5):
                group.put(Line(tip - 4.5, y - turn, tip + 4.5, y + turn, "cross"))
        else:
            group.put(Circle(tip + way * 3, y, 3, "end"))

    def _waited(self, message: Message, sent_in: int, x: float, way: int, block: int) -> float:
        """Where an arrow begins whose message was on its way for longer: beside its sender, below where it was sent."""
        sent_y, sent_block = self.rows.get(sent_in, (0.0, 0))
        if sent_block != block:
            return x
        taken = self.waiting.setdefault((message.sender, way), [])
        for lane in range(1, LANES + 1):
            if all(lane != other or until <= sent_y for other, until in taken):
                taken.append((lane, self.y))
                at = x + way * lane * LANE
                self.behind.put(Line(x, sent_y, at, sent_y, "arrow"), Line(at, sent_y, at, self.y, "wait"))
                return at
        return x

    def _moment(self, group: Group, event: Event, lines: Sequence[str], before: float) -> None:
        """What happens on a lifeline without a message."""
        x = self.x[event.party]
        if event.kind == "crash":
            self.y += 4
            for turn in (-6, 6):
                group.put(Line(x - 6, self.y + 2 - turn, x + 6, self.y + 2 + turn, "cross"))
            self.down.setdefault(event.party, self.y + 2)
            self.y += 12
        top = self.y
        left = self._note(group, x, lines, "moment", before)
        if event.number is not None:
            self._badge(group, event, left, top + 9)
        if event.kind == "timeout":
            centre = left + before - 10
            group.put(Circle(centre, top + 9, 5.2, "clock"))
            group.put(Line(centre, top + 9, centre, top + 5.6, "hand"))
            group.put(Line(centre, top + 9, centre + 2.6, top + 10.4, "hand"))
        if event.kind == "restart" and event.party in self.down:
            self.dead[event.party].append((self.down.pop(event.party), top))

    def _note(self, group: Group, x: float, lines: Sequence[str], style: str, before: float = 0.0) -> float:
        """A note on a lifeline; where its content begins."""
        wide = self._note_width(lines, before)
        height = len(lines) * FIELD_LINE + 4.5
        group.put(Box(x - wide / 2, self.y, wide, height, style, 3))
        left = x - wide / 2 + 8
        for number, line in enumerate(lines):
            group.put(Text(left + before, self.y + 12.6 + number * FIELD_LINE, line, FIELD, style, is_centred=False))
        self.y += height
        return left

    def _badge(self, group: Group, event: Event, left: float, middle: float) -> None:
        """The number of a step, in the form that its section has."""
        message = event.message
        section = self._section(message.section) if message else 0
        wide = _badge_width(event.number)
        group.put(Box(left, middle - BADGE / 2, wide, BADGE, f"badge s{section}", CORNERS[section]))
        group.put(Text(left + wide / 2, middle + 3.4, str(event.number), NUMBER, f"number s{section}", is_bold=True))

    def _section(self, section: str) -> int:
        """The number of a section's colour and form, from 1; 0 for none."""
        return self.picture.sections.index(section) % len(SECTIONS) + 1 if section else 0

    def _lifelines(self, top: float, bottom: float) -> None:
        for line in self.lines:
            x, y = self.x[line], top
            for since, until in self.dead[line]:
                self.behind.put(Line(x, y, x, since, "life"), Line(x, since, x, until, "down"))
                y = until
            self.behind.put(Line(x, y, x, bottom, "life"))

    def _legend(self) -> None:
        """What forms and colours mean, as far as they are there."""
        if not self.picture.sections_seen:
            self.y += 6
            return
        group, left = self._group("legend"), self.margin
        self.y += 26
        for section in self.picture.sections_seen:
            wide = BADGE + 6 + width(section, FIELD)
            if left > self.margin and left + wide > self.width - self.margin:
                left = self.margin
                self.y += 20
            number = self._section(section)
            group.put(Box(left, self.y - 10.5, BADGE, BADGE, f"badge s{number}", CORNERS[number]))
            group.put(Text(left + BADGE + 6, self.y, section, FIELD, "muted", is_centred=False))
            left += wide + 24
        self.y += 8


def _depth(items: Sequence[Item]) -> int:
    """How many frames are in each other."""
    inside = [item.items for item in items if isinstance(item, Loop)]
    inside += [branch.items for item in items if isinstance(item, Alternatives) for branch in item.branches]
    return max((1 + _depth(part) for part in inside), default=0)


def _badge_width(number: int | None) -> float:
    return max(BADGE, width(str(number), NUMBER, is_bold=True) + 8)


def _style(event: Event) -> str:
    """What an event is, as far as it looks different."""
    words = ["step"]
    words += ["bad"] * event.is_violating
    words += ["fault"] * event.is_fault
    words += ["waiting"] * (event.message is not None and event.message.fate in ("under way", "absent"))
    words += ["copy"] * (event.message is not None and event.message.copy_of is not None)
    return " ".join(words)


def _happening(event: Event) -> str:
    return event.happening + ": something was still under way" * event.is_early


def _in_words(event: Event) -> str:
    """The event as one line, for those who hear the picture, and for a pointer that rests on it."""
    number = "" if event.number is None else f"{event.number}. "
    if event.message is None:
        words = f"{event.party}: {_happening(event)}"
    else:
        message = event.message
        words = f"{message.sender} to {message.receiver}: {', '.join((message.name, *message.fields))}"
        through = ", ".join(filter(None, (message.by and f"sent by the {message.by}", message.section)))
        words = "; ".join(filter(None, (words, through, *remarks_on(message))))
    return number + "; ".join((words, *event.occurrences))
