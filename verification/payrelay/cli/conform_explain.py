"""`payrelay conform explain`: what a requirement asks for, or what happened in a check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from payrelay.cli.conform_results import RESULT
from payrelay.cli.drawing import drawn

FORMATS = ("text", "svg")
EXAMPLE = """
\b
Examples:
  payrelay conform explain relay.shows-the-amount
  payrelay conform explain W-HTTP-13
  payrelay conform explain relay.wait_consent.result_info                  a check of result.json
  payrelay conform explain relay.wait_consent.result_info --output it.svg

Exit codes: 0 explained, 2 nothing is called so, or no result.
"""


@click.command("explain", short_help="Tell what a requirement asks for, or what a check saw.", epilog=EXAMPLE)
@click.argument("name", metavar="CHECK|REQUIREMENT")
@click.option(
    "--result",
    type=click.Path(path_type=Path, dir_okay=False),
    default=RESULT,
    metavar="FILE",
    help=f"The result that the check is in; {RESULT} if nothing is said.",
)
@drawn(FORMATS)
def command(name: str, result: Path, format: str | None, output: Path | None) -> int:
    """Explain a requirement, and what came of it if there is a result; or a check of a result, with its picture."""
    from payrelay.cli.conform_results import read_result
    from payrelay.cli.drawing import format_of, put
    from payrelay.cli.requirement_words import requirement_lines, requirements_called
    from payrelay.cli.terminal import folded

    wanted = format_of(format, output, FORMATS)
    found = read_result(result) if result.exists() or str(result) != RESULT else None
    if requirements := requirements_called(name):
        for one in requirements:
            for line in (*requirement_lines(one), *_came_of(one.id, found)):
                click.echo(folded(line, 4))
        return 0
    check = _check(name, found, result)
    if wanted == "svg":
        from payrelay.conformance.reports.pictures import sequence
        from payrelay.diagrams.svg import svg

        put(svg(sequence(check)), output)
        return 0
    put("\n".join(told(check)) + "\n", output)
    return 0


def _check(name: str, found: dict[str, Any] | None, result: Path) -> dict[str, Any]:
    from payrelay.cli.errors import UsageError
    from payrelay.cli.requirement_words import requirement_names
    from payrelay.language.configurations import did_you_mean

    checks = {one["id"]: one for one in found["checks"]} if found else {}
    if name not in checks:
        near = did_you_mean(name, [*checks, *requirement_names()])
        there = near if "did you mean" in near else "; see: payrelay conform requirements"
        where = f" in {result}" if found else f", and there is no {result} with checks"
        raise UsageError(f"no requirement is called '{name}', nor a check{where}{there}")
    return dict(checks[name])


def _came_of(id_: str, found: dict[str, Any] | None) -> Iterator[str]:
    from payrelay.conformance.reports.words import SAID, word_of

    one = next((one for one in found["requirements"] if one["id"] == id_), None) if found else None
    if one is None or found is None:
        return
    cause = f": {one['cause']}" if one["cause"] else ""
    yield f"  In this result: {SAID[word_of(one)]}{cause}."
    verdicts = {check["id"]: check["verdict"] for check in found["checks"]}
    for check in [check for check in one["checks"] if verdicts[check] != "pass"][:5]:
        yield f"    {SAID[verdicts[check]]}: payrelay conform explain {check}"


def told(check: dict[str, Any]) -> Iterator[str]:
    """A check in lines: what it is, its picture, what it breaks, and how to see it again."""
    import sys

    from payrelay.cli.terminal import has_colours, width
    from payrelay.conformance.reports.pictures import picture_of
    from payrelay.conformance.reports.words import SAID, why
    from payrelay.conformance.revisions import revision
    from payrelay.diagrams.sequence.text import text

    because = f": {why(check)}" if why(check) else ""
    yield f"{check['id']}, a check: {SAID[check['verdict']]}{because}"
    if check["steps"]:
        picture = picture_of(check)
        narrowest = 40 + 6 * len(picture.lifelines)
        yield text(picture, max(width(), narrowest), with_states=True, is_coloured=has_colours(sys.stdout)).rstrip()
    else:
        yield "  What happened in it was not kept: it passed."
    deviation = check["deviation"]
    if deviation and deviation["expected"]:
        yield f"Would have passed: {', '.join(deviation['expected'])}"
    known = revision().by_id
    for id_ in check["breaks"] or check["requirements"]:
        word = "Breaks" if check["breaks"] else "For"
        yield f"{word} {id_}: {known[id_].text}" if id_ in known else f"{word} {id_}"
    yield f"Again: {check['replay']}"
