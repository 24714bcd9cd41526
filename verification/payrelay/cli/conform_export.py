"""`payrelay conform export`: cases as JSON."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.conform_options import chosen

EXAMPLE = """
\b
Examples:
  payrelay conform export --output cases.ndjson
  payrelay conform export --only purchase.path.natural > case.json

\b
For whoever tests an implementation within its own process, in any language: one JSON object a line, each a run of the
model, step by step, with the messages that the party under test has to send and what is wrong with those that it is
sent. `pydoc payrelay.conformance.exporting` says what stands in it.

Exit codes: 0 written, 2 wrong usage or configuration, 4 there is none.
"""


@click.command("export", short_help="Write cases as JSON, for tests in other languages.", epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@chosen
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to; else it is printed."
)
def command(file: Path | None, output: Path | None, **options: object) -> int:
    """Write the cases of a configuration as JSON, one a line."""
    import json

    from payrelay.cli.conform_files import configuration_file
    from payrelay.cli.conform_options import choice_of
    from payrelay.cli.errors import UsageError
    from payrelay.cli.exit_codes import ExitCode
    from payrelay.conformance.configuration import read_configuration
    from payrelay.conformance.exporting import ExportError, exported
    from payrelay.conformance.revisions import revision
    from payrelay.conformance.runs import outline

    choice = choice_of(options)
    configuration = choice.adapted(read_configuration(configuration_file(file)))
    of = revision(configuration.spec.revision)
    number = left = 0
    try:
        with click.open_file(str(output or "-"), "w", encoding="utf-8") as stream:
            for planned in outline(configuration, choice).all():
                if not choice.wants(planned):
                    continue
                try:
                    case = exported(planned.case, planned.part.setting, of)
                except ExportError:  # what the model has no words for
                    left += 1
                    continue
                stream.write(json.dumps(case, ensure_ascii=False) + "\n")
                number += 1
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}; name another: --output FILE") from None
    said = f"; {left} cannot be told so" if left else ""
    click.echo(f"{number:,} cases{said}", err=True)
    return ExitCode.ESTABLISHED if number else ExitCode.INCONCLUSIVE
