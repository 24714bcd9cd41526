"""The product of the components is the system, and looking at one order of like procedures overlooks nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.language.edits import Act, Redirect, edited
from payrelay.language.messages import Stimulus
from payrelay.language.properties import AtMostOnce, Entered, In, Never, Property, Received, Resettable, Responds, Sent
from payrelay.language.role import Local, Role, State, role_table, stay
from payrelay.language.systems import Instance, System
from payrelay.model.configurations import ATTEMPTS, HAPPY, TWO_PROCEDURES
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build
from payrelay.verification.composition.components import NotComposableError
from payrelay.verification.composition.product import Product
from payrelay.verification.engines import choice as engines
from payrelay.verification.engines import fast
from payrelay.verification.engines.exploration import Exploration, Graph, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.decisions import Liveness
from payrelay.verification.liveness.fast import FastLiveness
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.replaying import replay
from payrelay.verification.verdicts import UNDECIDED_TOGETHER, verify

pytestmark = pytest.mark.slow

SWAP = {"client-1": "client-2", "client-2": "client-1"}
ROTATE = ({"client-1": "client-2", "client-2": "client-1"}, {"client-2": "client-3", "client-3": "client-2"})
SERVED_EACH = Property(
    "each", "each", "Each is served once.", conjuncts=(AtMostOnce(Sent("server", message=request_answer.Answer)),)
)
SHAPES: dict[str, dict[str, Any]] = {"plain": {}, "forgetful": {"forgetful": True}, "moody": {"moody": True}}
CONFIGURATIONS = {
    one.name: one
    for one in (request_answer.FRIENDLY, request_answer.LOSSY, request_answer.FAULTY, request_answer.UNBOUNDED)
}


def packed(system: System, properties: Sequence[Property] = request_answer.PROPERTIES) -> TableEngine:
    return TableEngine(Tabulation(system), properties)


def figures(found: Exploration) -> tuple[Any, ...]:
    """All that does not hang on the order in which states are visited."""
    runs = {conjunct: len(run) for conjunct, run in found.violations.items()}
    return found.states, found.steps, found.depth, found.bound, found.fired, runs


def is_run(engine: TableEngine, labels: list[int]) -> bool:
    """Whether there is such a run in the system itself."""
    states = set(engine.initial)
    for wanted in labels:
        states = {after for state in states for label, after, _ in engine.successors(state) if label == wanted}
    return bool(states)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_product_is_the_system(name: str, shape: str) -> None:
    system = request_answer.system(CONFIGURATIONS[name], clients=2, **SHAPES[shape])
    engine = packed(system, [*request_answer.PROPERTIES, SERVED_EACH])
    product = Product(engine)
    found = engine.explore()
    assert figures(product.explore()) == figures(found)
    assert figures(fast.explore(product)) == figures(found)
    assert product.symmetry is None
    for run in fast.explore(product).violations.values():
        assert is_run(engine, run)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_its_graph_in_every_order_is_that_of_the_system(name: str, shape: str) -> None:
    """Step by step, those that lead nowhere too; and each machine is found in the state that it is in."""
    system = replace(request_answer.system(CONFIGURATIONS[name], clients=2, **SHAPES[shape]), alike=((SWAP,),))
    engine = packed(system)
    product = Product(engine).in_every_order()
    assert product.symmetry is None
    graph, its_graph = Graph(), Graph()
    engine.explore(graph=graph)
    fast.explore(product, graph=its_graph)
    there = list(map(product.of_flat, graph.states))
    assert sorted(there) == sorted(its_graph.states)
    assert labelled(graph, there) == labelled(its_graph, list(its_graph.states))
    for machine in range(len(system.instances)):
        place, numbers = product.locals_in(machine)
        own = engine.machines[machine]
        assert [numbers[place.of(state)] for state in there] == [own.of(state) for state in graph.states]


def labelled(graph: Graph, states: Sequence[int]) -> Counter[tuple[int, int, int]]:
    """All steps of a graph whose states are these."""
    pairs = ((number, *step) for number in range(len(states)) for step in graph.steps(number))
    return Counter((states[number], label, states[target]) for number, label, target in pairs)


@pytest.mark.parametrize("wanted", ["1", "2", None])
@pytest.mark.parametrize("name", ["lossy", "faulty"])
def test_a_response_of_one_procedure_is_that_of_the_system(name: str, wanted: str | None) -> None:
    """Each client is answered; but none by what the other is told."""
    system = replace(request_answer.system(CONFIGURATIONS[name], clients=2, moody=True), alike=((SWAP,),))
    engine = packed(system)
    product = Product(engine).in_every_order()
    graph, its_graph = Graph(), Graph()
    engine.explore(graph=graph)
    product.explore(graph=its_graph)
    (response,) = request_answer.every_request_is_answered.conjuncts
    (reset,) = request_answer.client_can_always_settle.conjuncts
    assert isinstance(response, Responds)
    assert isinstance(reset, Resettable)
    if wanted is not None:
        response = replace(
            response, response=tuple(replace(one, where={"procedure": wanted}) for one in served(response))
        )
    for kind in (Liveness, FastLiveness):
        whole, composed = kind(engine, graph), kind(product, its_graph)
        lasso = composed.lasso(response)
        assert (lasso is None) == (whole.lasso(response) is None) == (wanted is None)
        assert lasso is None or is_run(engine, [*lasso.prefix, *lasso.loop])
        assert composed.stuck(reset) is None
        idle = composed.stuck(Resettable((In("client", ("idle",)),)))
        alone = whole.stuck(Resettable((In("client", ("idle",)),)))
        assert idle is not None
        assert alone is not None
        assert len(idle.prefix) == len(alone.prefix)


def served(response: Responds) -> list[Entered]:
    return [one for one in response.response if isinstance(one, Entered)]


def test_invalid_question_of_a_graph_in_one_order() -> None:
    """A graph in which procedures change places tells nothing of one of them, and says so."""
    product = Product(packed(replace(request_answer.system(request_answer.LOSSY, clients=2), alike=((SWAP,),))))
    assert product.symmetry is not None
    graph = Graph()
    fast.explore(product, graph=graph)
    for kind in (Liveness, FastLiveness):
        with pytest.raises(ValueError, match="of states that differ only in the order of procedures one was kept"):
            kind(product, graph)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_of_two_orders_one_is_looked_at(name: str, shape: str) -> None:
    system = replace(request_answer.system(CONFIGURATIONS[name], clients=2, **SHAPES[shape]), alike=((SWAP,),))
    engine = packed(system, [*request_answer.PROPERTIES, SERVED_EACH])
    product = Product(engine)
    assert product.symmetry is not None
    whole, one = product.explore(), fast.explore(product)
    assert (one.depth, one.fired, one.bound) == (whole.depth, whole.fired, whole.bound)
    assert {c: len(run) for c, run in one.violations.items()} == {c: len(run) for c, run in whole.violations.items()}
    assert all(is_run(engine, run) for run in one.violations.values())
    states = reached(product)
    assert len(states) == whole.states
    assert len({product.in_order(state) for state in states}) == one.states < whole.states
    assert {product.in_order(state) for state in states} <= states


def reached(engine: TableEngine) -> set[int]:
    """All states."""
    states, waiting = set(engine.initial), list(engine.initial)
    while waiting:
        new = {after for _, after, _ in engine.successors(waiting.pop())} - states
        states |= new
        waiting += new
    return states


def test_three_may_change_places() -> None:
    system = replace(request_answer.system(request_answer.LOSSY, clients=3, moody=True), alike=(ROTATE,))
    engine = packed(system)
    product = Product(engine)
    whole, one = engine.explore(), fast.explore(product)
    assert figures(product.explore()) == figures(whole)
    assert (one.depth, one.fired) == (whole.depth, whole.fired)
    assert len({product.in_order(state) for state in reached(product)}) == one.states
    assert whole.states / 6 <= one.states < whole.states / 4
    assert all(is_run(engine, run) for run in one.violations.values())


def test_whoever_is_named_is_not_like_the_others() -> None:
    """Then every order is looked at, and the verdict is the same."""
    named = Property(
        "named", "named", "The first is never answered.", conjuncts=(Never(Received("client", {"party": "client-1"})),)
    )
    engine = packed(replace(request_answer.system(request_answer.LOSSY, clients=2), alike=((SWAP,),)), [named])
    product = Product(engine)
    assert product.symmetry is None
    assert product.asymmetry == "named tells them apart"
    assert figures(fast.explore(product)) == figures(engine.explore())
    assert engine.explore().violations


@pytest.mark.parametrize(
    ("alike", "reason"),
    [
        (({"client-1": "client-9"},), "there is no counterpart of client-1/client, which would be client-9/client"),
        (
            ({"server": "client-1", "client-1": "server"},),
            "there is no counterpart of client-1/client, which would be server/client",
        ),
        ((), "nobody says that anything is alike"),
        (8 * (SWAP,), "362880 orders are more than are looked at: 40320"),
    ],
)
def test_what_is_said_of_names_is_checked(alike: tuple[dict[str, str], ...], reason: str) -> None:
    product = Product(packed(replace(request_answer.system(request_answer.LOSSY, clients=2), alike=(alike,))))
    assert (product.symmetry, product.asymmetry) == (None, reason)


def test_one_that_is_faulty_is_not_like_the_other() -> None:
    system = request_answer.system(request_answer.UNBOUNDED, clients=2)
    tables = edited((one.table for one in system.instances), [Redirect(role="client", event="answer", to="idle")])
    first, *others = system.instances
    one_faulty = replace(system, instances=(replace(first, table=tables["client"]), *others), alike=((SWAP,),))
    product = Product(packed(one_faulty))
    assert product.symmetry is None
    assert figures(product.explore()) == figures(packed(one_faulty).explore())


@dataclass(frozen=True, kw_only=True)
class Favour(Stimulus):
    """The server takes to the first."""


@dataclass(frozen=True, kw_only=True)
class Change(Stimulus):
    """The server takes to the other."""


def likes_nobody(data: str, message: Any) -> bool:
    return not data


def like_the_first(data: str, message: Any) -> Any:
    return "client-1", ()


def like_the_other(data: str, message: Any) -> Any:
    return SWAP[data], ()


class Favourite(Role):
    """Whom the server likes, which is nobody's business."""

    open = State(initial=True)
    favour = stay(open, cond=likes_nobody, on=like_the_first)
    change = stay(open, unless=likes_nobody, on=like_the_other)

    inputs = (Favour, Change)


