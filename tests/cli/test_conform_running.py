"""`payrelay conform run`, `list`, `replay` and `export`, as people call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conformance import reference

from .conftest import Run

NATURAL = "purchase.path.natural"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that one stands in, with the configuration of a payment server."""
    monkeypatch.chdir(tmp_path)
    return reference.write(tmp_path, "payment").parent


def test_what_would_be_run_is_listed(run: Run, folder: Path) -> None:
    ran = run("conform", "list", "--depth", "smoke", "--ids")
    assert (ran.code, ran.err) == (0, "")
    assert f"{NATURAL}  sender.posts-each-message-to-its-endpoint" in ran.out
    document = json.loads(run("conform", "list", "--only", NATURAL, "--json").out)
    (check,) = document["checks"]
    assert (check["id"], document["steps"]) == (NATURAL, check["steps"])
    assert run("conform", "list", "--only", "nothing").code == 4


def test_cases_are_exported(run: Run, folder: Path) -> None:
    assert run("conform", "export", "--only", NATURAL, "--output", "case.json").code == 0
    assert json.loads((folder / "case.json").read_text(encoding="utf-8"))["id"] == NATURAL
    assert run("conform", "export", "--only", "nothing").code == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "--budget", "long"], "'long' is no duration; write 60s, 10m or 1h"),
        (["run", "--capability", "jsn"], "no capability 'jsn'; did you mean 'json'?"),
        (["run", "nowhere.toml"], "nowhere.toml"),
        (["run", "--output", "nowhere/result.json"], "cannot be written"),
        (["replay"], "missing argument"),
    ],
)
def test_what_cannot_be_run_is_one_line(run: Run, folder: Path, words: list[str], says: str) -> None:
    ran = run("conform", *words)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert says in line


def test_one_that_is_not_there_has_a_code_of_its_own(run: Run, folder: Path) -> None:
    path = folder / "conform.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[sut.start]")] + text[text.index("[trust]") :], encoding="utf-8")
    ran = run("conform", "run")
    assert (ran.code, ran.out) == (3, "")
    assert "start it, or mend its URL" in ran.err
    assert not (folder / "result.json").exists()


@pytest.mark.slow
def test_a_run_is_told_and_written(run: Run, folder: Path) -> None:
    ran = run("conform", "run", "--depth", "smoke", "--budget", "10s")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("payment: conforms\n")
    assert "untested by this budget" in ran.out
    assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["verdict"] == "conforms"
    assert run("conform", "report").out.startswith("payment: conforms")


@pytest.mark.slow
def test_a_check_is_made_again(run: Run, folder: Path) -> None:
    ran = run("conform", "replay", NATURAL)
    assert ran.code == 0
    assert ran.out.startswith(f"{NATURAL}, a check: passed")
    assert "AuthorizationRequest" in ran.out
    assert run("conform", "export", "--only", NATURAL, "--output", "case.json").code == 0
    assert json.loads(run("conform", "replay", "case.json", "--json").out)["checks"][0]["id"] == NATURAL
    ran = run("conform", "replay", "purchase.path.naturl")
    assert ran.code == 4
    assert f"did you mean '{NATURAL}'?" in ran.err


@pytest.mark.slow
def test_an_empty_filter_has_a_code_of_its_own(run: Run, folder: Path) -> None:
    ran = run("conform", "run", "--only", "nothing")
    assert (ran.code, ran.out) == (4, "")
    (line,) = ran.err.splitlines()
    assert "no check is called 'nothing'" in line


@pytest.mark.slow
def test_sequences_are_listed(run: Run, folder: Path) -> None:
    document = json.loads(run("conform", "list", "--depth", "full", "--only", "purchase.sequence.*", "--json").out)
    assert {check["stage"] for check in document["checks"]} == {"sequence"}
    assert (document["depth"], document["capabilities"]) == ("full", ["json"])
    assert document["steps"] > len(document["checks"]) > 0


@pytest.mark.slow
def test_capabilities_are_listed(run: Run, tmp_path: Path) -> None:
    path = reference.write(tmp_path, "relay")
    path.write_text(f'{path.read_text(encoding="utf-8")}[run]\ncapabilities = ["json", "html"]\n', encoding="utf-8")
    ran = run("conform", "list", str(path), "--depth", "smoke", "--only", "purchase_html.path.natural")
    assert "with capability json; with html that all goes well" in ran.out
    assert "     1  path" in ran.out


@pytest.mark.slow
def test_what_is_expected_to_fail_and_does_not_is_a_failure(run: Run, folder: Path) -> None:
    (folder / "expected.toml").write_text(f'[[expected]]\nid = "{NATURAL}"\nwhy = "it is new"\n', encoding="utf-8")
    path = folder / "conform.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}[expect]\nfile = "expected.toml"\n', encoding="utf-8")
    ran = run("conform", "run", "--only", NATURAL)
    assert ran.code == 1
    assert "payment: does not conform" in ran.out
    assert f"expected.toml:1: {NATURAL} does not fail; take it out" in ran.out
    assert "stale: " in run("conform", "report").out


@pytest.mark.slow
def test_a_full_run_says_what_it_guarantees(run: Run, folder: Path) -> None:
    ran = run("conform", "run", "--depth", "full", "--budget", "4s")
    assert ran.code == 0
    assert "guarantee: none yet: " in ran.out
