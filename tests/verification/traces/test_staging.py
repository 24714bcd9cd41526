"""Staging: a scenario is a run of the model, the same every time; one that the model does not have is refused."""

from __future__ import annotations

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Answer, Ask, Request
from payrelay.cli.catalogue import payments
from payrelay.cli.selection import select
from payrelay.language.properties import Atom, Possible, Property
from payrelay.language.scenarios import Scenario, ScenarioError, Turn, arrives, crashes, does, doubled, lost, runs_out
from payrelay.language.traces import Trace
from payrelay.model.scenarios import SCENARIOS
from payrelay.verification.traces.replaying import replay
from payrelay.verification.traces.staging import stage

SYSTEM = request_answer.system(request_answer.FAULTY)
NOTHING = Property("", "", "", conjuncts=(Possible(Atom()),))
ASKED = does(Ask)


def staged(*turns: Turn) -> Trace:
    return stage(SYSTEM, Scenario(name="staged", says="Staged.", configuration="faulty", turns=turns))


def told(trace: Trace) -> list[str]:
    return [f"{step.kind} {step.receives['message'] if step.receives else step.input}" for step in trace.steps]


def test_without_turns_nothing_happens() -> None:
    assert staged().steps == ()


def test_messages_arrive_on_the_way_to_a_turn() -> None:
    assert told(staged(ASKED, arrives(Answer))) == [
        "user Ask",
        "deliver Request",
        "deliver Answer",
        "deliver Advertisement",
    ]


def test_turns_happen_as_soon_as_they_can() -> None:
    found = staged(ASKED, lost(Request), runs_out("patience", "client"), arrives(Answer))
    assert told(found)[:5] == ["user Ask", "lose Request", "timeout patience", "deliver Request", "deliver Answer"]


def test_what_is_under_way_arrives_at_the_end_the_oldest_first() -> None:
    assert told(staged(ASKED, doubled(Request))) == [
        "user Ask",
        "duplicate Request",
        "deliver Request",
        "deliver Answer",
        "deliver Advertisement",
        "deliver Answer",
        "deliver Advertisement",
    ]


def test_an_early_timeout_is_another_turn() -> None:
    kinds = [(step.kind, step.early) for step in staged(ASKED, runs_out("patience", "client", early=True)).steps]
    assert kinds[1] == ("timeout", True)


def test_a_crash_is_two_steps() -> None:
    assert told(staged(ASKED, crashes("server")))[:4] == [
        "user Ask", "crash crash", "restart restart", "deliver Request",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "turns", [(), (ASKED, lost(Request), runs_out("patience", "client")), (ASKED, doubled(Request))]
)
def test_it_is_a_run_of_the_model_and_the_same_every_time(turns: tuple[Turn, ...]) -> None:
    trace = staged(*turns)
    found = replay(SYSTEM, trace, (NOTHING,))
    assert found.words
    assert found.is_same_model
    assert trace == staged(*turns)


def test_invalid_turn_says_which_and_where() -> None:
    with pytest.raises(ScenarioError, match=r"scenario staged: turn 3 \(lose Request\) cannot be taken in faulty"):
        staged(ASKED, lost(Request), lost(Request))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_every_scenario_is_a_run_of_the_payment_protocol(scenario: Scenario) -> None:
    catalogue = payments()
    system = catalogue.system(select(catalogue, scenario.configuration.split()).configurations[0])
    trace = stage(system, scenario)
    found = replay(system, trace, (NOTHING,))
    assert found.words
    assert found.is_same_model
    happened = [one["occurrence"] for step in trace.steps for one in step.occurrences]
    assert happened.count("Debited") == (scenario.name in PAID)  # once, whatever went wrong
    assert {"Shown", "RegistrationShown"} & set(happened)  # and the user is told
    assert not [step.n for step in trace.steps if step.answer == "protocol_error"]


PAID = {
    "happy_path", "wallet_selection", "keep_alive", "paid_again", "status_inquiry", "lost_result", "lost_page",
    "lost_authorization", "duplicate_request", "duplicate_authorization", "relay_crash", "wallet_crash", "shop_crash",
    "terminal_crash", "second_tab",
}  # fmt: skip
"""The scenarios that end with money taken."""
