"""A worker: a process that searches one job and tells its parent how far it is, and what it found.

The job comes on standard input, and after it nothing but the word to stop; the end of that input means that the
parent is gone, and the worker goes too. What it says goes out on standard output, as pickles.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from types import FrameType
from typing import BinaryIO

from payrelay.cli.searching import Progress, failed, search

BETWEEN_PROGRESS = 0.2
"""Seconds."""
STOP = b"s"


class Interruption:
    """Ends a search where it can still say what it knows.

    While states are searched, that is at its next progress; while something else goes on, at once.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.phase = ""

    def ask(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask for the end; a signal handler. To ask twice is to ask once."""
        if self.is_asked:
            return
        self.is_asked = True
        if self.phase not in ("compiling", "searching"):
            raise KeyboardInterrupt

    def reach(self, phase: str) -> None:
        """Say that a phase goes on. Raises KeyboardInterrupt if the end was asked for."""
        self.phase = phase
        if self.is_asked:
            raise KeyboardInterrupt


def _listen(words: BinaryIO) -> None:
    while True:
        if words.read(1) != STOP:
            os._exit(1)
        signal.raise_signal(signal.SIGINT)


def main() -> None:
    """Search the job on standard input."""
    interruption = Interruption()
    signal.signal(signal.SIGINT, interruption.ask)
    # What is printed by accident must not end up between the pickles.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    words = sys.stdin.buffer
    try:
        load, job = pickle.load(words)
        threading.Thread(target=_listen, args=(words,), daemon=True).start()
        last = 0.0

        def show(progress: Progress) -> None:
            nonlocal last
            interruption.reach(progress.phase)
            if (now := time.monotonic()) - last >= BETWEEN_PROGRESS:
                last = now
                _say(output, progress)

        try:
            catalogue = load()
        except Exception as error:
            outcome = failed(job, error)
        else:
            outcome = search(job, catalogue, show)
        interruption.is_asked = True
        _say(output, outcome)
    except (BrokenPipeError, EOFError, KeyboardInterrupt):
        pass
    # At once, since the thread that listens would hold up the end of the interpreter.
    output.close()
    os._exit(0)


def _say(output: BinaryIO, message: object) -> None:
    pickle.dump(message, output, protocol=pickle.HIGHEST_PROTOCOL)
    output.flush()


if __name__ == "__main__":
    main()
