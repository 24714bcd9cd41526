"""Asking: what a person at the shell is shown and asked, or what a script has said beforehand.

What is shown goes to standard output, or to standard error where a document is wanted there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

from payrelay.cli.errors import UsageError
from payrelay.cli.shell_terminals import Interrupts

T = TypeVar("T")


class UnansweredError(UsageError):
    """Nobody is there to answer what was not said beforehand. The text says how to say it."""


@dataclass(frozen=True)
class Asking:
    """How a person is spoken with."""

    interrupts: Interrupts
    as_json: bool = False

    def says(self, text: str = "") -> None:
        """Show something."""
        click.echo(text, err=self.as_json)

    def mentions(self, text: str) -> None:
        """Show something that does not belong to the result, to whoever sits there."""
        if sys.stderr.isatty():
            click.echo(text, err=True)

    def agrees(self, question: str, otherwise: str) -> bool:
        """Whether the answer is yes."""
        return self._asked(lambda: click.confirm(question, default=False, err=self.as_json), otherwise)

    def number(self, question: str, least: int, most: int, otherwise: str) -> int:
        """A number of a range."""
        kind = click.IntRange(least, most)
        return self._asked(lambda: int(click.prompt(question, type=kind, err=self.as_json)), otherwise)

    def text(self, question: str, otherwise: str, default: str | None = None) -> str:
        """What the user writes; the default, which may be empty, if nothing."""
        shows = bool(default)
        asked = lambda: str(click.prompt(question, default=default, show_default=shows, err=self.as_json))  # noqa: E731
        return self._asked(asked, otherwise).strip()

    def secret(self, question: str, otherwise: str, *, twice: bool = False) -> str:
        """What the user writes and nobody sees."""
        if sys.stdin is None or not sys.stdin.isatty():  # a pipe has no echo
            return self.text(question, otherwise)
        return self._asked(
            lambda: str(click.prompt(question, hide_input=True, confirmation_prompt=twice, err=self.as_json)), otherwise
        )

    def _asked(self, asked: Callable[[], T], otherwise: str) -> T:
        """Raises UnansweredError where the input has ended, InterruptedByUserError at Ctrl-C."""
        if sys.stdin is None:  # it was closed
            raise UnansweredError(otherwise)
        with self.interrupts.asking():
            try:
                return asked()
            except click.Abort as abort:
                if isinstance(abort.__context__, KeyboardInterrupt):
                    raise KeyboardInterrupt from None
                self.says()
                raise UnansweredError(otherwise) from None
