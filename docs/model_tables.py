"""Tables of the model: its roles, links, messages, timers, configurations, properties and faulty variants.

What a guard or an action means is the first sentence of its docstring; what exactly it compares, as one sees it on the
wire, stands in docs/details.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from docs.documents import DOCS, DocumentError
from docs.sends import done_by_rows
from docs.tables import first_line, numbers, table
from payrelay.language.links import Link
from payrelay.language.messages import Message, content_fields
from payrelay.language.properties import Fairness
from payrelay.language.role import Role, RoleTable, Row, role_table
from payrelay.model.configurations import CONFIGURATIONS
from payrelay.model.links import LITERAL_CLAIM_8
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import ROLES, links_of
from payrelay.model.timers import TIMERS
from payrelay.model.variants import VARIANTS

DETAILS = "details.json"
DIRECTION = re.compile(r"(?P<ways>[a-z ]+) -> (?P<to>[a-z ]+): (?P<says>.*)")


def says_of(kind: type) -> tuple[str, str]:
    """What a message is, and its direction: from its docstring, or from which of the terminal's messages it is."""
    line = first_line(kind)
    if found := DIRECTION.fullmatch(line):
        return f"{found['ways']} → {found['to']}", found["says"]
    if issubclass(kind, TerminalRequest):
        return "terminal → relay", line
    if issubclass(kind, TerminalAnswer):
        return "relay → terminal", line
    raise DocumentError(
        f"{kind.__name__} does not say who sends it to whom: begin its docstring with 'relay -> shop: '"
    )


def state_table(role: type[Role]) -> str:
    """A role as a table. Rows that do the same in several states are one line."""
    read = role_table(role)
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in read.rows:
        target = "same" if row.target == row.source else f"`{row.target}`"
        does = f"`{row.action.__name__}`" if row.action else ""
        lines.setdefault((row.event, guards(row), does, sends(read, row), target), []).append(f"`{row.source}`")
    rows = [(", ".join(states), f"`{event}`", *rest) for (event, *rest), states in lines.items()]
    text = f"{first_line(role)} Begins in `{read.initial}`"
    if read.ended:
        ended = [f"`{state}`" for state in read.states if state in read.ended]
        text += f"; ended: {', '.join(ended)}"
    text += f". {len(read.states)} states, {len(read.rows)} rows"
    head = ("state", "event", "if", "does", "sends", "then")
    return f"{text}.\n\n{table(head, rows)}{passed_over(read)}{meanings(read)}"


def sends(read: RoleTable, row: Row) -> str:
    """What a row sends, and what it tells machines of its own party."""
    if row.action is None:
        return ""
    does = done_by_rows()[read.name, row.name]
    told = [f"tells {name} `{event}`" for event, name in does.tells]
    return ", ".join([*(f"{message} → {role}" for message, role in does.sends), *told])


Named = Callable[..., Any]


def meanings(read: RoleTable) -> str:
    """What the guards and the actions of a role mean, and what they compare."""
    checks: dict[str, Named] = {} if read.correlation is None else {"who may say what": read.correlation}
    checks |= {guard.__name__: guard for row in read.rows for guard, _ in row.guards}
    actions: dict[str, Named] = {row.action.__name__: row.action for row in read.rows if row.action}
    text = ""
    for head, named in (("guard", checks), ("action", actions)):
        if named:
            text += f"\n{table((head, 'means', 'exactly'), _meanings(read.name, named.items()))}"
    return text


def _meanings(role: str, named: Iterable[tuple[str, Named]]) -> Iterable[tuple[str, str, str]]:
    for name, function in named:
        shown = f"`{name}`" if name == function.__name__ else name
        yield shown, first_line(function), details().get((role, function.__name__), "")


@cache
def details() -> dict[tuple[str, str], str]:
    """What exactly guards compare and actions do, by the names of role and function."""
    found = json.loads((DOCS / DETAILS).read_text(encoding="utf-8"))
    return {(one["role"], one["name"]): one["says"] for one in found}


def guards(row: Row) -> str:
    """The guards of a row."""
    return " and ".join(f"{'' if wanted else 'not '}`{guard.__name__}`" for guard, wanted in row.guards)


