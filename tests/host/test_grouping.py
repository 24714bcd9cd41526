"""Steps made durable together: as one after the other, all or none, and nothing is said of any before."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.host.storage_contract import StorageContract, check_that_a_reopened_storage_is_whole, few
from tests.host.town import TERMINAL, Town

from payrelay.host.addresses import Addresses
from payrelay.host.grouping import Grouping
from payrelay.host.memory import MemoryStorage
from payrelay.host.serving import Condition, Serving
from payrelay.host.storage import Armed, Changes, Machine, Outgoing, StorageError
from payrelay.language.role import Local
from payrelay.model.messages import user
from payrelay.wire.exchange import Request, Response

SEND = Outgoing(1, "shop", Request("POST", "/x", (), b"bytes"))
STEP = Changes(
    machines=(Machine("procedure-1", "relay_procedure", Local("settling", None), ("key",)),),
    started=(Armed("procedure-1", "retry_time", 15.0),),
    sends=(SEND,),
    made={"name": "text"},
    records={("kind", "name"): 1},
    events=("line",),
)


class Counting(MemoryStorage):
    """Counts commits, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0
        self.fails = False

    def commit(self, changes: Changes) -> None:
        if self.fails:
            raise StorageError("the disk is full")
        self.commits += 1
        super().commit(changes)


class GroupingContract(StorageContract):
    """Whether steps are held or not, and whenever they are kept, everything is as if none were."""

    create = MemoryStorage

    open = Grouping

    @rule(holds=st.booleans())
    def hold(self, holds: bool) -> None:
        """From now on steps are held, or not."""
        self.storage._holds = holds

    def teardown(self) -> None:
        self.storage.keep()
        super().teardown()

    def begin_again(self) -> None:
        self.storage.keep()
        super().begin_again()


GroupingContract.TestCase.settings = few(40, 15)
TestGrouping = GroupingContract.TestCase


def test_a_reopened_storage_is_whole() -> None:
    kept = MemoryStorage()
    check_that_a_reopened_storage_is_whole(lambda: Grouping(kept))


def test_what_is_held_is_seen_and_kept_at_once() -> None:
    beneath = Counting()
    grouping = Grouping(beneath)
    with grouping.holding():
        grouping.commit(STEP)
        grouping.commit(Changes(stopped=(("procedure-1", "retry_time"),), sent=(1,), events=("another",)))
    assert beneath.commits == 0
    assert (grouping.machine("procedure-1"), grouping.find("key")) == (STEP.machines[0], "procedure-1")
    assert (grouping.made("name"), grouping.record("kind", "name"), grouping.next_number()) == ("text", 1, 2)
    assert (beneath.machine("procedure-1"), beneath.find("key"), beneath.next_number()) == (None, None, 1)
    grouping.keep()
    assert beneath.commits == 1
    assert (beneath.machine("procedure-1"), list(beneath.timers()), list(beneath.outbox())) == (
        STEP.machines[0],
        [],
        [],
    )
    assert list(beneath.events()) == ["line", "another"]
    grouping.keep()
    assert beneath.commits == 1, "there is nothing to keep"


def test_a_step_that_is_not_held_is_kept_with_those_that_are() -> None:
    beneath = Counting()
    grouping = Grouping(beneath)
    with grouping.holding():
        grouping.commit(STEP)
    grouping.commit(Changes(events=("now",)))
    assert (beneath.commits, list(beneath.events())) == (1, ["line", "now"])


def test_none_has_happened_if_they_cannot_be_kept_and_nothing_is_taken_any_more() -> None:
    beneath = Counting()
    grouping = Grouping(beneath)
    with grouping.holding():
        grouping.commit(STEP)
        grouping.commit(Changes(events=("another",)))
    beneath.fails = True
    for _ in range(2):
        with pytest.raises(StorageError, match="the disk is full"):
            grouping.keep()
        beneath.fails = False
    with pytest.raises(StorageError, match="the disk is full"):
        grouping.commit(Changes())
    grouping.close()
    assert (beneath.commits, list(beneath.events()), beneath.machine("procedure-1")) == (0, [], None)


# --- a party at work


class Place:
    """A shop at work, to which two terminals' orders come at the same moment."""

    def __init__(self) -> None:
        self.beneath = Counting()
        self.grouping = Grouping(self.beneath)
        self.town = Town(store=lambda name: self.grouping if name == "shop" else MemoryStorage())
        self.party = self.town.network.parties["shop"]
        self.serving = Serving(self.party, post=self.post, addresses=Addresses(), grouping=self.grouping)
        self.serving.condition = Condition.READY
        self.serving.on_failure = lambda: self.failures.append(True)
        self.failures: list[bool] = []
        self.beneath.commits = 0

    async def post(self, url: str, request: Request, seconds: float | None) -> Response | None:  # noqa: ARG002
        raise AssertionError("a shop sends nothing when it is ordered from")

    def orders(self) -> list[Request]:
        """Two orders, as terminals place them."""
        requests = []
        for _ in range(2):
            step = self.town.network.parties[TERMINAL].do(
                user.UserOrders(nonce=self.town.nonce(user.UserOrders), cart="a book")
            )
            requests.append(step.sends[0].request)
            self.town.storages[TERMINAL] = MemoryStorage()
            self.town.crash(TERMINAL)
        return requests


def test_two_requests_at_the_same_moment_take_one_commit_and_are_answered_after_it() -> None:
    async def place() -> None:
        there = Place()
        seen: list[int] = []

        async def ask(request: Request) -> Response:
            response = await there.serving.answer(request)
            seen.append(there.beneath.commits)
            return response

        answers = await asyncio.gather(*map(ask, there.orders()))
        assert [answer.status for answer in answers] == [200, 200]
        assert seen == [1, 1]
        assert len({answer.body for answer in answers}) == 2

    asyncio.run(place())


def test_requests_whose_steps_cannot_be_kept_are_turned_away_and_the_party_stops() -> None:
    async def place() -> None:
        there = Place()
        there.beneath.fails = True
        answers = await asyncio.gather(*map(there.serving.answer, there.orders()))
        assert [answer.status for answer in answers] == [503, 503]
        assert (there.serving.condition, there.failures) == (Condition.FAILED, [True])
        assert there.beneath.commits == 0

    asyncio.run(place())


def test_a_fault_of_the_program_while_steps_are_kept_stops_the_party() -> None:
    async def place() -> None:
        there = Place()
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
        there.beneath.commit = lambda _changes: 1 / 0  # type: ignore[method-assign, assignment]
        asked = asyncio.create_task(there.serving.answer(there.orders()[0]))
        await asyncio.wait([asked], timeout=0.1)
        assert (there.serving.condition, there.failures) == (Condition.FAILED, [True])
        assert [type(one) for one in told] == [ZeroDivisionError]
        assert not asked.done(), "nothing is said"
        asked.cancel()

    asyncio.run(place())


def test_what_was_taken_for_somebody_who_is_gone_is_kept_all_the_same() -> None:
    async def place() -> None:
        there = Place()
        asked = asyncio.create_task(there.serving.answer(there.orders()[0]))
        while not there.serving._taken:
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        await asyncio.sleep(0)
        assert there.beneath.commits == 1
        assert there.serving._taken == []

    asyncio.run(place())
