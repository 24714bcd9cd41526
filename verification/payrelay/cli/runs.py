"""Runs: what the words of `draw sequence` name. A saved trace is read without the model; all else is asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from payrelay.cli.errors import UsageError, one_line
from payrelay.cli.folders import is_folder
from payrelay.cli.log_options import Asked
from payrelay.cli.log_runs import SUFFIXES as LOG_SUFFIXES
from payrelay.cli.log_runs import is_log, run_of_log
from payrelay.cli.saved_traces import read_trace
from payrelay.diagrams.sequence.branching import Run
from payrelay.diagrams.sequence.unexplained import Unexplained, unexplained_in
from payrelay.language.traces import Trace, TraceError

if TYPE_CHECKING:
    from payrelay.cli.catalogue import Catalogue, Surroundings
    from payrelay.cli.outcomes import Finding
    from payrelay.cli.selection import Selection
    from payrelay.language.scenarios import Scenario

NOTHING_ASKED = Asked()
SEE_ALL = "see them all: payrelay draw sequence --list"


@dataclass(frozen=True)
class Runs:
    """The runs to draw, each with a title, and what to say of all."""

    runs: tuple[Run, ...]
    title: str
    says: str


def runs_named(
    surroundings: Surroundings, words: Sequence[str], properties: Sequence[str] = (), asked: Asked = NOTHING_ASKED
) -> Runs:
    """The runs that these words name: files, scenarios, and configurations with what is different in them."""
    if not words:
        raise UsageError(f"name a scenario, a trace or a faulty variant, as in: happy_path; {SEE_ALL}")
    groups: list[list[str]] = []
    for word in words:
        if groups and "=" in word and not _is_file(word):
            groups[-1].append(word)
        else:
            groups.append([word])
    if asked != NOTHING_ASKED and not any(_is_file(name) and is_log(name) for name, *_ in groups):
        option, *_ = asked.words()
        raise UsageError(f"{option} says how a log is followed, and none is named, as in: log.ndjson {option} ...")
    named = [_named(surroundings, group, properties, asked) for group in groups]
    if len(named) == 1:
        return named[0]
    runs = tuple(run for one in named for run in one.runs)
    titles = [run.title for run in runs]
    return Runs(runs, " or ".join(titles), "Runs that begin alike, as far as they do.")


def _is_file(word: str) -> bool:
    is_system = is_folder(word) and any(Path(word).glob("*.toml"))
    return is_system or word == "-" or word.endswith((".json", *LOG_SUFFIXES)) or "/" in word or Path(word).is_file()


def _named(surroundings: Surroundings, words: Sequence[str], properties: Sequence[str], asked: Asked) -> Runs:
    name, *settings = words
    if _is_file(name):
        if settings:
            what = "log" if is_log(name) else "trace"
            raise UsageError(f"'{settings[0]}' changes a configuration, and {name} is a {what}: leave it out")
        if is_log(name):
            run, title, says = run_of_log(surroundings, name, asked)
            return Runs((run,), title, says)
        return _of_trace(*_read(Path(name)))
    catalogue = surroundings.load()
    scenarios = {one.name: one for one in catalogue.scenarios}
    families = {one.name: one for one in catalogue.families}
    if not settings and name in families:
        members = [scenarios[member] for member in families[name].scenarios]
        runs = tuple(Run(member.name, staged(catalogue, member)) for member in members)
        return Runs(runs, name, families[name].says)
    if not settings and name in scenarios:
        return runs_of(scenarios[name], staged(catalogue, scenarios[name]))
    return _counterexample(catalogue, words, properties, [*scenarios, *families])


def _read(file: Path) -> tuple[Trace, Unexplained | None]:
    trace, text = read_trace(file)
    try:
        return trace, unexplained_in(text)
    except TraceError as error:
        raise UsageError(f"{file} is no trace: {one_line(error)}") from None


def _of_trace(trace: Trace, unexplained: Unexplained | None = None) -> Runs:
    """A trace under its own title: the property that it violates, or the line that it leaves unexplained, or else its
    configuration."""
    configuration = str(trace.configuration.get("name", "a run"))
    says = str(trace.configuration.get("says", ""))
    if unexplained:
        run = Run(configuration, trace, unexplained=unexplained)
        return Runs((run,), f"{configuration}: line {unexplained.line} is not explained", says)
    if not trace.property:
        return Runs((Run(configuration, trace),), configuration, says)
    return Runs((Run(configuration, trace),), f"{configuration}: {trace.property} is violated", says)


def runs_of(scenario: Scenario, trace: Trace) -> Runs:
    """A scenario alone, by its run."""
    return Runs((Run(scenario.name, trace),), scenario.name, scenario.says)


def staged(catalogue: Catalogue, scenario: Scenario) -> Trace:
    """The run of a scenario, found in the model."""
    from payrelay.cli.selection import select
    from payrelay.language.scenarios import ScenarioError
    from payrelay.verification.traces.staging import stage

    configuration = select(catalogue, scenario.configuration.split()).configurations[0]
    try:
        return stage(catalogue.system(configuration), scenario)
    except ScenarioError as error:
        raise UsageError(one_line(error)) from None


def _counterexample(
    catalogue: Catalogue, words: Sequence[str], properties: Sequence[str], others: Sequence[str]
) -> Runs:
    """The shortest violation in a configuration; in a faulty variant's, of what it must violate."""
    from payrelay.cli import selection
    from payrelay.language.configurations import did_you_mean

    configurations = [one.name for one in catalogue.configurations]
    variants = [one.name for one in catalogue.variants]
    if words[0] not in (*configurations, *variants):
        near = did_you_mean(words[0], [*others, *variants, *configurations])
        raise UsageError(
            f"nothing called '{words[0]}' can be drawn{near if 'did you mean' in near else f'; {SEE_ALL}'}"
        )
    selected = selection.select(catalogue, words)
    wanted = properties or (selected.variant.violates if selected.variant else ())
    judged = [one.name for one in selection.properties_named(catalogue, wanted)]
    found = _violations(catalogue, selected, judged)
    traced = [one for one in found if one.trace is not None]
    if not traced:
        name = selected.configurations[0].name
        if found and (missed := _missed(catalogue, selected, found[0])):
            return missed
        if found:
            raise UsageError(f"{name}: {found[0].property} is violated, but by no run: there is nothing to draw")
        raise UsageError(f"{name}: nothing that was looked at is violated, so there is no violation to draw; {SEE_ALL}")
    shortest = min(traced, key=lambda one: len(one.trace.steps) if one.trace else 0)
    assert shortest.trace is not None
    drawn = _of_trace(shortest.trace)
    return Runs(drawn.runs, drawn.title, selected.variant.story if selected.variant else drawn.says)


