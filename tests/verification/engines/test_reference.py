"""The two engines see the same: whole graphs are compared, state by state and step by step."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from payrelay.classics import request_answer
from payrelay.language.edits import Redirect, edited
from payrelay.language.properties import Property
from payrelay.language.systems import System
from payrelay.verification.engines.graphs import whole_graph
from payrelay.verification.engines.reference import ReferenceEngine, WholeGraph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

FRIENDLY, LOSSY = request_answer.FRIENDLY, request_answer.LOSSY
FAULTY, UNBOUNDED = request_answer.FAULTY, request_answer.UNBOUNDED


def graphs(system: System, properties: Sequence[Property]) -> tuple[WholeGraph, WholeGraph]:
    return ReferenceEngine(system, properties).explore(), whole_graph(TableEngine(Tabulation(system), properties))


@pytest.mark.slow
def test_both_engines_see_the_same_graph(case: Any) -> None:
    reference, table = graphs(case.system, case.properties)
    assert table.states == reference.states
    assert table.edges == reference.edges
    assert (table.violated, table.bound) == (reference.violated, reference.bound)


def test_a_changed_table_is_seen() -> None:
    system = request_answer.system(LOSSY)
    edit = Redirect(role="client", event="answer", to="idle")
    tables = edited((instance.table for instance in system.instances), [edit])
    changed = replace(system, instances=tuple(replace(one, table=tables[one.table.name]) for one in system.instances))
    reference = ReferenceEngine(system).explore()
    assert whole_graph(TableEngine(Tabulation(changed))).edges != reference.edges
    assert ReferenceEngine(changed).explore().edges == whole_graph(TableEngine(Tabulation(changed))).edges


@pytest.mark.slow
def test_every_kind_of_step_is_compared() -> None:
    reference = ReferenceEngine(request_answer.system(FAULTY, moody=True), request_answer.PROPERTIES)
    kinds = {happening.kind for _, happening, _ in reference.explore().edges}
    assert kinds == {"deliver", "duplicate", "user", "timeout", "lose", "crash"}


def test_too_many_copies_are_a_bound() -> None:
    patient = replace(FRIENDLY, name="impatient", patient=("patience",))
    reference, table = graphs(request_answer.system(patient), ())
    assert reference.bound
    assert reference == table


def test_a_search_can_be_cut_short() -> None:
    assert ReferenceEngine(request_answer.system(FAULTY)).explore(most_states=10).bound


@pytest.mark.slow
def test_whatever_budgeted_faults_reach_unbounded_faults_reach_too() -> None:
    budgeted = ReferenceEngine(request_answer.system(FAULTY, moody=True), request_answer.PROPERTIES).explore()
    unbounded = ReferenceEngine(request_answer.system(UNBOUNDED, moody=True), request_answer.PROPERTIES).explore()
    assert {(s.locals, s.marks) for s in budgeted.states} <= {(s.locals, s.marks) for s in unbounded.states}
    assert budgeted.violated <= unbounded.violated


def test_the_reference_knows_nothing_of_the_tables() -> None:
    script = "import sys, payrelay.verification.engines.reference; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script]
    modules = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert "payrelay.verification.tables.facts" in modules
    assert not {"payrelay.verification.tables.tabulation", "payrelay.verification.engines.table"} & set(modules)
