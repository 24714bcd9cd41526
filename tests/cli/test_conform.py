"""`payrelay conform`: what was found, in other forms, and what each name means."""

from __future__ import annotations

import json
import xml.etree.ElementTree as XML
import zipfile
from pathlib import Path

import pytest
from tests.conformance.runs import built

from payrelay.cli.conform import command
from payrelay.conformance.results import written

from .conftest import Run

COMMANDS = tuple(command.list_commands(None))  # type: ignore[arg-type]


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that one stands in, with the result of a relay that keeps the user's consent to itself."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "result.json"
    found = built("relay", variant="broken_consent_kept", walks=12).result()
    file.write_text(written(found), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(run: Run, name: str) -> None:
    ran = run("conform", name, "--help")
    assert ran.code == 0
    assert f"  payrelay conform {name}" in ran.out


def test_invalid_command(run: Run) -> None:
    ran = run("conform", "reprot")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'report'?" in ran.err


# --- report


def test_a_report_says_what_is_broken(run: Run, result: Path) -> None:
    ran = run("conform", "report")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("relay: does not conform\n")
    assert "  failed: relay-procedure.forward-consent: no ForwardedPaymentProcessingRequest from relay" in ran.out


def test_every_form_is_written(run: Run, result: Path) -> None:
    forms = ("html", "junit", "har", "ndjson", "markdown", "zip")
    words = [word for form in forms for word in (f"--{form}", f"report.{form}")]
    assert run("conform", "report", str(result), *words).code == 0
    written_ = {form: result.with_name(f"report.{form}") for form in forms}
    assert written_["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert XML.parse(written_["junit"]).getroot().tag == "testsuites"
    assert json.loads(written_["har"].read_bytes())["log"]["version"] == "1.2"
    assert json.loads(written_["ndjson"].read_text(encoding="utf-8").splitlines()[0])["event"] == "run"
    assert written_["markdown"].read_text(encoding="utf-8").startswith("### payrelay conform")
    assert zipfile.is_zipfile(written_["zip"])


def test_invalid_results(run: Run, result: Path) -> None:
    result.with_name("other.json").write_text("{}", encoding="utf-8")
    result.with_name("bytes.json").write_bytes(b"\xff")
    for file, said in (
        ("none.json", "cannot read none.json: No such file or directory; payrelay conform run writes a result"),
        ("other.json", "other.json: expected a result of payrelay conform run"),
        ("bytes.json", "bytes.json: expected a result, which is text in UTF-8"),
    ):
        ran = run("conform", "report", file)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"payrelay: {said}")
        assert ran.err.count("\n") == 1


def test_invalid_place_to_write_to(run: Run, result: Path) -> None:
    ran = run("conform", "report", "--html", "nowhere/report.html")
    assert (ran.code, ran.err) == (
        2,
        "payrelay: cannot write nowhere/report.html: No such file or directory; name another file\n",
    )


# --- explain


def failed(result: Path) -> str:
    """A check that failed."""
    checks = json.loads(result.read_text(encoding="utf-8"))["checks"]
    return next(str(one["id"]) for one in checks if one["verdict"] == "fail")


def test_a_check_is_explained_by_its_picture_and_what_would_have_passed(run: Run, result: Path) -> None:
    name = failed(result)
    ran = run("conform", "explain", name)
    assert ran.code == 0
    assert ran.out.startswith(f"{name}, a check: failed: no ForwardedPaymentProcessingRequest from relay")
    for said in (
        "never came",
        "Would have passed: ForwardedPaymentProcessingRequest from relay to wallet-1",
        "Breaks relay.redirects-processing-requests-unchanged: A payment processing request",
        f"Again: payrelay conform replay {name}",
    ):
        assert said in ran.out


def test_a_check_is_drawn(run: Run, result: Path) -> None:
    assert run("conform", "explain", failed(result), "--output", "it.svg").code == 0
    assert b"ForwardedPaymentProcessingRequest" in result.with_name("it.svg").read_bytes()


def test_a_check_that_was_not_kept_says_so(run: Run, result: Path) -> None:
    found = json.loads(result.read_text(encoding="utf-8"))
    name = next(one["id"] for one in found["checks"] if not one["steps"])
    assert "What happened in it was not kept" in run("conform", "explain", name).out


@pytest.mark.parametrize("name", ["receiver.changes-nothing-by-a-refusal", "W-HTTP-13", "w-http-13"])
def test_a_requirement_is_explained_by_its_id_and_by_its_obligation(run: Run, name: str) -> None:
    for words in (("conform", "explain"), ("explain",)):
        ran = run(*words, name)
        assert (ran.code, ran.err) == (0, "")
        assert "A refused request changes no state of any machine." in ran.out
        assert "Tested by: answer protocol_error." in ran.out


def test_a_requirement_is_told_with_what_came_of_it(run: Run, result: Path) -> None:
    out = run("conform", "explain", "relay-procedure.forward-consent").out
    assert "In this result: failed: no ForwardedPaymentProcessingRequest" in out
    assert f"    failed: payrelay conform explain {failed(result)}" in out


def test_a_requirement_without_tests_says_why(run: Run) -> None:
    assert "No test speaks of it. Nobody outside can make a storage fail." in run("explain", "W-HTTP-16").out


def test_invalid_names(run: Run, result: Path) -> None:
    ran = run("conform", "explain", "relay.shows-the-amout")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'relay.shows-the-amount'?" in ran.err
    assert "did you mean 'relay.shows-the-amount'?" in run("explain", "relay.shows-the-amout").err
    result.unlink()
    ran = run("conform", "explain", "zzz")
    assert ran.err == (
        "payrelay: no requirement is called 'zzz', nor a check, and there is no result.json with checks; "
        "see: payrelay conform requirements\n"
    )


# --- requirements


def test_requirements_are_listed_by_role_level_and_word(run: Run) -> None:
    ran = run("conform", "requirements", "inquiry", "--role", "relay", "--security", "plain")
    assert ran.code == 0
    assert "relay.answers-every-inquiry  MUST  claim 11\n" in ran.out
    assert "terminal.asks-for-progress" not in ran.out
    found = json.loads(run("conform", "requirements", "--role", "payment", "--json").out)
    assert (found["kind"], found["revision"]) == ("requirements", "2026-1")
    assert {one["id"] for one in found["requirements"]} >= {"payment.processes-payments", "payment-account.post"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--role", "relai"), 2, "no role 'relai'; did you mean 'relay'?"),
        (("--security", "hard"), 2, "no level of security 'hard'; did you mean"),
        (("--revision", "2026-2"), 2, "no requirements of revision '2026-2'; did you mean '2026-1'?"),
        (("zzz",), 4, "0 requirements of revision 2026-1"),
    ],
)
def test_invalid_selections(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    ran = run("conform", "requirements", *words)
    assert ran.code == code
    assert said in ran.out + ran.err
