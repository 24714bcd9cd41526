"""Lines: the events on the lines of a log. What most lines look like is known after a few of them.

Almost all of a line are names of fields and of kinds, which are the same in every event of its form; what differs are
its open values. So of the first line that is written in some way a pattern is made, its text with gaps for those
values. What fits a pattern need not be read as JSON nor be taken apart: its form is that of the pattern, and what
stands in the gaps are its values. What fits none is read in full, which is slower and comes to the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from payrelay.language.links import role_of
from payrelay.language.observations import Event, event_from_line
from payrelay.language.traces import Plain
from payrelay.observation.naming import PARTY, Group, Naming
from payrelay.observation.renaming import renamed

MOST, MOST_ALIKE = 2000, 32
"""So many patterns are tried to make, and so many of lines that are alike at first sight. What is written in yet other
ways is read in full."""
MOST_WHOLES = 4096
"""So many values that are written as a whole are known again."""

Apart = tuple[Group | None, tuple[str, ...]]
"""The messages of a model that have the form of a message, if any, and its open values."""


class Line(NamedTuple):
    """An event of which the message is known to be one of the model's, but was not read."""

    link: str
    sender: str
    receiver: str
    direction: str
    procedure: str | None
    text: str
    """The line."""
    name: str
    """That of the message."""
    naming: Naming
    """Whose group it is."""
    group: Group
    values: tuple[str, ...]


def as_event(event: Event | Line) -> Event:
    """The event, read in full."""
    return event_from_line(event.text) if isinstance(event, Line) else event


class Pattern(NamedTuple):
    """How events of one form are written."""

    text: re.Pattern[str]
    """With a group for each gap."""
    way: Callable[[tuple[str, ...]], tuple[str, str | None]]
    """Of what stands in the gaps, the direction and the procedure."""
    values: Callable[[tuple[str, ...]], tuple[str, ...]]
    """Of what stands in the gaps, the open values."""
    wholes: tuple[tuple[int, str], ...]
    """The values that are written as a whole: by place, the type."""
    link: str
    name: str
    group: Group


