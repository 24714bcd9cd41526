"""Logs of servers under every fault are runs of the model: nothing is missing in them, and nothing too much."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.host.following import unexplained
from tests.host.town import TERMINAL, Town

from payrelay.host.party import Step
from payrelay.host.together import Flight
from payrelay.model.configurations import HAPPY, PURCHASE
from payrelay.model.messages import user

FAULTS = replace(
    HAPPY, name="logs", says="A purchase under every fault.", semantics="unbounded", nonces="each", timers=None,
    crashing=PURCHASE,
)  # fmt: skip


LOST_ONCE = ("payment_request", "authorization_request", "payment_response", "result_info")


def test_doubled_and_lost_requests_are_explained() -> None:
    town = Town()
    lost: set[str] = set()

    def copies(flight: Flight) -> int:
        name = flight.outgoing.request.target.rpartition("/")[2]
        if name in LOST_ONCE and name not in lost:
            lost.add(name)
            return 0
        return 2

    town.network.copies = copies
    assert town.pays() == "approved"
    assert lost == set(LOST_ONCE)
    assert unexplained(town, FAULTS) == ""


@pytest.mark.parametrize("party", ["relay", "shop", "wallet-1", "payment", TERMINAL])
def test_crashes_are_explained(party: str) -> None:
    town = Town()
    carry, confirmed = town.network.carry, [False]

    def crashing(name: str, step: Step) -> None:
        if name == party and confirmed[0] and (step.sends or step.replies):
            confirmed[0] = False
            town.crash(party)
            return
        carry(name, step)

    town.network.carry = crashing  # type: ignore[method-assign, assignment]
    for stimulus, fields in ((user.UserOrders, {"cart": "a book"}), (user.UserPays, {})):
        town.does(stimulus, **fields)
    confirmed[0] = True
    town.does(user.UserConfirms)
    assert town.pays() == "approved"
    assert not confirmed[0]
    assert unexplained(town, FAULTS) == ""
