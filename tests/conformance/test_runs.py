"""Runs: a configuration carried out against the reference servers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from tests.conformance import reference

from payrelay.conformance.assembly import UnreachableError
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.results import without_timing
from payrelay.conformance.runs import Choice, Kit, Run, outline
from payrelay.conformance.verdicts import Verdict

NATURAL = "purchase.path.natural"


def without_start(path: Path) -> Path:
    """A configuration by which the kit starts nobody."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[sut.start]")] + text[text.index("[trust]") :], encoding="utf-8")
    return path


def answers(url: str) -> bool:
    """Whether somebody is there."""
    try:
        return httpx2.get(f"{url}/health", trust_env=False).status_code == 200
    except httpx2.TransportError:
        time.sleep(0.05)
        return False


def test_an_outline_needs_nobody(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "payment")
    made = outline(read_configuration(path, {}), Choice(depth="smoke", only=(f"{NATURAL}", "purchase.inquiry.*")))
    assert [planned.id for planned in made.planned()] == [NATURAL, "purchase.inquiry.keep-alive"]
    named = made.called(NATURAL)
    assert named is not None
    assert "payment.processes-payments" in named.requirements
    assert made.called("purchase.path.unnatural") is None


def test_a_requirement_chooses_its_checks(tmp_path: Path) -> None:
    configuration = read_configuration(reference.write(tmp_path, "payment"), {})
    found = list(outline(configuration, Choice(depth="smoke", only=("payment.processes-payments",))).planned())
    assert NATURAL in {planned.id for planned in found}
    assert all("payment.processes-payments" in planned.requirements for planned in found)


def test_one_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    path = without_start(reference.write(tmp_path, "payment"))
    with pytest.raises(UnreachableError), Run(path):
        pass


@pytest.mark.slow
def test_the_same_is_told_each_time(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "payment")
    told = []
    for _ in range(2):
        with Run(path, Choice(only=("purchase.pair.*",))) as run:
            list(run.checks())
            told.append(without_timing(run.result()))
    assert [one["id"] for one in told[0]["checks"]] == [one["id"] for one in told[1]["checks"]]
    assert told[0]["requirements"] == told[1]["requirements"]


@pytest.mark.slow
def test_one_that_has_died_is_found_dead(tmp_path: Path) -> None:
    path = without_start(reference.write(tmp_path, "payment"))
    command = [sys.executable, "-m", "payrelay.reference_impl", str(tmp_path / "system" / "payment.toml")]
    with subprocess.Popen(command, env=reference.ENVIRONMENT) as process:
        url = read_configuration(path, {}).sut.urls["payment"]
        while not answers(url):
            assert process.poll() is None
        with Run(path, Choice(depth="smoke")) as run:
            checks = run.checks()
            assert next(checks).verdict is Verdict.PASS
            process.kill()
            process.wait()
            found = list(checks)
        assert found[-1].verdict is Verdict.CRASH
        assert "start it" in run.ended
        assert run.builder.code() == 1


@pytest.mark.slow
def test_the_kit_runs_the_tests_of_pytest(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "payment")
    planned = {one.id for one in Kit().planned(path)}
    assert NATURAL in planned
    (found,) = Kit().run(path, frozenset([NATURAL]))
    assert (found.id, found.verdict) == (NATURAL, Verdict.PASS)
