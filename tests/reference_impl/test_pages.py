"""The catalogue and the page that a browser begins at: a purchase by hand, from the catalogue to the result."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from payrelay.host.client import Client
from payrelay.reference_impl.audit import audit
from payrelay.reference_impl.books import read_books
from payrelay.reference_impl.servers import Server, make_server
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import Plan, write_system
from payrelay.wire.identities import counted
from payrelay.wire.pages import page_in

NOW = 1_800_000_000
PLAN = Plan(security="plain")


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
async def system(folder: Path) -> AsyncIterator[tuple[httpx2.AsyncClient, dict[str, Server], Network]]:
    """A browser, and a whole system of which a set-up made the folder."""
    network = Network()
    servers: dict[str, Server] = {}
    async with AsyncExitStack() as stack:
        for path in write_system(folder / "system", PLAN, now=NOW, random=counted(b"pages")):
            server = make_server(read_settings(path, {}), clock=lambda: float(NOW))
            server.serving.post = Client(httpx2.AsyncClient(transport=network))
            servers[server.settings.party.name] = server
            for (_, port), application in server.applications:
                network.applications[port] = application
            _, leading = server.applications[0]
            await stack.enter_async_context(leading.router.lifespan_context(leading))
        async with httpx2.AsyncClient(transport=network) as browser:
            yield browser, servers, network


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def link(page: str) -> str:
    """Where a page's button leads."""
    found = re.search(r'class="button" href="([^"]*)"', page)
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
    from payrelay.reference_impl.pages import rendered
    from payrelay.reference_impl.settings import Goods

    page = rendered("catalogue.html", title="A & B", goods=(Goods("<b>'\"", Amount(1, "JPY")),), order_nonce="n")
    assert "<b>'" not in page.replace("<b>&lt;b&gt;", "")
    assert "A &amp; B" in page
    assert "&lt;b&gt;&#39;&#34;" in page
