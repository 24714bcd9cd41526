"""Rumur, measured: with a thread for each core.

Rumur tells whole seconds only, so the clock is that of the whole program that searches; it takes no time to start. It
does not say what its search takes.
"""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from payrelay.verification import processes
from payrelay.verification.bench.measurements import ENOUGH, Found, NotMeasuredError, StoppedError

PACKAGES = {"rumur": "rumur", "gcc": "gcc"}
"""The programs that are needed, and the Debian package of each."""
FILE = "model.m"
GENERATE = ("rumur", "--deadlock-detection", "off", "--output-format", "machine-readable", "--output", "model.c", FILE)
COMPILE = ("gcc", "-std=c11", "-O3", "-march=native", "-o", "search", "model.c", "-lpthread")
SEARCH = ("./search",)
"""The commands by which Rumur searches a model."""


@dataclass(frozen=True)
class RumurFound:
    """What Rumur says of a search."""

    states: int
    steps: int
    """Rules fired: those that change nothing among them."""


def missing() -> list[str]:
    """The programs that are not on this machine, each with the package that has it."""
    return [
        f"{program}: Debian package {package}" for program, package in PACKAGES.items() if not shutil.which(program)
    ]


def measure(model: str, repeat: int, *, seconds: float | None = None) -> Found:
    """Let Rumur search a model so many times, each run and the compiler in so many seconds."""
    if lacking := missing():
        raise NotMeasuredError(f"not on this machine: {'; '.join(lacking)}")
    with tempfile.TemporaryDirectory(prefix="payrelay-rumur-") as folder:
        Path(folder, FILE).write_text(model, encoding="utf-8")
        preparing = sum(_run(command, folder, seconds).seconds for command in (GENERATE, COMPILE))
        runs: list[processes.Ran] = []
        while len(runs) < repeat and sum(one.seconds for one in runs) <= ENOUGH:
            runs.append(_run(SEARCH, folder, seconds))
    found = read(runs[-1].said)
    return Found(
        states=found.states,
        steps=found.steps,
        runs=tuple(one.seconds for one in runs),
        preparing=preparing,
    )


def _run(command: Sequence[str], folder: str, seconds: float | None) -> processes.Ran:
    try:
        ran = processes.run(command, folder, seconds)
    except processes.TooLongError:
        raise StoppedError(f"{Path(command[0]).name} was stopped after {seconds:.0f} seconds") from None
    if ran.code and "<summary " not in ran.said:
        raise NotMeasuredError(f"{command[0]} failed: {' '.join(ran.said.split())[:300] or 'it said nothing'}")
    return ran


def read(said: str) -> RumurFound:
    """What the program that Rumur made says."""
    found = re.search(r'<summary states="(\d+)" rules_fired="(\d+)" errors="(\d+)"', said)
    if found is None:
        raise NotMeasuredError(f"Rumur did not say what it found: {' '.join(said.split())[:300]}")
    if found[3] != "0":
        wrong = re.search(r"<message>(.*?)</message>", said)
        raise NotMeasuredError(f"Rumur: {html.unescape(wrong[1]) if wrong else 'something is violated'}")
    return RumurFound(states=int(found[1]), steps=int(found[2]))
