"""The tables of a party's database, what a step does to them, and what their rows are. Nothing here is opened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import sqlalchemy as sql

from payrelay.host.storage import Changes, Machine, Outgoing
from payrelay.language.role import Local
from payrelay.reference_impl.stored_terms import term_in, text_of
from payrelay.wire.exchange import Request

SCHEMA_VERSION = "1"

# By code point everywhere, as Python sorts.
_Name = (
    sql.Text().with_variant(sql.Text(collation="C"), "postgresql").with_variant(sql.Text(collation="BINARY"), "sqlite")
)
METADATA = sql.MetaData()
ABOUT = sql.Table(
    "about",
    METADATA,
    sql.Column("name", _Name, primary_key=True),
    sql.Column("value", sql.Text, nullable=False),
)
"""Whose database it is, and of which version."""
PROGRESS = sql.Table(
    "progress",
    METADATA,
    sql.Column("id", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("steps", sql.BigInteger, nullable=False),
    sql.Column("numbers", sql.BigInteger, nullable=False),
)
"""One row: the steps that were committed, and the highest number that was ever in the outbox."""
MACHINES = sql.Table(
    "machines",
    METADATA,
    sql.Column("name", _Name, primary_key=True),
    sql.Column("role_table", sql.Text, nullable=False),
    sql.Column("control", sql.Text, nullable=False),
    sql.Column("data", sql.Text, nullable=False),
    sql.Column("keys", sql.Text, nullable=False),
    sql.Column("owner", sql.Text, nullable=False),
    sql.Index("machines_by_state", "role_table", "control"),
)
KEYS = sql.Table(
    "machine_keys",
    METADATA,
    sql.Column("key", _Name, primary_key=True),
    sql.Column("machine", _Name, nullable=False),
)
TIMERS = sql.Table(
    "timers",
    METADATA,
    sql.Column("machine", _Name, primary_key=True),
    sql.Column("timer", _Name, primary_key=True),
    sql.Column("due", sql.Double, nullable=False, index=True),
)
OUTBOX = sql.Table(
    "outbox",
    METADATA,
    sql.Column("number", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("receiver", sql.Text, nullable=False),
    sql.Column("method", sql.Text, nullable=False),
    sql.Column("target", sql.Text, nullable=False),
    sql.Column("headers", sql.Text, nullable=False),
    sql.Column("body", sql.LargeBinary, nullable=False),
)
MADE = sql.Table(
    "made",
    METADATA,
    sql.Column("name", _Name, primary_key=True),
    sql.Column("text", sql.Text, nullable=False),
)
RECORDS = sql.Table(
    "records",
    METADATA,
    sql.Column("kind", _Name, primary_key=True),
    sql.Column("name", _Name, primary_key=True),
    sql.Column("value", sql.Text, nullable=False),
)
EVENTS = sql.Table(
    "events",
    METADATA,
    sql.Column("number", sql.BigInteger().with_variant(sql.Integer, "sqlite"), primary_key=True),
    sql.Column("line", sql.Text, nullable=False),
)

PROCEED, TELL = sql.update(PROGRESS), sql.insert(EVENTS).inline()
STOP = sql.delete(TIMERS).where(
    TIMERS.c.machine == sql.bindparam("of_machine"), TIMERS.c.timer == sql.bindparam("of_timer")
)
LEAVE = sql.delete(OUTBOX).where(OUTBOX.c.number == sql.bindparam("of_number"))
MACHINE = sql.select(MACHINES).where(MACHINES.c.name == sql.bindparam("name"))
FIND = sql.select(KEYS.c.machine).where(KEYS.c.key == sql.bindparam("key"))
MADE_AS = sql.select(MADE.c.text).where(MADE.c.name == sql.bindparam("name"))
RECORD = sql.select(RECORDS.c.value).where(
    RECORDS.c.kind == sql.bindparam("kind"), RECORDS.c.name == sql.bindparam("name")
)


def statements_of(
    changes: Changes, steps: int, numbers: int, upsert: Any
) -> Iterator[tuple[sql.Executable, list[dict[str, Any]]]]:
    """What a step does to the tables, each statement with its rows."""
    yield PROCEED, [{"steps": steps, "numbers": numbers}]
    if changes.machines:
        yield _upserted(upsert, MACHINES), list(map(_machine_row, _last_of(changes.machines)))
        keys = [{"key": key, "machine": machine.name} for machine in changes.machines for key in machine.keys]
        if keys:
            yield _inserted_once(upsert, KEYS), keys
    if changes.stopped:
        yield STOP, [{"of_machine": machine, "of_timer": timer} for machine, timer in changes.stopped]
    if changes.started:
        last = {(armed.machine, armed.timer): armed.due for armed in changes.started}
        rows = [{"machine": machine, "timer": timer, "due": due} for (machine, timer), due in last.items()]
        yield _upserted(upsert, TIMERS), rows
    if changes.sends:
        yield _upserted(upsert, OUTBOX), list(map(_outgoing_row, changes.sends))
    if changes.sent:
        yield LEAVE, [{"of_number": number} for number in changes.sent]
    if changes.made:
        yield _upserted(upsert, MADE), [{"name": name, "text": text} for name, text in changes.made.items()]
    if changes.records:
        yield (
            _upserted(upsert, RECORDS),
            [{"kind": kind, "name": name, "value": text_of(value)} for (kind, name), value in changes.records.items()],
        )
    if changes.events:
        yield TELL, [{"line": line} for line in changes.events]


def _last_of(machines: tuple[Machine, ...]) -> Iterable[Machine]:
    return {machine.name: machine for machine in machines}.values()


@cache
def _inserted_once(upsert: Any, table: sql.Table) -> Any:
    """Insert rows, but for those whose key is there."""
    return upsert(table).on_conflict_do_nothing()


@cache
def _upserted(upsert: Any, table: sql.Table) -> Any:
    """Insert rows, each in place of the one with the same key."""
    statement = upsert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=others)


def _machine_row(machine: Machine) -> dict[str, Any]:
    return {
        "name": machine.name,
        "role_table": machine.table,
        "control": machine.local.control,
        "data": text_of(machine.local.data),
        "keys": json.dumps(machine.keys),
        "owner": machine.owner,
    }


def machine_in(row: Any) -> Machine:
    """The machine that a row is."""
    name, table, control, data, keys, owner = row
    return Machine(name, table, Local(control, term_in(data)), tuple(json.loads(keys)), owner)


def _outgoing_row(outgoing: Outgoing) -> dict[str, Any]:
    request = outgoing.request
    return {
        "number": outgoing.number,
        "receiver": outgoing.receiver,
        "method": request.method,
        "target": request.target,
        "headers": json.dumps(request.headers),
        "body": request.body,
    }


def outgoing_in(row: Any) -> Outgoing:
    """The request that a row is."""
    headers = tuple((name, value) for name, value in json.loads(row.headers))
    return Outgoing(row.number, row.receiver, Request(row.method, row.target, headers, row.body))
