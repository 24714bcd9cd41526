"""Processes: every party of a system as a process of its own, started, killed and ended by whoever runs it."""

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
END_SECONDS = 10.0


@dataclass
class Processes:
    """The parties of a system, by name."""

    settings: Mapping[str, Path]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, party: str) -> None:
        """Start a party, and wait until it takes requests."""
        process = subprocess.Popen(
            [sys.executable, "-m", "payrelay.reference_impl", str(self.settings[party])],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C is for whoever runs them, who ends them in order
        )
        self.running[party] = process
        assert process.stdout is not None
        if process.stdout.readline().strip() != READY:
            _, said = process.communicate()
            del self.running[party]
            raise ConfigurationError(said.strip().removeprefix("payrelay: ") or f"{party} did not start")

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
def running(settings: Mapping[str, Path]) -> Iterator[Processes]:
    """All parties, started in the order of the mapping, and ended at last."""
    processes = Processes(settings)
    try:
        for party in settings:
            processes.start(party)
        yield processes
    finally:
        processes.end_all()
