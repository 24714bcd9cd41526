"""`payrelay conform`: the commands to begin with, as people call them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from tests.cli.systems_at_work import COMMAND, ENVIRONMENT
from tests.conformance import reference
from tests.ports import free_ports

from payrelay.cli import main
from payrelay.reference_impl.systems import Plan


def test_init_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "relay tests"
    assert main(["conform", "init", "--role", "relay", "--folder", str(folder), "--security", "hardened"]) == 0
    told = capsys.readouterr().out
    assert f"payrelay conform doctor '{folder}/conform.toml'" in told
    assert {path.name for path in folder.iterdir()} == {"README.md", "conform.toml", "for-relay", "keys"}
    assert main(["conform", "init", "--folder", str(folder)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_init_says_how_a_terminal_is_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "c"
    assert main(["conform", "init", "--role", "terminal", "--folder", str(folder)]) == 0
    assert "Write into [sut] how a terminal is started, then:" in capsys.readouterr().out
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert '{"event": "user_chooses", "fields": {"index": 1}}' in page
    assert "| `{relay.url}` |" in page
    path = folder / "conform.toml"
    assert "{{" not in path.read_text(encoding="utf-8")
    assert main(["conform", "run", str(folder), "--depth", "smoke"]) == 4
    assert "waiting for you: nobody tells the terminal what its user does ([sut.trigger]" in capsys.readouterr().err
    text = path.read_text(encoding="utf-8").replace("# trigger = ", "trigger = ").replace('"node"', '"/nowhere/node"')
    path.write_text(text, encoding="utf-8")
    assert main(["conform", "doctor", str(folder)]) == 2
    assert "sut.trigger.command: cannot be started: No such file or directory" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["init", "--role", "realy"], "no role 'realy'; did you mean 'relay'?"),
        (["init", "--role", "relay", "--url", "https://127.0.0.1:1"], "does not go with plain HTTP"),
        (["doctor"], "make one: payrelay conform init"),
        (["peers"], "make one: payrelay conform init"),
        (["record", "9500"], "write PORT=URL"),
        (["docter"], "no command 'docter'; did you mean 'doctor'?"),
    ],
)
def test_invalid_words_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["conform", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert not list(tmp_path.iterdir())


def test_invalid_configurations_and_dead_systems_have_codes_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "c"
    main(["conform", "init", "--folder", str(folder), "--url", "http://127.0.0.1:9"])
    capsys.readouterr()
    assert main(["conform", "doctor", str(folder)]) == 3
    assert "Connection refused; start it, or mend its URL" in capsys.readouterr().out
    path = folder / "conform.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[trust]", "[trusts]"), encoding="utf-8")
    assert main(["conform", "doctor", str(path), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["verdict"], document["schema_version"]) == ("doctor", "wrong", 1)
    (wrong,) = (one for one in document["findings"] if one["outcome"] == "wrong")
    assert "did you mean 'trust'?" in wrong["says"]
    assert wrong["line"] == 1 + path.read_text(encoding="utf-8").splitlines().index("[trusts]")


@pytest.mark.slow
def test_the_doctor_finds_all_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = reference.write(tmp_path, "payment", Plan(security="hardened"))
    assert main(["conform", "doctor", str(path)]) == 0
    assert "A run can begin" in capsys.readouterr().out


@pytest.mark.slow
def test_peers_are_there_until_the_end_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    port = free_ports(7)
    main(["conform", "init", "--folder", str(folder), "--url", "http://127.0.0.1:9", "--port", str(port)])
    command = [*COMMAND, "conform", "peers", "--as", "shop,wallet-1", str(folder)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split()]
        told.append(process.stdout.readline().split())
        assert told == [["shop", f"http://127.0.0.1:{port}"], ["wallet-1", f"http://127.0.0.1:{port + 1}"]]
        assert httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()["party"] == "shop"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


@pytest.mark.slow
def test_a_recording_is_written_at_the_end(tmp_path: Path) -> None:
    port = free_ports(1)
    output = tmp_path / "t.har"
    command = [*COMMAND, "conform", "record", f"{port}=http://127.0.0.1:9", "--output", str(output)]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert process.stderr.readline() == f"http://127.0.0.1:{port} -> http://127.0.0.1:9\n"
        assert httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 502
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stdout.read().startswith("1 exchanges in")
        process.stderr.read()
    assert len(json.loads(output.read_text(encoding="utf-8"))["log"]["entries"]) == 1


def test_nothing_heavy_is_imported_for_help() -> None:
    script = (
        "import sys; from payrelay.cli import main; main(['conform', '--help']); print('payrelay.model' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
