"""Markdown: a result as a comment on a change. What is broken comes first, and everything else is a figure."""

from __future__ import annotations

from collections.abc import Iterator

from payrelay.conformance.reports.words import (
    BAD,
    SAID,
    Result,
    counts,
    guarantee,
    headline,
    scope,
    summary,
    why,
    word_of,
    worst_first,
)

MOST = 20
"""How many lines a table may have."""


def markdown(result: Result) -> str:
    """The text."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    yield f"### payrelay conform: {_cell(headline(result))}"
    yield ""
    yield f"{summary(result).capitalize()}."
    yield f"<sub>{_cell(scope(result))}</sub>"
    if said := guarantee(result):
        yield ""
        yield f"Guarantee: {_cell(said)}."
    yield from _broken(result)
    yield from _failed(result)
    yield from (f"\nStale: {_cell(one['says'])}" for one in result["stale"])
    yield from _expected(result)
    yield ""
    yield "| requirements | |"
    yield "|---|---:|"
    yield from (f"| {SAID[word]} | {number} |" for word, number in counts(result).items())


def _broken(result: Result) -> Iterator[str]:
    broken = [one for one in result["requirements"] if word_of(one) in BAD]
    if broken:
        yield ""
        yield "| broken | level | what is required | what happened |"
        yield "|---|---|---|---|"
    for one in broken[:MOST]:
        yield f"| `{one['id']}` | {one['level']} | {_cell(one['text'])} | {_cell(one['cause'])} |"
    if len(broken) > MOST:
        yield f"\nAnd {len(broken) - MOST} more."


def _failed(result: Result) -> Iterator[str]:
    failed = [one for one in worst_first(result["checks"]) if one["verdict"] in BAD]
    if failed:
        yield ""
        yield "<details><summary>Checks that failed</summary>"
        yield ""
    for one in failed[:MOST]:
        yield f"* `{one['id']}`: {_cell(why(one))}; again: `{one['replay']}`"
    if len(failed) > MOST:
        yield f"* and {len(failed) - MOST} more"
    if failed:
        yield ""
        yield "</details>"


def _expected(result: Result) -> Iterator[str]:
    known = [one for one in result["requirements"] if word_of(one) == "expected"]
    yield from ("", "| expected to fail | why |", "|---|---|") if known else ()
    yield from (f"| `{one['id']}` | {_cell(one['expected'])} |" for one in known[:MOST])
    if len(known) > MOST:
        yield f"\nAnd {len(known) - MOST} more."


def _cell(text: str) -> str:
    """A text that means nothing to Markdown."""
    escaped = "".join(f"\\{one}" if one in "\\|*_[]<>`" else one for one in text)
    return " ".join(escaped.split())
