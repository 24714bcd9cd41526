"""`payrelay crosscheck`: the same systems searched by payrelay and by SPIN, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.quantities import seconds

if TYPE_CHECKING:
    from payrelay.cli.crosscheck_cases import Case
    from payrelay.verification.promela.crosscheck import Crosscheck

EXAMPLE = """
\b
Examples:
  payrelay crosscheck                     the default set, the classics, some faulty variants: a quarter of an hour
  payrelay crosscheck faults wallets=1    one configuration
  payrelay crosscheck broken_wallet_lies

Exit codes: 0 the same everywhere, 1 something differs, 2 wrong usage or no SPIN, 4 something was left out.
"""
LONGEST = 600.0
HEADING = ("", "states", "SPIN's", "steps", "SPIN's", "verdict", "SPIN's", "seconds", "SPIN's", "made in", "bytes", "")
LINE = "{:<44} {:>10} {:>10} {:>11} {:>11}  {:<9} {:<9} {:>8} {:>7} {:>7} {:>6}  {}"


@click.command("crosscheck", short_help="Let SPIN search the same systems, and compare.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[CONFIGURATION [KEY=VALUE]...]")
@click.option(
    "--time-limit", callback=seconds, metavar="T", help="Leave out what takes either of them longer: 10m, unless given."
)
@click.pass_obj
def command(surroundings: Surroundings, words: tuple[str, ...], time_limit: float | None) -> int:
    """Search by payrelay and by SPIN, and compare distinct states, steps and verdicts."""
    from payrelay.cli.errors import UsageError
    from payrelay.verification.promela.crosscheck import crosscheck
    from payrelay.verification.promela.spin import NotSearched, SpinError, missing

    if lacking := missing():
        raise UsageError(f"not on this machine: {'; '.join(lacking)}")
    limit = time_limit or LONGEST
    differ: list[str] = []
    left_out: list[str] = []
    equal = 0
    click.echo(LINE.format(*HEADING))
    for case in _cases(surroundings.load(), words):
        system, properties = case.build()
        try:
            found = crosscheck(case.name, system, properties, seconds=limit, model=case.model, defined=case.defined)
        except SpinError as error:
            is_left_out = isinstance(error, NotSearched)
            (left_out if is_left_out else differ).append(case.name)
            click.echo(f"{case.name:<44} {'left out' if is_left_out else 'failed'}: {error}")
            continue
        click.echo(line(found))
        if found.differences:
            differ.append(case.name)
        else:
            equal += 1
    click.echo(f"{equal} equal, {len(differ)} different, {len(left_out)} left out.")
    return ExitCode.VIOLATED if differ else ExitCode.INCONCLUSIVE if left_out else ExitCode.ESTABLISHED


def _cases(catalogue: Catalogue, words: tuple[str, ...]) -> Iterator[Case]:
    from payrelay.cli.crosscheck_cases import VARIANTS, classics, configurations
    from payrelay.cli.selection import select

    if words:
        yield from configurations(catalogue, select(catalogue, words).configurations)
        return
    yield from classics()
    yield from configurations(catalogue, catalogue.default_set)
    known = [one.name for one in catalogue.variants]
    for name in (one for one in VARIANTS if one in known):
        yield from configurations(catalogue, select(catalogue, [name]).configurations)


def line(found: Crosscheck) -> str:
    """What both found of a system."""
    ours, spins, spin = found.ours, found.spins, found.spin
    return LINE.format(
        found.name,
        f"{ours.states:,}",
        f"{spins.states:,}",
        f"{ours.steps:,}",
        f"{spins.steps:,}",
        ours.verdict,
        spins.verdict,
        f"{ours.seconds:.2f}",
        f"{spins.seconds:.2f}",
        f"{spin.preparing:.1f}",
        spin.vector,
        f"different: {', '.join(found.differences)}" if found.differences else "equal",
    )