def test_a_favour_that_nothing_comes_of_is_no_difference() -> None:
    """The favourite of one is the favourite of the other: the counterpart of a state is found, not its name."""
    system = replace(request_answer.system(request_answer.UNBOUNDED, clients=2), alike=((SWAP,),))
    shared = Instance("server", "favourite", role_table(Favourite), (Local("open", ""),), None, (Favour(), Change()))
    product = Product(packed(replace(system, instances=(*system.instances, shared))))
    assert product.symmetry is not None
    states = reached(product)
    assert {product.in_order(state) for state in states} <= states
    assert len({product.in_order(state) for state in states}) == fast.explore(product).states < len(states)


def test_whoever_is_favoured_by_a_crash_is_not_like_the_other() -> None:
    system = replace(request_answer.system(request_answer.UNBOUNDED, clients=2), alike=((SWAP,),))

    def favour_the_first(_data: Any, _message: Any) -> Any:
        return request_answer.Desk("client-1"), ()

    edit = Act(role="server_desk", event="restart", instead=favour_the_first)
    tables = edited({one.table.name: one.table for one in system.instances}.values(), [edit])
    instances = tuple(replace(one, table=tables[one.table.name]) for one in system.instances)
    product = Product(packed(replace(system, instances=instances)))
    assert product.symmetry is None
    assert product.asymmetry == "a state of server/desk has two counterparts"


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        (build(ATTEMPTS), "a message belongs to no procedure, or to several"),
        (
            request_answer.system(
                replace(request_answer.FRIENDLY, name="queued", channel="fifo", capacity=2), clients=2
            ),
            "its channel or its boundary is another than usual",
        ),
        (request_answer.system(request_answer.LOSSY), "there is only one procedure"),
        (two_phase_commit.system(2), "a message belongs to no procedure, or to several"),
        (
            request_answer.system(replace(request_answer.FRIENDLY, name="impatient", patient=("patience",)), clients=2),
            "over 3 copies of one message may be under way",
        ),
    ],
    ids=["attempts", "queues", "one", "nobody's", "copies"],
)
def test_what_cannot_be_taken_apart_says_why(system: System, reason: str) -> None:
    with pytest.raises(NotComposableError, match=reason):
        Product(packed(system))


