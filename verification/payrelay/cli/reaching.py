"""Reaching: where a terminal at the shell finds its relay and its shop, and what it needs to speak with them."""

from __future__ import annotations

import os
import shlex
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import httpx2

from payrelay.cli.errors import UsageError, one_line
from payrelay.host.addresses import Addresses
from payrelay.host.client import Client
from payrelay.host.keyring_files import read_keyring
from payrelay.host.world import PERIODS
from payrelay.language.links import role_of
from payrelay.model.links import DIRECT_EDGE, TERMINAL_EDGE
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import TERMINAL, settings_in
from payrelay.reference_impl.terminals import addresses_for_terminals, terminal_keyring
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.discovery import Discovery, read_discovery
from payrelay.wire.exchange import Request
from payrelay.wire.keyring import Keyring
from payrelay.wire.problem_documents import Problem
from payrelay.wire.symbols import is_name

DISCOVERY_SECONDS = 10.0


class UnreachableError(Exception):
    """Nobody answers there, or somebody who is none of this protocol. One line with a suggestion."""


@dataclass(frozen=True)
class Reach:
    """Who is there for a terminal, and how it speaks with them."""

    keyring: Keyring
    """The terminal's own: who it is, whom it believes, for whom it can seal. It has no keys."""
    addresses: Addresses
    session: str
    relay: str
    words: str
    """The options that reach the same again."""
    shop: str = ""
    """Empty if there is none to order at."""
    goods: Mapping[str, str] | None = None
    """What can be ordered, with its price; None if only the shop knows."""
    wallets: tuple[str, ...] | None = None
    """The wallets for which users can register; None if only the relay knows."""
    folder: Path | None = None
    roots: Path | None = None
    """The roots by which the certificates of channels are issued; None for those that this machine trusts."""
    periods: Mapping[str, float] = field(default_factory=lambda: dict(PERIODS))

    @property
    def security(self) -> str:
        """The level of security of all that is said."""
        return self.keyring.security


def in_folder(folder: Path) -> Reach:
    """The system of a folder, as `payrelay serve` wrote it."""
    settings = {read.role: read for read in (read_settings(path, os.environ) for path in settings_in(folder))}
    relay, shop = settings.get("relay"), settings.get("shop")
    if relay is None or relay.terminals is None or relay.relay is None or not relay.relay.guest_session:
        raise UsageError(f"{folder} has no relay with a session for guests; name one: --relay URL")
    file = folder / f"{TERMINAL}.keys.json"
    if not file.exists():
        raise UsageError(f"{folder} has no keyring for terminals; write another system: payrelay serve --folder NAME")
    keyring = read_keyring(file)
    if keyring.security != relay.party.security:
        raise UsageError(f"{folder}: the keyring of its terminal is {keyring.security}, and its relay is not")
    return Reach(
        keyring=terminal_keyring(keyring, _name()),
        addresses=addresses_for_terminals(relay, shop),
        session=relay.relay.guest_session,
        relay=relay.party.name,
        words=f"--folder {shlex.quote(str(folder))}",
        shop=shop.party.name if shop else "",
        goods={one.name: str(one.price) for one in shop.shop.goods} if shop and shop.shop else None,
        wallets=relay.peers_of("wallet"),
        folder=folder,
        roots=relay.tls.roots if relay.tls and relay.terminals.url.is_secure else None,
        periods=relay.timers,
    )


async def at_urls(
    relay_url: str, shop_url: str | None, session: str | None, keyring_file: Path | None, roots: Path | None
) -> Reach:
    """The relay at a URL, and the shop at another, if one is to order there, by their discovery documents."""
    if not session:
        raise UsageError("a relay wants to know whose terminal it is: --session, or PAYRELAY_SESSION")
    if not is_name("session", session):
        raise UsageError("the session is none that a relay gives: 22 to 256 letters, digits, - and _")
    async with connections(roots) as client:
        relay = await _discovered(client, relay_url, "relay")
        shop = await _discovered(client, shop_url, "shop") if shop_url else None
    of_link = {(relay.party, TERMINAL_EDGE.name): relay.links[TERMINAL_EDGE.name]}
    words = f"--relay {shlex.quote(relay_url)}"
    if shop and shop_url:
        of_link[shop.party, DIRECT_EDGE.name] = shop.links[DIRECT_EDGE.name]
        words += f" --shop {shlex.quote(shop_url)}"
    if keyring_file:
        words += f" --keyring {shlex.quote(str(keyring_file))}"
    if roots:
        words += f" --roots {shlex.quote(str(roots))}"
    return Reach(
        keyring=_keyring(relay.security, keyring_file),
        addresses=Addresses(of_link=of_link),
        session=session,
        relay=relay.party,
        words=words,
        shop=shop.party if shop else "",
        roots=roots,
    )


def connections(roots: Path | None) -> httpx2.AsyncClient:
    """What connections are made with. Where they are channels, the server's name must be that of its certificate."""
    try:
        context = ssl.create_default_context(cafile=roots)
    except OSError as error:  # what is no PEM is one, too
        raise UsageError(f"{roots}: no roots can be read there, as PEM: {one_line(error)}") from None
    return httpx2.AsyncClient(trust_env=False, verify=context)


def _name() -> str:
    """What this terminal calls itself: as no other terminal of its session does (W-TERM-19)."""
    return f"{TERMINAL}-{token_hex(8)}"


def _keyring(security: str, file: Path | None) -> Keyring:
    """What a relay of this level of security is spoken with."""
    if file is None:
        if security == "hardened":
            raise UsageError(
                "the relay is hardened: whom to believe, and for whom to seal, stands in a keyring without keys, "
                f"as a folder of payrelay serve has it in {TERMINAL}.keys.json: --keyring FILE"
            )
        return Keyring(party=_name(), security=security)
    read = read_keyring(file)
    if read.security != security:
        raise UsageError(f"{file} is {read.security}, and the relay is {security}: name the keyring for this relay")
    return terminal_keyring(read, _name())


async def _discovered(client: httpx2.AsyncClient, url: str, role: str) -> Discovery:
    """What the party at a URL says of itself."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"--{role} '{url}' is no URL of a server; write it as http://127.0.0.1:8800")
    response = await Client(client)(url.rstrip("/") + DISCOVERY, Request("GET", DISCOVERY), DISCOVERY_SECONDS)
    if response is None:
        is_trusted = ", and trusted (--roots FILE)" if parts.scheme == "https" else ""
        raise UnreachableError(f"nobody answers at {url}; is the {role} running there{is_trusted}?")
    found = read_discovery(response.body) if response.status == 200 else Problem("", f"status {response.status}")
    if isinstance(found, Problem):
        raise UnreachableError(f"{url} does not answer as a {role} does: {found.detail}; is it the right URL?")
    if found.role != role:
        raise UsageError(f"{url} is a {found.role}: --{found.role} {url}" if found.role in ("relay", "shop") else
                         f"{url} is the {role_of(found.party)} {found.party}, and no {role}")  # fmt: skip
    return found


def now() -> int:
    """The time, in seconds since 1970."""
    return int(time.time())
