"""Initial folder: what `payrelay conform init` writes for whoever has made one of the roles.

A configuration with comments, keys of all parties under test roots of its own, and one page that says what the system
under test is to be given. Whoever has the folder has every key in it: it is for tests alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from cryptography.hazmat.primitives import serialization

from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.configuration import BUDGETS, FILE, FIRST_OF, FIRST_SECTION, REVISION, SERVERS, timers_of
from payrelay.host.identifiers import fresh_identifier
from payrelay.host.keyring_files import write_keyring
from payrelay.host.tls_files import make_issuer, write_certificate, write_roots
from payrelay.host.world import PERIODS
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.links import role_of
from payrelay.model.data import SECURITIES
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.discovery import links_served
from payrelay.wire.identities import keyrings
from payrelay.wire.keyring import Keyring
from payrelay.wire.set_up import SETUPS

FOLDER = Path("conform")
KEYS = "keys"
PAGE = "README.md"
TLS_ROOTS = "tls.roots.pem"
TERMINAL = "terminal"
BEFORE = 3600
"""How many seconds before now certificates begin to hold: clocks differ."""
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
    def where(self) -> dict[str, str]:
        """By server under test, where it is."""
        servers = [party for party in self.parties if role_of(party) != TERMINAL]
        usual = [f"{self.scheme}://{HOST}:{PORT + at}" for at in range(len(servers))]
        return dict(zip(servers, self.urls or usual, strict=True))

    @property
    def timers(self) -> tuple[str, ...]:
        """The timers of all that is under test."""
        return tuple(dict.fromkeys(timer for party in self.parties for timer in timers_of(role_of(party))))

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
        servers = [party for party in self.parties if role_of(party) != TERMINAL]
        if self.urls and len(self.urls) != len(servers):
            raise ConfigurationError(f"{len(self.urls)} URLs for {len(servers)} servers under test: one for each")
        for url in self.urls:
            if not url.startswith(f"{self.scheme}:"):
                raise ConfigurationError(
                    f"{url} does not go with {'--tls' if self.tls else 'plain HTTP'}: all speak TLS, or nobody does"
                )


def write_folder(folder: Path, plan: Plan, *, random: Callable[[int], bytes], now: int | None = None) -> None:
    """Write a new folder. Raises ConfigurationError if it cannot be."""
    plan.check()
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigurationError(f"{folder} is there already: name another folder, or remove it")
        folder.parent.mkdir(parents=True, exist_ok=True)
        beginning = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot make the folder: {error.strerror}") from None
    # It gets its name once it is whole.
    try:
        _write(beginning, plan, random, int(time.time()) if now is None else now)
        if folder.exists():
            folder.rmdir()
        beginning.rename(folder)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot write there: {error.strerror}") from None
    finally:
        rmtree(beginning, ignore_errors=True)


def _write(folder: Path, plan: Plan, random: Callable[[int], bytes], now: int) -> None:
    rings = keyrings((*SERVERS, TERMINAL, *BYSTANDERS.values()), random(32), now - BEFORE, security=plan.security)
    keys = folder / KEYS
    keys.mkdir(mode=0o700)
    for party, ring in rings.items():
        write_keyring(keys / f"{party}.keys.json", ring)
    if plan.tls:
        issuer = make_issuer(now - BEFORE)
        write_roots(keys / TLS_ROOTS, [issuer])
        for party in SERVERS:
            write_certificate(keys / f"{party}.tls.pem", party, [HOST, "localhost"], issuer, now - BEFORE)
    given = [_Given(folder, party, plan) for party in plan.parties]
    for one in given:
        one.write(rings[one.name], keys)
    token = fresh_identifier(random)
    configuration = folder / FILE
    configuration.touch(mode=0o600)
    configuration.write_text(_configuration(plan, token), encoding="utf-8")
    page = folder / PAGE
    page.touch(mode=0o600)
    page.write_text("\n".join(_page(plan, token, given)) + "\n", encoding="utf-8")


class _Given:
    """The files for a party under test: the same keys as in its keyring, as PEM."""

    def __init__(self, folder: Path, party: str, plan: Plan) -> None:
        self.folder, self.plan = folder / f"for-{party}", plan
        self.name = TERMINAL if role_of(party) == TERMINAL else party
        self.written: list[tuple[str, str]] = []
        """Name and what it is."""

    def write(self, ring: Keyring, keys: Path) -> None:
        """All of them."""
        self.folder.mkdir(mode=0o700)
        name = self.name
        self._file("keyring.json", (keys / f"{name}.keys.json").read_bytes(), "all keys, roots and recipients in one")
        for purpose, pair in ring.signers.items():
            what = f"signs with, as {purpose}"
            self._file(f"signs-{purpose}.key.pem", _private(pair.key), f"the private key that {name} {what}")
            self._file(f"signs-{purpose}.certificate.pem", _pem(pair.certificate), "its certificate")
        for pair in ring.openers:
            self._file("opens.key.pem", _private(pair.key), f"the private key that {name} opens with what is sealed")
            self._file("opens.certificate.pem", _pem(pair.certificate), "its certificate")
        for purpose, roots in ring.roots.trusted.items():
            said = f"the root to trust for certificates of purpose {purpose}"
            self._file(f"root-{purpose}.pem", b"".join(map(_pem, roots)), said)
        for party, certificate in ring.recipients.items():
            if party != name:
                self._file(f"seals-for-{party}.pem", _pem(certificate), f"the certificate to seal for {party} with")
        if self.plan.tls:
            if name != TERMINAL:
                said = "the key and certificate of its channels"
                self._file("tls.pem", (keys / f"{name}.tls.pem").read_bytes(), said)
            self._file(TLS_ROOTS, (keys / TLS_ROOTS).read_bytes(), "the root of all channels")

    def _file(self, name: str, contents: bytes, what: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(contents)
        self.written.append((name, what))


def _private(key: object) -> bytes:
    private: bytes = key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private


def _pem(certificate: object) -> bytes:
    pem: bytes = certificate.public_bytes(serialization.Encoding.PEM)  # type: ignore[attr-defined]
    return pem


def _configuration(plan: Plan, token: str) -> str:
    """The text of the configuration."""
    roles = dict.fromkeys(map(role_of, plan.parties))
    begun = ([START] if plan.where else []) + ([TRIGGER] if TERMINAL in roles else [])
    return CONFIGURATION.format(
        revision=REVISION,
        roles=_roles(plan),
        security=plan.security,
        where=_where(plan),
        begun="\n".join(begun),
        names="\n".join(f'# {party} = "{role_of(party)}-of-mine"' for party in plan.parties),
        keys=KEYS,
        data=_data(tuple(roles), token),
        host=HOST,
        tls="files" if plan.tls else "off",
        peers="\n".join(f'{place} = "{url}"' for place, url in plan.peers.items()),
        budgets=", ".join(f"{depth} {seconds:g}s" for depth, seconds in BUDGETS.items()),
        timers="\n".join(f"{timer} = {PERIODS[timer]:g}" for timer in plan.timers) or "# It has none.",
        control=next(iter(plan.where.values()), f"{plan.scheme}://{HOST}:{PORT}"),
    )


def _roles(plan: Plan) -> str:
    if len(plan.roles) == 1:
        return f'role = "{plan.roles[0]}"'
    quoted = ", ".join(f'"{role}"' for role in plan.roles)
    return f"roles = [{quoted}]"


def _where(plan: Plan) -> str:
    match list(plan.where.items()):
        case []:
            return "# A terminal has no URL: it comes to the kit."
        case [(_, url)]:
            return f'# Where its {DISCOVERY} is.\nurl = "{url}"'
        case several:
            urls = ", ".join(f'{party} = "{url}"' for party, url in several)
            return f"# Where the {DISCOVERY} of each is.\nurls = {{ {urls} }}"


def _data(roles: tuple[str, ...], token: str) -> str:
    of_roles = [one for one in SETUPS if one.role in roles]
    if not of_roles:
        return "# It needs none."
    listed = [
        f"# [[data.{one.name}]]\n" + "\n".join(f"# {name} = {example}" for name, example in EXAMPLES[one.name])
        for one in of_roles
    ]
    return DATA.format(token=token, listed="\n".join(listed))


CONFIGURATION = """\
# What `payrelay conform` tests, and against whom. Any text may have ${{NAME}}, which the environment replaces.