def _violations(catalogue: Catalogue, selected: Selection, properties: Sequence[str]) -> list[Finding]:
    """What is violated. What a search found that was cut short is violated all the same."""
    from payrelay.cli.progress import shown_progress
    from payrelay.cli.searching import Job, search

    job = Job(configuration=selected.configurations[0], properties=tuple(properties))
    with shown_progress() as show:
        outcome = search(job, catalogue, lambda progress: show([progress], 0, 1))
    if outcome.failure:
        raise UsageError(f"{job.configuration.name}: {outcome.failure.line}")
    if outcome.interrupted:
        raise KeyboardInterrupt
    return [one for one in outcome.findings if one.result == "violated"]


def _missed(catalogue: Catalogue, selected: Selection, finding: Finding) -> Runs | None:
    """What no run of a faulty variant does, though it should be possible: a shortest run without the fault does it."""
    from payrelay.language.properties import Never, Possible, Property, conjunct_name
    from payrelay.verification.engines.exploration import Limits
    from payrelay.verification.verdicts import verify

    if selected.variant is None:
        return None
    faulty = selected.configurations[0]
    faultless = replace(faulty, name=faulty.name.replace(f" variant={faulty.variant}", ""), variant="")
    (of,) = catalogue.properties_of((finding.property,))
    for conjunct in of.conjuncts:
        if not isinstance(conjunct, Possible) or conjunct_name(conjunct) != finding.conjunct:
            continue
        never = Property(of.name, of.label, of.says, conjuncts=(Never(conjunct.event),))
        (verdict,) = verify(catalogue.system(faultless), (never,), limits=Limits(violations=1)).verdicts
        if verdict.trace is not None:
            trace = replace(verdict.trace, conjunct=finding.conjunct)
            note = f"no run of {faulty.variant} does this: it is what a run without the fault does"
            return Runs(
                (Run(faulty.name, trace, note),), f"{faulty.name}: {of.name} is violated", selected.variant.story
            )
    return None


def listed(surroundings: Surroundings) -> Iterator[str]:
    """What can be drawn, by name."""
    from payrelay.cli.terminal import folded

    catalogue = surroundings.load()
    for title, entries in (
        ("scenarios", [(one.name, one.says) for one in catalogue.scenarios]),
        ("families: scenarios that begin alike, in one picture", [(one.name, one.says) for one in catalogue.families]),
        ("counterexamples of faulty variants", [(one.name, one.story) for one in catalogue.variants]),
    ):
        if not entries:
            continue
        yield title
        names = max(len(name) for name, _ in entries)
        for name, says in entries:
            yield folded(f"  {name:<{names}}  {says}", 6)
        yield ""
    yield folded("And any trace that was saved with --traces, and any event log, by the name of its file.", 2)
