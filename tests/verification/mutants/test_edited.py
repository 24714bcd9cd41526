"""Edited systems made from unedited ones, and what need not be searched: held against searches of each from nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Client, Request, ServerDesk, ServerLedger
from payrelay.cli.catalogue import payments
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Act, Drop, Edit, Redirect, edited
from payrelay.language.messages import Send
from payrelay.language.role import Effect, IllFormedModelError, Local, role_table
from payrelay.language.systems import System
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Graph, Limits
from payrelay.verification.engines.graphs import state_of
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.mutants import unedited as unedited_module
from payrelay.verification.mutants.edited import EditedEngine, EditedTabulation, ForgivingTabulation
from payrelay.verification.mutants.mutation import Mutation, Outputs, mutations
from payrelay.verification.mutants.unedited import Unedited
from payrelay.verification.mutants.witnesses import Witnesses

FRIENDLY, LOSSY = request_answer.FRIENDLY, request_answer.LOSSY
FAULTY, UNBOUNDED = request_answer.FAULTY, request_answer.UNBOUNDED
CONFIGURATIONS = (FRIENDLY, LOSSY, FAULTY, UNBOUNDED)
SLOW_IF_FAULTY = [pytest.param(one, marks=[pytest.mark.slow] * (one is FAULTY), id=one.name) for one in CONFIGURATIONS]


class FromNothing(Unedited):
    """Searches every mutant as if nothing were known: tabulated and packed from its classes, and to the end."""

    def _edited(self, edited: System) -> TableEngine:
        return TableEngine(ForgivingTabulation(edited), self.properties)


def with_edits(system: System, edits: Iterable[Edit]) -> System:
    tables = edited(tables_of(system).values(), edits)
    return replace(system, instances=tuple(replace(one, table=tables[one.table.name]) for one in system.instances))


@cache
def system_of(configuration: Configuration) -> System:
    return request_answer.system(configuration, moody=True)


def unedited(configuration: Configuration, kind: type[Unedited] = Unedited) -> Unedited:
    return kind(system_of(configuration), request_answer.PROPERTIES)


@cache
def generated() -> tuple[Mutation, ...]:
    outputs: dict[tuple[str, str], Outputs] = unedited(UNBOUNDED).ground.outputs()
    return tuple(one for role in (Client, ServerDesk, ServerLedger) for one in mutations(role_table(role), outputs))


def found(by: Unedited, edits: Iterable[Edit]) -> object:
    """All that the search of a mutant with these edits says."""
    return said(by, with_edits(by.system, edits))


def said(by: Unedited, mutant: System) -> object:
    """All that the search of a mutant says."""
    try:
        searched = by.search(mutant)
    except IllFormedModelError:
        return "ill formed"
    violations = sorted((one.property.name, one.position, one.steps) for one in searched.violations)
    return violations, searched.bound, searched.interrupted


def differing(configuration: Configuration) -> list[str]:
    """The mutants of which a search from nothing says something else."""
    fast, plain = unedited(configuration), unedited(configuration, FromNothing)
    return [one.name for one in generated() if found(fast, one.edits) != found(plain, one.edits)]


def seen(engine: TableEngine) -> tuple[set[Any], set[Any]]:
    """All steps between the states of a system, and all that properties can see of any."""
    graph = Graph()
    exploration = engine.explore(graph=graph)
    states = [state_of(engine, state) for state in graph.states]
    steps = {(states[n], states[after]) for n in range(len(states)) for _, after in graph.steps(n)}
    rewrites = [engine.labels[label].rewrite for label in exploration.fired]
    return steps, {rewrite.facts for rewrite in rewrites if rewrite is not None}


@pytest.mark.parametrize("configuration", SLOW_IF_FAULTY)
def test_an_edited_system_is_the_same_as_one_made_from_nothing(configuration: Configuration) -> None:
    by = unedited(configuration)
    for mutation in generated():
        system = with_edits(by.system, mutation.edits)
        engine = by._edited(system)
        assert isinstance(engine, EditedEngine)
        assert seen(engine) == seen(TableEngine(ForgivingTabulation(system), by.properties)), mutation.name


@pytest.mark.parametrize("configuration", SLOW_IF_FAULTY)
def test_every_small_mutant_is_judged_as_from_nothing(configuration: Configuration) -> None:
    assert differing(configuration) == []


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every system is searched as a large one is."""
    monkeypatch.setattr(unedited_module, "SMALL", 0)


