"""What a disk has left of a database, once its server is dead."""

from __future__ import annotations

from pathlib import Path

from payrelay.reference_impl.chaos.forgetting import CONTENTS, NAMES, Disk


def test_what_no_fsync_has_kept_is_gone(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite"
    database.write_bytes(b"old")
    disk = Disk(tmp_path / "disks", {"shop": database})
    kept = tmp_path / "disks" / "shop"
    assert disk.environment("shop") == {"FORGETFUL_DISK": str(kept)}
    # Written and synced is the log; the database is written, and not synced; of a file there was no sync of its folder.
    database.write_bytes(b"new")
    log, nameless = tmp_path / "shop.sqlite-wal", tmp_path / "shop.sqlite-x"
    log.write_bytes(b"log and more")
    nameless.write_bytes(b"x")
    (kept / CONTENTS / log.name).write_bytes(b"log")
    (kept / NAMES / log.name).touch()
    (kept / CONTENTS / nameless.name).write_bytes(b"x")
    assert disk.forget("shop")
    assert (database.read_bytes(), log.read_bytes(), nameless.exists()) == (b"old", b"log", False)
    assert disk.forgotten == 3


def test_a_disk_on_which_nothing_was_ever_synced_is_noticed(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite"
    database.write_bytes(b"old")
    assert not Disk(tmp_path / "disks", {"shop": database}).forget("shop")
