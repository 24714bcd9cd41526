"""A whole system in a folder: test roots, keyrings, settings and filled databases of every party, on loopback ports.

For trying out and for tests. Whoever has the folder has every key in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from shutil import rmtree
from tempfile import mkdtemp

from sqlalchemy import make_url

from payrelay.host.identifiers import fresh_identifier
from payrelay.host.keyring_files import write_keyring
from payrelay.host.party import Party
from payrelay.host.populations.wallet import masked
from payrelay.host.storage import Storage
from payrelay.host.tls_files import make_issuer, write_certificate, write_roots
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.links import role_of
from payrelay.language.terms import Sealed, Symbol
from payrelay.model.data import SECURITIES, AuthInfo, sealed, signed
from payrelay.reference_impl.servers import keyring_of, open_storage, world_of
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.single_writer import held_file
from payrelay.wire.exchange import Request
from payrelay.wire.identities import keyrings
from payrelay.wire.set_up import (
    Decision,
    EnrolledAt,
    IssuedAccount,
    KnownAs,
    OpenSession,
    RegistrableUser,
    UserEnrolment,
    set_up_request,
)

TERMINAL = "terminal"
"""What the keyring for terminals is called in a folder. A terminal gives itself a name of its own."""
ORDER_OF_PARTIES = ("authority", "payment", "wallet", "shop", "relay")
"""The roles in the order in which their parties are started: whoever is asked before whoever asks."""
BRAND = "payrelay"
USER = "user"
PIN = "1234"
ACCOUNT = "4000 1234"
SETUP = ".setup.json"
"""What follows the name of a party in that of the file of requests by which it is set up."""
TLS_ROOTS = "tls.roots.pem"
"""The file with the certificate of the root of a system's channels."""
GOODS = (("A book", "1200 JPY"), ("A pen", "150 JPY"), ("A lamp", "4980 JPY"))
BEFORE = 3600
"""How many seconds before now certificates begin to hold: clocks differ."""


@dataclass(frozen=True)
class Plan:
    """What system is to be written."""

    security: str = "plain"
    """A browser has no keys: at hardened only a program can pay."""
    wallets: int = 2
    enrolled: int | None = None
    """At how many of its wallets, the first ones, the user is enrolled; None for all."""
    first_port: int = 8800
    host: str = "127.0.0.1"
    tls: bool = False
    """Whether all speak TLS, with certificates of a root of the system's own."""
    declined: tuple[str, ...] = ()
    """The wallets whose account the issuer declines, for trying out."""
    doubted: tuple[str, ...] = ()
    """The questions of a registration whose answers are found wrong, once each, for trying out."""
    foreign: tuple[str, ...] = ()
    """The parties that somebody else's implementation plays. They have no database here: what stands at them before
    anything begins is a file of requests to their set-up interfaces, `PARTY.setup.json`."""

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of their ports."""
        return ("relay", "shop", *self.wallet_names, "payment", "authority")

    @property
    def wallet_names(self) -> tuple[str, ...]:
        """The wallets."""
        return tuple(f"wallet-{number}" for number in range(1, self.wallets + 1))

    @property
    def enrolled_at(self) -> tuple[str, ...]:
        """The wallets at which the user is enrolled."""
        return self.wallet_names[: self.enrolled]

    @property
    def ports(self) -> range:
        """The ports of all listeners: the relay's for terminals, then that of each party for servers."""
        return range(self.first_port, self.first_port + 1 + len(self.parties))

    @property
    def terminals_url(self) -> str:
        """Where terminals speak to the relay."""
        return f"{self.scheme}://{self.host}:{self.ports[0]}"

    def url(self, party: str) -> str:
        """Where a party listens to servers."""
        return f"{self.scheme}://{self.host}:{self.ports[1 + self.parties.index(party)]}"

    @property
    def scheme(self) -> str:
        """What all URLs begin with."""
        return "https" if self.tls else "http"

    def check(self) -> None:
        """Raises ConfigurationError for a plan that cannot be carried out."""
        if self.security not in SECURITIES:
            raise ConfigurationError(f"no level of security '{self.security}': write {', '.join(SECURITIES)}")
        if not 1 <= self.wallets <= 20:
            raise ConfigurationError(f"a system has 1 to 20 wallets, not {self.wallets}")
        if self.enrolled is not None and not 0 <= self.enrolled <= self.wallets:
            raise ConfigurationError(
                f"a user is enrolled at 0 to {self.wallets} of its {self.wallets} wallets, not at {self.enrolled}"
            )
        if unknown := set(self.foreign) - set(self.parties):
            raise ConfigurationError(f"no party '{min(unknown)}'{did_you_mean(min(unknown), self.parties)}")
        last = self.ports[-1]
        if self.first_port < 1024 or last > 65535:
            raise ConfigurationError(f"ports {self.first_port} to {last} cannot be had: begin at 1024 to 65000")


