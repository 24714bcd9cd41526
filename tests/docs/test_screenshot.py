"""The picture of a payment: it shows what the pages say, it can be stale, and its label does not harm it."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path

import pytest

from docs import screenshot


def test_a_label_is_a_chunk_of_the_picture() -> None:
    picture = screenshot.PICTURE.read_bytes()
    name = b"tEXt" + screenshot.KEYWORD + b"\0" + screenshot.label(picture)
    at = picture.index(name)
    assert int.from_bytes(picture[at - 4 : at]) == len(name) - 4
    assert int.from_bytes(picture[at + len(name) : at + len(name) + 4]) == zlib.crc32(name)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    unlabelled = picture[: at - 4] + picture[at + len(name) + 4 :]
    assert screenshot.labelled(unlabelled, screenshot.label(picture)) == picture
    assert screenshot.label(unlabelled) == b""


@pytest.mark.slow
def test_the_picture_shows_what_the_pages_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert screenshot.main(["--check"]) == 0
    other = tmp_path / "other.png"
    other.write_bytes(screenshot.PICTURE.read_bytes().replace(screenshot.KEYWORD, b"something else"))
    assert screenshot.main(["--check", "--output", str(other)]) == 1
    assert capsys.readouterr().err == "other.png is stale; mend it with: python -m docs.screenshot\n"


def test_invalid_without_chromium(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert screenshot.main([]) == 2
    assert capsys.readouterr().err == "payrelay: chromium is missing: Debian package chromium\n"
