"""Nothing fails of systems that conform: the reference servers, and those that others made. Each at both levels of
security, by a seed of its own; docs/evidence/conform.json is of many more."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance import runs
from tests.conformance.campaign import LEVELS, Kind, Told, kinds, main, tried
from tests.foreign.sources import copied

from payrelay.conformance.verdicts import Verdict

SEEDS: dict[str, int] = dict(zip(LEVELS, (1, 2), strict=True))
CASES = 30
"""As many as the runs in which all goes well, and a few more."""
BUDGET = 40.0
"""Seconds; not spent unless the machine is very busy."""
NAMES = [kind.name for kind in kinds(Path)]


@pytest.fixture(scope="session")
def systems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    """All of them, by name."""
    copies: list[Path] = []

    def code() -> Path:
        copies[:] = copies or [copied(tmp_path_factory.mktemp("foreign") / "code")]
        return copies[0]

    return {kind.name: kind for kind in kinds(code)}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_fails_of_a_system_that_conforms(systems: dict[str, Kind], name: str) -> None:
    told = tried(systems[name], [SEEDS[name.rpartition("-")[2]]], BUDGET, CASES)
    assert told.bad == []
    (run,) = told.runs
    if name.startswith("node-"):  # what takes its time comes late now and then on a machine that is busy
        assert run["verdict"] in ("conforms", "inconclusive")
    else:
        assert {check["verdict"] for check in run["checks"]} == {"pass"}
        assert run["verdict"] == "conforms"
    stages = {check["stage"] for check in run["checks"] if check["verdict"] == "pass"}
    assert {"path", "inquiry"} <= stages


def test_what_fails_is_told() -> None:
    """A check that can fail: a relay that keeps a consent which it has not asked for."""
    assert Told("relay", BUDGET, (runs.built("relay").result(),)).bad == []
    told = Told("relay", BUDGET, (runs.built("relay", variant="broken_consent_kept", walks=12).result(),)).to_json()
    assert {one["verdict"] for one in told["bad"]} == {Verdict.FAIL}
    assert len(told["bad"]) == told["verdicts"]["fail"]
    assert told["requirements"]["fail"]


def test_invalid_a_system_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shop-plane"]) == 2
    assert "no system 'shop-plane'; there is: relay-plain" in capsys.readouterr().err


def test_systems_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--names"]) == 0
    assert capsys.readouterr().out.split() == NAMES
