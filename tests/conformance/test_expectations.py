"""Expectations: what is known to fail fails nothing, as long as it does; and what is stale is found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as XML

import pytest

from payrelay.conformance.cases import Case
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.course import Arrives, Spoilt
from payrelay.conformance.deviations import Deviation
from payrelay.conformance.expectations import Expectation, Expectations, read_expectations
from payrelay.conformance.reports.html import html
from payrelay.conformance.reports.junit import junit
from payrelay.conformance.reports.markdown import markdown
from payrelay.conformance.results import ResultBuilder
from payrelay.conformance.revisions import revision
from payrelay.conformance.verdicts import Verdict
from payrelay.language.configurations import ConfigurationError
from payrelay.model.messages.registration import FormAnswers

from .runs import setting, walked
from .test_configuration import TEXT

AMOUNT, INFORMS = "relay.shows-the-amount", "relay.forwards-procedure-requests"
WHY = "until version 2"
DEVIATION = Deviation("wrong_content", "the amount is 2")


def builder(*expected: str, names: tuple[str, ...] = ("pair.a", "pair.b")) -> ResultBuilder:
    """One in which some things are expected to fail."""
    return ResultBuilder(
        revision(),
        version="0",
        under_test={},
        roles=["relay"],
        security="plain",
        capability="json",
        depth="must",
        seed=1,
        expectations=Expectations(tuple(Expectation(one, WHY, 3) for one in expected), Path("expected.toml")),
        names=lambda: names,
    )


def case(id_: str, *requirements: str) -> Case:
    """A case that is for some requirements."""
    return Case(id_, "pair", (), requirements=requirements)


def verdicts(result: Mapping[str, Any]) -> dict[str, str]:
    """Of all that was checked."""
    each = (*result["checks"], *result["requirements"])
    return {one["id"]: one["verdict"] for one in each if one["verdict"]}


@pytest.mark.parametrize("expected", ["pair.a", "pair.*", AMOUNT, "relay.shows-*"])
def test_what_is_expected_to_fail_fails_nothing(expected: str) -> None:
    found = builder(expected)
    found.add(case("pair.a", AMOUNT), Verdict.FAIL, deviation=DEVIATION)
    found.add(case("pair.b", INFORMS), Verdict.PASS)
    result = found.result()
    assert (found.code(), result["verdict"], result["stale"]) == (0, "conforms", [])
    assert verdicts(result) == {"pair.a": "expected", "pair.b": "pass", AMOUNT: "expected", INFORMS: "pass"}
    of = next(one for one in result["requirements"] if one["id"] == AMOUNT)
    assert (of["expected"], of["cause"]) == (WHY, "the amount is 2")
    assert result["checks"][0]["expected"] == WHY


def test_what_else_it_breaks_fails() -> None:
    found = builder(AMOUNT)
    found.add(case("pair.a", AMOUNT, INFORMS), Verdict.FAIL, deviation=DEVIATION)
    assert found.code() == 1
    assert verdicts(found.result()) == {"pair.a": "fail", AMOUNT: "expected", INFORMS: "fail"}


def test_another_check_of_the_requirement_fails_it() -> None:
    found = builder("pair.a")
    found.add(case("pair.a", AMOUNT), Verdict.FAIL, deviation=DEVIATION)
    found.add(case("pair.b", AMOUNT), Verdict.FAIL, deviation=DEVIATION)
    assert found.code() == 1
    assert verdicts(found.result()) == {"pair.a": "expected", "pair.b": "fail", AMOUNT: "fail"}


@pytest.mark.parametrize("verdict", [Verdict.CRASH, Verdict.NOT_TESTABLE, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE])
def test_nothing_but_a_failure_is_expected(verdict: Verdict) -> None:
    found = builder("pair.a")
    found.add(case("pair.a", AMOUNT), verdict)
    assert found.code() != 0
    assert found.stale() == []


def test_a_deviation_of_a_requirement_is_expected() -> None:
    found = builder(AMOUNT)
    found.add(case("pair.a", AMOUNT), Verdict.DEVIATION, deviation=DEVIATION)
    assert verdicts(found.result()) == {"pair.a": "pass_deviation", AMOUNT: "expected"}
    assert found.stale() == []


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ("pair.a", "expected.toml:3: pair.a does not fail; take it out"),
        (AMOUNT, f"expected.toml:3: {AMOUNT} does not fail; take it out"),
        ("pair.c", "expected.toml:3: nothing that can be checked is called 'pair.c'; did you mean 'pair."),
        ("wallet.*", "expected.toml:3: nothing that can be checked is called 'wallet.*'"),
    ],
)
def test_what_is_stale_makes_the_exit_code_1(expected: str, says: str) -> None:
    found = builder(expected)
    found.add(case("pair.a", AMOUNT), Verdict.PASS)
    result = found.result()
    assert (found.code(), result["verdict"]) == (1, "does_not_conform")
    (stale,) = result["stale"]
    assert stale["says"].startswith(says)


@pytest.mark.parametrize("expected", ["pair.b", INFORMS, "purchase.walk.17"])
def test_what_was_not_come_to_is_not_stale(expected: str) -> None:
    found = builder(expected)
    found.add(case("pair.a", AMOUNT), Verdict.PASS)
    assert (found.stale(), found.code()) == ([], 0)


def test_what_passed_among_other_things_is_stale() -> None:
    of = setting("relay", "plain", wallets=1)
    answers = FormAnswers.__name__
    moves = walked(of, 1)[0].moves
    told = next(move.message for move in moves if isinstance(move, Arrives))
    spoilt = tuple(Spoilt(told, aspect, f"/{answers}", "not_json") for aspect in ("cut", "doubled"))
    found = builder(f"pair.a.cut.{answers}")
    found.add(Case("pair.a", "pair", spoilt, requirements=(AMOUNT,)), Verdict.PASS)
    assert [one.id for one in found.stale()] == [f"pair.a.cut.{answers}"]


def test_reports_tell_it() -> None:
    found = builder("pair.a", "pair.c")
    found.add(case("pair.a", AMOUNT), Verdict.FAIL, deviation=DEVIATION)
    result = found.result()
    suites = XML.fromstring(junit(result))
    skipped, failure = suites.find(".//skipped"), suites.find(".//testsuite[@name='expectations']/testcase/failure")
    assert skipped is not None
    assert failure is not None
    assert f"(expected: {WHY})" in skipped.get("message", "")
    assert "pair.c" in failure.get("message", "")
    assert suites.get("failures") == "1"
    page = html(result)
    assert "expected to fail 1</button>" in page
    assert f"expected: {WHY}" in page
    assert "nothing that can be checked is called &#x27;pair.c&#x27;" in page
    text = markdown(result)
    assert f"| `{AMOUNT}` | {WHY} |" in text
    assert "\nStale: expected.toml:3: " in text


def written(tmp_path: Path, text: str) -> Path:
    """A file of expectations, which a configuration names."""
    (tmp_path / "expected.toml").write_text(text, encoding="utf-8")
    path = tmp_path / "conform.toml"
    path.write_text(f'{TEXT}[expect]\nfile = "expected.toml"\n', encoding="utf-8")
    return path


def test_expectations_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, f'[[expected]]\nid = "{AMOUNT}"\nwhy = "{WHY}"\n[[expected]]\nid = "pair.*"\nwhy = "x"\n')
    read = read_configuration(path, {}).expectations
    assert read.all == (Expectation(AMOUNT, WHY, 1), Expectation("pair.*", "x", 4))
    assert read.why("pair.a") == "x"
    assert read.why("path") == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[expect]]\nid = "a"', "expected.toml:1: expect: no such table; did you mean 'expected'?"),
        ('[expected]\nid = "a"', "expected.toml:1: expected: expected tables: write [[expected]] for each"),
        ('[[expected]]\nid = "a"', "expected.toml:1: expected.why: missing: expected a text"),
        ('[[expected]]\nid = "a"\nwhy = " "', "expected.toml:3: expected.why: expected a reason"),
        ('[[expected]]\nid = "*"\nwhy = "b"', "expected.toml:2: expected.id: expected the name of a check"),
        ('[[expected]]\nid = "a"\nwyh = "b"', "expected.toml:3: expected.wyh: no such key; did you mean 'why'?"),
        ("[[expected]", "expected.toml:1: no TOML"),
    ],
)
def test_invalid_expectations_are_told_with_their_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(written(tmp_path, text), {})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_invalid_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: cannot read the expectations: No such file"):
        read_expectations(tmp_path / "nowhere.toml", {})
