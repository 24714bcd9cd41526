"""The options of commands that are a terminal at the shell: where the relay is, and how the result is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from payrelay.cli.serve import FOLDER

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--folder",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help=f"The folder of a system that payrelay serve runs. [{FOLDER}]",
    ),
    click.option("--relay", "relay_url", metavar="URL", help="In place of a folder: the URL of the relay."),
    click.option(
        "--session",
        envvar="PAYRELAY_SESSION",
        metavar="SESSION",
        help="With --relay: the user's session there; in PAYRELAY_SESSION others cannot see it.",
    ),
    click.option(
        "--keyring",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="With --relay, hardened: the roots and recipients of a terminal, as in DIR/terminal.keys.json.",
    ),
    click.option(
        "--roots",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="With --relay, over TLS: whom to trust, as PEM, in place of this machine's own.",
    ),
    click.option(
        "--patience",
        type=click.FloatRange(min=1),
        default=120.0,
        metavar="SECONDS",
        help="How long to wait after each decision. [120]",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document; pages go to standard error."),
)


def terminal_options(command: Command) -> Command:
    """Add the options."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
