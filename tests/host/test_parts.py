"""Names, addresses, rates, the world of a party, and the client: each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from tests.host.town import reference

from payrelay.host.addresses import Addresses
from payrelay.host.client import MOST_ANSWER_BYTES, Client
from payrelay.host.faults import FAULTS, fault_named, together
from payrelay.host.limits import InquiryRates, Limits, Rates
from payrelay.host.names import name_for, transaction_behind
from payrelay.host.populations.wallet import masked
from payrelay.host.together import VirtualClock
from payrelay.host.world import World, no_catalogue
from payrelay.language.terms import Symbol
from payrelay.model.data import OrderRef, ProcKey
from payrelay.model.messages.purchase import (
    AuthorizationConflict,
    ForwardedProcedureRequest,
    ProcedureAbort,
    WalletOffer,
)
from payrelay.model.messages.terminal_edge import Cancel, ProgressInquiry
from payrelay.model.procedure import WAIT_HINT
from payrelay.model.roles.registration_relay import WAIT_HINT as WAIT_HINT_OF_REGISTRATIONS
from payrelay.wire.exchange import Request, Response
from payrelay.wire.json_text import MOST_BYTES

CANCEL = ("sender", "receiver", "session", "request_nonce", "handle")
ORDER = OrderRef("shop", Symbol("order_ref", "o"))


# --- names


def test_two_relays_may_think_of_the_same_name() -> None:
    abort = ProcedureAbort(sender="relay-1", receiver="shop", order_ref=ORDER, relay_txn=Symbol("relay_txn", "x"))
    names = {name_for(abort), name_for(replace(abort, sender="relay-2"))}
    assert names == {"attempt-relay-1.relay_txn.x", "attempt-relay-2.relay_txn.x"}


def test_two_shops_may_think_of_the_same_name() -> None:
    one = AuthorizationConflict(sender="payment", receiver="shop", proc_key=ProcKey("shop-1", Symbol("proc_id", "x")))
    other = replace(one, proc_key=ProcKey("shop-2", Symbol("proc_id", "x")))
    assert (name_for(one), name_for(other)) == ("attempt-proc_id.shop-1.x", "attempt-proc_id.shop-2.x")


def test_a_query_is_of_the_transaction_that_it_was_derived_from() -> None:
    assert transaction_behind(Symbol("wallet_txn", "x at wallet-1")) == Symbol("relay_txn", "x")
    offer = WalletOffer(
        sender="wallet-1",
        receiver="relay",
        wallet_txn=Symbol("wallet_txn", "x at wallet-1"),
        display_name="W",
        instruments=(),
    )
    assert name_for(offer) == "procedure-relay_txn.x"


def test_an_attempt_is_asked_for_at_its_order() -> None:
    request = ForwardedProcedureRequest(
        sender="relay", receiver="shop", order_ref=ORDER, relay_txn=reference("relay_txn", "x")
    )
    assert name_for(request) == "order-order_ref.o"


# --- addresses


def test_a_link_may_have_an_address_of_its_own() -> None:
    addresses = Addresses({"relay": "http://relay"}, {("relay", "terminal_edge"): "http://first"})
    for target, url in (
        ("/payrelay/v1/terminal_edge/cancel", "http://first/payrelay/v1/terminal_edge/cancel"),
        ("/payrelay/v1/relay_shop/procedure_reject", "http://relay/payrelay/v1/relay_shop/procedure_reject"),
        ("/elsewhere", None),
    ):
        assert addresses.url("relay", target) == url
    assert addresses.url("shop", "/payrelay/v1/relay_shop/procedure_abort") is None


# --- rates


def test_a_peer_that_is_too_fast_waits_and_others_do_not() -> None:
    clock = VirtualClock(0)
    rates = Rates(Limits(burst=2, per_second=0.5), clock)
    assert [rates.refusal("one") is None for _ in range(3)] == [True, True, False]
    assert rates.refusal("other") is None
    clock.now = 2
    assert [rates.refusal("one") is None for _ in range(2)] == [True, False]


def test_who_is_too_fast_is_told_for_how_long() -> None:
    clock = VirtualClock(0)
    for per_second, seconds in ((500, "1"), (0.5, "2"), (1 / 7, "7"), (0, "3600")):
        rates = Rates(Limits(burst=1, per_second=per_second), clock)
        assert rates.refusal("one") is None
        refused = rates.refusal("one")
        assert refused is not None
        assert (refused.name, refused.headers) == ("slow-down", (("retry-after", seconds),))


def test_inquiries_may_come_as_fast_as_the_page_says_and_a_few_at_once() -> None:
    clock = VirtualClock(0)
    rates = InquiryRates(Limits(inquiries=2), clock)
    inquiry = ProgressInquiry(
        sender="terminal-1",
        receiver="relay",
        session=reference("session", "s"),
        request_nonce=reference("request_nonce", "n"),
        handle=reference("handle", "h"),
        inquiry_token=reference("inquiry_token", "t"),
    )
    assert [rates.refusal(inquiry) is None for _ in range(3)] == [True, True, False]
    # Another tab, another procedure, and whatever is no inquiry.
    assert rates.refusal(replace(inquiry, sender="terminal-2")) is None
    assert rates.refusal(replace(inquiry, handle=reference("handle", "other"))) is None
    assert rates.refusal(Cancel(**{name: getattr(inquiry, name) for name in CANCEL})) is None
    for _ in range(5):
        clock.now += WAIT_HINT
        assert [rates.refusal(inquiry) is None for _ in range(2)] == [True, False]
    assert WAIT_HINT == WAIT_HINT_OF_REGISTRATIONS


@pytest.mark.parametrize(("account", "shown"), [("4000 1234", " ending 1234"), ("1234", " ending 34"), ("1", "")])
def test_of_an_account_no_more_than_its_last_half_is_shown(account: str, shown: str) -> None:
    assert masked(Symbol("account", account)) == f"account{shown}"


def test_who_was_silent_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrelay.host.limits.MOST_PEERS", 2)
    rates = Rates(Limits(burst=1, per_second=0), VirtualClock(0))
    assert [rates.refusal(peer) is None for peer in ("a", "b", "c", "a", "c")] == [True, True, True, True, False]


# --- the world


def test_invalid_periods_are_refused() -> None:
    World().check()
    with pytest.raises(ValueError, match=r"hold_time [+] reaction < http_time does not hold"):
        World(periods={"hold_time": 40}).check()
    assert no_catalogue("a book") is None


# --- faults


def test_faults_together_are_all_of_them() -> None:
    assert [fault_named(fault.name) for fault in FAULTS] == list(FAULTS)
    both = together([fault_named("channel_unchecked"), fault_named("audience_unchecked")])
    assert (both.ignores_channel, both.ignores_expiry, both.makes_anew) == (True, False, False)
    assert both.believes == ("it is for some",)


# --- the client


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.Response(202), Response(202, (), b"")),
        (httpx2.Response(302, headers={"location": "http://elsewhere/"}), Response(302, (), b"")),
        (httpx2.Response(200, content=b"x" * (MOST_ANSWER_BYTES + 1)), None),
        (httpx2.ConnectError("no"), None),
        (httpx2.ReadTimeout("slow"), None),
    ],
    ids=["taken", "redirected", "too much", "refused", "slow"],
)
def test_one_request_is_one_attempt(answer: httpx2.Response | Exception, expected: Response | None) -> None:
    asked: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask() -> Response | None:
        client = Client(httpx2.AsyncClient(transport=httpx2.MockTransport(handler)))
        request = Request("POST", "/x", (("content-type", "application/json"),), b"{}")
        found = await client("http://shop/x", request, 5)
        await client.close()
        return None if found is None else replace(found, headers=())

    assert asyncio.run(ask()) == expected
    (request,) = asked
    assert (request.method, request.content, request.headers["content-type"]) == ("POST", b"{}", "application/json")


@pytest.mark.parametrize(("part", "seconds"), [(b"x" * MOST_BYTES, None), (b"x", 0.05)], ids=["much", "slow"])
def test_invalid_answer_without_an_end_is_given_up(part: bytes, seconds: float | None) -> None:
    parts: list[bytes] = []

    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                parts.append(part)
                yield part
                await asyncio.sleep(0.01)

    async def ask() -> Response | None:
        network = httpx2.MockTransport(lambda _request: httpx2.Response(200, stream=Endless()))
        client = Client(httpx2.AsyncClient(transport=network))
        found = await client("http://shop/x", Request("POST", "/x", (), b"{}"), seconds)
        await client.close()
        return found

    assert asyncio.run(asyncio.wait_for(ask(), 5)) is None
    assert 1 <= len(parts) <= 10
