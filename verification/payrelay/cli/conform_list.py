"""`payrelay conform list`: what a run would try, before it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrelay.cli.conform_options import chosen

if TYPE_CHECKING:
    from payrelay.conformance.cases import Case
    from payrelay.conformance.powers import Powers

EXAMPLE = """
\b
Examples:
  payrelay conform list
  payrelay conform list --depth smoke --ids
  payrelay conform list --only relay.shows-the-amount --json

\b
Nothing is at work for it, and the system under test need not be there. How long a step takes, it decides, and the
machine: the time is for one as fast as the reference implementation, on a machine that has nothing else to do.

Exit codes: 0 listed, 2 wrong usage or configuration, 4 there is none.
"""
SECONDS_A_STEP = 0.003
"""Measured, of kit and system under test together: more at a time are no faster, as both are at work all the time."""
SECONDS_A_RESTART = 1.0


@click.command("list", short_help="List the checks of a run.", epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@chosen
@click.option("--ids", is_flag=True, help="Name each check, and what it is for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def command(file: Path | None, ids: bool, as_json: bool, **options: object) -> int:
    """List what a run would try: checks, what they are for, how many steps they are and how long they take."""
    import json

    from payrelay.cli.conform_files import configuration_file
    from payrelay.cli.conform_options import choice_of
    from payrelay.cli.exit_codes import ExitCode
    from payrelay.cli.terminal import folded
    from payrelay.conformance.configuration import read_configuration
    from payrelay.conformance.runs import outline

    choice = choice_of(options)
    configuration = choice.adapted(read_configuration(configuration_file(file)))
    made = outline(configuration, choice)
    found, missing = [], Counter[str]()
    carried_out: list[Case] = []
    for planned in made.all(joins=not choice.only):
        if not choice.wants(planned):
            continue
        singles = [planned._replace(case=case) for case in planned.case.singles or (planned.case,)]
        if lacking := made.missing(planned):
            missing.update(dict.fromkeys(lacking, len(singles)))
        else:
            found += singles
            carried_out.append(planned.case)
    steps = sum(len(case.moves) for case in carried_out)
    seconds = _seconds(made.powers, carried_out)
    requirements = {id_: None for one in found for id_ in one.requirements} if ids or as_json else {}
    if as_json:
        document = {
            "schema_version": 1,
            "kind": "conform_list",
            "depth": configuration.run.depth,
            "capabilities": list(made.plan.capabilities),
            "checks": [
                {
                    "id": one.id,
                    "stage": one.case.stage,
                    "steps": len(one.case.moves),
                    "requirements": list(one.requirements),
                }
                for one in found
            ],
            "requirements": list(requirements),
            "steps": steps,
            "seconds": round(seconds, 1),
            "left_out": dict(missing),
        }
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        if ids:
            for one in found:
                click.echo(folded(f"{one.id}  {', '.join(one.requirements)}", 4))
        for stage, number in Counter(one.case.stage for one in found).items():
            click.echo(f"{number:>6}  {stage}")
        about = f" ({len(requirements)} requirements)" if ids else ""
        click.echo(
            f"{len(found):,} checks{about}, {steps:,} steps: about {seconds:.0f} s at"
            f" {1000 * SECONDS_A_STEP:g} ms a step; the budget is {configuration.run.budget:g} s"
        )
        first, *others = made.plan.capabilities
        if others:
            click.echo(f"with capability {first}; with {', '.join(others)} that all goes well")
        for what, number in sorted(missing.items()):
            click.echo(f"left out: {number} checks, which need {what}")
    return ExitCode.ESTABLISHED if found else ExitCode.INCONCLUSIVE


def _seconds(powers: Powers, cases: Sequence[Case]) -> float:
    """How long cases take: those that wait for timers do so beside the others, and whoever restarts is alone."""
    from payrelay.conformance.course import Crashed
    from payrelay.conformance.running import MOST_WAITING

    waits = [powers.waits(case) for case in cases]
    steps = sum(len(case.moves) for case in cases)
    restarts = sum(isinstance(move, Crashed) for case in cases for move in case.moves)
    at_work = steps * SECONDS_A_STEP + restarts * SECONDS_A_RESTART
    return max(at_work, max(waits, default=0.0), sum(waits) / MOST_WAITING)
