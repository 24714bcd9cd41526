"""Results: what a run found, by requirement; equal runs give equal results; nothing secret is in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Arrives
from payrelay.conformance.deviations import Deviation
from payrelay.conformance.performance import Performance
from payrelay.conformance.results import (
    VERDICTS,
    CheckResult,
    ResultBuilder,
    ResultError,
    result_in,
    without_timing,
    written,
)
from payrelay.conformance.revisions import revision
from payrelay.conformance.verdicts import Verdict
from payrelay.host.telling import SECRET_KINDS

from .runs import built, performance, setting, walked

SOUND = built("relay")
BROKEN = built("relay", variant="broken_consent_kept", walks=12)


def builder(security: str = "plain", **more: bool) -> ResultBuilder:
    """One without checks."""
    known = {
        "version": "0",
        "under_test": {},
        "roles": ["relay"],
        "capability": "plain_text",
        "depth": "must",
        "seed": 1,
    }
    return ResultBuilder(revision(), security=security, **{**known, **more})  # type: ignore[arg-type]


def by_id(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The requirements of a result."""
    return {one["id"]: one for one in result["requirements"]}


def test_a_sound_relay_conforms() -> None:
    result = SOUND.result()
    assert (result["verdict"], SOUND.code()) == ("conforms", 0)
    assert {one["verdict"] for one in result["requirements"]} == {"pass", None}
    assert result["role"] == "relay"
    assert result["steps"] > len(result["checks"]) > 0


def test_a_faulty_relay_fails_by_the_requirements_that_it_breaks() -> None:
    result = BROKEN.result()
    assert (result["verdict"], BROKEN.code()) == ("does_not_conform", 1)
    failed = {id_ for id_, one in by_id(result).items() if one["verdict"] == "fail"}
    assert {"relay.redirects-processing-requests-unchanged", "relay-procedure.forward-consent"} <= failed
    assert by_id(result)["relay-procedure.forward-consent"]["cause"].startswith(
        "no ForwardedPaymentProcessingRequest from relay"
    )
    # What was tried before it, in the same check, and what this deviation says nothing of, is not broken.
    assert not {"relay.forwards-procedure-requests", "relay.shows-the-amount", "sender.names-the-media-type"} & failed


def test_a_check_that_failed_says_nothing_of_what_it_did_not_come_to() -> None:
    check = next(one for one in BROKEN.checks if one.verdict is Verdict.FAIL)
    assert set(check.breaks) < set(check.requirements)
    for id_ in check.requirements:
        assert check.verdict_for(id_) is (Verdict.FAIL if id_ in check.breaks else Verdict.INCONCLUSIVE)


def test_the_failing_row_is_the_last_and_says_what_must_have_come() -> None:
    check = next(one for one in BROKEN.result()["checks"] if one["verdict"] == "fail")
    last = check["steps"][-1]
    assert [step["is_failing"] for step in check["steps"]] == [False] * (len(check["steps"]) - 1) + [True]
    assert (last["move"], last["message"]) == ("missing", "ForwardedPaymentProcessingRequest")
    assert last["allowed"] == check["deviation"]["expected"]
    assert [step["n"] for step in check["steps"]] == list(range(1, len(check["steps"]) + 1))


def test_what_came_and_must_not_is_the_last_row_with_its_request() -> None:
    result = built("relay", variant="broken_progress_unasked").result()
    check = next(one for one in result["checks"] if one["verdict"] == "fail")
    last = check["steps"][-1]
    assert last["is_failing"]
    assert last["http"]["status"] == 200
    assert last["allowed"] == check["deviation"]["expected"] != []


def test_the_same_run_gives_the_same_result_but_for_timing() -> None:
    built.cache_clear()
    again = built("relay")
    assert again is not SOUND
    assert written(without_timing(again.result(1.0))) == written(without_timing(SOUND.result(2.0)))
    assert again.result(1.0) != SOUND.result(2.0)


def test_no_secret_of_any_test_is_in_a_result() -> None:
    of = setting("relay", "plain", wallets=1)
    found = builder("plain", keeps_all=True)
    secrets: set[str] = set()
    for number in range(6):
        case, played, deviation = walked(of, number)
        assert deviation is None
        found.add(case, Verdict.PASS, performance=played)
        secrets |= {name for symbol, name in played.found.names.items() if symbol.kind in SECRET_KINDS}
    text = written(found.result())
    assert len(secrets) > 6
    assert [secret for secret in secrets if secret in text] == []
    assert "[session 1]" in text


def test_secrets_are_there_for_who_asks_for_them() -> None:
    of = setting("relay", "plain", wallets=1)
    found = builder("plain", redacts=False)
    case, played, _ = walked(of, 1)
    found.add(case, Verdict.PASS, performance=played)
    session = next(name for symbol, name in played.found.names.items() if symbol.kind == "session")
    assert session in written(found.result())


