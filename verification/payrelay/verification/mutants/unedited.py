"""Unedited systems, searched, against which mutants are held; and what the search of a mutant violates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from payrelay.language.properties import SAFETY, Possible, Property, Resettable, Responds
from payrelay.language.systems import System
from payrelay.language.traces import Trace
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.choice import SMALL, explore, explore_whole, has_fast_engine
from payrelay.verification.engines.exploration import Exploration, Graph, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.choice import liveness_of
from payrelay.verification.liveness.decisions import Liveness, is_possible
from payrelay.verification.liveness.fairness import Lasso
from payrelay.verification.mutants.differences import Ground, changed_cells
from payrelay.verification.mutants.edited import (
    EditedEngine,
    EditedTabulation,
    Footing,
    ForgivingTabulation,
    NoRoomError,
    RoomyEngine,
)
from payrelay.verification.mutants.witnesses import Witnesses
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.tracing import trace_of_lasso, trace_of_run

if TYPE_CHECKING:
    from payrelay.verification.engines.onward import Known

TIMES_LARGER = 20
"""How many times more states than the unedited system a mutant may have, beside `SPARE`, before its search ends."""
SPARE = 200_000
GRAPH_COSTS = 20
"""How many times longer a search takes whose graph is looked at."""


class Violation(NamedTuple):
    """A violated conjunct of a property."""

    property: Property
    position: int
    steps: int
    """Of the run that violates it; 0 if what should be possible is not, which no run shows."""
    trace: Callable[[], Trace | None]


class Searched(NamedTuple):
    """What the search of a mutant found, and the bound that stopped it."""

    violations: tuple[Violation, ...]
    bound: str | None
    interrupted: bool


class Unedited:
    """A system without edits, searched."""

    def __init__(self, system: System, properties: Iterable[Property], limits: Limits | None = None) -> None:
        self.system = system
        self.name = system.configuration.name
        self.properties = [one for one in properties if one.is_searched_in(system)]
        self.engine = TableEngine(Tabulation(system), self.properties)
        self.found = explore(self.engine, limits or Limits(), _quietly, needs_graph=False).found
        self.ground = Ground(self.engine, self.found)
        self.needs_graph = not (system.configuration.is_unbounded or system.alike) and any(
            isinstance(conjunct, Responds | Resettable) for prop in self.properties for conjunct in prop.conjuncts
        )
        self._violated: dict[tuple[str, int], bool] = {}

    @property
    def is_large(self) -> bool:
        """Whether the fast engine is worth its while."""
        return self.found.states > SMALL

    @property
    def cost(self) -> int:
        """A guess at what a mutant costs here; the same on every machine, since what kills first depends on it."""
        return self.found.states * (GRAPH_COSTS if self.needs_graph else 1)

    @cached_property
    def _liveness(self) -> Liveness:
        _, graph = explore_whole(self.engine, Limits(), None, True, is_large=self.is_large)
        assert graph is not None, "it was asked for"
        return liveness_of(self.engine, graph)

    @cached_property
    def _footing(self) -> Footing | None:
        """What edited systems are made from; None if each must be made from nothing."""
        is_usual = self.system.configuration.has_usual_channel
        if not is_usual or any(instance.boundary for instance in self.system.instances):
            return None
        return Footing(RoomyEngine(self.engine.tabulation, self.properties))

    @cached_property
    def _known(self) -> Known:
        from payrelay.verification.engines.onward import Known  # a second, for numba

        assert self._footing is not None
        return Known(self._footing.engine)

    @cached_property
    def _witnesses(self) -> Witnesses:
        possible = (
            (prop, position, conjunct)
            for prop, position, conjunct in self.engine.watched
            if isinstance(conjunct, Possible)
        )
        held = (conjunct for prop, position, conjunct in possible if not self._is_violated(prop, position))
        return Witnesses(self.engine.tabulation, held)

    def search(self, edited: System, limits: Limits | None = None) -> Searched:
        """What a mutant violates that this system does not: if no safety property, then what else there is."""
        limits = limits or Limits()
        if limits.states is None:
            limits.states = TIMES_LARGER * self.found.states + SPARE
        engine = self._edited(edited)
        possible = self._may_violate(engine, limits)
        is_safe = possible is not None and not possible
        if is_safe and not self.needs_graph and self._all_happen(engine, limits):
            return Searched((), None, False)
        # A graph that is large is made only if it is needed.
        needs_graph = self.needs_graph and (is_safe or not self.is_large)
        until = replace(limits, violations=len(possible)) if possible and not self.found.violations else limits
        found, graph = explore_whole(engine, until, None, needs_graph, is_large=self.is_large)
        violations = self._new(_unsafe(engine, found))
        if possible and possible <= found.violations.keys():
            found.bound = None  # nothing else can be violated, so nothing is left to search
        if not violations and found.bound is None:
            if self.needs_graph and graph is None:
                found, graph = explore_whole(engine, limits, None, True, is_large=self.is_large)
            violations = self._new(_otherwise(engine, found, graph))
        return Searched(violations, found.bound, found.interrupted)

    def _edited(self, edited: System) -> TableEngine:
        """A mutant, packed: on the footing of this system if that can be."""
        if self._footing is not None:
            cells = set(changed_cells(self.ground.tables, tables_of(edited)))
            try:
                return EditedEngine(self._footing.engine, EditedTabulation(self._footing, edited, cells))
            except NoRoomError:
                pass  # it is made from nothing
        return TableEngine(ForgivingTabulation(edited), self.properties)

    def _may_violate(self, engine: TableEngine, limits: Limits) -> frozenset[int] | None:
        """The safety conjuncts that a mutant may violate and this system does not; None if that is not known.

        It is asked of large systems alone; a small one is searched as it is.
        """
        is_known = self.is_large and has_fast_engine() and self.found.bound is None
        if not is_known or not isinstance(engine, EditedEngine) or not engine.begins_as_unedited:
            return None
        from payrelay.verification.engines.onward import may_violate

        others = engine.tables.has_other_restarts
        return may_violate(self._known, engine.added(), limits, has_other_restarts=others)

    def _all_happen(self, engine: TableEngine, limits: Limits) -> bool:
        """Whether what is possible here is possible in a mutant."""
        return isinstance(engine, EditedEngine) and self._witnesses.all_happen(engine.tables, limits)

    def _new(self, violations: Iterator[Violation]) -> tuple[Violation, ...]:
        return tuple(one for one in violations if not self._is_violated(one.property, one.position))

    def _is_violated(self, prop: Property, position: int) -> bool:
        """Whether this conjunct is violated without an edit, so that a violation kills nothing."""
        key = prop.name, position
        if key not in self._violated:
            conjunct = prop.conjuncts[position]
            if isinstance(conjunct, Responds | Resettable):
                self._violated[key] = _lasso(self._liveness, conjunct) is not None
            elif isinstance(conjunct, Possible):
                self._violated[key] = not is_possible(self.engine, self.found.fired, conjunct)
            else:
                seen = [self.engine.watched[number] for number in self.found.violations]
                self._violated[key] = any((one.property.name, one.position) == key for one in seen)
        return self._violated[key]


def _quietly(_found: Exploration, _waiting: int) -> None:
    """Show no progress."""


def _unsafe(engine: TableEngine, found: Exploration) -> Iterator[Violation]:
    for number, labels in found.violations.items():
        prop, position, conjunct = engine.watched[number]
        if isinstance(conjunct, SAFETY):
            yield Violation(prop, position, len(labels), _trace_of(engine, labels, prop, position))


def _otherwise(engine: TableEngine, found: Exploration, graph: Graph | None) -> Iterator[Violation]:
    """What is violated by what runs do not do: possibility, and on a graph response and resettability."""
    liveness = None if graph is None else liveness_of(engine, graph)
    for prop, position, conjunct in engine.watched:
        if isinstance(conjunct, Possible):
            if not is_possible(engine, found.fired, conjunct):
                yield Violation(prop, position, 0, _no_trace)
        elif liveness and isinstance(conjunct, Responds | Resettable):
            lasso = _lasso(liveness, conjunct)
            if lasso is not None:
                steps = len(lasso.prefix) + len(lasso.loop)
                yield Violation(prop, position, steps, _trace_of(engine, lasso, prop, position))


def _lasso(liveness: Liveness, conjunct: Responds | Resettable) -> Lasso | None:
    if isinstance(conjunct, Responds):
        return liveness.lasso(conjunct)
    present = {instance.table.name for instance in liveness.engine.system.instances}
    return liveness.stuck(conjunct) if all(one.table in present for one in conjunct.states) else None


def _no_trace() -> None:
    """What no run does has no trace."""


def _trace_of(
    engine: TableEngine, run: Sequence[int] | Lasso, prop: Property, position: int
) -> Callable[[], Trace | None]:
    if isinstance(run, Lasso):
        return lambda: trace_of_lasso(engine, run, prop, position)
    return lambda: trace_of_run(engine, run, prop, position)
