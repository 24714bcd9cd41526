"""Limits: how much a party takes at once, and how fast from one peer (W-SEC-17)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil

from payrelay.language.messages import Message
from payrelay.model.messages.terminal_edge import ProgressInquiry
from payrelay.model.procedure import WAIT_HINT
from payrelay.wire.exchange import Headers
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.problem_documents import Problem

MOST_PEERS = 10_000
"""Of how many peers the rate is known; the one that was silent longest is forgotten."""
MOST_SECONDS = 3600.0
"""After which whoever was too fast may ask again, however slowly it may."""
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
    inquiries: int = 3
    """Of one terminal about one procedure at once; in the long run one in the seconds that a page tells to wait."""
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
        if left >= 1:
            return None
        seconds = min(MOST_SECONDS, (1 - left) / self.limits.per_second if self.limits.per_second else MOST_SECONDS)
        return Problem("slow-down", headers=(("retry-after", str(max(1, ceil(seconds)))),))


class InquiryRates:
    """How fast inquiries come: those of each terminal about each procedure by themselves (W-SEC-17)."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._rates = Rates(replace(limits, per_second=1 / WAIT_HINT, burst=limits.inquiries), clock)

    def refusal(self, message: Message) -> Problem | None:
        """Why a message is not taken now: it is an inquiry, and one too many; None if it is taken."""
        if not isinstance(message, ProgressInquiry):
            return None
        return self._rates.refusal(f"{message.session.name} {message.sender} {message.handle.name}")
