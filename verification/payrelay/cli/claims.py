"""`payrelay claims`: the claims, element by element, beside what the model says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.limits import limited

if TYPE_CHECKING:
    from payrelay.cli.claim_verdicts import ClaimsReport, ElementVerdict

EXAMPLE = """
\b
Examples:
  payrelay claims
  payrelay claims --json > claims.json
  payrelay explain claim 9        one claim, without a search

Exit codes: 0 all established, 1 some element violated, 4 some inconclusive, 130 interrupted.
"""


@click.command("claims", short_help="Say of each element of each claim what the model says of it.", epilog=EXAMPLE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@limited
@click.pass_obj
def command(
    surroundings: Surroundings,
    as_json: bool,
    max_states: int | None,
    max_memory: int | None,
    time_limit: float | None,
) -> int:
    """Search the default set, and judge the elements of the claims by the properties that they lean on."""
    import json

    from payrelay.cli.claim_verdicts import judge, properties_of_claims
    from payrelay.cli.failures import say_failures
    from payrelay.cli.progress import shown_progress
    from payrelay.cli.searching import Job
    from payrelay.cli.workers import in_order, largest_first, search_all

    catalogue = surroundings.load()
    names = tuple(one.name for one in properties_of_claims(catalogue))
    jobs = [Job(configuration=one, properties=names, states=max_states) for one in catalogue.default_set]
    with shown_progress() as show:
        ended = search_all(largest_first(jobs), catalogue, surroundings, show, time_limit, max_memory)
    report = judge(catalogue, in_order(ended.outcomes, catalogue.default_set))
    if as_json:
        click.echo(json.dumps(report.value(), indent=2))
    else:
        for line in lines(report):
            click.echo(line)
        if ended.interrupted:
            click.echo("Interrupted: this is what was known.")
    say_failures(report.outcomes)
    return report.exit_code(ended.interrupted)


def lines(report: ClaimsReport) -> Iterator[str]:
    """The report as text."""
    from payrelay.cli.claim_verdicts import NO_OPINION
    from payrelay.cli.terminal import folded, painted
    from payrelay.cli.words import in_words

    for claim in report.claims:
        yield f"claim {claim.number}: {painted(in_words(claim.verdict))}"
        for one in claim.elements:
            yield folded(f"  {painted(in_words(one.verdict))}: {one.element.text}", 6)
            yield from (folded(f"      {line}", 18) for line in _beside(one))
        yield ""
    searched = ", ".join(outcome.configuration.name for outcome in report.outcomes)
    states = sum(outcome.states for outcome in report.outcomes)
    yield folded(f"Searched: {searched}; {states:,} states. What was found where: payrelay verify.", 2)
    yield folded(NO_OPINION, 2)


def _beside(one: ElementVerdict) -> Iterator[str]:
    from payrelay.cli.standings_in_words import standing_line

    if one.element.model:
        yield f"model       {one.element.model}"
    for standing in one.standings:
        yield f"property    {standing.property.label} {standing.property.name}: {standing_line(standing)}"
    if not one.standings:
        yield "property    none of its own"
    if one.element.wire:
        yield f"on a wire   {one.element.wire}"
    if one.element.remark:
        yield f"remark      {one.element.remark}"
