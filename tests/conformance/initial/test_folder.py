"""The folder to begin with: whole or not there at all, and only its owner reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.configuration import SERVERS, read_configuration
from payrelay.conformance.initial.folder import write_folder
from payrelay.conformance.initial.plan import Plan
from payrelay.host.keyring_files import read_keyring
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.identities import counted


@pytest.mark.parametrize("role", ["relay", "wallet"])
def test_the_keys_are_those_of_the_kit(tmp_path: Path, role: str) -> None:
    folder = tmp_path / "conform"
    plan = Plan((role,), security="hardened")
    (party,) = plan.parties
    write_folder(folder, plan, random=counted(b"init"))
    assembly = Assembly(read_configuration(folder, {}))
    assert set(SERVERS) < set(assembly.rings)
    given = read_keyring(folder / f"for-{party}" / "keyring.json")
    assert given.party == party
    assert given.recipients == assembly.rings["shop"].recipients
    names = {path.name for path in (folder / f"for-{party}").iterdir()}
    assert {f"signs-{role}.key.pem", "opens.key.pem", "root-shop.pem", "seals-for-payment.pem"} <= names
    assert ("signs-user.key.pem" in names) == (role == "wallet")


def test_several_parties_are_given_their_keys_and_the_kit_plays_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "conform"
    plan = Plan(("relay", "wallet", "wallet-2", "terminal"), security="hardened")
    write_folder(folder, plan, random=counted(b"init"))
    configuration = read_configuration(folder, {})
    assert configuration.under_test == plan.parties == ("relay", "wallet-1", "wallet-2", "terminal-1")
    assert configuration.sut.urls == {
        "relay": "http://127.0.0.1:9000",
        "wallet-1": "http://127.0.0.1:9001",
        "wallet-2": "http://127.0.0.1:9002",
    }
    assert configuration.played == ("shop", "payment", "authority")
    for party in plan.parties:
        given = read_keyring(folder / f"for-{party}" / "keyring.json")
        assert given.party == party.replace("terminal-1", "terminal")
    page = (folder / "README.md").read_text()
    assert all(f"`{party}`" in page and f"In `for-{party}/`:" in page for party in plan.parties)


def test_others_read_nothing_secret(tmp_path: Path) -> None:
    folder = tmp_path / "conform"
    write_folder(folder, Plan(("shop",), ("https://127.0.0.1:9000",), "hardened", tls=True), random=counted(b"init"))
    open_ones = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert [path.name for path in open_ones] == ["tls.roots.pem"]
    assert Assembly(read_configuration(folder, {})).tls_of("relay") is not None


def test_invalid_plans_leave_nothing(tmp_path: Path) -> None:
    for plan, says in (
        (Plan(("realy",)), "did you mean 'relay'"),
        (Plan(("relay",), security="plan"), "did you mean 'plain'"),
        (Plan(("relay",), first_port=80), "begin at 1024"),
        (Plan(("relay",), ("https://127.0.0.1:9000",)), "does not go with plain HTTP"),
        (Plan(("relay", "shop"), ("http://127.0.0.1:9000",)), "1 URLs for 2 servers"),
        (Plan(("terminal",), ("http://127.0.0.1:9000",)), "1 URLs for 0 servers"),
        (Plan(("wallet", "wallet-1")), "named twice"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            write_folder(tmp_path / "conform", plan, random=counted(b"init"))
    assert not list(tmp_path.iterdir())


def test_invalid_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(ConfigurationError, match="is there already"):
        write_folder(tmp_path, Plan(("relay",)), random=counted(b"init"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
