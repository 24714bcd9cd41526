"""Judging: many mutants in parallel processes, each of which keeps the unedited searches that it has made."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.errors import explained
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.outcomes import INTERRUPTED
from payrelay.cli.selection import select
from payrelay.cli.workers import LOOK, Interrupts, ShowAll
from payrelay.language.configurations import Configuration
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants.judgement import Judgement, judge, judge_variant
from payrelay.verification.mutants.mutation import Mutation, RowOutputs
from payrelay.verification.mutants.unedited import Unedited

NAMED = "named"


class Found(NamedTuple):
    """What the unedited search of a configuration says of the mutants to come."""

    configuration: str
    cost: int
    outputs: RowOutputs


@dataclass(frozen=True)
class Task:
    """A mutant to judge, and the configurations of the default set, cheapest first. It can be told to a process.

    A named variant goes by its name: its edits may be made of functions that only their own module has.
    """

    mutation: Mutation
    order: tuple[str, ...] = ()
    limits: Limits | None = None
    deadline: float | None = None
    """On the clock of all processes."""
    is_traced: bool = False


def task_of(mutation: Mutation, order: tuple[str, ...], limits: Limits, deadline: float | None) -> Task:
    """The task to judge a mutant."""
    return Task(replace(mutation, edits=()) if mutation.kind == NAMED else mutation, order, limits, deadline)


class Bench:
    """Where mutants are judged: one process, with what it has searched."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._unedited: dict[str, Unedited] = {}

    def search(self, configuration: Configuration) -> Found:
        """Search a configuration of the default set without edits."""
        unedited = self._of(configuration)
        return Found(unedited.name, unedited.cost, unedited.ground.outputs())

    def judge(self, task: Task) -> Judgement:
        """Judge a mutant; what goes wrong is said of it."""
        name, kind = task.mutation.name, task.mutation.kind
        try:
            if kind == NAMED:
                return self._judge_variant(task)
            by_name = {one.name: one for one in self.catalogue.default_set}
            configurations = (self._of(by_name[one]) for one in task.order)
            return judge(task.mutation, configurations, self._build, lambda: limits_of(task), is_traced=task.is_traced)
        except KeyboardInterrupt:
            return Judgement(name, kind, "inconclusive", reason=INTERRUPTED)
        except MemoryError:
            return Judgement(name, kind, "inconclusive", reason="memory ran out")
        except Exception as error:
            reason, code = explained(error)
            return Judgement(name, kind, "failed" if code is ExitCode.FAULT else "ill_formed", reason=reason)

    def _of(self, configuration: Configuration) -> Unedited:
        if configuration.name not in self._unedited:
            system = self.catalogue.system(configuration)
            self._unedited[configuration.name] = Unedited(system, self.catalogue.properties)
        return self._unedited[configuration.name]

    def _build(self, unedited: Unedited, edits: tuple[Any, ...]) -> Any:
        return self.catalogue.build(unedited.system.configuration, edits)

    def _judge_variant(self, task: Task) -> Judgement:
        variant = self.catalogue.variant(task.mutation.name)
        (configuration,) = select(self.catalogue, variant.configuration.split()).configurations
        unedited = self._of(configuration)
        return judge_variant(variant, unedited, self.catalogue.properties, self._build, limits_of(task))


def limits_of(task: Task) -> Limits:
    """The limits of one search: what is left of those of all."""
    limits = replace(task.limits or Limits())
    if task.deadline is not None:
        limits.seconds = max(0.0, task.deadline - time.time())
    return limits


_bench: list[Bench] = []


def _begin(load: Callable[[], Catalogue]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    _bench.append(Bench(load()))


def _search(configuration: Configuration) -> Found:
    return _bench[0].search(configuration)


def _judge(task: Task) -> Judgement:
    return _bench[0].judge(task)


class Judges:
    """The processes that judge; or this one, if there are to be none. A context: its end is theirs."""

    def __init__(self, catalogue: Catalogue, surroundings: Surroundings, deadline: float | None, why: str) -> None:
        processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.processes = processes if surroundings.processes is None else surroundings.processes
        self.deadline = deadline
        self.why = why
        self.stopped = ""
        """Why not everything was done, if so."""
        self._here = Bench(catalogue)
        self._pool = None
        if self.processes:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self.processes, mp_context=context, initializer=_begin, initargs=(surroundings.load,)
            )

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()

    def search(self, configurations: Sequence[Configuration], show: ShowAll) -> list[Found]:
        """Search configurations without edits."""
        return [found for found in self._all(configurations, self._here.search, _search, show) if found is not None]

    def judge(self, tasks: Sequence[Task], show: ShowAll) -> list[Judgement]:
        """Judge mutants; those that are not come to are inconclusive."""
        found = self._all(tasks, self._here.judge, _judge, show)
        return [
            one or Judgement(task.mutation.name, task.mutation.kind, "inconclusive", reason=self.stopped)
            for task, one in zip(tasks, found, strict=True)
        ]

    @property
    def is_interrupted(self) -> bool:
        """Whether the user ended it."""
        return self.stopped == INTERRUPTED

    def _all(self, given: Sequence[Any], here: Callable[[Any], Any], there: Callable[[Any], Any], show: ShowAll) -> Any:
        results: list[Any] = [None] * len(given)
        interrupts = Interrupts()
        finished = self._one_by_one(given, here) if self._pool is None else self._at_once(given, there)
        with interrupts.noticed():
            for done, (place, result) in enumerate(finished):
                if place is not None:
                    results[place] = result
                show([], min(done, len(given)), len(given))
                self._look(interrupts)
                if self.stopped:
                    break
        return results

    def _look(self, interrupts: Interrupts) -> None:
        if interrupts.count:
            self.stopped = INTERRUPTED
        elif self.deadline is not None and time.time() > self.deadline:
            self.stopped = self.why

    def _one_by_one(self, given: Sequence[Any], here: Callable[[Any], Any]) -> Iterator[tuple[int | None, Any]]:
        for place, one in enumerate(given):
            yield place, here(one)

    def _at_once(self, given: Sequence[Any], there: Callable[[Any], Any]) -> Iterator[tuple[int | None, Any]]:
        """The results as they come; now and then nothing, to look at the clock."""
        assert self._pool is not None
        waiting: dict[Future[Any], int] = {self._pool.submit(there, one): place for place, one in enumerate(given)}
        while waiting:
            finished, _ = wait(waiting, LOOK, FIRST_COMPLETED)
            if not finished:
                yield None, None
            for future in finished:
                try:
                    yield waiting.pop(future), future.result()
                except BrokenProcessPool:
                    self.stopped = "a process was killed, as happens when memory runs out; see --max-memory"
                    yield None, None
                    return
