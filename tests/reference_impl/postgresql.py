"""A PostgreSQL server of its own for tests: a new cluster in a folder, reached by a socket in that folder alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
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
        process = subprocess.Popen(
            [server, *arguments], user=user, cwd=folder, stderr=subprocess.PIPE, text=True, env={"LC_ALL": "C.UTF-8"}
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "ready to accept connections" in line:
                break
        try:
            yield f"postgresql://payrelay@/postgres?host={folder}"
        finally:
            process.terminate()
            process.communicate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
