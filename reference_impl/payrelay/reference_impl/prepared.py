"""Statements of SQLAlchemy Core, each compiled once, and run by the driver beneath: what every step runs.

SQLAlchemy finds a statement's text anew each time that it is executed, and wraps what comes back: several times what
SQLite itself takes. What is seldom run is run by SQLAlchemy all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sql

from payrelay.host.storage import StorageError

Row = Mapping[str, Any]
"""The values of one row, by the names of columns or parameters."""


class Driver:
    """The connection of the driver beneath a connection of SQLAlchemy, which begins and commits nothing by itself."""

    def __init__(self, connection: sql.Connection) -> None:
        self._dialect = connection.dialect
        self._connection: Any = connection.connection.driver_connection
        self._compiled: dict[sql.Executable, tuple[str, Sequence[str] | None]] = {}

    def run(self, statement: sql.Executable, rows: Sequence[Row]) -> Any:
        """Run a statement with each of some rows; the driver's cursor. Raises StorageError."""
        text, positions = self._compiled.get(statement) or self._compile(statement, rows[0])
        values = rows if positions is None else [[row[name] for name in positions] for row in rows]
        return self.execute(text, values)

    def execute(self, text: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement of SQL, once, or with each of some values; the driver's cursor. Raises StorageError."""
        try:
            cursor = self._connection.cursor()
            if len(values) > 1:
                cursor.executemany(text, values)
            else:
                cursor.execute(text, *values)
        except self._dialect.loaded_dbapi.Error as error:
            raise StorageError(" ".join(str(error).split())) from None
        return cursor

    def _compile(self, statement: sql.Executable, row: Row) -> tuple[str, Sequence[str] | None]:
        clause: Any = statement
        made = clause.compile(dialect=self._dialect, column_keys=list(row))
        found = self._compiled[statement] = str(made), made.positiontup
        return found
