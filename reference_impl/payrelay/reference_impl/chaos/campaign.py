"""The campaign: a system of real servers, terminals that pay at it while everything goes wrong, and what is left."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import MappingProxyType

import httpx2

from payrelay.host.client import Client
from payrelay.host.keyring_files import read_keyring
from payrelay.host.listening import bound
from payrelay.host.unreliable import UnreliablePost
from payrelay.host.world import World
from payrelay.language.configurations import ConfigurationError
from payrelay.language.links import role_of
from payrelay.language.observations import event_from_line
from payrelay.model.conversion import CAPABILITIES
from payrelay.reference_impl.audit import UNDER_WAY, Report, audit
from payrelay.reference_impl.books import Books, read_books
from payrelay.reference_impl.chaos.forgetting import Disk, built
from payrelay.reference_impl.chaos.keepers import CampaignError, Counts, Keeper
from payrelay.reference_impl.chaos.logs import sorted_logs
from payrelay.reference_impl.chaos.people import People, pays, registers
from payrelay.reference_impl.chaos.plan import PERSONS, TIMERS, Plan
from payrelay.reference_impl.chaos.servers import Program, Server, make_ready, sound
from payrelay.reference_impl.chaos.targets import Targets
from payrelay.reference_impl.settings_files import read_settings, variable_of
from payrelay.reference_impl.single_writer import file_of
from payrelay.reference_impl.systems import PIN, storages_of, write_system
from payrelay.reference_impl.systems import Plan as SystemPlan
from payrelay.reference_impl.terminals import Terminal, addresses_for_terminals, terminal_keyring
from payrelay.wire.identities import counted
from payrelay.wire.set_up import set_up_request

TERMINAL = "terminal-1"
"""What every terminal is called, as in the model: sessions tell them apart."""
WALLETS = 2
SPREAD = 0.6
"""The share of the time that is expected yet, over which the deaths that are to come are spread."""
SPARE = 200
"""For each hit of a state so many can register beside those who were to."""
MORE_REGISTRATIONS = 0.4
REGISTERING = ("registration_relay", "enrolment", "registration_authority")
"""The machines that change as somebody is registered."""
FEW = 12
"""So many states are told by name."""
EVERY = 5.0
"""Seconds between two lines that tell how far it is."""


@dataclass
class Told:
    """What people were told, held against the books at last."""

    outcomes: Counter[str] = field(default_factory=Counter)
    registered: Counter[str] = field(default_factory=Counter)
    approved: list[str] = field(default_factory=list)
    """The orders of those who were told that they had paid."""


@dataclass(frozen=True)
class Found:
    """What a campaign has found."""

    plan: Plan
    counts: Counts
    targets: Targets
    told: Told
    report: Report
    lies: tuple[str, ...]
    """What somebody was told, and the books say otherwise."""
    left: int
    """The machines that are under way still."""
    unsent: int
    """What was to be sent, by steps that are durable, and never was."""
    forgotten: int
    seconds: float
    logs: Mapping[str, list[str]]
    """The logs of all parties as one, by what they can be runs of."""


class Campaign:
    """One campaign, in a new folder."""

    def __init__(self, folder: Path, plan: Plan, program: Program = sound) -> None:
        """`program` is what the servers run: something else, in order to see that it is noticed."""
        self.plan, self.folder = plan, folder
        self.random = counted(f"chaos {plan.seed}".encode())
        system = SystemPlan(security="hardened", wallets=WALLETS, first_port=plan.first_port)
        for port in system.ports:
            try:
                bound((system.host, port)).close()
            except ConfigurationError as error:
                raise ConfigurationError(f"{error}; begin at another port: --first-port N") from None
        written = write_system(folder, system, now=int(time.time()), random=self.random)
        self.paths = {path.stem: path for path in written}
        self.settings = {name: read_settings(path, {}) for name, path in self.paths.items()}
        self.servers = [Server(name, path, _environment(), program) for name, path in self.paths.items()]
        self.disk = self._disk() if plan.forgetful else None
        make_ready()
        self.people = People(
            system.wallet_names,
            plan.at_once,
            round(plan.payments * plan.registrations) + SPARE * plan.hits,
            Random(plan.seed + 1),
        )
        self.terminal_keyring = terminal_keyring(read_keyring(self.settings["shop"].keys.file), TERMINAL, self.random)
        self.counts, self.targets, self.told = Counts(), Targets(plan.hits), Told()
        self.terminal_lines: list[str] = []
        self.strangers: set[str] = set()
        self._begun = 0
        self._is_over = False

    def _disk(self) -> Disk:
        from sqlalchemy import make_url

        files = {name: file_of(make_url(one.storage.beside(one.source))) for name, one in self.settings.items()}
        disks = self.folder / "disks"
        disks.mkdir()
        make_ready(LD_PRELOAD=str(built(self.folder)))
        return Disk(disks, {name: file for name, file in files.items() if file})

    async def run(self, say: Callable[[str], None]) -> Found:
        """All of it."""
        began = time.monotonic()
        self._limit = began + self.plan.seconds
        try:
            async with httpx2.AsyncClient(trust_env=False, limits=httpx2.Limits(max_connections=200)) as client:
                self._client = client
                await self._set_up()
                await self._storm(say)
                say("nothing goes wrong any more; waiting until nothing is under way")
                left = await self._rest()
        finally:
            for server in reversed(self.servers):
                await asyncio.to_thread(server.end)
        say("auditing")
        with storages_of(self.paths.values(), at_rest=True) as storages:
            books = read_books(storages)
            report = audit(books)
            unsent = sum(1 for storage in storages.values() for _ in storage.outbox())
            logs = {name: tuple(storage.events()) for name, storage in storages.items()}
        # All terminals have the clock of this process, which is not set.
        logs[TERMINAL] = tuple(sorted(self.terminal_lines, key=lambda line: str(event_from_line(line).at)))
        lies = tuple(_lies(books, self.told))
        seconds = time.monotonic() - began
        forgotten = self.disk.forgotten if self.disk else 0
        return Found(
            self.plan, self.counts, self.targets, self.told, report, lies, left, unsent, forgotten, seconds,
            sorted_logs(logs, frozenset(self.strangers)),
        )  # fmt: skip

    # --- before

    async def _set_up(self) -> None:
        """Everything that is to be there before anything goes wrong, said at the set-up interface."""
        for server in self.servers:
            await self._start(server, self.disk.environment(server.party) if self.disk else {})
        issuer = replace(read_keyring(self.settings["authority"].keys.file).at(int(time.time()), self.random), made={})
        for receiver, thing in self.people.things():
            one = self.settings[receiver]
            request = set_up_request(thing, issuer, receiver, one.setup.token)
            response = await Client(self._client)(f"{one.server.url}{request.target}", request, 30)
            if response is None or response.status >= 300:
                raise CampaignError(f"{receiver} did not take what was set up: {response}")
        for server in self.servers:
            if await asyncio.to_thread(server.end):
                raise CampaignError(f"{server.party} did not end cleanly before anything had happened")
        # Not every party has been told something, and had to keep it.
        if self.disk and not any(self.disk.forget(name) for name in self.paths):
            raise CampaignError("the disks forget nothing: no fsync was seen")

    async def _start(self, server: Server, also: Mapping[str, str] = MappingProxyType({})) -> None:
        if not await asyncio.to_thread(server.start, also):
            raise CampaignError(f"{server.party} did not start; it said: {server.last_said()}")

    # --- while everything goes wrong

    async def _storm(self, say: Callable[[str], None]) -> None:
        keepers = [
            Keeper(
                server, self.plan, self.targets, self.counts, Random(f"{self.plan.seed} {server.party}"), self.disk,
                self._pace, lambda: self._is_over,
            )
            for server in self.servers
        ]  # fmt: skip
        self._storm_began = time.monotonic()
        keeping = [asyncio.create_task(keeper.keep()) for keeper in keepers]
        telling = asyncio.create_task(self._tell(say))
        everybody = asyncio.create_task(self._everybody())
        try:
            # A keeper that ends before it is over has met something that must not be.
            await asyncio.wait([everybody, *keeping], return_when=asyncio.FIRST_COMPLETED)
            if not everybody.done():
                everybody.cancel()
            self._is_over = True
            with suppress(asyncio.CancelledError):
                await everybody
            await asyncio.gather(*keeping)
        finally:
            self._is_over = True
            telling.cancel()
            await asyncio.gather(telling, *keeping, return_exceptions=True)

    def _pace(self, party: str) -> float:
        """How long a party is to live, so that its deaths are spread over all payments, as fast as these go."""
        plan, paid = self.plan, self.told.outcomes.total()
        passed = time.monotonic() - self._storm_began
        rate = (paid + 1) / passed
        coming = max(plan.payments - paid, 0) / rate
        alike = sum(1 for name in self.paths if role_of(name) == role_of(party))
        deaths = self.targets.hits_left(party) / alike
        life = SPREAD * coming / deaths if deaths else plan.longest_life
        return min(max(life, plan.shortest_life), plan.longest_life)

    async def _tell(self, say: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(EVERY)
            payments, kills, died = self.told.outcomes.total(), self.counts.kills, self.counts.died.total()
            said = f"{payments:,} payments, {kills:,} kills, {died:,} of them between commit and send"
            short = [f"{table}.{state}" for table, state in self.targets.short()]
            names = f": {', '.join(short)}" if 0 < len(short) <= FEW else ""
            say(f"{said}; {len(short)} states are to be hit more often yet{names}")

    def _goes_on(self) -> bool:
        """Whether there is anything to do yet: payments, or kills that are missing."""
        if time.monotonic() > self._limit:
            return False
        counts, plan = self.counts, self.plan
        is_short = bool(self.targets.short() or counts.spared(self.paths)) or counts.kills < plan.kills
        return self._begun < plan.payments or is_short

    async def _everybody(self) -> None:
        await asyncio.gather(*(self._customers(slot) for slot in range(self.plan.at_once)))

    async def _customers(self, slot: int) -> None:
        """One after the other at one terminal."""
        dice = Random(f"{self.plan.seed} customer {slot}")
        while self._goes_on():
            self._begun += 1
            if self.people.newcomers and dice.random() < self._share_of_registrations():
                await self._registers(self.people.newcomers.pop(), dice)
            person = dice.choices(list(PERSONS), list(PERSONS.values()))[0]
            user = {"is_declined": "poor", "is_a_stranger": "stranger"}.get(person, "payer")
            async with self._terminal(self.people.sessions[user][slot], dice) as terminal:
                outcome = await pays(terminal, dice, person)
            order = getattr(terminal.data(), "order_ref", None)
            self.told.outcomes[outcome] += 1
            if outcome == "told_approved" and order is not None:
                self.told.approved.append(order.order.name)
            self._log(terminal, person == "is_a_stranger")

    def _share_of_registrations(self) -> float:
        """More, if they are what is missing once there are payments enough."""
        if self._begun > self.plan.payments and any(table in REGISTERING for table, _ in self.targets.short()):
            return MORE_REGISTRATIONS
        return self.plan.registrations

    async def _registers(self, session: str, dice: Random) -> None:
        async with self._terminal(session, dice) as terminal:
            self.told.registered[await registers(terminal, dice, dice.choice(self.people.wallets))] += 1
        self._log(terminal, session in self.people.mistaken)

    def _log(self, terminal: Terminal, is_a_stranger: bool) -> None:
        """Keep what a terminal has noted, and whether its runs are those of somebody whom a wallet does not know."""
        lines = list(terminal.storage.events())
        self.terminal_lines += lines
        if is_a_stranger:
            self.strangers |= {str(event_from_line(line).procedure) for line in lines}

    def _terminal(self, session: str, dice: Random) -> Terminal:
        def told(what: str) -> None:
            self.counts.faults[what] += 1

        relay, shop = self.settings["relay"], self.settings["shop"]
        return Terminal(
            self.terminal_keyring,
            World(
                session=session,
                user_auth=PIN,
                answers={"account": self.people.accounts["payer"].name},
                capabilities=CAPABILITIES["plain_text"],
                periods=TIMERS,
            ),
            addresses_for_terminals(relay, shop),
            UnreliablePost(Client(self._client), self.plan.weather, dice.random, told),
            random=self.random,
            log_key=relay.log.key.encode(),
            names_runs=True,
        )

    # --- after

    async def _rest(self) -> int:
        """Let everybody come back, and whatever is under way come to its end; how much is left."""
        for server in self.servers:
            await self._start(server)
        ends = time.monotonic() + self.plan.rest
        while (left := self._under_way()) and time.monotonic() < ends:
            await asyncio.sleep(1)
        return left

    def _under_way(self) -> int:
        with storages_of(self.paths.values()) as storages:
            return sum(sum(1 for _ in storage.machines(UNDER_WAY)) for storage in storages.values())


def _environment() -> dict[str, str]:
    """The environment of a server of which nothing is to go wrong."""
    timers = {variable_of("timers", name): f"{seconds:g}" for name, seconds in TIMERS.items()}
    return {**timers, variable_of("log", "names_runs"): "true", variable_of("limits", "per_second"): "100000"}


def _lies(books: Books, told: Told) -> list[str]:
    """Whoever was told that an order is paid has paid it, once, and it is delivered."""
    debits: Counter[str] = Counter()
    for proc_key, some in books.attempts.items():
        for _, data in some:
            debits[data.info.order_ref.order.name] += len(books.debits_of.get(proc_key, ()))
    paid = {
        one.machine.local.data.terms.order_ref.order.name for one in books.of("shop_order") if one.control == "paid"
    }
    return [
        f"order {order}: its user was told that it is paid; it was debited {debits[order]} times, "
        f"and is {'paid' if order in paid else 'not paid'} at its shop"
        for order in told.approved
        if debits[order] != 1 or order not in paid
    ]
