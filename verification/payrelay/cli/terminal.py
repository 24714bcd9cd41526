"""The terminal: how wide it is, and whether it has colours."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

NARROWEST = 40
COLOURS = {"holds": "32", "killed": "32", "violated": "31", "survived": "31", "inconclusive": "33", "vacuous": "33"}


def has_colours(stream: TextIO) -> bool:
    """Whether colours are wanted and shown: NO_COLOR is respected."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(word: str) -> str:
    """A verdict in its colour, where there are colours."""
    colour = COLOURS.get(word)
    return f"\x1b[{colour}m{word}\x1b[0m" if colour and has_colours(sys.stdout) else word


def width() -> int:
    """The columns of the terminal."""
    return max(NARROWEST, shutil.get_terminal_size().columns)


@contextmanager
def rewritten_line(stream: TextIO) -> Iterator[Callable[[str], None] | None]:
    """One line that is written anew each time, and is gone at the end; None in a pipe, where nothing can be."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return

    def write(text: str) -> None:
        stream.write(f"\r\x1b[K{text[: width() - 1]}")
        stream.flush()

    try:
        yield write
    finally:
        write("")


def folded(line: str, indent: int) -> str:
    """A line folded to the terminal, with what is folded under `indent`; in a pipe a line stays a line."""
    if not sys.stdout.isatty():
        return line
    under = " " * min(indent, width() // 3)
    return textwrap.fill(
        line, width(), subsequent_indent=under, break_long_words=False, break_on_hyphens=False,
        drop_whitespace=True, replace_whitespace=False,
    )  # fmt: skip