@pytest.mark.slow
@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda one: one.name)
def test_every_mutant_is_judged_as_from_nothing_where_all_is_taken_for_large(configuration: Configuration) -> None:
    assert differing(configuration) == []


def none(*_: object) -> frozenset[int]:
    """What is never violated."""
    return frozenset()


def yes(*_: object, **__: object) -> bool:
    """What an unsound shortcut says."""
    return True


def nothing(*_: object) -> dict[Any, int]:
    """What is looked at again if it is forgotten what an edit changes."""
    return {}


@pytest.mark.slow
@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("of", "name", "unsound"),
    [
        (Unedited, "_may_violate", none),
        (Witnesses, "all_happen", yes),
        (EditedTabulation, "_taken_back", nothing),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_an_unsound_shortcut_is_noticed(monkeypatch: pytest.MonkeyPatch, of: type, name: str, unsound: object) -> None:
    monkeypatch.setattr(of, name, unsound)
    assert differing(UNBOUNDED)


@pytest.mark.slow
@pytest.mark.usefixtures("large")
def test_what_happened_before_counts_also_where_only_an_edit_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    system = system_of(UNBOUNDED)
    *others, ledger = system.instances
    taken = replace(ledger, initial=(Local("taken", None),))
    before = (("server/ledger", request_answer.Served(request_answer.ITEM)),)
    served = replace(system, instances=(*others, taken), before=before)
    fast, plain = (kind(served, request_answer.PROPERTIES) for kind in (Unedited, FromNothing))
    once_more = (
        Act(role="server_ledger", state="taken", instead=request_answer.remember),
        Redirect(role="server_ledger", state="taken", to="free"),
        Drop(role="server_ledger", state="free"),
    )
    assert found(fast, once_more) == found(plain, once_more)
    assert "the_server_serves_at_most_once" in str(found(plain, once_more))
    monkeypatch.setattr(EditedEngine, "begins_as_unedited", True)
    assert found(fast, once_more) != found(plain, once_more)


@pytest.mark.slow
@pytest.mark.parametrize(("configuration", "every"), [("registration", 17), ("second_tab", 41)])
def test_a_sample_of_the_payment_protocol_is_judged_as_from_nothing(
    monkeypatch: pytest.MonkeyPatch, configuration: str, every: int
) -> None:
    monkeypatch.setattr(ForgivingTabulation, "most_local_states", 400)  # tables without end take long
    catalogue = payments()
    system = catalogue.system(next(one for one in catalogue.configurations if one.name == configuration))
    fast, plain = (kind(system, catalogue.properties) for kind in (Unedited, FromNothing))
    outputs = fast.ground.outputs()
    tables = tables_of(system)
    roles = [role for role in catalogue.roles if role_table(role).name in tables]
    chosen = [one for role in roles for one in mutations(role_table(role), outputs)][::every]
    print(f"every {every}th of the mutants of {configuration}: {len(chosen)}")
    for mutation in chosen:
        mutant = catalogue.build(system.configuration, mutation.edits)
        if fast.ground.difference(mutant).told:
            assert said(fast, mutant) == said(plain, mutant), mutation.name


def ask_for_more(data: Any, message: Any) -> Effect:
    """Ask for many more things than there are."""
    more = tuple(Send("server", Request(item=replace(request_answer.ITEM, name=f"book {n}"))) for n in range(40))
    return data, more


@pytest.mark.slow
@pytest.mark.usefixtures("large")
def test_what_has_no_room_beside_what_is_known_is_searched_as_it_is() -> None:
    edit = Act(role="client", event="ask", action="send_request", instead=ask_for_more)
    fast, plain = unedited(UNBOUNDED), unedited(UNBOUNDED, FromNothing)
    limits = [by.search(with_edits(by.system, (edit,)), Limits(states=2_000)).bound for by in (fast, plain)]
    assert limits[0] == limits[1] is not None