def write_system(folder: Path, plan: Plan, *, now: int, random: Callable[[int], bytes]) -> tuple[Path, ...]:
    """Write a system to a new folder; the settings of its parties, in the order in which they are started."""
    plan.check()
    try:
        if folder.exists():
            raise ConfigurationError(f"{folder} is there already: name another folder, or remove it")
        if not folder.parent.exists():
            folder.parent.mkdir(parents=True)
        beginning = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot make the folder: {error.strerror}") from None
    # It gets its name once it is whole: what is cut short is no system.
    try:
        _write(beginning, plan, now, random)
        beginning.rename(folder)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot write a system there: {error.strerror}") from None
    finally:
        rmtree(beginning, ignore_errors=True)
    return settings_in(folder)


def _write(folder: Path, plan: Plan, now: int, random: Callable[[int], bytes]) -> None:
    """Write everything of a system to a folder that is there."""
    identifiers = _Identifiers(random)
    rings = keyrings((*plan.parties, TERMINAL), random(32), now - BEFORE, security=plan.security)
    log_key, token, guest = (identifiers.text() for _ in range(3))
    issuer_of_tls = make_issuer(now - BEFORE) if plan.tls else None
    if issuer_of_tls is not None:
        write_roots(folder / TLS_ROOTS, [issuer_of_tls])
    for party, ring in rings.items():
        write_keyring(folder / f"{party}.keys.json", ring)
    for party in plan.parties:
        if issuer_of_tls is not None:
            write_certificate(folder / f"{party}.tls.pem", party, [plan.host], issuer_of_tls, now - BEFORE)
        path = folder / f"{party}.toml"
        path.touch(mode=0o600)
        path.write_text("\n".join(_settings(plan, party, log_key, token, guest)) + "\n", encoding="utf-8")
    settings = {party: read_settings(folder / f"{party}.toml", {}) for party in plan.parties}
    things = list(_things(plan, guest, identifiers))
    issuer = replace(rings["authority"].at(now, random), made={})
    for party in plan.parties:
        token_of = settings[party].setup.token
        told = [set_up_request(thing, issuer, party, token_of) for receiver, thing in things if receiver == party]
        if party in plan.foreign:
            write_requests(folder / f"{party}{SETUP}", told)
        else:
            _fill(settings[party], told, now, random)


def settings_in(folder: Path) -> tuple[Path, ...]:
    """The settings files of a system in a folder, in the order in which their parties are started."""
    found = sorted(folder.glob("*.toml"), key=lambda path: (_place(path.stem), path.name))
    if not found:
        said = "there are no settings of any party; write a system there first"
        raise ConfigurationError(f"{folder}: {said}: payrelay serve --folder {quote(str(folder))}")
    return tuple(found)


@contextmanager
def storages_of(settings: Iterable[Path], *, at_rest: bool = False) -> Iterator[dict[str, Storage]]:
    """The databases of parties, opened to be read: for an audit, or for their logs.

    With `at_rest`, no party starts while they are read, and one that runs is a StorageError: known of files only.
    """
    with ExitStack() as stack:
        opened = {}
        for path in settings:
            read = read_settings(path, os.environ)
            opened[read.party.name] = stack.enter_context(closing(open_storage(read, is_writer=False)))
            if at_rest and (lock := held_file(make_url(read.storage.beside(path)))):
                stack.enter_context(lock)
        yield opened


def _place(party: str) -> int:
    role = role_of(party)
    return ORDER_OF_PARTIES.index(role) if role in ORDER_OF_PARTIES else len(ORDER_OF_PARTIES)


class _Identifiers:
    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random

    def text(self) -> str:
        return fresh_identifier(self._random)

    def symbol(self, kind: str) -> Symbol:
        return Symbol(kind, self.text())


