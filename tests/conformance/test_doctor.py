"""The doctor: all is well with the reference servers, and each thing that is wrong is one line with its number."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance import reference

from payrelay.conformance.doctor import Doctor, Finding, Outcome
from payrelay.conformance.initial.folder import write_folder
from payrelay.conformance.initial.plan import Plan as Folder
from payrelay.reference_impl.systems import Plan
from payrelay.wire.identities import counted


def wrong(path: Path) -> Finding:
    """What the doctor finds to be wrong, once."""
    (found,) = (one for one in Doctor(path).findings() if one.outcome is Outcome.WRONG)
    assert "\n" not in found.says
    return found


@pytest.mark.slow
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("party", ["relay", "shop", "wallet-1", "payment", "authority"])
def test_all_is_well(tmp_path: Path, party: str, security: str) -> None:
    path = reference.write(tmp_path, party, Plan(security=security))
    doctor = Doctor(path)
    found = list(doctor.findings())
    assert [one.outcome for one in found] == [Outcome.WELL] * len(found), found
    assert {one.what for one in found} >= {"configuration", "keys", "discovery document", "messages", "round trip"}
    assert doctor.measured.slowest > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "what", "says", "code"),
    [
        ('token = "', 'token = "not', "data", "expected 204, not unauthenticated", 2),
        ('security = "hardened"', 'security = "plain"', "keys", "is the keyring of 'relay' at hardened", 2),
        ('folder = "', 'folder = "/nowhere', "keys", "shop.keys.json is not there", 2),
        ("shop = ", "# shop = ", "messages", "no ForwardedProcedureRequest from relay to shop", 2),
    ],
)
def test_invalid_lines_are_named(tmp_path: Path, old: str, new: str, what: str, says: str, code: int) -> None:
    path = reference.write(tmp_path, "relay", Plan(security="hardened"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = wrong(path)
    assert (found.what, found.code) == (what, code)
    assert says in found.says
    assert found.line is not None


@pytest.mark.slow
def test_invalid_keys_of_another_root_are_named(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "relay", Plan(security="hardened"))
    write_folder(tmp_path / "other", Folder(("relay",), security="hardened"), random=counted(b"other"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'folder = "{tmp_path / "system"}"', 'folder = "other/keys"'), encoding="utf-8")
    found = wrong(path)
    assert (found.what, found.code) == ("discovery document", 2)
    assert "not certified for it under the roots there" in found.says


def test_invalid_nobody_is_there(tmp_path: Path) -> None:
    write_folder(tmp_path / "c", Folder(("relay",), ("http://127.0.0.1:9",)), random=counted(b"c"))
    found = list(Doctor(tmp_path / "c").findings())
    assert [one.code for one in found if one.outcome is Outcome.WRONG] == [3]
    assert {one.outcome for one in found[3:]} == {Outcome.NOT_TRIED}


def test_invalid_command_that_cannot_be_started(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "relay")
    text = path.read_text(encoding="utf-8")
    for command, says in (
        ('["/nowhere/node"]', "cannot be started: No such file or directory"),
        ('["false"]', "relay ended with 1 at"),
        ('["node", "{shp.url}"]', "no peer 'shp'; did you mean 'shop'?"),
    ):
        line = next(line for line in text.splitlines() if line.startswith("command"))
        path.write_text(text.replace(line, f"command = {command}"), encoding="utf-8")
        found = wrong(path)
        assert (found.what, found.code) == ("system under test", 2)
        assert says in found.says
