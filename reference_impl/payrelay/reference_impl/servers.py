"""A server: one party of a settings file, with its database, listening until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.applications import Starlette

from payrelay.host.addresses import Addresses
from payrelay.host.application import Listener, application, every_link_of, links_of_section
from payrelay.host.client import Client
from payrelay.host.deaths import deaths_in
from payrelay.host.faults import SOUND, Fault
from payrelay.host.grouping import Grouping
from payrelay.host.keyring_files import read_keyring
from payrelay.host.listening import Listening, bound
from payrelay.host.party import Party
from payrelay.host.serving import Serving
from payrelay.host.storage import Storage, StorageError
from payrelay.host.tls import client, server_context, shown_party
from payrelay.host.world import World, no_catalogue
from payrelay.language.configurations import ConfigurationError
from payrelay.language.role import RoleTable
from payrelay.language.terms import Symbol
from payrelay.model.messages.purchase import PaymentRequest
from payrelay.model.protocol import tables as sound_tables
from payrelay.model.sections import FIRST, SECOND
from payrelay.reference_impl.dying_storage import DyingStorage
from payrelay.reference_impl.failing_storage import FailingStorage
from payrelay.reference_impl.pages import relay_routes, shop_routes
from payrelay.reference_impl.sampling import Sampling, write_profile
from payrelay.reference_impl.sending import Sending
from payrelay.reference_impl.settings import Settings, Url
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.reference_impl.terminal_pages import dressed
from payrelay.reference_impl.trials import clock_in, die, post_in
from payrelay.reference_impl.variant_files import read_variant
from payrelay.wire.discovery import links_served
from payrelay.wire.endpoints import path_of
from payrelay.wire.keyring import Keyring
from payrelay.wire.set_up import PayableOrder

STOPPED, FAILED = 0, 5
"""What a server ends with: it was told to stop; its storage failed."""


@dataclass(frozen=True)
class Server:
    """A party at work, and the applications of its listeners, each with the address that it binds."""

    settings: Settings
    serving: Serving
    client: Client | Sending
    """What it sends with."""
    applications: tuple[tuple[tuple[str, int], Starlette], ...]
    contexts: tuple[ssl.SSLContext | None, ...]
    """What each listener speaks TLS by; None for plain HTTP."""

    async def run(self, on_ready: Callable[[], None] = lambda: None) -> int:
        """Listen until a signal to stop comes, or the storage fails; what the process ends with."""
        try:
            taken = [self._bound(address) for address, _ in self.applications]
        except ConfigurationError:
            self.serving.party.close()
            raise
        listening = [
            Listening(application, context)
            for (_, application), context in zip(self.applications, self.contexts, strict=True)
        ]

        failures: list[bool] = []

        def stop() -> None:
            self.serving.turn_away()
            for one in listening:
                one.should_exit = True

        def fail() -> None:
            failures.append(True)
            stop()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        self.serving.on_failure = fail
        tasks = [asyncio.create_task(one.serve(sockets=[bound])) for one, bound in zip(listening, taken, strict=True)]
        while not all(one.started or one.should_exit for one in listening):
            await asyncio.sleep(0.01)
        is_ready = all(one.started for one in listening)
        with self._profiled():
            if is_ready:
                on_ready()
            else:
                stop()
            await asyncio.gather(*tasks)
        await self.client.close()
        return STOPPED if is_ready and not failures else FAILED

    @contextlib.contextmanager
    def _profiled(self) -> Iterator[None]:
        """Write down where the processor time went meanwhile, if the settings say so."""
        if not self.settings.profile.taken:
            yield
            return
        grouping, sampling = self.serving.grouping, Sampling()
        storage = grouping.beneath if grouping else self.serving.party.storage
        sampling.start()
        yield
        profile: dict[str, object] = {"party": self.settings.party.name, "seconds": sampling.stop()}
        if isinstance(storage, SqlStorage):
            profile |= {"commits": storage.commits, "commit_seconds": storage.commit_seconds}
        write_profile(self.settings.source, profile)

    def _bound(self, address: tuple[str, int]) -> socket.socket:
        """A socket that is bound, so that a port that is taken is told before anything begins."""
        try:
            return bound(address)
        except ConfigurationError as error:
            another = f"give {self.settings.party.name} another port"
            raise ConfigurationError(f"{self.settings.source}: {error}; {another}") from None


def make_server(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.time,
    random: Callable[[int], bytes] = secrets.token_bytes,
    tables: Mapping[str, RoleTable] | None = None,
    fault: Fault = SOUND,
) -> Server:
    """The server of a party. Raises ConfigurationError for whatever the settings name and is not there.

    `tables` are the roles' own, perhaps edited; `fault` is what is left unchecked between bytes and messages; both are
    as the variant says that the settings name, if they name one.
    """
    variant = read_variant(settings.variant.file) if settings.variant.file else None
    if variant is not None:
        tables, fault = variant.tables(), variant.fault
    keyring = keyring_of(settings)
    contexts = tuple(_contexts(settings))
    storage = open_storage(settings)
    # Who answers before anything is durable takes each step by itself: nothing is there to wait for.
    grouping = None if fault.answers_before_durable else Grouping(storage)
    party = Party(
        keyring,
        grouping or storage,
        world=world_of(settings),
        clock=clock_in(settings.trial, clock),
        random=random,
        tables=tables,
        fault=fault,
        variant=variant.name(settings.role) if variant else "",
        log_key=settings.log.key.encode(),
        names_runs=settings.log.names_runs,
    )
    sending = _sending(settings)
    post = post_in(settings.trial, sending)
    addresses = addresses_of(settings)
    serving = Serving(party, post=post, addresses=addresses, limits=settings.limits, grouping=grouping)
    return Server(settings, serving, sending, tuple(_applications(settings, serving)), contexts)


def _sending(settings: Settings) -> Client | Sending:
    """What it sends with."""
    peers = {str(url): peer for peer, url in settings.peers.items()}
    return Client(client(settings.tls, peers)) if settings.tls else Sending()


def keyring_of(settings: Settings) -> Keyring:
    """The keyring that the settings name."""
    keyring = read_keyring(settings.keys.file)
    for what, found, wanted in (
        ("party", keyring.party, settings.party.name),
        ("security", keyring.security, settings.party.security),
    ):
        if found != wanted:
            raise ConfigurationError(
                f"{settings.keys.file}: this keyring has {what} '{found}', and {settings.source} '{wanted}'"
            )
    return keyring


def open_storage(settings: Settings, *, is_writer: bool = True) -> Storage:
    """The database that the settings name."""
    url, party, fails_at = settings.storage.beside(settings.source), settings.party.name, settings.storage.fails_at
    try:
        if is_writer and fails_at:
            return FailingStorage(url, party, fails_at)
        if is_writer and settings.trial.dies_in:
            deaths = deaths_in(settings.trial.dies_in, sound_tables())
            return DyingStorage(url, party, deaths, die, settings.trial.dies_after)
        return SqlStorage(url, party, is_writer=is_writer)
    except StorageError as error:
        raise ConfigurationError(f"{settings.source}: storage.url: {error}") from None


def world_of(settings: Settings) -> World:
    """What the party is told of the world."""
    wallet, authority, relay = settings.wallet, settings.authority, settings.relay
    return World(
        shops=settings.peers_of("shop"),
        wallets=settings.peers_of("wallet"),
        authorities=wallet.authorities if wallet else settings.peers_of("authority"),
        brands=wallet.brands if wallet else (),
        display_name=wallet.display_name if wallet else "",
        asks_payment_server=bool(relay and relay.asks_payment_server),
        catalogue=catalogue_of(settings),
        pay_url=f"{settings.server.url}{path_of('wallet_shop', PaymentRequest)}",
        tries=authority.tries if authority else World.tries,
        periods=settings.timers,
    )


def catalogue_of(settings: Settings) -> Callable[[str], PayableOrder | None]:
    """The order that a cart makes: one thing of the shop's, by its name."""
    shop = settings.shop
    if shop is None:
        return no_catalogue
    prices = {one.name: one.price for one in shop.goods}
    # The name is given by whoever places the order.
    unnamed = Symbol("order_ref", "")

    def order(cart: str) -> PayableOrder | None:
        price = prices.get(cart)
        if price is None:
            return None
        return PayableOrder(unnamed, shop.relay, shop.payment_server, price, shop.payee_name, cart, shop.brands)

    return order


