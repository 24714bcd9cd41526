"""Limits: how much a party takes at once, and how fast from one peer (W-SEC-17)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from payrelay.wire.exchange import Headers
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.problem_documents import Problem

MOST_PEERS = 10_000
"""Of how many peers the rate is known; the one that was silent longest is forgotten."""


ASK_AGAIN: Headers = (("retry-after", "1"),)
"""What is told to whoever is turned away: to ask again after a second."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a party takes."""

    most_bytes: int = MOST_BYTES
    """Of one request."""
    most_waiting: int = 1000
    """Requests at once, those of terminals that are held among them."""
    per_second: float = 500.0
    """Requests of one peer, in the long run."""
    burst: float = 1000.0
    """Requests of one peer at once."""
    send_seconds: float = 5.0
    """After how long a request that this party sends to a server is given up (W-HTTP-09)."""


@dataclass
class Rates:
    """How fast requests of each peer come: a bucket for each, which fills as time passes."""

    limits: Limits
    clock: Callable[[], float]
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    """How many requests a peer may make, and when that was."""

    def refusal(self, peer: str) -> Problem | None:
        """Why a request of this peer is not taken now; None if it is."""
        now = self.clock()
        left, then = self._buckets.pop(peer, (self.limits.burst, now))
        left = min(self.limits.burst, left + max(0.0, now - then) * self.limits.per_second)
        self._buckets[peer] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > MOST_PEERS:
            self._buckets.popitem(last=False)
        return None if left >= 1 else Problem("slow-down", headers=ASK_AGAIN)
