"""Two-phase commit, held against what others have published of it."""

from dataclasses import replace
from importlib.resources import files

import pytest

from payrelay.classics.two_phase_commit import PROPERTIES, consistent, system
from payrelay.cli.bench_workloads import by_hand
from payrelay.language.edits import Edit, Guarded, Redirect, edited
from payrelay.language.role import Handled
from payrelay.language.systems import System
from payrelay.verification.bench import rumur as bench_rumur
from payrelay.verification.bench import tlc
from payrelay.verification.bench.measurements import NotMeasuredError
from payrelay.verification.engines import fast as fast_engine
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.graphs import whole_graph
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.promela.spin import search
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.verdicts import verify


def faulty(edit: Edit, managers: int = 2) -> System:
    right = system(managers)
    tables = edited((instance.table for instance in right.instances), [edit])
    return replace(right, instances=tuple(replace(one, table=tables[one.table.name]) for one in right.instances))


@pytest.mark.parametrize(("managers", "states", "depth"), [(2, 56, 7), (3, 288, 10), (5, 8832, 16)])
def test_the_published_number_of_states(managers: int, states: int, depth: int) -> None:
    report = verify(system(managers), PROPERTIES)
    assert (report.states, report.depth, report.bound) == (states, depth, None)
    assert [verdict.is_green for verdict in report.verdicts] == [True, True]


@pytest.mark.slow
@pytest.mark.parametrize(("managers", "states"), [(7, 296_448), (8, 1_745_408)])
def test_the_published_number_of_states_with_many_managers(managers: int, states: int) -> None:
    report = verify(system(managers), [consistent])
    assert (report.states, report.bound, report.engine) == (states, None, "fast")


@pytest.mark.slow
def test_the_table_engine_sees_the_published_number_of_states_with_seven_managers() -> None:
    assert TableEngine(Tabulation(system(7)), [consistent]).explore().states == 296_448


@pytest.mark.slow
def test_the_reference_engine_sees_the_published_number_of_states_with_five_managers() -> None:
    assert len(ReferenceEngine(system(5)).explore().states) == 8832


@pytest.mark.parametrize(("managers", "steps"), [(2, 153), (3, 1145)])
def test_the_published_number_of_steps(managers: int, steps: int) -> None:
    """Steps that change nothing count, messages that are passed over do not (1,145 is published)."""
    engine, graph = TableEngine(Tabulation(system(managers))), Graph()
    engine.explore(graph=graph)
    assert handled(engine, graph) == steps


@pytest.mark.slow
def test_the_published_number_of_steps_with_seven_managers() -> None:
    engine, graph = TableEngine(Tabulation(system(7))), Graph()
    fast_engine.explore(engine, graph=graph)
    assert handled(engine, graph) == 2_744_705


def handled(engine: TableEngine, graph: Graph) -> int:
    """The number of steps that some row took."""
    rewrites = [label.rewrite for label in engine.labels]
    counts = [
        rewrite is not None and all(isinstance(move.answer, Handled) for move in rewrite.reaction.moves)
        for rewrite in rewrites
    ]
    return sum(counts[label] for label in graph.labels)


@pytest.mark.parametrize(("managers", "states"), [(2, 56), (3, 288)])
def test_both_engines_see_the_published_states(managers: int, states: int) -> None:
    reference = ReferenceEngine(system(managers), PROPERTIES).explore()
    table = whole_graph(TableEngine(Tabulation(system(managers)), PROPERTIES))
    assert len(reference.states) == states
    assert table == reference


@pytest.mark.parametrize(
    ("edit", "steps"),
    [
        (Guarded(role="transaction_manager", event="decide"), 3),
        (Redirect(role="transaction_manager", event="decide", to="init"), 8),
        (Redirect(role="resource_manager", state="prepared", event="commit", to="aborted"), 7),
    ],
    ids=["decides before everyone is prepared", "decides again", "aborts on commit"],
)
def test_a_faulty_manager_is_seen(edit: Edit, steps: int) -> None:
    verdicts = {verdict.property.name: verdict for verdict in verify(faulty(edit), PROPERTIES).verdicts}
    trace = verdicts[consistent.name].trace
    assert verdicts[consistent.name].result == "violated"
    assert trace is not None
    assert len(trace.steps) == steps


@pytest.mark.slow
@pytest.mark.parametrize(("managers", "states"), [(2, 56), (3, 288), (5, 8832), (7, 296_448), (8, 1_745_408)])
def test_spin_finds_the_published_number_of_states_in_the_model_by_hand(managers: int, states: int, spin: None) -> None:
    model = files("payrelay.classics").joinpath("two_phase_commit.pml").read_text(encoding="utf-8")
    found = search(model, defined=[f"MANAGERS={managers}"])
    assert (found.states, found.verdict) == (states, "holds")


@pytest.mark.slow
def test_spin_sees_a_fault_in_the_model_by_hand(spin: None) -> None:
    model = files("payrelay.classics").joinpath("two_phase_commit.pml").read_text(encoding="utf-8")
    assert "&& heard == EVERYONE" in model
    assert search(model.replace("&& heard == EVERYONE", "")).verdict == "violated"


COUNTS = [(2, 56, 153), (3, 288, 1145), (5, 8832, 58_145)]
"""By the number of managers: states, and steps with those that change nothing; the last figure TLC and Rumur gave."""


@pytest.mark.slow
@pytest.mark.parametrize(("managers", "states", "steps"), [*COUNTS, (7, 296_448, 2_744_705)])
def test_rumur_finds_the_published_numbers_in_the_model_by_hand(
    managers: int, states: int, steps: int, rumur: None
) -> None:
    found = bench_rumur.measure(by_hand("m", managers), 1)
    assert (found.states, found.steps) == (states, steps)


@pytest.mark.slow
def test_rumur_sees_a_fault_in_the_model_by_hand(rumur: None) -> None:
    unanimous = " & forall one: one_of_them do heard[one] end"
    assert unanimous in by_hand("m")
    with pytest.raises(NotMeasuredError, match="no manager is aborted while another is committed"):
        bench_rumur.measure(by_hand("m").replace(unanimous, ""), 1)


if not tlc.missing():  # TLC is part of no test run, since Java is large: there is nothing to skip

    @pytest.mark.slow
    @pytest.mark.parametrize(("managers", "states", "steps"), COUNTS)
    def test_tlc_finds_the_published_numbers_in_the_model_by_hand(managers: int, states: int, steps: int) -> None:
        found = tlc.search("two_phase_commit", by_hand("tla"), by_hand("cfg", managers))
        assert (found.states, found.steps) == (states, steps)

    @pytest.mark.slow
    def test_tlc_sees_a_fault_in_the_model_by_hand() -> None:
        unanimous = "  /\\ heard = Everyone\n"
        assert unanimous in by_hand("tla")
        with pytest.raises(NotMeasuredError, match="Invariant IsConsistent is violated"):
            tlc.search("two_phase_commit", by_hand("tla").replace(unanimous, ""), by_hand("cfg", 2))
