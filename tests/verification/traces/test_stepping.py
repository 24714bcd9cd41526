"""Stepping: what can be chosen is what can happen, in a fixed order; it can be taken back, saved and taken again."""

import random

import pytest

from payrelay.classics import alternating_bit, ping_pong, request_answer
from payrelay.classics.request_answer import FAULTY, FRIENDLY, PROPERTIES, UNBOUNDED
from payrelay.language.properties import Entered, Never, Property
from payrelay.language.systems import System
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.tables.monitors import Watched
from payrelay.verification.traces.replaying import replay
from payrelay.verification.traces.stepping import KINDS, Stepping

from ...processes import outputs

NOBODY = Property("nobody_is_served", "nobody", "Nobody.", conjuncts=(Never(Entered("client", states=("served",))),))
SYSTEMS = {
    "friendly": request_answer.system(FRIENDLY),
    "faulty": request_answer.system(FAULTY, moody=True, clients=2),
    "unbounded": request_answer.system(UNBOUNDED),
    "queues": alternating_bit.system(),
}


def walked(system: System, steps: int, seed: int = 7) -> Stepping:
    """A run of so many steps at random, or less."""
    stepping = Stepping(system, (*PROPERTIES, NOBODY), random.Random(seed))
    stepping.begin = stepping.begin or stepping.beginnings[0]
    for _ in range(steps):
        choice = stepping.at_random()
        if choice is None:
            break
        stepping.take(choice)
    return stepping


@pytest.mark.parametrize("name", SYSTEMS)
def test_everything_that_can_happen_can_be_chosen(name: str) -> None:
    stepping = walked(SYSTEMS[name], 0)
    engine = ReferenceEngine(SYSTEMS[name])
    for _ in range(12):
        offered = stepping.choices()
        possible = engine.steps(stepping.state._replace(marks=frozenset()))
        assert {one.happening for one in offered} == {step.happening for step in possible}
        kinds = [KINDS.index(one.happening.kind) for one in offered]
        assert kinds == sorted(kinds)
        choice = stepping.at_random()
        if choice is None:
            return
        stepping.take(choice)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_saved_run_can_be_taken_again(name: str) -> None:
    for seed in range(6):
        stepping = walked(SYSTEMS[name], 15, seed)
        trace = stepping.trace()
        anything = Property("", "", "", conjuncts=PROPERTIES[0].conjuncts[:1])
        found = replay(SYSTEMS[name], trace, (anything, *PROPERTIES, NOBODY))
        assert found.words, found.error
        assert found.is_same_model
        assert found.violated is bool(trace.property)
        assert [step.n for step in trace.steps] == list(range(1, len(trace.steps) + 1))


def test_a_violation_is_seen_at_once_and_taken_back() -> None:
    stepping = Stepping(SYSTEMS["friendly"], [NOBODY])
    seen: list[Watched] = []
    while not seen and (choice := stepping.onward() or stepping.at_random()) is not None:
        seen = list(stepping.take(choice))
    assert [watch.property.name for watch in seen] == ["nobody_is_served"]
    assert stepping.violated == tuple(seen)
    assert (stepping.trace().property, stepping.trace().conjunct_number) == ("nobody_is_served", 0)
    stepping.undo()
    assert stepping.violated == ()
    assert stepping.trace().property == ""


def test_steps_are_taken_back_to_the_beginning() -> None:
    stepping = walked(SYSTEMS["faulty"], 5)
    states = [stepping.state]
    while stepping.undo() is not None:
        states.append(stepping.state)
    assert len(states) == 6
    assert stepping.state == stepping.begin
    assert stepping.steps == ()
    assert stepping.undo() is None


def test_it_goes_on_by_itself_as_long_as_something_new_can_come() -> None:
    stepping = Stepping(SYSTEMS["unbounded"], ())
    first = next(one for one in stepping.choices() if one.is_user_s)
    stepping.take(first)
    kinds = []
    while (choice := stepping.onward()) is not None:
        kinds.append(choice.happening.kind)
        stepping.take(choice)
    assert set(kinds) <= {"deliver", "timeout"}
    assert len(kinds) < 20


def test_where_a_run_begins_has_to_be_said_if_there_are_several() -> None:
    stepping = Stepping(SYSTEMS["queues"], ())
    assert stepping.begin is None
    assert len(stepping.beginnings) == 8
    assert Stepping(SYSTEMS["friendly"], ()).begin is not None


def test_what_leads_out_of_what_is_searched_cannot_be_taken() -> None:
    stepping = Stepping(ping_pong.system(ping_pong.AGAIN, 0), ())
    beyond = [one for one in stepping.choices() if one.after is None]
    assert beyond
    assert stepping.at_random() is None
    with pytest.raises(AssertionError):
        stepping.take(beyond[0])


def test_what_is_under_way_and_left_is_told() -> None:
    stepping = walked(SYSTEMS["faulty"], 1)
    assert stepping.budgets()[0] == "1 loss"
    queues = walked(SYSTEMS["queues"], 0)
    for words in ("sender: user Take, value 0", "sender: user Resend"):
        queues.take(next(one for one in queues.choices() if one.words == words))
    assert [(type(message).__name__, count) for message, count in queues.under_way()] == [("Frame", 1), ("Frame", 1)]


def test_a_choice_tells_its_effect() -> None:
    (ask,) = [one for one in Stepping(SYSTEMS["friendly"], ()).choices() if one.is_user_s]
    assert (ask.words, ask.effect) == ("client-1: user Ask, procedure 1", "client-1/client idle → waiting")


def test_the_order_does_not_depend_on_the_process() -> None:
    script = (
        "import random\n"
        "from payrelay.classics import request_answer\n"
        "from payrelay.verification.traces.stepping import Stepping\n"
        "run = Stepping(request_answer.system(request_answer.FAULTY, moody=True, clients=2), (), random.Random(1))\n"
        "for _ in range(12):\n"
        "    print([one.words for one in run.choices()])\n"
        "    run.take(run.at_random())\n"
    )
    assert len(outputs(script)) == 1