def passed_over(read: RoleTable) -> str:
    """What a role passes over by name, and why."""
    events: dict[tuple[str, str], list[str]] = {}
    for state, event, reason in read.ignored:
        always_taken = any(not row.guards for row in read.rows_of(state, event))
        if not always_taken and read.reason_to_ignore(state, event) == reason:
            events.setdefault((reason, event), []).append(state)
    lines: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, event), states in events.items():
        lines.setdefault((reason, tuple(states)), []).append(event)
    if not lines:
        return ""
    text = "\nPassed over, where no row applies:\n\n"
    for (reason, where_passed), passed in lines.items():
        where = ", ".join(f"`{state}`" for state in where_passed)
        what = ", ".join(f"`{event}`" for event in passed)
        text += f"* {what} in {'every state' if len(where_passed) == len(read.states) else where}: {reason}.\n"
    return text


def links() -> tuple[Link, ...]:
    """All links, with what the switch of claim 8 adds."""
    return tuple(
        Link(link.name, link.ends, LITERAL_CLAIM_8, link.never, link.section, link.claims)
        if link.name == "relay_payment"
        else link
        for link in links_of(CONFIGURATIONS[0])
    )


def links_table() -> str:
    """The network."""

    def row(link: Link) -> tuple[str, ...]:
        carries = str(len(link.carries))
        if link.name == "relay_payment":
            carries = f"0; {carries} with `relay_asks_payment_server`"
        never = ", ".join(f"`{kind.__name__}`" for kind in link.never)
        return f"`{link.name}`", " – ".join(link.ends), link.section, carries, never, numbers(link.claims)

    return table(
        ("link", "ends", "section of the relay", "kinds of messages", "must never carry", "claims"), map(row, links())
    )


def messages_table(link: Link) -> str:
    """What a link carries."""

    def row(kind: type[Message]) -> tuple[str, ...]:
        direction, says = says_of(kind)
        own = [name for name in content_fields(kind) if name not in kind.given]
        fields = ", ".join(f"`{name}`" for name in own)
        key = ", ".join(f"`{name}`" for name in kind.key)
        given = ", ".join(f"`{name}`" for name in kind.given)
        return f"`{kind.__name__}`", direction, fields, key, given, kind.claim, says

    return table(("message", "from → to", "fields", "key", "given", "claim", "what it says"), map(row, link.carries))


def timers_table() -> str:
    """The timers, and the states that they run in."""

    def row(timer: Any) -> tuple[str, ...]:
        where = []
        for read in map(role_table, ROLES):
            states = [f"`{state}`" for state in read.states if timer.name in read.timers_in(state)]
            where += [f"{read.name}: {', '.join(states)}"] if states else []
        return f"`{timer.name}`", f"{timer.seconds:g} s", timer.meaning, "; ".join(where)

    return table(("timer", "default", "what it is", "runs in"), map(row, TIMERS))


def configurations_table() -> str:
    """The named configurations."""
    rows = ((f"`{one.name}`", one.says, one.semantics, one.scope()) for one in CONFIGURATIONS)
    return table(("configuration", "what it is", "semantics", "scope of a verdict"), rows)


def properties_table() -> str:
    """The properties."""
    rows = ((one.label, f"`{one.name}`", one.says, one.level, numbers(one.claims) or one.source) for one in PROPERTIES)
    return table(("label", "name", "what it says", "level", "claims, or source"), rows)


def fairness_table() -> str:
    """The fairness assumptions, and the properties that are held under them."""
    labels: dict[Fairness, list[str]] = {}
    for one in PROPERTIES:
        for assumption in {each for conjunct in one.conjuncts for each in getattr(conjunct, "under", ())}:
            labels.setdefault(assumption, []).append(one.label)
    strength = {True: "strong: possible again and again", False: "weak: possible for ever"}
    rows = (
        (of.name, strength[of.strong], ", ".join(f"`{event}`" for event in of.only) or "all", ", ".join(labels[of]))
        for of in sorted(labels, key=lambda of: of.name)
    )
    return table(("assumption", "what it takes", "inputs", "properties"), rows)


def variants_table() -> str:
    """The faulty variants."""
    labels = {key: one.label for one in PROPERTIES for key in (one.name, one.label)}
    rows = (
        (f"`{one.name}`", one.story, ", ".join(labels[key] for key in one.violates), f"`{one.configuration}`")
        for one in VARIANTS
    )
    return table(("variant", "what it does wrong", "must violate", "seen in"), rows)
