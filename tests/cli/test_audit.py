"""`payrelay audit`: books that agree, that do not, that say nothing, and folders that have none."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from payrelay.host.records import POSTINGS, Posting
from payrelay.host.storage import Changes
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import ProcKey
from payrelay.reference_impl.servers import open_storage
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import Plan, write_system
from payrelay.wire.identities import counted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written = tmp_path / "system"
    write_system(written, Plan(), now=1_800_000_000, random=counted(b"audit"))
    return written


def commit(folder: Path, party: str, changes: Changes) -> None:
    with closing(open_storage(read_settings(folder / f"{party}.toml", {}))) as storage:
        storage.commit(changes)


def test_before_anything_has_happened_nothing_is_established(run: Run, folder: Path) -> None:
    ran = run("audit", str(folder))
    assert (ran.code, ran.err) == (4, "")
    assert ran.out.endswith("Nothing has happened yet, so that says little: payrelay serve, and pay.\n")
    document = json.loads(run("audit", str(folder), "--json").out)
    assert (document["kind"], document["schema_version"]) == ("audit", 1)
    assert (document["has_happened"], document["findings"], document["exit_code"]) == (False, [], 4)


def test_money_that_was_taken_without_anything_is_found(run: Run, folder: Path) -> None:
    taken = Posting(
        Symbol("account", "account of the user"), ProcKey("shop", Symbol("proc_id", "0" * 24)), Amount(1, "JPY")
    )
    commit(folder, "payment", Changes(records={(POSTINGS, "one"): taken}))
    ran = run("audit", str(folder))
    assert (ran.code, ran.err) == (1, "")
    assert "no_debit_without_consent" in ran.out
    document = json.loads(run("audit", str(folder), "--json").out)
    assert (document["agrees"], document["exit_code"]) == (False, 1)


def test_missing_books_are_inconclusive(run: Run, folder: Path) -> None:
    (folder / "relay.toml").unlink()
    ran = run("audit", str(folder))
    assert ran.code == 4
    assert "not looked at: no_debit_without_consent: there are no books of relay" in ran.out


def test_books_kept_elsewhere_are_inconclusive(run: Run, folder: Path) -> None:
    told = {"link": "relay_wallet", "from": "wallet-1", "to": "relay", "direction": "received", "message": None}
    commit(folder, "relay", Changes(events=(json.dumps({"at": "2027-01-15T08:00:00.000Z", **told}),)))
    ran = run("audit", str(folder))
    assert (ran.code, ran.err) == (4, "")
    assert "not looked at: no_debit_without_a_request: there are no books of wallet-1" in ran.out
    document = json.loads(run("audit", str(folder), "--json").out)
    assert (document["elsewhere"], document["findings"], document["exit_code"]) == (["wallet-1"], [], 4)


def test_invalid_folders_are_told_in_one_line(run: Run, folder: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    ran = run("audit", str(nothing))
    said = "there are no settings of any party; write a system there first: payrelay serve --folder"
    assert (ran.code, ran.out, ran.err) == (2, "", f"payrelay: {nothing}: {said} {nothing}\n")
    (folder / "shop.sqlite").unlink()
    ran = run("audit", str(folder))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "there is no such database; start shop first" in ran.err
    assert not (folder / "shop.sqlite").exists()
    (folder / "shop.sqlite").write_text("no database at all, though long enough to be looked into" * 20)
    ran = run("audit", str(folder))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "file is not a database" in ran.err
