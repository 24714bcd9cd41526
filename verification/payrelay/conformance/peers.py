"""Peers: parties that the kit plays for whoever develops another, for as long as they like.

They are the model's own roles at work, with their timers and a memory each, not tests: they do whatever their tables
say. One user stands everywhere, who can pay by every wallet, and the shop sells whatever it is asked for.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from payrelay.conformance.assembly import Assembly, UnreachableError
from payrelay.conformance.configuration import FIRST_SECTION, SERVERS
from payrelay.conformance.correspondence import Correspondence
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.short_lived import ShortLived
from payrelay.conformance.switchboard import Played, listening_at, sending_of
from payrelay.host.addresses import Addresses
from payrelay.host.client import Client
from payrelay.host.memory import MemoryStorage
from payrelay.host.party import Party
from payrelay.host.serving import Serving
from payrelay.host.storage import Changes
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.links import role_of
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import Amount
from payrelay.model.purchase import BRAND, USER, USER_AUTH
from payrelay.wire.discovery import Discovery
from payrelay.wire.exchange import Response
from payrelay.wire.set_up import PayableOrder

PRICE = Amount(1200, "JPY")
LOOK_SECONDS = 1.0
"""How often it is looked whether the system under test is there."""
SHOWN, SHORT = 100, 8
"""Characters of what a message says, and of one identifier in it."""

Tell = Callable[[str], None]


class _Told(MemoryStorage):
    """A memory that tells each message that a party sends or receives, once it is kept."""

    def __init__(self, party: str, tell: Tell) -> None:
        super().__init__()
        self._party, self._tell = party, tell

    def commit(self, changes: Changes) -> None:
        """Keep a step, and tell what was said."""
        super().commit(changes)
        for line in changes.events:
            self._tell(_line(self._party, json.loads(line)))


def _line(party: str, event: dict[str, Any]) -> str:
    """A message as a line: when, who saw it, from whom to whom, what it is, and what it says."""
    message = event["message"] or {"message": "?", "fields": {}}
    said = ", ".join(f"{name} {_short(value)}" for name, value in message["fields"].items())
    said = said if len(said) <= SHOWN else f"{said[: SHOWN - 3]}..."
    arrow = f"{event['from']} -> {event['to']}"
    return f"{event['at'][11:23]}  {party:<10} {event['direction']:<8}  {arrow:<24}  {message['message']}: {said}"


def _short(value: Any) -> str:
    """A value of an event, for people."""
    match value:
        case {"kind": str(), "name": str() as name}:
            return name if len(name) <= SHORT else f"{name[:SHORT]}..."
        case {"value": int() as number, "currency": str() as currency}:
            return str(Amount(number, currency))
        case {"type": str() as kind}:
            return kind
        case list():
            return f"[{', '.join(map(_short, value))}]"
    return str(value)


def chosen(assembly: Assembly, words: Iterable[str]) -> tuple[str, ...]:
    """The parties of these names or roles, by what the model calls them; all that the kit plays, if none is named."""
    played = assembly.configuration.played
    known: dict[str, tuple[str, ...]] = {}
    for party in played:
        for word in (party, assembly.configuration.called(party), role_of(party)):
            known[word] = tuple(dict.fromkeys((*known.get(word, ()), party)))
    found: list[str] = []
    for word in words:
        if word in assembly.configuration.under_test:
            raise ConfigurationError(
                f"{word} is under test in {assembly.configuration.source}: it cannot be played too"
            )
        if word not in known:
            raise ConfigurationError(f"no party '{word}' to play{did_you_mean(word, known)}")
        found += known[word]
    return tuple(dict.fromkeys(found)) or played


@dataclass
class Peers:
    """Some parties, played."""

    assembly: Assembly
    parties: tuple[str, ...]
    tell: Tell

    def __post_init__(self) -> None:
        configuration = self.assembly.configuration
        self.setting = Setting(
            PaymentConfiguration(
                name="peers",
                says="one user, everywhere",
                wallets=2,
                registrations=1,
                security=configuration.sut.security,
                capability=configuration.run.capabilities[0],
            ),
            frozenset(SERVERS),
            os.urandom(16),
            int(time.time()),
            rings=self.assembly.rings,
            names=configuration.names,
            token=configuration.data.token,
            clock=time.time,
        )
        self.found: Correspondence = self.setting.correspondence(0)
        self._serving: dict[str, Serving] = {}

    async def play(self, until: asyncio.Event, on_ready: Callable[[], None] = lambda: None) -> None:
        """Play them until the end is asked for."""
        with ExitStack() as stack:
            every = {self._model(one): one for one in self.assembly.played(stack)}
            played = {party: one for party, one in every.items() if party in self.parties}
            urls = self.assembly.peer_urls(list(every.values()))
            self.setting = replace(self.setting, urls={**urls, **self.assembly.configuration.sut.urls})
            clients = [Client(sending_of(one, self._every_url(urls), self.assembly.roots)) for one in played.values()]
            for client, (party, one) in zip(clients, played.items(), strict=True):
                self._serving[party] = self._party(party, one, client, urls)
            listening = [
                listening_at(self._serving[party], one, place, leads=number == 0)
                for party, one in played.items()
                for number, place in enumerate(one.places)
            ]
            tasks = [
                asyncio.create_task(each.serve(sockets=[place.bound]))
                for each, place in zip(listening, [p for one in played.values() for p in one.places], strict=True)
            ]
            await _up(listening)
            self._set_up_peers()
            on_ready()
            meeting = asyncio.create_task(self._meet())
            stopping = asyncio.create_task(until.wait())
            try:
                await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (meeting, stopping):
                    task.cancel()
                for serving in self._serving.values():
                    serving.turn_away()
                for each in listening:
                    each.should_exit = True
                await asyncio.wait([*tasks, meeting, stopping])
                for client in clients:
                    await client.close()

    def _model(self, one: Played) -> str:
        return next(party for party in SERVERS if self.assembly.configuration.called(party) == one.keyring.party)

    def _every_url(self, urls: dict[str, str]) -> dict[str, str]:
        """By URL, what is called the party there."""
        called = self.assembly.configuration.called
        ours = {url: called("relay" if place == FIRST_SECTION else place) for place, url in urls.items()}
        return ours | {url: called(party) for party, url in self.assembly.configuration.sut.urls.items()}

    def _party(self, party: str, one: Played, client: Client, urls: dict[str, str]) -> Serving:
        called = self.assembly.configuration.called
        world = self.setting.world(party)
        if party == "shop":
            world = replace(world, catalogue=self._sold)
        playing = Party(
            one.keyring,
            _Told(one.keyring.party, self.tell),
            world=world,
            clock=time.time,
            random=os.urandom,
            log_key=os.urandom(32),
        )
        of_party = {called(other): url for other, url in urls.items() if other != FIRST_SECTION}
        of_party |= {called(other): url for other, url in self.assembly.configuration.sut.urls.items()}
        return Serving(playing, client, Addresses(of_party=of_party))

    def _sold(self, cart: str) -> PayableOrder:
        called = self.assembly.configuration.called
        unnamed = Symbol("order_ref", "")
        return PayableOrder(unnamed, called("relay"), called("payment"), PRICE, "Bookshop", cart, (BRAND,))

    # --- what stands

    def _set_up_peers(self) -> None:
        for party, request in self.setting.set_ups(self.found, Wishes()):
            if party in self._serving:
                self._serving[party].set_up(request)

    async def _meet(self) -> None:
        """Once the system under test is there, it is told of the user, too."""
        configuration = self.assembly.configuration
        waiting = [party for party in configuration.under_test if party in SERVERS]
        while waiting:
            for party in tuple(waiting):
                try:
                    discovery = await asyncio.to_thread(self.assembly.discover, party)
                except UnreachableError:
                    continue
                except ConfigurationError as error:
                    self.tell(f"{party}: {error}")
                    discovery = None
                waiting.remove(party)
                await self._tell_of_user(party, discovery)
            await asyncio.sleep(LOOK_SECONDS)

    async def _tell_of_user(self, party: str, discovery: Discovery | None) -> None:
        if discovery is None or discovery.setup is None or not self.setting.token:
            self.tell(f"{party} is there; it has no set-up interface, or conform.toml has no token for it")
            return
        client = Client(sending_of(None, {}, self.assembly.roots))
        for of_party, request in self.setting.set_ups(self.found, Wishes()):
            if of_party == party:
                response: Response | None = await client(f"{discovery.setup}{request.target}", request, 5.0)
                status = response.status if response else "nothing"
                self.tell(f"{party} is there; {request.path} was answered by {status}")
        await client.close()

    # --- for people

    def welcome(self) -> list[str]:
        """Who is where, and how one pays."""
        lines = [f"{party:<10} {url}" for party, url in self._places()]
        session = self.found.name_of(Symbol("session", "1")).name
        relay = self._first("relay", FIRST_SECTION)
        shop = self._first("shop", "shop")
        if relay and shop:
            hardened = self.assembly.configuration.sut.security == "hardened"
            keyring = self.assembly.configuration.trust.folder / "terminal.keys.json"
            pin = self.found.name_of(USER_AUTH).name
            more = f" --keyring {keyring} --pin '{pin}'" if hardened else ""
            lines += ["", "To pay, in another shell:"]
            lines += [f"  payrelay pay --relay {relay} --shop {shop} --session {session}{more} --cart 'a book'"]
        lines += ["", f"The user is '{self.found.party(USER)}', with the session {session}. Ctrl-C ends all."]
        return lines

    def _places(self) -> list[tuple[str, str]]:
        urls = self.setting.urls
        return [
            (place, url)
            for place, url in urls.items()
            if place in self.parties or (place == FIRST_SECTION and "relay" in self.parties)
        ]

    def _first(self, party: str, place: str) -> str | None:
        configuration = self.assembly.configuration
        return self.setting.urls.get(place) if party in self.parties else configuration.sut.urls.get(party)


async def _up(listening: list[ShortLived]) -> None:
    while not all(one.started or one.should_exit for one in listening):
        await asyncio.sleep(0.01)
