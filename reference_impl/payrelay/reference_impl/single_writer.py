"""One writer: what keeps a second process from writing to a party's database. A crash lets go of it."""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path
from typing import IO

import sqlalchemy as sql

from payrelay.host.storage import StorageError


def file_of(url: sql.URL) -> Path | None:
    """The file that a database is in; None for one that is in no file."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def held_file(url: sql.URL) -> IO[bytes] | None:
    """The lock of a database in a file, held until it is closed; None for one that is in no file.

    It is a file beside the database: whoever closed any other handle on the database itself would let go of the locks
    that SQLite has on it.
    """
    database = file_of(url)
    if database is None:
        return None
    try:
        database.touch(mode=0o600)  # what is in it is nobody else's; SQLite gives its log the same permissions
        file = database.with_name(f"{database.name}.lock").open("ab")
    except OSError as error:
        raise StorageError(f"{database}: cannot make a database there: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StorageError(f"{database}: another process has this database; stop it first") from None
    return file


def held_by_postgresql(connection: sql.Connection, url: sql.URL) -> None:
    """Take the lock of a database of PostgreSQL, which is held as long as the connection is open."""
    number = int.from_bytes(hashlib.sha256(b"payrelay").digest()[:8], signed=True)
    if not connection.execute(sql.select(sql.func.pg_try_advisory_lock(number))).scalar_one():
        raise StorageError(
            f"{url.render_as_string(hide_password=True)}: another process has this database; stop it first"
        )
