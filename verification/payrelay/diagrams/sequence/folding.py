"""Folding: a block of events that is repeated at once is drawn once, with the number of times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from payrelay.diagrams.sequence.picture import Event, Item, Loop


def folded(events: Sequence[Event]) -> tuple[Item, ...]:
    """The events, with each immediately repeated block as a loop; of several foldings the one that saves most."""
    shapes: dict[Event, int] = {}
    alike = [shapes.setdefault(_shape(event), len(shapes)) for event in events]
    items: list[Item] = []
    place = 0
    while place < len(events):
        length, times = _longest_repeat(alike, place)
        if times == 1:
            items.append(events[place])
            place += 1
            continue
        after = place + length * times
        block = tuple(events[place : place + length])
        items.append(Loop(label=f"loop {times} times", steps=_range(events[place:after]), items=block))
        place = after
    return tuple(items)


def for_ever(events: Sequence[Event], loop_from: int | None) -> tuple[Item, ...]:
    """The events of a lasso: those from a step on happen again and again."""
    if loop_from is None:
        return folded(events)
    place = next((n for n, event in enumerate(events) if event.number is not None and event.number >= loop_from), None)
    if place is None:
        return folded(events)
    cycle = events[place:]
    loop = Loop(label="loop for ever", steps=_range(cycle), items=folded(cycle))
    return (*folded(events[:place]), loop)


def _longest_repeat(alike: Sequence[int], place: int) -> tuple[int, int]:
    """The block from a place on whose repetitions save most rows: its length, and how many times it is there."""
    best, saved = (1, 1), 0
    for length in range(1, (len(alike) - place) // 2 + 1):
        if alike[place] != alike[place + length]:
            continue
        block, times = alike[place : place + length], 1
        while alike[place + times * length : place + (times + 1) * length] == block:
            times += 1
        if (times - 1) * length > saved:
            best, saved = (length, times), (times - 1) * length
    return best


def _range(events: Sequence[Event]) -> str:
    numbers = [event.number for event in events if event.number is not None]
    if not numbers:
        return ""
    return f"step {numbers[0]}" if len(numbers) == 1 else f"steps {numbers[0]}–{numbers[-1]}"


def _shape(event: Event) -> Event:
    """The event without what differs from one repetition to the next: steps count from the event itself."""
    message = event.message
    if message is not None:
        here = event.number or 0
        message = replace(
            message,
            sent_in=None if message.sent_in is None else message.sent_in - here,
            copy_of=None if message.copy_of is None else message.copy_of - here,
        )
    return replace(event, number=0 if event.number is not None else None, message=message)
