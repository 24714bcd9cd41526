"""A PostgreSQL server of its own for tests: a new cluster in a folder, reached by a socket in that folder alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ANYBODY = "nobody"
"""Who runs it where the tests are run by root, whom it refuses."""


def program(name: str) -> str:
    """A program of PostgreSQL, which Debian keeps out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(places[-1]) if places else shutil.which(name)
    if found is None:
        pytest.skip(f"{name}: Debian package postgresql")
    return found


@contextmanager
def running() -> Iterator[str]:
    """The SQLAlchemy URL of a server, with no name of a database yet."""
    initdb, server = program("initdb"), program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="payrelay-postgresql-"))
    user = ANYBODY if os.geteuid() == 0 else None
    if user is not None:
        about = pwd.getpwnam(user)
        os.chown(folder, about.pw_uid, about.pw_gid)
    make = [initdb, "--auth=trust", "--username=payrelay", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    try:
        subprocess.run([*make, "-D", folder / "data"], user=user, cwd=folder, capture_output=True, check=True)
        arguments = ["-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="]
        log = folder / "log"
        with log.open("w") as said:  # a pipe that nobody reads would hold it up once it is full
            process = subprocess.Popen(
                [server, *arguments], user=user, cwd=folder, stderr=said, env={"LC_ALL": "C.UTF-8"}
            )
        while "ready to accept connections" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        try:
            yield f"postgresql://payrelay@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # at once, whoever is connected
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
