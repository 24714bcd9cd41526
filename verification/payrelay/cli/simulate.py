"""`payrelay simulate`: random walks through what is too large to be searched, or one run, step by step."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.limits import limited

EXAMPLE = """
\b
Examples:
  payrelay simulate three_procedures losses=1 semantics=budgeted   far too large to be searched
  payrelay simulate faults --seed 7 --steps 1000000
  payrelay simulate two_procedures --time-limit 10m --traces traces
  payrelay simulate broken_wallet_lies

\b
Step by step, in a terminal or by a script; ? helps there:
  payrelay simulate --interactive benign
  printf 'orders\\ng\\npays\\ng\\ns run.json\\n' | payrelay simulate --interactive --seed 7 happy

\b
The same seed gives the same walks, however many processes take them. No walk proves anything: what is not violated is
inconclusive, and of what has to be possible it is told whether it was seen.

Exit codes: 1 violated, 2 wrong usage, or a line of a script that could not be followed, 4 not violated so far, 130
interrupted. Never 0.
"""
STEPS = 300_000
DEPTH = 100
ENDLESS = 10**15


@click.command("simulate", short_help="Walk at random through what is too large to be searched.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[CONFIGURATION [KEY=VALUE]...]")
@click.option("--interactive", is_flag=True, help="Go step by step through one run, by what the standard input says.")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Walk as this seed says; drawn, if not given.")
@click.option(
    "--steps", type=click.IntRange(min=1), metavar="N",
    help=f"Take so many steps in each configuration: {STEPS}, or as many as the time limit allows.",
)  # fmt: skip
@click.option(
    "--depth", type=click.IntRange(min=1), default=DEPTH, metavar="N", help=f"Go no further than this: {DEPTH} steps."
)
@click.option("--property", "names", multiple=True, metavar="NAME", help="Watch this property only; name or label.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.option("--traces", type=click.Path(path_type=Path), metavar="DIR", help="Write each violation as JSON.")
@limited
@click.pass_context
def command(
    ctx: click.Context,
    words: tuple[str, ...],
    interactive: bool,
    seed: int | None,
    steps: int | None,
    depth: int,
    names: tuple[str, ...],
    as_json: bool,
    traces: Path | None,
    max_states: int | None,
    max_memory: int | None,
    time_limit: float | None,
) -> int:
    """Walk at random through a configuration, or through each of the default set, and look for violations.

    With --interactive go through one run of a configuration step by step: see where every party is and what is
    possible, choose, take back, save. Of the first configuration, if none is named; also of a classic, by its name.
    """
    surroundings: Surroundings = ctx.obj
    if interactive:
        return _interactively(ctx, words, seed, names)
    import json
    import secrets
    import time

    from payrelay.cli import selection, simulation_reports, trace_files
    from payrelay.cli.exit_codes import ExitCode, together
    from payrelay.cli.failures import say_failures
    from payrelay.cli.files import Files
    from payrelay.cli.progress import shown_progress
    from payrelay.cli.reports import Searched
    from payrelay.cli.simulating import Walkers
    from payrelay.cli.standings import standings
    from payrelay.verification.engines.simulation import Plan

    started = time.perf_counter()
    catalogue = surroundings.load()
    selected = selection.select(catalogue, words)
    properties = selection.properties_named(catalogue, names)
    if traces:
        trace_files.folder_for_traces(traces)
    plan = Plan(
        seed=secrets.randbelow(2**32) if seed is None else seed,
        steps=steps or (STEPS if time_limit is None else ENDLESS),
        depth=depth,
    )
    with shown_progress() as show, Walkers(catalogue, surroundings, show, time_limit, max_memory) as walkers:
        wanted = tuple(one.name for one in properties)
        walked = walkers.walk_all(selected.configurations, wanted, plan, max_states)
    outcomes = tuple(one.outcome for one in walked)
    files = Files(traces, None)
    seconds = time.perf_counter() - started
    found = tuple(standings(properties, outcomes))
    is_interrupted = bool(walkers.interrupts.count)
    searched = Searched(selected, outcomes, found, files.write_traces(outcomes), seconds, is_interrupted)
    simulated = simulation_reports.Simulated(searched, tuple(walked), plan, names)
    codes = [ExitCode.INCONCLUSIVE, *(ExitCode.USAGE for _ in files.failures)]
    codes += [outcome.failure.code for outcome in outcomes if outcome.failure]
    codes += [ExitCode.VIOLATED] * any(one.word == "violated" for one in found)
    codes += [ExitCode.INTERRUPTED] * is_interrupted
    code = together(codes)
    if as_json:
        click.echo(json.dumps(simulation_reports.document(simulated, code), indent=2))
    else:
        for line in simulation_reports.report(simulated):
            click.echo(line)
    click.echo(simulation_reports.rate(simulated), err=True)
    say_failures(outcomes)
    for line in files.failures:
        click.echo(f"payrelay: {line}", err=True)
    return code


def _interactively(ctx: click.Context, words: tuple[str, ...], seed: int | None, names: tuple[str, ...]) -> int:
    import random
    import secrets

    from payrelay.cli.errors import UsageError
    from payrelay.cli.interactive import converse
    from payrelay.cli.selection import properties_named
    from payrelay.cli.subjects import subject
    from payrelay.verification.traces.stepping import Stepping

    for option in ("steps", "depth", "as_json", "traces", "max_states", "max_memory", "time_limit"):
        if ctx.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
            name = option.removeprefix("as_").replace("_", "-")
            raise UsageError(f"--{name} is for walks at random: --interactive goes as far as it is told to")
    of = subject(ctx.obj, words)
    drawn = secrets.randbelow(2**32) if seed is None else seed
    system = of.catalogue.system(of.configurations[0])
    return converse(Stepping(system, properties_named(of.catalogue, names), random.Random(drawn)), drawn)
