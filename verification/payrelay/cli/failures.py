"""Failures: what could not be searched, on standard error, beside what could."""

from __future__ import annotations

from collections.abc import Sequence

import click

from payrelay.cli.errors import how_to_see_more, wants_traceback
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.outcomes import Outcome


def say_failures(outcomes: Sequence[Outcome]) -> None:
    """What could not be searched, one line each on standard error; the same reason once."""
    lines: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.failure:
            lines.setdefault(outcome.failure.line, []).append(outcome)
    for line, failed in lines.items():
        names = ", ".join(outcome.configuration.name for outcome in failed)
        failure = failed[0].failure
        assert failure is not None
        is_fault = failure.code is ExitCode.FAULT
        if is_fault and wants_traceback():
            click.echo(failure.traceback, err=True)
        click.echo(f"payrelay: {names}: {line}{how_to_see_more() if is_fault else ''}", err=True)
