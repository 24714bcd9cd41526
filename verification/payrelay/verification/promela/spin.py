"""SPIN: run on a Promela model, and what it says of its search."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from payrelay.verification import processes
from payrelay.verification.promela.export import COMPILE, FILE, GENERATE, SEARCH, UNCOUNTABLE

PACKAGES = {"spin": "spin", "gcc": "gcc"}
"""The programs that are needed, and the Debian package of each."""
TRUNCATED = ("max search depth too small", "reached -DMEMLIM bound", "out of memory", "hashtable is full")
"""What SPIN says of a search that did not come to its end."""


class SpinError(Exception):
    """SPIN cannot be run, or not to its end. The text is one line that says what to do about it."""


class NotSearched(SpinError):
    """A search that was not taken to its end: it says nothing about the whole."""


@dataclass(frozen=True)
class SpinFound:
    """What SPIN says of a search."""

    states: int
    """Distinct states, the one that it begins in among them."""
    transitions: int
    """Stored and matched: one for each step, and one for the state that it begins in."""
    errors: int
    error: str
    """The first assertion that failed."""
    vector: int
    """The bytes of a state."""
    memory: float
    """Megabytes, with the tables and the stack that it was given."""
    seconds: float
    """Of the search."""
    preparing: float
    """Seconds that spin and gcc took to make the program that searches."""
    depth: int = 0
    """The longest run that was on the stack."""

    @property
    def verdict(self) -> str:
        """holds, violated, or inconclusive, as the engines would say."""
        if not self.errors:
            return "holds"
        return "inconclusive" if UNCOUNTABLE in self.error else "violated"


def missing() -> list[str]:
    """The programs that are not on this machine, each with the package that has it."""
    return [
        f"{program}: Debian package {package}" for program, package in PACKAGES.items() if not shutil.which(program)
    ]


@dataclass(frozen=True)
class Program:
    """The program that spin and gcc made of a model. It searches that model as often as it is asked to."""

    folder: str
    preparing: float
    """Seconds that it took to make."""

    def search(self, seconds: float | None = None, options: Sequence[str] = SEARCH[1:]) -> SpinFound:
        """Search the model to its end, past violations as well."""
        return read(_run([SEARCH[0], *options, "-c0"], self.folder, seconds), self.preparing)


@contextmanager
def compiled(model: str, *, seconds: float | None = None, defined: Sequence[str] = ()) -> Iterator[Program]:
    """Make the program that searches a model, for a while. `defined` goes before the model: `N=3`."""
    if lacking := missing():
        raise SpinError(f"not on this machine: {'; '.join(lacking)}")
    with tempfile.TemporaryDirectory(prefix="payrelay-spin-") as folder:
        started = time.perf_counter()
        Path(folder, FILE).write_text(model, encoding="utf-8")
        left = seconds
        for command in ([*GENERATE[:-1], *(f"-D{one}" for one in defined), FILE], COMPILE):
            _run(command, folder, left)
            left = seconds and max(0.1, seconds - (time.perf_counter() - started))
        yield Program(folder, time.perf_counter() - started)


def search(model: str, *, seconds: float | None = None, defined: Sequence[str] = ()) -> SpinFound:
    """Let SPIN search a model to its end, past violations as well, in so many seconds all in all."""
    with compiled(model, seconds=seconds, defined=defined) as program:
        return program.search(seconds and max(0.1, seconds - program.preparing))


def _run(command: Sequence[str], folder: str, seconds: float | None) -> str:
    try:
        ran = processes.run(command, folder, seconds)
    except processes.TooLongError:
        raise NotSearched(f"{Path(command[0]).name} was stopped after {seconds:.0f} seconds") from None
    if ran.code and "errors: " not in ran.said:
        raise SpinError(f"{command[0]} failed: {' '.join(ran.said.split())[:300] or 'it said nothing'}")
    return ran.said


def read(said: str, preparing: float = 0.0) -> SpinFound:
    """What the program that SPIN made says. Raises NotSearched if it did not come to its end."""
    for reason in TRUNCATED:
        if reason in said:
            raise NotSearched(f"SPIN did not search everything: {reason}")

    def number(pattern: str) -> str:
        found = re.search(pattern, said)
        if found is None:
            raise SpinError(f"SPIN did not say what it found: {' '.join(said.split())[:300]}")
        return found[1]

    error = re.search(r"^pan:\d+: (.*)$", said, re.MULTILINE)
    return SpinFound(
        states=int(number(r"(\d+) states, stored")),
        transitions=int(number(r"(\d+) transitions")),
        errors=int(number(r"errors: (\d+)")),
        error=error[1] if error else "",
        vector=int(number(r"State-vector (\d+) byte")),
        memory=float(number(r"([\d.]+)\s+total actual memory usage")),
        seconds=float(number(r"elapsed time ([\d.e+-]+) seconds")),
        preparing=preparing,
        depth=int(number(r"depth reached (\d+)")),
    )
