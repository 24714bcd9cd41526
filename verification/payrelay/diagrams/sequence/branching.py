"""Branching: runs that begin alike, as one picture. What they share is drawn once, and then each goes its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from payrelay.diagrams.sequence.folding import for_ever
from payrelay.diagrams.sequence.picture import Alternatives, Branch, Event, Item, Picture, events_in, in_order
from payrelay.diagrams.sequence.reading import events, lifelines, seen_by, verdict
from payrelay.diagrams.texts import cleaned
from payrelay.language.links import role_of
from payrelay.language.traces import Trace


def sequence(runs: Sequence[tuple[str, Trace]], title: str, says: str, role: str = "") -> Picture:
    """The picture of a run, or of several with a title each; with a role, as that one sees them."""
    runs = [(cleaned(name), cleaned(trace)) for name, trace in runs]
    all_ = [events(trace) for _, trace in runs]
    kept = [seen_by(of, role) if role else of for of in all_]
    traces = [trace for _, trace in runs]
    if len(runs) == 1:
        items = _items(kept[0], traces[0])
    else:
        shared = _shared(kept, traces)
        branches = (
            Branch(title=name, items=_items([replace(event, run=number) for event in of[shared:]], trace))
            for number, ((name, trace), of) in enumerate(zip(runs, kept, strict=True))
        )
        items = (*for_ever(kept[0][:shared], None), Alternatives(branches=tuple(branches)))
    sections = sorted({event.message.section for of in all_ for event in of if event.message} - {""})
    return Picture(
        title=cleaned(title),
        says=cleaned(says),
        lifelines=_lifelines(traces, items, role),
        items=items,
        sections=tuple(sections),
    )


def _items(of: Sequence[Event], trace: Trace) -> tuple[Item, ...]:
    return (*for_ever(of, trace.loop_from), *verdict(trace))


def _shared(kept: Sequence[Sequence[Event]], traces: Sequence[Trace]) -> int:
    """How many events all runs begin with, of those that no run repeats for ever."""
    most = min(map(len, kept))
    for trace, of in zip(traces, kept, strict=True):
        if trace.loop_from is not None:
            numbers = [event.number or 0 for event in of]
            most = min(most, next((n for n, number in enumerate(numbers) if number >= trace.loop_from), most))
    return next((place for place in range(most) if any(of[place] != kept[0][place] for of in kept)), most)


def _lifelines(traces: Sequence[Trace], items: Sequence[Item], role: str) -> tuple[str, ...]:
    """All parties; with a role, only those that it speaks with."""
    lines = in_order(party for trace in traces for party in lifelines(trace))
    touched = {party for event in events_in(items) for party in event.parties}
    return tuple(line for line in lines if not role or line in touched or role in (line, role_of(line)))
