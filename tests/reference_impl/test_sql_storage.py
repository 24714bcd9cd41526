"""The database, held against the contract of storage; killed, failing, and of the wrong party."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.host.storage_contract import StorageContract, check_that_a_reopened_storage_is_whole, few

from payrelay.host.storage import Changes, Machine, Outgoing, StorageError
from payrelay.language.role import Local
from payrelay.reference_impl.failing_storage import FailingStorage
from payrelay.reference_impl.prepared import Driver
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.wire.exchange import Request

FOLDERS: list[Path] = []
SEND = Outgoing(1, "shop", Request("POST", "/x", (), b"bytes"))


def machine(name: str = "procedure-1", control: str = "settling", data: object = None) -> Machine:
    return Machine(name, "relay_procedure", Local(control, data))


def new_database() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="payrelay-storage-"))
    FOLDERS.append(folder)
    return folder / "relay.sqlite"


def opened(path: Path) -> SqlStorage:
    return SqlStorage(f"sqlite:///{path}", "relay")


def break_at(storage: SqlStorage, write: int) -> list[str]:
    """Let the n-th statement that writes fail, COMMIT among them; none, if n is 0. Here is what has failed."""
    failed: list[str] = []
    driver = storage._driver
    vars(driver).pop("execute", None)
    left = write

    def breaking(text: str, values: Sequence[Any] = ()) -> Any:
        nonlocal left
        if text.split()[0] in ("INSERT", "UPDATE", "DELETE", "COMMIT"):
            left -= 1
            if left == 0:
                failed.append(text)
                raise StorageError("the disk is full")
        return Driver.execute(driver, text, values)

    if write:
        vars(driver)["execute"] = breaking
    return failed


@pytest.fixture(scope="module", autouse=True)
def no_folder_stays() -> Iterator[None]:
    yield
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)


class SqliteContract(StorageContract):
    create = new_database
    open = opened
    break_at = break_at


SqliteContract.TestCase.settings = few(25, 12)
TestSqlite = pytest.mark.slow(SqliteContract.TestCase)


def test_a_reopened_database_is_whole(tmp_path: Path) -> None:
    check_that_a_reopened_storage_is_whole(lambda: opened(tmp_path / "relay.sqlite"))


@pytest.mark.parametrize("write", range(1, 9))
def test_a_step_whose_nth_write_fails_has_not_happened(tmp_path: Path, write: int) -> None:
    storage = opened(tmp_path / "relay.sqlite")
    step = Changes(machines=(machine(),), sends=(SEND,), made={"a": "b"}, records={("k", "n"): 1}, events=("line",))
    break_at(storage, write)  # there are 7: progress, machine, outbox, made, record, event, COMMIT
    if write < 8:
        with pytest.raises(StorageError, match="the disk is full"):
            storage.commit(step)
        assert (storage.machine("procedure-1"), list(storage.outbox()), list(storage.events())) == (None, [], [])
        assert (storage.made("a"), storage.record("k", "n"), storage.next_number()) == (None, None, 1)
        break_at(storage, 0)
    storage.commit(step)
    assert (storage.machine("procedure-1"), list(storage.outbox())) == (machine(), [SEND])
    storage.close()


def test_a_full_disk_is_an_error_in_one_line(tmp_path: Path) -> None:
    storage = opened(tmp_path / "relay.sqlite")
    storage._connection.exec_driver_sql("PRAGMA max_page_count=20").fetchall()
    with pytest.raises(StorageError, match=r"^database or disk is full$"):
        storage.commit(Changes(machines=(machine(data="long" * 100_000),)))
    assert list(storage.machines()) == []
    storage.commit(Changes(machines=(machine(),)))
    assert list(storage.machines()) == [machine()]
    storage.close()


KILLED = """
import sys, time
from payrelay.host.storage import Changes, Machine, Outgoing
from payrelay.language.role import Local
from payrelay.reference_impl.failing_storage import FailingStorage
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.wire.exchange import Request

storage = SqlStorage(sys.argv[1], "relay")
for number in range(1, 4):
    send = Outgoing(number, "shop", Request("POST", "/x", (), b"bytes"))
    storage.commit(Changes(machines=(Machine(f"procedure-{number}", "relay_procedure", Local("settling", None)),),
                           sends=(send,)))
