"""`payrelay replay`: take a trace again in the model, and see whether it violates its property again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from payrelay.language.properties import Property
    from payrelay.language.traces import Trace

EXAMPLE = """
\b
Example:
  payrelay verify broken_registration_section --traces traces
  payrelay replay traces/NAME.json

Exit codes: 1 violated again, 0 the trace is a run of the model and records no violation, 2 no trace of this model.
"""


@click.command("replay", short_help="Take a trace again in the model.", epilog=EXAMPLE)
@click.argument("trace", type=click.Path(path_type=Path))
@click.pass_obj
def command(surroundings: Surroundings, trace: Path) -> int:
    """Take the trace in the file TRACE again, step by step, and say whether its violation is seen again."""
    from payrelay.cli.errors import UsageError, one_line
    from payrelay.cli.rebuilding import rebuilt
    from payrelay.cli.saved_traces import read_trace
    from payrelay.cli.terminal import folded
    from payrelay.language.traces import TraceError
    from payrelay.verification.traces.replaying import replay

    told, _ = read_trace(trace, "trace of this model")
    catalogue = surroundings.load()
    try:
        configuration = rebuilt(catalogue, told.configuration)
    except TraceError as error:
        raise UsageError(f"{trace} is no trace of this model: {one_line(error)}") from None
    found = replay(catalogue.system(configuration), told, _properties(catalogue, told))
    if not found.words:
        changed = "" if found.is_same_model else "; the model is not the one that it was written by"
        raise UsageError(f"{trace} is no run of this model: {found.error}{changed}")
    is_told = bool(told.property)
    click.echo(f"{configuration.name}: {configuration.scope()}")
    for line in found.words if is_told else found.words[:-1]:
        click.echo(folded(line, 6))
    if not found.is_same_model:
        click.echo("The model has changed since the trace was written; it still has this run.")
    if not is_told:
        click.echo("The trace is a run of this model. It records no violation.")
        return ExitCode.ESTABLISHED
    if not found.violated:
        raise UsageError(f"{trace} is a run of this model, but: {found.error}")
    click.echo(f"Seen again: {told.property} is violated.")
    return ExitCode.VIOLATED


def _properties(catalogue: Catalogue, told: Trace) -> tuple[Property, ...]:
    """The properties to judge the trace by. One that records no violation is judged by a property without a name."""
    from payrelay.language.properties import Atom, Possible, Property

    return catalogue.properties if told.property else (Property("", "", "", conjuncts=(Possible(Atom()),)),)
