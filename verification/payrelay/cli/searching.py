"""Searching: one job in this process, from a configuration to its outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.errors import explained, traceback_of
from payrelay.cli.outcomes import INTERRUPTED, Failure, Outcome, outcome_of, stopped
from payrelay.language.configurations import Configuration
from payrelay.language.properties import Property

if TYPE_CHECKING:
    from payrelay.language.edits import Edit
    from payrelay.verification.engines.exploration import Exploration

OUT_OF_MEMORY = "memory ran out"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A configuration to search, and what to judge in it."""

    configuration: Configuration
    properties: tuple[str, ...]
    """Their names."""
    states: int | None = None
    seconds: float | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Progress:
    """How far a search is."""

    configuration: str
    phase: str
    states: int
    steps: int
    depth: int
    waiting: int
    """The states of the frontier, which wait for being searched."""
    seconds: float
    memory: int


Show = Callable[[Progress], None]


def search(job: Job, catalogue: Catalogue, show: Show, edits: tuple[Edit, ...] = ()) -> Outcome:
    """Search a configuration. Whatever goes wrong is in the outcome, so that nothing that others found is lost.

    `show` may raise KeyboardInterrupt to end the search: what is known by then is in the outcome.
    """
    from payrelay.verification.coverage import grid, tables_of
    from payrelay.verification.engines.exploration import Limits, memory_used
    from payrelay.verification.verdicts import verify

    properties = catalogue.properties_of(job.properties)
    last = Progress(job.configuration.name, "building", 0, 0, 0, 0, 0.0, 0)

    def on_progress(phase: str, found: Exploration, waiting: int) -> None:
        nonlocal last
        figures = (found.states, found.steps, found.depth, waiting, found.seconds, memory_used())
        last = Progress(job.configuration.name, phase, *figures)
        show(last)

    try:
        show(last)
        configuration = job.configuration
        system = catalogue.build(configuration, edits) if edits else catalogue.system(configuration)
        limits = Limits(states=job.states, seconds=job.seconds, memory=job.memory)
        report = verify(system, properties, limits=limits, progress=on_progress)
        return outcome_of(report, {name: grid(table) for name, table in tables_of(system).items()})
    except (KeyboardInterrupt, MemoryError) as error:
        reason = INTERRUPTED if isinstance(error, KeyboardInterrupt) else OUT_OF_MEMORY
        return ended(job, properties, reason, last)
    except Exception as error:
        return failed(job, error)


def failed(job: Job, error: Exception) -> Outcome:
    """The outcome of a job that could not be searched."""
    line, code = explained(error)
    return Outcome(
        configuration=job.configuration, failure=Failure(line=line, code=code, traceback=traceback_of(error))
    )


def ended(job: Job, properties: tuple[Property, ...], reason: str, last: Progress | None = None) -> Outcome:
    """The outcome of a job of which no more is known than its last progress."""
    if last is None:
        return stopped(job.configuration, properties, reason)
    figures = {"states": last.states, "steps": last.steps, "depth": last.depth, "seconds": last.seconds}
    return stopped(job.configuration, properties, reason, **figures)
