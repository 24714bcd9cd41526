"""Onward searches: what is known, what is added to it, and when nothing follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrelay.classics import request_answer
from payrelay.language.edits import Act, Drop, Edit, Redirect, edited
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants.differences import changed_cells
from payrelay.verification.mutants.edited import EditedEngine, EditedTabulation, Footing, RoomyEngine
from payrelay.verification.tables.tabulation import Tabulation

SYSTEM = request_answer.system(request_answer.UNBOUNDED, moody=True, clients=2)
FOOTING = Footing(RoomyEngine(Tabulation(SYSTEM), request_answer.PROPERTIES))


def may_violate(*edits: Edit, limits: Limits | None = None) -> set[str] | None:
    from payrelay.verification.engines import onward

    tables = edited(tables_of(SYSTEM).values(), edits)
    system = replace(SYSTEM, instances=tuple(replace(one, table=tables[one.table.name]) for one in SYSTEM.instances))
    tabulated = EditedTabulation(FOOTING, system, set(changed_cells(tables_of(SYSTEM), tables)))
    engine = EditedEngine(FOOTING.engine, tabulated)
    assert engine.begins_as_unedited
    known = onward.Known(FOOTING.engine)
    others = tabulated.has_other_restarts
    found = onward.may_violate(known, engine.added(), limits or Limits(), has_other_restarts=others)
    return None if found is None else {engine.watched[number].property.label for number in found}


@pytest.mark.slow
def test_all_states_are_known() -> None:
    from payrelay.verification.engines.onward import Known

    found = FOOTING.engine.explore()
    known = Known(FOOTING.engine)
    width = known.columns.codes
    states = known.columns.words_of(known.queue[: known.count * width].reshape(known.count, width))
    assert len({tuple(words) for words in states.tolist()}) == known.count == found.states
    assert known.violated == sorted(found.violations)


@pytest.mark.slow
def test_what_is_only_taken_away_stays_safe() -> None:
    assert may_violate(Drop(role="client", event="patience")) == set()
    assert may_violate(Drop(role="server_desk", event="restart")) == set()


@pytest.mark.slow
def test_a_violation_far_behind_an_added_step_is_seen() -> None:
    assert may_violate(Redirect(role="server_ledger", event="serve", to="free")) == {"once"}
    assert may_violate(Redirect(role="client", state="refused", event="forget", to="waiting"), ANEW) == {"once"}


ANEW = Act(role="server_ledger", state="taken", event="serve", instead=request_answer.remember)


@pytest.mark.slow
def test_a_limit_leaves_it_open() -> None:
    asks_again = Redirect(role="client", state="refused", event="forget", to="waiting")
    assert may_violate(asks_again) == set()
    assert may_violate(asks_again, limits=Limits(states=1)) is None
