"""Plan: what is under test, where it is, and where the kit listens that plays the rest."""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.conformance.configuration import FIRST_OF, FIRST_SECTION, SERVERS, timers_of
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.links import role_of
from payrelay.model.data import SECURITIES

TERMINAL = "terminal"
ROLES = ("relay", "shop", "wallet", "payment", "authority", "terminal")
PARTIES = (*ROLES, *(party for party in SERVERS if party not in ROLES))
"""What a system under test can play: a role, or one of the two wallets."""
FIRST_PORT = 9100
HOST = "127.0.0.1"
PORT = 9000
"""Where the first system under test is, if nothing else is said; each further one at the next port."""


@dataclass(frozen=True)
class Plan:
    """What folder is to be written."""

    roles: tuple[str, ...]
    """What is under test: roles, or single wallets."""
    urls: tuple[str, ...] = ()
    """Where each of the servers under test is, in the same order; nothing for the usual ports."""
    security: str = "plain"
    first_port: int = FIRST_PORT
    """The first of the ports that the kit listens at, in a row."""
    tls: bool = False

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties under test."""
        return tuple(FIRST_OF.get(role, role) for role in self.roles)

    @property
    def servers(self) -> tuple[str, ...]:
        """Those of them that take requests."""
        return tuple(party for party in self.parties if party in SERVERS)

    @property
    def where(self) -> dict[str, str]:
        """By server under test, where it is."""
        usual = [f"{self.scheme}://{HOST}:{PORT + at}" for at in range(len(self.servers))]
        return dict(zip(self.servers, self.urls or usual, strict=True))

    @property
    def under_test(self) -> tuple[str, ...]:
        """The roles of all that is under test, each once."""
        return tuple(dict.fromkeys(map(role_of, self.parties)))

    @property
    def timers(self) -> tuple[str, ...]:
        """The timers of all that is under test."""
        return tuple(dict.fromkeys(timer for role in self.under_test for timer in timers_of(role)))

    @property
    def scheme(self) -> str:
        """How all speak."""
        return "https" if self.tls else "http"

    @property
    def places(self) -> tuple[str, ...]:
        """Where the kit listens: each party that it plays, and the relay's first section."""
        played = [party for party in SERVERS if party not in self.parties]
        return tuple([FIRST_SECTION, *played] if "relay" in played else played)

    @property
    def peers(self) -> dict[str, str]:
        """Where the kit's parties are."""
        return {place: f"{self.scheme}://{HOST}:{self.first_port + at}" for at, place in enumerate(self.places)}

    def check(self) -> None:
        """Raises ConfigurationError for a plan that cannot be carried out."""
        for role in self.roles:
            if role not in PARTIES:
                raise ConfigurationError(f"no role '{role}'{did_you_mean(role, PARTIES)}")
        if len(set(self.parties)) < len(self.parties):
            raise ConfigurationError(f"one of {', '.join(self.roles)} is named twice")
        if self.security not in SECURITIES:
            raise ConfigurationError(f"no level of security '{self.security}'{did_you_mean(self.security, SECURITIES)}")
        last = self.first_port + len(self.places) - 1
        if self.first_port < 1024 or last > 65535:
            raise ConfigurationError(f"ports {self.first_port} to {last} cannot be had: begin at 1024 to 65000")
        if self.urls and len(self.urls) != len(self.servers):
            raise ConfigurationError(f"{len(self.urls)} URLs for {len(self.servers)} servers under test: one for each")
        for url in self.urls:
            if not url.startswith(f"{self.scheme}:"):
                raise ConfigurationError(
                    f"{url} does not go with {'--tls' if self.tls else 'plain HTTP'}: all speak TLS, or nobody does"
                )
