"""Lines: what fits a pattern is what it is when it is read in full."""

import json
import random
from typing import Any

import pytest

from payrelay.language.observations import Event, ObservationError, event_from_line
from payrelay.language.systems import System
from payrelay.language.traces import Plain
from payrelay.model.open_values import OPEN_VALUES
from payrelay.observation import lines as module
from payrelay.observation.lines import Line, LineReader, as_event
from payrelay.observation.logs import LogWriter
from payrelay.observation.naming import Naming
from payrelay.verification.tables.tabulation import Tabulation


@pytest.fixture(scope="module")
def namings(followed: list[System]) -> list[Naming]:
    return [Naming(Tabulation(system), OPEN_VALUES) for system in followed]


@pytest.fixture(scope="module")
def log(written: list[System]) -> list[str]:
    return list(LogWriter(written, OPEN_VALUES, 7).lines(2_500, at_once=60))


def in_full(namings: list[Naming], line: bytes) -> Any:
    """What a line is, read as JSON and taken apart; what is wrong with it, if it is no event."""
    try:
        event = event_from_line(line)
    except ObservationError as error:
        return str(error)
    return _told(event), [_apart(naming, event) for naming in namings] if event.message else []


def by_pattern(namings: list[Naming], reader: LineReader, line: bytes) -> Any:
    """The same, as the reader says it."""
    try:
        event = reader.read(line)
    except ObservationError as error:
        return str(error)
    if isinstance(event, Event):
        return _told(event), [_apart(naming, event) for naming in namings] if event.message else []
    assert as_event(event) == event_from_line(line)
    assert as_event(event).message == {"message": event.name, "fields": as_event(event).message["fields"]}  # type: ignore[index]
    others = [_apart(naming, as_event(event)) for naming in namings]
    others[namings.index(event.naming)] = event.group.numbers, event.values
    return _told(event), others


def _told(event: Event | Line) -> tuple[str | None, ...]:
    return event.link, event.sender, event.receiver, event.direction, event.procedure


def _apart(naming: Naming, event: Event) -> Any:
    form, values = naming.apart_event(event)
    return (naming.groups[form].numbers, values) if form in naming.groups else None


def shuffled(value: Plain, dice: random.Random) -> Plain:
    """With other orders of keys."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], dice) for key in dice.sample(sorted(value), len(value))}
    return [shuffled(item, dice) for item in value] if isinstance(value, list) else value


@pytest.mark.slow
@pytest.mark.parametrize("how", ["as written", "with spaces", "sorted", "in the order of a day"])
def test_what_fits_a_pattern_is_what_is_read_in_full(namings: list[Naming], log: list[str], how: str) -> None:
    """Most of what is written in one way fits, whichever way that is."""
    reader = LineReader(namings)
    fitting = 0
    for line in log:
        document = json.loads(line)
        if how == "with spaces":
            line = json.dumps(document)
        elif how == "sorted":
            line = json.dumps(document, separators=(",", ":"), sort_keys=True)
        elif how == "in the order of a day":
            line = json.dumps(shuffled(document, random.Random(1)), separators=(",", ":"))
        fitting += isinstance(reader.read(line.encode()), Line)
        assert by_pattern(namings, reader, f"{line}\r\n".encode()) == in_full(namings, line.encode())
    assert fitting > 0.9 * len(log)


def test_a_line_that_is_not_as_others_is_what_it_is(namings: list[Naming], log: list[str]) -> None:
    """Whatever is changed in it, by a character or by a text that stands elsewhere."""
    reader = LineReader(namings)
    for line in log:
        reader.read(line.encode())
    dice = random.Random(3)
    found = {Line: 0, Event: 0, str: 0}
    pieces = [
        '"',
        "\\",
        "{",
        "}",
        ",",
        ":",
        "-",
        "1",
        "x",
        " ",
        "\x01",
        "\ue000",
        "é",
        "null",
        '"a"',
        "wallet-3",
        '\\"',
    ]
    for _ in range(6_000):
        line = dice.choice(log)
        place = dice.randrange(len(line))
        until = place + dice.choice((0, 1, 1, 5))
        edited = (line[:place] + dice.choice(pieces) + line[until:]).encode()
        told = by_pattern(namings, reader, edited)
        assert told == in_full(namings, edited), edited
        found[str if isinstance(told, str) else type(reader.read(edited))] += 1
    assert min(found.values()) > 300


def test_invalid_bytes_are_no_text(namings: list[Naming], log: list[str]) -> None:
    reader = LineReader(namings)
    for _ in range(2):
        reader.read(log[0].encode())
    with pytest.raises(ObservationError, match="expected text in UTF-8"):
        reader.read(log[0].encode().replace(b"shop", b"sh\xff"))


def test_a_value_as_a_whole_is_one_of_its_type(namings: list[Naming], log: list[str]) -> None:
    reader = LineReader(namings)
    line = next(line for line in log if '"PaymentInfoMessage"' in line)
    assert isinstance(reader.read(line.encode()), Event)
    assert isinstance(reader.read(line.encode()), Line)
    for old, new in (('"type":"Amount"', '"type":"Amoumt"'), ('"type":"Amount"', '"type":"Amount",')):
        edited = line.replace(old, new).encode()
        assert by_pattern(namings, reader, edited) == in_full(namings, edited)
        assert edited != line.encode()


def test_only_so_many_patterns_are_made(namings: list[Naming], log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    reader = LineReader(namings)
    names = {event.name for line in log for event in [reader.read(line.encode())] if isinstance(event, Line)}
    assert 1 <= len(names) <= 3
