"""Assembly: from a configuration to the parties at work, and to what each test begins with."""

from __future__ import annotations

import os
import secrets
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

import httpx2

from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.checks import SetUpError
from payrelay.conformance.configuration import FIRST_SECTION, SERVERS, TERMINALS, Configuration, address_of
from payrelay.conformance.connected import Connected
from payrelay.conformance.controller import Controller
from payrelay.conformance.correspondence import Correspondence, Mismatch
from payrelay.conformance.setting import Setting, Wishes, name_subject
from payrelay.conformance.starting import started
from payrelay.conformance.switchboard import Place, Played, Reached, Switchboard
from payrelay.conformance.triggering import Triggers
from payrelay.host.addresses import Addresses
from payrelay.host.application import every_link_of, links_of_section
from payrelay.host.keyring_files import SECRET_BYTES, read_keyring
from payrelay.host.listening import bound
from payrelay.host.tls import Tls
from payrelay.host.world import World
from payrelay.language.configurations import ConfigurationError
from payrelay.language.links import role_of
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.sections import FIRST, SECOND
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.discovery import Discovery, links_served, read_discovery
from payrelay.wire.keyring import Keyring
from payrelay.wire.problem_documents import Problem, problem_in
from payrelay.wire.set_up import SETUPS

TLS_ROOTS = "tls.roots.pem"
"""The file with the roots of channels."""
REACH_SECONDS = 5.0


class UnreachableError(Exception):
    """The system under test does not answer. One line that says what to do."""


