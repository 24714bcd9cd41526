"""`payrelay conform selftest`: what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run

SOME = ("conform", "selftest", "--role", "authority", "--security", "plain", "--processes", "1", "--only")
SENT = "registration_authority.idle.forwarded_registration_request.send_form."


def test_invalid_role(run: Run) -> None:
    ran = run("conform", "selftest", "--role", "autority")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'authority'?" in ran.err


def test_invalid_a_file_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    ran = run(*SOME, SENT, "--output", str(tmp_path / "none" / "selftest.json"))
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be written" in ran.err


def test_no_variant_is_called_so(run: Run) -> None:
    ran = run(*SOME, "registration_autority")
    assert (ran.code, ran.out) == (4, "")
    assert "No variant's name begins with registration_autority" in ran.err


def test_variants_are_killed_and_it_says_by_what(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "selftest.json"
    ran = run(*SOME, f"{SENT}withhold_1", "--json", "--output", str(file))
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found == json.loads(file.read_text(encoding="utf-8"))
    (variant,) = found["variants"]
    assert (variant["role"], variant["operator"], variant["status"]) == ("authority", "withhold", "killed")
    assert variant["killed_by"]
    assert "1 of 1 variants killed" in run(*SOME, f"{SENT}withhold_1").out
