"""The catalogue and the page that a browser begins at: a purchase by hand, from the catalogue to the result."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from payrelay.host.client import Client
from payrelay.model.conversion import CAPABILITIES
from payrelay.reference_impl.audit import audit
from payrelay.reference_impl.books import read_books
from payrelay.reference_impl.servers import Server, make_server
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import Plan, write_system
from payrelay.wire.envelopes import envelope_of, opened, wrapped
from payrelay.wire.identities import counted
from payrelay.wire.pages import page_in

NOW = 1_800_000_000
PLAN = Plan(security="plain")
BROWSER = "text/html,*/*;q=0.8"
RELAY = f"{PLAN.terminals_url}/payrelay/v1/terminal_edge/procedure_request"


class Network(httpx2.AsyncBaseTransport):
    """Every request goes to the application that listens at its port, in this process."""

    def __init__(self) -> None:
        self.applications: dict[int, Starlette] = {}
        self.urls: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.urls.append(str(request.url))
        transport = httpx2.ASGITransport(app=self.applications[request.url.port or 80])
        return await transport.handle_async_request(request)


@asynccontextmanager
async def system(
    folder: Path, plan: Plan = PLAN, accept: str = "*/*"
) -> AsyncIterator[tuple[httpx2.AsyncClient, dict[str, Server], Network]]:
    """A browser, and a whole system of which a set-up made the folder."""
    network = Network()
    servers: dict[str, Server] = {}
    async with AsyncExitStack() as stack:
        for path in write_system(folder / "system", plan, now=NOW, random=counted(b"pages")):
            server = make_server(read_settings(path, {}), clock=lambda: float(NOW))
            server.serving.post = Client(httpx2.AsyncClient(transport=network))
            servers[server.settings.party.name] = server
            for (_, port), application in server.applications:
                network.applications[port] = application
            _, leading = server.applications[0]
            await stack.enter_async_context(leading.router.lifespan_context(leading))
        async with httpx2.AsyncClient(transport=network, headers={"accept": accept}) as browser:
            yield browser, servers, network


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def link(page: str) -> str:
    """Where a page's button leads."""
    found = re.search(r'class="button first" href="([^"]*)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


async def pressed(browser: httpx2.AsyncClient, page: httpx2.Response, action: str) -> httpx2.Response:
    """The page that comes after a button of a form was pressed."""
    shown = re.search(r'<form method="post" action="([^"]*)"', page.text)
    target = page.url.join(shown[1]) if shown else page.url
    return await browser.post(target, data={"envelope": field(page.text, "envelope"), "action": action})


def slots(page: httpx2.Response) -> dict[str, str]:
    """What a page of the relay shows."""
    found: Any = page_in(page.content, "text/html")
    return {name: text for name, _, text in found.summary.slots}


def run(steps: Any) -> None:
    asyncio.run(asyncio.wait_for(steps, 60))


def test_a_purchase_by_hand(tmp_path: Path) -> None:
    async def steps() -> None:
        async with system(tmp_path) as (browser, servers, network):
            catalogue = await browser.get(PLAN.url("shop"))
            assert catalogue.status_code == 200
            assert re.findall(r"<p><b>([^<]*)</b>", catalogue.text) == ["A book", "A pen", "A lamp"]
            fields = {"order_nonce": field(catalogue.text, "order_nonce"), "cart": "A book"}
            order = await browser.post(f"{PLAN.url('shop')}/order", data=fields)
            assert "1200 JPY" in order.text
            again = await browser.post(f"{PLAN.url('shop')}/order", data=fields)
            assert link(again.text) == link(order.text)  # a reload is no second order
            start = await browser.get(link(order.text))
            assert start.status_code == 200
            assert "payrelay_session" in browser.cookies
            choice = await pressed(browser, start, "open")
            assert slots(choice)["wallet_id_1"] == "wallet-1"
            confirm = await pressed(browser, choice, "choose_2")
            assert (slots(confirm)["amount"], slots(confirm)["payee_name"]) == ("1200 JPY", "Bookshop")
            result = await pressed(browser, confirm, "confirm")
            assert slots(result)["outcome"] == "approved"
            report = audit(read_books({name: server.serving.party.storage for name, server in servers.items()}))
            assert report.findings == ()
            assert (report.counts["paid"], report.debited) == (1, {"JPY": "1200 JPY"})
            assert all(url.startswith("http://127.0.0.1:") for url in network.urls)

    run(steps())


async def ordered(browser: httpx2.AsyncClient) -> httpx2.Response:
    """The shop's page with an order."""
    catalogue = await browser.get(PLAN.url("shop"))
    fields = {"order_nonce": field(catalogue.text, "order_nonce"), "cart": "A book"}
    return await browser.post(f"{PLAN.url('shop')}/order", data=fields)


@pytest.mark.slow
@pytest.mark.parametrize("accept", [BROWSER, "*/*"])
@pytest.mark.parametrize("capability", ["html", "compact_html", "plain_text", "json"])
def test_who_can_show_little_pays_too(tmp_path: Path, capability: str, accept: str) -> None:
    """By form posts, as scripts and terminals with buttons make them; a program is answered by messages in JSON."""

    async def steps() -> None:
        async with system(tmp_path, accept=accept) as (browser, _, _):
            page = await browser.get(link((await ordered(browser)).text))
            held = opened(field(page.text, "envelope"))
            assert isinstance(held, dict)
            held["opening"]["capabilities"] = asdict(CAPABILITIES[capability])
            held["charset"] = CAPABILITIES[capability].charset
            envelope = wrapped(held)
            for action, said in (("open", "wallet-2"), ("choose_2", "1200 JPY"), ("confirm", "approved")):
                page = await browser.post(RELAY, data={"envelope": envelope, "action": action})
                assert page.status_code == 200, page.text
                assert page.headers["content-type"].startswith(CAPABILITIES[capability].media)
                assert said in page.text
                if capability == "json":  # a program makes of the message what it goes on with
                    envelope = envelope_of(page.json(), f"nonce-of-a-program-to-{action}")
                else:
                    envelope = page.headers.get("payrelay-envelope") or field(page.text, "envelope")

    run(steps())


def test_a_browser_at_a_hardened_system_is_told_what_can_pay(tmp_path: Path) -> None:
    async def steps() -> None:
        async with system(tmp_path, Plan(security="hardened"), BROWSER) as (browser, servers, _):
            order = await ordered(browser)
            assert "payrelay pay --order shop/" in order.text
            number = re.search(r"--order shop/([^<]*)<", order.text)
            assert number is not None
            start = f"{PLAN.terminals_url}/payrelay/v1/terminal_edge/start?shop=shop&order={number[1]}"
            for url, command in ((start, f"pay --order shop/{number[1]}"), (PLAN.terminals_url, "register")):
                page = (await browser.get(url)).text
                assert f"<code>payrelay {command}</code>" in page
                assert "A browser has none" in page
                assert "<form" not in page  # there is nothing that would fail later
            assert not [*servers["relay"].serving.party.storage.machines()]

    run(steps())


def test_whoever_waits_for_nothing_is_told_so(tmp_path: Path) -> None:
    async def steps() -> None:
        async with system(tmp_path, accept=BROWSER) as (browser, servers, _):
            where = f"{PLAN.terminals_url}/payrelay/v1/terminal_edge/waiting/terminal-1"
            for cookie, status, said in (
                ("", 404, "There is no such page"),
                ("payrelay_waiting=nothing", 404, "There is no such page"),
                ("payrelay_waiting=a.b", 401, "Allow cookies for this site"),
                ("payrelay_session=abc; payrelay_waiting=a.b", 400, "is not what the page had"),
            ):
                page = await browser.get(where, headers={"cookie": cookie})
                assert (page.status_code, said in page.text) == (status, True), page.text
                assert page.headers["content-type"].startswith("text/html")
            assert not [*servers["relay"].serving.party.storage.machines()]

    run(steps())


def test_two_browsers_have_two_sessions_and_one_keeps_its_own(tmp_path: Path) -> None:
    async def steps() -> None:
        async with system(tmp_path) as (browser, _, network):
            register = await browser.get(PLAN.terminals_url)
            assert re.findall(r"<button[^>]*>([^<]*)<", register.text) == [
                "Register for wallet-1",
                "Register for wallet-2",
            ]
            mine = browser.cookies["payrelay_session"]
            again = await browser.get(PLAN.terminals_url)
            assert "set-cookie" not in again.headers
            async with httpx2.AsyncClient(transport=network) as other:
                await other.get(PLAN.terminals_url)
                assert other.cookies["payrelay_session"] != mine
                form = await pressed(other, register, "open")
                assert form.status_code == 200

    run(steps())


def test_every_page_forbids_what_it_does_not_need(tmp_path: Path) -> None:
    async def steps() -> None:
        async with system(tmp_path) as (browser, _, _):
            for url in (PLAN.url("shop"), PLAN.terminals_url):
                page = await browser.get(url)
                assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
                assert page.headers["cache-control"] == "no-store"
                assert "<script" not in page.text
                style = await browser.get(f"{url}/style.css")
                assert style.headers["content-type"] == "text/css; charset=utf-8"

    run(steps())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"order_nonce": "0" * 24, "cart": "A car"}, 400),
        ({"order_nonce": "short", "cart": "A book"}, 400),
        ({"cart": "A book"}, 400),
        ({"order_nonce": "0" * 24, "cart": "\u202eA book"}, 400),
        ({"order_nonce": "0" * 5000, "cart": "A book"}, 400),
        ({}, 400),
    ],
)
def test_invalid_orders_are_problems(tmp_path: Path, data: dict[str, str], status: int) -> None:
    async def steps() -> None:
        async with system(tmp_path) as (browser, servers, _):
            answer = await browser.post(f"{PLAN.url('shop')}/order", data=data)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
            assert list(servers["shop"].serving.party.storage.machines()) == []

    run(steps())


