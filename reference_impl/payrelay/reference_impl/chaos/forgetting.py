"""Forgetting: a disk that loses whatever was not made durable by an fsync, as one does when the power fails.

A library that is preloaded keeps of each file what its last fsync has made durable (`forgetful.c`). When the server is
dead, the files of its database are made what is left.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from payrelay.language.configurations import ConfigurationError

SOURCE = Path(__file__).with_name("forgetful.c")
CONTENTS, NAMES = "contents", "names"


def built(folder: Path) -> Path:
    """The library to preload, made from its source. Raises ConfigurationError where there is no gcc."""
    if shutil.which("gcc") is None:
        raise ConfigurationError("gcc is missing, which makes the disk that forgets: install the package gcc")
    library = folder / "forgetful.so"
    command = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


class Disk:
    """The disks of all parties, in a folder; what is there when it is made is durable."""

    def __init__(self, folder: Path, databases: Mapping[str, Path]) -> None:
        self._folder, self._databases = folder, databases
        self._began = time.time_ns()
        self.forgotten = 0
        """How often a file was not what its server had written."""
        for party, database in databases.items():
            for kind in (CONTENTS, NAMES):
                (folder / party / kind).mkdir(parents=True)
            for file in _files_of(database):
                shutil.copy2(file, folder / party / CONTENTS / file.name)
                (folder / party / NAMES / file.name).touch()

    def environment(self, party: str) -> dict[str, str]:
        """What a party needs in its environment in order to have such a disk, if its process has the library."""
        return {"FORGETFUL_DISK": str(self._folder / party)}

    def forget(self, party: str) -> bool:
        """Make the files of a party's database what is left of them; whether anything was ever made durable."""
        disk, database = self._folder / party, self._databases[party]
        left = {path.name for path in (disk / CONTENTS).iterdir()} & {path.name for path in (disk / NAMES).iterdir()}
        kept = {name: (disk / CONTENTS / name).read_bytes() for name in left if name.startswith(database.name)}
        for file in _files_of(database):
            # What the processes share of a log that is open is made anew from the log.
            if not file.name.endswith("-shm") and file.read_bytes() != kept.get(file.name):
                self.forgotten += 1
            file.unlink()
        for name, contents in kept.items():
            if not name.endswith(".lock"):
                (database.parent / name).write_bytes(contents)
        return any(path.stat().st_mtime_ns > self._began for path in (disk / CONTENTS).iterdir())


def _files_of(database: Path) -> list[Path]:
    return [file for file in database.parent.glob(f"{database.name}*") if not file.name.endswith(".lock")]