@dataclass
class Assembly:
    """What a configuration comes to."""

    configuration: Configuration

    def __post_init__(self) -> None:
        self._orders = count()

    # --- keys

    @cached_property
    def rings(self) -> dict[str, Keyring]:
        """The keyring of every party, by what it is called. Raises ConfigurationError for one that is not there."""
        found = {party: ring for party in SERVERS if (ring := self._ring(party)) is not None}
        some = next(iter(found.values()))
        for party in SERVERS:
            # Of the system under test, no private key need be here: whom it trusts is whom the others trust.
            found.setdefault(party, replace(_bare(some), party=self.configuration.called(party)))
        for party in BYSTANDERS.values():
            if (ring := self._bystander_ring(party, some)) is not None:
                found[party] = ring
        terminal = self._terminal_ring() or _bare(some)
        for party in TERMINALS:
            secret = secrets.token_bytes(SECRET_BYTES)
            found[party] = replace(terminal, party=self.configuration.called(party), secret=secret, made={})
        return {ring.party: ring for ring in found.values()}

    def _ring(self, party: str) -> Keyring | None:
        """The keyring in the folder; None for one under test that is not there."""
        configuration = self.configuration
        name = configuration.called(party)
        path = configuration.trust.folder / f"{name}.keys.json"
        if not path.exists():
            if party in configuration.under_test:
                return None
            said = f"{path} is not there: the keyring of {name}, whom the kit plays; payrelay conform init writes them"
            raise configuration.document.wrong(("trust",), "folder", said)
        ring = read_keyring(path)
        wanted = configuration.sut.security
        if (ring.party, ring.security) != (name, wanted):
            said = f"{path} is the keyring of '{ring.party}' at {ring.security}, expected '{name}' at {wanted}"
            raise configuration.document.wrong(("trust",), "folder", said)
        return ring

    def _bystander_ring(self, party: str, some: Keyring) -> Keyring | None:
        """The keyring of a party that has no part in a run; None if it cannot show who it is."""
        path = self.configuration.trust.folder / f"{party}.keys.json"
        if self.configuration.peers.tls == "files":
            return None
        if path.exists():
            return read_keyring(path)
        return None if self.configuration.sut.security == "hardened" else replace(_bare(some), party=party)

    def _terminal_ring(self) -> Keyring | None:
        path = self.configuration.trust.folder / "terminal.keys.json"
        return read_keyring(path) if path.exists() else None

    def tls_of(self, party: str) -> Tls | None:
        """What a played party speaks TLS by."""
        configuration = self.configuration
        if configuration.peers.tls == "off":
            return None
        folder = configuration.trust.folder
        tls = Tls(folder / f"{configuration.called(party)}.tls.pem", folder / TLS_ROOTS)
        for path in (tls.certificate, tls.roots):
            if not path.exists():
                raise configuration.document.wrong(("peers",), "tls", f"{path} is not there")
        return tls

    @cached_property
    def roots(self) -> ssl.SSLContext | None:
        """Whom the kit believes where it asks without a certificate: None for whom this machine does."""
        path = self.configuration.trust.folder / TLS_ROOTS
        return ssl.create_default_context(cafile=str(path)) if path.exists() else None

    # --- where the parties are

    def discover(self, party: str) -> Discovery:
        """What a party under test says of itself. Raises UnreachableError, and ConfigurationError for what is no
        discovery document."""
        url = self.configuration.sut.urls[party]
        verify = self._asking(party) if url.startswith("https:") else True
        try:
            with httpx2.Client(trust_env=False, verify=verify, timeout=REACH_SECONDS) as asking:
                answered = asking.get(f"{url}{DISCOVERY}")
        except (httpx2.HTTPError, ssl.SSLError) as error:
            why = str(error) or type(error).__name__
            name = self.configuration.called(party)
            raise UnreachableError(f"{name} at {url}: {why}; start it, or mend its URL") from None
        if answered.status_code != 200:
            raise self._of_discovery(party, f"expected 200 from {url}{DISCOVERY}, not {answered.status_code}")
        found = read_discovery(answered.content)
        if isinstance(found, Problem):
            raise self._of_discovery(party, f"{url}{DISCOVERY}: {found.pointer} {found.detail}")
        return found

    def _asking(self, party: str) -> ssl.SSLContext:
        """What asks a party under test: as another server, since some take nobody else."""
        other = next(one for one in self.configuration.played or SERVERS if one != party)
        tls = self.tls_of(other)
        assert tls is not None
        context = ssl.create_default_context(cafile=str(tls.roots))
        context.check_hostname = False
        context.load_cert_chain(tls.certificate)
        return context

    def _of_discovery(self, party: str, what: str) -> ConfigurationError:
        document = self.configuration.document
        at, key = (("sut",), "url") if "url" in document.raw.get("sut", {}) else (("sut", "urls"), party)
        return document.wrong(at, key, what)

    def reached(self, discoveries: Mapping[str, Discovery]) -> dict[str, Reached]:
        """The parties under test, by what the model calls them."""
        found = {}
        for party, discovery in discoveries.items():
            name = self.configuration.called(party)
            urls = {(name, link): url for link, url in discovery.links.items()}
            found[party] = Reached(name, Addresses(of_link=urls), discovery.setup)
        return found

    @contextmanager
    def at_work(
        self, discoveries: Mapping[str, Discovery] | None = None, patience: float = 5.0
    ) -> Iterator[Switchboard]:
        """The kit's parties at work, and the system under test started, if the configuration says how."""
        configuration = self.configuration
        with ExitStack() as stack:
            played = list(self.played(stack))
            process = None
            if configuration.sut.start is not None:
                process = stack.enter_context(started(configuration, self.peer_urls(played)))
            if discoveries is None:
                servers = [party for party in configuration.under_test if party in SERVERS]
                discoveries = {party: self.discover(party) for party in servers}
            controller = None
            if configuration.control.url:
                controller = Controller(configuration.control.url, configuration.control.token)
                stack.callback(controller.close)
            timing = configuration.timing
            board = Switchboard(
                played,
                self.reached(discoveries),
                roots=self.roots,
                token=configuration.data.token,
                controller=controller,
                crash=process.crash if process and configuration.can_kill else None,
                triggers=Triggers(configuration, self.peer_urls(played)) if configuration.sut.trigger else None,
                periods=configuration.timers,
                longest_wait=timing.longest_wait / 1000,
                patience=patience,
            )
            yield stack.enter_context(board)

    def played(self, stack: ExitStack) -> Iterator[Played]:
        """The parties that the kit plays, with their listeners bound."""
        configuration = self.configuration
        for party in configuration.played:
            name = configuration.called(party)
            of_place = {party: every_link_of(name)}
            if party == "relay":
                of_place = {
                    party: links_of_section(name, SECOND),
                    FIRST_SECTION: links_of_section(name, FIRST),
                }
            places: list[Place] = []
            urls: dict[str, str] = {}
            for place, links in of_place.items():
                url = configuration.peers.urls.get(place, "")
                address = address_of(url, configuration.peers.bind) if url else (configuration.peers.bind, 0)
                try:
                    taken = bound(address)
                except ConfigurationError as error:
                    raise configuration.document.wrong(("peers", "urls"), place, str(error)) from None
                stack.callback(taken.close)
                scheme = "https" if configuration.peers.tls == "files" else "http"
                url = url or f"{scheme}://{configuration.peers.bind}:{taken.getsockname()[1]}"
                urls |= dict.fromkeys(links, url)
                places.append(Place(taken, links))
            yield Played(self.rings[name], urls, tuple(places), self.tls_of(party))

    def peer_urls(self, played: list[Played]) -> dict[str, str]:
        """Where each peer is, by party, and as `terminals` the relay's first section."""
        found = {}
        models = {self.configuration.called(party): party for party in SERVERS}
        for one in played:
            party = models[one.keyring.party]
            for link, url in one.urls.items():
                is_first = link in links_of_section(one.keyring.party, FIRST) and party == "relay"
                found[FIRST_SECTION if is_first else party] = url
        return found

    # --- tests

    def setting(self, model: PaymentConfiguration, board: Switchboard, run: bytes | None = None) -> Setting:
        """What all tests of a configuration of the model have in common.

        Tests of the same seed choose alike. Their identifiers are of this run alone, since whoever is tested may know
        those of another run still; `run` is what tells it apart.
        """
        configuration = self.configuration
        urls = self.peer_urls(list(board.played.values()))
        urls |= {party: self._own_url(board, party) for party in configuration.under_test if party in SERVERS}
        return Setting(
            model,
            frozenset(configuration.under_test),
            b"%d %s" % (configuration.run.seed, os.urandom(16) if run is None else run),
            int(board.clock()),
            rings=self.rings,
            urls=urls,
            names=configuration.names,
            clock=board.clock,
            periods=configuration.timers,
            token=configuration.data.token,
            reasons=configuration.reasons,
        )

    def _own_url(self, board: Switchboard, party: str) -> str:
        """Where a party under test is for other servers."""
        reached = board.reached[party]
        of_link = reached.addresses.of_link
        links = links_served(role_of(party))
        return next((of_link[reached.name, link] for link in reversed(links) if (reached.name, link) in of_link), "")

    def prepare(self, setting: Setting, found: Correspondence, wishes: Wishes, test: Connected) -> None:
        """Have everything stand that a test begins with: it is set up, or learnt from the configuration. Raises
        SetUpError."""
        for party in setting.under_test.intersection(TERMINALS):
            test.stands[party] = _of_terminal(setting.world(party, found), setting.configuration.security)
        if self.configuration.data.token:
            for party, request in setting.set_ups(found, wishes):
                response = test.set_up(party, request)
                if response is None or response.status != 204:
                    told = problem_in(response) if response else None
                    said = f"{told.status or ''} {told.name} {told.detail}".strip() if told else "no answer"
                    name = self.configuration.called(party)
                    raise SetUpError(f"{name} {request.path}: expected 204, not {said}", is_promised=True)
            return
        for party, thing in setting.things(wishes):
            one = next(each for each in SETUPS if each.kind is type(thing))
            if party in setting.under_test and one.name in self.configuration.data.things:
                self._learn(found, one.name, thing)

    def _learn(self, found: Correspondence, name: str, thing: object) -> None:
        """What stands already is what the model has. Orders are paid once each; everything else is there again."""
        known = self.configuration.data.things[name]
        number = next(self._orders) if name == "orders" else 0
        if number >= len(known):
            raise SetUpError(f"all {len(known)} [[data.{name}]] are used up; list more, or name the token of a set-up")
        try:
            found.stand_for(thing, known[number])
            name_subject(found)
        except Mismatch as mismatch:
            at = self.configuration.document.wrong(("data", name), "", str(mismatch), number)
            raise SetUpError(str(at)) from None


def _of_terminal(world: World, security: str) -> dict[str, Any]:
    """What a terminal is told that it begins a test with."""
    order = None if world.order is None else {"shop": world.order.shop, "order": world.order.order.name}
    user_auth = world.user_auth if security == "hardened" else None
    return {"session": world.session, "order": order, "user_auth": user_auth}


def _bare(ring: Keyring) -> Keyring:
    """A keyring that trusts whom another trusts, and has no keys."""
    return replace(ring, signers={}, openers=(), secret=secrets.token_bytes(SECRET_BYTES), made={})
