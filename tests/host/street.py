"""A street: the town's parties behind their HTTP applications, each at an address of its own, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
from tests.host.town import TERMINAL, Town, made

from payrelay.host.addresses import Addresses
from payrelay.host.application import Listener, application, every_link_of, links_of_section
from payrelay.host.client import Client
from payrelay.host.limits import Limits
from payrelay.host.serving import Serving
from payrelay.language.messages import Stimulus
from payrelay.model.sections import FIRST, SECOND
from payrelay.wire.discovery import links_served

TOKEN = "token-of-the-operator"


class Street:
    """Everybody at work."""

    def __init__(self, town: Town, limits: Limits | None = None) -> None:
        self.town = town
        self.addresses = Addresses(
            of_party={name: f"http://{name}" for name in town.names},
            of_link={("relay", "terminal_edge"): "http://relay-first"},
        )
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []
        self.applications: dict[str, Any] = {}
        self.serving: dict[str, Serving] = {}
        self.limits = limits or Limits()
        self.mounts: dict[str, httpx2.AsyncBaseTransport | None] = {}
        self.client = httpx2.AsyncClient(mounts=self.mounts)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Street:
        for name, party in self.town.network.parties.items():
            self.serving[name] = Serving(party, self._post(name), self.addresses, self.limits, sleep=self.sleep)
        listeners = {
            name: Listener(every_link_of(name), set_up_token=TOKEN, base_urls=self._urls(name)) for name in self.serving
        }
        listeners["relay"] = Listener(
            links_of_section("relay", SECOND),
            set_up_token=TOKEN,
            set_up_url="http://relay",
            base_urls=self._urls("relay"),
        )
        first = Listener(links_of_section("relay", FIRST), base_urls=self._urls("relay"))
        for name, listener in listeners.items():
            await self._open(name, application(self.serving[name], listener))
        await self._open("relay-first", application(self.serving["relay"], first, leads=False))
        self.client = httpx2.AsyncClient(mounts=self.mounts)
        return self

    def _urls(self, name: str) -> dict[str, str]:
        role = name.partition("-")[0]
        return {link: self.addresses.base(name, link) or "" for link in links_served(role)}

    async def _open(self, host: str, app: Any) -> None:
        self.applications[host] = app
        self.mounts[f"all://{host}"] = httpx2.ASGITransport(app)
        await self._stack.enter_async_context(app.router.lifespan_context(app))

    def _post(self, _name: str) -> Callable[..., Awaitable[Any]]:
        async def post(url: str, request: Any, seconds: float | None) -> Any:
            return await Client(self.client)(url, request, seconds)

        return post

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        await self.client.aclose()

    # --- time

    async def sleep(self, seconds: float) -> None:
        """Sleep by the town's clock."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleeping.append((self.town.clock() + seconds, done))
        await done

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.town.clock.now += seconds
        for due, done in self._sleeping:
            if due <= self.town.clock() and not done.done():
                done.set_result(None)
        self._sleeping = [(due, done) for due, done in self._sleeping if not done.done()]
        await asyncio.sleep(0)

    # --- the user

    async def does(self, stimulus: type[Stimulus], until: str, **fields: Any) -> None:
        """The user does something; wait until the terminal shows something of a kind."""
        step = self.serving[TERMINAL].do(made(stimulus, self.town.nonce(stimulus), **fields))
        assert step.problem is None, step.problem
        await self.until(until)

    async def until(self, control: str) -> None:
        """Wait until the terminal's purchase is in a state."""
        for _ in range(2000):
            if self.town.control(TERMINAL, "purchase") == control:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"still {self.town.control(TERMINAL, 'purchase')}")