def _settings(plan: Plan, party: str, log_key: str, token: str, guest: str) -> Iterator[str]:
    """The lines of a settings file."""

    def says(key: str, value: str | list[str] | bool) -> str:
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"

    role = role_of(party)
    yield from ("[party]", says("name", party), says("security", plan.security), "")
    if role == "relay":
        yield from ("[terminals]", says("url", plan.terminals_url), "")
    yield from ("[server]", says("url", plan.url(party)), "")
    yield from ("[storage]", says("url", f"sqlite:///{party}.sqlite"), "")
    yield from ("[keys]", says("file", f"{party}.keys.json"), "")
    if plan.tls:
        yield from ("[tls]", says("certificate", f"{party}.tls.pem"), says("roots", TLS_ROOTS), "")
    yield from ("[log]", says("key", log_key), says("names_runs", True), "")
    yield from ("[setup]", says("token", token), "")
    if role == "relay":
        yield from ("[relay]", says("guest_session", guest), "")
    if role == "shop":
        yield from ("[shop]", says("payee_name", "Bookshop"), says("relay", "relay"), says("payment_server", "payment"))
        yield from (says("brands", [BRAND]), says("terminals_of_relay", plan.terminals_url), "")
        for name, price in GOODS:
            yield from ("[[shop.goods]]", says("name", name), says("price", price), "")
    if role == "wallet":
        yield from ("[wallet]", says("authorities", ["authority"]), says("brands", [BRAND]), "")
    yield "[peers]"
    yield from (says(peer, plan.url(peer)) for peer in plan.parties if peer != party)


def _things(plan: Plan, guest: str, identifiers: _Identifiers) -> Iterator[tuple[str, object]]:
    """What stands before anything begins: one user, with one account that pays, enrolled with it."""
    account, empty = Symbol("account", ACCOUNT), Symbol("account", f"empty {ACCOUNT}")
    user_refs = {peer: identifiers.symbol("user_ref") for peer in (*plan.wallet_names, "authority")}
    enrolled = tuple(EnrolledAt(wallet, (BRAND,)) for wallet in plan.enrolled_at)
    known = tuple(KnownAs(peer, user_ref) for peer, user_ref in user_refs.items())
    yield "relay", OpenSession(Symbol("session", guest), USER, enrolled, known)
    yield "payment", IssuedAccount(account, Decision.APPROVES)
    if plan.declined:
        yield "payment", IssuedAccount(empty, Decision.DECLINES)
    yield "authority", RegistrableUser(user_refs["authority"], True, plan.doubted)
    for wallet in plan.enrolled_at:
        debited = empty if wallet in plan.declined else account
        yield wallet, enrolment(wallet, user_refs, debited, plan.security, identifiers.symbol)


def enrolment(
    wallet: str, user_refs: Mapping[str, Symbol], account: Symbol, security: str, symbol: Callable[[str], Symbol]
) -> UserEnrolment:
    """What a wallet knows of a user who is registered for it; `symbol` makes an identifier of a kind."""
    secret = sealed(wallet, symbol("secret"), security)
    assert isinstance(secret, Sealed | Symbol)
    info = AuthInfo(
        reg_id=symbol("reg_id"),
        subject=user_refs["authority"].name,
        wallet=wallet,
        certificate=symbol("certificate"),
        secret=secret,
        account=account,
        enrolment_nonce=symbol("enrolment_nonce"),
        user_auth=Sealed(wallet, Symbol("user_auth", PIN)) if security == "hardened" else None,
    )
    name = f"Wallet {wallet.removeprefix('wallet-')}"
    return UserEnrolment(
        user_refs[wallet], "relay", name, (masked(account),), (BRAND,), signed("authority", info, security)
    )


def write_requests(path: Path, requests: Iterable[Request]) -> None:
    """Write requests to a new file that only its owner can read: there are tokens in it."""
    told = [
        {"method": one.method, "path": one.path, "headers": dict(one.headers), "body": one.body.decode()}
        for one in requests
    ]
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def read_requests(path: Path) -> tuple[Request, ...]:
    """The requests in a file."""
    return tuple(
        Request(one["method"], one["path"], tuple(one["headers"].items()), one["body"].encode())
        for one in json.loads(path.read_text(encoding="utf-8"))
    )


def _fill(settings: Settings, told: list[Request], now: int, random: Callable[[int], bytes]) -> None:
    """Set things up in a party's database, as if the party had been told."""
    party = Party(
        keyring_of(settings),
        open_storage(settings),
        world=world_of(settings),
        clock=lambda: float(now),
        random=random,
    )
    for request in told:
        problem = party.set_up(request)
        assert problem is None, problem
    party.close()
