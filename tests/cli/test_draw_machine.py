"""`payrelay draw machine`: the machines of a role, in every format; and what is no role."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from payrelay.cli.catalogue import payments

from .conftest import Run


def test_a_role_to_read_in_a_terminal(run: Run) -> None:
    ran = run("draw", "machine", "server")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "server"
    assert [line.partition(":")[0] for line in lines if line and not line.startswith(" ")][1:] == [
        "server_desk",
        "server_ledger",
    ]
    assert any("Answer to client" in line for line in lines)


@pytest.mark.parametrize("role", ["client", "server_ledger", "ServerLedger", "server"])
def test_roles_have_the_names_of_their_party_table_and_class(run: Run, role: str) -> None:
    assert run("draw", "machine", role).code == 0


@pytest.mark.parametrize(
    ("name", "begins"), [("a.svg", "<?xml"), ("a.mmd", "flowchart TD"), ("a.puml", "@startuml"), ("a.txt", "client\n")]
)
def test_the_name_of_a_file_says_the_format(run: Run, tmp_path: Path, name: str, begins: str) -> None:
    file = tmp_path / name
    ran = run("draw", "machine", "client", "--output", str(file))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    text = file.read_text(encoding="utf-8")
    assert text.startswith(begins)
    format = {".svg": "svg", ".mmd": "mermaid", ".puml": "plantuml", ".txt": "text"}[file.suffix]
    assert run("draw", "machine", "client", "--format", format).out == text


def test_svg_is_xml(run: Run) -> None:
    ElementTree.fromstring(run("draw", "machine", "client", "--format", "svg").out.encode())


def test_a_faulty_variant_shows_its_edits(run: Run) -> None:
    ran = run("draw", "machine", "server_ledger", "--variant", "broken_ledger")
    assert ran.code == 0
    assert "2 added, 2 removed" in ran.out
    assert run("draw", "machine", "server_ledger", "broken_ledger").out == ran.out
    assert "nothing is edited here" in run("draw", "machine", "client", "--variant", "broken_ledger").out
    in_other = run("draw", "machine", "server_ledger", "friendly", "--variant", "broken_ledger")
    assert "2 added, 2 removed" in in_other.out


def test_coverage_is_that_of_the_search(run: Run) -> None:
    for words in (("friendly",), ("lossy",), ()):
        searched = json.loads(run("verify", *words, "--json").out)["coverage"]["rows"]
        ran = run("draw", "machine", "client", *words, "--coverage")
        assert ran.code == 0
        seen = searched["client"]
        never = ran.out.count(", never seen")
        (remark,) = [line for line in ran.out.splitlines() if "seen at work" in line]
        assert f"{seen['seen']} of {seen['all']} rows were seen at work" in remark
        assert never == seen["all"] - seen["seen"]


def test_a_search_that_was_cut_short_says_so(run: Run) -> None:
    ran = run("draw", "machine", "client", "faulty", "--coverage", "--max-states", "1")
    assert ran.code == 4
    assert "cut short: the limit of 1 states was reached" in ran.out


def test_a_classic_can_be_drawn(run: Run) -> None:
    ran = run("draw", "machine", "two_phase_commit")
    assert "resource_manager: " in ran.out
    assert "transaction_manager: " in ran.out
    alone = run("draw", "machine", "philosopher", "--format", "svg")
    assert (alone.code, alone.out[:4]) == (0, "<?xm")
    covered = run("draw", "machine", "sender", "--coverage")
    assert (covered.code, "rows were seen at work in alternating_bit" in covered.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cleint",), "no role 'cleint'; did you mean 'client'?"),
        (("philosofer",), "did you mean 'philosopher'?"),
        (("client", "frendly"), "did you mean 'friendly'?"),
        (("client", "--variant", "broken_leger"), "did you mean 'broken_ledger'?"),
        (("client", "--output", "a.png"), "'a.png' does not say what to draw: end it in .txt, .svg"),
        (("client", "--format", "png"), "no format 'png'"),
        (("client", "--output", "/nowhere/a.svg"), "cannot write /nowhere/a.svg"),
        ((), "missing argument 'ROLE'"),
    ],
)
def test_invalid_usage(run: Run, words: tuple[str, ...], said: str) -> None:
    ran = run("draw", "machine", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_role_that_takes_no_part(run: Run) -> None:
    ran = run("draw", "machine", "authority", "happy", model=payments())
    assert ran.code == 2
    assert "'authority' takes no part in happy; there is: enrolment, payment" in ran.err


@pytest.mark.slow
def test_every_party_of_the_payment_system(run: Run) -> None:
    for role in ("terminal", "relay", "shop", "wallet", "payment"):
        ran = run("draw", "machine", role, "happy", "--format", "svg", model=payments())
        assert (ran.code, ran.err) == (0, "")
    relay = run("draw", "machine", "relay", "--format", "svg", model=payments()).out
    assert all(f">{name}<" in relay for name in ("relay_directory", "relay_procedure", "registration_relay"))
    assert relay == run("draw", "machine", "relay", "--format", "svg", model=payments()).out


def test_no_time_at_all(run: Run) -> None:
    ran = run("draw", "machine", "client", "--coverage", "--time-limit", "0.000001")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.endswith("payrelay: nothing was searched in the default set, so that there is nothing to draw\n")
