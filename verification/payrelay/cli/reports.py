"""Reports: what `verify` found, as text that is read in a terminal or searched in a pipe."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payrelay.cli.outcomes import VACUOUS, Finding, Outcome
from payrelay.cli.selection import Selection
from payrelay.cli.standings import Standing, survived, unestablished
from payrelay.cli.standings_in_words import standing_line
from payrelay.cli.terminal import folded, painted
from payrelay.cli.trace_files import draw_command, replay_command
from payrelay.language.traces import in_words

if TYPE_CHECKING:
    from payrelay.verification.coverage import Coverage, Grid

HONESTY = (
    "What is said here is said of the model, within the scope that stands beside each configuration; "
    "not of larger configurations, of cryptography, or of any implementation."
)
SHORT_LABEL = 5


@dataclass(frozen=True)
class Searched:
    """All that a run of `verify` found."""

    selection: Selection
    outcomes: tuple[Outcome, ...]
    standings: tuple[Standing, ...]
    traces: Mapping[tuple[str, str], Path]
    seconds: float
    interrupted: bool = False

    @property
    def coverage(self) -> Coverage | None:
        """What any of the searches has seen at work."""
        found = [outcome.coverage for outcome in self.outcomes if outcome.coverage]
        return reduce(or_, found) if found else None

    @property
    def grids(self) -> dict[str, Grid]:
        """How each role answers everything."""
        grids = {name: grid for outcome in self.outcomes for name, grid in outcome.grids.items()}
        return dict(sorted(grids.items()))

    @property
    def unestablished(self) -> list[Standing]:
        """The properties that are not green, and not violated either."""
        return unestablished(self.standings, self.selection.is_default_set)

    def counted(self) -> Counter[str]:
        """How many properties stand how."""
        return Counter(one.word for one in self.standings)


def report(searched: Searched) -> Iterator[str]:
    """The whole report, line by line."""
    yield "configurations"
    names = max((len(outcome.configuration.name) for outcome in searched.outcomes), default=0)
    for outcome in searched.outcomes:
        yield folded(f"  {outcome.configuration.name:<{names}}  {configuration_line(outcome)}", names + 4)
    yield ""
    yield "properties"
    longest = max((len(one.property.name) for one in searched.standings), default=0)
    for standing in searched.standings:
        name = f"  {standing.property.label:<{SHORT_LABEL}} {standing.property.name:<{longest}}"
        yield folded(f"{name}  {standing_line(standing)}", SHORT_LABEL + 5)
    for standing in searched.standings:
        if standing.shortest is not None:
            yield ""
            yield from violation(standing, standing.shortest, searched)
    if searched.coverage is not None:
        yield ""
        yield from coverage_lines(searched.coverage)
    if searched.grids:
        yield ""
        yield from grid_lines(searched.grids)
    yield ""
    if searched.selection.variant is not None:
        yield from map(_folded_sentence, variant_lines(searched))
    yield from map(_folded_sentence, summary(searched))
    yield _folded_sentence(HONESTY)


def _folded_sentence(line: str) -> str:
    return folded(line, 2)


def configuration_line(outcome: Outcome) -> str:
    """The figures and the scope of one search."""
    if outcome.failure:
        return f"not searched: {outcome.failure.line}"
    if outcome.bound and not outcome.states:
        return f"not searched: {outcome.bound}"
    figures = f"{outcome.states:,} states, {outcome.steps:,} steps, depth {outcome.depth}, "
    if outcome.bytes:
        figures += f"{outcome.bytes / 2**20:.0f} MiB, "
    figures += f"{outcome.seconds:.1f} s"
    if outcome.compiling:
        figures += f" ({outcome.compiling:.1f} s of them to compile the search, once)"
    if "symmetric" in outcome.engine:
        figures += "; what is alike in one order"
    cut = f"; cut short: {outcome.bound}" if outcome.bound else ""
    return f"{figures}{cut}; {outcome.configuration.scope()}"


def verify_command(finding: Finding) -> str:
    """What to type to see a finding again."""
    words = [*finding.configuration.split(), "--property", finding.label or finding.property, "--traces", "traces"]
    return f"payrelay verify {shlex.join(words)}"


def search_and_draw_command(finding: Finding) -> str:
    """What to type to see a finding as a picture."""
    words = [*finding.configuration.split(), "--property", finding.label or finding.property]
    return f"payrelay draw sequence {shlex.join(words)}"


def violation(
    standing: Standing, finding: Finding, searched: Searched, again: Callable[[Finding], str] = verify_command
) -> Iterator[str]:
    """A violation with its shortest trace, and the commands that draw it and show it again."""
    yield folded(f"{painted('violated')} in {finding.configuration}: {standing.property.name}", 2)
    yield folded(f"  {standing.property.says}", 2)
    if finding.trace is None:
        yield folded(f"  {finding.reason or finding.conjunct}", 2)
    else:
        yield from (folded(f"  {line}", 8) for line in in_words(finding.trace))
    others = [one.configuration for one in standing.where("violated") if one is not finding]
    if others:
        yield folded(f"  also in {', '.join(others)}", 2)
    file = searched.traces.get((finding.configuration, finding.property))
    if file:
        yield f"  {draw_command(file)}"
        yield f"  {replay_command(file)}"
        return
    if again is verify_command and (finding.trace is not None or searched.selection.variant is not None):
        yield f"  drawn: {search_and_draw_command(finding)}"
    yield f"  again: {again(finding)}"


def coverage_lines(found: Coverage, done: str = "searched") -> Iterator[str]:
    """What the searches have seen at work, in figures and by name."""
    yield f"coverage of all that was {done}"
    seen = sum(len(rows.seen) for rows in found.rows.values())
    all_ = sum(len(rows.all) for rows in found.rows.values())
    each = ", ".join(f"{name} {rows.figure}" for name, rows in found.rows.items())
    yield folded(f"  rows      {seen}/{all_}: {each}", 12)
    for what, part in (("messages", found.messages), ("faults", found.faults)):
        missing = sorted(part.all - part.seen)
        not_seen = f"; not seen: {', '.join(missing)}" if missing else ""
        yield folded(f"  {what:<8}  {part.figure}{not_seen}", 12)


def grid_lines(grids: Mapping[str, Grid]) -> Iterator[str]:
    """How each role answers every pair of a state and an input."""
    yield "every pair of a state and an input is"
    names = max(map(len, grids))
    yield f"  {'':<{names}}  handled  ignored  protocol error"
    for name, grid in grids.items():
        handled, ignored, errors = grid.shares
        yield f"  {name:<{names}}  {handled:7.0%}  {ignored:7.0%}  {errors:14.0%}"


def variant_lines(searched: Searched) -> Iterator[str]:
    """Whether the faulty variant was caught."""
    variant = searched.selection.variant
    assert variant is not None
    yield f"{variant.name}: {variant.story}"
    missed = {one.property.name for one in survived(searched.standings, variant)}
    expected = [one for one in searched.standings if {one.property.name, one.property.label} & set(variant.violates)]
    for one in expected:
        if one.property.name not in missed:
            yield f"  {painted('killed')}: it violates {one.property.name}, as it must"
        elif one.word == "inconclusive":
            yield f"  {painted('inconclusive')}: whether it violates {one.property.name}, as it must, is not known"
        else:
            yield f"  {painted('survived')}: it must violate {one.property.name}, and does not"


def summary(searched: Searched) -> Iterator[str]:
    """The sentence that sums up, and what it does not cover."""
    words = searched.counted()
    parts = [
        f"{words[word]} {text}"
        for word, text in (
            ("holds", "hold" if words["holds"] != 1 else "holds"),
            ("violated", "violated"),
            ("inconclusive", "inconclusive"),
            ("vacuous", "vacuous"),
            ("not_applicable", "not applicable"),
            ("wire", "seen on a wire only"),
        )
        if words[word] or word in ("holds", "violated")
    ]
    states = sum(outcome.states for outcome in searched.outcomes)
    of, over = len(searched.standings), len(searched.outcomes)
    yield (
        f"Of {of} {'property' if of == 1 else 'properties'} {', '.join(parts)}; "
        f"{over} {'configuration' if over == 1 else 'configurations'}, {states:,} states, {searched.seconds:.1f} s."
    )
    vacuous = [one.property.label for one in searched.unestablished if one.word == "vacuous"]
    if vacuous:
        yield f"Vacuous, {VACUOUS}: {', '.join(vacuous)}."
    absent = [one.property.label for one in searched.unestablished if one.word == "not_applicable"]
    if absent:
        yield f"Not established, they apply nowhere: {', '.join(absent)}."
    if not words["holds"] + words["violated"]:
        yield "Nothing was established."
    if searched.interrupted:
        yield "Interrupted: this is what was known."


def document(searched: Searched, code: int) -> dict[str, Any]:
    """The report as JSON."""
    variant = searched.selection.variant
    files = {key: str(path) for key, path in searched.traces.items()}
    findings = [one for outcome in searched.outcomes for one in outcome.findings]
    missed = {one.property.name for one in survived(searched.standings, variant)}
    return {
        "schema_version": 1,
        "kind": "verify",
        "configurations": [outcome.value() for outcome in searched.outcomes],
        "verdicts": [one.value(files.get((one.configuration, one.property))) for one in findings],
        "properties": [
            {"property": one.property.name, "label": one.property.label, "verdict": one.word}
            for one in searched.standings
        ],
        "variant": variant and {"name": variant.name, "violates": list(variant.violates), "missed": sorted(missed)},
        "coverage": coverage_value(searched.coverage),
        "grid": {name: dict(zip(grid._fields, grid, strict=True)) for name, grid in searched.grids.items()},
        "interrupted": searched.interrupted,
        "seconds": round(searched.seconds, 3),
        "exit_code": code,
        "scope": HONESTY,
    }


def coverage_value(found: Coverage | None) -> dict[str, Any] | None:
    """Coverage as JSON."""
    if found is None:
        return None
    parts = {"messages": found.messages, "faults": found.faults}
    return {
        "rows": {name: {"seen": len(rows.seen), "all": len(rows.all)} for name, rows in found.rows.items()},
        **{name: {"seen": sorted(part.seen), "all": sorted(part.all)} for name, part in parts.items()},
    }
