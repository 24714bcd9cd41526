"""Terminals that order and pay: the model's own, stepped by its table, whose messages go over the wire as bytes."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from payrelay.host.identifiers import fresh_identifier
from payrelay.host.serving import Post
from payrelay.language.messages import Message, Send, Stimulus
from payrelay.language.role import Handled, Local
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.messages import user
from payrelay.model.protocol import tables
from payrelay.model.roles.terminal import TerminalData
from payrelay.verification.bench.measurements import NotMeasuredError
from payrelay.wire import Keyring
from payrelay.wire.binding import from_response, to_request

MOST_REQUESTS = 50
"""Of one payment; one that takes more is not getting on."""
SECONDS = 30.0
"""After how long a request is given up."""
CAPABILITY = "html"
"""What the terminals show: pages as a browser has them, the largest."""
ACTIONS: Mapping[str, tuple[type[Stimulus], Mapping[str, Any]]] = {
    "idle": (user.UserOrders, {"cart": "A pen"}),
    "ordered": (user.UserPays, {}),
    "selecting": (user.UserChooses, {"index": 1}),
    "confirming": (user.UserConfirms, {}),
    "in_progress": (user.UserAsks, {}),
}
"""What a user does who wants to pay, by what the terminal shows."""


@dataclass(frozen=True)
class Terminal:
    """A terminal of a user who pays, as often as is wanted."""

    ring: Keyring
    """What it reads and writes with. It has no key of its own, and seals for wallets."""
    session: str
    user_auth: str
    urls: Mapping[str, str]
    """Where it reaches the relay and the shop."""
    post: Post
    clock: Callable[[], float]
    random: Callable[[int], bytes]

    async def pay(self) -> int:
        """Order and pay; how many requests it took. NotMeasuredError if it is not approved."""
        table = tables()["terminal"]
        auth = Symbol("user_auth", self.user_auth) if self.ring.security == "hardened" else None
        data = TerminalData(Symbol("session", self.session), CAPABILITIES[CAPABILITY], "relay", "shop", auth)
        local, requests = Local(table.initial, data), 0
        while local.control in ACTIONS and requests < MOST_REQUESTS:
            kind, fields = ACTIONS[local.control]
            stimulus: Any = kind
            nonce = "order_nonce" if kind is user.UserOrders else "request_nonce"
            does = stimulus(nonce=Symbol(nonce, fresh_identifier(self.random)), **fields)
            acted = table.step(local, does)
            assert isinstance(acted, Handled), acted
            (send,) = (output for output in acted.outputs if isinstance(output, Send))
            heard = table.step(acted.after, await self._ask(send))
            if not isinstance(heard, Handled):
                raise NotMeasuredError(f"a terminal got an answer that it does not know what to do with: {heard}")
            local, requests = heard.after, requests + 1
        if local.data.outcome != "approved":
            raise NotMeasuredError(f"a payment was not approved: {local.data.outcome or local.control}")
        return requests

    async def _ask(self, send: Send) -> Message:
        ring = replace(self.ring.at(int(self.clock()), self.random), made={})
        request = to_request(replace(send.message, sender=ring.party, receiver=send.to), ring)
        response = await self.post(self.urls[send.to] + request.target, request, SECONDS)
        if response is None:
            raise NotMeasuredError(f"{send.to} did not answer a terminal's {type(send.message).__name__}")
        answer = from_response(response, request, ring, int(self.clock()))
        if not isinstance(answer, Message):
            raise NotMeasuredError(f"{send.to} answered a terminal's {type(send.message).__name__} with {answer}")
        return answer


@dataclass(frozen=True)
class Load:
    """Payments that were made over some time."""

    seconds: float
    """From the beginning of the first to the end of the last."""
    latencies: tuple[float, ...]
    """Seconds that each took, the least first."""
    requests: int
    """Of terminals."""

    @property
    def rate(self) -> float:
        """Payments a second."""
        return len(self.latencies) / self.seconds

    def latency(self, part: float) -> float:
        """The seconds in which such a part of the payments was made."""
        return self.latencies[max(0, math.ceil(part * len(self.latencies)) - 1)]


class _Clocked:
    """Payments, and how long each takes."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.latencies: list[float] = []
        self.requests = 0

    async def pay(self, terminal: Terminal, since: float | None = None) -> None:
        """Have one made."""
        begun = time.perf_counter() if since is None else since
        requests = await terminal.pay()
        self.requests += requests
        self.latencies.append(time.perf_counter() - begun)

    def load(self) -> Load:
        """What it was, once it is over."""
        return Load(time.perf_counter() - self.begun, tuple(sorted(self.latencies)), self.requests)


async def at_once(terminals: Sequence[Terminal], seconds: float) -> Load:
    """So many terminals pay, each again as soon as it has paid, as long as there is time."""
    clocked = _Clocked()

    async def go_on(terminal: Terminal) -> None:
        while time.perf_counter() < clocked.begun + seconds:
            await clocked.pay(terminal)

    await asyncio.gather(*map(go_on, terminals))
    return clocked.load()


async def at_rate(terminals: Sequence[Terminal], rate: float, seconds: float) -> Load:
    """So many payments a second begin, evenly spaced, whatever becomes of those before.

    Each takes from when it was to begin: one that begins late, as no terminal is free, has begun to wait.
    """
    clocked, free = _Clocked(), asyncio.Queue[Terminal]()
    for terminal in terminals:
        free.put_nowait(terminal)

    async def pay_one(since: float) -> None:
        await asyncio.sleep(since - time.perf_counter())
        terminal = await free.get()
        await clocked.pay(terminal, since)
        free.put_nowait(terminal)

    await asyncio.gather(*(pay_one(clocked.begun + number / rate) for number in range(int(rate * seconds))))
    return clocked.load()
