"""Processes: every party of a system as a process of its own, started, killed and ended by whoever runs it.

What a party says beside that it is ready stands in a file beside its settings, `relay.log`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from payrelay.language.configurations import ConfigurationError

READY = "ready"
"""The line that a server prints once it takes requests."""
ATTACHED = "--attached"
"""The option by which a server ends with its standard input, so that none outlives who started it."""
END_SECONDS = 10.0


@dataclass
class Processes:
    """The parties of a system, by name."""

    settings: Mapping[str, Path]
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    module: str = "payrelay.reference_impl"
    """What each process runs: this, or for tests what makes it faulty first."""

    def start(self, party: str) -> None:
        """Start a party, and wait until it takes requests."""
        settings = self.settings[party]
        told = settings.with_suffix(".log")
        with told.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(settings), ATTACHED],
                env=dict(self.environment),
                stdin=subprocess.PIPE,  # a party ends when it does, which it does with this process
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # a Ctrl-C is for whoever runs them, who ends them in order
            )
        self.running[party] = process
        assert process.stdout is not None
        if process.stdout.readline().strip() != READY:
            self.kill(party)
            lines = told.read_text(encoding="utf-8").strip().splitlines()
            said = lines[-1].removeprefix("payrelay: ") if lines else "nothing"
            raise ConfigurationError(f"{party} did not start; it said: {said}")

    def kill(self, party: str) -> None:
        """End a party at once, whatever it is doing."""
        process = self.running.pop(party)
        process.kill()
        process.communicate()

    def end(self, party: str) -> int:
        """Have a party end cleanly; what it ended with."""
        process = self.running.pop(party)
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode

    def end_all(self) -> dict[str, int]:
        """Have all parties end, the last started first."""
        return {party: self.end(party) for party in reversed(list(self.running))}


@contextmanager
def running(settings: Mapping[str, Path], environment: Mapping[str, str] | None = None) -> Iterator[Processes]:
    """All parties, started in the order of the mapping, and ended at last."""
    processes = Processes(settings, os.environ if environment is None else environment)
    try:
        for party in settings:
            processes.start(party)
        yield processes
    finally:
        processes.end_all()
