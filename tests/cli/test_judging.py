"""Judging in parallel processes: what they find, their limits and their ends."""

import os
import pickle
import time
from functools import partial
from typing import Any

import pytest

from payrelay.cli.catalogue import Catalogue, Surroundings, payments
from payrelay.cli.judging import Bench, Judges, Task, limits_of, task_of
from payrelay.cli.mutant_selection import chosen
from payrelay.language.role import IllFormedModelError
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants.mutation import Mutation

NAMES = ["friendly", "lossy", "unbounded"]
LEDGER = Task(Mutation("broken_ledger", "named", ()))


def test_every_task_can_be_told_to_a_process() -> None:
    for mutation in chosen(payments(), (), {}):
        task = task_of(mutation, ("happy",), Limits(), None)
        assert pickle.loads(pickle.dumps(task)).mutation.name == mutation.name


def test_a_search_has_the_time_that_is_left() -> None:
    task = task_of(LEDGER.mutation, (), Limits(states=7), time.time() + 60)
    assert limits_of(task).states == 7
    assert 50 < (limits_of(task).seconds or 0) <= 60
    assert limits_of(task_of(LEDGER.mutation, (), Limits(), time.time() - 1)).seconds == 0


def test_what_stumbles_kills_nothing(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(error: BaseException) -> Any:
        raise error

    for error, status in (
        (MemoryError(), "inconclusive"),
        (KeyboardInterrupt(), "inconclusive"),
        (IllFormedModelError("no end"), "ill_formed"),
        (ValueError("oh"), "failed"),
    ):
        monkeypatch.setattr(Bench, "_judge_variant", lambda *_, error=error: raises(error))
        found = Bench(catalogue).judge(LEDGER)
        assert (found.status, found.killed_by) == (status, ())


def test_what_there_was_no_time_for_is_inconclusive(catalogue: Catalogue) -> None:
    with Judges(catalogue, Surroundings(processes=0), time.time() - 1, "the limit was reached") as judges:
        found = judges.judge([LEDGER, LEDGER], lambda *_: None)
    assert [one.status for one in found] == ["killed", "inconclusive"]
    assert found[1].reason == "the limit was reached"


def model_of_tests() -> Catalogue:
    """The small model; a function of a module, so that a process can be told of it."""
    from .conftest import CATALOGUE

    return CATALOGUE


@pytest.mark.slow
def test_processes_find_what_this_process_finds(catalogue: Catalogue) -> None:
    found = []
    for processes in (0, 2):
        with Judges(catalogue, Surroundings(load=model_of_tests, processes=processes), None, "") as judges:
            assert [one.configuration for one in judges.search(catalogue.default_set, lambda *_: None)] == NAMES
            found.append(judges.judge([LEDGER], lambda *_: None))
    assert found[0] == found[1]
    assert found[0][0].status == "killed"


@pytest.mark.slow
def test_a_process_that_dies_is_not_a_silence(catalogue: Catalogue) -> None:
    surroundings: Any = Surroundings(load=partial(os._exit, 3), processes=1)
    with Judges(catalogue, surroundings, None, "") as judges:
        (found,) = judges.judge([LEDGER], lambda *_: None)
    assert (found.status, judges.is_interrupted) == ("inconclusive", False)
    assert "a process was killed" in found.reason
