"""`payrelay verify`: what it prints, writes and returns."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as XML

import pytest

from payrelay.classics import two_phase_commit
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.reports import HONESTY
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Edit
from payrelay.language.properties import Accepted, Entered, In, Never, Possible, Property, Resettable
from payrelay.language.role import IllFormedModelError
from payrelay.language.systems import System

from .conftest import Run


def test_the_default_set_is_green(run: Run) -> None:
    ran = run("verify")
    assert ran.err == ""
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[1].startswith("  friendly ")
    assert "no faults; any reordering" in lines[1]
    assert "states, " in lines[2]
    assert "up to 1 loss" in lines[2]
    assert any("holds in friendly, lossy; not applicable in 1" in line for line in lines)
    assert any(line.endswith("seen on a wire only") for line in lines)
    assert any(line.startswith("  rows      ") for line in lines)
    assert any(line.split()[:2] == ["client", "25%"] for line in lines)
    assert lines[-2].startswith("Of 5 properties 4 hold, 0 violated, 1 seen on a wire only; 3 configurations, ")
    assert lines[-1] == HONESTY


def test_the_want_of_the_fast_engine_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrelay.verification.engines.choice.has_fast_engine", lambda: False)
    ran = run("verify")
    assert ran.code == 0
    assert ran.err == "payrelay: no numba: the slow engine searches; for the fast one, pip install 'payrelay[fast]'\n"


def test_a_violation_is_told_with_its_trace(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    ran = run("verify", "friendly", "--property", "nobody", "--traces", str(tmp_path), model=broken)
    assert ran.code == 1
    lines = ran.out.splitlines()
    start = lines.index("violated in friendly: nobody_is_served")
    assert lines[start + 1] == "  Nobody."
    assert lines[start + 2] == "   1. client-1: user Ask, procedure 1"
    file = tmp_path / "friendly.nobody_is_served.json"
    assert f"  payrelay replay {file}" in lines
    assert json.loads(file.read_text())["kind"] == "trace"


def test_the_shortest_trace_of_all_is_told(run: Run, broken: Catalogue) -> None:
    ran = run("verify", "--property", "nobody", model=broken)
    assert ran.code == 1
    assert "violated in friendly, lossy, unbounded" in ran.out
    assert ran.out.count("   1. ") == 1
    assert "  also in lossy, unbounded" in ran.out
    assert "  again: payrelay verify friendly --property nobody --traces traces" in ran.out


def test_json_is_one_document_of_the_promised_shape(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    ran = run("verify", "--json", "--traces", str(tmp_path), model=broken)
    document = json.loads(ran.out)
    assert (document["schema_version"], document["kind"], document["exit_code"]) == (1, "verify", ran.code)
    assert ran.code == 1
    assert [one["name"] for one in document["configurations"]] == ["friendly", "lossy", "unbounded"]
    for one in document["configurations"]:
        assert {"name", "value", "states", "steps", "depth", "seconds", "engine"} <= set(one)
    keys = {"property", "label", "claims", "configuration", "verdict", "vacuous", "bound", "trace"}
    assert all(keys <= set(one) for one in document["verdicts"])
    traces = [one["trace"] for one in document["verdicts"] if one["verdict"] == "violated"]
    assert len(traces) == 3
    assert all(Path(trace).is_file() for trace in traces)


def test_junit_has_a_case_for_each_configuration_and_property(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.xml"
    assert run("verify", "--junit", str(file), model=broken).code == 1
    suites = XML.fromstring(file.read_text())
    assert suites.get("tests") == "18"
    cases = {(case.get("classname"), case.get("name")): case for case in suites.iter("testcase")}
    failure = cases["lossy", "nobody_is_served"].find("failure")
    assert failure is not None
    assert "1. client-1: user Ask" in (failure.text or "")
    skipped = cases["unbounded", "the_client_can_always_come_to_rest"].find("skipped")
    assert skipped is not None
    assert "unbounded" in (skipped.get("message") or "")
    assert list(cases["friendly", "a_client_can_be_served"]) == []


def test_a_limit_is_inconclusive_and_never_green(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.xml"
    ran = run("verify", "friendly", "--max-states", "1", "--junit", str(file))
    assert ran.code == 4
    assert "cut short: the limit of 1 states was reached" in ran.out
    assert "holds in" not in ran.out
    error = XML.fromstring(file.read_text()).find(".//error")
    assert error is not None
    assert error.get("message") == "the limit of 1 states was reached"


def test_a_limit_of_time_is_that_of_the_whole_run(run: Run) -> None:
    ran = run("verify", "--time-limit", "0.000001", "--json")
    assert ran.code == 4
    bounds = {one["bound"] for one in json.loads(ran.out)["configurations"]}
    assert bounds == {"the limit of 1e-06 seconds was reached"}


def test_a_limit_of_memory(run: Run) -> None:
    ran = run("verify", "friendly", "--max-memory", "1K")
    assert ran.code == 4
    assert "MiB of memory was reached" in ran.out


def test_what_says_nothing_is_not_green(run: Run, catalogue: Catalogue, tmp_path: Path) -> None:
    """Two-phase commit has a row that no run takes: after it nothing happens, which says nothing."""
    system = two_phase_commit.system(2)
    turned = Accepted("resource", message=two_phase_commit.Commit, leaving=("aborted",))
    committed = Entered("resource", states=("committed",))
    empty = Property("empty", "E", "Nothing comes of it.", conjuncts=(Never(committed, after=turned),))
    possible = Property("possible", "P", "Somebody commits.", conjuncts=(Possible(committed),))
    of = replace(catalogue, configurations=(system.configuration,), slow=frozenset(), build=lambda *_: system)
    file = tmp_path / "verdicts.xml"
    ran = run("verify", "--junit", str(file), model=replace(of, properties=(possible, empty)))
    assert ran.code == 4
    assert "Of 2 properties 1 holds, 0 violated, 1 " in ran.out
    assert any(line.startswith(("Vacuous, ", "Not established, ")) and ": E." in line for line in ran.out.splitlines())
    assert XML.fromstring(file.read_text()).get("errors") == "1"
    assert run("verify", model=replace(of, properties=(possible,))).code == 0


def test_nothing_checked_is_not_green(run: Run) -> None:
    ran = run("verify", "--property", "fast")
    assert ran.code == 4
    assert "Nothing was established." in ran.out


def test_a_variant_is_caught_where_it_says(run: Run) -> None:
    ran = run("verify", "broken_ledger")
    assert ran.code == 1
    assert "killed: it violates the_server_serves_at_most_once, as it must" in ran.out
    assert "violated in lossy duplicates=1 variant=broken_ledger" in ran.out
    document = json.loads(run("verify", "broken_ledger", "--json").out)
    assert document["variant"] == {
        "name": "broken_ledger",
        "violates": ["the_server_serves_at_most_once"],
        "missed": [],
    }


def test_a_variant_that_is_not_caught_survives(run: Run, catalogue: Catalogue) -> None:
    harmless = replace(catalogue.variants[0], edits=())
    ran = run("verify", "broken_ledger", model=replace(catalogue, variants=(harmless,)))
    assert ran.code == 1
    assert "survived: it must violate the_server_serves_at_most_once, and does not" in ran.out
    assert "killed" not in ran.out


def test_an_ill_formed_model_is_one_line_and_loses_nothing(run: Run, catalogue: Catalogue) -> None:
    def build(configuration: Configuration, edits: tuple[Edit, ...]) -> System:
        if configuration.name == "lossy":
            raise IllFormedModelError("two rows\noverlap; make them exclude each other")
        return catalogue.build(configuration, ())

    ran = run("verify", model=replace(catalogue, build=build))
    assert ran.code == 2
    assert ran.err == "payrelay: lossy: ill-formed model: two rows overlap; make them exclude each other\n"
    assert "holds in friendly" in ran.out


def test_a_fault_says_how_to_see_more(run: Run, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(configuration: Configuration, edits: tuple[Edit, ...]) -> System:
        raise ZeroDivisionError("oh")

    faulty = replace(catalogue, build=build)
    monkeypatch.delenv("PAYRELAY_TRACEBACK", raising=False)
    ran = run("verify", "friendly", model=faulty)
    assert ran.code == 5
    assert ran.err == (
        "payrelay: friendly: a fault of payrelay itself: ZeroDivisionError: oh; "
        "to see the traceback: PAYRELAY_TRACEBACK=1\n"
    )
    monkeypatch.setenv("PAYRELAY_TRACEBACK", "1")
    assert "Traceback" in run("verify", "friendly", model=faulty).err


def test_invalid_files_are_refused_before_the_search(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("verify", "--traces", str(tmp_path / "file" / "traces"))
    assert (ran.code, ran.out) == (2, "")
    assert "cannot make the folder" in ran.err
    ran = run("verify", "--junit", str(tmp_path / "none" / "a.xml"))
    assert (ran.code, ran.out) == (2, "")
    assert "cannot write" in ran.err


def test_a_trace_that_cannot_be_written_loses_no_report(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "friendly.nobody_is_served.json").mkdir()
    ran = run("verify", "friendly", "--traces", str(tmp_path), model=broken)
    assert ran.code == 2
    assert "violated in friendly" in ran.out
    assert ran.err.startswith("payrelay: cannot write traces")


def test_a_response_is_judged_and_a_trap_is_seen(run: Run, catalogue: Catalogue) -> None:
    trap = Property("trap", "trap", "Back to idle.", conjuncts=(Resettable((In("client", ("idle",)),)),))
    ran = run("verify", "friendly", "--property", "trap", model=replace(catalogue, properties=(trap,)))
    assert ran.code == 1
    assert "violated: trap: Resettable()" in ran.out
