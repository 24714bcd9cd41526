"""Options that say what of a configuration is run, where that is otherwise than it says itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from payrelay.conformance.runs import Choice

DEPTHS = ("smoke", "must", "full", "soak")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _duration(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    unit = next((one for one in ("ms", "s", "m", "h") if text.endswith(one)), "")
    number = text.removesuffix(unit)
    if not unit or not number.replace(".", "", 1).isdigit() or float(number) <= 0:
        raise click.BadParameter(f"'{text}' is no duration; write 60s, 10m or 1h")
    return float(number) * UNITS[unit]


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose cases."""
    for option in reversed(
        (
            click.option("--depth", type=click.Choice(DEPTHS), help="How much is tried."),
            click.option("--seed", type=click.IntRange(0), metavar="N", help="By which choices at random are made."),
            click.option("--capability", metavar="NAME", help="Of terminals: html, compact_html, plain_text or json."),
        )
    ):
        function = option(function)
    return function


def chosen(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose cases, and how long they may take."""
    only = click.option(
        "--only", multiple=True, metavar="NAME", help="A check, or what is for a requirement; * at the end for all."
    )
    budget = click.option(
        "--budget", callback=_duration, metavar="TIME", help="After which nothing more is begun: 60s."
    )
    return only(choosing(budget(function)))


def choice_of(options: Mapping[str, Any]) -> Choice:
    """The choice that options say."""
    from payrelay.cli.errors import UsageError
    from payrelay.conformance.runs import Choice
    from payrelay.language.configurations import did_you_mean
    from payrelay.model.conversion import CAPABILITIES

    capability = options.get("capability")
    if capability is not None and capability not in CAPABILITIES:
        raise UsageError(f"no capability '{capability}'{did_you_mean(capability, CAPABILITIES)}")
    return Choice(**options)
