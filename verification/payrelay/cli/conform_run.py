"""`payrelay conform run`: tests a system."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.conform_options import chosen
from payrelay.cli.conform_results import RESULT

EXAMPLE = """
\b
Examples:
  payrelay conform run
  payrelay conform run shop-tests --depth smoke
  payrelay conform run --only relay.shows-the-amount --only 'purchase.pair.relay_procedure.*' --budget 10s
  payrelay conform run --budget 10m --depth full --seed 7

\b
What a run needs is looked at first; payrelay conform doctor says more if something is wrong. Progress is shown on
standard error, what came of it on standard output, and everything is in result.json: payrelay conform report makes
pages of it. A depth is smoke, must (what there is to try, then runs at random for the rest of the budget), full or
soak.

Exit codes: 0 conforms, or fails what it is expected to fail, 1 does not conform, or does not fail what it is expected
to, 2 wrong usage or configuration, 3 the system under test cannot be reached, 4 nothing was run or something was
inconclusive, 5 a fault of the kit, 130 interrupted (what is known is written).
"""
FAIL_ON = ("failure", "deviation")


@click.command("run", short_help="Test a system.", epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@chosen
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=RESULT,
    metavar="FILE",
    help=f"Where everything is written. [{RESULT}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document instead of text.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default=FAIL_ON[0],
    help="With deviation, what is right in another form is a failure, too.",
)
@click.option("--keep-all", is_flag=True, help="Keep what happened in checks that passed, too.")
def command(
    file: Path | None,
    output: Path,
    as_json: bool,
    fail_on: str,
    keep_all: bool,
    **options: object,
) -> int:
    """Test the system that a configuration names; conform.toml here, or in the folder conform, if no FILE is named."""
    import json

    from payrelay.cli.conform_files import configuration_file
    from payrelay.cli.conform_options import choice_of
    from payrelay.cli.conform_running import carried_out
    from payrelay.cli.conform_summary import lines
    from payrelay.cli.errors import UsageError
    from payrelay.cli.exit_codes import ExitCode, together
    from payrelay.cli.terminal import folded
    from payrelay.conformance.results import written

    if not output.parent.is_dir() or output.is_dir():
        raise UsageError(f"{output}: cannot be written; name another: --output FILE")
    done = carried_out(configuration_file(file), choice_of(options), keeps_all=keep_all)
    if done.run is None or (not done.run.builder.checks and not as_json):
        return done.code
    result = done.run.result()
    output.write_text(written(result), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        for line in lines(result, done.run, output):
            click.echo(folded(line, 4))
    is_deviating = any(one["verdict"] == "pass_deviation" for one in result["requirements"])
    codes = [done.code, *([ExitCode.VIOLATED] if fail_on == "deviation" and is_deviating else [])]
    return together(codes)
