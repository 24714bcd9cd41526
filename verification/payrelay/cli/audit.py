"""`payrelay audit`: whether the books of all parties of a system agree."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.exit_codes import ExitCode

EXAMPLE = """
\b
Examples:
  payrelay audit payrelay-system
  payrelay audit payrelay-system --json

\b
FOLDER is that of payrelay serve. Its system must have ended, for books that are still written are of no one moment.
What is under way is no fault: a party may know less than who speaks to it, and never something else.

\b
Exit codes: 0 the books agree, 1 they do not, 2 no such system, or it runs, 4 nothing has happened yet, or the books of
some party are missing: of a role that is not there, or of one that somebody else's program has played.
"""


@click.command("audit", short_help="Whether the books of a system's parties agree.", epilog=EXAMPLE)
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def command(folder: Path, as_json: bool) -> int:
    """Hold the databases of all parties in FOLDER against each other.

    One debit for each payment that was approved and none without, to just what the user consented; orders, receipts and
    results as the payment server decided; whatever has not ended goes on by itself.
    """
    import json

    from payrelay.cli.errors import UsageError
    from payrelay.cli.extras import needed

    with needed("reference"):
        from payrelay.host.storage import StorageError
        from payrelay.reference_impl.audit import audit
        from payrelay.reference_impl.books import read_books
        from payrelay.reference_impl.systems import settings_in, storages_of

    try:
        with storages_of(settings_in(folder), at_rest=True) as storages:
            report = audit(read_books(storages))
            has_happened = any(True for storage in storages.values() for _ in storage.events())
    except StorageError as error:
        raise UsageError(f"{folder}: {error}") from None
    if report.findings:
        code = ExitCode.VIOLATED
    elif report.not_looked_at or not has_happened:
        code = ExitCode.INCONCLUSIVE
    else:
        code = ExitCode.ESTABLISHED
    if as_json:
        click.echo(json.dumps({**report.to_json(), "has_happened": has_happened, "exit_code": int(code)}, indent=2))
        return code
    for line in report.lines():
        click.echo(line)
    if not has_happened:
        click.echo("Nothing has happened yet, so that says little: payrelay serve, and pay.")
    return code
