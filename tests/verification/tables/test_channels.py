"""The kinds of channels: what each does, what it says of itself, and that the engines agree on it."""

from dataclasses import replace
from typing import Any

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.request_answer import FAULTY, FRIENDLY, ITEM, Answer, Client, Request
from payrelay.language.configurations import Configuration, ConfigurationError
from payrelay.language.properties import Accepted, Entered, Indistinguishable, Never, Possible, Property, Received
from payrelay.language.role import IllFormedModelError
from payrelay.language.systems import System
from payrelay.language.traces import in_words
from payrelay.verification.engines import fast
from payrelay.verification.engines.graphs import whole_graph
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.replaying import replay
from payrelay.verification.verdicts import verify

pytestmark = pytest.mark.slow

KINDS: dict[str, dict[str, Any]] = {
    "dupset": {"channel": "dupset", "duplicates": 0},
    "lossy dupset": {"channel": "dupset", "duplicates": 0, "losses": 0, "lossy": True},
    "lossy bag": {"losses": 0, "lossy": True},
    "set": {"channel": "set"},
    "lossy set": {"channel": "set", "losses": 0, "lossy": True},
    "fifo": {"channel": "fifo", "capacity": 2},
    "lossy fifo": {"channel": "fifo", "capacity": 2, "losses": 0, "lossy": True},
}
ONE_COPY = replace(FRIENDLY, name="one copy", channel="set", patient=("patience",))
NOT_SERVED = Property("n", "n", "Nobody is served.", conjuncts=(Never(Entered("client", states=("served",))),))
NO_ANSWER_BACK = Property("b", "b", "No answer goes back.", conjuncts=(Never(Received("server", message=Answer)),))


def compared(system: System, *properties: Property) -> TableEngine:
    """The system, packed, after all engines have agreed on it."""
    engine = TableEngine(Tabulation(system), properties)
    assert whole_graph(engine) == ReferenceEngine(system, properties).explore()
    assert replace(fast.explore(engine), seconds=0) == replace(engine.explore(), seconds=0)
    return engine


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [FRIENDLY, FAULTY], ids=lambda one: one.name)
def test_the_engines_agree_on_every_kind(base: Configuration, kind: str) -> None:
    settings = {key: value for key, value in KINDS[kind].items() if base is FAULTY or key not in ("losses",)}
    configuration = replace(base, name=kind, **settings)
    compared(request_answer.system(configuration, moody=True, forged=True), request_answer.served_once)


@pytest.mark.parametrize("kind", KINDS)
def test_two_phase_commit_holds_on_every_kind(kind: str) -> None:
    right = two_phase_commit.system(2)
    system = replace(right, configuration=Configuration(name=kind, says="", **KINDS[kind]))
    compared(system, *two_phase_commit.PROPERTIES)
    assert [verdict.is_green for verdict in verify(system, two_phase_commit.PROPERTIES).verdicts] == [True, True]


def test_a_dupset_without_faults_is_what_unbounded_faults_have() -> None:
    right = two_phase_commit.system(3)
    chosen = replace(right, configuration=Configuration(name="chosen", says="", channel="dupset"))
    states = {state._replace(budgets=None) for state in ReferenceEngine(right).explore().states}  # type: ignore[arg-type]
    assert states == {state._replace(budgets=None) for state in ReferenceEngine(chosen).explore().states}  # type: ignore[arg-type]


def test_a_set_that_merges_never_says_holds() -> None:
    system = request_answer.system(ONE_COPY)
    report = verify(system, [NO_ANSWER_BACK, request_answer.service_is_possible])
    bound = "kinds of steps sent a message of which a copy was under way, and a set keeps one"
    assert report.bound is not None
    assert report.bound.endswith(bound)
    assert fast.explore(compared(system)).bound == report.bound
    assert [verdict.result for verdict in verify(system, [request_answer.served_once]).verdicts] == ["inconclusive"]
    assert report.verdicts[1].result == "holds"


def test_a_set_that_never_merges_says_so_by_saying_nothing() -> None:
    report = verify(request_answer.system(replace(ONE_COPY, patient=())), [request_answer.served_once])
    assert (report.bound, report.verdicts[0].result) == (None, "holds")