def addresses_of(settings: Settings) -> Addresses:
    """Where its peers are."""
    return Addresses(of_party={peer: str(url) for peer, url in settings.peers.items()})


def _applications(settings: Settings, serving: Serving) -> Iterator[tuple[tuple[str, int], Starlette]]:
    party, token = settings.party.name, settings.setup.token
    urls = base_urls_of(settings)
    set_up_url = str(settings.server.url) if token else None
    servers = Listener(every_link_of(party), set_up_token=token, set_up_url=set_up_url, base_urls=urls)
    if settings.tls and settings.server.url.is_secure:
        servers = replace(servers, peer=shown_party, is_mutual=True)
    if settings.relay is not None:
        assert settings.terminals is not None
        is_secure = settings.terminals.url.is_secure
        routes = relay_routes(serving, settings.relay.guest_session, is_secure)
        dress = partial(dressed, is_secure=is_secure)
        first = Listener(links_of_section(party, FIRST), routes=routes, base_urls=urls, dress=dress)
        second = replace(servers, links=links_of_section(party, SECOND))
        yield settings.server.address, application(serving, second)
        yield settings.terminals.address, application(serving, first, leads=False)
        return
    if settings.shop is not None:
        relay_url = str(settings.shop.terminals_of_relay)
        routes = shop_routes(serving, settings.shop.payee_name, settings.shop.goods, relay_url)
        servers = replace(servers, routes=routes)
    yield settings.server.address, application(serving, servers)


def _contexts(settings: Settings) -> Iterator[ssl.SSLContext | None]:
    """What its listeners speak TLS by, in their order; where servers come, they are asked for their certificate."""
    for listener, asks in ((settings.server, True), (settings.terminals, False)):
        if listener is not None:
            yield server_context(settings.tls, asks=asks) if settings.tls and listener.url.is_secure else None


def base_urls_of(settings: Settings) -> dict[str, str]:
    """Where each link that the party serves is, as its discovery document says."""
    first = links_of_section(settings.party.name, FIRST)
    terminals: Url = (settings.terminals or settings.server).url
    return {
        link: str(terminals if settings.terminals and link in first else settings.server.url)
        for link in links_served(settings.role)
    }
