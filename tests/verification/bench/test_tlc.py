"""TLC: what it says, read, and where it is looked for."""

import shutil
import sys
from pathlib import Path

import pytest

from payrelay.verification import processes
from payrelay.verification.bench import tlc
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError
from payrelay.verification.processes import Ran, TooLongError

SAID = """\
@!@!@STARTMSG 2262:0 @!@!@
TLC2 Version 2.15 of Day Month 20?? (rev: d5b5a7f)
Computing initial states...
Finished computing initial states: 1 distinct state generated at 2026-01-01 00:00:00.
Progress(11): 411,109 states generated, 61,176 distinct states found, 23,622 states left on queue.
Model checking completed. No error has been found.
2744706 states generated, 296448 distinct states found, 0 states left on queue.
The depth of the complete state graph search is 23.
Finished in 10401ms at (2026-01-01 00:00:00)
"""
LINES = tuple((0.5 * number, f"{line}\n") for number, line in enumerate(SAID.splitlines()))


def test_everything_is_read() -> None:
    assert tlc.read(LINES) == tlc.TlcFound(states=296_448, steps=2_744_705, seconds=1.5, preparing=1.0)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "@!@!@STARTMSG 2110:1 @!@!@\nInvariant IsConsistent is violated.\n",
            "TLC: Invariant IsConsistent is violated",
        ),
        ("Error: Error: worker number required.\n", "TLC: Error: Error: worker number required."),
        ("", "TLC: it said nothing"),
        ("something\nelse\n", "TLC: something else"),
        (SAID.replace(" 0 states left", " 3 states left"), "did not say what it found"),
    ],
    ids=["violated", "wrong usage", "nothing", "other words", "states left"],
)
def test_invalid_search(said: str, why: str) -> None:
    with pytest.raises(NotMeasuredError, match=why):
        tlc.read([(1.0, f"{line}\n") for line in said.splitlines()])


def test_the_jar_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setenv(tlc.PLACE, str(tmp_path / "a.jar"))
    assert tlc.missing() == [f"tla2tools.jar: it is not where {tlc.PLACE} says"]
    (tmp_path / "a.jar").touch()
    assert (tlc.missing(), tlc.jar()) == ([], tmp_path / "a.jar")


def test_the_jar_is_in_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(tlc.PLACE, raising=False)
    monkeypatch.setattr(tlc, "PACKAGE", "payrelay_package_with_a_jar")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    lacking = ["java: Debian package default-jre-headless", "tla2tools.jar: Python package payrelay_package_with_a_jar"]
    assert [one.partition(", or")[0] for one in tlc.missing()] == lacking
    folder = tmp_path / "payrelay_package_with_a_jar"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / tlc.JAR).touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert tlc.missing() == lacking[:1]
    assert tlc.jar() == folder / tlc.JAR
    with pytest.raises(NotMeasuredError, match="not on this machine: java: Debian package"):
        tlc.search("m", "", "")


def test_runs_are_repeated_until_it_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tlc, "missing", list)
    monkeypatch.setattr(processes, "run", lambda *_: Ran(0, LINES, 9.0))
    found = tlc.measure("m", "module", "configuration", 3)
    assert (found.states, found.steps, found.runs, found.bytes) == (296_448, 2_744_705, (1.5,) * 3, None)
    monkeypatch.setattr(tlc, "ENOUGH", 2.0)
    assert len(tlc.measure("m", "module", "configuration", 3).runs) == 2


def test_time_ends_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> Ran:
        raise TooLongError

    monkeypatch.setattr(tlc, "missing", list)
    monkeypatch.setattr(processes, "run", run)
    with pytest.raises(StoppedError, match="TLC was stopped after 3 seconds"):
        tlc.search("m", "module", "configuration", seconds=3)
