"""An unreliable network: it loses, doubles and delays what a party sends, and loses what comes back.

A fault that is given to a party's host on purpose, for trying out what then happens. To the party it is the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from payrelay.host.serving import Post
from payrelay.wire.exchange import Request, Response


@dataclass(frozen=True, kw_only=True)
class Weather:
    """How bad a network is: shares of all requests."""

    loses_requests: float = 0.0
    doubles_requests: float = 0.0
    """Both are on their way at once, and either may arrive first."""
    delays_requests: float = 0.0
    longest_delay: float = 1.0
    """In seconds."""
    loses_answers: float = 0.0
    """The request arrives, and what is answered does not."""

    @property
    def is_fair(self) -> bool:
        """Whether nothing happens to anything."""
        return not (self.loses_requests or self.doubles_requests or self.delays_requests or self.loses_answers)


@dataclass(frozen=True)
class UnreliablePost:
    """Sends by another way of sending, and has things happen to it."""

    post: Post
    weather: Weather
    dice: Callable[[], float]
    """A number from 0 to 1, each time another."""
    told: Callable[[str], None]
    """Is told in a word what has happened."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def __call__(self, url: str, request: Request, seconds: float | None) -> Response | None:
        """What a request is answered by, if it arrives, and the answer comes back."""
        weather = self.weather
        if self._happens(weather.loses_requests, "lost_request"):
            return None
        if self._happens(weather.delays_requests, "slow_request"):
            await self.sleep(self.dice() * weather.longest_delay)
        if self._happens(weather.doubles_requests, "doubled_request"):
            response, _ = await asyncio.gather(self.post(url, request, seconds), self.post(url, request, seconds))
        else:
            response = await self.post(url, request, seconds)
        if response is not None and self._happens(weather.loses_answers, "lost_answer"):
            return None
        return response

    def _happens(self, share: float, what: str) -> bool:
        happens = share > 0 and self.dice() < share
        if happens:
            self.told(what)
        return happens
