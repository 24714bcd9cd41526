"""`payrelay export`: a configuration, written for another tool."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.catalogue import Surroundings

FORMATS = ("promela",)
EXAMPLE = """
\b
Examples:
  payrelay export promela happy                        a model that SPIN searches; its head says how
  payrelay export promela faults wallets=3 --property P9 --output faults.pml

\b
A faulty variant is exported in the configuration where it is to be caught:
  payrelay export promela broken_registration_section

Exit codes: 0 written, 2 wrong usage.
"""


@click.command("export", short_help="Write a configuration for another tool: promela, for SPIN.", epilog=EXAMPLE)
@click.argument("format", metavar="promela")
@click.argument("words", nargs=-1, metavar="[CONFIGURATION [KEY=VALUE]...]")
@click.option("--property", "names", multiple=True, metavar="NAME", help="Assert this property only; name or label.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write to a file.")
@click.pass_obj
def command(
    surroundings: Surroundings, format: str, words: tuple[str, ...], names: tuple[str, ...], output: Path | None
) -> int:
    """Print a Promela model of a configuration; of the first one, if none is named.

    SPIN finds the same states and steps in it as payrelay does. The safety properties are assertions; its head lists
    the properties that assertions cannot say.
    """
    from payrelay.cli import selection
    from payrelay.cli.errors import UsageError
    from payrelay.cli.files import check_writable
    from payrelay.language.configurations import did_you_mean
    from payrelay.verification.promela.export import promela

    if format not in FORMATS:
        raise UsageError(f"no format '{format}'{did_you_mean(format, FORMATS)}")
    catalogue = surroundings.load()
    configuration = selection.select(catalogue, words).configurations[0]
    properties = selection.properties_named(catalogue, names)
    if output:
        check_writable(output)
    text = promela(catalogue.system(configuration), properties)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
    return 0
