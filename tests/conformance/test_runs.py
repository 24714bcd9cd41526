"""Runs: a configuration carried out against the reference servers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.conformance import reference

from payrelay.conformance.assembly import UnreachableError
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.results import without_timing
from payrelay.conformance.runs import Choice, Kit, Run, outline
from payrelay.conformance.verdicts import Verdict
from payrelay.reference_impl.systems import Plan

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


@contextmanager
def started(path: Path, party: str) -> Iterator[subprocess.Popen[bytes]]:
    """A party that the kit has not started."""
    command = [sys.executable, "-m", "payrelay.reference_impl", str(path.parent / "system" / f"{party}.toml")]
    environment = {**reference.ENVIRONMENT, "PAYRELAY_TIMERS_RETRY_TIME": "0.3", "PAYRELAY_TIMERS_HOLD_TIME": "4"}
    with subprocess.Popen(command, env=environment) as process:
        try:
            url = read_configuration(path, {}).sut.urls[party]
            while not answers(url):
                assert process.poll() is None
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_one_that_has_died_is_found_dead(tmp_path: Path) -> None:
    path = without_start(reference.write(tmp_path, "payment"))
    with started(path, "payment") as process, Run(path, Choice(depth="smoke")) as run:
        checks = run.checks()
        assert next(checks).verdict is Verdict.PASS
        process.kill()
        process.wait()
        found = list(checks)
    assert found[-1].verdict is Verdict.CRASH
    assert "start it" in run.ended
    assert run.builder.code() == 1


@pytest.mark.slow
def test_what_an_earlier_run_has_left_is_no_matter(tmp_path: Path) -> None:
    """A relay goes on to say what nobody has answered, with the name of the test in which it was told it."""
    path = without_start(reference.write(tmp_path, "relay", periods={"retry_time": 0.3, "hold_time": 4.0}))
    left, tried = Choice(only=("purchase.pattern.lost.*",)), Choice(only=("purchase.inquiry.*", "purchase.path.*"))
    with started(path, "relay"):
        with Run(path, left) as run:
            assert {check.verdict for check in run.checks()} == {Verdict.PASS}
        with Run(path, tried) as run:
            assert {check.verdict for check in run.checks()} == {Verdict.PASS}


@pytest.mark.slow
@pytest.mark.parametrize("party", ["relay", "wallet-1"])
def test_a_run_goes_by_mutual_tls(tmp_path: Path, party: str) -> None:
    path = reference.write(tmp_path, party, Plan(security="channel", tls=True), {"hold_time": 1.0})
    with Run(path, Choice(depth="smoke", budget=120.0)) as run:
        assert {check.verdict for check in run.checks()} == {Verdict.PASS}
        assert run.result()["verdict"] == "conforms"


@pytest.mark.slow
def test_the_kit_runs_the_tests_of_pytest(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "payment")
    planned = {one.id for one in Kit().planned(path)}
    assert NATURAL in planned
    (found,) = Kit().run(path, frozenset([NATURAL]))
    assert (found.id, found.verdict) == (NATURAL, Verdict.PASS)
