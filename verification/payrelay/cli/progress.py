"""Progress: one line on the terminal's standard error that says how far the searches are; quiet in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from payrelay.cli.searching import Progress
from payrelay.cli.terminal import rewritten_line
from payrelay.cli.workers import ShowAll

OFTEN = 0.2
"""Seconds between two looks of the line."""


@contextmanager
def shown_progress(stream: TextIO | None = None) -> Iterator[ShowAll]:
    """Something to show progress with, and a clean line at the end."""
    with rewritten_line(sys.stderr if stream is None else stream) as write:
        yield _Line(write).show if write else _quietly


def _quietly(_going: Sequence[Progress], _done: int, _all: int) -> None:
    """Show nothing."""


class _Line:
    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write
        self.last = 0.0

    def show(self, going: Sequence[Progress], done: int, all_: int) -> None:
        """Write the line anew, if it is time."""
        if (now := time.monotonic()) - self.last < OFTEN:
            return
        self.last = now
        text = f"{done} of {all_} searched; " if all_ > 1 else ""
        text += "; ".join(map(in_a_few_words, sorted(going, key=lambda one: -one.states)))
        self.write(text)


def in_a_few_words(progress: Progress) -> str:
    """The figures of one search."""
    rate = f" ({progress.states / progress.seconds:,.0f}/s)" if progress.seconds >= OFTEN else ""
    frontier = f"frontier {progress.waiting:,}, " if progress.waiting else ""
    return (
        f"{progress.configuration}: {progress.phase}, {progress.states:,} states{rate}, "
        f"{frontier}depth {progress.depth}, {progress.memory >> 20} MiB"
    )
