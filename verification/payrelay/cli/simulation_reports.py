"""Simulation reports: what `simulate` saw. The seed decides every byte, unless a limit or the user cut it short."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payrelay.cli.outcomes import Finding
from payrelay.cli.reports import SHORT_LABEL, Searched, coverage_lines, coverage_value, variant_lines, violation
from payrelay.cli.simulating import Walked
from payrelay.cli.standings import survived
from payrelay.cli.standings_in_words import standing_line
from payrelay.cli.terminal import folded
from payrelay.verification.engines.simulation import STEPS_OF_A_ROUND

if TYPE_CHECKING:
    from payrelay.verification.engines.simulation import Figures, Plan

HONESTY = (
    "A simulation has seen some of the runs of the model, and what it did not see may still happen: "
    "nothing is said to hold."
)
KINDS = {
    "random": "any step",
    "subset": "some kinds of steps left out",
    "order": "kinds of steps in some order",
}


@dataclass(frozen=True)
class Simulated:
    """All that a run of `simulate` saw."""

    searched: Searched
    walked: tuple[Walked, ...]
    plan: Plan
    names: tuple[str, ...]
    """The properties that were asked for; all, if there are none."""

    def again(self, finding: Finding) -> str:
        """What to type to see a finding again. What is watched is part of a state, and so decides where walks go."""
        (of,) = (one for one in self.walked if one.outcome.configuration.name == finding.configuration)
        steps = min(self.plan.steps, of.all.rounds * STEPS_OF_A_ROUND)
        plan = ["--seed", str(self.plan.seed), "--steps", str(steps), "--depth", str(self.plan.depth)]
        watched = [word for name in self.names for word in ("--property", name)]
        words = [*finding.configuration.split(), *plan, *watched, "--traces", "traces"]
        return f"payrelay simulate {shlex.join(words)}"


def report(simulated: Simulated) -> Iterator[str]:
    """The whole report, line by line."""
    searched = simulated.searched
    yield f"seed {simulated.plan.seed}, at most {simulated.plan.depth} steps from the beginning"
    yield ""
    yield "configurations"
    names = max((len(outcome.configuration.name) for outcome in searched.outcomes), default=0)
    for one in simulated.walked:
        yield folded(f"  {one.outcome.configuration.name:<{names}}  {configuration_line(one)}", names + 4)
        if one.all.walks:
            yield from kinds_lines(one)
    yield ""
    yield "properties"
    longest = max((len(one.property.name) for one in searched.standings), default=0)
    for standing in searched.standings:
        name = f"  {standing.property.label:<{SHORT_LABEL}} {standing.property.name:<{longest}}"
        yield folded(f"{name}  {standing_line(standing)}", SHORT_LABEL + 5)
    for standing in searched.standings:
        if standing.shortest is not None:
            yield ""
            yield from violation(standing, standing.shortest, searched, simulated.again)
    if searched.coverage is not None:
        yield ""
        yield from coverage_lines(searched.coverage, "walked")
    yield ""
    if searched.selection.variant is not None:
        yield from (folded(line, 2) for line in variant_lines(searched))
    yield folded(_summary(searched), 2)
    if searched.interrupted:
        yield "Interrupted: this is what was known."
    yield folded(HONESTY, 2)


def configuration_line(walked: Walked) -> str:
    """The figures and the scope of one simulation."""
    outcome = walked.outcome
    if outcome.failure:
        return f"not walked: {outcome.failure.line}"
    if not walked.all.walks:
        return f"not walked: {outcome.bound}"
    figures = f"{walked.all.walks:,} walks, {outcome.steps:,} steps, depth {outcome.depth}"
    return f"{figures}; {saturation(walked.all)}; {outcome.bound}; {outcome.configuration.scope()}"


def saturation(figures: Figures) -> str:
    """How many states were seen, and how many of them late."""
    rounds = "the last tenth of its rounds" if figures.rounds > 1 else "its one round"
    return f"{figures.states:,} states seen, {figures.new:,} of them new in {rounds}"


def kinds_lines(walked: Walked) -> Iterator[str]:
    """What each kind of walks saw."""
    for kind, figures in walked.kinds.items():
        if figures.rounds:
            words = f"{figures.walks:,} walks, {figures.steps:,} steps; {saturation(figures)}"
            yield folded(f"    {KINDS[kind]:<28}  {words}", 34)


def _summary(searched: Searched) -> str:
    words = searched.counted()
    of, over = len(searched.standings), len(searched.outcomes)
    parts = [
        f"{words[word]} {text}"
        for word, text in (
            ("violated", "violated"),
            ("seen", "seen to be possible"),
            ("inconclusive", "inconclusive"),
            ("not_applicable", "not judged by runs, or not applicable"),
            ("wire", "seen on a wire only"),
        )
        if words[word] or word == "violated"
    ]
    return (
        f"Of {of} {'property' if of == 1 else 'properties'} {', '.join(parts)}; "
        f"{over} {'configuration' if over == 1 else 'configurations'}."
    )


def rate(simulated: Simulated) -> str:
    """How long it took: for standard error, since no seed decides it."""
    searched = simulated.searched
    steps = sum(outcome.steps for outcome in searched.outcomes)
    return f"payrelay: {steps:,} steps in {searched.seconds:.1f} s ({steps / max(searched.seconds, 0.001):,.0f}/s)"


def document(simulated: Simulated, code: int) -> dict[str, Any]:
    """The report as JSON."""
    searched, plan = simulated.searched, simulated.plan
    variant = searched.selection.variant
    files = {key: str(path) for key, path in searched.traces.items()}
    missed = {one.property.name for one in survived(searched.standings, variant)}
    return {
        "schema_version": 1,
        "kind": "simulate",
        "seed": plan.seed,
        "depth": plan.depth,
        "configurations": [_configuration(one) for one in simulated.walked],
        "verdicts": [
            one.value(files.get((one.configuration, one.property)))
            for outcome in searched.outcomes
            for one in outcome.findings
        ],
        "properties": [
            {"property": one.property.name, "label": one.property.label, "verdict": one.word}
            for one in searched.standings
        ],
        "variant": variant and {"name": variant.name, "violates": list(variant.violates), "missed": sorted(missed)},
        "coverage": coverage_value(searched.coverage),
        "interrupted": searched.interrupted,
        "exit_code": code,
        "scope": HONESTY,
    }


def _configuration(walked: Walked) -> dict[str, Any]:
    left_out = ("seconds", "compiling_seconds", "bytes", "engine")
    value = {key: figure for key, figure in walked.outcome.value().items() if key not in left_out}
    kinds = [{"kind": kind, **_figures(figures)} for kind, figures in walked.kinds.items()]
    return {**value, **_figures(walked.all), "kinds": kinds}


def _figures(figures: Figures) -> dict[str, int]:
    return {"walks": figures.walks, "steps": figures.steps, "states": figures.states, "new_in_last_tenth": figures.new}
