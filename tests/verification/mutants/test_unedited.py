"""Unedited systems: what a mutant violates, and what is not held against it."""

from dataclasses import replace

import pytest

from payrelay.classics import request_answer
from payrelay.language.edits import Drop, Redirect, edited
from payrelay.language.properties import Entered, Never, Possible, Property, Responds
from payrelay.language.systems import System
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants import unedited as module
from payrelay.verification.mutants.unedited import Unedited

SERVED, REFUSED = Entered("client", states=("served",)), Entered("client", states=("refused",))
NEVER = Property("nobody_is_served", "nobody", "Nobody.", conjuncts=(Never(SERVED),))
REFUSALS = Property("refusals", "refusals", "Some.", conjuncts=(Possible(REFUSED),))
STUCK = Property("all_are_refused", "refused", "All.", conjuncts=(Responds(SERVED, (REFUSED,)),))
LOSSY = request_answer.system(request_answer.LOSSY)
FORGETS = Redirect(role="server_ledger", event="serve", to="free")


def forgetful(system: System) -> System:
    tables = edited(tables_of(system).values(), (FORGETS,))
    return replace(system, instances=tuple(replace(one, table=tables[one.table.name]) for one in system.instances))


def test_what_is_violated_without_an_edit_kills_nothing() -> None:
    unedited = Unedited(LOSSY, (NEVER, REFUSALS, STUCK))
    found = unedited.search(forgetful(LOSSY))
    assert (found.violations, found.bound) == ((), None)


def test_all_safety_properties_are_decided_in_one_search_and_nothing_else_then() -> None:
    unedited = Unedited(LOSSY, request_answer.PROPERTIES)
    (violation,) = unedited.search(forgetful(LOSSY)).violations
    assert violation.property.label == "once"
    assert violation.steps == len((violation.trace() or pytest.fail("no trace")).steps)


@pytest.mark.slow
def test_a_large_system_is_searched_by_the_fast_engine_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    small = Unedited(LOSSY, request_answer.PROPERTIES)
    monkeypatch.setattr(module, "SMALL", 0)
    for edit in (FORGETS, Drop(role="client", event="patience")):
        tables = edited(tables_of(LOSSY).values(), (edit,))
        machines = tuple(replace(one, table=tables[one.table.name]) for one in LOSSY.instances)
        system = replace(LOSSY, instances=machines)
        fast = Unedited(LOSSY, request_answer.PROPERTIES)
        assert fast.is_large
        assert [one[:3] for one in fast.search(system).violations] == [
            one[:3] for one in small.search(system).violations
        ]


def test_a_mutant_that_grows_far_beyond_the_system_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMES_LARGER", 0)
    monkeypatch.setattr(module, "SPARE", 1)
    found = Unedited(LOSSY, ()).search(forgetful(LOSSY))
    assert found.bound == "the limit of 1 states was reached"
    assert Unedited(LOSSY, ()).search(forgetful(LOSSY), Limits(states=5000)).bound is None
