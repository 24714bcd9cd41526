"""Links: between whom, and which one joins two parties."""

import pytest

from payrelay.language.links import Link, link_between, role_of
from payrelay.language.messages import Message

CABLE = Link("cable", ("desk", "client"), carries=(Message,))
PIPE = Link("pipe", ("desk", "shop-floor"), carries=())


@pytest.mark.parametrize(
    ("party", "role"), [("wallet-1", "wallet"), ("relay", "relay"), ("shop-floor-12", "shop-floor"), ("-1", "-1")]
)
def test_a_party_plays_a_role(party: str, role: str) -> None:
    assert role_of(party) == role


def test_a_link_joins_its_ends_in_either_direction() -> None:
    assert CABLE.joins("desk", "client")
    assert CABLE.joins("client", "desk")
    assert not CABLE.joins("client", "client")
    assert not CABLE.joins("desk", "shop")


def test_the_link_between_two_parties_is_that_of_their_roles() -> None:
    assert link_between([PIPE, CABLE], "client-3", "desk") is CABLE
    assert link_between([PIPE, CABLE], "desk", "shop-floor-1") is PIPE
    assert link_between([PIPE, CABLE], "client-1", "client-2") is None
    assert link_between([], "client", "desk") is None
