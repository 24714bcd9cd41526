"""Log options: how a recorded log is followed, as a command is told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import click

DEFAULT = ("faults", "registration")


class Asked(NamedTuple):
    """What procedures may be runs of, what is seen, and which of them are followed; all, if nothing is said."""

    configurations: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The options that say so again."""
        named = (("--configuration", self.configurations), ("--links", self.links), ("--procedure", self.procedures))
        return [word for option, values in named for value in values for word in (option, value)]


def followed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `configurations` and `links`."""
    for option in (
        click.option(
            "--links", multiple=True, metavar="LINK[@ROLE][:DIRECTION]",
            help="What of a log is seen; the rest is hidden.",
        ),
        click.option(
            "--configuration", "configurations", multiple=True, metavar='"NAME [KEY=VALUE]..."',
            help=f"What procedures may be runs of; several may be named. {' and '.join(DEFAULT)}, if none is.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def draw_log_command(file: str, asked: Asked) -> str:
    """What to type to see where a log leaves the model."""
    words: Sequence[str] = [file, *asked.words()]
    return f"payrelay draw sequence {shlex.join(words)}"
