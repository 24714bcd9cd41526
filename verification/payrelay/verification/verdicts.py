"""Verdicts: what a search of a configuration says of each property."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from payrelay.language.links import role_of
from payrelay.language.properties import (
    SAFETY,
    Atom,
    Conjunct,
    Fairness,
    Indistinguishable,
    Possible,
    Property,
    Resettable,
    Responds,
    atom_name,
    conjunct_name,
)
from payrelay.language.systems import System
from payrelay.language.traces import Trace, plain
from payrelay.verification.coverage import Coverage, coverage
from payrelay.verification.engines.choice import explore
from payrelay.verification.engines.exploration import Exploration, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.choice import liveness_of
from payrelay.verification.liveness.decisions import Liveness
from payrelay.verification.liveness.fairness import Lasso
from payrelay.verification.tables.facts import Fact, facts_before, match
from payrelay.verification.tables.monitors import premises
from payrelay.verification.tables.noninterference import tells_apart
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.tracing import digest, trace_of_lasso, trace_of_run

Result = Literal["holds", "violated", "inconclusive", "not_applicable", "seen"]
"""`seen` is what a simulation says of something possible that came: a run shows it."""
Progress = Callable[[str, Exploration, int], None]
"""Called now and then with the phase, what was found so far, and how many states wait."""

UNDECIDED_UNBOUNDED = "unbounded faults disable nothing: response is searched under budgeted faults"
UNDECIDED_TOGETHER = "the graph of several procedures is too large to be kept: response is decided where there is one"
ONLY_ON_A_WIRE = "visible only on a wire"


@dataclass(frozen=True)
class Judged:
    """What was found of one conjunct."""

    name: str
    result: Result
    reason: str = ""
    vacuous: bool = False
    """Its premise can happen in some local states, but did not in any run."""
    trace: Trace | None = None


@dataclass(frozen=True)
class Verdict:
    """What was found of one property in one configuration."""

    property: Property
    configuration: str
    result: Result
    reason: str = ""
    """Why it is violated without a trace, not applicable, or inconclusive."""
    vacuous: bool = False
    """It holds, but of nothing: never green."""
    conjuncts: tuple[Judged, ...] = ()
    """One by one; conjuncts that do not apply are left out of the verdict, and stand here with their reason."""

    @cached_property
    def trace(self) -> Trace | None:
        """The run that violates it."""
        return next((judged.trace for judged in self.conjuncts if judged.result == "violated"), None)

    @cached_property
    def conjunct(self) -> str:
        """The first conjunct that is violated, if any."""
        return next((judged.name for judged in self.conjuncts if judged.result == "violated"), "")

    @cached_property
    def is_green(self) -> bool:
        """Whether the property is established here."""
        return self.result == "holds" and not self.vacuous

    def value(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {
            "property": self.property.name,
            "label": self.property.label,
            "claims": list(self.property.claims),
            "configuration": self.configuration,
            "verdict": self.result,
            "vacuous": self.vacuous,
            "bound": self.reason if self.result == "inconclusive" else None,
            "trace": None,
            "reason": self.reason or None,
            "conjunct": self.conjunct or None,
        }


@dataclass
class Report:
    """What a search of one configuration found."""

    system: System
    model: str
    verdicts: list[Verdict] = field(default_factory=list)
    states: int = 0
    steps: int = 0
    depth: int = 0
    bits: int = 0
    seconds: float = 0.0
    compiling: float = 0.0
    """Of these seconds, what it took to compile the search; it is kept for the next time."""
    bytes: int = 0
    """The most that the states and all that grows with them took at once; 0 if it was not counted."""
    engine: str = "table"
    bound: str | None = None
    interrupted: bool = False
    coverage: Coverage | None = None

    def value(self) -> dict[str, Any]:
        """The search as plain data."""
        configuration = self.system.configuration
        figures = {"states": self.states, "steps": self.steps, "depth": self.depth, "seconds": self.seconds}
        named = {"name": configuration.name, "value": plain(configuration.value()), "scope": configuration.scope()}
        return {**named, **figures, "engine": self.engine, "bound": self.bound, "model": self.model}


def verify(
    system: System,
    properties: Sequence[Property],
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Report:
    """Judge every property in a system. Searches the system once, unless no property needs it."""
    return _Verification(system, properties, limits or Limits(), progress).run()


def necessary(
    system: System, property: Property, *, limits: Limits | None = None
) -> list[tuple[Fairness, Trace | None]]:
    """For each fairness assumption of a property the run that appears without it; None if it is not needed."""
    engine = TableEngine(Tabulation(system), [property])
    found, graph, _, packing = explore(engine, limits or Limits(), lambda *_: None, needs_graph=True)
    if found.bound or graph is None:
        raise ValueError(f"what a response needs cannot be said of a part of its graph: {found.bound}")
    needed = []
    for position, conjunct in enumerate(property.conjuncts):
        if isinstance(conjunct, Responds):
            for fairness, lasso in liveness_of(packing, graph).necessary(conjunct):
                needed.append((fairness, lasso and trace_of_lasso(engine, lasso, property, position, fairness.name)))
    return needed


def _quietly(_phase: str, _found: Exploration, _waiting: int) -> None:
    """Show no progress."""


class _Verification:
    def __init__(
        self, system: System, properties: Sequence[Property], limits: Limits, progress: Progress | None
    ) -> None:
        self.system = system
        self.properties = properties
        self.limits = limits
        self.progress = progress or _quietly
        self.found = Exploration()
        self.liveness: Liveness | None = None
        self.happens: dict[Fact, bool] = {}
        """Everything that can happen in some local states, and whether it did."""

    def run(self) -> Report:
        """Judge everything."""
        self.started = time.perf_counter()
        report = Report(self.system, digest(self.system))
        self.name = self.system.configuration.name
        searched = [one for one in self.properties if one.is_searched_in(self.system)]
        if searched:
            self._search(searched, report)
        report.verdicts = [self._verdict(one) for one in self.properties]
        found = self.found
        report.states, report.steps, report.depth = found.states, found.steps, found.depth
        report.bound, report.interrupted = found.bound, found.interrupted
        report.compiling, report.bytes = found.compiling, found.bytes
        report.seconds = time.perf_counter() - self.started
        return report

    def _search(self, searched: list[Property], report: Report) -> None:
        self.progress("tabulating", self.found, 0)
        tables = Tabulation(self.system)
        self.engine = TableEngine(tables, searched)
        self.found, graph, report.engine, packing = explore(
            self.engine,
            self.limits,
            lambda found, waiting: self.progress("searching" if found.is_ready else "compiling", found, waiting),
            self._needs_graph(searched),
        )
        self.violations = {
            (self.engine.watched[number].property.name, self.engine.watched[number].position): labels
            for number, labels in self.found.violations.items()
        }
        self.happens = facts_that_happen(self.engine, self.found)
        if graph is not None:
            self.liveness = liveness_of(packing, graph)
        report.bits = self.engine.bits
        report.coverage = coverage(packing, self.found, graph)

    def _needs_graph(self, searched: Iterable[Property]) -> bool:
        configuration = self.system.configuration
        live = any(isinstance(one, Resettable | Responds) for prop in searched for one in prop.conjuncts)
        return not configuration.is_unbounded and (live or (configuration.crashes > 0 and not self.system.alike))

    def _verdict(self, prop: Property) -> Verdict:
        if prop.level == "wire":
            return Verdict(prop, self.name, "not_applicable", ONLY_ON_A_WIRE)
        if (lacking := prop.lacking(self.system)) is not None:
            return Verdict(prop, self.name, "not_applicable", f"{lacking} in this configuration")
        if prop.level in ("structural", "function"):
            if prop.check is None:
                return Verdict(prop, self.name, "not_applicable", "it has no check")
            failure = prop.check(self.system)
            return Verdict(prop, self.name, "holds" if failure is None else "violated", failure or "")
        judged = tuple(self._judged(prop, place, conjunct) for place, conjunct in enumerate(prop.conjuncts))
        return together(prop, self.name, judged)

    def _judged(self, prop: Property, position: int, conjunct: Conjunct) -> Judged:
        name = conjunct_name(conjunct)
        if isinstance(conjunct, Indistinguishable):
            if not any(role_of(instance.party) == conjunct.role for instance in self.system.instances):
                return Judged(name, "not_applicable", f"no {conjunct.role} in this configuration")
            failure = tells_apart(self.engine.tabulation, conjunct)
            if failure is None and self._is_cut:
                return Judged(name, "inconclusive", self.found.bound or "")
            return Judged(name, "holds" if failure is None else "violated", failure or "")
        unbounded = self.system.configuration.is_unbounded
        if isinstance(conjunct, Possible):
            return self._possible(name, conjunct.event)
        atoms = premises(conjunct)
        if isinstance(conjunct, Responds | Resettable) and unbounded:
            return Judged(name, "not_applicable", UNDECIDED_UNBOUNDED)
        if isinstance(conjunct, Resettable) and (absent := self._absent_roles(conjunct)):
            return Judged(name, "not_applicable", f"no {absent} in this configuration")
        violated = isinstance(conjunct, SAFETY) and (prop.name, position) in self.violations
        missing = next((atom for atom in atoms if not self._matched(atom, False)), None)
        if not violated and missing and not self._is_cut:
            return Judged(name, "not_applicable", f"no {atom_name(missing)} in this configuration")
        unmet = next((atom for atom in atoms if not self._matched(atom, True)), None)
        if violated:
            labels = self.violations[prop.name, position]
            return Judged(name, "violated", trace=trace_of_run(self.engine, labels, prop, position))
        if self.found.bound:
            return Judged(name, "inconclusive", self.found.bound)
        if unmet is not None:
            return Judged(
                name, "not_applicable", f"{atom_name(unmet)} never happens in this configuration", vacuous=True
            )
        if isinstance(conjunct, Responds | Resettable):
            return self._lively(prop, position, conjunct)
        return Judged(name, "holds")

    @property
    def _is_cut(self) -> bool:
        """Whether the tables are not all there is, because a run met a boundary."""
        return any(self.engine.labels[label].kind == "beyond" for label in self.found.fired)

    def _possible(self, name: str, event: Atom) -> Judged:
        if self._matched(event, True):
            return Judged(name, "holds")
        if self.found.bound:
            return Judged(name, "inconclusive", self.found.bound)
        return Judged(name, "violated", f"no run has {atom_name(event)}")

    def _lively(self, prop: Property, position: int, conjunct: Responds | Resettable) -> Judged:
        name = conjunct_name(conjunct)
        if self.liveness is None:
            return Judged(name, "not_applicable", UNDECIDED_TOGETHER)
        seconds = self.limits.seconds
        if seconds is not None and time.perf_counter() - self.started > seconds:
            return Judged(name, "inconclusive", f"the limit of {seconds:g} seconds was reached")
        if self.found.interrupted:
            return Judged(name, "inconclusive", "interrupted")
        lasso: Lasso | None
        try:
            self.progress(f"deciding {prop.label}", self.found, 0)
            lasso = self.liveness.stuck(conjunct) if isinstance(conjunct, Resettable) else self.liveness.lasso(conjunct)
        except KeyboardInterrupt:
            self.found.interrupted = True
            return Judged(name, "inconclusive", "interrupted")
        if lasso is None:
            return Judged(name, "holds")
        return Judged(name, "violated", trace=trace_of_lasso(self.engine, lasso, prop, position))

    def _matched(self, atom: Atom, fired: bool) -> bool:
        """Whether the event can happen at all, or did."""
        return happens(self.happens, atom, fired)

    def _absent_roles(self, conjunct: Resettable) -> str:
        present = {instance.table.name for instance in self.system.instances}
        return " and ".join(one.table for one in conjunct.states if one.table not in present)


def facts_that_happen(engine: TableEngine, found: Exploration) -> dict[Fact, bool]:
    """Everything that can happen in some local states, and whether it did."""
    facts = dict.fromkeys((fact for rewrite in engine.tabulation.rewrites for fact in rewrite.facts), False)
    for label in found.fired:
        if (rewrite := engine.labels[label].rewrite) is not None:
            facts.update(dict.fromkeys(rewrite.facts, True))
    return facts | dict.fromkeys(facts_before(engine.system), True)


def happens(facts: Mapping[Fact, bool], atom: Atom, fired: bool) -> bool:
    """Whether an event can happen at all, or did."""
    return any((did or not fired) and match(atom, fact) is not None for fact, did in facts.items())


def together(prop: Property, configuration: str, judged: tuple[Judged, ...]) -> Verdict:
    """One verdict from those of the conjuncts: any violation, else any doubt, else all that apply."""
    verdict = Verdict(prop, configuration, "not_applicable", conjuncts=judged)
    order: tuple[Result, ...] = ("violated", "inconclusive", "holds", "seen", "not_applicable")
    for result in order:
        if found := [one for one in judged if one.result == result]:
            vacuous = result == "holds" and any(one.vacuous for one in found)
            return replace(verdict, result=result, reason=found[0].reason, vacuous=vacuous)
    return replace(verdict, reason="it claims nothing")
