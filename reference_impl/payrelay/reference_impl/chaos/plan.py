"""The plan of a campaign: how many payments, how much goes wrong, and who pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from payrelay.host.unreliable import Weather

TIMERS: Mapping[str, float] = {
    "http_time": 6.0,
    "hold_time": 1.5,
    "shop_time": 1.5,
    "offer_time": 0.7,
    "wallet_time": 1.5,
    "user_time": 4.0,
    "authority_time": 1.5,
    "retry_time": 1.0,
    "doubt_time": 6.0,
    "info_expiry": 75.0,
    "order_expiry": 80.0,
    "form_expiry": 30.0,
    "activation_time": 4.0,
}
"""The periods of all timers, in seconds: as short as they may be beside each other, for time is what a campaign has
little of. Safety needs none of them."""

PERSONS: Mapping[str, float] = {
    "pays": 0.74,
    "pays_again": 0.06,
    "cancels": 0.05,
    "is_declined": 0.05,
    "leaves": 0.04,
    "only_orders": 0.04,
    "is_a_stranger": 0.02,
}
"""What people there are, each with its share."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to happen."""

    payments: int = 5000
    seed: int = 1
    at_once: int = 24
    """How many terminals pay at the same time."""
    hits: int = 10
    """How often a server is killed in each durable state, between commit and send."""
    kills: int = 300
    """How often servers are killed in all, at least."""
    shortest_life: float = 3.0
    """How long a server lives in the mean, in seconds, at least; it is longer the more payments are to come for each
    of its deaths that are to come."""
    longest_life: float = 30.0
    loses: float = 0.01
    """The share of requests that are lost; as many are doubled, as many answers lost, twice as many delayed."""
    registrations: float = 0.08
    """How many registrations begin, as a share of the payments."""
    forgetful: bool = False
    """Whether a server that is killed loses all that was not made durable by an fsync."""
    seconds: float = 2400.0
    """After how long it ends, whatever is missing."""
    first_port: int = 18800
    rest: float = 60.0
    """How long it may take until nothing is under way, once nothing goes wrong any more."""

    @property
    def weather(self) -> Weather:
        """What the network is like, of servers and of terminals."""
        return Weather(
            loses_requests=self.loses,
            doubles_requests=self.loses,
            delays_requests=2 * self.loses,
            loses_answers=self.loses,
        )
