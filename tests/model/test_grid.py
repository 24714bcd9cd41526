"""The whole grid: every state of every role with every event, and every table against the library's own engine.

The second part is what entitles everybody else to step the tables without the library.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from payrelay.language.messages import Input, Restart, Stimulus, Timeout, event_name
from payrelay.language.role import (
    Answer,
    Handled,
    Ignored,
    IllFormedModelError,
    LibraryStepper,
    Local,
    ProtocolError,
    Role,
    RoleTable,
    Row,
    State,
    ignore,
    role_table,
    stay,
)
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import CONFIGURATIONS
from payrelay.model.protocol import ROLES, build, tables
from payrelay.verification.tables.tabulation import Tabulation

TABLES = tables()


class Pairs(NamedTuple):
    """How many pairs of a state and an event there are, of each sort."""

    handled: int
    """There is a row. If its guards fail, the pair is passed over, or an error, by what else is said of it."""
    ignored: int
    """Passed over by name, for a reason."""
    impossible: int
    """A timer that does not run in the state, or something that the user cannot do there."""
    error: int
    """The message has no place in the state: a protocol error."""


GRID = {
    "terminal": Pairs(22, 13, 61, 48),
    "relay_directory": Pairs(8, 1, 0, 0),
    "relay_procedure": Pairs(71, 46, 62, 41),
    "shop_order": Pairs(15, 5, 4, 16),
    "shop_attempt": Pairs(14, 31, 12, 20),
    "registration_terminal": Pairs(16, 1, 29, 20),
    "registration_relay": Pairs(55, 55, 31, 9),
    "registration_authority": Pairs(13, 12, 12, 5),
    "enrolment": Pairs(10, 2, 0, 0),
    "wallet_procedure": Pairs(17, 11, 10, 4),
    "payment_account": Pairs(1, 1, 0, 0),
    "payment_authorization": Pairs(15, 5, 0, 0),
}


def sort_of(table: RoleTable, state: str, event: str) -> str:
    """What becomes of an event in a state."""
    user = {event_name(kind) for kind in table.inputs if issubclass(kind, Stimulus)}
    if table.rows_of(state, event):
        return "handled"
    if table.reason_to_ignore(state, event):
        return "ignored"
    return "impossible" if event in user or event in table.timers else "error"


def pairs(table: RoleTable) -> Pairs:
    """The grid of a role, counted."""
    counted = Counter(sort_of(table, state, event) for state in table.states for event in table.events)
    return Pairs(**{sort: counted[sort] for sort in Pairs._fields})


def test_the_grid_of_every_role_is_known_to_its_last_pair() -> None:
    counted = {name: pairs(table) for name, table in TABLES.items()}
    for name, of_role in counted.items():
        print(f"{name:24}", *(f"{number:4} {sort}" for sort, number in of_role._asdict().items()))
    assert counted == GRID
    for name, table in TABLES.items():
        assert sum(counted[name]) == len(table.states) * len(table.events)


def test_a_row_more_or_a_reason_less_is_seen() -> None:
    table = TABLES["shop_order"]
    assert pairs(replace(table, rows=table.rows[1:])) != GRID["shop_order"]
    assert pairs(replace(table, ignored=())) != GRID["shop_order"]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_event_of_a_row_is_one_of_the_roles_and_every_row_leads_to_a_state(table: RoleTable) -> None:
    assert len(set(table.events)) == len(table.events)
    assert {row.event for row in table.rows} <= set(table.events)
    assert {row.source for row in table.rows} | {row.target for row in table.rows} <= set(table.states)
    assert {table.initial, *table.ended} <= set(table.states)


def idle_reasons(role: type[Role]) -> list[str]:
    """Where something is passed over by name, in a state that is named as well, and yet always handled."""
    table = role_table(role)
    return [
        f"{table.name}: {state.id}, {event_name(kind)}"
        for rule in role.ignored
        for state in rule.states
        for kind in rule.kinds
        if any(not row.guards for row in table.rows_of(state.id, event_name(kind)))
    ]


@pytest.mark.parametrize("role", ROLES, ids=TABLES)
def test_every_reason_is_a_reason_and_is_needed(role: type[Role]) -> None:
    assert all(len(reason.split()) > 2 for _, _, reason in role_table(role).ignored)
    assert idle_reasons(role) == []


def test_a_reason_that_is_not_needed_is_seen() -> None:
    class Bell(Role):
        hung = State(initial=True)
        restart = stay(hung)
        inputs = (Restart,)
        ignored = (ignore(Restart, states=(hung,), reason="never read: it is handled"),)

    assert idle_reasons(Bell) == ["bell: hung, restart"]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_restart_is_always_answered(table: RoleTable) -> None:
    assert {sort_of(table, state, "restart") for state in table.states} <= {"handled", "ignored"}


# --- tables against the library

SYSTEMS: tuple[PaymentConfiguration, ...] = (
    *CONFIGURATIONS,
    PaymentConfiguration(
        name="plain", says="A purchase and a registration, nothing signed.", registrations=1, security="plain"
    ),
)


@cache
def tabulated(configuration: PaymentConfiguration) -> Tabulation:
    """The closure of a system; two rows that were both enabled anywhere in it would have been an error."""
    return Tabulation(build(configuration))


def inputs_of(tabulation: Tabulation, machine: int) -> list[Input]:
    """All that a machine can be given: by others, by its neighbours, by the user, by the clock, by a crash."""
    instance = tabulation.system.instances[machine]
    moves = (move for rewrite in tabulation.rewrites for move in rewrite.reaction.moves)
    given = {move.received: None for move in moves if move.machine == machine}
    for received in (*instance.stimuli, *map(Timeout, instance.table.timers), Restart()):
        given[received] = None
    return list(given)


class Entry(NamedTuple):
    """One entry of a table that is asked for."""

    machine: int
    local: Local
    received: Input


def entries(tabulation: Tabulation) -> Iterator[Entry]:
    """Every local state of every machine, with everything that the machine can be given."""
    for machine, locals_ in enumerate(tabulation.locals):
        for received in inputs_of(tabulation, machine):
            for local in locals_:
                yield Entry(machine, local, received)


def differences(tabulation: Tabulation, read: dict[str, RoleTable]) -> tuple[Counter[type[Answer]], list[Entry]]:
    """How many answers of each sort these tables give, and where the library gives another one."""
    instances = tabulation.system.instances
    libraries = [LibraryStepper(instance.table) for instance in instances]
    counted: Counter[type[Answer]] = Counter()
    differing = []
    for entry in entries(tabulation):
        answer = read[instances[entry.machine].table.name].step(entry.local, entry.received)
        counted[type(answer)] += 1
        if answer != libraries[entry.machine].step(entry.local, entry.received):
            differing.append(entry)
    return counted, differing


@pytest.mark.slow
@pytest.mark.parametrize("configuration", SYSTEMS, ids=lambda configuration: configuration.name)
def test_every_entry_and_every_refusal_is_the_librarys(configuration: PaymentConfiguration) -> None:
    tabulation = tabulated(configuration)
    counted, differing = differences(tabulation, TABLES)
    print(configuration.name, {kind.__name__: number for kind, number in counted.items()})
    assert differing == []
    assert set(counted) == {Handled, Ignored, ProtocolError}
    taken = {(move.machine, move.before, move.received) for r in tabulation.rewrites for move in r.reaction.moves}
    assert taken <= set(entries(tabulation))


def test_a_table_that_is_not_what_the_class_says_is_seen() -> None:
    tabulation = tabulated(CONFIGURATIONS[0])
    order = TABLES["shop_order"]
    moved = tuple(replace(row, target="expired") if row.event == "attempt_paid" else row for row in order.rows)
    _, differing = differences(tabulation, {**TABLES, "shop_order": replace(order, rows=moved)})
    assert {entry.received.event for entry in differing} == {"attempt_paid"}


def test_invalid_guards_that_overlap_are_seen() -> None:
    order = TABLES["shop_order"]
    again = replace(order, rows=(*order.rows, Row("payable", "attempt_pending", (), None, "paid")))
    with pytest.raises(IllFormedModelError, match="overlap in state payable on attempt_pending"):
        differences(tabulated(CONFIGURATIONS[0]), {**TABLES, "shop_order": again})
