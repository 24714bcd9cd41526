"""Storage in a database: the durable form of `payrelay.host.storage`, over SQLAlchemy Core.

SQLite is the default, with a write-ahead log and `synchronous=FULL`: a step is one transaction, and its commit returns
once one fsync has made it durable; a rollback journal would take two or more, and an audit could not read meanwhile.
`synchronous=NORMAL` would be faster and forget what was promised when the power fails. PostgreSQL waits for its own
log likewise (`synchronous_commit=on`).

A party is the only writer of its database, and a second process that opens it is refused. So machines and records that
were read or written once are remembered, and a commit whose answer was lost (the connection to PostgreSQL broke) can be
told from one that failed by the number of steps that the database has seen.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, TypeVar

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from payrelay.host.storage import Armed, Changes, Machine, Outgoing, StorageError
from payrelay.language.configurations import did_you_mean
from payrelay.reference_impl.prepared import Driver, Row
from payrelay.reference_impl.single_writer import file_of, held_by_postgresql, held_file
from payrelay.reference_impl.sql_tables import (
    ABOUT,
    EVENTS,
    FIND,
    MACHINE,
    MACHINES,
    MADE_AS,
    METADATA,
    OUTBOX,
    PROGRESS,
    RECORD,
    RECORDS,
    SCHEMA_VERSION,
    TIMERS,
    machine_in,
    outgoing_in,
    statements_of,
)
from payrelay.reference_impl.stored_terms import StoredTermError, forms_digest, term_in

Name = TypeVar("Name")
Value = TypeVar("Value")

REMEMBERED = 4096
"""How many machines, and how many records, are remembered, those used last."""


class _Remembered(OrderedDict[Name, Value]):
    """What was read or written once; of too many those that were not used for longest are forgotten."""

    def recall(self, name: Name) -> Value | None:
        """What is remembered; None if nothing is."""
        found = self.get(name)
        if found is not None:
            self.move_to_end(name)
        return found

    def remember(self, name: Name, value: Value) -> None:
        """Remember something, in place of what was remembered under this name."""
        self[name] = value
        self.move_to_end(name)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


class SqlStorage:
    """Keeps everything in the database of a SQLAlchemy URL, of one party.

    Where even a broken connection cannot be made again, it stays closed, and whoever uses it has to start anew: what
    is then read is what was committed.
    """

    def __init__(self, url: str, party: str, *, is_writer: bool = True) -> None:
        """Open the database, and make its tables if it is new. An audit opens it beside the party that writes it."""
        self.party, self.is_writer = party, is_writer
        self.commits, self.commit_seconds = 0, 0.0
        """How many steps were made durable since it was opened, and for how long they waited for the disk."""
        self._machines = _Remembered[str, Machine]()
        self._records = _Remembered[tuple[str, str], object]()
        self._lock: IO[bytes] | None = None
        try:
            self._engine = _engine(url)
            if is_writer:
                self._lock = held_file(self._engine.url)
            elif (file := file_of(self._engine.url)) and not file.exists():
                raise StorageError(f"{file}: there is no such database; start {party} first")
            self._connection = self._connect()
            self._open()
        except (SQLAlchemyError, StorageError) as error:
            self.close()
            raise _storage_error(error) from None

    # --- opening

    def _connect(self) -> sql.Connection:
        connection = self._engine.connect()
        try:
            if self.is_writer and self._engine.dialect.name == "postgresql":
                held_by_postgresql(connection, self._engine.url)
        except StorageError:
            connection.close()
            raise
        self._driver = Driver(connection)
        return connection

    def _open(self) -> None:
        expected = {"party": self.party, "schema_version": SCHEMA_VERSION, "forms": forms_digest()}
        if not sql.inspect(self._connection).has_table(ABOUT.name):
            if not self.is_writer:
                raise StorageError(f"{self._shown}: this is no database of {self.party}; start {self.party} first")
            self._begin()
            METADATA.create_all(self._connection)
            self._connection.execute(sql.insert(ABOUT), [{"name": k, "value": v} for k, v in expected.items()])
            self._connection.execute(sql.insert(PROGRESS), {"id": 1, "steps": 0, "numbers": 0})
            self._connection.exec_driver_sql("COMMIT")
        found: dict[str, str] = {row.name: row.value for row in self._connection.execute(sql.select(ABOUT))}
        if found.get("party") != self.party:
            raise StorageError(
                f"{self._shown}: this is the database of {found.get('party')}; give {self.party} one of its own"
            )
        if found != expected:
            raise StorageError(
                f"{self._shown}: this database is of another version of payrelay: let that version end what is open, "
                f"then begin with a new one"
            )
        row = self._connection.execute(sql.select(PROGRESS)).one()
        self._steps, self._numbers = row.steps, row.numbers

    @property
    def _shown(self) -> str:
        """The URL, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    # --- writing

    def commit(self, changes: Changes) -> None:
        """Make a step durable. Raises StorageError, and then keeps nothing of it."""
        if not self.is_writer:
            raise StorageError(f"{self._shown}: it was opened to be read")
        numbers = max([self._numbers, *(outgoing.number for outgoing in changes.sends)])
        try:
            statements = list(statements_of(changes, self._steps + 1, numbers, self._upsert))
        except StoredTermError as error:
            raise _storage_error(error) from None
        try:
            self._begin()
            for statement, rows in statements:
                self._driver.run(statement, rows)
        except StorageError:
            self._give_up()
            raise
        try:
            self._make_durable()
        except StorageError:
            self._give_up()
            if not self._is_committed():
                raise
        self._steps, self._numbers = self._steps + 1, numbers
        for machine in changes.machines:
            self._machines.remember(machine.name, machine)
        for name, record in changes.records.items():
            self._records.remember(name, record)

    def _begin(self) -> None:
        # The driver neither begins nor commits anything by itself: what is one transaction is said here.
        self._driver.execute("BEGIN IMMEDIATE" if self._engine.dialect.name == "sqlite" else "BEGIN")

    def _make_durable(self) -> None:
        begun = time.perf_counter()
        self._driver.execute("COMMIT")
        self.commits += 1
        self.commit_seconds += time.perf_counter() - begun

    def _give_up(self) -> None:
        """Undo what was begun. Where that cannot be, the connection is broken, and the database undoes it itself."""
        try:
            self._driver.execute("ROLLBACK")
        except StorageError:
            self._connection.invalidate()
            self._connection.close()
            try:
                self._connection = self._connect()
            except (SQLAlchemyError, StorageError) as error:
                raise _storage_error(error) from None

    def _is_committed(self) -> bool:
        """Whether the last step was committed after all."""
        steps = self._read(sql.select(PROGRESS.c.steps)).scalar_one()
        return bool(steps == self._steps + 1)

    @property
    def _upsert(self) -> Any:
        return sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert

    # --- reading

    def _read(self, statement: sql.Executable) -> sql.CursorResult[Any]:
        try:
            return self._connection.execute(statement)
        except SQLAlchemyError as error:
            raise _storage_error(error) from None

    def _one(self, statement: sql.Executable, name: Row) -> Any:
        """The row with a name; None if there is none."""
        return self._driver.run(statement, (name,)).fetchone()

    def machine(self, name: str) -> Machine | None:
        """A machine by its name; None if there is none."""
        machine = self._machines.recall(name)
        if machine is None and (row := self._one(MACHINE, {"name": name})):
            machine = _understood(machine_in, row)
            if self.is_writer:
                self._machines.remember(name, machine)
        return machine

    def find(self, key: str) -> str | None:
        """The name of the machine with a key; None if none has it."""
        row = self._one(FIND, {"key": key})
        return row[0] if row else None

    def machines(self, where: Iterable[tuple[str, str]] | None = None) -> Iterator[Machine]:
        """The machines that are in one of these states: (table, control state); all, if nothing is said. By name."""
        statement = sql.select(MACHINES).order_by(MACHINES.c.name)
        if where is not None:
            states = [
                sql.and_(MACHINES.c.role_table == table, MACHINES.c.control == control) for table, control in where
            ]
            statement = statement.where(sql.or_(sql.false(), *states))
        yield from (_understood(machine_in, row) for row in self._read(statement).all())

    def made(self, name: str) -> str | None:
        """What was signed or sealed under a name; None if nothing was."""
        row = self._one(MADE_AS, {"name": name})
        return row[0] if row else None

    def record(self, kind: str, name: str) -> object | None:
        """What was set up under a name; None if nothing was."""
        record = self._records.recall((kind, name))
        if record is None and (row := self._one(RECORD, {"kind": kind, "name": name})):
            record = _understood(term_in, row[0])
            if self.is_writer:
                self._records.remember((kind, name), record)
        return record

    def records(self, kind: str) -> Iterator[tuple[str, object]]:
        """Everything of a kind, each with its name; by name."""
        wanted = sql.select(RECORDS.c.name, RECORDS.c.value).where(RECORDS.c.kind == kind).order_by(RECORDS.c.name)
        yield from ((row.name, _understood(term_in, row.value)) for row in self._read(wanted).all())

    def timers(self) -> Iterator[Armed]:
        """The timers that run, the next due first."""
        rows = self._read(sql.select(TIMERS).order_by(TIMERS.c.due, TIMERS.c.machine, TIMERS.c.timer)).all()
        yield from (Armed(row.machine, row.timer, row.due) for row in rows)

    def outbox(self) -> Iterator[Outgoing]:
        """What has not left yet, in order of numbers."""
        yield from map(outgoing_in, self._read(sql.select(OUTBOX).order_by(OUTBOX.c.number)).all())

    def next_number(self) -> int:
        """The number of the next that is sent: more than of any that ever was in the outbox."""
        return int(self._numbers) + 1

    def events(self) -> Iterator[str]:
        """The lines of the event log, in order."""
        yield from self._read(sql.select(EVENTS.c.line).order_by(EVENTS.c.number)).scalars().all()

    def close(self) -> None:
        """Let go of what is open. What was committed stays."""
        if hasattr(self, "_connection"):
            self._connection.close()
        if hasattr(self, "_engine"):
            self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