[spec]
# The frozen set of requirements that it is held to.
revision = "{revision}"

# The system under test.
[sut]
{roles}
# plain, channel or hardened.
security = "{security}"
{where}
{begun}

# What parties are called, if otherwise than here: a wallet is called wallet-SOMETHING.
[names]
{names}

# Where NAME.keys.json of every party is; it may be the folder of a `payrelay serve`.
[trust]
folder = "{keys}"

# What stands before a test.
[data]
{data}

# The parties that the kit plays.
[peers]
bind = "{host}"
# off, or files: then NAME.tls.pem and tls.roots.pem are with the keys.
tls = "{tls}"

# How the system under test reaches them. Of the relay, `terminals` is where terminals come to.
[peers.urls]
{peers}

# How many seconds each timer of the system under test runs. The shorter they are, the more can be tested.
[timers]
{timers}

# In milliseconds; auto is as measured.
[timing]
# After which something that must come is missing, and after which nothing more comes.
response_ms = "auto"
quiescence_ms = "auto"
# The longest timer that is waited for, where no test controller can advance the clock.
longest_wait_ms = 5000

# A test controller, if there is one: `pydoc payrelay.conformance.control` says what it is.
[control]
# url = "{control}/__conform"

[run]
# smoke, must, full or soak.
depth = "must"
# From the start of a run to its end, if need be without the start of the system under test. As usual: {budgets}.
budget = "60s"
seed = 1
parallel_sessions = 16
# Of terminals: html, compact_html, plain_text, json.
# With the first everything is tried, with each further one that all goes well.
capabilities = ["json"]

