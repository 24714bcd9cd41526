"""What each conjunct says of short histories: that it holds, and that it can fail."""

from dataclasses import dataclass

import pytest

from payrelay.language.messages import Occurrence
from payrelay.language.properties import (
    AtMostOnce,
    Conjunct,
    Excludes,
    In,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Resettable,
    Responds,
    Variable,
)
from payrelay.verification.tables.facts import Fact
from payrelay.verification.tables.monitors import Mark, premises, verdict_of_fact, watched


@dataclass(frozen=True)
class Event(Occurrence):
    name: str
    value: int = 0


def atom(name: str) -> Occurred:
    return Occurred(occurrence=Event, where={"name": name, "value": Variable("value")})


def is_violated(conjunct: Conjunct, history: str) -> bool:
    """Whether a history like `a1 b2` violates a conjunct."""
    marks = set()
    violated = False
    for word in history.split():
        fact = Fact(Occurred, "role", "party", None, Event(word[0], int(word[1:])))
        for item in verdict_of_fact(7, conjunct, fact):
            if isinstance(item, Mark):
                marks.add(item.key)
            else:
                assert item.conjunct == 7
                violated |= item.fails(any(key in marks for key in item.keys))
    return violated


A, B, C = map(atom, "abc")
HISTORIES = [
    (Never(A), "b1 c1", "b1 a1"),
    (Never(A, after=B), "a1 b1 a2", "b1 a1"),
    (AtMostOnce(A), "a1 a2 b1", "a1 b1 a1"),
    (Excludes(A, B), "a1 b2 a1", "b1 a1"),
    (Excludes(A, B), "a1 a1 b2", "a1 b1"),
    (Precedes(A, first=(B,)), "b1 a1 a1", "b2 a1"),
    (Precedes(A, first=(B, C)), "c1 a1", "a1 c1 b1"),
]


@pytest.mark.parametrize(("conjunct", "good", "bad"), HISTORIES)
def test_a_conjunct_holds_of_the_good_history_and_not_of_the_bad(conjunct: Conjunct, good: str, bad: str) -> None:
    assert not is_violated(conjunct, good)
    assert is_violated(conjunct, bad)


def test_only_shared_variables_have_to_agree() -> None:
    any_b = Occurred(occurrence=Event, where={"name": "b"})
    assert is_violated(Never(A, after=any_b), "b2 a1")
    assert is_violated(Excludes(A, any_b), "a1 b2")
    assert not is_violated(Precedes(A, first=(any_b,)), "b2 a1")


def test_an_event_cannot_come_after_itself_in_its_first_place() -> None:
    assert not is_violated(Never(A, after=A), "a1")
    assert is_violated(Never(A, after=A), "a1 a1")


@pytest.mark.parametrize("conjunct", [Possible(A), Resettable((In("role", ()),)), Responds(A, (B,))])
def test_no_single_run_violates_what_speaks_of_many(conjunct: Conjunct) -> None:
    assert not is_violated(conjunct, "a1 b1 a1")


def test_every_conjunct_knows_what_it_would_be_idle_without() -> None:
    assert premises(Never(A)) == ()
    assert premises(Never(A, after=B)) == (B,)
    assert premises(AtMostOnce(A)) == (A,)
    assert premises(Excludes(A, B)) == (A, B)
    assert premises(Precedes(A, first=(B,))) == (A,)
    assert premises(Responds(A, (B,))) == (A,)
    assert premises(Possible(A)) == ()


def test_conjuncts_are_numbered_through_all_properties() -> None:
    one = Property("one", "1", "One.", conjuncts=(Never(A), Never(B)))
    other = Property("other", "2", "Other.", conjuncts=(Never(C),))
    assert [(watch.property.name, watch.position) for watch in watched([one, other])] == [
        ("one", 0),
        ("one", 1),
        ("other", 0),
    ]
