"""Configuration: the text of conform.toml, which says in comments what may stand in it."""

from __future__ import annotations

from payrelay.conformance.configuration import BUDGETS, REVISION
from payrelay.conformance.initial.plan import HOST, PORT, TERMINAL, Plan
from payrelay.host.world import PERIODS
from payrelay.language.links import role_of
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.set_up import SETUPS

KEYS = "keys"
"""The folder of all keys."""
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


def configuration_text(plan: Plan, token: str) -> str:
    """The text of the configuration."""
    begun = ([START] if plan.servers else []) + ([TRIGGER] if TERMINAL in plan.under_test else [])
    return CONFIGURATION.format(
        revision=REVISION,
        roles=_roles(plan),
        security=plan.security,
        where=_where(plan),
        begun="\n".join(begun),
        names="\n".join(f'# {party} = "{role_of(party)}-of-mine"' for party in plan.parties),
        keys=KEYS,
        data=_data(plan.under_test, token),
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
