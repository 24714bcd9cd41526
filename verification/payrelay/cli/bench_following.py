"""Following, measured: how many events of a log `check-trace` follows in a second of processor time, and what it takes.

The log is written by the model itself: a thousand procedures at once, with every kind of fault. It is followed in a
process of its own, so that the most memory that this ever had is what following takes, Python and the tables included.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.log_options import DEFAULT, Asked
from payrelay.verification.bench.bars import OURS, Bar
from payrelay.verification.bench.measurements import ENOUGH, NotMeasuredError, StoppedError, rounded

NAME = "check_trace"
EVENTS = 200_000
SEED = 1
FOLLOWED = "events followed in a second of processor time"
EVENTS_PER_SECOND = 20_000.0
"""So many are to be followed in a second."""


class Run(NamedTuple):
    """What one run came to."""

    verdict: str
    events: int
    seconds: float
    """Processor time, that of making the tables included."""
    peak: int | None
    """The most bytes that the process had; None where the system does not tell."""


@dataclass(frozen=True)
class Log:
    """A log to follow."""

    load: Callable[[], Catalogue]
    name: str = NAME
    published: None = None


@dataclass(frozen=True)
class Followed:
    """What was found of a log."""

    workload: str
    runs: tuple[Run, ...]

    @property
    def events(self) -> int:
        """How many there were."""
        return self.runs[0].events

    @property
    def seconds(self) -> float:
        """The least that it took."""
        return min(run.seconds for run in self.runs)

    @property
    def events_per_second(self) -> float:
        """Events in a second of processor time."""
        return self.events / self.seconds

    @property
    def peak(self) -> int | None:
        """The most bytes that any run had."""
        return max((run.peak for run in self.runs if run.peak is not None), default=None)

    @property
    def bar(self) -> Bar:
        """What was to be reached."""
        return Bar(self.workload, FOLLOWED, "at least", EVENTS_PER_SECOND, self.events_per_second, "events/s")

    def values(self) -> Iterator[dict[str, Any]]:
        """The measurements as plain data, each of one quantity. Nothing was searched, so there are no states."""
        searched = dict.fromkeys(("states", "steps", "steps_per_second", "bytes_per_state"))
        shared = {"workload": self.workload, "tool": OURS, **searched, "events": self.events}
        shared |= {"seconds": rounded(self.seconds), "runs": [rounded(run.seconds) for run in self.runs]}
        yield {
            **shared,
            "quantity": FOLLOWED,
            "unit": "events/s",
            "value": rounded(self.events_per_second),
        }
        if self.peak is not None:
            yield {**shared, "quantity": "peak memory", "unit": "bytes", "value": self.peak}


def measure(log: Log, repeat: int, seconds: float | None) -> Followed:
    """Write the log, and follow it so many times, each in so many seconds."""
    with tempfile.TemporaryDirectory(prefix="payrelay-log-") as folder:
        file = Path(folder, "log.ndjson")
        write(log.load(), file, EVENTS)
        runs: list[Run] = []
        while len(runs) < repeat and sum(run.seconds for run in runs) <= ENOUGH:
            runs.append(_run(log, file, seconds))
            if runs[-1].verdict != "explained":
                raise NotMeasuredError(f"a log of the model's own was followed, and found {runs[-1].verdict}")
    return Followed(log.name, tuple(runs))


def write(catalogue: Catalogue, file: Path, events: int) -> None:
    """Write a log of so many events into a file. The same number, the same log."""
    from payrelay.cli.selection import select
    from payrelay.language.observations import OpenValues
    from payrelay.observation.logs import LogWriter

    # A terminal takes a fresh nonce for every request.
    configurations = [select(catalogue, [name, "nonces=each"]).configurations[0] for name in DEFAULT]
    systems = [catalogue.system(configuration) for configuration in configurations]
    writer = LogWriter(systems, catalogue.open_values or OpenValues(), SEED)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{line}\n" for line in writer.lines(events))


def _run(log: Log, file: Path, seconds: float | None) -> Run:
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_follow, args=(log.load, str(file), theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            raise StoppedError(f"following was stopped after {seconds:g} seconds")
        run: Run = ours.recv()
    except EOFError:
        raise NotMeasuredError("the process that followed the log ended before it was done") from None
    finally:
        process.kill()
        process.join()
        ours.close()
    return run


def _follow(load: Callable[[], Catalogue], file: str, to: Connection) -> None:
    """Follow a log, in this process."""
    from payrelay.cli.checking import check

    catalogue = load()
    before = time.process_time()
    checked = check(catalogue, file, Asked(DEFAULT))
    to.send(Run(checked.verdict, checked.events, time.process_time() - before, peak_memory()))


def peak_memory() -> int | None:
    """The most bytes that this process ever had; None where the system does not tell.

    What `resource` has also counts what a process had before it became this program.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) << 10 if found else None
