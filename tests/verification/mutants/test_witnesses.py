"""Witnesses: what is possible in a mutant too, known from runs of the unedited system."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrelay.classics import request_answer
from payrelay.language.edits import Drop, Edit, Repeat, edited
from payrelay.language.properties import Possible
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants.differences import changed_cells
from payrelay.verification.mutants.edited import EditedTabulation, Footing, RoomyEngine
from payrelay.verification.mutants.witnesses import Witnesses
from payrelay.verification.tables.tabulation import Tabulation

SYSTEM = request_answer.system(request_answer.UNBOUNDED, forgetful=True)
(SERVED,) = request_answer.service_is_possible.conjuncts


def tabulated(*edits: Edit) -> EditedTabulation:
    footing = Footing(RoomyEngine(TABLES))
    tables = edited(tables_of(SYSTEM).values(), edits)
    system = replace(SYSTEM, instances=tuple(replace(one, table=tables[one.table.name]) for one in SYSTEM.instances))
    return EditedTabulation(footing, system, set(changed_cells(tables_of(SYSTEM), tables)))


TABLES = Tabulation(SYSTEM)
PATIENCE = Drop(role="client", event="patience")
ASKED_TWICE = Repeat(role="client", event="ask")
NEVER_ASKED = Drop(role="client", event="ask")
FREE = Drop(role="server_ledger", state="free", event="serve")
TAKEN = Drop(role="server_ledger", state="taken", event="serve")


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every search that the witnesses make."""
    made: list[object] = []
    search = Witnesses._search

    def noted(self: Witnesses, *given: object) -> object:
        made.append(given)
        return search(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Witnesses, "_search", noted)
    return made


@pytest.fixture
def witnesses() -> Witnesses:
    """Witnesses that a client can be served."""
    assert isinstance(SERVED, Possible)
    return Witnesses(TABLES, [SERVED])


@pytest.mark.slow
def test_what_an_edit_leaves_as_it_is_need_not_be_searched(witnesses: Witnesses, searches: list[object]) -> None:
    assert witnesses.all_happen(tabulated(PATIENCE), Limits())
    assert len(searches) == 1  # of the unedited system


@pytest.mark.slow
def test_what_an_edit_changes_is_searched(witnesses: Witnesses, searches: list[object]) -> None:
    assert witnesses.all_happen(tabulated(ASKED_TWICE), Limits())
    assert not witnesses.all_happen(tabulated(NEVER_ASKED), Limits())
    assert len(searches) == 3


@pytest.mark.slow
def test_another_run_is_remembered(witnesses: Witnesses, searches: list[object]) -> None:
    found = [witnesses.all_happen(tabulated(edit), Limits()) for edit in (FREE, TAKEN, FREE, TAKEN)]
    assert found == [True] * 4
    assert len(searches) == 2


@pytest.mark.slow
def test_a_limit_leaves_it_open(witnesses: Witnesses) -> None:
    assert not witnesses.all_happen(tabulated(ASKED_TWICE), Limits(states=1))
