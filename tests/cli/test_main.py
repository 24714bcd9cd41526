"""The one command: what it costs to ask for help, and how every process ends."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from payrelay.cli import main
from payrelay.cli.commands import COMMANDS

from .conftest import Run

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "80"}
COMMAND = [sys.executable, "-m", "payrelay.cli"]
HEAVY = ("networkx", "statemachine", "numba", "rich", "payrelay.model", "payrelay.language.role")


def execute(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**ENVIRONMENT, **changes}
    return subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=False)


def imported_after(code: str) -> set[str]:
    """The modules that a program has imported at its end."""
    program = f"import sys\n{code}\nprint(*sys.modules, sep='\\n')"
    run = subprocess.run(
        # Without the site, which may import what it likes.
        [sys.executable, "-S", "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )  # fmt: skip
    return set(run.stdout.split())


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    modules = imported_after(f"from payrelay.cli import main; main({words!r})")
    assert "payrelay.cli.commands" in modules
    assert [name for name in HEAVY if name in modules] == []


def test_what_is_heavy_would_be_seen() -> None:
    assert "payrelay.model" in imported_after("from payrelay.cli import main; main(['explain', 'P9'])")


def test_help_is_fast() -> None:
    """Measured against an empty program, so that a slow machine is no failure; 150 ms on a usual one."""
    times = [duration([*COMMAND, "--help"]) for _ in range(5)]
    empty = [duration([sys.executable, "-c", "import click"]) for _ in range(5)]
    assert min(times) < max(0.15, 2 * min(empty))


def duration(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True)
    return time.perf_counter() - start


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(run: Run, name: str) -> None:
    ran = run(name, "--help")
    assert ran.code == 0
    assert "Example" in ran.out
    assert f"payrelay {name}" in ran.out


def test_version(run: Run) -> None:
    ran = run("--version")
    assert ran.code == 0
    assert ran.out.startswith("payrelay")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["verfy"], "payrelay: no command 'verfy'; did you mean 'verify'? (see: payrelay --help)\n"),
        (["verify", "--jsn"], "--json"),
        (["verify", "--max-states", "0"], "--max-states"),
        (["verify", "--max-memory", "lots"], "'lots' is no size; write 500M or 2G"),
        (["verify", "--time-limit", "soon"], "'soon' is no time; write 90s, 10m or 1h"),
        (["verify", "--property", "onec"], "did you mean 'once'?"),
        (["verify", "frendly"], "did you mean 'friendly'?"),
        (["replay"], "TRACE"),
        (["explain"], "NAME"),
    ],
)
def test_invalid_usage(run: Run, words: list[str], line: str) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("payrelay: ")
    assert line in ran.err
    assert ran.err.count("\n") == 1


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "verify" in capsys.readouterr().err


@pytest.mark.slow
def test_a_worker_searches_and_the_process_ends_with_0_or_4() -> None:
    ran = execute("verify", "happy", "--json")
    document = json.loads(ran.stdout)
    assert ran.stderr == ""  # quiet in a pipe
    assert ran.returncode == document["exit_code"]
    assert ran.returncode in (0, 4)
    (configuration,) = document["configurations"]
    assert configuration["states"] == 20
    assert configuration["value"]["name"] == "happy"


@pytest.mark.slow
def test_a_limit_ends_a_process_with_4() -> None:
    ran = execute("verify", "benign", "--max-states", "1")
    assert ran.returncode == 4
    assert "the limit of 1 states was reached" in ran.stdout


def test_wrong_usage_ends_a_process_with_2() -> None:
    ran = execute("verify", "hapy")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "payrelay: no configuration 'hapy'; did you mean 'happy'?\n"


def test_a_reader_that_goes_away_is_no_fault() -> None:
    process = subprocess.Popen(
        [*COMMAND, "explain", "exit"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")


@pytest.mark.slow
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_prints_what_is_known_and_leaves_nobody_behind(signal_: signal.Signals) -> None:
    process = subprocess.Popen(
        [*COMMAND, "verify", "--json"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    workers = until_there_are_workers(process.pid)
    time.sleep(1.5)
    process.send_signal(signal_)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    document = json.loads(out)
    assert document["interrupted"] is True
    assert "interrupted" in {one["bound"] for one in document["configurations"]}
    assert gone(workers)


def test_workers_do_not_outlive_a_process_that_is_killed() -> None:
    process = subprocess.Popen([*COMMAND, "verify"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    workers = until_there_are_workers(process.pid)
    assert not gone(workers, within=0)
    process.kill()
    process.communicate(timeout=30)
    assert gone(workers)


def until_there_are_workers(parent: int) -> list[int]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, text=True, check=True)
        pairs = [line.split() for line in found.stdout.splitlines()]
        if workers := [int(pid) for of, pid in pairs if int(of) == parent]:
            return workers
        time.sleep(0.1)
    raise AssertionError("no worker was started")


def gone(processes: list[int], within: float = 10) -> bool:
    until = time.monotonic() + within
    while True:
        found = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True)
        alive = {int(pid) for pid, state in map(str.split, found.stdout.splitlines()) if not state.startswith("Z")}
        if not alive & set(processes):
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.1)
