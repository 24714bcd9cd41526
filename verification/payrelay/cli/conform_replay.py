"""`payrelay conform replay`: a check again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from payrelay.cli.conform_options import choosing

EXAMPLE = """
\b
Examples:
  payrelay conform replay purchase.pair.relay_procedure.wait_consent.result_info
  payrelay conform replay result.json                    every check of a result that did not pass
  payrelay conform replay case.json shop-tests           a case as payrelay conform export writes it

\b
What happens is printed as a sequence, with what was allowed where something else came. What fails is tried again, as in
a run. A name of a file is taken for the file.

Exit codes: 0 passed, 1 failed, 2 wrong usage or configuration, 3 unreachable, 4 no such check, or inconclusive, 5 a
fault of the kit.
"""


@click.command("replay", short_help="Make a check again.", epilog=EXAMPLE)
@click.argument("name", metavar="CHECK|FILE")
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[CONFIGURATION]")
@choosing
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document: the checks.")
def command(name: str, file: Path | None, as_json: bool, **options: object) -> int:
    """Make a check again, or those of a file, and show what happens."""
    from payrelay.cli.conform_explain import told
    from payrelay.cli.conform_files import configuration_file
    from payrelay.cli.conform_options import choice_of
    from payrelay.cli.conform_running import carried_out
    from payrelay.cli.errors import UsageError
    from payrelay.cli.exit_codes import ExitCode

    names = _names(Path(name)) if Path(name).is_file() else (name,)
    if not names:
        raise UsageError(f"{name}: every check of it passed, so there is none to make again; name one")
    done = carried_out(configuration_file(file), choice_of(options), again=names)
    if done.run is None:
        return done.code
    checks = [one.to_json() for one in done.run.builder.checks]
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "kind": "replay", "checks": checks}, ensure_ascii=False))
    else:
        for check in checks:
            click.echo("\n".join(told(check)))
    return done.code if done.code else ExitCode.ESTABLISHED


def _names(file: Path) -> tuple[str, ...]:
    """The checks that a file is about."""
    from payrelay.cli.conform_results import read_result
    from payrelay.cli.errors import UsageError

    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError):
        raise UsageError(f"{file}: expected a result, or a case of payrelay conform export") from None
    if isinstance(found, dict) and found.get("kind") == "case" and isinstance(found.get("id"), str):
        return (found["id"],)
    return tuple(one["id"] for one in read_result(file)["checks"] if one["verdict"] != "pass")
