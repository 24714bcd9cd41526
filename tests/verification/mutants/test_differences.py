"""Differences: what an edit changes, computed from the unedited search; held against whole graphs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Client, ServerDesk, ServerLedger
from payrelay.language.edits import Act, Add, Drop, Edit, edited
from payrelay.language.role import Effect, Row, role_table
from payrelay.language.systems import System
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Exploration, Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.mutants.edited import ForgivingTabulation
from payrelay.verification.mutants.mutation import Mutation, Outputs, mutations
from payrelay.verification.mutants.unedited import Unedited

CONFIGURATIONS = (request_answer.FRIENDLY, request_answer.LOSSY, request_answer.FAULTY, request_answer.UNBOUNDED)
GROUNDS = {one.name: Unedited(request_answer.system(one, moody=True), ()) for one in CONFIGURATIONS}
UNBOUNDED = GROUNDS["unbounded"]


def with_edits(unedited: Unedited, *edits: Edit) -> System:
    tables = edited(tables_of(unedited.system).values(), edits)
    instances = tuple(replace(one, table=tables[one.table.name]) for one in unedited.system.instances)
    return replace(unedited.system, instances=instances)


def generated() -> Iterator[Mutation]:
    outputs: dict[tuple[str, str], Outputs] = UNBOUNDED.ground.outputs()
    for role in (Client, ServerDesk, ServerLedger):
        yield from mutations(role_table(role), outputs)


def graph_of(system: System) -> set[tuple[object, object]]:
    """All steps between the states of a system, without their labels."""
    engine, graph = TableEngine(ForgivingTabulation(system)), Graph()
    found: Exploration = engine.explore(graph=graph)
    assert found.bound is None
    tables = engine.tabulation

    def decoded(state: int) -> object:
        locals_ = [of[place.of(state)] for place, of in zip(engine.machines, tables.locals, strict=True)]
        channel = {(message, place.of(state)) for message, place in zip(tables.messages, engine.channel, strict=True)}
        budgets = {name: place.of(state) for name, place in engine.budgets.items()}
        return str(locals_), frozenset(one for one in channel if one[1]), tuple(budgets.items())

    states = [decoded(state) for state in graph.states]
    return {(states[n], states[after]) for n in range(len(states)) for _, after in graph.steps(n)}


@pytest.mark.parametrize("name", ["friendly", "unbounded"])
@pytest.mark.parametrize("mutation", list(generated()), ids=lambda mutation: mutation.name)
def test_where_no_step_differs_the_graphs_are_the_same(name: str, mutation: Mutation) -> None:
    system = with_edits(GROUNDS[name], *mutation.edits)
    if not GROUNDS[name].ground.difference(system).told:
        assert graph_of(system) == graph_of(GROUNDS[name].system)


def test_a_restart_that_is_lost_differs_only_where_there_are_crashes() -> None:
    edit = Drop(role="server_desk", event="restart")
    assert GROUNDS["faulty"].ground.difference(with_edits(GROUNDS["faulty"], edit)).told
    assert GROUNDS["lossy"].ground.difference(with_edits(GROUNDS["lossy"], edit)) == (False, "")


def test_a_time_out_that_becomes_possible_is_a_difference() -> None:
    edit = Add(role="client", row=Row("served", "patience", (), None, "idle"))
    told = UNBOUNDED.ground.difference(with_edits(UNBOUNDED, edit)).told
    assert told == "client-1/client in served on patience goes to idle; unedited it does nothing"


def keep_the_client(data: object, message: object) -> Effect:
    """Tell the ledger nothing, and nobody else."""
    return data, ()


def test_what_is_sent_and_to_whom_is_told() -> None:
    edit = Act(role="server_desk", event="request", action="say_no", instead=keep_the_client)
    told = UNBOUNDED.ground.difference(with_edits(UNBOUNDED, edit)).told
    assert told == "server/desk in open on request stays; unedited it stays, sends Refusal to client-1"


def test_the_rows_that_were_taken_are_known() -> None:
    rows = {row for role, row in UNBOUNDED.ground.rows if role == "server_ledger"}
    assert rows == {row.name for row in role_table(ServerLedger).rows}
