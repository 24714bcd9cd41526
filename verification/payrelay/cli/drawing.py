"""Drawing: in which format, and where a picture goes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

from payrelay.cli.errors import UsageError
from payrelay.diagrams.formats import FORMATS, SUFFIXES
from payrelay.language.configurations import did_you_mean


def drawn(formats: Collection[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command that draws in these formats `format` and `output`."""

    def given(function: Callable[..., Any]) -> Callable[..., Any]:
        output = click.option(
            "--output",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help=f"Write to a file; its suffix says the format: {', '.join(_suffixes(formats))}.",
        )
        format = click.option("--format", metavar="|".join(formats), help="As what to draw it: text, if nothing says.")
        return format(output(function))

    return given


def _suffixes(formats: Collection[str]) -> list[str]:
    return [suffix for suffix, format in SUFFIXES.items() if format in formats]


def format_of(format: str | None, output: Path | None, formats: Collection[str] = FORMATS) -> str:
    """The format: what is said, or what the file's name asks for."""
    if format is not None:
        if format not in formats:
            raise UsageError(f"no format '{format}'{did_you_mean(format, formats)}")
        return format
    if output is None:
        return FORMATS[0]
    suffixes = _suffixes(formats)
    if output.suffix.lower() not in suffixes:
        raise UsageError(f"'{output.name}' does not say what to draw: end it in {', '.join(suffixes)}, or use --format")
    return SUFFIXES[output.suffix.lower()]


def put(text: str, output: Path | None) -> None:
    """Write a picture to a file, or print it."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}; name another file") from None
