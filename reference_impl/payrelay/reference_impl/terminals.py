"""Terminals that a program plays: the model's own terminal machines at work, and what their user does and sees.

Nothing of the protocol is repeated here: a terminal is a party as any other, with a memory and no database. What its
user does is told to it, what it shows is its machine's state.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from payrelay.host.addresses import Addresses
from payrelay.host.identifiers import fresh_identifier
from payrelay.host.memory import MemoryStorage
from payrelay.host.party import Party
from payrelay.host.serving import Post, Serving
from payrelay.host.storage import Changes
from payrelay.host.world import World
from payrelay.language.messages import Stimulus
from payrelay.language.terms import Symbol
from payrelay.model.messages.user import UserOrders
from payrelay.model.sections import FIRST
from payrelay.reference_impl.settings import Settings
from payrelay.wire.endpoints import every_link
from payrelay.wire.keyring import Keyring

PURCHASE, REGISTRATION = "purchase", "registration"
"""The machines of a terminal."""
SECRET_BYTES = 64


def terminal_keyring(keyring: Keyring, name: str, random: Callable[[int], bytes] = secrets.token_bytes) -> Keyring:
    """The keyring of a terminal that trusts whom a server trusts. It has no keys, and signs nothing."""
    return replace(keyring, party=name, signers={}, openers=(), secret=random(SECRET_BYTES), made={})


def addresses_for_terminals(relay: Settings, shop: Settings | None = None) -> Addresses:
    """Where terminals find the relay's first communicating section, and the shop."""
    assert relay.terminals is not None
    of_link = {
        (relay.party.name, link.name): str(relay.terminals.url) for link in every_link() if link.section == FIRST
    }
    return Addresses(of_party={shop.party.name: str(shop.server.url)} if shop else {}, of_link=of_link)


class _Noticed(MemoryStorage):
    """A memory that tells whenever something has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()

    def commit(self, changes: Changes) -> None:
        """Keep a step, and tell."""
        super().commit(changes)
        self.changed.set()


@dataclass
class Terminal:
    """A terminal, from start to stop: `async with Terminal(...) as terminal`."""

    keyring: Keyring
    world: World
    addresses: Addresses
    post: Post
    clock: Callable[[], float] = time.time
    random: Callable[[int], bytes] = secrets.token_bytes
    log_key: bytes = b""
    names_runs: bool = False
    storage: _Noticed = field(default_factory=_Noticed)

    def __post_init__(self) -> None:
        party = Party(
            self.keyring,
            self.storage,
            world=self.world,
            clock=self.clock,
            random=self.random,
            log_key=self.log_key,
            names_runs=self.names_runs,
        )
        self.serving = Serving(party, self.post, self.addresses)

    async def __aenter__(self) -> Terminal:
        await self.serving.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.serving.stop(0.0)

    # --- what the user does

    def does(self, stimulus: type[Stimulus], machine: str = PURCHASE, **fields: Any) -> bool:
        """The user does something, by a fresh nonce; whether it can be done now."""
        kind = "request_nonce" if machine == PURCHASE else "registration_nonce"
        if stimulus is UserOrders:
            kind = "order_nonce"
        made: Any = stimulus
        nonce = Symbol(kind, fresh_identifier(self.random))
        self.storage.changed.clear()
        return self.serving.do(made(nonce=nonce, **fields)).problem is None

    async def moved(self, seconds: float) -> bool:
        """Wait until the terminal has heard something, for so long at most; whether it has."""
        try:
            await asyncio.wait_for(self.storage.changed.wait(), seconds)
        except TimeoutError:
            return False
        self.storage.changed.clear()
        return True

    # --- what the user sees

    def shows(self, machine: str = PURCHASE) -> str:
        """The state of one of its machines: what kind of page is there."""
        found = self.storage.machine(machine)
        if found is not None:
            return found.local.control
        return "ordered" if machine == PURCHASE and self.world.order else "idle"

    def data(self, machine: str = PURCHASE) -> Any:
        """What one of its machines knows; None if nothing has happened."""
        found = self.storage.machine(machine)
        return None if found is None else found.local.data
