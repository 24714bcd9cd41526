"""Possibility, resettability and fair response, on protocols and against a search of all sets of states."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import cast

import networkx as nx
import pytest
from hypothesis import given, settings
from tests.verification.liveness.random_graphs import ANSWER, TRIGGER, graphs, starts_of

from payrelay.classics import request_answer
from payrelay.language.configurations import Configuration
from payrelay.language.messages import Message, Occurrence, Stimulus
from payrelay.language.properties import (
    Accepted,
    Entered,
    Fairness,
    In,
    Occurred,
    Possible,
    Resettable,
    Responds,
    Variable,
)
from payrelay.language.role import Effect, Local, Role, State, role_table, stay
from payrelay.language.systems import Instance, System
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.decisions import Liveness, is_possible
from payrelay.verification.liveness.fairness import FairActions, Lasso, Search
from payrelay.verification.tables.tabulation import Tabulation


def liveness(system: System) -> Liveness:
    engine, graph = TableEngine(Tabulation(system)), Graph()
    assert engine.explore(graph=graph).bound is None
    return Liveness(engine, graph)


def kinds(live: Liveness, labels: Iterable[int]) -> list[str]:
    return [live.engine.labels[label].kind for label in labels]


RESPONSE = cast(Responds, request_answer.every_request_is_answered.conjuncts[0])


@pytest.mark.parametrize("moody", [False, True])
def test_a_request_is_answered_under_faults_and_needs_both_assumptions(moody: bool) -> None:
    live = liveness(request_answer.system(request_answer.FAULTY, moody=moody))
    assert live.lasso(RESPONSE) is None
    needed = {fairness.name: lasso for fairness, lasso in live.necessary(RESPONSE)}
    assert needed["messages_arrive"] is not None
    assert kinds(live, needed["messages_arrive"].prefix) == ["user"]
    assert needed["patience_ends"] is not None
    assert kinds(live, needed["patience_ends"].prefix) == ["user", "lose"]


def test_an_assumption_that_is_not_needed_is_said_so() -> None:
    live = liveness(request_answer.system(request_answer.FRIENDLY))
    assert [lasso is None for _, lasso in live.necessary(RESPONSE)] == [False, True]


def test_assumptions_can_be_restricted() -> None:
    live = liveness(request_answer.system(request_answer.FRIENDLY))
    only = replace(request_answer.DELIVERY, only=("request",))
    assert live.lasso(replace(RESPONSE, under=(only,))) is not None
    both = replace(request_answer.DELIVERY, only=("request", "answer"))
    assert live.lasso(replace(RESPONSE, under=(both,))) is None


def test_the_same_client_must_be_answered() -> None:
    procedure = Variable("procedure")
    mine = Responds(
        Entered("client", states=("waiting",), where={"procedure": procedure}),
        (Entered("client", states=("served",), where={"procedure": procedure}),),
        under=RESPONSE.under,
    )
    live = liveness(request_answer.system(request_answer.LOSSY, clients=2))
    assert live.lasso(mine) is None
    assert live.lasso(replace(mine, under=(replace(request_answer.DELIVERY, only=("request",)),))) is not None
    theirs = replace(mine, response=(Entered("client", states=("served",), where={"procedure": "1"}),))
    lasso = live.lasso(theirs)
    assert lasso is not None, "the second client may ask alone, and the first is never served"
    parties = [rewrite.machine for label in lasso.prefix if (rewrite := live.engine.labels[label].rewrite)]
    assert 0 not in parties


def test_what_happened_before_wants_its_answer_too() -> None:
    system = replace(
        request_answer.system(request_answer.FRIENDLY),
        before=(("server/ledger", request_answer.Served(request_answer.ITEM)),),
    )
    after = Responds(Occurred("server", occurrence=request_answer.Served), (Entered("client", states=("served",)),))
    lasso = liveness(system).lasso(replace(after, under=RESPONSE.under))
    assert lasso == Lasso(0, [], []), "the client need not ask"
    rung = Responds(Occurred(occurrence=Rang), (Occurred(occurrence=request_answer.Served),))
    assert liveness(replace(system, before=(("server/ledger", Rang()), *system.before))).lasso(rung) is None
    assert liveness(replace(system, before=(*system.before, ("server/ledger", Rang())))).lasso(rung) is not None


def test_the_event_is_possible_or_not() -> None:
    engine = TableEngine(Tabulation(request_answer.system(request_answer.FRIENDLY)))
    fired = engine.explore().fired
    assert is_possible(engine, fired, Possible(Entered("client", states=("served",))))
    assert not is_possible(engine, fired, Possible(Entered("client", states=("refused",))))


def test_a_state_without_a_way_back_is_found_by_a_shortest_run() -> None:
    live = liveness(request_answer.system(request_answer.LOSSY, moody=True))
    assert live.stuck(Resettable((In("client", ("idle", "served")),))) is None
    lasso = live.stuck(Resettable((In("client", ("idle",)),)))
    assert lasso is not None
    runs = digraph(live.graph)
    assert len(lasso.prefix) == min(
        length
        for number, length in nx.single_source_shortest_path_length(runs, 0).items()
        if not any(is_idle(live, reached) for reached in {number, *nx.descendants(runs, number)})
    )


def digraph(graph: Graph) -> "nx.DiGraph[int]":
    found: nx.DiGraph[int] = nx.DiGraph()
    found.add_nodes_from(range(len(graph.states)))
    found.add_edges_from((number, target) for number in range(len(graph.states)) for _, target in graph.steps(number))
    return found


def is_idle(live: Liveness, number: int) -> bool:
    local = live.engine.machines[0].of(live.graph.states[number])
    return live.engine.tabulation.locals[0][local].control == "idle"


# A bell that is rung again and again, and that a hand may stop only between two rings.


@dataclass(frozen=True, kw_only=True)
class Ring(Stimulus):
    pass


@dataclass(frozen=True, kw_only=True)
class Rest(Stimulus):
    pass


@dataclass(frozen=True, kw_only=True)
class Hold(Stimulus):
    pass


@dataclass(frozen=True)
class Rang(Occurrence):
    pass


def sound(data: None, message: Ring) -> Effect:
    return data, (Rang(),)


class Bell(Role):
    quiet = State(initial=True)
    ringing = State()
    held = State()

    ring = quiet.to(ringing, on=sound)
    rest = ringing.to(quiet) | stay(held)
    hold = quiet.to(held)

    inputs = (Ring, Rest, Hold)


def nowhere(message: Message) -> str | None:
    return None


BELL = System(
    configuration=Configuration(name="bell", says="A bell."),
    instances=(Instance("bell", "bell", role_table(Bell), (Local("quiet", None),), None, (Ring(), Rest(), Hold())),),
    links=(),
    dispatch=nowhere,
)
HELD = Responds(Occurred(occurrence=Rang), (Entered("bell", states=("held",)),))


def test_weak_fairness_lets_the_bell_ring_for_ever_and_strong_fairness_does_not() -> None:
    live = liveness(BELL)
    weak = Fairness("hands_move", "stimuli")
    lasso = live.lasso(replace(HELD, under=(weak,)))
    assert lasso is not None
    assert len(lasso.loop) == 2
    assert live.lasso(replace(HELD, under=(replace(weak, strong=True),))) is None


def test_without_assumptions_everything_may_stop() -> None:
    lasso = liveness(BELL).lasso(HELD)
    assert lasso is not None
    assert (len(lasso.prefix), lasso.loop) == (1, [])


def test_a_step_that_leads_nowhere_is_the_action_taken() -> None:
    live = liveness(BELL)
    held = Responds(
        Accepted("bell", message=Hold), (Entered("bell", states=("ringing",)),), under=(Fairness("hands", "stimuli"),)
    )
    lasso = live.lasso(held)
    assert lasso is not None
    assert [live.engine.labels[label].rewrite.received for label in lasso.loop] == [Rest()]  # type: ignore[union-attr]


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(graphs(most_states=5, most_steps=12))
def test_a_fair_run_is_found_exactly_where_there_is_one(case: tuple[Graph, FairActions]) -> None:
    graph, fair = case
    starts = starts_of(graph)
    lasso = Search(graph, {ANSWER}, fair).run(starts)
    assert (lasso is not None) == has_fair_set(graph, starts, fair)
    if lasso is not None:
        check(graph, lasso, fair)


def has_fair_set(graph: Graph, starts: Iterable[int], fair: FairActions) -> bool:
    """Whether some set of states, in which a run can stay for ever or stop, is fair: tried one by one."""
    silent: nx.DiGraph[int] = nx.DiGraph()
    silent.add_nodes_from(graph.states)
    steps = [(n, label, target) for n in graph.states for label, target in graph.steps(n)]
    silent.add_edges_from((n, target) for n, label, target in steps if label != ANSWER)
    near = {graph.targets[place] for place in starts}
    near |= {reached for number in set(near) for reached in nx.descendants(silent, number)}
    for size in range(1, len(near) + 1):
        for some in map(set, combinations(sorted(near), size)):
            inner = [(n, label) for n, label, target in steps if n in some and target in some and label != ANSWER]
            if nx.is_strongly_connected(silent.subgraph(some)) and is_fair(steps, some, [x for _, x in inner], fair):
                return True
    return False


def is_fair(steps: list[tuple[int, int, int]], some: set[int], labels: Iterable[int], fair: FairActions) -> bool:
    taken = {action for label in labels for action in fair.taken[label]}
    possible = [{action for n, label, _ in steps if n == state for action in fair.possible[label]} for state in some]
    return all(
        action in taken or not (any if is_strong else all)(action in actions for actions in possible)
        for action, is_strong in enumerate(fair.strong)
    )


def check(graph: Graph, lasso: Lasso, fair: FairActions) -> None:
    """A lasso can be taken, has its trigger and no answer after it, comes back, and is fair."""
    steps = [(n, label, target) for n in graph.states for label, target in graph.steps(n)]
    ends = {lasso.start}
    for label in lasso.prefix:
        ends = {target for n, taken, target in steps if n in ends and taken == label}
    assert TRIGGER in lasso.prefix
    assert ANSWER not in lasso.prefix[len(lasso.prefix) - lasso.prefix[::-1].index(TRIGGER) :] + lasso.loop
    runs = [[end] for end in ends]
    for label in lasso.loop:
        runs = [[*run, target] for run in runs for n, taken, target in steps if n == run[-1] and taken == label]
    assert any(run[0] == run[-1] and is_fair(steps, set(run), lasso.loop, fair) for run in runs)
