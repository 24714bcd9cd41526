"""`payrelay conform report`: a result in other forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from payrelay.cli.conform_results import RESULT

EXAMPLE = """
\b
Examples:
  payrelay conform report                                        what it came to, in a few lines
  payrelay conform report --html report.html --junit junit.xml
  payrelay conform report night/result.json --zip evidence.zip   everything, with a manifest of digests

Exit codes: 0 written, 2 wrong usage, or no result.
"""

FILE = click.Path(path_type=Path, dir_okay=False)
Writer = Callable[[Any], str | bytes]


@click.command("report", short_help="Write a result as HTML, JUnit, HAR and more.", epilog=EXAMPLE)
@click.argument("result", type=FILE, default=RESULT, metavar="[RESULT]")
@click.option("--html", type=FILE, metavar="FILE", help="A page that needs nothing else: pictures, requests, coverage.")
@click.option("--junit", type=FILE, metavar="FILE", help="JUnit XML, for CI servers.")
@click.option("--har", type=FILE, metavar="FILE", help="What went over the wire, as HAR 1.2.")
@click.option("--ndjson", type=FILE, metavar="FILE", help="One JSON object a line, for filters.")
@click.option("--markdown", type=FILE, metavar="FILE", help="A summary, for a comment on a change.")
@click.option("--zip", type=FILE, metavar="FILE", help="All of these and the result, with a manifest of SHA-256.")
def command(result: Path, **files: Path | None) -> int:
    """Write the result of a run in other forms; if none is named, print what it came to."""
    from payrelay.cli.conform_results import read_result

    found = read_result(result)
    wanted = {form: file for form, file in files.items() if file is not None}
    if not wanted:
        _say(found)
    for form, file in wanted.items():
        _put(_writers()[form](found), file)
    return 0


def _writers() -> dict[str, Writer]:
    from payrelay.conformance.reports.evidence import evidence
    from payrelay.conformance.reports.har import har
    from payrelay.conformance.reports.html import html
    from payrelay.conformance.reports.junit import junit
    from payrelay.conformance.reports.markdown import markdown
    from payrelay.conformance.reports.ndjson import ndjson

    return {"html": html, "junit": junit, "har": har, "ndjson": ndjson, "markdown": markdown, "zip": evidence}


def _put(report: str | bytes, file: Path) -> None:
    from payrelay.cli.errors import UsageError

    try:
        file.write_bytes(report if isinstance(report, bytes) else report.encode())
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; name another file") from None


def _say(found: dict[str, Any]) -> None:
    from payrelay.cli.terminal import folded
    from payrelay.conformance.reports.words import BAD, SAID, guarantee, headline, scope, summary, word_of

    click.echo(headline(found))
    click.echo(folded(f"  {scope(found)}", 2))
    for one in found["requirements"]:
        if (word := word_of(one)) in (*BAD, "expected", "inconclusive"):
            click.echo(folded(f"  {SAID[word]}: {one['id']}: {one['expected'] or one['cause']}", 6))
    for stale in found["stale"]:
        click.echo(folded(f"  stale: {stale['says']}", 6))
    click.echo(folded(f"{summary(found)}.", 2))
    if said := guarantee(found):
        click.echo(folded(f"guarantee: {said}", 2))
