"""Page: what the system under test is to be given, on one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payrelay.conformance.configuration import FILE, FIRST_SECTION
from payrelay.conformance.initial.given import Given
from payrelay.conformance.initial.plan import TERMINAL, Plan
from payrelay.host.world import PERIODS
from payrelay.language.links import role_of
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.discovery import links_served
from payrelay.wire.set_up import SETUPS

PAGE = "README.md"
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


def page_lines(plan: Plan, token: str, given: Sequence[Given]) -> Iterator[str]:
    """The lines of the page that says what the system under test is to be given."""
    yours = ", ".join(plan.roles)
    yield from (f"# What to give to your {yours}", "")
    starts = ["start it"] if plan.servers else []
    starts += ["write into `[sut]` how a terminal is started"] if TERMINAL in plan.under_test else []
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
    of_roles = [one for one in SETUPS if one.role in plan.under_test]
    if of_roles:
        paths = ", ".join(f"`{one.path}`" for one in of_roles)
        yield from ("## Its set-up interface", "")
        yield f"Before each test the kit sets up what the test needs, as docs/wire.md has it in 6.2: POST {paths}"
        yield "below the URL `setup` of the discovery document, with this token as `Authorization: Bearer`:"
        yield from ("", f"    {token}", "")
        lists = ", ".join(f"`[[data.{one.name}]]`" for one in of_roles)
        yield from (f"Without such an interface: list what stands already, as {lists} in `{FILE}`.", "")
    if TERMINAL in plan.under_test:
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
