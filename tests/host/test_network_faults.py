"""Whatever the network or a crash does to a payment, the user pays once, and is told so."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.host.town import TERMINAL, Town

from payrelay.host.faults import fault_named
from payrelay.host.party import Step
from payrelay.host.together import Flight
from payrelay.model.conversion import Amount
from payrelay.model.variants import VARIANTS

PRICE = [Amount(2, "JPY")]
REQUESTS = 13
"""The requests of a purchase with one wallet, in which all goes well."""
ANSWERS = 3
"""What the terminal is answered in it."""
STEPS = {"relay": 5, "shop": 4, "wallet-1": 3, "payment": 1, TERMINAL: 3}
"""How many steps each party takes in it after which it has something to send."""
REPEATED = ("order_place", "forwarded_payment_processing_request", "payment_request", "authorization_request")
"""What is said again if it is lost, and not something else."""


def counted_steps(town: Town) -> Counter[str]:
    """How many steps each party takes from now on after which it has something to send."""
    carry, steps = town.network.carry, Counter[str]()

    def counting(name: str, step: Step) -> None:
        steps[name] += bool(step.sends or step.replies)
        carry(name, step)

    town.network.carry = counting  # type: ignore[method-assign, assignment]
    return steps


def lose_request(town: Town, number: int) -> None:
    """The request of this number does not arrive."""
    seen: list[Flight] = []

    def copies(flight: Flight) -> int:
        seen.append(flight)
        return 0 if len(seen) == number + 1 else 1

    town.network.copies = copies


def crash_at_step(town: Town, party: str, number: int) -> Counter[str]:
    """A party crashes before anything leaves of its step of this number; the steps, as they are counted."""
    carry = town.network.carry

    def crashing(name: str, step: Step) -> None:
        if name == party and (step.sends or step.replies) and steps[party] == number + 1:
            town.crash(party)
        else:
            carry(name, step)

    town.network.carry = crashing  # type: ignore[method-assign, assignment]
    steps = counted_steps(town)
    return steps


def test_a_purchase_has_so_many_requests_answers_and_steps() -> None:
    town = Town()
    steps = counted_steps(town)
    assert town.pays() == "approved"
    assert (len(town.network.carried), len(town.network.answered)) == (REQUESTS, ANSWERS)
    assert steps == STEPS
    assert town.postings() == PRICE


@pytest.mark.parametrize("number", range(REQUESTS))
def test_a_lost_request_is_made_up_for(number: int) -> None:
    town = Town()
    lose_request(town, number)
    assert town.pays() == "approved"
    assert town.postings() == PRICE


@pytest.mark.parametrize("number", range(ANSWERS))
def test_a_lost_answer_is_made_up_for(number: int) -> None:
    town = Town()
    town.network.returns = lambda _flight, _response: len(town.network.answered) != number + 1
    assert town.pays() == "approved"
    assert town.postings() == PRICE


def test_everything_twice_is_as_once() -> None:
    town, once = Town(), Town()
    town.network.copies = lambda _flight: 2
    assert (town.pays(), once.pays()) == ("approved", "approved")
    assert town.postings() == PRICE
    assert town.controls() == once.controls()


def test_money_that_is_taken_twice_stands_in_the_books_twice() -> None:
    """At a payment server that takes it again when it is asked again."""
    (variant,) = (one for one in VARIANTS if one.name == "broken_payment_not_idempotent")
    town = Town(edits=variant.edits)
    town.network.copies = lambda flight: 2 if flight.outgoing.receiver == "payment" else 1
    assert town.pays() == "approved"
    assert town.postings() == PRICE * 2


@pytest.mark.parametrize("security", ["hardened", "plain"])
def test_what_is_said_again_is_the_same_bytes(security: str) -> None:
    town = Town(security=security)
    lost: dict[str, bytes] = {}
    repeated: set[str] = set()

    def copies(flight: Flight) -> int:
        name = flight.outgoing.request.target.rpartition("/")[2]
        if name not in REPEATED:
            return 1
        if name not in lost:
            lost[name] = flight.outgoing.request.body
            return 0
        assert flight.outgoing.request.body == lost[name], name
        repeated.add(name)
        return 1

    town.network.copies = copies
    assert town.pays() == "approved"
    assert repeated == set(REPEATED)


def test_what_is_made_anew_is_other_bytes() -> None:
    town = Town(faults={"wallet-1": fault_named("made_anew")})
    bodies: list[bytes] = []

    def copies(flight: Flight) -> int:
        if not flight.outgoing.request.target.endswith("/payment_request"):
            return 1
        bodies.append(flight.outgoing.request.body)
        return 0 if len(bodies) == 1 else 1

    town.network.copies = copies
    assert town.pays() == "approved"
    assert len(set(bodies)) == len(bodies) > 1


@pytest.mark.parametrize(("party", "number"), [(p, n) for p, most in STEPS.items() for n in range(most)])
def test_a_crash_between_commit_and_send_costs_nobody_anything(party: str, number: int) -> None:
    town = Town()
    steps = crash_at_step(town, party, number)
    assert town.pays() == "approved"
    assert steps[party] > number
    assert town.postings() == PRICE


# --- registrations

REGISTRATION_REQUESTS = 12
REGISTRATION_STEPS = {"relay": 7, "wallet-1": 2, "authority": 3, TERMINAL: 2}


def is_registered(town: Town) -> bool:
    """What the authority made last is valid, and in the wallet; what was given up before it, is neither."""
    controls = Counter((table, control) for _, table, control in town.controls())
    return controls["registration_authority", "active"] == controls["enrolment", "enrolled"] == 1


def test_a_registration_has_so_many_requests_and_steps() -> None:
    town = Town(enrolled=False)
    steps = counted_steps(town)
    assert town.registers() == "ok"
    assert (len(town.network.carried), steps) == (REGISTRATION_REQUESTS, REGISTRATION_STEPS)
    assert is_registered(town)


@pytest.mark.parametrize("number", range(REGISTRATION_REQUESTS))
def test_a_lost_request_of_a_registration_is_made_up_for(number: int) -> None:
    town = Town(enrolled=False)
    lose_request(town, number)
    assert town.registers() == "ok"
    assert is_registered(town)


@pytest.mark.parametrize(("party", "number"), [(p, n) for p, most in REGISTRATION_STEPS.items() for n in range(most)])
def test_a_crash_in_a_registration_costs_nobody_anything(party: str, number: int) -> None:
    town = Town(enrolled=False)
    steps = crash_at_step(town, party, number)
    assert town.registers() == "ok"
    assert steps[party] > number
    assert is_registered(town)
