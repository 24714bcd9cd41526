"""Simulating: the rounds of a simulation, walked in this process, and in others too if there are many."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.outcomes import INTERRUPTED, Outcome, outcome_of, stopped
from payrelay.cli.searching import OUT_OF_MEMORY, Job, Progress, failed
from payrelay.cli.workers import LOOK, Interrupts, ShowAll
from payrelay.language.configurations import Configuration
from payrelay.verification.engines.exploration import Exploration, Limits, limit_reached, memory_used
from payrelay.verification.engines.simulation import KINDS, Figures, Plan, Round, Simulation, Walking
from payrelay.verification.sightings import sightings, walking

ALONE = 5.0
"""Seconds that this process walks alone, before others are worth their beginning."""
KILLED = "a process was killed, as happens when memory runs out; see --max-memory"


class Walked(NamedTuple):
    """What was seen in one configuration, and by which kinds of walks."""

    outcome: Outcome
    all: Figures
    kinds: dict[str, Figures]


class Task(NamedTuple):
    """A configuration to walk through. It can be told to a process."""

    configuration: Configuration
    properties: tuple[str, ...]
    plan: Plan


_catalogue: list[Catalogue] = []
_engine: list[tuple[Task, Walking]] = []
"""The engine of the last task, which is likely to be that of the next."""


def _begin(load: Callable[[], Catalogue]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its walkers
    _catalogue.append(load())


def _walk(task: Task, number: int) -> Round:
    if not _engine or _engine[0][0] != task:
        (catalogue,) = _catalogue
        properties = catalogue.properties_of(task.properties)
        _engine[:] = [(task, walking(catalogue.system(task.configuration), properties))]
    return _engine[0][1].walk(task.plan, number)


@dataclass
class Walkers:
    """The processes that walk. A context: its end is theirs."""

    catalogue: Catalogue
    surroundings: Surroundings
    show: ShowAll
    seconds: float | None = None
    """For all that is walked."""
    memory: int | None = None
    interrupts: Interrupts = field(default_factory=Interrupts)
    _pool: ProcessPoolExecutor | None = None
    _is_broken: bool = False

    def __enter__(self) -> Walkers:
        self._deadline = None if self.seconds is None else time.monotonic() + self.seconds
        processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.processes = processes if self.surroundings.processes is None else self.surroundings.processes
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()

    def walk_all(
        self, configurations: Sequence[Configuration], properties: tuple[str, ...], plan: Plan, states: int | None
    ) -> list[Walked]:
        """Walk through all configurations, one after the other."""
        found: list[Walked] = []
        with self.interrupts.noticed():
            for one in configurations:
                task = Task(one, properties, plan)
                found.append(self._walk_through(task, states, len(found), len(configurations)))
        return found

    def _walk_through(self, task: Task, states: int | None, done: int, of: int) -> Walked:
        properties = self.catalogue.properties_of(task.properties)
        seen = Simulation()
        started = time.perf_counter()
        try:
            if over := self._over():
                return _without(stopped(task.configuration, properties, over))
            system = self.catalogue.system(task.configuration)
            engine = walking(system, properties)
            cut = ""
            limits = Limits(states=states, memory=self.memory)
            for round_ in self._rounds(engine, task):
                if round_ is not None:
                    seen.add(round_)
                    cut = limit_reached(Exploration(states=seen.states), limits) or ""
                seconds = time.perf_counter() - started
                figures = (seen.states, seen.steps, seen.depth, 0, seconds, memory_used())
                self.show([Progress(task.configuration.name, "walking", *figures)], done, of)
                if cut := cut or self._over():
                    break
            outcome = outcome_of(sightings(engine, properties, seen, cut), {})
            outcome = replace(outcome, interrupted=cut == INTERRUPTED)
        except MemoryError:
            return _without(stopped(task.configuration, properties, OUT_OF_MEMORY))
        except Exception as error:
            return _without(failed(Job(configuration=task.configuration, properties=task.properties), error))
        return Walked(outcome, seen.figures(), {kind: seen.figures(kind) for kind in KINDS})

    def _over(self) -> str:
        """Why no more is walked, if so."""
        if self.interrupts.count:
            return INTERRUPTED
        if self._is_broken:
            return KILLED
        is_late = self._deadline is not None and time.monotonic() > self._deadline
        return f"the limit of {self.seconds:g} seconds was reached" if is_late else ""

    def _rounds(self, engine: Walking, task: Task) -> Iterator[Round | None]:
        """All rounds in their order; now and then nothing, to look at the clock. What others have begun when it is over
        is left out."""
        alone = time.monotonic() + ALONE
        for number in range(task.plan.rounds):
            if self.processes > 1 and time.monotonic() > alone:
                yield from self._rounds_of_many(task, number)
                return
            yield engine.walk(task.plan, number, lambda: bool(self._over()))

    def _rounds_of_many(self, task: Task, first: int) -> Iterator[Round | None]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(self.surroundings.load,),
            )
        waiting: deque[Future[Round]] = deque()
        numbers = iter(range(first, task.plan.rounds))
        while True:
            while len(waiting) < 2 * self.processes and (number := next(numbers, None)) is not None:
                waiting.append(self._pool.submit(_walk, task, number))
            if not waiting:
                return
            try:
                round_ = waiting[0].result(LOOK)
            except TimeoutError:
                yield None
            except BrokenProcessPool:
                self._is_broken = True
                yield None
            else:
                waiting.popleft()
                yield round_


def _without(outcome: Outcome) -> Walked:
    nothing = Figures(0, 0, 0, 0, 0)
    return Walked(outcome, nothing, dict.fromkeys(KINDS, nothing))