def test_invalid_beginnings_are_problems(tmp_path: Path) -> None:
    async def steps() -> None:
        async with system(tmp_path) as (browser, _, _):
            start = f"{PLAN.terminals_url}/payrelay/v1/terminal_edge/start"
            for query in ("", "?shop=SHOP&order=" + "0" * 24, "?shop=shop&order=short", "?shop=<b>&order=" + "0" * 24):
                assert (await browser.get(start + query)).status_code == 400
            for method, url, allowed in (
                ("POST", start, "GET, HEAD"),
                ("TRACE", f"{PLAN.terminals_url}/", "GET, HEAD"),
                ("GET", f"{PLAN.url('shop')}/order", "POST"),
            ):
                answer = await browser.request(method, url)
                assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
                assert answer.headers["content-type"] == "application/problem+json"
            # Servers are not where terminals are, and the other way round.
            assert (await browser.get(f"{PLAN.url('relay')}/")).status_code == 404
            unknown = f"{PLAN.terminals_url}/payrelay/v1/relay_shop/payment_info_message"
            assert (await browser.post(unknown)).status_code == 404

    run(steps())


def test_what_a_page_shows_is_escaped(tmp_path: Path) -> None:
    from payrelay.model.conversion import Amount
    from payrelay.reference_impl.rendering import rendered
    from payrelay.reference_impl.settings import Goods

    page = rendered("catalogue.html", title="A & B", goods=(Goods("<b>'\"", Amount(1, "JPY")),), order_nonces=["n"])
    assert "<b>'" not in page.replace("<b>&lt;b&gt;", "")
    assert "A &amp; B" in page
    assert "&lt;b&gt;&#39;&#34;" in page
