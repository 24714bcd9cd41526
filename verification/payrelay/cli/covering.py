"""Covering: how much of what is drawn a search sees at work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.subjects import Subject

if TYPE_CHECKING:
    from payrelay.verification.coverage import Coverage


class Covered(NamedTuple):
    """What a search saw at work, in which configurations, and how the command ends for it."""

    coverage: Coverage
    searched: str
    code: ExitCode


def covered(
    of: Subject, surroundings: Surroundings, states: int | None, memory: int | None, seconds: float | None
) -> Covered:
    """Search what is drawn, as `payrelay verify` does, and keep what was seen at work."""
    from functools import reduce
    from operator import or_

    from payrelay.cli.exit_codes import together
    from payrelay.cli.failures import say_failures
    from payrelay.cli.progress import shown_progress
    from payrelay.cli.searching import Job
    from payrelay.cli.workers import in_order, largest_first, search_all

    properties = tuple(one.name for one in of.catalogue.properties)
    jobs = [Job(configuration=one, properties=properties, states=states) for one in of.configurations]
    around = replace(surroundings, processes=0) if of.is_classic else surroundings
    with shown_progress() as show:
        ended = search_all(largest_first(jobs), of.catalogue, around, show, seconds, memory)
    outcomes = in_order(ended.outcomes, of.configurations)
    say_failures(outcomes)
    found = [one.coverage for one in outcomes if one.coverage]
    cut = [one.bound for one in outcomes if one.bound]
    codes = [one.failure.code for one in outcomes if one.failure]
    codes += [ExitCode.INCONCLUSIVE] * bool(cut) + [ExitCode.INTERRUPTED] * ended.interrupted
    if not found:
        click.echo(f"payrelay: nothing was searched in {of.named}, so that there is nothing to draw", err=True)
        raise click.exceptions.Exit(together(codes))
    searched = f"{of.named}, cut short: {cut[0]}" if cut else of.named
    return Covered(reduce(or_, found), searched, together(codes))
