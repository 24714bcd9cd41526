"""Configuration: one file, conform.toml, defines a run. Whatever is wrong in it is one line, with its number.

Trust, data and timers are required for each role under test: without them a test would tell of the configuration and
not of the system. A value `${NAME}` is taken from the environment, and is in no report.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from payrelay.conformance.expectations import NOTHING_EXPECTED, Expectations, read_expectations
from payrelay.conformance.reasons import CANONICAL
from payrelay.conformance.toml_records import Document, Wrong
from payrelay.language.configurations import did_you_mean
from payrelay.language.links import role_of
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import SECURITIES
from payrelay.model.timers import misfits
from payrelay.wire.hands import Reading
from payrelay.wire.identities import ROLES
from payrelay.wire.keyring import Keyring
from payrelay.wire.problems import REASONS, Refusal
from payrelay.wire.set_up import SETUPS, SetUp
from payrelay.wire.symbols import is_party

FILE = "conform.toml"
REVISION = "2026-1"
"""The revision of the requirements that a new configuration names."""
BUDGETS = {"smoke": 5.0, "must": 60.0, "full": 600.0, "soak": 3600.0}
"""By depth, how many seconds a run may take, if nothing else is said."""
DEPTHS = tuple(BUDGETS)
SERVERS = ("relay", "shop", "wallet-1", "wallet-2", "payment", "authority")
"""The parties of a run that take requests, by what the model calls them."""
TERMINALS = ("terminal-1", "terminal-2")
FIRST_OF = {"wallet": "wallet-1", "terminal": "terminal-1"}
"""By role that several parties of a run have, which of them is meant where the role is named alone."""
FIRST_SECTION = "terminals"
"""What the relay's first communicating section is called among the URLs of peers."""
CHANNELS = ("off", "files")


@dataclass(frozen=True)
class Spec:
    """What it is held to."""

    revision: str = REVISION


@dataclass(frozen=True)
class Start:
    """How the system under test is started, else whoever tests it has started it; or a terminal, for each test."""

    command: tuple[str, ...]
    """Its words may have `{shop.url}`, the URL of a peer; those of a terminal's also what it begins a test with."""
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 20.0
    """Within which it answers at /health, or a terminal makes its first request."""


@dataclass(frozen=True)
class Sut:
    """The system under test."""

    roles: tuple[str, ...]
    """The roles, or single parties (`wallet-1`), that it plays."""
    security: str
    urls: Mapping[str, str] = field(default_factory=dict)
    """By party, where its discovery document is."""
    start: Start | None = None
    trigger: Start | None = None
    """How a terminal under test is started, once for each test."""


@dataclass(frozen=True)
class Trust:
    """Keys and roots: NAME.keys.json of every party, and NAME.tls.pem and tls.roots.pem where TLS is spoken."""

    folder: Path


@dataclass(frozen=True)
class Data:
    """What stands before a test: set up over the set-up interface, or listed here as it stands already."""

    token: str = ""
    """What opens the set-up interface."""
    things: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """By the last word of the path at which each would be set up, as docs/wire.md, 6.2, has it."""


@dataclass(frozen=True)
class Peers:
    """The parties that the kit plays."""

    urls: Mapping[str, str] = field(default_factory=dict)
    """How the system under test reaches them, by party, and as `terminals` the relay's first section."""
    bind: str = "127.0.0.1"
    """The address that the kit listens at."""
    tls: str = "off"


@dataclass(frozen=True)
class Timing:
    """How long things take, in milliseconds; `None` for what is measured."""

    response: int | None = None
    """After which something that must come is missing."""
    quiescence: int | None = None
    """After which nothing more comes."""
    longest_wait: int = 5000
    """The longest timer that is waited for, where there is no test controller."""


@dataclass(frozen=True)
class Control:
    """The test controller, if there is one."""

    url: str = ""
    token: str = ""


@dataclass(frozen=True)
class Run:
    """How much is tested."""

    depth: str = "must"
    budget: float = BUDGETS["must"]
    """Seconds, from the start of a run to its end; but for those in which the system under test starts."""
    seed: int = 1
    parallel_sessions: int = 16
    capabilities: tuple[str, ...] = ("json",)


@dataclass(frozen=True)
class Configuration:
    """All of it."""

    source: Path
    document: Document
    spec: Spec
    sut: Sut
    names: Mapping[str, str]
    """By what the model calls a party, what it is called."""
    trust: Trust
    data: Data
    peers: Peers
    timers: Mapping[str, float]
    """The periods of the system under test, in seconds."""
    timing: Timing
    control: Control
    run: Run
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By a word of the system under test for a reason, the protocol's."""
    expectations: Expectations = NOTHING_EXPECTED
    """What it is known to fail."""

    @property
    def under_test(self) -> tuple[str, ...]:
        """The parties under test, by what the model calls them."""
        return self.sut.roles

    @property
    def played(self) -> tuple[str, ...]:
        """The parties that the kit plays and that take requests, by what the model calls them."""
        return tuple(party for party in SERVERS if party not in self.under_test)

    @property
    def can_kill(self) -> bool:
        """Whether the kit can kill a server under test and start it again: it has started it, and no other with it."""
        return self.sut.start is not None and len(self.sut.urls) == 1

    def called(self, party: str) -> str:
        """What a party of the model is called."""
        return self.names.get(party, party)

    def redacted(self) -> dict[str, Any]:
        """The document for a report: without what came from the environment, or is a token."""
        return self.document.redacted()


