"""The end of `payrelay conform run`: what is broken is told with what shows it, once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.cli import conform_running
from payrelay.cli.conform_summary import lines

ALTERED, PAIR = "purchase.altered.amount", "purchase.pair.consent"


def check(id_: str, verdict: str, breaks: list[str], what: str = "", mutation: Any = None) -> dict[str, Any]:
    """A check as it stands in a result."""
    return {
        "id": id_,
        "verdict": verdict,
        "breaks": breaks,
        "deviation": {"kind": "unexpected", "what": what, "expected": [], "at": ""} if what else None,
        "machine": "relay/procedure-1",
        "state": "wait_consent",
        "input": "confirm_info_message",
        "mutation": mutation,
        "cause": "" if what else "peer_not_contacted",
        "detail": "",
        "expected": "",
        "replay": f"payrelay conform replay {id_}",
    }


def requirement(id_: str, verdict: str, checks: list[str]) -> dict[str, Any]:
    """A requirement as it stands in a result."""
    told = {
        "id": id_,
        "verdict": verdict,
        "checks": checks,
        "level": "MUST",
        "source": ["claim 1"],
        "text": f"So {id_}.",
    }
    return {**told, "expected": "", "cause": "", "untestable": ""}


def result(requirements: list[dict[str, Any]], checks: list[dict[str, Any]]) -> dict[str, Any]:
    """What came of a run."""
    return {
        **{"role": "relay", "verdict": "does_not_conform", "security": "plain", "capabilities": ["json"]},
        **{"depth": "must", "seed": 1, "requirements_revision": "2026-1", "payrelay": "0", "steps": 9},
        **{"guarantee": None, "stale": [], "requirements": requirements, "checks": checks},
    }


def said(of: dict[str, Any]) -> list[str]:
    """All that is said of it."""
    run: Any = SimpleNamespace(left_out={})
    return list(lines(of, run, Path("result.json")))


def test_a_check_that_breaks_several_requirements_is_told_once() -> None:
    comes = "ErrorSummary from relay to terminal-1 (SHOP_INVALID) comes"
    altered = check(ALTERED, "fail", ["one", "two"], comes, {"aspect": "altered", "at": "/payment_info/amount"})
    pair = check(PAIR, "fail", ["two"], comes)
    told = said(
        result([requirement("one", "fail", [ALTERED]), requirement("two", "fail", [PAIR, ALTERED])], [altered, pair])
    )
    assert told[:4] == ["failed: one (MUST; claim 1)", "  So one.", "failed: two (MUST; claim 1)", "  So two."]
    where = "relay/procedure-1 in wait_consent on confirm_info_message"
    assert told[4] == f"  {where}, altered at /payment_info/amount: {comes}"
    assert [line for line in told if "again:" in line] == [f"  again: payrelay conform replay {ALTERED}"]
    assert "  and 1 more checks" in told


def test_what_nothing_can_be_said_of_is_counted() -> None:
    passed, unsure = check(PAIR, "pass", []), check(ALTERED, "inconclusive", [])
    told = said(result([requirement("one", "pass", [PAIR, ALTERED])], [passed, unsure]))
    assert "requirements: 1 passed; 2 checks (1 inconclusive), 9 steps" in told


@pytest.mark.parametrize("seldom", [0.0, 60.0])
def test_a_log_is_told_how_far_it_is_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seldom: float
) -> None:
    monkeypatch.setattr(conform_running, "SELDOM", seldom)
    run: Any = SimpleNamespace(configuration=SimpleNamespace(run=SimpleNamespace(budget=60.0)))
    found: Any = SimpleNamespace(id=PAIR, verdict="pass")
    with conform_running._shown(run) as show:
        show(found)
    told = capsys.readouterr().err
    assert told == ("" if seldom else f"0 of 60 s; checks: 1 passed; {PAIR}\n")
