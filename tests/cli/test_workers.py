"""Many jobs in parallel: their order, their limits and their ends."""

import io
import os
import pickle
import signal
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from payrelay.cli import workers
from payrelay.cli.catalogue import Catalogue, Surroundings, payments
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.progress import in_a_few_words, shown_progress
from payrelay.cli.searching import Job, Progress, search
from payrelay.cli.worker import Interruption
from payrelay.cli.workers import in_order, largest_first, search_all

PROGRESS = Progress("faults", "searching", 12345, 99999, 7, 321, 2.0, 300 << 20)


def jobs(catalogue: Catalogue, *names: str) -> list[Job]:
    return [
        Job(configuration=one, properties=tuple(of.name for of in catalogue.properties))
        for one in catalogue.configurations
        if one.name in names
    ]


def test_the_largest_come_first(catalogue: Catalogue) -> None:
    ordered = [job.configuration.name for job in largest_first(jobs(catalogue, "friendly", "lossy", "faulty"))]
    assert ordered == ["faulty", "lossy", "friendly"]


@pytest.mark.slow
def test_processes_find_what_this_process_finds() -> None:
    model = payments()
    wanted = jobs(model, "happy", "benign")
    apart = search_all(wanted, model, Surroundings(processes=2), lambda *_: None)
    here = search_all(wanted, model, Surroundings(processes=0), lambda *_: None)
    assert not apart.interrupted
    assert [one.findings for one in apart.outcomes] == [one.findings for one in here.outcomes]
    assert [(one.states, one.steps, one.depth) for one in apart.outcomes] == [
        (one.states, one.steps, one.depth) for one in here.outcomes
    ]
    assert [one.coverage for one in apart.outcomes] == [one.coverage for one in here.outcomes]
    assert in_order(here.outcomes[::-1], [job.configuration for job in wanted]) == here.outcomes


def test_an_outcome_can_leave_its_process(catalogue: Catalogue) -> None:
    (job,) = jobs(catalogue, "lossy")
    outcome = search(job, catalogue, lambda _: None)
    assert pickle.loads(pickle.dumps(outcome)) == outcome


@pytest.mark.parametrize(
    ("load", "code", "words"),
    [
        (partial(os._exit, 3), ExitCode.FAULT, "the process that searched it ended with 3 and found nothing"),
        (partial(int, "x"), ExitCode.FAULT, "ValueError"),
    ],
)
def test_a_worker_that_dies_is_a_fault_and_not_a_silence(load: Any, code: ExitCode, words: str) -> None:
    model = payments()
    ended = search_all(jobs(model, "happy"), model, Surroundings(load=load, processes=1), lambda *_: None)
    (outcome,) = ended.outcomes
    assert outcome.failure is not None
    assert outcome.failure.code is code
    assert words in outcome.failure.line


def test_a_worker_that_is_killed_for_its_memory_is_inconclusive() -> None:
    model = payments()
    surroundings = Surroundings(load=cast(Any, partial(signal.raise_signal, signal.SIGKILL)), processes=1)
    (outcome,) = search_all(jobs(model, "happy"), model, surroundings, lambda *_: None).outcomes
    assert outcome.failure is None
    assert {one.result for one in outcome.findings} == {"inconclusive"}
    assert "--max-memory" in (outcome.bound or "")


@pytest.mark.slow
def test_a_search_that_overlooks_its_limit_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of the search itself is taken away: what is left is that of who waits for it."""
    model = payments()
    monkeypatch.setattr(workers, "LATE", 0.0)
    monkeypatch.setattr(workers, "replace", lambda job, **_: job)
    for seconds in (8, 16, 32, 64):  # until it is long enough for the search, of minutes, to have begun
        ended = search_all(jobs(model, "three_procedures"), model, Surroundings(), lambda *_: None, seconds=seconds)
        (outcome,) = ended.outcomes
        assert outcome.bound == f"the limit of {seconds} seconds was reached"
        if outcome.states > 0:
            break
    assert outcome.states > 0
    assert not ended.interrupted
    assert not outcome.interrupted
    assert {one.result for one in outcome.findings} >= {"inconclusive"}
    assert "interrupted" not in {one.reason for one in outcome.findings}


def test_an_interruption_waits_for_a_search_to_say_what_it_knows() -> None:
    interruption = Interruption()
    interruption.reach("searching")
    interruption.ask()
    with pytest.raises(KeyboardInterrupt):
        interruption.reach("searching")
    interruption.ask()  # asked twice is asked once


@pytest.mark.parametrize("phase", ["tabulating", "deciding P1"])
def test_an_interruption_ends_everything_else_at_once(phase: str) -> None:
    interruption = Interruption()
    interruption.reach(phase)
    with pytest.raises(KeyboardInterrupt):
        interruption.ask()


def test_an_interrupted_search_says_what_it_knows(catalogue: Catalogue) -> None:
    (job,) = jobs(catalogue, "lossy")
    phases: list[str] = []

    def show(progress: Progress) -> None:
        phases.append(progress.phase)
        if progress.phase.startswith("deciding"):
            raise KeyboardInterrupt

    outcome = search(job, catalogue, show)
    assert phases[:3] == ["building", "tabulating", "searching"]
    assert outcome.interrupted
    found = {one.label: one for one in outcome.findings}
    assert found["once"].result == "holds"  # it was known by then
    assert (found["settles"].result, found["settles"].reason) == ("inconclusive", "interrupted")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_quiet_in_a_pipe_and_one_clean_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        with shown_progress(stream) as show:
            show([PROGRESS], 1, 3)
    assert pipe.getvalue() == ""
    line = terminal.getvalue().removeprefix("\r\x1b[K").removesuffix("\r\x1b[K")
    assert line == "1 of 3 searched; faults: searching, 12,345 states (6,172/s)"[:59]


def test_progress_has_all_figures() -> None:
    assert in_a_few_words(PROGRESS) == ("faults: searching, 12,345 states (6,172/s), frontier 321, depth 7, 300 MiB")


def test_the_worker_says_nothing_about_where_it_runs() -> None:
    """A worker is started by its module's name: no path of this machine stands in the sources."""
    for file in Path(workers.__file__).parent.glob("*.py"):
        assert "/home" not in file.read_text(encoding="utf-8")