@cache
def timers_of(role: str) -> tuple[str, ...]:
    """The timers that a role's tables bind."""
    from payrelay.model.configuration import PaymentConfiguration
    from payrelay.model.protocol import build

    system = build(PaymentConfiguration(name="timers", says="every machine", registrations=1))
    found = {
        timer: None
        for instance in system.instances
        if role_of(instance.party) == role
        for timer in instance.table.timers
    }
    return tuple(found)


def read_configuration(path: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """The configuration in a file. Raises ConfigurationError for whatever is wrong."""
    if path.is_dir():
        path = path / FILE
    return _Reading(Document.read(path, environment), environment).configuration()


SECTIONS = (
    *("spec", "sut", "names", "trust", "data", "peers", "timers", "timing", "control", "run"),
    *("error_map", "expect"),
)


class _Reading:
    """A configuration that is being read."""

    def __init__(self, document: Document, environment: Mapping[str, str]) -> None:
        self.document, self.environment = document, environment
        document.only(SECTIONS)

    def configuration(self) -> Configuration:
        """All of it."""
        spec = self.spec()
        sut = self.sut()
        names = self.names()
        timing = self.document.table("timing", ("response_ms", "quiescence_ms", "longest_wait_ms"))
        control = self.document.table("control", ("url", "token"))
        return Configuration(
            source=self.document.path,
            document=self.document,
            spec=spec,
            sut=sut,
            names=names,
            trust=self.trust(),
            data=self.data(sut),
            peers=self.peers(sut),
            timers=self.timers(sut),
            timing=Timing(
                timing.measured("response_ms"),
                timing.measured("quiescence_ms"),
                timing.whole("longest_wait_ms", Timing.longest_wait, least=0),
            ),
            control=Control(control.url("url", "", path=True), control.text("token", "")),
            run=self.run(),
            reasons=self.reasons(),
            expectations=self.expectations(),
        )

    def spec(self) -> Spec:
        """[spec]"""
        table = self.document.table("spec", ("revision",))
        return Spec(table.word("revision", (REVISION,), REVISION))

    def sut(self) -> Sut:
        """[sut]"""
        known = ("role", "roles", "url", "urls", "security", "start", "trigger")
        table = self.document.table("sut", known, needed=True)
        if "role" in table and "roles" in table:
            raise table.wrong("roles", "role and roles are both there; write one of them")
        roles = (table.text("role"),) if "roles" not in table else table.words("roles")
        parties = tuple(dict.fromkeys(self._party(table, "role" if "role" in table else "roles", one) for one in roles))
        servers = [party for party in parties if party in SERVERS]
        if "url" in table and len(servers) != 1:
            raise table.wrong("url", f"there is not one server under test but {len(servers)}; write [sut.urls]")
        if "url" in table:
            urls = {servers[0]: table.url("url")}
        else:
            given = table.table("urls", tuple(servers), needed=bool(servers))
            urls = {party: given.url(party) for party in servers}
        if "trigger" in table and len(servers) == len(parties):
            raise table.wrong("trigger", "it starts terminals, and none is under test; write [sut.start]")
        if "start" in table and not servers:
            raise table.wrong("start", "terminals are started for each test; write [sut.trigger]")
        start, trigger = (self.start(table, key) if key in table else None for key in ("start", "trigger"))
        return Sut(parties, table.word("security", SECURITIES), urls, start, trigger)

    def _party(self, table: Any, key: str, word: str) -> str:
        party = FIRST_OF.get(word, word)
        if party not in (*SERVERS, *TERMINALS):
            raise table.wrong(key, f"no role '{word}'{did_you_mean(word, (*ROLES, 'terminal'))}")
        return party

    def start(self, table: Any, key: str) -> Start:
        """[sut.start], [sut.trigger]"""
        start = table.table(key, ("command", "folder", "environment", "seconds"))
        environment = start.table("environment", None)
        return Start(
            start.words("command"),
            self.document.path.parent / start.text("folder", "."),
            {name: environment.text(name) for name in environment},
            start.number("seconds", Start.seconds),
        )

    def names(self) -> dict[str, str]:
        """[names]"""
        table = self.document.table("names", (*SERVERS, *TERMINALS))
        names = {}
        for party in table:
            name = table.text(party)
            if not is_party(name) or role_of(name) != role_of(party):
                role = role_of(party)
                raise table.wrong(party, f"a {role} is called '{role}', or '{role}-' and something: not '{name}'")
            names[party] = name
        called = [names.get(party, party) for party in SERVERS]
        if double := next((name for name in called if called.count(name) > 1), None):
            raise self.document.table("names", None).wrong("", f"two parties are called '{double}'")
        return names

    def trust(self) -> Trust:
        """[trust]"""
        table = self.document.table("trust", ("folder",), needed=True)
        return Trust(self.document.path.parent / table.text("folder"))

    def data(self, sut: Sut) -> Data:
        """[data]"""
        of_roles = [one for one in SETUPS if one.role in map(role_of, sut.roles)]
        known = ("token", *(one.name for one in of_roles))
        table = self.document.table("data", known, needed=bool(of_roles))
        things = {one.name: self._things(table, one, sut.security) for one in of_roles if one.name in table}
        token = table.text("token", "")
        if not token:
            for one in of_roles:
                if not things.get(one.name):
                    said = f"write its token, or what stands already: [[data.{one.name}]] for each"
                    raise table.wrong(one.name, f"a {one.role} needs data to be tested with; {said}")
        return Data(token, things)

    def _things(self, table: Any, one: SetUp, security: str) -> tuple[object, ...]:
        # What a wallet holds of its users, the operator need not tell: it is learnt from what the wallet sends.
        members = tuple(replace(each, is_optional=each.name == "auth_info") for each in one.shape.members)
        shape = replace(one.shape, members=members)
        reader = Reading(Keyring(party=one.role, security=security), 0)
        found = []
        for place, item in enumerate(table.tables(one.name)):
            try:
                found.append(shape.read(item.plain(), reader, ""))
            except Refusal as refusal:
                malformed = refusal.malformed
                where = malformed.pointer.removeprefix("/").replace("/", ".")
                key = where.partition(".")[0]
                near = did_you_mean(key, shape.known) if malformed.reason == "unknown_member" else ""
                raise item.wrong(key, f"{where}: {REASONS[malformed.reason]}{near}", place) from None
        return tuple(found)

    def peers(self, sut: Sut) -> Peers:
        """[peers]"""
        table = self.document.table("peers", ("urls", "bind", "tls"), needed=True)
        played = [party for party in SERVERS if party not in sut.roles]
        places = [*played, FIRST_SECTION] if "relay" in played else played
        given = table.table("urls", tuple(places))
        urls = {place: given.url(place) for place in given}
        missing = [place for place in places if place not in urls]
        if missing and sut.start is None and sut.trigger is None:
            raise given.wrong(missing[0], "missing: the system under test must be told where this peer will be")
        tls = table.word("tls", CHANNELS, "off")
        for place, url in urls.items():
            if url.startswith("https:") != (tls == "files"):
                scheme = "https" if tls == "files" else "http"
                raise given.wrong(place, f'expected {scheme}, as [peers] tls = "{tls}"')
        return Peers(urls, table.text("bind", Peers.bind), tls)

    def timers(self, sut: Sut) -> dict[str, float]:
        """[timers]"""
        roles = dict.fromkeys(map(role_of, sut.roles))
        wanted = {timer: role for role in roles for timer in timers_of(role)}
        table = self.document.table("timers", tuple(wanted), needed=bool(wanted))
        for timer, role in wanted.items():
            if timer not in table:
                raise table.wrong(timer, f"missing: how many seconds it runs at the {role}")
        periods = {timer: table.number(timer) for timer in wanted}
        from payrelay.host.world import PERIODS

        if set(roles) == {"terminal"}:
            return periods  # how fast the others are is for the kit to decide, which plays them
        if wrong := misfits({**PERIODS, **periods}):
            raise table.wrong("", f"{wrong[0]} (with the usual periods of other roles)")
        return periods

    def reasons(self) -> dict[str, str]:
        """[error_map]"""
        table = self.document.table("error_map", None)
        found = {}
        for word in table:
            found[word] = table.text(word)
            if found[word] not in CANONICAL:
                raise table.wrong(word, f"no reason '{found[word]}'{did_you_mean(found[word], CANONICAL)}")
        return found

    def expectations(self) -> Expectations:
        """[expect]"""
        table = self.document.table("expect", ("file",))
        if "file" not in table:
            return NOTHING_EXPECTED
        return read_expectations(self.document.path.parent / table.text("file"), self.environment)

    def run(self) -> Run:
        """[run]"""
        table = self.document.table("run", ("depth", "budget", "seed", "parallel_sessions", "capabilities"))
        capabilities = table.words("capabilities", Run.capabilities)
        for one in capabilities:
            if one not in CAPABILITIES:
                raise table.wrong("capabilities", f"no capability '{one}'{did_you_mean(one, CAPABILITIES)}")
        depth = table.word("depth", DEPTHS, Run.depth)
        return Run(
            depth,
            table.duration("budget", BUDGETS[depth]),
            table.whole("seed", Run.seed, least=0),
            table.whole("parallel_sessions", Run.parallel_sessions, least=1),
            capabilities,
        )


def address_of(url: str, bind: str) -> tuple[str, int]:
    """What is bound for a URL."""
    parts = urlsplit(url)
    return bind, parts.port or {"http": 80, "https": 443}[parts.scheme]


__all__ = ["Configuration", "Wrong", "read_configuration"]
