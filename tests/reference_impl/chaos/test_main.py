"""The campaign as a command: what it cannot do it says in one line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.ports import free_ports

from payrelay.reference_impl.chaos.__main__ import main


def test_invalid_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there is not replaced, not even on demand if it is no system."""
    (tmp_path / "notes").write_text("mine")
    assert main([str(tmp_path), "--replace", "--first-port", str(free_ports(8))]) == 2
    said = capsys.readouterr().err
    assert said == f"payrelay: {tmp_path} is there already: name another folder, or remove it\n"
    assert (tmp_path / "notes").read_text() == "mine"


def test_invalid_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1] - 3
        assert main([str(tmp_path / "system"), "--first-port", str(port)]) == 2
    assert capsys.readouterr().err.endswith("begin at another port: --first-port N\n")
    assert not (tmp_path / "system").exists()


def test_invalid_without_a_compiler(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrelay.reference_impl.chaos.forgetting.shutil.which", lambda _name: None)
    assert main([str(tmp_path / "system"), "--forgetful", "--first-port", str(free_ports(8))]) == 2
    assert "install the package gcc" in capsys.readouterr().err
