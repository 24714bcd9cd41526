"""Targets: the durable states of every role, each of which a server is to be killed in between commit and send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache

from payrelay.host.deaths import State
from payrelay.language.links import role_of
from payrelay.language.messages import Restart
from payrelay.model.protocol import tables

TABLES_OF: Mapping[str, tuple[str, ...]] = {
    "relay": ("relay_directory", "relay_procedure", "registration_relay"),
    "shop": ("shop_order", "shop_attempt"),
    "wallet": ("enrolment", "wallet_procedure"),
    "payment": ("payment_account", "payment_authorization"),
    "authority": ("registration_authority",),
}
"""The machines of each server's role."""

NOT_REACHED: Mapping[State, str] = {
    (
        "relay_directory",
        "open",
    ): "has one state, and keeps its entries as records: they are committed in the steps of the"
    " procedures that they name",
    ("payment_account", "in_use"): "has one state, and keeps its postings as records: they are committed in the step in"
    " which an authorization becomes approved",
    ("relay_procedure", "idle"): "before the first message; no step leaves a procedure there",
    ("registration_relay", "idle"): "before the first message; no step leaves a registration there",
    ("registration_authority", "idle"): "before the first message; no step leaves a registration there",
    ("shop_order", "cart"): "before the order is placed; a request to pay it is refused, and nothing is kept",
    ("shop_attempt", "idle"): "before the first message; an attempt that is refused at once is not kept",
    ("payment_authorization", "new"): "before the first message; only who asks for a settlement's status (claim 8 read"
    " literally, which is off) would find it there",
}
"""The states that no step of this campaign commits, each with its reason."""


def states_of(role: str) -> tuple[State, ...]:
    """The states that a server of this role can be killed in."""
    read = tables()
    return tuple(
        (table, state)
        for table in TABLES_OF[role]
        for state in sorted(read[table].states)
        if (table, state) not in NOT_REACHED
    )


def every_state() -> tuple[State, ...]:
    """All of them."""
    return tuple(state for role in TABLES_OF for state in states_of(role))


@cache
def entered_by_restart() -> frozenset[State]:
    """The states that machines enter as their party comes back."""
    event = Restart().event
    return frozenset(
        (name, row.target)
        for name, table in tables().items()
        for row in table.rows
        if row.event == event and row.target != row.source
    )


class Targets:
    """How often a server was killed in each state, and in which it is to be killed yet."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.hits: Counter[State] = Counter()

    def hit(self, state: State) -> None:
        """A server was killed there."""
        self.hits[state] += 1

    def left(self, party: str) -> list[State]:
        """Where a party is to be killed yet."""
        return [state for state in states_of(role_of(party)) if self.hits[state] < self.wanted]

    def hits_left(self, party: str) -> int:
        """How often a party is to be killed yet."""
        return sum(self.wanted - self.hits[state] for state in self.left(party))

    def short(self) -> dict[State, int]:
        """The states that were not hit often enough, and how often they were."""
        return {state: self.hits[state] for state in every_state() if self.hits[state] < self.wanted}
