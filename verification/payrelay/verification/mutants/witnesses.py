"""Witnesses: runs of an unedited system in which what is said to be possible happens.

A run that takes nothing that an edit changes is a run of the edited system too. So it need not be searched to know that
the same is possible there, as long as one such run is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from payrelay.language.properties import Never, Possible, Property
from payrelay.verification.engines.choice import explore_whole
from payrelay.verification.engines.exploration import Exploration, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.mutants.edited import EditedEngine, EditedTabulation, RoomyEngine
from payrelay.verification.tables.tabulation import Tabulation


@dataclass(frozen=True)
class _Run:
    """What a run takes of an unedited system."""

    rewrites: frozenset[int]
    """By their places in its tabulation."""
    has_crashes: bool

    def is_in(self, edited: EditedTabulation) -> bool:
        """Whether it is a run of the edited system too."""
        return self.rewrites.isdisjoint(edited.gone) and not (self.has_crashes and edited.has_other_restarts)


class Witnesses:
    """For each event that is possible in a system, runs to it."""

    def __init__(self, tables: Tabulation, possible: Iterable[Possible]) -> None:
        self._tables = tables
        # That it never happens is violated by a shortest run to it.
        self._events = [Property("", "", "", conjuncts=(Never(conjunct.event),)) for conjunct in possible]

    @cached_property
    def _engine(self) -> RoomyEngine:
        return RoomyEngine(self._tables, self._events)

    @cached_property
    def _runs(self) -> list[set[_Run]]:
        runs: list[set[_Run]] = [set() for _ in self._events]
        self._note(runs, self._engine, self._search(self._engine, Limits()))
        return runs

    def all_happen(self, edited: EditedTabulation, limits: Limits) -> bool:
        """Whether everything is possible in an edited system too. Searches it only if no known run says so."""
        if all(any(run.is_in(edited) for run in runs) for runs in self._runs):
            return True
        engine = EditedEngine(self._engine, edited)
        found = self._search(engine, limits)
        self._note(self._runs, engine, found)
        return len(found.violations) == len(self._events)

    def _search(self, engine: TableEngine, limits: Limits) -> Exploration:
        """Search until everything has happened."""
        limits = Limits(limits.states, limits.seconds, limits.memory, violations=len(self._events))
        return explore_whole(engine, limits, None, False, is_large=True)[0]

    def _note(self, runs: list[set[_Run]], engine: TableEngine, found: Exploration) -> None:
        """Remember the runs that were found, as far as they are runs of the unedited system."""
        places = {id(rewrite): place for place, rewrite in enumerate(self._tables.rewrites)}
        for event, labels in found.violations.items():
            steps = [engine.labels[label] for label in labels]
            taken = [places.get(id(step.rewrite)) for step in steps if step.rewrite is not None]
            if None not in taken:
                has_crashes = any(step.kind == "crash" for step in steps)
                runs[event].add(_Run(frozenset(place for place in taken if place is not None), has_crashes))
