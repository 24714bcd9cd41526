"""Workers: many jobs in parallel processes, largest first; and how they end when the user, or the time, wants it."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.outcomes import INTERRUPTED, Failure, Outcome
from payrelay.cli.searching import Job, Progress, ended, search
from payrelay.cli.worker import STOP, Interruption
from payrelay.language.configurations import Configuration

LOOK = 0.2
"""Seconds between looking at the clock and for an interruption."""
GRACE = 10.0
"""Seconds that a worker has to say what it knows, once it was told to stop."""
LATE = 2.0
"""Seconds after the time limit at which a search that has not seen it is told to stop."""

ShowAll = Callable[[Sequence[Progress], int, int], None]
"""Called now and then with the searches that go on, how many jobs are done, and how many there are."""


@dataclass(frozen=True)
class Ended:
    """What all jobs came to, in the order of the jobs."""

    outcomes: tuple[Outcome, ...]
    interrupted: bool


class Interrupts:
    """Counts the wishes to end, while `noticed`; nothing is torn apart by them."""

    def __init__(self) -> None:
        self.count = 0

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self.count += 1

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Count SIGINT and SIGTERM instead of dying of them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        old = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)


def search_all(
    jobs: Sequence[Job],
    catalogue: Catalogue,
    surroundings: Surroundings,
    show: ShowAll,
    seconds: float | None = None,
    memory: int | None = None,
) -> Ended:
    """Search all jobs. `seconds` and `memory` are for all of them together."""
    deadline = None if seconds is None else time.monotonic() + seconds
    why = "" if seconds is None else f"the limit of {seconds:g} seconds was reached"
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if surroundings.processes is not None:
        processes = surroundings.processes
    if processes == 0:
        return _search_here(jobs, catalogue, show, deadline, why, memory)
    processes = min(processes, len(jobs))
    share = memory and memory // processes
    jobs = [replace(job, memory=share) for job in jobs]
    return _Pool(jobs, catalogue, surroundings, show, deadline, why).run(processes)


def largest_first(jobs: Sequence[Job]) -> list[Job]:
    """The jobs, those that may take longest first. A guess from their figures, which only the time depends on."""
    return sorted(jobs, key=_size, reverse=True)


def in_order(outcomes: Sequence[Outcome], configurations: Sequence[Configuration]) -> tuple[Outcome, ...]:
    """The outcomes in the order of the configurations."""
    places = {configuration.name: place for place, configuration in enumerate(configurations)}
    return tuple(sorted(outcomes, key=lambda outcome: places[outcome.configuration.name]))


def _size(job: Job) -> tuple[bool, int]:
    figures = job.configuration.value().values()
    faulty = not job.configuration.scope().startswith("no faults")
    return faulty, sum(figure for figure in figures if type(figure) is int)


def _search_here(
    jobs: Sequence[Job], catalogue: Catalogue, show: ShowAll, deadline: float | None, why: str, memory: int | None
) -> Ended:
    outcomes: list[Outcome] = []
    interruption = Interruption()

    def on_progress(progress: Progress) -> None:
        interruption.reach(progress.phase)
        show([progress], len(outcomes), len(jobs))

    handler = signal.signal(signal.SIGINT, interruption.ask)
    try:
        for job in jobs:
            left = _left(deadline)
            interruption.phase = "searching"
            if interruption.is_asked or (left is not None and left <= 0):
                reason = INTERRUPTED if interruption.is_asked else why
                outcomes.append(ended(job, catalogue.properties_of(job.properties), reason))
            else:
                outcomes.append(search(replace(job, seconds=left, memory=memory), catalogue, on_progress).until(why))
    finally:
        signal.signal(signal.SIGINT, handler)
    return Ended(tuple(outcomes), interruption.is_asked)


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()


@dataclass
class _Worker:
    number: int
    """The place of its job."""
    process: subprocess.Popen[bytes]
    listener: threading.Thread
    last: Progress | None = None
    told_at: float | None = None
    """When it was told to stop."""
    why: str = ""

    def end(self) -> int:
        """Wait for its end, and forget its pipes. Returns its exit code."""
        code = self.process.wait()
        self.listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        return code

    def tell_to_stop(self, why: str) -> None:
        """Let it say what it knows and end."""
        if self.told_at is None:
            self.told_at, self.why = time.monotonic(), why
            assert self.process.stdin is not None
            with suppress(OSError):
                self.process.stdin.write(STOP)
                self.process.stdin.flush()


@dataclass
class _Pool:
    jobs: Sequence[Job]
    catalogue: Catalogue
    surroundings: Surroundings
    show: ShowAll
    deadline: float | None
    why: str
    running: dict[int, _Worker] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def run(self, processes: int) -> Ended:
        """Search all jobs in so many processes at a time."""
        self.said: queue.SimpleQueue[tuple[int, object]] = queue.SimpleQueue()
        waiting = list(range(len(self.jobs)))
        interrupts = Interrupts()
        with interrupts.noticed():
            try:
                while waiting or self.running:
                    left = _left(self.deadline)
                    if interrupts.count or (left is not None and left <= 0):
                        reason = INTERRUPTED if interrupts.count else self.why
                        for number in waiting:
                            self.outcomes[number] = self._ended(number, reason)
                        waiting = []
                        self._stop(interrupts.count, left)
                    while waiting and len(self.running) < processes:
                        self._start(waiting.pop(0), left)
                    self._hear()
                    going = [worker.last for worker in self.running.values() if worker.last]
                    self.show(going, len(self.outcomes), len(self.jobs))
            finally:
                for worker in self.running.values():
                    worker.process.kill()
                    worker.end()
        outcomes = tuple(self.outcomes[number] for number in range(len(self.jobs)))
        return Ended(outcomes, bool(interrupts.count))

    def _start(self, number: int, left: float | None) -> None:
        process = subprocess.Popen(
            # Without the current folder, which is in the path that is handed on if it was in it here.
            [sys.executable, "-P", "-m", "payrelay.cli.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
            # A group of its own: Ctrl-C comes to this process alone, which tells the workers.
            process_group=0,
        )
        listener = threading.Thread(target=self._listen, args=(number, process), daemon=True)
        self.running[number] = _Worker(number, process, listener)
        job = replace(self.jobs[number], seconds=left)
        assert process.stdin is not None
        with suppress(OSError):  # one that died at once says so by its silence
            process.stdin.write(pickle.dumps((self.surroundings.load, job)))
            process.stdin.flush()
        listener.start()

    def _listen(self, number: int, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        try:
            while True:
                self.said.put((number, pickle.load(process.stdout)))
        except (EOFError, OSError, pickle.UnpicklingError):
            self.said.put((number, None))

    def _hear(self) -> None:
        """Take what the workers have said, or wait a little for it."""
        with suppress(queue.Empty):
            timeout: float = LOOK
            while True:
                number, message = self.said.get(timeout=timeout)
                timeout = 0
                self._take(self.running[number], message)

    def _take(self, worker: _Worker, message: object) -> None:
        if isinstance(message, Progress):
            worker.last = message
        elif isinstance(message, Outcome):
            stopped_by_time = worker.why not in ("", INTERRUPTED)
            outcome = message.because(worker.why) if stopped_by_time else message
            self.outcomes[worker.number] = outcome.until(self.why)
        else:
            del self.running[worker.number]
            code = worker.end()
            if worker.number not in self.outcomes:
                self.outcomes[worker.number] = self._silent(worker, code)

    def _silent(self, worker: _Worker, code: int) -> Outcome:
        """The outcome of a worker that ended without one."""
        if worker.why:
            return self._ended(worker.number, worker.why, worker.last)
        if code == -signal.SIGKILL:
            reason = "its process was killed, as happens when memory runs out; see --max-memory"
            return self._ended(worker.number, reason, worker.last)
        line = f"a fault of payrelay itself: the process that searched it ended with {code} and found nothing"
        return Outcome(
            configuration=self.jobs[worker.number].configuration, failure=Failure(line=line, code=ExitCode.FAULT)
        )

    def _ended(self, number: int, reason: str, last: Progress | None = None) -> Outcome:
        job = self.jobs[number]
        return ended(job, self.catalogue.properties_of(job.properties), reason, last)

    def _stop(self, interrupts: int, left: float | None) -> None:
        """Tell the workers to stop; kill those that were told and do not, or all if the user insists."""
        for worker in self.running.values():
            if interrupts:
                worker.tell_to_stop(INTERRUPTED)
            elif left is not None and left <= -LATE:
                worker.tell_to_stop(self.why)
            overdue = worker.told_at is not None and time.monotonic() - worker.told_at > GRACE
            if overdue or interrupts > 1:
                worker.process.kill()
