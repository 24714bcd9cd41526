"""`payrelay replay`: a trace is a run of this model, or a clear line says that it is not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from payrelay.cli.catalogue import Catalogue

from .conftest import Run


@pytest.fixture
def trace(run: Run, broken: Catalogue, tmp_path: Path) -> Path:
    """The file of a violation."""
    assert run("verify", "friendly", "--property", "nobody", "--traces", str(tmp_path), model=broken).code == 1
    return tmp_path / "friendly.nobody_is_served.json"


def changed(file: Path, **changes: Any) -> Path:
    document = {**json.loads(file.read_text()), **changes}
    other = file.with_name("changed.json")
    other.write_text(json.dumps(document))
    return other


def test_a_violation_is_seen_again(run: Run, broken: Catalogue, trace: Path) -> None:
    ran = run("replay", str(trace), model=broken)
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[1].startswith(" 1. client-1: user Ask")
    assert lines[-1] == "Seen again: nobody_is_served is violated."


def test_the_trace_of_a_variant_is_taken_in_the_variant(run: Run, tmp_path: Path) -> None:
    assert run("verify", "broken_ledger", "--traces", str(tmp_path)).code == 1
    (file,) = tmp_path.glob("*.the_server_serves_at_most_once.json")
    assert run("replay", str(file)).code == 1


def test_a_run_without_a_violation_is_established(run: Run, broken: Catalogue, trace: Path) -> None:
    ran = run("replay", str(changed(trace, property="", conjunct="")), model=broken)
    assert (ran.code, ran.err) == (0, "")
    assert "violated" not in ran.out
    assert ran.out.endswith("It records no violation.\n")


def test_a_trace_of_a_model_that_changed_but_still_has_the_run(run: Run, broken: Catalogue, trace: Path) -> None:
    ran = run("replay", str(changed(trace, model="sha256:0")), model=broken)
    assert ran.code == 1
    assert "The model has changed since" in ran.out


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"kind": "event"}, "a trace has 'trace' here"),
        ({"steps": 1}, "steps: this must be a list"),
        ({"property": "unknown"}, "the model has no property 'unknown'"),
        ({"property": "once"}, "it does not violate the property"),
        ({"configuration": {}}, "configuration.name: this must be the name of a configuration"),
        ({"configuration": {"name": "frendly"}}, "there is no 'frendly'; did you mean 'friendly'?"),
        ({"configuration": {"name": "friendly"}}, "this model's configurations have other keys"),
        ({"initial": {}}, "none of the model's runs begins"),
    ],
)
def test_invalid_traces(run: Run, broken: Catalogue, trace: Path, changes: dict[str, Any], line: str) -> None:
    ran = run("replay", str(changed(trace, **changes)), model=broken)
    assert (ran.code, ran.out) == (2, "") or changes == {"property": "once"}
    assert ran.code == 2
    assert line in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("key", "value"), [("losses", "1"), ("losses", True), ("crashing", [1]), ("timers", 3), ("crashing", None)]
)
def test_invalid_configuration(run: Run, broken: Catalogue, trace: Path, key: str, value: object) -> None:
    configuration = {**json.loads(trace.read_text())["configuration"], key: value}
    ran = run("replay", str(changed(trace, configuration=configuration)), model=broken)
    assert ran.code == 2
    assert f"configuration.{key}: " in ran.err


def test_a_step_that_cannot_happen_names_itself(run: Run, broken: Catalogue, trace: Path) -> None:
    document = json.loads(trace.read_text())
    document["steps"][0]["actor"] = "client-2"
    ran = run("replay", str(changed(trace, steps=document["steps"])), model=broken)
    assert ran.code == 2
    assert "step 1" in ran.err


def test_a_trace_of_another_model(run: Run, broken: Catalogue, trace: Path) -> None:
    ran = run("replay", str(trace), model=replace(broken, configurations=broken.configurations[1:]))
    assert ran.code == 2
    assert "there is no 'friendly'" in ran.err


def test_invalid_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    (tmp_path / "text").write_text("{")
    for name, line in (
        ("none", "cannot read"),
        ("bytes", "not text in UTF-8"),
        ("text", "no JSON"),
        (".", "cannot read"),
    ):
        ran = run("replay", str(tmp_path / name))
        assert (ran.code, ran.out) == (2, "")
        assert line in ran.err
        assert ran.err.count("\n") == 1
