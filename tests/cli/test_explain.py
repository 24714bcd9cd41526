"""`payrelay explain`: every name has a meaning, a source and a command; no other has."""

import pytest

from payrelay.cli.catalogue import Catalogue, payments
from payrelay.cli.explanations import Explainer

from .conftest import Run


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("once", "the_server_serves_at_most_once (once), a property"),
        ("ONCE", "See it violated: payrelay verify broken_ledger --property once"),
        ("the_server_serves_at_most_once", "See its verdict: payrelay verify --property once"),
        ("fast", "Only an observer of real messages can see it"),
        ("faulty", "It takes long, and is searched only when it is named."),
        ("friendly", "Search it: payrelay verify friendly"),
        ("broken_ledger", "It must violate: the_server_serves_at_most_once."),
        ("Request", "server_desk takes it in: open."),
        ("request", "Request, a message"),
        ("Ask", "what a user or the world does"),
        ("Serve", "what one machine tells another of its party"),
        ("server", "Its machines: server_desk, server_ledger."),
        ("server-desk", "server_desk, a machine of server"),
        ("patience", "It runs in client: waiting."),
        ("claim 1", "model: ledger; properties: once"),
        ("1", "exit code 1"),
        ("exit 4", "nothing was checked"),
        ("exit codes", "the first of these: 130, 2, 3, 1, 5, 4, 0"),
        ("vacuous", "Never green"),
    ],
)
def test_a_name_is_explained(run: Run, name: str, words: str) -> None:
    ran = run("explain", *name.split())
    assert (ran.code, ran.err) == (0, "")
    assert words in ran.out


def test_a_name_of_two_things_is_explained_twice(run: Run) -> None:
    out = run("explain", "1").out
    assert "claim 1" in out
    assert "exit code 1" in out


@pytest.mark.parametrize("name", ["onec", "zzz"])
def test_invalid_name(run: Run, name: str) -> None:
    ran = run("explain", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"payrelay: nothing is called '{name}'; ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("keep_alive", "It is a run of the configuration benign wallets=1."),
        ("early_timeout", "relay early timeout wallet_time, deliver ErrorSummary"),
        ("endings", "Its scenarios: wallet_selection, decline, cancel."),
        ("cancel", "Draw it: payrelay draw sequence cancel"),
        ("cancel", "Cancel, a message"),
    ],
)
def test_a_scenario_is_explained(run: Run, name: str, words: str) -> None:
    assert words in run("explain", name, model=payments()).out


@pytest.mark.parametrize("model", [None, payments], ids=["classic", "payments"])
def test_every_name_has_a_meaning_and_a_command(catalogue: Catalogue, model: object) -> None:
    explainer = Explainer(catalogue if model is None else payments())
    for key, explain in explainer._entries():
        lines = list(explain())
        assert len(lines) > 1, key
        is_wire = any("Only an observer" in line for line in lines)
        assert is_wire or any("payrelay " in line for line in lines), key
