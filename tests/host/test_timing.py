"""Timers run while something would take them, and begin anew only when that is what their rows say."""

from __future__ import annotations

from tests.host.town import NOW, TERMINAL, Town

from payrelay.host.storage import Armed
from payrelay.host.timing import MOST_IN_VAIN, Wakings, wanted
from payrelay.host.world import PERIODS
from payrelay.language.messages import Timeout
from payrelay.language.role import Handled
from payrelay.model.messages import user
from payrelay.model.messages.terminal_edge import ProgressInquiry


def runs(town: Town, party: str) -> dict[str, float]:
    """The timers of a party, and how long each has left."""
    armed = town.network.parties[party].wakings.armed.values()
    return {one.timer: one.due - town.clock() for one in armed}


def kept(town: Town, party: str) -> dict[str, float]:
    return {one.timer: one.due - town.clock() for one in town.storages[party].timers()}


def unpaid() -> Town:
    """A town in which the user has confirmed, and nothing comes of it yet: what is for the shop is under way."""
    town = Town(order=True)
    town.does(user.UserPays)
    town.begins(user.UserConfirms)
    town.arrives_all_but("shop")
    return town


def test_timers_of_a_state_run_from_when_it_is_entered() -> None:
    town = Town(order=True)
    assert runs(town, "shop") == {"order_expiry": PERIODS["order_expiry"]}
    town.does(user.UserPays)
    assert runs(town, "relay") == {"user_time": PERIODS["user_time"]}
    assert runs(town, "wallet-1") == {"info_expiry": PERIODS["info_expiry"]}
    assert runs(town, TERMINAL) == {}


def test_a_request_waits_for_hold_time_from_when_the_first_waits() -> None:
    town = unpaid()
    relay = {"hold_time": 10, "retry_time": 15, "doubt_time": 600}
    assert runs(town, "relay") == relay
    town.clock.now += 4
    town.network.wait("http_time")  # the terminal asks again, which does not begin it anew
    town.clock.now = NOW + 4
    town.arrives_all_but("shop")
    assert runs(town, "relay")["hold_time"] == 6
    town.network.wait("hold_time")
    town.arrives_all_but("shop")
    assert "hold_time" not in runs(town, "relay")  # nobody waits
    town.clock.now += 1
    step = town.begins(user.UserAsks)
    assert isinstance(step.reaction.moves[0].answer.outputs[0].message, ProgressInquiry)  # type: ignore[union-attr]
    town.arrives_all_but("shop")
    assert runs(town, "relay")["hold_time"] == 10


def test_what_runs_out_begins_anew_if_it_would_be_taken_again() -> None:
    town = unpaid()
    town.network.wait("retry_time")
    assert runs(town, "relay")["retry_time"] == 15
    town.network.wait("doubt_time")
    assert "doubt_time" not in runs(town, "relay")  # the user was told, once


def test_timers_outlive_a_crash() -> None:
    town = unpaid()
    before = kept(town, "relay")
    assert before == runs(town, "relay")
    town.clock.now += 3
    town.crash("relay")
    after = runs(town, "relay")
    assert after == {"retry_time": 12, "doubt_time": 597}  # nobody waits any more
    assert kept(town, "relay") == after


def test_what_was_paid_has_no_timers() -> None:
    town = Town()
    town.pays()
    assert {name: runs(town, name) for name in town.names} == {name: {} for name in town.names}


def test_the_next_is_that_which_runs_out_first_of_those_that_run() -> None:
    wakings = Wakings({}, {})
    for place in range(3 * MOST_IN_VAIN):
        wakings.keep([Armed("m", "again", NOW + place), Armed("n", "other", NOW + 1)], ())
        assert wakings.next() == min(wakings.armed.values(), key=lambda one: (one.due, one.machine, one.timer))
    assert len(wakings._order) <= 2 + MOST_IN_VAIN, "what runs no more is forgotten"
    wakings.keep((), [("n", "other")])
    assert wakings.next() == Armed("m", "again", NOW + 3 * MOST_IN_VAIN - 1)
    wakings.keep((), [("m", "again")])
    assert wakings.next() is None


def test_a_guard_is_asked_and_nothing_is_done() -> None:
    """Whether a timer runs is told as taking it would tell it, in every state of a payment."""
    town = unpaid()
    checked = 0
    for party in town.network.parties.values():
        for machine in party.storage.machines():
            table = party.tables[machine.table]
            taken = [
                timer
                for timer in table.timers_in(machine.local.control)
                if isinstance(table.step(machine.local, Timeout(timer)), Handled)
            ]
            assert wanted(table, machine.local) == tuple(taken)
            checked += len(taken)
    assert checked >= 4
