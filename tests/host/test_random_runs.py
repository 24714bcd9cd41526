"""Payments on a network that loses, doubles and reorders, between parties that crash: nothing is paid twice, and what
the user is told is true."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from tests.host.town import DECISIONS, TERMINAL, Town

from payrelay.host.records import POSTINGS, Posting
from payrelay.model.messages import user
from payrelay.model.variants import VARIANTS

ROUNDS = 150
SHORT = ("http_time", "hold_time", "shop_time", "offer_time", "wallet_time", "retry_time")
"""The timers that run out while a payment is going on."""
MOST_TIMERS = 100
MONEY = next(one for one in VARIANTS if one.name == "broken_payment_not_idempotent")


def a_while(town: Town, dice: Random) -> None:
    """Something happens, again and again."""
    network = town.network
    network.copies = lambda _flight: dice.choices((0, 1, 2), (6, 79, 15))[0]
    network.returns = lambda _flight, _response: dice.random() < 0.95
    for _ in range(ROUNDS):
        what = dice.random()
        if what < 0.02:
            town.crash(dice.choice(town.names))
        elif what < 0.75 and network.under_way:
            network.under_way.rotate(dice.randrange(len(network.under_way)))
            network.deliver()
        elif what < 0.78:
            network.wait(*SHORT)
        else:
            control = town.control(TERMINAL, "purchase")
            choices = [DECISIONS[control]] if control in DECISIONS else []
            if control in ("confirming", "selecting") and dice.random() < 0.1:
                choices = [(user.UserCancels, {})]
            if choices and town.outcome() != "approved":
                town.begins(choices[0][0], **choices[0][1])


def debits(town: Town) -> Counter[str]:
    """How often each attempt was paid."""
    found = (posting for _, posting in town.storages["payment"].records(POSTINGS))
    return Counter(posting.proc_key.proc_id.name for posting in found if isinstance(posting, Posting))


@pytest.mark.parametrize("seed", range(20))
def test_no_attempt_is_paid_twice_and_no_order_is(seed: int) -> None:
    dice = Random(seed)
    town = Town(wallets=dice.choice((1, 2)), security=dice.choice(("hardened", "plain")))
    a_while(town, dice)
    comes_to_rest(town)
    paid = [m for m in town.storages["shop"].machines() if (m.table, m.local.control) == ("shop_attempt", "paid")]
    assert debits(town) == Counter(one.local.data.identity.proc_key.proc_id.name for one in paid)
    assert all(times == 1 for times in debits(town).values())
    assert all(times == 1 for times in Counter(one.owner for one in paid).values())
    assert town.outcome() != "approved" or paid


def comes_to_rest(town: Town) -> None:
    """Nothing is lost any more, and time passes until nothing is left to be said."""
    town.network.copies = lambda _flight: 1
    town.network.returns = lambda _flight, _response: True
    town.network.settle()
    for _ in range(MOST_TIMERS):
        if not town.network.wait():
            return
        town.network.settle()
    raise AssertionError(f"still {town.network.next_timer()}")


def test_a_payment_server_that_pays_twice_is_seen() -> None:
    def most(seed: int) -> int:
        dice = Random(seed)
        town = Town(edits=MONEY.edits)
        a_while(town, dice)
        comes_to_rest(town)
        return max(debits(town).values(), default=0)

    assert max(map(most, range(6))) > 1
