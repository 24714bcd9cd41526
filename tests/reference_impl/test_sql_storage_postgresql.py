"""The database as one of PostgreSQL, held against the same contract; its connection broken, its answer lost."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sql
from tests.host.storage_contract import StorageContract, check_that_a_reopened_storage_is_whole, few
from tests.reference_impl.postgresql import running
from tests.reference_impl.test_sql_storage import SEND, break_at, machine

from payrelay.host.storage import Changes, StorageError
from payrelay.reference_impl.prepared import Driver
from payrelay.reference_impl.sql_storage import SqlStorage

pytestmark = pytest.mark.slow
NUMBERS = count(1)
SERVER: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with running() as url:
        SERVER.append(url)
        yield
        SERVER.clear()


def new_schema() -> str:
    """The URL of a new schema, which is as good as a new database and made faster."""
    schema = f"party_{next(NUMBERS)}"
    engine = sql.create_engine(SERVER[0].replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    engine.dispose()
    return f"{SERVER[0]}&options=-csearch_path%3D{schema}"


def opened(url: str) -> SqlStorage:
    return SqlStorage(url, "relay")


class PostgresqlContract(StorageContract):
    create = new_schema
    open = opened
    break_at = break_at


PostgresqlContract.TestCase.settings = few(15, 10)
TestPostgresql = PostgresqlContract.TestCase


def test_a_reopened_database_is_whole() -> None:
    url = new_schema()
    check_that_a_reopened_storage_is_whole(lambda: opened(url))


def test_a_second_writer_is_refused_and_a_reader_is_not() -> None:
    url = new_schema()
    writer = opened(url)
    with pytest.raises(StorageError, match="another process has this database; stop it first"):
        opened(url)
    writer.commit(Changes(machines=(machine(),)))
    reader = SqlStorage(url, "relay", is_writer=False)
    assert list(reader.machines()) == [machine()]
    reader.close()
    writer.close()


def test_a_step_waits_for_the_log_of_the_server() -> None:
    storage = opened(new_schema())
    assert storage._connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    storage.close()


def test_a_broken_connection_loses_the_step_and_nothing_more() -> None:
    url = new_schema()
    storage = opened(url)
    storage.commit(Changes(machines=(machine(),)))
    process = storage._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = SqlStorage(url, "relay", is_writer=False)
    other._connection.exec_driver_sql(f"SELECT pg_terminate_backend({process}, 5000)")
    other.close()
    with pytest.raises(StorageError, match="terminating connection"):
        storage.commit(Changes(sends=(SEND,)))
    assert (list(storage.machines()), list(storage.outbox())) == ([machine()], [])
    storage.commit(Changes(sends=(SEND,)))
    assert list(storage.outbox()) == [SEND]
    storage.close()


def test_a_commit_whose_answer_was_lost_is_one() -> None:
    storage = opened(new_schema())
    process = storage._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()

    driver = storage._driver

    def lose(text: str, values: Sequence[Any] = ()) -> Any:
        done = Driver.execute(driver, text, values)
        if text == "COMMIT":
            del vars(driver)["execute"]
            raise StorageError("the connection is broken")
        return done

    vars(driver)["execute"] = lose
    storage.commit(Changes(sends=(SEND,)))
    assert (list(storage.outbox()), storage.next_number()) == ([SEND], 2)
    storage.commit(Changes(sent=(1,)))
    assert list(storage.outbox()) == []
    assert process
    storage.close()


def test_invalid_server_is_told_in_one_line() -> None:
    with pytest.raises(StorageError, match="connection to server on socket") as caught:
        SqlStorage("postgresql://payrelay@/postgres?host=/nowhere", "relay")
    assert "\n" not in str(caught.value)
