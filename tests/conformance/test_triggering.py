"""Triggers: the process of one test, what it is told, and what is said when it is not there."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest
from tests.conformance import triggered
from tests.conformance.test_selftest_over_http import at_work, begin
from tests.conformance.test_terminal_cases import plan

from payrelay.conformance.checks import check
from payrelay.conformance.configuration import FIRST_SECTION, read_configuration
from payrelay.conformance.doctor import Doctor, Outcome
from payrelay.conformance.runs import Choice, Run
from payrelay.conformance.triggering import Triggered, Triggers
from payrelay.conformance.verdicts import Verdict
from payrelay.language.configurations import ConfigurationError
from payrelay.language.edits import Guarded
from payrelay.language.terms import Symbol
from payrelay.model.messages.user import UserChooses
from payrelay.model.protocol import tables

WRITES = """\
import os, sys
said = " ".join(sys.argv[2:]) + sys.stdin.readline()
with open(f"{sys.argv[1]}/{os.getpid()}", "w") as file:
    file.write(said)
"""
CHOOSES = UserChooses(nonce=Symbol("request_nonce", "1"), index=2)


def configured(folder: Path, command: str) -> Path:
    """A configuration with a trigger."""
    path = triggered.write(folder)
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("command"))
    path.write_text(text.replace(line, f"command = {command}"), encoding="utf-8")
    return path


def begun(folder: Path, program: str, *words: str) -> Triggered:
    """A terminal that is started."""
    written = folder / "program.py"
    written.write_text(program, encoding="utf-8")
    command = json.dumps([sys.executable, "-S", str(written), *words])
    configuration = read_configuration(configured(folder, command), {})
    urls = {FIRST_SECTION: "http://r", "shop": "http://s"}
    return Triggers(configuration, urls).begin("terminal-1", {"session": "-s", "order": {"shop": "shop", "order": "o"}})


def until(path: Path, number: int) -> list[str]:
    """What so many files say, once they are there."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        found = [one.read_text(encoding="utf-8") for one in path.iterdir()] if path.is_dir() else []
        if len(found) == number and all(found):
            return found
        time.sleep(0.01)
    raise AssertionError(f"{path}: not {number} files")


def test_a_terminal_is_told_what_it_begins_with_and_what_its_user_does(tmp_path: Path) -> None:
    terminal = begun(tmp_path, WRITES, "{folder}", "{relay.url}", "{shop.url}", "{session}", "{order}")
    folder = Path(terminal._folder.name)
    try:
        terminal.act(CHOOSES)
        said = 'http://r http://s -s o{"event": "user_chooses", "fields": {"index": 2}}\n'
        assert until(folder, 1) == [said]
        terminal.crash()  # the folder is there still
        terminal.act(CHOOSES)
        assert until(folder, 2) == [said, said]
    finally:
        terminal.end()
    assert not folder.exists()


def test_one_that_ends_says_so(tmp_path: Path) -> None:
    terminal = begun(tmp_path, "print('no'); raise SystemExit(3)")
    terminal._process.wait(10)
    terminal.act(CHOOSES)
    terminal.act(CHOOSES)
    assert terminal.ended() == "terminal-1 has ended with 3; it said last: no"
    terminal.end()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "says"),
    [
        ('["/nowhere/node"]', "sut.trigger.command: cannot be started: No such file or directory: /nowhere/node"),
        ('["node", "{sesion}"]', "nothing stands for '{sesion}'; did you mean 'session'?"),
        ('["node", "{shp.url}"]', "no peer 'shp'; did you mean 'shop'?"),
        (
            '["false"]',
            "no ProcedureRequest from terminal-1 to relay: terminal-1 has ended with 1; it said last: nothing",
        ),
    ],
)
def test_invalid_triggers_are_named_by_the_doctor(tmp_path: Path, command: str, says: str) -> None:
    (found,) = (one for one in Doctor(configured(tmp_path, command)).findings() if one.outcome is Outcome.WRONG)
    assert (found.what, found.code) == ("messages", 2)
    assert says in found.says
    assert found.line is not None


def test_invalid_triggers_of_servers_are_refused(tmp_path: Path) -> None:
    path = triggered.write(tmp_path)
    text = path.read_text(encoding="utf-8").replace('role = "terminal"', 'role = "shop"\nurl = "http://127.0.0.1:9"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="it starts terminals, and none is under test"):
        read_configuration(path, {})
    path.write_text(text.replace('"shop"', '"terminal"').replace("sut.trigger", "sut.start"), encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_configuration(path, {})


@pytest.mark.slow
def test_nobody_tells_the_user_what_to_do(tmp_path: Path) -> None:
    path = triggered.write(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[sut.trigger]")] + text[text.index("[names]") :], encoding="utf-8")
    (found,) = (one for one in Doctor(path).findings() if one.outcome is Outcome.WRONG)
    assert found.says.endswith(
        "nobody tells the terminal what its user does: write [sut.trigger], which starts it for each test"
    )
    with Run(path, Choice(depth="smoke")) as run:
        assert not list(run.checks())
        assert run.left_out["a user"] > 200


@pytest.mark.slow
def test_a_terminal_in_a_process_of_its_own_pays_and_crashes(tmp_path: Path) -> None:
    path = triggered.write(tmp_path)
    part = next(part for part in plan(is_controlled=True).parts if part.purpose == "shopping")
    crashed = next(case for case in part.generator.cases(["crashes"]) if case.state == "confirming")
    natural = next(part.generator.cases(["paths"]))
    with at_work(path) as (assembly, board):
        setting = assembly.setting(part.setting.configuration, board)
        for number, case in enumerate((natural, crashed), start=1):
            found = check(case, begin(assembly, board, setting, number))
            assert found.verdict is Verdict.PASS, (case.id, found.detail)


@pytest.mark.slow
@pytest.mark.parametrize(("security", "depth", "seed"), [("plain", "smoke", 1), ("hardened", "must", 2)])
def test_nothing_fails_of_the_reference_terminal(tmp_path: Path, security: str, depth: str, seed: int) -> None:
    with (
        triggered.at_work(tmp_path, security) as path,
        Run(path, Choice(depth=depth, budget=6, seed=seed)) as run,
    ):
        found = list(run.checks())
        assert [(one.id, one.cause) for one in found if one.verdict is not Verdict.PASS] == []
        assert found
        assert run._doctor.board.all_strays().number == 0


@pytest.mark.slow
def test_a_terminal_that_does_not_conform_fails(tmp_path: Path) -> None:
    variant = tables([Guarded(role="terminal", state="done", event="user_pays_again")])
    with (
        triggered.at_work(tmp_path, tables=lambda: variant) as path,
        Run(path, Choice(depth="smoke", only=("shopping.pair.terminal.done.user_pays_again.after_all",))) as run,
    ):
        (found,) = run.checks()
    assert (found.verdict, found.deviation and found.deviation["kind"]) == (Verdict.FAIL, "unexpected")
