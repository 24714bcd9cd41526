"""How `payrelay conform` ends: each way has a code of its own, a sentence, and tells what is known until then."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.conformance import reference

from payrelay.conformance.checks import Check
from payrelay.conformance.results import CheckResult
from payrelay.conformance.runs import Run as ConformRun

from .conftest import Run

SMOKE = ("--depth", "smoke", "--budget", "30s")
FAULTY = "shop_attempt.info_sent.payment_request.authorize.withhold_1"
"""A shop that never asks the payment server."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that one stands in, with the configuration of a shop."""
    monkeypatch.chdir(tmp_path)
    return reference.write(tmp_path, "shop").parent


def after(number: int, happens: Callable[[ConformRun], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen once so many checks of a run are made."""
    taken, made = ConformRun._taken, count(1)

    def take(run: ConformRun, found: Check) -> CheckResult:
        told = taken(run, found)
        if next(made) == number:
            happens(run)
        return told

    monkeypatch.setattr(ConformRun, "_taken", take)


def written(folder: Path) -> dict[str, Any]:
    """What the run has left."""
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_run_and_what_is_known_is_told(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    after(3, lambda _: signal.raise_signal(signal.SIGINT), monkeypatch)
    ran = run("conform", "run", *SMOKE)
    assert ran.code == 130
    assert ran.err == "payrelay: interrupted; what is known until now is written\n"
    assert ran.out.startswith("shop: interrupted\n")
    assert "everything is in result.json" in ran.out
    assert written(folder)["verdict"] == "interrupted"
    assert len(written(folder)["checks"]) in (2, 3)


@pytest.mark.slow
def test_a_party_of_the_kit_that_dies_is_a_fault_of_the_kit(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(of: ConformRun) -> None:
        of._doctor.board._listening[0].should_exit = True

    after(3, dies, monkeypatch)
    ran = run("conform", "run", *SMOKE)
    assert ran.code == 5
    (line,) = ran.err.splitlines()
    assert line.startswith("payrelay: a party that the kit plays has ended")
    assert "this is a fault of payrelay: please report it, and run it again" in line
    assert written(folder)["verdict"] == "harness_error"
    assert len(written(folder)["checks"]) >= 3
    assert not any(one["verdict"] == "fail" for one in written(folder)["checks"])


@pytest.mark.slow
def test_a_failure_is_replayed_by_the_one_command_that_was_told(run: Run, folder: Path) -> None:
    settings, variant = folder / "system" / "shop.toml", folder / "variant.toml"
    variant.write_text(f'mutants = ["{FAULTY}"]\n', encoding="utf-8")
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[variant]\nfile = "{variant}"\n')
    ran = run("conform", "run", "--depth", "smoke", "--only", "purchase.path.*", "--seed", "7")
    assert ran.code == 1
    assert ran.out.splitlines()[-4].startswith("shop: does not conform")
    failed = {one["id"]: one for one in written(folder)["checks"] if one["verdict"] == "fail"}
    commands = {line.strip() for line in ran.out.splitlines() if line.strip().startswith("again: ")}
    assert commands
    command = min(commands).removeprefix("again: ")
    name, *words = shlex.split(command)
    assert name == "payrelay"
    again = run(*words)
    assert again.code == 1
    (id_,) = (word for word in words if word in failed)
    assert again.out.startswith(f"{id_}, a check: failed: ")
    told = json.loads(run(*words, "--json").out)["checks"][0]
    kept = ("id", "verdict", "breaks", "deviation")
    assert [told[one] for one in kept] == [failed[id_][one] for one in kept]


def test_invalid_configurations_end_a_run_before_it_begins(run: Run, folder: Path) -> None:
    path = folder / "conform.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[trust]", "[trusts]"), encoding="utf-8")
    for words in (("run",), ("replay", "purchase.path.natural"), ("list",), ("export", "--output", "case.json")):
        ran = run("conform", *words)
        assert (ran.code, ran.out) == (2, "")
        (line,) = ran.err.splitlines()
        assert "did you mean 'trust'?" in line
    assert not (folder / "result.json").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_selftest_and_what_is_known_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(futures: Iterable[Future[Any]]) -> Iterator[Future[Any]]:
        for number, future in enumerate(as_completed(futures), start=1):
            if number > 2:
                signal.raise_signal(signal.SIGINT)
            yield future

    monkeypatch.setattr("payrelay.conformance.selftesting.completed", interrupted)
    file = tmp_path / "selftest.json"
    words = ("--role", "authority", "--security", "plain", "--processes", "1", "--variants", "8")
    ran = run("conform", "selftest", *words, "--depth", "smoke", "--output", str(file))
    assert ran.code == 130
    assert ran.out.splitlines()[-1] == "Interrupted: this is what was known."
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["interrupted"]
    assert len(found["variants"]) == 2
