"""Properties: their names, and what they are made of."""

from dataclasses import dataclass

import pytest

from payrelay.language.messages import Message, Occurrence
from payrelay.language.properties import (
    SAFETY,
    Accepted,
    AtMostOnce,
    Atom,
    Conjunct,
    Entered,
    Excludes,
    Failed,
    Fairness,
    In,
    Indistinguishable,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Resettable,
    Responds,
    Sent,
    Variable,
    atom_name,
    conjunct_name,
)


@dataclass(frozen=True, kw_only=True)
class Bill(Message):
    amount: int


@dataclass(frozen=True)
class Debited(Occurrence):
    amount: int


SENT = Sent("shop", {"amount": 2, "sender": Variable("k"), "receiver": str.isalpha}, Bill)
DEBITED = Occurred("bank", {"amount": Variable("a")}, Debited)


@pytest.mark.parametrize(
    ("atom", "name"),
    [
        (SENT, "sent shop Bill 2"),
        (DEBITED, "occurred bank Debited"),
        (Occurred(), "occurred Occurrence"),
        (Received(), "received"),
        (Received("shop", message=Bill), "received shop Bill"),
        (Accepted("shop", message=Bill, leaving=("open",)), "accepted shop Bill"),
        (Entered("shop", states=("open", "shut")), "entered shop open,shut"),
        (Failed(), "failed"),
    ],
)
def test_an_atom_has_a_short_name(atom: Atom, name: str) -> None:
    assert atom_name(atom) == name


@pytest.mark.parametrize(
    ("conjunct", "name"),
    [
        (Never(Failed()), "Never(failed)"),
        (AtMostOnce(DEBITED), "AtMostOnce(occurred bank Debited)"),
        (Excludes(SENT, DEBITED), "Excludes(sent shop Bill 2, occurred bank Debited)"),
        (Precedes(DEBITED, (SENT,)), "Precedes(occurred bank Debited)"),
        (Responds(SENT, (DEBITED,), (Fairness("bank", "delivery"),)), "Responds(sent shop Bill 2)"),
        (Possible(SENT), "Possible(sent shop Bill 2)"),
        (Resettable((In("shop", ("open",)),)), "Resettable()"),
        (Indistinguishable("shop", ("nonce",)), "Indistinguishable()"),
    ],
)
def test_a_conjunct_has_a_short_name(conjunct: Conjunct, name: str) -> None:
    assert conjunct_name(conjunct) == name


def test_an_atom_in_words_names_its_role() -> None:
    assert Sent("shop").words() == "shop"
    assert Failed().words() == ""


def test_what_a_finite_run_can_violate_is_safety() -> None:
    assert isinstance(Never(Failed()), SAFETY)
    assert not isinstance(Possible(SENT), SAFETY)
    assert not isinstance(Resettable(()), SAFETY)


def test_two_atoms_that_say_the_same_are_two() -> None:
    assert Sent("shop") != Sent("shop")
    assert Property("p", "P1", "It holds.") != Property("p", "P1", "It holds.")
    assert Variable("k") == Variable("k")
    assert In("shop", ("open",)) == In("shop", ("open",))
