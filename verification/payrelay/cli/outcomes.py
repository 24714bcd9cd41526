"""Outcomes: what a search found, as data that can leave the process that searched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from payrelay.cli.exit_codes import ExitCode
from payrelay.language.configurations import Configuration
from payrelay.language.properties import Property
from payrelay.language.traces import Trace, plain

if TYPE_CHECKING:
    from payrelay.verification.coverage import Coverage, Grid
    from payrelay.verification.verdicts import Report, Result, Verdict

INTERRUPTED = "interrupted"
VACUOUS = "its premise never happened"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found of one property in one configuration."""

    property: str
    label: str
    claims: tuple[int, ...]
    level: str
    configuration: str
    result: Result
    reason: str = ""
    vacuous: bool = False
    conjunct: str = ""
    trace: Trace | None = None

    @cached_property
    def verdict(self) -> str:
        """The verdict in a word: `vacuous` is never called `holds`."""
        return "vacuous" if self.result == "holds" and self.vacuous else self.result

    def value(self, trace_file: str | None) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "property": self.property,
            "label": self.label,
            "claims": list(self.claims),
            "configuration": self.configuration,
            "verdict": self.result,
            "vacuous": self.vacuous,
            "bound": self.reason if self.result == "inconclusive" else None,
            "trace": trace_file,
            "level": self.level,
            "conjunct": self.conjunct or None,
            "reason": self.reason or (VACUOUS if self.vacuous else None),
        }


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a configuration could not be searched."""

    line: str
    code: ExitCode
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found in one configuration."""

    configuration: Configuration
    findings: tuple[Finding, ...] = ()
    states: int = 0
    steps: int = 0
    depth: int = 0
    seconds: float = 0.0
    compiling: float = 0.0
    bytes: int = 0
    engine: str = "table"
    model: str = ""
    bound: str | None = None
    interrupted: bool = False
    coverage: Coverage | None = None
    grids: dict[str, Grid] = field(default_factory=dict)
    failure: Failure | None = None

    def value(self) -> dict[str, Any]:
        """The outcome as JSON."""
        configuration = self.configuration
        return {
            "name": configuration.name,
            "value": plain(configuration.value()),
            "states": self.states,
            "steps": self.steps,
            "depth": self.depth,
            "seconds": round(self.seconds, 3),
            "compiling_seconds": round(self.compiling, 3),
            "bytes": self.bytes or None,
            "engine": self.engine,
            "scope": configuration.scope(),
            "bound": self.bound,
            "model": self.model,
            "error": self.failure.line if self.failure else None,
        }

    def because(self, reason: str) -> Outcome:
        """The same outcome, if it was not a user who interrupted the search."""
        if not self.interrupted:
            return self
        findings = tuple(replace(one, reason=reason) if one.reason == INTERRUPTED else one for one in self.findings)
        return replace(self, findings=findings, interrupted=False, bound=reason)

    def until(self, limit: str) -> Outcome:
        """The same outcome; a search that had only the rest of the time says what `limit` it was the rest of."""
        if not limit or self.bound is None or not self.bound.endswith("seconds was reached"):
            return self
        rest = self.bound
        findings = tuple(replace(one, reason=limit) if one.reason == rest else one for one in self.findings)
        return replace(self, findings=findings, bound=limit)


def outcome_of(report: Report, grids: dict[str, Grid]) -> Outcome:
    """A search's report as data."""
    return Outcome(
        configuration=report.system.configuration,
        findings=tuple(map(_finding, report.verdicts)),
        states=report.states,
        steps=report.steps,
        depth=report.depth,
        seconds=report.seconds,
        compiling=report.compiling,
        bytes=report.bytes,
        engine=report.engine,
        model=report.model,
        bound=report.bound,
        interrupted=report.interrupted,
        coverage=report.coverage,
        grids=grids,
    )


def _finding(verdict: Verdict) -> Finding:
    return Finding(
        **_named(verdict.property),
        configuration=verdict.configuration,
        result=verdict.result,
        reason=verdict.reason,
        vacuous=verdict.vacuous,
        conjunct=verdict.conjunct,
        trace=verdict.trace,
    )


def stopped(configuration: Configuration, properties: tuple[Property, ...], reason: str, **known: Any) -> Outcome:
    """The outcome of a search that ended before it could judge anything; with the figures that are known."""
    findings = tuple(
        Finding(**_named(one), configuration=configuration.name, result="inconclusive", reason=reason)
        for one in properties
        if one.level != "wire"
    )
    return Outcome(
        configuration=configuration,
        findings=findings,
        bound=reason,
        interrupted=reason == INTERRUPTED,
        **known,
    )


def _named(one: Property) -> dict[str, Any]:
    return {"property": one.name, "label": one.label, "claims": one.claims, "level": one.level}
