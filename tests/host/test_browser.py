"""A browser: it knows pages, forms and a cookie, and nothing of machines or messages."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html import unescape
from urllib.parse import urlencode

import httpx2
import pytest
from tests.host.street import Street
from tests.host.town import ORDER, SESSION, Town, reference

from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES, Amount
from payrelay.model.data import OrderRef
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest
from payrelay.wire.binding import COOKIE
from payrelay.wire.endpoints import path_of
from payrelay.wire.start import opening_envelope

AT = f"http://relay-first{path_of('terminal_edge', ProcedureRequest)}"
ENVELOPE = re.compile(r'name="envelope"[^>]*value="([^"]*)"')
ENTRY = re.compile(r'name="(answer[.][^"]+)"')
TOKEN = re.compile(r'name="inquiry_token"[^>]*value="([^"]*)"')


class Browser:
    """Shows one page."""

    def __init__(self, street: Street, opening: ProcedureRequest | RegistrationRequest) -> None:
        self.street = street
        self.envelope = opening_envelope(opening, street.town.rings["relay"])
        self.page = ""

    async def press(self, action: str, **fields: str) -> httpx2.Response:
        """Press a button of the page, and see the next."""
        response = await self.post(action, **fields)
        assert response.status_code == 200, response.text
        self.page = response.text
        found = ENVELOPE.search(self.page)
        assert found, self.page
        self.envelope = unescape(found[1])
        return response

    async def post(self, action: str, **fields: str) -> httpx2.Response:
        """Post the page's form."""
        return await self.street.client.post(
            AT,
            content=urlencode({"envelope": self.envelope, "action": action, **fields}),
            headers={"content-type": "application/x-www-form-urlencoded", "cookie": f"{COOKIE}={SESSION}"},
        )


def opens(media: str) -> ProcedureRequest:
    return ProcedureRequest(
        sender="terminal-browser",
        receiver="relay",
        session=Symbol("session", SESSION),
        request_nonce=reference("request_nonce", "first"),
        order_ref=OrderRef("shop", ORDER.order),
        capabilities=CAPABILITIES[media],
    )


@pytest.mark.parametrize("media", ["html", "compact_html"])
def test_a_browser_chooses_a_wallet_and_pays(media: str) -> None:
    async def all_of_it() -> None:
        async with Street(Town(order=True, security="plain", wallets=2)) as street:
            browser = Browser(street, opens(media))
            response = await browser.press("open")
            assert response.headers["content-type"].startswith(CAPABILITIES[media].media)
            assert response.headers["cache-control"] == "no-store"
            assert "Wallet 2" in browser.page
            await browser.press("choose_2")
            assert "2 JPY" in browser.page
            await browser.press("confirm")
            assert "approved" in browser.page
            assert street.town.postings() == [Amount(2, "JPY")]
            assert street.town.control("wallet-2", "procedure") == "done"

    asyncio.run(all_of_it())


def test_a_browser_cancels_and_tries_again() -> None:
    async def all_of_it() -> None:
        async with Street(Town(order=True, security="plain")) as street:
            browser = Browser(street, opens("html"))
            await browser.press("open")
            await browser.press("cancel")
            assert "cancelled" in browser.page
            await browser.press("retry")
            await browser.press("confirm")
            assert "approved" in browser.page
            assert street.town.postings() == [Amount(2, "JPY")]

    asyncio.run(all_of_it())


@pytest.mark.parametrize("sender", ["wallet-1", "terminal-with-two"])
def test_a_form_of_no_terminal_is_refused(sender: str) -> None:
    async def all_of_it() -> None:
        async with Street(Town(order=True, security="plain")) as street:
            browser = Browser(street, replace(opens("html"), sender=sender))
            response = await browser.post("open")
            assert (response.status_code, response.json()["reason"]) == (400, "unknown_message")
            assert [*street.town.storages["relay"].machines()] == []

    asyncio.run(all_of_it())


def test_a_browser_registers_its_user() -> None:
    async def all_of_it() -> None:
        async with Street(Town(security="plain", enrolled=False)) as street:
            request = RegistrationRequest(
                sender="terminal-browser",
                receiver="relay",
                session=Symbol("session", SESSION),
                request_nonce=Symbol("registration_nonce", "first-nonce-of-the-browser"),
                authority="authority",
                wallet="wallet-1",
                capabilities=CAPABILITIES["html"],
            )
            browser = Browser(street, request)
            await browser.press("open")
            entries = {name: f"{name} of the user" for name in ENTRY.findall(browser.page)}
            assert {"answer.holder", "answer.account"} <= set(entries)
            await browser.press("answer", **entries)
            assert "ok" in browser.page
            (store,) = street.town.storages["wallet-1"].machines()
            assert store.local.control == "enrolled"
            assert store.local.data.auth_info.content.account == Symbol("account", "answer.account of the user")

    asyncio.run(all_of_it())
