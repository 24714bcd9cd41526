"""What a simulation says: violated with a run that replays, seen, or nothing; never that something holds."""

from dataclasses import replace

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.request_answer import FAULTY, LOSSY, Served
from payrelay.language.configurations import Configuration
from payrelay.language.properties import (
    AtMostOnce,
    Conjunct,
    Entered,
    Never,
    Occurred,
    Possible,
    Property,
)
from payrelay.language.systems import System
from payrelay.verification import sightings as judging
from payrelay.verification.engines.simulation import Plan, Simulation
from payrelay.verification.sightings import NO_RUNS, RunLostError, sightings, walking
from payrelay.verification.traces.replaying import Replay, replay
from payrelay.verification.verdicts import ONLY_ON_A_WIRE, Report, Verdict, verify

SERVED = Entered("client", states=("served",))
NOTHING = Occurred("server", occurrence=Served, where={"item": "nothing"})


def claim(*conjuncts: Conjunct, level: str = "searched") -> Property:
    return Property("claim", "c", "A claim.", conjuncts=conjuncts, level=level)  # type: ignore[arg-type]


def simulate(system: System, properties: tuple[Property, ...], steps: int = 10_000, rounds: int = 3) -> Report:
    engine, seen = walking(system, properties), Simulation()
    for number in range(rounds):
        seen.add(engine.walk(Plan(seed=1, steps=rounds * steps, depth=60), number))
    return sightings(engine, properties, seen)


def verdict(system: System, prop: Property, rounds: int = 3) -> Verdict:
    (found,) = simulate(system, (prop,), rounds=rounds).verdicts
    return found


def test_a_violation_is_told_by_a_run_that_replays() -> None:
    system = request_answer.system(FAULTY)
    never = claim(Never(SERVED))
    found = verdict(system, never)
    assert (found.result, found.conjunct) == ("violated", "Never(entered client served)")
    assert found.trace is not None
    assert replay(system, found.trace, [never]).violated
    (searched,) = verify(system, [never]).verdicts
    assert searched.trace is not None
    assert len(found.trace.steps) == len(searched.trace.steps)


def test_a_run_that_cannot_be_taken_again_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "replay", lambda *_: Replay(error="it is none"))
    with pytest.raises(RunLostError, match="cannot be taken again: it is none"):
        verdict(request_answer.system(LOSSY), claim(Never(SERVED)))


def test_what_is_possible_is_seen_or_not_known() -> None:
    system = request_answer.system(LOSSY)
    assert verdict(system, claim(Possible(SERVED))).result == "seen"
    impossible = verdict(system, claim(Possible(NOTHING)))
    assert (impossible.result, impossible.reason) == ("inconclusive", "a simulation")
    assert verdict(system, claim(Possible(SERVED)), rounds=0).result == "inconclusive"


def test_what_is_not_violated_is_not_known() -> None:
    system = request_answer.system(LOSSY)
    assert verdict(system, request_answer.served_once).reason == "a simulation"
    unmet = verdict(system, claim(AtMostOnce(NOTHING)))
    assert unmet.result == "inconclusive"
    assert unmet.reason == "a simulation; occurred server Served nothing never came"
    both = verdict(system, claim(Possible(SERVED), Never(NOTHING)))
    assert both.result == "inconclusive", "what was seen does not cover what was not"


def test_response_is_not_decided_by_walks() -> None:
    system = request_answer.system(LOSSY)
    for prop in (request_answer.every_request_is_answered, request_answer.client_can_always_settle):
        found = verdict(system, prop)
        assert (found.result, found.reason) == ("inconclusive", "a simulation, which decides no such thing")


def test_what_no_run_shows_is_not_judged() -> None:
    system = request_answer.system(LOSSY)
    assert verdict(system, claim(level="wire")).reason == ONLY_ON_A_WIRE
    assert verdict(system, claim(level="structural")).reason == NO_RUNS
    absent = replace(claim(Never(SERVED)), absent=lambda _: "no money")
    found = verdict(system, absent)
    assert (found.result, found.reason) == ("not_applicable", "no money in this configuration")


def violated(report: Report) -> list[str]:
    return [one.property.name for one in report.verdicts if one.result == "violated"]


SYSTEMS = [
    *((request_answer.system(one, moody=True), request_answer.PROPERTIES) for one in request_answer.CONFIGURATIONS),
    (two_phase_commit.system(2), two_phase_commit.PROPERTIES),
]


@pytest.mark.parametrize(("system", "properties"), SYSTEMS, ids=["friendly", "lossy", "faulty", "unbounded", "2pc"])
def test_long_walks_cover_what_a_search_covers_and_say_less(system: System, properties: tuple[Property, ...]) -> None:
    searched, walked = verify(system, properties), simulate(system, properties)
    assert walked.coverage == searched.coverage
    assert walked.states == searched.states
    assert walked.engine == "simulation"
    assert {one.result for one in searched.verdicts} >= {"holds"}
    assert {one.result for one in walked.verdicts} <= {"seen", "inconclusive", "violated"}
    assert violated(walked) == violated(searched), "where nothing else than safety is violated"
    assert not any(one.is_green for one in walked.verdicts)


def test_the_bound_says_what_else_was_left_out() -> None:
    merging = Configuration(name="merging", says="", channel="set", patient=("patience",))
    report = simulate(request_answer.system(merging), (request_answer.served_once,))
    assert (report.bound or "").startswith("a simulation; ")
    assert "a set keeps one" in (report.bound or "")