def test_what_was_merged_is_told_and_replayed() -> None:
    twice = replace(
        request_answer.system(ONE_COPY), injected=(Request(item=ITEM, sender="client-1", receiver="server"),)
    )
    (verdict,) = verify(twice, [NOT_SERVED]).verdicts
    assert verdict.trace is not None
    told = replace(
        NOT_SERVED,
        conjuncts=(Never(Accepted("client", message=Answer), after=Accepted("client", message=request_answer.Ask)),),
    )
    (verdict,) = verify(replace(twice, configuration=replace(ONE_COPY, timers=(), patient=())), [told]).verdicts
    assert verdict.trace is not None
    system = replace(twice, configuration=replace(ONE_COPY, timers=(), patient=()))
    assert replay(system, verdict.trace, [told]).violated
    merged = [line for line in in_words(verdict.trace) if "of which a copy is under way already: one stays" in line]
    assert bool(merged) == any(sent.get("merged") for step in verdict.trace.steps for sent in step.sends)


def test_a_queue_that_could_hold_too_much_is_refused() -> None:
    system = request_answer.system(replace(FRIENDLY, channel="fifo", capacity=40))
    with pytest.raises(IllFormedModelError, match="give it a smaller capacity"):
        TableEngine(Tabulation(system))


@pytest.mark.parametrize("settings", [{"channel": "fifo", "capacity": 1}, {"channel": "bag"}], ids=["fifo", "bag"])
def test_more_at_the_beginning_than_there_is_room_for_is_refused(settings: dict[str, Any]) -> None:
    forged = (Answer(item=ITEM, sender="server", receiver="client-1"),) * 4
    system = replace(request_answer.system(replace(FRIENDLY, **settings)), injected=forged)
    with pytest.raises(IllFormedModelError, match="more is under way from the beginning"):
        TableEngine(Tabulation(system))
    with pytest.raises(IllFormedModelError, match="more is under way from the beginning"):
        ReferenceEngine(system).initial()


def test_a_configuration_that_contradicts_itself_is_refused() -> None:
    system = request_answer.system(replace(FRIENDLY, channel="fifo"))
    for engine in (lambda: TableEngine(Tabulation(system)), lambda: ReferenceEngine(system)):
        with pytest.raises(ConfigurationError, match="needs a capacity"):
            engine()


def bounded(configuration: Configuration = FRIENDLY) -> System:
    """Nobody looks at a client that is served."""
    right = request_answer.system(configuration)
    first, *others = right.instances
    assert first.table.name == "client"
    return replace(right, instances=(replace(first, boundary=lambda local: local.control != "served"), *others))


def test_behind_a_boundary_nothing_is_said() -> None:
    """Neither that it holds, nor that it cannot happen, nor that it does not apply."""
    happens = Property("h", "h", "A client is served.", conjuncts=(Possible(Entered("client", states=("served",))),))
    after = Property("a", "a", "", conjuncts=(Never(Received("client"), after=Entered("client", states=("served",))),))
    apart = Property("t", "t", "", conjuncts=(Indistinguishable("client", ("secret",)),))
    report = verify(bounded(), [happens, after, apart, NOT_SERVED])
    bound = "steps that leave the boundary of client-1 were not taken"
    assert {(verdict.result, verdict.reason) for verdict in report.verdicts} == {("inconclusive", bound)}
    assert Client.served.id == "served"


@pytest.mark.parametrize("configuration", [FRIENDLY, FAULTY, request_answer.UNBOUNDED], ids=lambda one: one.name)
def test_the_engines_agree_on_boundaries(configuration: Configuration) -> None:
    engine = compared(bounded(configuration), *request_answer.PROPERTIES)
    assert engine.explore().bound is not None


def test_a_boundary_that_is_never_met_is_none() -> None:
    right = request_answer.system(FRIENDLY)
    first, *others = right.instances
    wide = replace(right, instances=(replace(first, boundary=lambda _: True), *others))
    assert verify(wide, request_answer.PROPERTIES).bound is None
