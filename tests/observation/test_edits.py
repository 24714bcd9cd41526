"""Edits: whatever is changed in a log is found where no run explains it any more, and said to be explained else."""

import json
import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.observation.reference import ReferenceFollower

from payrelay.language.links import role_of
from payrelay.language.observations import RECEIVED, SENT, Event, Point, Sight, event_from_line, every_point
from payrelay.language.systems import System
from payrelay.language.traces import Plain
from payrelay.model.open_values import OPEN_VALUES
from payrelay.observation.logs import Chances, Faults, LogWriter, Told, Walk, Walker
from payrelay.observation.observer import Observer
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow

STEADY = settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
MANY = Chances(loss=0.1, copy=0.1, timer=0.1, crash=0.05, most_steps=60)


# --- against the reference: events left out, invented, told twice, changed in order


class Small:
    """Walks through the small system, and who follows them."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.walker = Walker(Tabulation(system), OPEN_VALUES, MANY, Faults())
        self.observers: dict[Sight, Observer] = {}

    def walk(self, seed: int) -> tuple[Walk, list[Told]]:
        """A walk and its events."""
        dice = random.Random(seed)
        walk = self.walker.begin(f"p{seed}")
        told: list[Told] = []
        while (step := self.walker.step(walk, dice)) is not None:
            told += step
        return walk, told

    def observer(self, seen: Sight) -> Observer:
        """An observer from these points; it has followed other procedures before."""
        if seen not in self.observers:
            self.observers[seen] = Observer([self.system], OPEN_VALUES, seen)
        return self.observers[seen]


NAMES = iter(range(10**9))


def edited(told: list[Told], kind: str, dice: random.Random, messages: int) -> list[Told]:
    """A log with one edit."""
    place = dice.randrange(len(told))
    match kind:
        case "dropped":
            return told[:place] + told[place + 1 :]
        case "invented":
            other = Told(dice.randrange(messages), dice.choice((SENT, RECEIVED)))
            return [*told[:place], other, *told[place:]]
        case "repeated":
            return [*told[:place], told[place], *told[place:]]
        case "reordered":
            other_place = dice.randrange(len(told))
            first, last = sorted((place, other_place))
            return [*told[:first], told[last], *told[first:last], *told[last + 1 :]]
    return told


@pytest.fixture(scope="module")
def small_log(small: System) -> Small:
    return Small(small)


KINDS = ("none", "dropped", "invented", "repeated", "reordered")


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_explained_exactly_if_the_reference_explains_it(small_log: Small, kind: str) -> None:
    found: Counter[bool] = Counter()
    everything = every_point(small_log.system.links)
    half = frozenset({Point("terminal_edge", "relay", SENT), Point("terminal_edge", "relay", RECEIVED)})
    partial = everything - {Point("relay_shop", "shop", SENT), Point("relay_shop", "relay", RECEIVED)} - half

    @settings(STEADY, max_examples=25)
    @given(seed=st.integers(0, 10_000), seen=st.sampled_from([everything, partial]))
    def look(seed: int, seen: Sight) -> None:
        walk, told = small_log.walk(seed)
        messages = small_log.walker.tables.messages
        events = edited(told, kind, random.Random(seed), len(messages)) if told else []
        walk.name = f"{next(NAMES)}"
        dice = random.Random(seed)
        reference = ReferenceFollower(small_log.system, seen)
        observer = small_log.observer(seen)
        for number, one in enumerate(events):
            event = event_from_line(small_log.walker.told(walk, one, number, dice))
            answer = observer.feed(event, number)
            if not answer.is_followed:
                continue
            expected = reference.feed(messages[one.message], one.direction)
            assert answer.is_explained is expected, (number, event.to_line())
            if not expected:
                found[True] += 1
                return
        found[False] += 1

    look()
    assert found[True] > 0 or kind == "none"
    assert found[False] > 0
    assert not (kind == "none" and found[True])


# --- in a large log: any line, any kind of edit


@pytest.fixture(scope="module")
def lines(written: list[System]) -> list[str]:
    return list(LogWriter(written, OPEN_VALUES, 11, Chances(copy=0.1)).lines(3_000, at_once=40))


@pytest.fixture(scope="module")
def observer(followed: list[System]) -> Observer:
    return Observer(followed, OPEN_VALUES, correlates=False)


def first_deviation(observer: Observer, lines: list[str], name: str) -> int | None:
    """The place of the first event that is not explained. Procedures get names that were never used before."""
    for number, line in enumerate(lines):
        event = event_from_line(line)
        if not observer.feed(event._replace(procedure=f"{name}/{event.procedure}"), number).is_explained:
            return number
    return None


def leaves(value: Plain, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to all texts and numbers in something."""
    if isinstance(value, dict):
        return [way for key in value for way in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [way for place, item in enumerate(value) for way in leaves(item, (*path, place))]
    return [path] if isinstance(value, str | int) and not isinstance(value, bool) else []


def changed_field(event: Event, dice: random.Random, told: dict[str, Plain]) -> Event:
    """One text or number in the message is another."""
    *way, last = dice.choice(leaves(told["fields"]))
    place = told["fields"]
    for key in way:
        place = place[key]
    place[last] = place[last] + 1 if isinstance(place[last], int) else f"{place[last]}x"
    return event._replace(message=told)


def swapped_receiver(event: Event, dice: random.Random, told: dict[str, Plain]) -> Event:
    """It went to a party of another role."""
    parties = ("relay", "shop", "wallet-1", "payment", "terminal-1")
    others = [party for party in parties if role_of(party) != role_of(event.receiver)]
    return event._replace(receiver=dice.choice(others))


def swapped_direction(event: Event, dice: random.Random, told: dict[str, Plain]) -> Event:
    """It was told by the other party, in the other direction."""
    return event._replace(sender=event.receiver, receiver=event.sender)


EDITS: tuple[Callable[[Event, random.Random, dict[str, Plain]], Event], ...] = (
    changed_field,
    swapped_receiver,
    swapped_direction,
)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_event_is_found_at_its_line(
    observer: Observer, lines: list[str], edit: Callable[[Event, random.Random, dict[str, Plain]], Event]
) -> None:
    """A value that was never heard of before is found when it is next spoken of: then that line is named."""
    found: Counter[str] = Counter()

    @settings(STEADY, max_examples=15)
    @given(seed=st.integers(0, 100_000))
    def look(seed: int) -> None:
        dice = random.Random(seed)
        number = dice.randrange(len(lines))
        event = event_from_line(lines[number])
        told = json.loads(json.dumps(event.message))
        after = edit(event, dice, told)
        place = first_deviation(observer, [*lines[:number], after.to_line(), *lines[number + 1 :]], f"{edit}{seed}")
        if place is None:
            found["explained"] += 1  # it was the last that was heard of a new value
            return
        assert place >= number
        of_place = event_from_line(lines[place])
        assert of_place.procedure == event.procedure
        found["there" if place == number else "later"] += 1

    look()
    assert found["there"] > found["explained"]
    if edit is not changed_field:
        assert set(found) == {"there"}


def test_the_log_as_it_is_has_every_fault_and_is_explained(observer: Observer, written: list[System]) -> None:
    writer = LogWriter(written, OPEN_VALUES, 5)
    assert first_deviation(observer, list(writer.lines(6_000, at_once=200)), "whole") is None
    assert min(vars(writer.faults).values()) > 10
    assert writer.procedures > 200


def test_an_answer_before_its_request_is_found(observer: Observer, lines: list[str]) -> None:
    """The first thing that a party tells is put before what it received."""
    events = [event_from_line(line) for line in lines]
    procedure = next(event.procedure for event in events if event.message and event.message["message"] == "OrderAck")
    own = [event for event in events if event.procedure == procedure]
    answer = next(place for place, event in enumerate(own) if event.message and event.message["message"] == "OrderAck")
    own[answer - 1], own[answer] = own[answer], own[answer - 1]
    assert '"OrderPlace"' in own[answer].to_line()
    assert first_deviation(observer, [event.to_line() for event in own], "swapped") == answer - 1
