"""Processes: other programs, run with a clock and a limit, and ended together with whatever they started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer


class TooLongError(Exception):
    """A program was stopped because it took too long."""


@dataclass(frozen=True)
class Ran:
    """What became of a program."""

    code: int
    lines: tuple[tuple[float, str], ...]
    """What it said, on either of its streams, and after how many seconds."""
    seconds: float

    @property
    def said(self) -> str:
        """All that it said."""
        return "".join(line for _, line in self.lines)


def run(command: Sequence[str], folder: str, seconds: float | None = None) -> Ran:
    """Run a program in a folder. Raises TooLongError if it takes longer; a compiler leaves no part of it running."""
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        stopped: list[bool] = []

        def stop() -> None:
            stopped.append(True)
            _kill(process.pid)

        timer = Timer(seconds or 0.0, stop)
        if seconds is not None:
            timer.start()
        try:
            lines = tuple((time.perf_counter() - began, line) for line in process.stdout)
            code = process.wait()
        except BaseException:
            _kill(process.pid)
            raise
        finally:
            timer.cancel()
        took = time.perf_counter() - began
    if stopped:
        raise TooLongError
    return Ran(code, lines, took)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):  # it may have ended by itself
        os.killpg(group, signal.SIGKILL)
