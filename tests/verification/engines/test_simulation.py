"""Walks go where a search goes, see what it sees, and are what the seed says."""

from dataclasses import replace

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.request_answer import FAULTY, LOSSY, UNBOUNDED
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Redirect, edited
from payrelay.language.properties import Property
from payrelay.language.systems import System
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines import simulation
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.simulation import (
    KINDS,
    Figures,
    Plan,
    Round,
    Simulation,
    Walking,
    shortened,
    violates,
)
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

PLAN = Plan(seed=1, steps=40_000, depth=60)


def walking(system: System, properties: tuple[Property, ...] = request_answer.PROPERTIES) -> Walking:
    return Walking(Tabulation(system), properties)


def simulated(engine: Walking, plan: Plan) -> Simulation:
    seen = Simulation()
    for number in range(plan.rounds):
        seen.add(engine.walk(plan, number))
    return seen


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds that are done soon."""
    monkeypatch.setattr(simulation, "STEPS_OF_A_ROUND", 1_000)


def forgetful_ledger(configuration: Configuration) -> System:
    """The ledger forgets that it has served."""
    system = request_answer.system(configuration)
    tables = edited(tables_of(system).values(), [Redirect(role="server_ledger", event="serve", to="free")])
    return replace(system, instances=tuple(replace(one, table=tables[one.table.name]) for one in system.instances))


@pytest.mark.parametrize("configuration", request_answer.CONFIGURATIONS, ids=lambda one: one.name)
def test_what_is_small_is_seen_whole(configuration: Configuration) -> None:
    """All states, all steps, and no other ones."""
    engine, graph = walking(request_answer.system(configuration, moody=True)), Graph()
    found = engine.explore(graph=graph)
    seen = simulated(engine, PLAN)
    assert (seen.states, seen.fired) == (found.states, found.fired)
    assert set(seen.violations) == set(found.violations) == {2}
    whole = seen.figures()
    assert whole.new == 0
    assert whole.steps == seen.steps == sum(seen.figures(kind).steps for kind in KINDS)
    assert max(seen.figures(kind).states for kind in KINDS) <= whole.states


def test_remembering_changes_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "MOST_REMEMBERED", 20)
    for system in (request_answer.system(FAULTY, moody=True, clients=2), two_phase_commit.system(3)):
        plain, remembering = TableEngine(Tabulation(system)), Walking(Tabulation(system))
        states, waiting = set(plain.initial), list(plain.initial)
        while waiting and len(states) < 3_000:
            state = waiting.pop()
            steps = list(plain.successors(state))
            assert list(remembering.successors(state)) == steps
            new = {after for _, after, _ in steps} - states
            states |= new
            waiting += sorted(new)


@pytest.mark.usefixtures("short_rounds")
def test_the_seed_decides_every_round_and_another_one_decides_otherwise() -> None:
    system = request_answer.system(UNBOUNDED, moody=True, clients=2)

    def told(seed: int, number: int) -> Round:
        return walking(system).walk(replace(PLAN, seed=seed), number)

    for number in range(3):
        assert told(1, number) == told(1, number)
        assert told(1, number) != told(2, number)
    assert [told(1, number).kind for number in range(4)] == ["random", "subset", "order", "random"]


def test_a_round_does_not_look_at_what_another_has_left_behind() -> None:
    system = request_answer.system(UNBOUNDED, moody=True, clients=2)
    engine = walking(system)
    before = [engine.walk(PLAN, number) for number in (0, 1, 2)]
    assert [engine.walk(PLAN, number) for number in (2, 1, 0)] == before[::-1]


@pytest.mark.parametrize("number", range(3), ids=KINDS)
def test_every_kind_of_walk_finds_the_fault(number: int) -> None:
    engine = walking(forgetful_ledger(replace(LOSSY, duplicates=1)), (request_answer.served_once,))
    found = engine.walk(PLAN, number)
    run = found.violations[0]
    assert (run.length, run.round) == (len(run.labels), number)
    assert violates(engine, run.labels, 0)
    short = shortened(engine, run.labels, 0)
    assert violates(engine, short, 0)
    assert len(short) == len(engine.explore().violations[0])


def test_what_does_not_violate_is_no_violation() -> None:
    engine = walking(forgetful_ledger(replace(LOSSY, duplicates=1)), (request_answer.served_once,))
    run = engine.walk(PLAN, 0).violations[0].labels
    assert not violates(engine, run[:-1], 0)
    assert not violates(engine, run[1:], 0)
    assert not violates(engine, run, 1)


def test_of_two_runs_the_shorter_one_is_kept() -> None:
    seen = Simulation()
    for number, labels in enumerate(((1, 2, 3), (4, 5), (6, 7))):
        seen.add(Round(number, "random", violations={0: simulation.Run(len(labels), number, labels)}))
    assert seen.violations == {0: simulation.Run(2, 1, (4, 5))}


def test_new_states_are_counted_late_and_for_each_kind() -> None:
    seen = Simulation()
    for number in range(30):
        one = Round(number, KINDS[number % 3], walks=1, steps=2)
        one.states.extend([1, number // 3, 100 + number] if number < 27 else [1, 2, number])
        seen.add(one)
    assert seen.figures() == Figures(rounds=30, walks=30, steps=60, states=9 + 27 + 3, new=3)
    assert seen.figures("order") == Figures(rounds=10, walks=10, steps=20, states=9 + 9 + 1, new=1)


def test_a_walk_goes_no_further_than_it_may_and_a_round_takes_no_step_more() -> None:
    engine = walking(request_answer.system(UNBOUNDED, moody=True, clients=2))
    for number in range(3):
        found = engine.walk(Plan(seed=1, steps=30_000, depth=4), number)
        assert found.depth == 4
        assert found.steps <= 10_000
    plan = Plan(seed=1, steps=10_005, depth=60)
    assert plan.rounds == 2
    assert engine.walk(plan, 1).steps == 5


def test_a_round_that_has_been_everywhere_ends() -> None:
    engine = walking(request_answer.system(LOSSY))
    states = engine.explore().states
    found = engine.walk(PLAN, 1)
    assert found.steps == states - 1
    assert len(found.states) == states


def test_a_round_is_stopped_between_walks() -> None:
    engine = walking(request_answer.system(LOSSY))
    asked = iter([False, False, True])
    assert engine.walk(PLAN, 0, lambda: next(asked)).walks == 2


def test_copies_that_cannot_be_counted_are_a_bound() -> None:
    talkative = replace(request_answer.FRIENDLY, name="impatient", patient=("patience",))
    engine = walking(request_answer.system(talkative))
    seen = simulated(engine, PLAN)
    assert seen.states == engine.explore().states
    found = seen.exploration(engine, "a simulation")
    assert found.bound == "a simulation; over 3 copies of one message were under way"
