"""Branching: runs that begin alike, as one picture. What they share is drawn once, and then each goes its way.

Of several runs, those that go on alike after the first difference share a branch, and part there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from payrelay.diagrams.sequence.folding import for_ever
from payrelay.diagrams.sequence.picture import Alternatives, Branch, Event, Item, Picture, events_in, in_order
from payrelay.diagrams.sequence.reading import events, lifelines, seen_by, verdict
from payrelay.diagrams.sequence.unexplained import Unexplained
from payrelay.diagrams.texts import cleaned
from payrelay.language.links import role_of
from payrelay.language.traces import Trace


@dataclass(frozen=True)
class Run:
    """A run to draw."""

    title: str
    trace: Trace
    missed: str = ""
    """Why the run violates nothing itself, but is what should be possible, and is not."""
    unexplained: Unexplained | None = None
    """What a log tells after the run, and the model does not explain."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What happens in it."""
        return events(self.trace, not self.missed, self.unexplained)

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody in it, in their fixed order."""
        return in_order((*lifelines(self.trace), *(self.unexplained.parties if self.unexplained else ())))


@dataclass(frozen=True)
class _Rest:
    """What is left to be drawn of a run."""

    number: int
    run: Run
    events: tuple[Event, ...]

    @property
    def is_free(self) -> bool:
        """Whether the next event can be shared: it is there, and in no loop that goes on for ever."""
        start = self.run.trace.loop_from
        return bool(self.events) and (start is None or (self.events[0].number or 0) < start)

    def after(self, count: int) -> _Rest:
        """What is left after so many events."""
        return replace(self, events=self.events[count:])

    def items(self) -> tuple[Item, ...]:
        """All that is left, to the end."""
        return (
            *for_ever(self.told(len(self.events)), self.run.trace.loop_from),
            *verdict(self.run.trace, self.run.missed),
            *((self.run.unexplained.verdict,) if self.run.unexplained else ()),
        )

    def told(self, count: int) -> tuple[Event, ...]:
        """The next events, as those of this run."""
        return tuple(replace(event, run=self.number) for event in self.events[:count])


def sequence(runs: Sequence[Run], title: str, says: str, role: str = "") -> Picture:
    """The picture of a run, or of several; with a role, as that one sees them."""
    runs = cleaned(tuple(runs))
    all_ = [run.events for run in runs]
    kept = [seen_by(of, role) if role else of for of in all_]
    items = _drawn([_Rest(number, run, of) for number, (run, of) in enumerate(zip(runs, kept, strict=True))])
    sections = sorted({event.message.section for of in all_ for event in of if event.message} - {""})
    return Picture(
        title=cleaned(title),
        says=cleaned(says),
        lifelines=_lifelines(runs, items, role),
        items=items,
        sections=tuple(sections),
    )


def _drawn(rests: Sequence[_Rest]) -> tuple[Item, ...]:
    """What is left of these runs: first what all of them have, and then the branches."""
    first = rests[0]
    if len(rests) == 1:
        return first.items()
    shared = 0
    while all(rest.after(shared).is_free and rest.events[shared] == first.events[shared] for rest in rests):
        shared += 1
    groups: dict[Event | int, list[_Rest]] = {}
    for rest in (rest.after(shared) for rest in rests):
        groups.setdefault(rest.events[0] if rest.is_free else rest.number, []).append(rest)
    branches = (
        Branch(title=" or ".join(rest.run.title for rest in group), items=_drawn(group)) for group in groups.values()
    )
    return (*for_ever(first.told(shared), None), Alternatives(branches=tuple(branches)))


def _lifelines(runs: Sequence[Run], items: Sequence[Item], role: str) -> tuple[str, ...]:
    """All parties; with a role, only those that it speaks with."""
    lines = in_order(party for run in runs for party in run.parties)
    touched = {party for event in events_in(items) for party in event.parties}
    return tuple(line for line in lines if not role or line in touched or role in (line, role_of(line)))
