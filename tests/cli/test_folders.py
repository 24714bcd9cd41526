"""The log of a whole system: payments by processes are runs of the model, and what is not is found in its folder."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.cli.conftest import Run
from tests.cli.systems_at_work import ENVIRONMENT
from tests.cli.test_serve import served
from tests.ports import free_ports
from tests.reference_impl.test_pages import slots
from tests.reference_impl.test_processes import ordered, press

from payrelay.cli.catalogue import payments
from payrelay.host.storage import Changes
from payrelay.reference_impl.processes import running
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.reference_impl.systems import Plan, write_system

MODEL = payments()
LYING = 'variant = "broken_wallet_lies"\n'
"""The wallet has one yen confirmed and pays the price; the relay does not compare."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A system with two wallets that nobody has started."""
    write_system(tmp_path / "system", Plan(first_port=free_ports(8)), now=int(time.time()), random=os.urandom)
    return tmp_path / "system"


def shop_of(folder: Path) -> str:
    return str(read_settings(folder / "shop.toml", {}).server.url)


def paid(folder: Path) -> dict[str, str]:
    """What the user is shown last, who orders a pen, chooses a wallet and confirms what is to be confirmed."""
    with httpx2.Client(trust_env=False, timeout=30) as browser:
        page = press(browser, ordered(browser, shop_of(folder)), "choose_1")
        asked = slots(page)
        return {
            "asked": asked.get("amount", ""),
            **slots(press(browser, page, "confirm") if "amount" in asked else page),
        }


@pytest.fixture
def of_processes(folder: Path) -> Path:
    """A system in which an order was paid, and which has ended."""
    settings = {path.stem: path for path in folder.glob("*.toml")}
    with running(settings, ENVIRONMENT):
        assert paid(folder)["outcome"] == "approved"
    return folder


