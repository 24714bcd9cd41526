"""`payrelay crosscheck`: a line for each system, and the exit code."""

import json
from collections.abc import Callable

import pytest

from payrelay.cli import crosscheck_cases
from payrelay.verification.promela import crosscheck as checking
from payrelay.verification.promela import spin as running
from payrelay.verification.promela.spin import NotSearched, SpinError, SpinFound

from .conftest import Run


def finding(monkeypatch: pytest.MonkeyPatch, found: SpinFound | SpinError) -> None:
    """Let SPIN be there, and find this."""

    def search(*_args: object, **_more: object) -> SpinFound:
        if isinstance(found, SpinError):
            raise found
        return found

    monkeypatch.setattr(running, "missing", list)
    monkeypatch.setattr(checking, "search", search)


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (SpinFound(6, 7, 0, "", 12, 1.0, 0.0, 0.0), 0, "equal"),
        (SpinFound(7, 7, 0, "", 12, 1.0, 0.0, 0.0), 1, "different: states"),
        (SpinFound(6, 7, 1, "(false)", 12, 1.0, 0.0, 0.0), 1, "different: verdict"),
        (NotSearched("gcc was stopped after 1 seconds"), 4, "left out: gcc was stopped"),
        (SpinError("spin failed: syntax error"), 1, "failed: spin failed: syntax error"),
    ],
    ids=["equal", "states", "verdict", "left out", "failed"],
)
def test_a_line_and_an_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, found: SpinFound | SpinError, code: int, said: str
) -> None:
    finding(monkeypatch, found)
    ran = run("crosscheck", "friendly")
    assert (ran.code, ran.err) == (code, "")
    _, line, total = ran.out.splitlines()
    assert line.startswith("friendly ")
    assert said in line
    counts = [int(code == 0), int(code == 1), int(code == 4)]
    assert total == f"{counts[0]} equal, {counts[1]} different, {counts[2]} left out."


def test_without_words_it_is_everything(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    finding(monkeypatch, NotSearched("not now"))
    monkeypatch.setattr(crosscheck_cases, "MANAGERS", (2,))
    monkeypatch.setattr(crosscheck_cases, "RANDOM", 2)
    monkeypatch.setattr(crosscheck_cases, "VARIANTS", ("broken_ledger", "broken_unheard_of"))
    names = [line.partition("  ")[0] for line in run("crosscheck").out.splitlines()[1:-1]]
    assert names[:3] == [
        "two_phase_commit managers=2",
        "two_phase_commit managers=2, by hand",
        "request_answer friendly",
    ]
    assert names[-6:-4] == ["random 1, unbounded, pair", "random 2, bag, pair"]
    assert names[-4:-1] == ["friendly", "lossy", "unbounded"]
    assert names[-1].startswith("lossy duplicates=1 variant=broken_ledger")


def test_json_is_one_document_of_the_promised_shape(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    finding(monkeypatch, SpinFound(7, 7, 0, "", 12, 1.0, 0.0, 0.0))
    ran = run("crosscheck", "friendly", "--json")
    document = json.loads(ran.out)
    assert (document["schema_version"], document["kind"], document["exit_code"]) == (1, "crosscheck", ran.code)
    assert ran.code == 1
    assert (document["equal"], document["different"], document["left_out"]) == (0, ["friendly"], [])
    assert document["systems"] == [
        {
            "name": "friendly",
            "states": 6,
            "steps": 6,
            "verdict": "holds",
            "spin": {"states": 7, "steps": 6, "verdict": "holds"},
            "differences": ["states"],
        }
    ]
    finding(monkeypatch, NotSearched("not now"))
    assert json.loads(run("crosscheck", "friendly", "--json").out)["left_out"] == ["friendly"]


def test_what_is_missing_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Callable[[], list[str]] = lambda: ["spin: Debian package spin"]  # noqa: E731
    monkeypatch.setattr(running, "missing", nothing)
    ran = run("crosscheck", "friendly")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "payrelay: not on this machine: spin: Debian package spin\n"


@pytest.mark.slow
def test_spin_agrees_and_catches_the_faulty_variant(run: Run, spin: None) -> None:
    for words, verdict in (("lossy",), "holds"), (("broken_ledger",), "violated"):
        ran = run("crosscheck", *words)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines()[1].split().count(verdict) == 2


def test_invalid_usage(run: Run, spin: None) -> None:
    ran = run("crosscheck", "frendly")
    assert ran.code == 2
    assert "did you mean 'friendly'?" in ran.err
