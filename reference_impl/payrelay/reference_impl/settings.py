"""A party's settings: all that it can be told before it starts, in sections as its file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from payrelay.host.limits import Limits
from payrelay.host.tls import Tls
from payrelay.host.unreliable import Weather
from payrelay.host.world import PERIODS, World
from payrelay.language.links import role_of
from payrelay.model.conversion import Amount


@dataclass(frozen=True)
class Url:
    """Where a server is reached: scheme, host and port, without a path."""

    text: str
    host: str
    port: int

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken there."""
        return self.text.startswith("https:")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Party:
    """Who it is."""

    name: str
    security: str = "hardened"


@dataclass(frozen=True)
class Listener:
    """Where it takes requests."""

    url: Url
    """How others reach it."""
    listen: str = ""
    """`host:port` that it binds, where that is not what the URL says."""

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it binds."""
        host, _, port = self.listen.rpartition(":")
        return (host, int(port)) if self.listen else (self.url.host, self.url.port)


@dataclass(frozen=True)
class Storage:
    """Where it keeps what is durable."""

    url: str
    """As SQLAlchemy has it; the file of a SQLite database is relative to the folder of the settings."""
    fails_at: int = 0
    """The step that cannot be kept, counted from the start: for trying out what then happens. 0 for none."""

    def beside(self, settings: Path) -> str:
        """The URL, whatever the current folder is."""
        start, _, file = self.url.partition("sqlite:///")
        is_relative = not start and file and not file.startswith(("/", ":"))
        return f"sqlite:///{settings.resolve().parent / file}" if is_relative else self.url


@dataclass(frozen=True)
class Keys:
    """Where its keyring is."""

    file: Path


@dataclass(frozen=True)
class Log:
    """The event log."""

    key: str = ""
    """What secrets are told apart by in it: the same text for all parties whose logs are read together."""
    names_runs: bool = False
    """Whether each event has the name of its run, and each request says it (W-HTTP-18): for trying out, as it tells a
    wallet that is asked for which order it is."""


@dataclass(frozen=True)
class Variant:
    """What the party does otherwise than its role says, for trying out."""

    file: Path | None = None


@dataclass(frozen=True)
class Profile:
    """Where its processor time goes."""

    taken: bool = False
    """Whether that is written down when it ends, into `NAME.profile.json` beside the settings."""


@dataclass(frozen=True)
class SetUp:
    """The set-up interface; without a token it is off."""

    token: str = ""


@dataclass(frozen=True)
class Goods:
    """One thing in a shop's catalogue."""

    name: str
    price: Amount


@dataclass(frozen=True)
class Shop:
    """What a shop sells, and how it is paid."""

    payee_name: str
    relay: str
    payment_server: str
    brands: tuple[str, ...]
    terminals_of_relay: Url
    """Where the relay takes terminals: whom a browser is sent to in order to pay."""
    goods: tuple[Goods, ...] = ()


@dataclass(frozen=True)
class Wallet:
    """Whom a wallet believes, and what users whom it takes on can pay with."""

    authorities: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    display_name: str = ""
    """What it calls itself on a page; its name, if nothing is said."""


@dataclass(frozen=True)
class Relay:
    """How the relay differs from others."""

    asks_payment_server: bool = False
    """Claim 8 read literally: the relay asks the payment server once the outcome is in doubt."""
    guest_session: str = ""
    """A session that was set up: a browser that comes without one gets another of the same user. For trying out."""


@dataclass(frozen=True)
class Authority:
    """How an authority registers."""

    tries: int = World.tries
    """How often a form may be answered."""


@dataclass(frozen=True)
class Trial:
    """What goes wrong on purpose: for trying out what then happens. Nothing does, if nothing is said."""

    dies_in: tuple[str, ...] = ()
    """The states in which it is killed between commit and send, as `relay_procedure.settling`, or
    `relay_procedure.settling:3` for the third time since the start that a machine enters it."""
    dies_after: float = 0.0
    """For how many seconds from its start it is not, whatever its machines do."""
    loses_requests: float = 0.0
    """The share of the requests it sends that do not arrive."""
    doubles_requests: float = 0.0
    delays_requests: float = 0.0
    longest_delay: float = 1.0
    loses_answers: float = 0.0
    clock_forward: float = 0.0
    """By how many seconds its clock is set forward,"""
    clock_back: float = 0.0
    """or back,"""
    clock_after: float = 1.0
    """and how many seconds after its start."""
    seed: int = 1
    """What decides which requests it is."""

    @property
    def weather(self) -> Weather:
        """What its network is like."""
        return Weather(
            loses_requests=self.loses_requests,
            doubles_requests=self.doubles_requests,
            delays_requests=self.delays_requests,
            longest_delay=self.longest_delay,
            loses_answers=self.loses_answers,
        )


@dataclass(frozen=True)
class Settings:
    """All settings of one party."""

    source: Path
    party: Party
    server: Listener
    """Where other servers send."""
    storage: Storage
    keys: Keys
    tls: Tls | None = None
    terminals: Listener | None = None
    """Where terminals come to: the relay's first communicating section."""
    peers: Mapping[str, Url] = field(default_factory=dict)
    """Whom it speaks with, and where their discovery documents are."""
    limits: Limits = field(default_factory=Limits)
    timers: Mapping[str, float] = field(default_factory=lambda: dict(PERIODS))
    """The period of every timer, in seconds."""
    log: Log = field(default_factory=Log)
    profile: Profile = field(default_factory=Profile)
    setup: SetUp = field(default_factory=SetUp)
    variant: Variant = field(default_factory=Variant)
    trial: Trial = field(default_factory=Trial)
    relay: Relay | None = None
    shop: Shop | None = None
    wallet: Wallet | None = None
    authority: Authority | None = None

    @property
    def role(self) -> str:
        """The role of the party."""
        return role_of(self.party.name)

    def peers_of(self, role: str) -> tuple[str, ...]:
        """The peers of a role, in the order of the file."""
        return tuple(peer for peer in self.peers if role_of(peer) == role)