def test_two_orders_are_paid() -> None:
    engine = TableEngine(Tabulation(build(HAPPY.derived({"orders": "2"}))), PROPERTIES)
    product = Product(engine)
    assert product.sizes == [20, 20, 4, 4]
    assert product.symmetry is not None
    assert figures(product.explore()) == figures(engine.explore())
    assert (product.explore().states, fast.explore(product).states) == (20 * 20, 20 * 21 // 2)


def test_whoever_searches_the_verdicts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    composed = verify(build(TWO_PROCEDURES), PROPERTIES)
    assert (composed.engine, composed.states) == ("fast, composed, symmetric", 923 * 924 // 2)

    def whole(packing: Any, *given: Any) -> Exploration:
        return explore(packing.packing if isinstance(packing, Product) else packing, *given)

    explore = fast.explore
    monkeypatch.setattr(fast, "explore", whole)
    flat = verify(build(TWO_PROCEDURES), PROPERTIES)
    assert flat.states == 923**2
    assert [one.value() for one in flat.verdicts] == [one.value() for one in composed.verdicts]
    assert flat.coverage == composed.coverage


def test_a_system_that_cannot_be_taken_apart_is_searched_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "SMALL", 10)
    system = replace(request_answer.system(request_answer.FAULTY, clients=2), alike=((SWAP,),))
    engine = packed(system)
    _, graph, name, _ = engines.explore(engine, Limits(), lambda *_: None, False)
    assert (name, graph) == ("fast, composed, symmetric", None)
    copies = replace(request_answer.FRIENDLY, name="impatient", patient=("patience",))
    other = packed(replace(request_answer.system(copies, clients=2), alike=((SWAP,),)))
    assert engines.explore(other, Limits(), lambda *_: None, False).name == "fast, symmetric"
    assert engines.explore(other, Limits(), lambda *_: None, True).name == "fast"


def test_a_graph_is_of_every_order_while_it_is_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that holds of each is decided, one that does not is violated by a run; else neither is claimed."""
    monkeypatch.setattr(engines, "SMALL", 10)
    system = replace(request_answer.system(request_answer.FAULTY, clients=2, moody=True), alike=((SWAP,),))
    (response,) = request_answer.every_request_is_answered.conjuncts
    assert isinstance(response, Responds)
    unfair = Property("unfair", "unfair", "Nobody need do anything.", conjuncts=(replace(response, under=()),))
    properties = [request_answer.every_request_is_answered, request_answer.client_can_always_settle, unfair]
    whole = verify(system, properties)
    assert whole.engine == "fast, composed"
    assert [one.result for one in whole.verdicts] == ["holds", "holds", "violated"]
    assert replay(system, whole.verdicts[2].trace or pytest.fail("no trace"), properties).violated
    flat = verify(replace(system, alike=()), properties)
    assert flat.engine == "fast"
    assert [replace(one, conjuncts=()) for one in flat.verdicts] == [
        replace(one, conjuncts=()) for one in whole.verdicts
    ]
    assert flat.coverage == whole.coverage
    assert verify(system, properties, limits=Limits(states=50)).verdicts[0].result == "inconclusive"
    monkeypatch.setattr(engines, "LARGEST_GRAPH", whole.states // 2)
    one_order = verify(system, properties)
    assert one_order.engine == "fast, composed, symmetric"
    assert one_order.bound is None
    assert {(one.result, one.reason) for one in one_order.verdicts} == {("not_applicable", UNDECIDED_TOGETHER)}
