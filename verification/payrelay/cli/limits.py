"""Limits: the options that end a search early, for every command that searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from payrelay.cli.quantities import seconds, size

OPTIONS = (
    click.option("--max-states", type=click.IntRange(min=1), metavar="N", help="Stop each search at so many states."),
    click.option("--max-memory", callback=size, metavar="SIZE", help="Stop at so much memory, all in all: 2G."),
    click.option("--time-limit", callback=seconds, metavar="T", help="Stop after so long, all in all: 90s, 10m."),
)


def limited(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `max_states`, `max_memory` and `time_limit`."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function
