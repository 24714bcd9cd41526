"""The database on a disk that forgets everything after its last fsync: whatever was committed is there all the same."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from payrelay.reference_impl.chaos.forgetting import built
from payrelay.reference_impl.sql_storage import SqlStorage

COMMITS = 5
PROGRAM = """
import os, signal, sys
from payrelay.host.storage import Changes, Outgoing
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.wire.exchange import Request

storage = SqlStorage(sys.argv[1], "relay")
storage._connection.exec_driver_sql(f"PRAGMA synchronous={sys.argv[2]}")
for number in range(1, int(sys.argv[3]) + 1):
    send = Outgoing(number, "shop", Request("POST", "/x", (), b"bytes" * 1000))
    storage.commit(Changes(sends=(send,), events=(str(number),)))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library to preload."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc: Debian package gcc")
    return built(tmp_path_factory.mktemp("forgetful"))


def after_power_failure(folder: Path, library: Path, synchronous: str) -> SqlStorage:
    """The database that is left of one whose power failed after a number of commits."""
    before, disk = folder / "before", folder / "disk"
    for made in (before, disk / "contents", disk / "names"):
        made.mkdir(parents=True)
    environment = {"PYTHONPATH": ":".join(sys.path), "LD_PRELOAD": str(library), "FORGETFUL_DISK": str(disk)}
    command = [sys.executable, "-c", PROGRAM, f"sqlite:///{before / 'relay.sqlite'}", synchronous, str(COMMITS)]
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (killed.returncode, killed.stderr) == (-9, "")
    left = {path.name for path in (disk / "contents").iterdir()} & {path.name for path in (disk / "names").iterdir()}
    after = folder / "after"
    after.mkdir()
    for name in left:
        shutil.copy(disk / "contents" / name, after / name)
    return SqlStorage(f"sqlite:///{after / 'relay.sqlite'}", "relay")


@pytest.mark.slow
def test_what_was_committed_outlives_a_power_failure(tmp_path: Path, forgetful: Path) -> None:
    storage = after_power_failure(tmp_path, forgetful, "FULL")
    assert list(storage.events()) == ["1", "2", "3", "4", "5"]
    assert [outgoing.number for outgoing in storage.outbox()] == [1, 2, 3, 4, 5]
    storage.close()


@pytest.mark.slow
@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_less_than_full_durability_is_seen_to_forget(tmp_path: Path, forgetful: Path, synchronous: str) -> None:
    storage = after_power_failure(tmp_path, forgetful, synchronous)
    assert list(storage.events()) == []
    assert storage.next_number() == 1
    storage.close()