def test_coverage_is_of_the_machines_under_test() -> None:
    covered = SOUND.result()["coverage"]
    assert set(covered) == {"relay_directory", "relay_procedure"}
    rows = covered["relay_procedure"]["rows"]
    assert rows["visited"]["idle: procedure_request [is_acceptable] / forward_request -> wait_payment_info"] == 6
    assert 0 < len(rows["visited"]) < rows["known"]
    assert {"idle", "wait_payment_info"} <= set(covered["relay_procedure"]["states"]["visited"])


CASE = Case("it", "pair", (), requirements=("relay.shows-the-amount",))


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((), 4),
        ((Verdict.PASS,), 0),
        ((Verdict.DEVIATION,), 0),
        ((Verdict.INCONCLUSIVE, Verdict.PASS), 0),
        ((Verdict.INCONCLUSIVE,), 4),
        ((Verdict.PASS, Verdict.HARNESS_ERROR), 5),
        ((Verdict.HARNESS_ERROR, Verdict.FAIL), 1),
        ((Verdict.PASS, Verdict.CRASH), 1),
        ((Verdict.NOT_TESTABLE,), 1),
    ],
)
def test_the_verdict_of_a_run(verdicts: tuple[Verdict, ...], code: int) -> None:
    found = builder()
    for verdict in verdicts:
        found.add(CASE, verdict)
    assert found.code() == code
    assert found.result()["verdict"] == VERDICTS[code]
    assert found.result(was_interrupted=True)["verdict"] == "interrupted"


def test_a_failure_without_a_performance_counts_against_what_its_case_is_for() -> None:
    found = builder()
    check = found.add(CASE, Verdict.FAIL, deviation=Deviation("wrong_content", "amount is 2"))
    assert check.breaks == ("relay.shows-the-amount",)
    assert by_id(found.result())["relay.shows-the-amount"]["cause"] == "amount is 2"


def test_what_is_optional_decides_nothing() -> None:
    found = builder()
    found.add(CASE, Verdict.PASS)
    found.add(Case("may", "pair", (), requirements=("relay.asks-the-settlement-institution",)), Verdict.FAIL)
    assert found.code() == 0


def test_what_was_not_reached_is_told_by_what_the_case_would_have_tried() -> None:
    of = setting("relay", wallets=1)
    case, _, _ = walked(of, 1)
    stopped = performance(of, 1)
    last = max(n for n, move in enumerate(case.moves) if isinstance(move, Arrives) and move.party == "relay")
    check = builder().add(Case("it", "pair", case.moves, last), Verdict.INCONCLUSIVE, "x", performance=stopped)
    assert check.requirements
    assert check.rows == ()


def test_invalid_results_are_refused_in_a_line() -> None:
    good = written(SOUND.result())
    assert result_in(good) == json.loads(good)
    for text, said in (
        ("{", "expected one JSON object"),
        ("[]", "expected a result of payrelay conform run"),
        ('{"kind": "conform", "schema_version": 2}', "schema_version is 2"),
        ('{"kind": "conform", "schema_version": 1}', "requirements: expected a list"),
    ):
        with pytest.raises(ResultError, match=said) as refused:
            result_in(text)
        assert "\n" not in str(refused.value)


def test_a_check_is_told_whole() -> None:
    told = CheckResult("a", "pair", (), (), Verdict.PASS).to_json()
    assert set(told) == {
        *(
            "id",
            "stage",
            "requirements",
            "breaks",
            "verdict",
            "expected",
            "cause",
            "detail",
            "machine",
            "state",
            "input",
            "mutation",
        ),
        *("deviation", "steps", "replay", "timing"),
    }


def forwarding(number: int) -> tuple[Case, Performance, Deviation]:
    """A walk in which a relay keeps the user's consent to itself, which deviates; and its case."""
    of = setting("relay", wallets=1)
    found = (walked(of, seed, "broken_consent_kept") for seed in range(number, 100))
    case, played, deviation = next(one for one in found if one[2] is not None)
    assert deviation is not None
    return case, played, deviation


def test_what_fails_in_what_shows_an_effect_counts_against_what_was_tried() -> None:
    case, played, deviation = forwarding(0)
    first = next(n for n, move in enumerate(case.moves) if isinstance(move, Arrives) and move.party == "relay")
    later = Case("later", "pair", case.moves, first)
    check = builder("hardened").add(later, Verdict.FAIL, "", deviation, played)
    assert "relay-procedure.forward-request" in check.breaks
    assert "relay-procedure.forward-consent" not in check.breaks


def test_unless_the_same_has_failed_by_itself() -> None:
    case, played, deviation = forwarding(0)
    first = next(n for n, move in enumerate(case.moves) if isinstance(move, Arrives) and move.party == "relay")
    found = builder("hardened")
    found.add(case, Verdict.FAIL, "", deviation, played)
    check = found.add(Case("later", "pair", case.moves, first), Verdict.FAIL, "", deviation, played)
    assert "relay-procedure.forward-consent" in check.breaks
    assert "relay-procedure.forward-request" not in check.breaks
    assert check.verdict_for("relay-procedure.forward-request") is Verdict.INCONCLUSIVE