print("committed, not sent", flush=True)
storage._begin()
storage._connection.exec_driver_sql("DELETE FROM outbox")
print("in the middle of a step", flush=True)
time.sleep(60)
"""


def test_a_killed_process_has_sent_nothing_that_is_not_kept(tmp_path: Path) -> None:
    database = tmp_path / "relay.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, f"sqlite:///{database}"],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "committed, not sent\n"
    assert process.stdout.readline() == "in the middle of a step\n"
    with pytest.raises(StorageError, match="another process has this database; stop it first"):
        opened(database)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    storage = opened(database)
    assert [one.name for one in storage.machines()] == ["procedure-1", "procedure-2", "procedure-3"]
    assert [one.number for one in storage.outbox()] == [1, 2, 3]
    assert storage.next_number() == 4
    storage.close()


def test_an_audit_reads_beside_the_writer(tmp_path: Path) -> None:
    writer = opened(tmp_path / "relay.sqlite")
    writer.commit(Changes(machines=(machine(),)))
    reader = SqlStorage(f"sqlite:///{tmp_path / 'relay.sqlite'}", "relay", is_writer=False)
    assert reader.machine("procedure-1") == machine()
    writer.commit(Changes(machines=(machine(control="settled"),)))
    assert reader.machine("procedure-1") == machine(control="settled")  # it remembers nothing
    with pytest.raises(StorageError, match="it was opened to be read"):
        reader.commit(Changes())
    reader.close()
    writer.close()


def test_invalid_databases_are_told_in_one_line(tmp_path: Path) -> None:
    database = tmp_path / "relay.sqlite"
    opened(database).close()
    expected = {
        ("sqlite:///nowhere/at/all.sqlite", "relay"): "cannot make a database there: No such file or directory",
        (f"sqlite:///{database}", "shop"): "this is the database of relay; give shop one of its own",
        ("postgres://localhost/x", "relay"): "is no database that is supported; did you mean 'postgresql'",
        ("relay.sqlite", "relay"): "write one such as sqlite:///relay.sqlite",
    }
    for (url, party), said in expected.items():
        with pytest.raises(StorageError, match=said) as caught:
            SqlStorage(url, party)
        assert "\n" not in str(caught.value)
    with pytest.raises(StorageError, match="there is no such database; start relay first"):
        SqlStorage(f"sqlite:///{tmp_path / 'new.sqlite'}", "relay", is_writer=False)
    assert not (tmp_path / "new.sqlite").exists()
    (tmp_path / "new.sqlite").touch()
    with pytest.raises(StorageError, match="this is no database of relay; start relay first"):
        SqlStorage(f"sqlite:///{tmp_path / 'new.sqlite'}", "relay", is_writer=False)


@pytest.mark.parametrize("name", ["schema_version", "forms"])
def test_invalid_version_is_refused(tmp_path: Path, name: str) -> None:
    database = tmp_path / "relay.sqlite"
    opened(database).close()
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE about SET value = 'another' WHERE name = ?", (name,))
    connection.close()
    with pytest.raises(StorageError, match="of another version of payrelay"):
        opened(database)


def test_what_cannot_be_stored_changes_nothing(tmp_path: Path) -> None:
    storage = opened(tmp_path / "relay.sqlite")
    with pytest.raises(StorageError, match="a set cannot be stored"):
        storage.commit(Changes(machines=(machine(data={1}),), events=("line",)))
    assert (list(storage.machines()), list(storage.events())) == ([], [])
    storage.close()


def test_nobody_else_can_read_a_database(tmp_path: Path) -> None:
    storage = opened(tmp_path / "relay.sqlite")
    storage.commit(Changes(events=("line",)))
    files = {
        path.name: path.stat().st_mode & 0o077 for path in tmp_path.glob("relay.sqlite*") if path.suffix != ".lock"
    }
    assert files == {"relay.sqlite": 0, "relay.sqlite-wal": 0, "relay.sqlite-shm": 0}
    storage.close()


def test_sqlite_is_as_durable_as_it_can_be(tmp_path: Path) -> None:
    storage = opened(tmp_path / "relay.sqlite")
    pragmas = {
        name: storage._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        for name in ("journal_mode", "synchronous")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL
    storage.close()


def test_a_storage_fails_when_it_is_told_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'relay.sqlite'}"
    storage = FailingStorage(url, "relay", 2)
    storage.commit(Changes(machines=(machine("a"),)))
    for _ in range(2):
        with pytest.raises(StorageError, match=r"it fails, as storage.fails_at says"):
            storage.commit(Changes(machines=(machine("b"),)))
    assert [one.name for one in storage.machines()] == ["a"]
    storage.close()