def document_of(run: Run, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check-trace", *words, "--json", model=MODEL).out)
    return found


@pytest.mark.slow
def test_a_payment_by_processes_is_a_run_of_the_model_and_an_edited_line_is_found(
    run: Run, of_processes: Path, tmp_path: Path
) -> None:
    merged = tmp_path / "merged.ndjson"
    found = document_of(run, str(of_processes), "--log", str(merged))
    assert (found["verdict"], found["procedures"], found["not_looked_at"], found["variants"]) == ("explained", 1, 2, {})
    lines = merged.read_text().splitlines()
    assert found["events"] + found["not_looked_at"] == len(lines)
    # The log by itself, as its folder was followed.
    told = [word for link in found["links"] for word in ("--links", link)]
    told += [word for one in found["configurations"] for word in ("--configuration", one["name"])]
    again = document_of(run, str(merged), *told)
    assert (again["verdict"], again["events"]) == ("explained", found["events"])

    with sqlite3.connect(of_processes / "payment.sqlite") as database:
        said = '"outcome":"approved"'
        changed = database.execute(
            'UPDATE events SET line = replace(line, ?, ?) WHERE line LIKE \'%"direction":"sent"%\'',
            (said, '"outcome":"declined"'),
        )
        assert changed.rowcount == 1
    ran = run("check-trace", str(of_processes), model=MODEL)
    assert ran.code == 1
    assert "AuthorizationResponse" in ran.out
    assert f"payrelay draw sequence {of_processes} --configuration" in ran.out
    drawn = run("draw", "sequence", str(of_processes), model=MODEL)
    assert (drawn.code, "is not explained" in " ".join(drawn.out.split()[:12])) == (0, True)


@pytest.mark.slow
def test_what_another_terminal_has_asked_is_a_run_with_two_terminals(run: Run, folder: Path) -> None:
    where = ("pay", "--folder", str(folder))
    with running({path.stem: path for path in folder.glob("*.toml")}, ENVIRONMENT):
        assert run(*where, "--cart", "A pen", "--wallet", "1", "--yes").code == 0
        assert run(*where, "--resume").code == 0
    assert document_of(run, str(folder))["deviation"]["reason"].startswith("terminal is ")
    two = "faults security=plain wallets=2 capability=plain_text nonces=each tabs=2 ordering=false"
    assert document_of(run, str(folder), "--configuration", two)["verdict"] == "explained"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variants", "others", "shown"),
    [
        ("wallet", ("authority", "payment", "shop", "relay"), {"asked": "", "code": "CONFIRM_MISMATCH"}),
        ("wallet relay", ("authority", "payment", "shop"), {"asked": "1 JPY", "outcome": "approved"}),
    ],
)
def test_a_variant_does_otherwise_over_http_and_the_log_says_what(
    run: Run, folder: Path, tmp_path: Path, variants: str, others: tuple[str, ...], shown: dict[str, str]
) -> None:
    """A wallet lies; the relay as it should be notices, and one that does not compare takes it for the truth."""
    lying = tmp_path / "lying.toml"
    lying.write_text(LYING)
    with (
        served("--folder", str(folder), *others),
        served("--folder", str(folder), *variants.split(), "--variant", str(lying)) as system,
    ):
        told = [line for line in system.said if line.endswith("  a variant: broken_wallet_lies")]
        assert len(told) == 1 + len(variants.split())  # two wallets
        health = httpx2.get(f"{told[0].split()[1]}/health")
        assert health.json()["variant"] == "broken_wallet_lies"
        page = paid(folder)
    assert {name: page.get(name) for name in shown} == shown
    assert (folder / "wallet-1.log").read_text() == "payrelay: wallet-1 is a variant: broken_wallet_lies\n"
    assert (folder / "shop.log").read_text() == ""
    found = document_of(run, str(folder))
    parties = {"wallet-1", "wallet-2"} | ({"relay"} if "relay" in variants else set())
    assert found["variants"] == {party: ["broken_wallet_lies"] for party in parties}
    assert found["verdict"] == "not_explained"
    event = found["deviation"]["event"]
    assert (event["from"], event["message"]["message"]) == ("wallet-1", "ConfirmInfoMessage")
    assert found["deviation"]["reason"].startswith("Amount is '1 JPY' here, and was '150 JPY' before")
    assert run("audit", str(folder)).code == (1 if "relay" in variants else 0)
    # Served again as it should be, the log is still that of a variant.
    with served("--folder", str(folder), "wallet") as system:
        assert not any("a variant:" in line for line in system.said)
    assert document_of(run, str(folder))["variants"] == found["variants"]


@pytest.mark.slow
def test_invalid_folder_of_a_system_that_runs(run: Run, folder: Path) -> None:
    with served("--folder", str(folder), "shop"):
        ran = run("check-trace", str(folder), model=MODEL)
    assert (ran.code, ran.out) == (2, "")
    assert "another process has this database; stop it first" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.slow
def test_a_system_in_which_nothing_has_happened(run: Run, folder: Path) -> None:
    ran = run("check-trace", str(folder), model=MODEL)
    assert (ran.code, ran.out.splitlines()[0]) == (4, f"{folder}: nothing was checked")


def test_invalid_log_in_which_runs_are_not_named(run: Run, folder: Path) -> None:
    """A query to one of several wallets could be of any run: nothing is said, rather than something wrong."""
    line = (
        '{"at":"2026-01-01T00:00:00Z","link":"relay_wallet","from":"relay","to":"wallet-1","direction":"received",'
        '"message":{"message":"WalletQuery","fields":{}},"http":null,"procedure":null}'
    )
    with closing(SqlStorage(f"sqlite:///{folder / 'wallet-1.sqlite'}", "wallet-1")) as storage:
        storage.commit(Changes(events=(line,)))
    ran = run("check-trace", str(folder), model=MODEL)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "write [log] names_runs = true into the settings of all parties" in ran.err


def test_invalid_folder_without_a_system(run: Run, tmp_path: Path) -> None:
    ran = run("check-trace", str(tmp_path), model=MODEL)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "there are no settings of any party; write a system there first: payrelay serve" in ran.err


def test_invalid_log_of_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").touch()
    ran = run("check-trace", str(tmp_path / "log.ndjson"), "--log", str(tmp_path / "other"), model=MODEL)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "--log writes the log of a FOLDER" in ran.err
