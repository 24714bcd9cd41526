"""The servers of a campaign: each a process of its own, which begins at once.

A server that is started as a program spends a second of processor time on reading its modules. Here one process has
read them, and each server is forked from it (`multiprocessing`'s fork server): so it can be killed as often as it
takes. What it runs is what `python -m payrelay.reference_impl` runs.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from payrelay.language.configurations import ConfigurationError
from payrelay.reference_impl.servers import make_server
from payrelay.reference_impl.settings_files import PREFIX, read_settings

READY = "ready"
START_SECONDS, END_SECONDS = 60.0, 15.0
CANNOT_START = 2
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([__name__])


def make_ready(**also: str) -> None:
    """Start the process that servers are forked from, if there is none yet.

    It finds modules where this one does, and has these variables in its environment from its beginning.
    """
    before = dict(os.environ)
    os.environ.update(also, PYTHONPATH=os.pathsep.join(sys.path))
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


Program = Callable[[Path, Mapping[str, str], Callable[[], None]], int]
"""Runs a party by its settings and its environment, and calls once it is ready; what the process ends with."""


def sound(settings: Path, environment: Mapping[str, str], on_ready: Callable[[], None]) -> int:
    """A party as it is."""
    return asyncio.run(make_server(read_settings(settings, environment)).run(on_ready))


def _child(program: Program, settings: Path, environment: Mapping[str, str], log: Path, told: Connection) -> None:
    """What a server's process does from its beginning to its end."""
    os.setsid()  # a Ctrl-C is for whoever runs it
    with log.open("w", encoding="utf-8") as errors:
        os.dup2(errors.fileno(), sys.stderr.fileno())
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(environment)
    threading.Thread(target=_end_with, args=(told,), daemon=True).start()
    try:
        os._exit(program(settings, environment, lambda: told.send(READY)))
    except ConfigurationError as error:
        print(f"payrelay: {error}", file=sys.stderr, flush=True)
        os._exit(CANNOT_START)


def _end_with(told: Connection) -> None:
    """Be told to end once whoever runs this process is gone."""
    try:
        told.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Server:
    """One server, started and killed any number of times."""

    party: str
    settings: Path
    environment: Mapping[str, str]
    program: Program = sound
    _process: ForkServerProcess | None = field(default=None, repr=False)
    _told: Connection | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """What it says stands in this file, from its last start."""
        return self.settings.with_suffix(".log")

    def start(self, also: Mapping[str, str]) -> bool:
        """Start it, with these variables also in its environment, and wait until it takes requests; False if it has
        ended before."""
        self._told, theirs = _FORKING.Pipe()
        arguments = (self.program, self.settings, {**self.environment, **also}, self.log, theirs)
        self._process = _FORKING.Process(target=_child, args=arguments)
        self._process.start()
        theirs.close()
        try:
            return self._told.poll(START_SECONDS) and self._told.recv() == READY
        except (EOFError, ConnectionError):
            return False

    @property
    def is_there(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.is_alive()

    def kill(self) -> int:
        """End it at once, whatever it is doing; what it ended with, which is its own if it had ended already."""
        if self._process is not None:
            self._process.kill()
        return self._ended()

    def end(self) -> int:
        """Have it end cleanly; what it ended with."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(END_SECONDS)
            self._process.kill()
        return self._ended()

    def _ended(self) -> int:
        if self._process is None or self._told is None:
            return 0
        self._process.join()
        code = self._process.exitcode or 0
        self._process.close()
        self._told.close()
        self._process = self._told = None
        return code

    def said(self) -> list[str]:
        """The lines that it has said since its last start."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def last_said(self) -> str:
        """The last of these lines, which is why it ended if it ended by itself."""
        return (self.said() or ["nothing"])[-1]