def _engine(url: str) -> sql.Engine:
    """The engine of a URL; one connection, of a driver that begins and commits nothing by itself."""
    try:
        made = sql.make_url(url)
        if made.drivername not in _DRIVERS:
            near = did_you_mean(made.drivername, _DRIVERS)
            raise StorageError(f"'{made.drivername}' is no database that is supported{near}")
        made = made.set(drivername=_DRIVERS[made.drivername])
        engine = sql.create_engine(made, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    except ArgumentError:
        raise StorageError("the storage has no URL of a database; write one such as sqlite:///relay.sqlite") from None
    except ModuleNotFoundError as error:
        raise StorageError(f"the package {error.name} is missing; pip install 'payrelay[reference]'") from None
    event.listen(engine, "connect", _make_durable[engine.dialect.name])
    return engine


_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}


def _make_sqlite_durable(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _make_postgresql_durable(connection: Any, _record: Any) -> None:
    connection.execute("SET synchronous_commit TO on")
    connection.commit()


_make_durable = {"sqlite": _make_sqlite_durable, "postgresql": _make_postgresql_durable}


def _understood(read: Callable[[Any], Value], stored: Any) -> Value:
    """What is stored, read. Raises StorageError if it cannot be."""
    try:
        return read(stored)
    except StoredTermError as error:
        raise _storage_error(error) from None


def _storage_error(error: Exception) -> StorageError:
    if isinstance(error, StorageError):
        return error
    reason = getattr(error, "orig", None) or error
    return StorageError(" ".join(str(reason).split()))
