"""The parties behind HTTP: what each listener takes, how it answers, and what it refuses before any machine sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import httpx2
import pytest
from tests.host.street import TOKEN, Street
from tests.host.town import ORDER, TERMINAL, Town, reference

from payrelay.host.limits import Limits
from payrelay.host.memory import MemoryStorage
from payrelay.host.serving import Condition
from payrelay.host.storage import Changes, StorageError
from payrelay.language.messages import Message
from payrelay.model.conversion import Amount
from payrelay.model.messages import user
from payrelay.model.messages.purchase import ProcedureReject
from payrelay.model.messages.terminal_edge import ProgressInquiry
from payrelay.wire.binding import to_request
from payrelay.wire.discovery import Discovery, read_discovery
from payrelay.wire.exchange import Request, Response
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import set_up_request

PRICE = [Amount(2, "JPY")]


def running(test: Callable[[Street], Awaitable[None]]) -> Callable[[], None]:
    """A test of a street in which everybody is at work."""

    @wraps(test)
    def run() -> None:
        async def all_of_it() -> None:
            async with Street(Town(order=True)) as street:
                await test(street)

        asyncio.run(all_of_it())

    del run.__wrapped__  # pytest must not ask for its parameters
    return run


async def ask(street: Street, method: str, url: str, **more: Any) -> httpx2.Response:
    return await street.client.request(method, url, **more)


def name_of(response: httpx2.Response) -> str:
    """The problem that a response tells."""
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["type"]).rpartition("/")[2]


@running
async def test_a_payment_is_made(street: Street) -> None:
    await street.does(user.UserPays, until="confirming")
    await street.does(user.UserConfirms, until="done")
    assert street.town.postings() == PRICE
    assert street.town.outcome() == "approved"


async def takes_longer(street: Street) -> None:
    """A payment that does not go on, and whose user is told so: the shop takes nothing."""
    await street.does(user.UserPays, until="confirming")
    street.serving["shop"].condition = Condition.STARTING
    await street.does(user.UserConfirms, until="waiting")
    await settled()
    await street.pass_time(10)
    await street.until("in_progress")


@running
async def test_a_held_request_is_answered_after_hold_time(street: Street) -> None:
    await takes_longer(street)
    street.serving["shop"].condition = Condition.READY
    await street.does(user.UserAsks, until="waiting")
    await street.pass_time(5)  # the wallet says it again
    await street.until("done")
    assert street.town.postings() == PRICE


@running
async def test_inquiries_that_come_too_fast_are_told_so_and_change_nothing(street: Street) -> None:
    await takes_longer(street)
    await street.does(user.UserAsks, until="waiting")
    await settled()
    outstanding = street.town.storages[TERMINAL].machine("purchase")
    assert outstanding is not None
    inquiry = to_request(replace(outstanding.local.data.outstanding, sender=TERMINAL, receiver="relay"),
                         street.town.rings[TERMINAL])  # fmt: skip
    send = {"content": inquiry.body, "headers": dict(inquiry.headers)}
    url = f"http://relay-first{inquiry.target}"
    held = [asyncio.create_task(ask(street, "POST", url, **send)) for _ in range(2)]  # the second and the third
    await settled()
    before = list(street.town.storages["relay"].machines())
    refused = await ask(street, "POST", url, **send)
    assert (refused.status_code, name_of(refused), refused.headers["retry-after"]) == (429, "slow-down", "10")
    assert list(street.town.storages["relay"].machines()) == before
    assert held[0].done()  # superseded by the one after it, which goes on being held
    assert not held[1].done()
    # The terminal lost its answer with the second; its machine says the same again, and by then it may.
    street.serving["shop"].condition = Condition.READY
    await street.pass_time(30)
    await street.until("done")
    assert street.town.postings() == PRICE
    assert (await held[1]).status_code in (200, 409)


@running
async def test_an_inquiry_that_is_told_to_wait_is_a_lost_message_to_the_terminal(street: Street) -> None:
    await takes_longer(street)
    told = [Problem("slow-down", headers=(("retry-after", "10"),))]
    taken: list[Message] = []

    def refusal(message: Message) -> Problem | None:
        taken.append(message)
        return told.pop() if told else None

    street.serving["relay"].inquiries.refusal = refusal  # type: ignore[method-assign]
    await street.does(user.UserAsks, until="waiting")
    await settled()
    street.serving["shop"].condition = Condition.READY
    assert (told, street.town.control(TERMINAL, "purchase")) == ([], "waiting")
    await street.pass_time(30)  # http_time
    await street.until("done")
    inquiries = [message for message in taken if isinstance(message, ProgressInquiry)]
    assert len(inquiries) == 2
    assert inquiries[0] == inquiries[1]
    assert street.town.postings() == PRICE


async def settled() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@running
async def test_a_newer_request_supersedes_the_one_that_is_held(street: Street) -> None:
    for name in ("shop",):
        street.serving[name].condition = Condition.STARTING
    await street.does(user.UserPays, until="waiting")
    await settled()
    machine = street.town.storages[TERMINAL].machine("purchase")
    assert machine is not None
    outstanding = replace(machine.local.data.outstanding, sender=TERMINAL, receiver="relay")
    request = to_request(outstanding, street.town.rings[TERMINAL])
    url = f"http://relay-first{request.target}"
    send = {"content": request.body, "headers": dict(request.headers)}
    older = asyncio.create_task(ask(street, "POST", url, **send))
    await settled()
    newer = asyncio.create_task(ask(street, "POST", url, **send))
    superseded = await older
    assert (superseded.status_code, name_of(superseded)) == (409, "superseded")
    await street.pass_time(10)  # shop_time
    answered = await newer
    assert answered.status_code == 200
    assert b"SHOP_TIMEOUT" in answered.content


@running
async def test_discovery_says_who_it_is(street: Street) -> None:
    for host in ("relay", "relay-first", "shop", "wallet-1", "payment", "authority"):
        response = await ask(street, "GET", f"http://{host}/.well-known/payrelay")
        found = read_discovery(response.content)
        assert isinstance(found, Discovery)
        assert found.party == host.removesuffix("-first")
        assert found.limits == {"max_body": 65536}
        # The first section has no set-up interface.
        assert found.setup == ("http://relay" if host == "relay" else None)
    assert (await ask(street, "POST", "http://shop/.well-known/payrelay")).status_code == 405


@running
async def test_health_says_whether_it_takes_anything(street: Street) -> None:
    response = await ask(street, "GET", "http://shop/health")
    assert (response.status_code, response.json()) == (200, {"party": "shop", "status": "ready"})
    street.serving["shop"].condition = Condition.FAILED
    response = await ask(street, "GET", "http://shop/health")
    assert (response.status_code, response.json()["status"]) == (503, "failed")


@running
async def test_each_section_takes_its_own_links_only(street: Street) -> None:
    for host, path, status in (
        ("relay-first", "terminal_edge/procedure_request", 415),
        ("relay", "terminal_edge/procedure_request", 404),
        ("relay-first", "relay_shop/payment_info_message", 404),
        ("relay", "relay_shop/payment_info_message", 415),
    ):
        response = await ask(street, "POST", f"http://{host}/payrelay/v1/{path}")
        assert response.status_code == status, (host, path)


@running
async def test_invalid_requests_are_told_why(street: Street) -> None:
    place = "http://shop/payrelay/v1/direct_edge/order_place"
    for method, url, more, status, problem in (
        ("GET", place, {}, 405, "method-not-allowed"),
        ("BREW", place, {}, 405, "method-not-allowed"),
        ("POST", "http://shop/elsewhere", {}, 404, "not-found"),
        ("POST", "http://shop/payrelay/v2/direct_edge/order_place", {}, 404, "unsupported-version"),
        ("POST", place, {"content": b"x" * 65537}, 413, "too-large"),
        ("POST", place, {"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "unsupported-media-type"),
        ("POST", place, {"json": {}}, 400, "malformed"),
        ("POST", "http://shop/payrelay/v1/setup/orders", {"json": {}}, 401, "unauthenticated"),
        ("POST", "http://relay-first/payrelay/v1/setup/sessions", {"json": {}}, 404, "not-found"),
    ):
        response = await ask(street, method, url, **more)
        assert (response.status_code, name_of(response)) == (status, problem), url
    assert (await ask(street, "GET", place)).headers["allow"] == "POST"


@running
async def test_what_was_taken_is_202_and_nothing_else(street: Street) -> None:
    """A message that belongs to nothing is answered as any other (W-HTTP-05)."""
    reject = ProcedureReject(sender="shop", receiver="relay", relay_txn=reference("relay_txn", "none"), reason="X")
    request = to_request(reject, street.town.rings["shop"])
    url = f"http://relay{request.target}"
    response = await ask(street, "POST", url, content=request.body, headers=dict(request.headers))
    assert (response.status_code, response.content) == (202, b"")
    assert dict(response.headers) == {"content-length": "0"}


@running
async def test_set_up_over_http(street: Street) -> None:
    order = replace(ORDER, order=reference("order_ref", "another"))
    request = set_up_request(order, street.town.rings["shop"], "shop", TOKEN)
    for _ in range(2):
        response = await ask(
            street, "POST", f"http://shop{request.target}", content=request.body, headers=dict(request.headers)
        )
        assert (response.status_code, response.content) == (204, b"")
    assert len([*street.town.storages["shop"].records("orders")]) == 2


def test_too_fast_and_too_many_are_told_so() -> None:
    async def all_of_it() -> None:
        async with Street(Town(), Limits(burst=2, per_second=1)) as street:
            place = "http://shop/payrelay/v1/direct_edge/order_place"
            statuses = [(await ask(street, "POST", place, json={})).status_code for _ in range(3)]
            assert statuses == [400, 400, 429]
            await street.pass_time(1)
            assert (await ask(street, "POST", place, json={})).status_code == 400
        async with Street(Town(), Limits(most_waiting=0)) as street:
            response = await ask(street, "POST", place, json={})
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")

    asyncio.run(all_of_it())


def test_what_is_held_when_a_party_stops_is_told_so() -> None:
    async def all_of_it() -> None:
        async with Street(Town(order=True)) as street:
            street.serving["shop"].condition = Condition.STARTING
            await street.does(user.UserPays, until="waiting")
            await settled()
            assert len(street.serving["relay"]._held) == 1
            await street.serving["relay"].stop()
            await settled()
            assert street.serving["relay"]._held == {}
            assert (await ask(street, "GET", "http://relay/health")).json()["status"] == "stopping"
            assert [*street.town.storages["relay"].outbox()] == []

    asyncio.run(all_of_it())


def test_a_fault_of_the_server_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def all_of_it() -> None:
        async with Street(Town()) as street:

            def broken(*_: object) -> None:
                raise RuntimeError("inside")

            monkeypatch.setattr(street.serving["shop"].party, "receive", broken)
            transport = httpx2.ASGITransport(street.applications["shop"], raise_app_exceptions=False)
            async with httpx2.AsyncClient(transport=transport) as client:
                response = await client.post("http://shop/payrelay/v1/direct_edge/order_place", json={})
            assert (response.status_code, name_of(response)) == (500, "internal-error")
            assert "inside" not in json.dumps(response.json())

    asyncio.run(all_of_it())


# --- a storage that fails, and what comes after


class FailingStorage(MemoryStorage):
    """Fails when it is told to."""

    fails = False

    def commit(self, changes: Changes) -> None:
        if self.fails:
            raise StorageError("no room")
        super().commit(changes)


def test_a_party_whose_storage_fails_stops_taking_anything() -> None:
    async def all_of_it() -> None:
        storage = FailingStorage()
        town = Town(order=True, store=lambda name: storage if name == "shop" else MemoryStorage())
        async with Street(town) as street:
            failures: list[str] = []
            street.serving["shop"].on_failure = lambda: failures.append("shop")
            storage.fails = True
            await street.does(user.UserPays, until="waiting")
            await settled()
            assert failures == ["shop"]
            response = await ask(street, "GET", "http://shop/health")
            assert (response.status_code, response.json()["status"]) == (503, "failed")
            place = await ask(street, "POST", "http://shop/payrelay/v1/direct_edge/order_place", json={})
            assert (place.status_code, name_of(place)) == (503, "unavailable")
            assert [machine.table for machine in storage.machines()] == ["shop_order"]  # nothing was kept

    asyncio.run(all_of_it())


def test_a_timer_that_cannot_be_kept_stops_the_party_too() -> None:
    async def all_of_it() -> None:
        storage = FailingStorage()
        town = Town(order=True, store=lambda name: storage if name == "relay" else MemoryStorage())
        async with Street(town) as street:
            await street.does(user.UserPays, until="confirming")
            storage.fails = True
            await street.pass_time(300)  # user_time
            await settled()
            assert street.serving["relay"].condition is Condition.FAILED
            assert town.control("relay", "procedure") == "wait_consent"

    asyncio.run(all_of_it())


def test_a_fault_in_a_task_stops_the_party() -> None:
    async def all_of_it() -> None:
        async with Street(Town(order=True)) as street:
            said: list[object] = []
            asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context["exception"]))

            async def broken(url: str, request: Request, seconds: float | None) -> Response | None:
                raise RuntimeError("inside")

            street.serving["relay"].post = broken
            await street.does(user.UserPays, until="waiting")
            await settled()
            assert street.serving["relay"].condition is Condition.FAILED
            assert [str(one) for one in said] == ["inside"]

    asyncio.run(all_of_it())


def test_what_was_not_sent_is_sent_when_the_party_is_back() -> None:
    async def all_of_it() -> None:
        town = Town(order=True)
        town.begins(user.UserPays)
        town.network.deliver()  # the relay has committed what it asks the shop, and then it is gone
        town.network.under_way.clear()
        town.network.add(town._party("relay"))
        assert len([*town.storages["relay"].outbox()]) == 1
        async with Street(town) as street:
            await settled()
            assert town.control("shop", "attempt") == "info_sent"
            await street.serving["relay"].stop()
            assert [*town.storages["relay"].outbox()] == []

    asyncio.run(all_of_it())