class LineReader:
    """Reads the lines of a log for some namings."""

    def __init__(self, namings: Sequence[Naming]) -> None:
        self._namings = namings
        self._known: dict[int, list[tuple[Naming, Pattern]]] = {}
        """By the number of quotation marks in a line."""
        self._tried: Counter[int] = Counter()
        self._whole = lru_cache(MOST_WHOLES)(self._whole_written)

    def read(self, line: bytes) -> Event | Line:
        """The event on a line. Raises ObservationError if there is none."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return event_from_line(line)
        for naming, pattern in self._known.get(text.count('"'), ()):
            found = pattern.text.fullmatch(text)
            if found is not None:
                gaps = found.groups()
                values = pattern.values(gaps)
                if pattern.wholes:
                    wholes = self._with_wholes(pattern, values)
                    if wholes is None:
                        continue
                    values = wholes
                direction, procedure = pattern.way(gaps)
                _, _, _, _, link, name, group = pattern
                return Line(link, values[0], values[1], direction, procedure, text, name, naming, group, values)
        event = event_from_line(text)
        self._learn(text, event)
        return event

    def _with_wholes(self, pattern: Pattern, values: tuple[str, ...]) -> tuple[str, ...] | None:
        """The values, each of them as `Naming` writes it; None if one is of another type."""
        as_written = list(values)
        for place, of in pattern.wholes:
            written = self._whole(of, values[place])
            if written is None:
                return None
            as_written[place] = written
        return tuple(as_written)

    def _whole_written(self, of: str, text: str) -> str | None:
        try:
            value = json.loads(text)
        except ValueError:
            return None
        written = self._namings[0].open_values.written
        return written[of].write(value) if value.get("type") == of else None

    def _learn(self, text: str, event: Event) -> None:
        """Make a pattern of a line that fits none. If that does not do, lines like it are read in full."""
        alike = text.count('"')
        if event.message is None or self._tried.total() >= MOST or self._tried[alike] >= MOST_ALIKE:
            return
        self._tried[alike] += 1
        for naming in self._namings:
            form, values = naming.apart_event(event)
            group = naming.groups.get(form)
            if group is None:
                continue
            for separators in SEPARATORS:
                pattern = _pattern(naming, group, json.loads(text), separators)
                found = pattern and pattern.text.fullmatch(text.rstrip(SPACE))
                if pattern and found and self._with_wholes(pattern, pattern.values(found.groups())) == values:
                    self._known.setdefault(alike, []).append((naming, pattern))
                    return


def _pattern(naming: Naming, group: Group, document: dict[str, Plain], separators: tuple[str, str]) -> Pattern | None:
    """How events of this form are written, if they are written as this one."""
    gaps: list[str] = []
    names: list[str] = []
    written = naming.open_values.written
    message = document["message"]

    def gap(expression: str) -> str:
        gaps.append(expression)
        return f"{BEGIN}{len(gaps) - 1}{END}"

    def marked(of: str, _: str, is_whole: bool) -> Plain:
        return gap(WHOLE if is_whole else f'"{_party(of[len(PARTY) :]) if of.startswith(PARTY) else TEXT}"')

    def numbered(of: str, _: str, is_whole: bool) -> Plain:
        if is_whole:
            value = written[of].make(len(names))
            names.append(written[of].write(value))
            return value
        names.append(f"{of.removeprefix(PARTY)}-{len(names)}")
        return names[-1]

    fields = renamed(naming, message["fields"], marked)
    # Where each gap has a value of its own, it is seen which gap is which of the values.
    told = {**message, "fields": renamed(naming, message["fields"], numbered)}
    _, values = naming.apart_fields(told)
    if len(set(names)) < len(names):
        return None
    ways = {
        "from": gap(f'"{_party(role_of(document["from"]))}"'),
        "to": gap(f'"{_party(role_of(document["to"]))}"'),
        "direction": gap('"(sent|received)"'),
        "procedure": gap(f'(?:"{TEXT}"|null)'),
    }
    at = {"at": gap(f"(?:{AT})")} if "at" in document else {}
    gapped = {**document, **at, **ways, "message": {**message, "fields": fields}}
    text = json.dumps(gapped, separators=separators, ensure_ascii=False)
    in_text = [int(number) for number in MARK.findall(text)]
    if sorted(in_text) != list(range(len(gaps))):
        return None
    in_text = [number for number in in_text if number < len(names) + len(ways)]  # when it was is in no group
    first = len(names)
    places = [first, first + 1, *map(names.index, values)]
    return Pattern(
        text=re.compile(MARK.sub(lambda found: gaps[int(found[1])], re.escape(text)) + f"[{SPACE}]*"),
        way=itemgetter(in_text.index(first + 2), in_text.index(first + 3)),
        values=itemgetter(*map(in_text.index, places)),
        wholes=tuple((n, group.classes[n]) for n, place in enumerate(places) if gaps[place] == WHOLE),
        link=document["link"],
        name=message["message"],
        group=group,
    )


def _party(role: str) -> str:
    """An expression for the parties of a role: what `role_of` says that it plays."""
    return f"({re.escape(role)}(?:-{CHARACTER.replace('^', '^-')}*){'' if '-' in role else '?'})"


SEPARATORS = (",", ":"), (", ", ": ")
"""How JSON is mostly written."""
SPACE = " \t\r\n"
"""What may stand after it."""
CHARACTER = r'[^"\\\x00-\x1f]'
"""What in JSON stands for itself in a text."""
TEXT = f"({CHARACTER}*)"
WHOLE = r"(\{[^{}]*\})"
AT = rf'-?(?:0|[1-9][0-9]{{0,99}})(?:\.[0-9]+)?|"{CHARACTER}*"|null'
BEGIN, END = "\ue000", "\ue001"
MARK = re.compile(f'"{BEGIN}([0-9]+){END}"')
"""Stands for a gap while a pattern is made."""
