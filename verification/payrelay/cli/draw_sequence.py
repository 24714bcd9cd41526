"""`payrelay draw sequence`: a run as a picture of who says what to whom."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.drawing import drawn
from payrelay.cli.log_options import Asked, followed
from payrelay.diagrams.sequence.writing import FORMATS, Manner

if TYPE_CHECKING:
    from payrelay.diagrams.sequence.branching import Run

EXAMPLE = """
\b
Examples:
  payrelay draw sequence --list                              the scenarios
  payrelay draw sequence lost_result                         in the terminal
  payrelay draw sequence keep_alive --states --output k.svg
  payrelay draw sequence endings --output endings.html       a family: one picture, with branches
  payrelay draw sequence broken_wallet_lies --role relay     a counterexample, as the relay sees it
  payrelay draw sequence traces/NAME.json --format mermaid   a trace that verify or simulate saved
  payrelay draw sequence log.ndjson --procedure p-1          a recorded log, up to where it leaves the model
  payrelay draw sequence payrelay-system                     the log of a system, from its folder

\b
A message has the number of the step in which it is received. Its arrow goes straight across there; if its sender did
something since it was sent, a dotted line leads down from where that was, and it is said, as in "sent in 13". A
cross is a message that is lost, a circle one that is still under way at the end. The form of a number, or a number
in brackets, is the communicating section that a message went through.

Exit codes: 0 drawn, 2 there is no such run, or it cannot be drawn so.
"""
WIDTH = 80
"""The columns of a text that goes to a file or a pipe."""


@click.command("sequence", short_help="Draw a run: who says what to whom.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[TRACE|LOG|SCENARIO|CONFIGURATION [KEY=VALUE]...]...")
@click.option("--list", "is_list", is_flag=True, help="List the scenarios, and what else can be drawn.")
@click.option("--states", is_flag=True, help="Show how the control states of machines change.")
@click.option("--role", metavar="ROLE", help="Draw only what this role or party takes part in.")
@click.option("--property", "names", multiple=True, metavar="NAME", help="Look for a violation of this; name or label.")
@click.option("--width", type=click.IntRange(min=20), metavar="N", help="The columns of a text; the terminal's.")
@drawn(FORMATS)
@click.option("--procedure", metavar="NAME", help="Of a log, draw this procedure.")
@followed
@click.pass_obj
def command(
    surroundings: Surroundings,
    words: tuple[str, ...],
    is_list: bool,
    format: str | None,
    output: Path | None,
    states: bool,
    role: str | None,
    names: tuple[str, ...],
    width: int | None,
    procedure: str | None,
    configurations: tuple[str, ...],
    links: tuple[str, ...],
) -> int:
    """Draw a run: a saved TRACE, a named SCENARIO, or the shortest violation in a CONFIGURATION or a faulty variant.

    Of a recorded LOG, as `payrelay check-trace` takes it, a run is drawn that explains one procedure: the one that
    leaves the model, up to there, with the event that is not explained in red; or else the first one of the log.

    Several runs are drawn as branches of one picture, which first has what they begin with alike.
    """
    import sys

    from payrelay.cli import drawing
    from payrelay.cli.errors import UsageError
    from payrelay.cli.runs import listed, runs_named
    from payrelay.diagrams.sequence.branching import sequence
    from payrelay.diagrams.sequence.picture import DrawingError
    from payrelay.diagrams.sequence.writing import written

    if is_list:
        for line in listed(surroundings):
            click.echo(line)
        return 0
    to_terminal = output is None and sys.stdout.isatty()
    manner = Manner(
        format=drawing.format_of(format, output, FORMATS),
        with_states=states,
        width=width or _width(to_terminal),
        is_coloured=to_terminal and _has_colours(),
        encoding=(sys.stdout.encoding or "ascii") if output is None else "utf-8",
    )
    named = runs_named(surroundings, words, names, Asked(configurations, links, (procedure,) if procedure else ()))
    if role is not None:
        _check_role(role, named.runs)
    try:
        picture = sequence(named.runs, named.title, named.says, role or "")
        text = written(picture, [run.trace for run in named.runs], manner)
    except DrawingError as error:
        raise UsageError(str(error)) from None
    drawing.put(text, output)
    return 0


def _width(to_terminal: bool) -> int:
    if not to_terminal:
        return WIDTH
    from payrelay.cli.terminal import width

    return width()


def _has_colours() -> bool:
    import sys

    from payrelay.cli.terminal import has_colours

    return has_colours(sys.stdout)


def _check_role(role: str, runs: Iterable[Run]) -> None:
    from payrelay.cli.errors import UsageError
    from payrelay.language.configurations import did_you_mean
    from payrelay.language.links import role_of

    parties = [party for run in runs for party in run.parties]
    known = dict.fromkeys([*parties, *map(role_of, parties)])
    if role not in known:
        raise UsageError(f"no role '{role}' in this run{did_you_mean(role, known)}")
