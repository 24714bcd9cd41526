"""`payrelay crosscheck`: the same systems searched by payrelay and by SPIN, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.pass_obj
def command(surroundings: Surroundings, words: tuple[str, ...], time_limit: float | None, as_json: bool) -> int:
    """Search by payrelay and by SPIN, and compare distinct states, steps and verdicts."""
    from payrelay.cli.errors import UsageError
    from payrelay.verification.promela.crosscheck import crosscheck
    from payrelay.verification.promela.spin import NotSearched, SpinError, missing

    if lacking := missing():
        raise UsageError(f"not on this machine: {'; '.join(lacking)}")
    limit = time_limit or LONGEST
    done = Compared()
    say = _quietly if as_json else click.echo
    say(LINE.format(*HEADING))
    for case in _cases(surroundings.load(), words):
        system, properties = case.build()
        try:
            found = crosscheck(case.name, system, properties, seconds=limit, model=case.model, defined=case.defined)
        except SpinError as error:
            is_left_out = isinstance(error, NotSearched)
            (done.left_out if is_left_out else done.different).append(case.name)
            say(f"{case.name:<44} {'left out' if is_left_out else 'failed'}: {error}")
            continue
        say(line(found))
        done.add(found)
    if as_json:
        click.echo(json.dumps({**done.value(), "exit_code": int(done.code)}, indent=2))
    else:
        click.echo(f"{done.equal} equal, {len(done.different)} different, {len(done.left_out)} left out.")
    return done.code


def _quietly(_line: str) -> None:
    """Say nothing: the whole is one document."""


@dataclass
class Compared:
    """What all comparisons have come to."""

    different: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    systems: list[dict[str, Any]] = field(default_factory=list)
    equal: int = 0

    def add(self, found: Crosscheck) -> None:
        """Add one."""
        ours, spins = found.ours, found.spins
        self.systems.append(
            {
                "name": found.name,
                "states": ours.states,
                "steps": ours.steps,
                "verdict": ours.verdict,
                "spin": {"states": spins.states, "steps": spins.steps, "verdict": spins.verdict},
                "differences": list(found.differences),
            }
        )
        if found.differences:
            self.different.append(found.name)
        else:
            self.equal += 1

    @property
    def code(self) -> ExitCode:
        """The exit code."""
        if self.different:
            return ExitCode.VIOLATED
        return ExitCode.INCONCLUSIVE if self.left_out else ExitCode.ESTABLISHED

    def value(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "schema_version": 1,
            "kind": "crosscheck",
            "systems": self.systems,
            "equal": self.equal,
            "different": self.different,
            "left_out": self.left_out,
        }


def _cases(catalogue: Catalogue, words: tuple[str, ...]) -> Iterator[Case]:
    from payrelay.cli.crosscheck_cases import VARIANTS, classics, configurations, random
    from payrelay.cli.selection import select

    if words:
        yield from configurations(catalogue, select(catalogue, words).configurations)
        return
    yield from classics()
    yield from random()
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
