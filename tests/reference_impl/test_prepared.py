"""Statements that are compiled once: what the driver is given, and what it says when it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sql

from payrelay.host.storage import StorageError
from payrelay.reference_impl.prepared import Driver

THINGS = sql.Table(
    "things", sql.MetaData(), sql.Column("name", sql.Text, primary_key=True), sql.Column("number", sql.Integer)
)
ADD = sql.insert(THINGS)
NUMBER = sql.select(THINGS.c.number).where(THINGS.c.name == sql.bindparam("wanted"))


@pytest.fixture
def connection() -> Iterator[sql.Connection]:
    engine = sql.create_engine("sqlite://", isolation_level="AUTOCOMMIT")
    with engine.connect() as opened:
        THINGS.create(opened)
        yield opened
    engine.dispose()


def test_rows_are_given_by_name(connection: sql.Connection) -> None:
    driver = Driver(connection)
    driver.run(ADD, [{"number": 1, "name": "one"}])
    driver.run(ADD, [{"name": "two", "number": 2}, {"number": 3, "name": "three"}])
    assert driver.run(NUMBER, [{"wanted": "three"}]).fetchone() == (3,)
    assert driver.run(NUMBER, [{"wanted": "four"}]).fetchone() is None
    assert connection.execute(sql.select(sql.func.count()).select_from(THINGS)).scalar_one() == 3


def test_a_statement_is_compiled_once(connection: sql.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(connection)
    driver.run(ADD, [{"number": 1, "name": "one"}])
    monkeypatch.setattr(driver, "_compile", None)
    driver.run(ADD, [{"number": 2, "name": "two"}])
    with pytest.raises(TypeError):
        driver.run(NUMBER, [{"wanted": "one"}])


def test_invalid_statements_are_told_in_one_line(connection: sql.Connection) -> None:
    driver = Driver(connection)
    driver.run(ADD, [{"number": 1, "name": "one"}])
    with pytest.raises(StorageError, match=r"^UNIQUE constraint failed: things\.name$"):
        driver.run(ADD, [{"number": 2, "name": "one"}])
    with pytest.raises(StorageError, match=r'^near "nonsense": syntax error$'):
        driver.execute("nonsense")
    assert driver.run(NUMBER, [{"wanted": "one"}]).fetchone() == (1,)
