"""Sightings: what a simulation says of each property. A violation is one; nothing else that it can say is green."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payrelay.language.properties import SAFETY, Conjunct, Possible, Property, atom_name, conjunct_name
from payrelay.language.systems import System
from payrelay.language.traces import Trace
from payrelay.verification.coverage import coverage
from payrelay.verification.engines.exploration import Exploration
from payrelay.verification.engines.simulation import Simulation, Walking, shortened
from payrelay.verification.tables.monitors import premises
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.replaying import replay
from payrelay.verification.traces.tracing import digest, trace_of_run
from payrelay.verification.verdicts import (
    ONLY_ON_A_WIRE,
    Judged,
    Report,
    Result,
    Verdict,
    facts_that_happen,
    happens,
    together,
)

BOUND = "a simulation"
NO_RUNS = "no run shows it: it is judged by payrelay verify"


class RunLostError(Exception):
    """A violation that was found and does not replay: a fault of payrelay itself."""


def walking(system: System, properties: Iterable[Property]) -> Walking:
    """A system made ready for walks that watch its properties."""
    return Walking(Tabulation(system), [one for one in properties if one.is_searched_in(system)])


def sightings(engine: Walking, properties: Sequence[Property], seen: Simulation, cut: str = "") -> Report:
    """What walks have seen of each property. `cut` says why there were not more of them."""
    bound = f"{BOUND}, cut short: {cut}" if cut else BOUND
    found = seen.exploration(engine, bound)
    judging = _Judging(engine, found, properties)
    report = Report(engine.system, digest(engine.system), engine="simulation", bits=engine.bits, bound=found.bound)
    report.states, report.steps, report.depth = found.states, found.steps, found.depth
    report.verdicts = [judging.verdict(one) for one in properties]
    report.coverage = coverage(engine, found, None, seen.crashes if engine.is_counted else None)
    return report


@dataclass
class _Judging:
    engine: Walking
    found: Exploration
    properties: Sequence[Property]

    def __post_init__(self) -> None:
        self.facts = facts_that_happen(self.engine, self.found)
        self.numbers = {
            (watch.property.name, watch.position): number for number, watch in enumerate(self.engine.watched)
        }

    def verdict(self, prop: Property) -> Verdict:
        """The verdict on one property: violated, inconclusive, seen, or not applicable."""
        system = self.engine.system
        name = system.configuration.name
        if prop.level == "wire":
            return Verdict(prop, name, "not_applicable", ONLY_ON_A_WIRE)
        if (lacking := prop.lacking(system)) is not None:
            return Verdict(prop, name, "not_applicable", f"{lacking} in this configuration")
        if prop.level != "searched":
            return Verdict(prop, name, "not_applicable", NO_RUNS)
        return together(prop, name, tuple(self._judged(prop, *one) for one in enumerate(prop.conjuncts)))

    def _judged(self, prop: Property, position: int, conjunct: Conjunct) -> Judged:
        name = conjunct_name(conjunct)
        bound = self.found.bound or BOUND
        if isinstance(conjunct, Possible):
            return Judged(name, "seen") if happens(self.facts, conjunct.event, True) else Judged(name, *_doubt(bound))
        if not isinstance(conjunct, SAFETY):
            return Judged(name, *_doubt(f"{bound}, which decides no such thing"))
        if (number := self.numbers[prop.name, position]) in self.found.violations:
            return Judged(name, "violated", trace=self._trace(prop, position, number))
        unmet = next((atom for atom in premises(conjunct) if not happens(self.facts, atom, True)), None)
        return Judged(name, *_doubt(f"{bound}; {atom_name(unmet)} never came" if unmet else bound))

    def _trace(self, prop: Property, position: int, number: int) -> Trace:
        """The run, as short as leaving out single steps makes it, and taken again by the reference engine."""
        labels = shortened(self.engine, self.found.violations[number], number)
        trace = trace_of_run(self.engine, labels, prop, position)
        replayed = replay(self.engine.system, trace, self.properties)
        if not replayed.violated:
            raise RunLostError(f"{prop.name}: a run that was walked cannot be taken again: {replayed.error}")
        return trace


def _doubt(reason: str) -> tuple[Result, str]:
    return "inconclusive", reason
