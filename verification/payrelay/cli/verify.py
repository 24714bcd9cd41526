"""`payrelay verify`: search the protocol for violations of its properties."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.limits import limited

EXAMPLE = """
\b
Examples:
  payrelay verify                                    the default set, every property
  payrelay verify faults wallets=3 --property P9     one configuration, changed; one property
  payrelay verify benign --json > verdicts.json

\b
A faulty variant is searched where it is told to be caught, and ends with 1:
  payrelay verify broken_registration_section

Exit codes: 0 established, 1 violated, 2 wrong usage, 4 inconclusive or vacuous, 130 interrupted.
"""


@click.command("verify", short_help="Search the protocol for violations of its properties.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[CONFIGURATION [KEY=VALUE]...]")
@click.option("--property", "names", multiple=True, metavar="NAME", help="Judge this property only; name or label.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JUnit XML too.")
@click.option("--traces", type=click.Path(path_type=Path), metavar="DIR", help="Write each violation as JSON.")
@limited
@click.pass_obj
def command(
    surroundings: Surroundings,
    words: tuple[str, ...],
    names: tuple[str, ...],
    as_json: bool,
    junit: Path | None,
    traces: Path | None,
    max_states: int | None,
    max_memory: int | None,
    time_limit: float | None,
) -> int:
    """Search a configuration, or the default set, and judge its properties."""
    import json
    import time

    from payrelay.cli import reports, selection, trace_files
    from payrelay.cli.exit_codes import ExitCode, together
    from payrelay.cli.failures import say_failures
    from payrelay.cli.files import Files, check_writable
    from payrelay.cli.progress import shown_progress
    from payrelay.cli.searching import Job
    from payrelay.cli.standings import exit_code, standings
    from payrelay.cli.workers import in_order, largest_first, search_all
    from payrelay.verification.engines.choice import has_fast_engine

    started = time.perf_counter()
    catalogue = surroundings.load()
    selected = selection.select(catalogue, words)
    properties = selection.properties_named(catalogue, names)
    if traces:
        trace_files.folder_for_traces(traces)
    if junit:
        check_writable(junit)
    wanted = tuple(one.name for one in properties)
    jobs = [Job(configuration=one, properties=wanted, states=max_states) for one in selected.configurations]
    if not has_fast_engine():
        click.echo(
            "payrelay: no numba: the slow engine searches; for the fast one, pip install 'payrelay[fast]'", err=True
        )
    with shown_progress() as show:
        ended = search_all(largest_first(jobs), catalogue, surroundings, show, time_limit, max_memory)
    outcomes = in_order(ended.outcomes, selected.configurations)
    found = standings(properties, outcomes)
    code = exit_code(
        found,
        outcomes,
        interrupted=ended.interrupted,
        is_default_set=selected.is_default_set,
        variant=selected.variant,
    )
    files = Files(traces, junit)
    searched = reports.Searched(
        selected,
        outcomes,
        tuple(found),
        files.write_traces(outcomes),
        time.perf_counter() - started,
        ended.interrupted,
    )
    if junit:
        files.write_junit(searched)
    code = together([code, *(ExitCode.USAGE for _ in files.failures)])
    if as_json:
        click.echo(json.dumps(reports.document(searched, code), indent=2))
    else:
        for line in reports.report(searched):
            click.echo(line)
    say_failures(outcomes)
    for line in files.failures:
        click.echo(f"payrelay: {line}", err=True)
    return code