# What it calls a reason for which it refuses something, where that is another word than the protocol's.
[error_map]
# "E_DUP" = "protocol-error"
# "SOLD_OUT" = "ALREADY_PAID"

# What it is known to fail, and why: [[expected]] with id, a check or a requirement, and why.
[expect]
# file = "expected.toml"
"""
START = """\
# If the kit is to start it, and to kill it and start it again; {shop.url} is where the shop is:
# start = { command = ["node", "server.mjs"], environment = { SHOP = "{shop.url}" } }"""
TRIGGER = """\
# How one is started for each test: without it nothing can be tested. What its user does comes on its standard input.
# {relay.url} and {shop.url} are where they are, {session} and {order} what it begins with: README.md says it all.
# trigger = { command = ["node", "terminal.mjs", "--session={session}"], environment = { RELAY = "{relay.url}" } }"""
DATA = """\
# The token that opens its set-up interface (docs/wire.md, 6.2).
token = "{token}"
# Without such an interface, list what it knows already, and leave the token out:
{listed}"""
STAND_FOR = {
    "relay.url": "where the relay takes what terminals ask",
    "shop.url": "where the shop is",
    "session": "the session of its user at the relay, another one in each test",
    "order": "the order to pay at the shop; nothing if the user orders first",
    "relay": "what the relay is called; `{shop}` and `{authority}` alike",
    "name": "what the terminal is called",
    "user_auth": "what its user proves to a wallet who it is with, at security hardened",
    "security": "the level of security",
    "capability": "what it can show: html, compact_html, plain_text or json",
    "folder": "an empty folder of the test, which is there still after a crash",
}
"""What may stand in the command of a terminal."""
ACTS = (
    '{"event": "user_orders", "fields": {"cart": "a book"}}',
    '{"event": "user_pays", "fields": {}}',
    '{"event": "user_chooses", "fields": {"index": 1}}             the first wallet of the page',
    '{"event": "user_confirms", "fields": {}}',
    '{"event": "user_cancels", "fields": {}}',
    '{"event": "user_asks", "fields": {}}                          for progress',
    '{"event": "user_pays_again", "fields": {}}                    after a failure',
    '{"event": "user_registers", "fields": {"wallet": "wallet-1"}}',
    '{"event": "user_answers", "fields": {"is_complete": true}}    all questions; false: those that need not be',
    '{"event": "user_registers_again", "fields": {}}',
)
"""What the user of a terminal does."""
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "orders": (
        ("order", '"0123456789abcdefghijkl"'),
        *(("relay", '"relay"'), ("payment_server", '"payment"')),
        ("total", '{ value = 1200, currency = "JPY" }'),
        *(("payee_name", '"Bookshop"'), ("description", '"a book"'), ("brands", '["brand"]')),
    ),
    "sessions": (
        *(("session", '"0123456789abcdefghijkl"'), ("user", '"user"')),
        ("wallets", '[{ wallet = "wallet-1", brands = ["brand"] }, { wallet = "wallet-2", brands = ["brand"] }]'),
        ("known_as", '[{ receiver = "wallet-1", user_ref = "0123456789abcdefghijkl" }]       # and the others'),
    ),
    "enrolments": (
        *(("user_ref", '"0123456789abcdefghijkl"'), ("relay", '"relay"'), ("display_name", '"My wallet"')),
        *(("instruments", '["Card 1234"]'), ("brands", '["brand"]')),
    ),
    "accounts": (("account", '"4000 1234"'), ("issuer", '"approves"')),
    "users": (
        ("user_ref", '"0123456789abcdefghijkl"'),
        *(("acceptable", "true"), ("wrong_answers", "[]")),
    ),
}
"""What an item of each list looks like; the members are those of the set-up interface."""


