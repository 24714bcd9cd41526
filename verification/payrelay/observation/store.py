"""Store: what is followed, by name. What was not spoken of for long is put aside, into a file that has no name.

Nothing is forgotten: a copy that comes late finds its procedure as it was. Memory holds those of which something was
heard lately, twice `most` at the most.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 4096


class Store(Generic[T]):
    """Values by name. A context: its end is that of the file."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._recent: dict[str, T] = {}
        self._older: dict[str, T] = {}
        self._file: sqlite3.Connection | None = None
        self.aside = 0
        """How many times one was put aside."""

    def get(self, name: str) -> T | None:
        """The value of a name; None if there is none."""
        value = self._recent.get(name)
        if value is None:
            value = self._older.pop(name, None) or self._fetch(name)
            if value is not None:
                self.put(name, value)
        return value

    def put(self, name: str, value: T) -> None:
        """Keep a value under a name."""
        self._recent[name] = value
        if len(self._recent) >= self.most:
            self._put_aside(self._older)
            self._older, self._recent = self._recent, {}

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Store[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetch(self, name: str) -> T | None:
        if self._file is None:
            return None
        found = self._file.execute("SELECT value FROM aside WHERE name = ?", (_key(name),)).fetchone()
        return None if found is None else pickle.loads(found[0])  # written by this very process

    def _put_aside(self, values: dict[str, T]) -> None:
        if self._file is None:
            if not values:
                return
            self._file = sqlite3.connect("", isolation_level=None)  # a temporary file, which nobody else can read
            self._file.execute("PRAGMA synchronous = OFF")
            self._file.execute("PRAGMA journal_mode = OFF")
            self._file.execute("CREATE TABLE aside (name BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        self.aside += len(values)
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO aside VALUES (?, ?)", _rows(values))
        self._file.execute("COMMIT")


def _rows(values: dict[str, T]) -> Iterable[tuple[bytes, bytes]]:
    return ((_key(name), pickle.dumps(value, pickle.HIGHEST_PROTOCOL)) for name, value in values.items())


def _key(name: str) -> bytes:
    """A name as bytes: what stood in JSON need not be text that can be encoded."""
    return name.encode("utf-8", "surrogatepass")
