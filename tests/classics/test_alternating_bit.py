"""The alternating-bit protocol, held against what TLC counts, and its loss of messages."""

import json
from dataclasses import replace

import pytest

from payrelay.classics.alternating_bit import CONFIGURATION, PERSISTENCE, PROPERTIES, every_value_arrives, system
from payrelay.language.configurations import Configuration
from payrelay.language.properties import Fairness, Never, Property, Received, Responds
from payrelay.language.traces import from_text, in_words
from payrelay.verification.engines import fast as fast_engine
from payrelay.verification.engines.graphs import whole_graph
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.replaying import replay
from payrelay.verification.verdicts import necessary, verify

SAFE = replace(CONFIGURATION, name="safe", lossy=False)


def test_the_published_number_of_states() -> None:
    engine = TableEngine(Tabulation(system()))
    assert len(engine.initial) == 8
    found = engine.explore()
    assert (found.states, found.bound) == (240, None)
    assert replace(fast_engine.explore(engine), seconds=0) == replace(found, seconds=0)
    reference = ReferenceEngine(system()).explore()
    assert len(reference.states) == 240
    assert whole_graph(engine) == reference


@pytest.mark.parametrize("capacity", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "configuration",
    [CONFIGURATION, SAFE, replace(SAFE, losses=1), replace(SAFE, duplicates=1), replace(SAFE, losses=2, duplicates=2)],
    ids=lambda one: one.scope(),
)
def test_the_engines_see_the_same_of_any_queue(configuration: Configuration, capacity: int) -> None:
    queued = system(replace(configuration, capacity=capacity))
    engine, reference = TableEngine(Tabulation(queued)), ReferenceEngine(queued)
    assert whole_graph(engine) == reference.explore()
    assert replace(fast_engine.explore(engine), seconds=0) == replace(engine.explore(), seconds=0)


def test_every_value_arrives_and_needs_both_assumptions() -> None:
    (verdict,) = verify(system(), PROPERTIES).verdicts
    assert verdict.is_green
    assert all(trace is not None for _, trace in necessary(system(), every_value_arrives))


def test_a_violation_is_told_and_replayed() -> None:
    never = Property("n", "n", "No bit 1 comes.", conjuncts=(Never(Received("sender", where={"bit": 1})),))
    (verdict,) = verify(system(), [never]).verdicts
    assert verdict.trace is not None
    assert replay(system(), verdict.trace, [never]).violated


def test_where_a_message_was_lost_is_told_and_replayed() -> None:
    """Under weak fairness of delivery a message may be lost again and again."""
    arrival = Fairness("what_stays_under_way_arrives", "delivery")
    (responds,) = every_value_arrives.conjuncts
    assert isinstance(responds, Responds)
    weaker = replace(every_value_arrives, conjuncts=(replace(responds, under=(arrival, PERSISTENCE)),))
    trace = verify(system(), [weaker]).verdicts[0].trace
    assert trace is not None
    assert any(step.kind == "lose" for step in trace.steps)
    assert any("lost from place" in line for line in in_words(trace))
    assert replay(system(), trace, [weaker]).violated
    assert from_text(json.dumps(trace.to_json())) == trace
    assert {step.place for step in trace.steps} <= {None, 1, 2}