def _page(plan: Plan, token: str, given: Sequence[_Given]) -> Iterator[str]:
    """The lines of the page that says what the system under test is to be given."""
    roles = tuple(dict.fromkeys(map(role_of, plan.parties)))
    yours = ", ".join(plan.roles)
    yield from (f"# What to give to your {yours}", "")
    starts = ["start it"] if plan.where else []
    starts += ["write into `[sut]` how a terminal is started"] if TERMINAL in roles else []
    yield f"The kit plays everybody else. Give your {yours} what stands here,"
    yield f"{' and '.join(starts)}, and ask whether all is well:"
    yield from ("", "    payrelay conform doctor", "    payrelay conform run", "")
    yield "Whoever has this folder has every key in it: it is for tests alone."
    yield from ("", "## Who it is", "", "| what | value |", "|---|---|")
    yield f"| level of security | `{plan.security}` |"
    for party in plan.parties:
        yield f"| its name | `{party}`, or another by `[names]` of `{FILE}` |"
        if party in plan.where:
            url, links = plan.where[party], ", ".join(links_served(role_of(party)))
            yield f"| where it listens | `{url}` (`[sut]` of `{FILE}`) |"
            yield f"| its discovery document | `{url}{DISCOVERY}`, with the links {links}: each may be at another URL |"
    yield from ("", "## Its peers", "", "| party | URL | takes the links |", "|---|---|---|")
    for place, url in plan.peers.items():
        name = "relay" if place == FIRST_SECTION else place
        links_ = links_served(role_of(name))
        if name == "relay":
            links_ = tuple(link for link in links_ if (link == "terminal_edge") == (place == FIRST_SECTION))
        who = "relay, for terminals" if place == FIRST_SECTION else place
        yield f"| {who} | `{url}` | {', '.join(links_)} |"
    yield from ("", "They are there as long as the kit runs. While you develop: `payrelay conform peers`.", "")
    yield from ("## Its keys", "")
    if plan.security != "hardened":
        yield f"At security {plan.security} nothing is signed or sealed, so there are none; `keyring.json` has a secret"
        yield "alone, with which pseudonyms can be made."
        yield ""
    for one in given:
        yield from (f"In `{one.folder.name}/`:", "", "| file | what |", "|---|---|")
        yield from (f"| `{name}` | {what} |" for name, what in one.written)
        yield ""
    of_roles = [one for one in SETUPS if one.role in roles]
    if of_roles:
        paths = ", ".join(f"`{one.path}`" for one in of_roles)
        yield from ("## Its set-up interface", "")
        yield f"Before each test the kit sets up what the test needs, as docs/wire.md has it in 6.2: POST {paths}"
        yield "below the URL `setup` of the discovery document, with this token as `Authorization: Bearer`:"
        yield from ("", f"    {token}", "")
        lists = ", ".join(f"`[[data.{one.name}]]`" for one in of_roles)
        yield from (f"Without such an interface: list what stands already, as {lists} in `{FILE}`.", "")
    if TERMINAL in roles:
        yield from _trigger()
    if plan.timers:
        yield from ("## Its timers", "", "| timer | seconds |", "|---|---|")
        yield from (f"| {timer} | {PERIODS[timer]:g} |" for timer in plan.timers)
        yield from ("", f"If it has other periods, write them into `[timers]` of `{FILE}`: the kit waits by them. The")
        yield "shorter they are, the more can be tested without a test controller."


def _trigger() -> Iterator[str]:
    """The lines that say how a terminal is started, and what its user does."""
    yield from ("## Its user", "")
    yield f"`trigger` in `[sut]` of `{FILE}` starts one terminal for each test, and several at once: its `command`, and"
    yield "its `environment`, may have"
    yield from ("", "| what | stands for |", "|---|---|")
    yield from (f"| `{{{name}}}` | {what} |" for name, what in STAND_FOR.items())
    yield ""
    yield "Values may begin with `-`: write `--session={session}`. What the user does is one JSON object on a line of"
    yield "its standard input, as in"
    yield from ("", *(f"    {line}" for line in ACTS), "")
    yield "An act is for what the terminal shows once its last request is answered: read the next line then. What is"
    yield "not offered there is passed over, and nothing is sent for it. Nothing need be written; what is, is told if"
    yield "it ends by itself. A test may kill it and start it again with the same values; at the end it is killed."
    yield ""
