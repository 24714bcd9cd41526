"""`payrelay draw sequence`: what can be drawn, in which formats, and what is said of what cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import CATALOGUE, Run
from tests.diagrams.random_traces import random_trace
from tests.diagrams.tools import mermaid_says, needs_chromium, needs_mermaid, needs_plantuml, plantuml_accepts

from payrelay.classics.request_answer import Answer, Ask, Request
from payrelay.cli.catalogue import Catalogue, Surroundings, payments
from payrelay.cli.runs import Runs, runs_named
from payrelay.diagrams.formats import SUFFIXES
from payrelay.diagrams.sequence.branching import sequence
from payrelay.diagrams.sequence.picture import ORDER
from payrelay.diagrams.sequence.writing import FORMATS, Manner, written
from payrelay.language.scenarios import Family, Scenario, arrives, does, lost, runs_out
from payrelay.model.configurations import HAPPY
from payrelay.model.scenarios import FAMILIES, SCENARIOS
from payrelay.model.variants import VARIANTS

ANSWERED = Scenario(name="answered", says="It is answered.", configuration="lossy", turns=(does(Ask), arrives(Answer)))
REPEATED = Scenario(
    name="repeated",
    says="It is asked again.",
    configuration="lossy",
    turns=(does(Ask), lost(Request), runs_out("patience", "client"), arrives(Answer)),
)
IMPOSSIBLE = Scenario(name="impossible", says="It cannot be.", configuration="friendly", turns=(lost(Request),))
BOTH = Family(name="both", says="With and without a loss.", scenarios=("answered", "repeated"))
MODEL = replace(CATALOGUE, scenarios=(ANSWERED, REPEATED, IMPOSSIBLE), families=(BOTH,))


def test_a_scenario_is_drawn_in_the_terminal(run: Run) -> None:
    ran = run("draw", "sequence", "repeated", model=MODEL)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:2] == ["repeated", "It is asked again."]
    assert "│     ├╌╌╌╌✕│  2 Request, is welcome yes [1]" in ran.out
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_the_same_every_time(run: Run, format: str) -> None:
    ran = [run("draw", "sequence", "both", "--format", format, "--states", model=MODEL) for _ in range(2)]
    assert ran[0].code == 0
    assert ran[0] == ran[1]


@pytest.mark.parametrize(("suffix", "format"), SUFFIXES.items())
def test_the_name_of_a_file_says_its_format(run: Run, tmp_path: Path, suffix: str, format: str) -> None:
    file = tmp_path / f"picture{suffix}"
    ran = run("draw", "sequence", "answered", "--output", str(file), model=MODEL)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert file.read_text(encoding="utf-8") == run("draw", "sequence", "answered", "--format", format, model=MODEL).out


def test_what_is_said_counts_more_than_a_name(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    assert run("draw", "sequence", "answered", "--output", str(file), "--format", "plantuml", model=MODEL).code == 0
    assert file.read_text(encoding="utf-8").startswith("@startuml")


def test_everything_that_can_be_drawn_is_listed(run: Run) -> None:
    ran = run("draw", "sequence", "--list", model=MODEL)
    assert ran.code == 0
    for name in ("answered", "repeated", "both", "broken_ledger"):
        assert f"  {name} " in ran.out
    assert "families" not in run("draw", "sequence", "--list").out


def test_a_variant_is_drawn_to_its_violation(run: Run) -> None:
    ran = run("draw", "sequence", "broken_ledger")
    assert ran.code == 0
    assert "violated: the_server_serves_at_most_once" in ran.out
    assert "The ledger forgets that it has served." in ran.out


def test_the_line_that_verify_prints_draws_the_violation(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    ran = run("verify", "friendly", "--property", "nobody", model=broken)
    (line,) = [line for line in ran.out.splitlines() if "draw sequence" in line]
    words = line.removeprefix("  drawn: payrelay ").split()
    assert words == ["draw", "sequence", "friendly", "--property", "nobody"]
    drawn = run(*words, model=broken)
    assert drawn.code == 0
    assert "violated: nobody_is_served" in drawn.out

    saved = run("verify", "friendly", "--property", "nobody", "--traces", str(tmp_path), model=broken)
    (line,) = [line for line in saved.out.splitlines() if "draw sequence" in line]
    (file,) = tmp_path.iterdir()
    assert line == f"  payrelay draw sequence {file}"
    assert run(*line.split()[1:], model=broken).out == drawn.out


def test_a_random_walk_is_drawn(run: Run, tmp_path: Path) -> None:
    ran = run("simulate", "broken_ledger", "--seed", "1", "--steps", "3000", "--traces", str(tmp_path))
    (line,) = [line for line in ran.out.splitlines() if "draw sequence" in line]
    assert "violated: the_server_serves_at_most_once" in run(*line.split()[1:]).out


def test_several_runs_are_branches(run: Run) -> None:
    ran = run("draw", "sequence", "answered", "repeated", model=MODEL)
    assert ran.out.startswith("answered or repeated\n")
    assert "── else: repeated" in ran.out
    settings = run("draw", "sequence", "faulty", "variant=broken_ledger", "answered", model=MODEL)
    assert settings.code == 0
    assert "── alt: faulty variant=broken_ledger" in settings.out


def test_a_role_sees_its_part(run: Run) -> None:
    ran = run("draw", "sequence", "answered", "--role", "user", model=MODEL)
    assert "Request" not in ran.out
    assert "Ask" in ran.out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "name a scenario, a trace or a faulty variant, as in: happy_path; see them all"),
        (["answred"], "nothing called 'answred' can be drawn; did you mean 'answered'?"),
        (["zzzzzzz"], "nothing called 'zzzzzzz' can be drawn; see them all: payrelay draw sequence --list"),
        (["friendly"], "friendly: nothing that was looked at is violated, so there is no violation to draw"),
        (["impossible"], "scenario impossible: turn 1 (lose Request) cannot be taken in friendly"),
        (["answered", "--role", "sever"], "no role 'sever' in this run; did you mean 'server'?"),
        (["answered", "--format", "sgv"], "no format 'sgv'; did you mean 'svg'?"),
        (["answered", "--output", "x.png"], "'x.png' does not say what to draw: end it in .txt, .svg"),
        (["answered", "--output", "no/such/folder/x.svg"], "cannot write no/such/folder/x.svg: No such file"),
        (["answered", "--width", "10"], "invalid value for '--width'"),
        (["no/such.json"], "cannot read no/such.json: No such file or directory; write traces with:"),
        (["no/such.json", "losses=1"], "'losses=1' changes a configuration, and no/such.json is a trace"),
        (["friendly", "lossses=1"], "no key 'lossses' in configuration friendly; did you mean 'losses'?"),
        (
            ["no/such.ndjson", "--configuration", "friendly"],
            "cannot read no/such.ndjson: No such file or directory; name an event log, or -",
        ),
        (["answered", "--procedure", "p"], "--procedure says how a log is followed, and none is named, as in: log"),
        (["friendly", "--property", "onse"], "no property 'onse'"),
    ],
)
def test_invalid_words_are_one_line(run: Run, words: Sequence[str], line: str) -> None:
    ran = run("draw", "sequence", *words, model=MODEL)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"payrelay: {line}")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"{", "line 1, column 2: no JSON"),
        (b'{"kind": "verify"}', "kind: a trace has 'trace' here"),
        (b"\xff", "it is not text in UTF-8"),
    ],
)
def test_invalid_file_is_no_trace(run: Run, tmp_path: Path, content: bytes, line: str) -> None:
    file = tmp_path / "trace.json"
    file.write_bytes(content)
    ran = run("draw", "sequence", str(file))
    assert ran.code == 2
    assert ran.err.startswith(f"payrelay: {file} is no trace: {line}")


def test_invalid_width_is_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_text(json.dumps(random_trace(12, 5, 1).to_json()), encoding="utf-8")
    ran = run("draw", "sequence", str(file), "--width", "30")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("payrelay: 12 lifelines need a width of 35, not 30; leave some out with --role")


def test_drawing_a_saved_trace_asks_neither_the_model_nor_what_is_heavy(run: Run, tmp_path: Path) -> None:
    run("verify", "broken_ledger", "--traces", str(tmp_path))
    (file,) = tmp_path.iterdir()
    for format in FORMATS:
        code = (
            "import sys; from payrelay.cli import main; "
            f"assert main(['draw', 'sequence', {str(file)!r}, '--format', {format!r}]) == 0; "
            "print(sorted(sys.modules), file=sys.stderr)"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                             env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
        heavy = ("networkx", "numba", "numpy", "rich", "statemachine", "payrelay.model", "payrelay.verification")
        assert [name for name in heavy if f"'{name}" in ran.stderr] == []


# --- the payment protocol


def drawn(words: Sequence[str], folder: Path) -> Runs:
    """Draw it in every format, each into a file."""
    runs = runs_named(Surroundings(load=payments, processes=0), words)
    traces = [one.trace for one in runs.runs]
    picture = sequence(runs.runs, runs.title, runs.says)
    for format in FORMATS:
        text = written(picture, traces, Manner(format=format, with_states=True))
        assert text == written(picture, traces, Manner(format=format, with_states=True))
        (folder / f"{words[0]}.{format}").write_text(text, encoding="utf-8")
    return runs


def needs_all() -> None:
    """What reads the pictures, before any is drawn."""
    needs_chromium()
    needs_mermaid()
    needs_plantuml()


@pytest.mark.slow
def test_every_scenario_is_drawn_in_every_format(tmp_path: Path) -> None:
    needs_all()
    for one in (*SCENARIOS, *FAMILIES):
        drawn([one.name], tmp_path)
    mermaid = [file.read_text(encoding="utf-8") for file in sorted(tmp_path.glob("*.mermaid"))]
    assert [said for said in mermaid_says(mermaid, tmp_path, is_drawn=False) if said] == []
    assert plantuml_accepts([file.read_text(encoding="utf-8") for file in tmp_path.glob("*.plantuml")], tmp_path)


@pytest.mark.slow
def test_every_variant_is_drawn_in_every_format(tmp_path: Path) -> None:
    needs_all()
    for variant in VARIANTS:
        runs = drawn([variant.name], tmp_path)
        assert runs.says == variant.story
        assert runs.runs[0].trace.property in variant.violates
    mermaid = [file.read_text(encoding="utf-8") for file in sorted(tmp_path.glob("*.mermaid"))]
    assert len(mermaid) == len(VARIANTS)
    assert [said for said in mermaid_says(mermaid, tmp_path, is_drawn=False) if said] == []
    assert plantuml_accepts([file.read_text(encoding="utf-8") for file in tmp_path.glob("*.plantuml")], tmp_path)


def test_lifelines_have_the_order_in_which_the_protocol_names_its_roles() -> None:
    assert ("user", *replace(HAPPY, registrations=1).roles) == ORDER


def test_what_no_run_does_is_drawn_as_a_run_without_the_fault() -> None:
    runs = runs_named(Surroundings(load=payments, processes=0), ["broken_never_approved"])
    (missed,) = runs.runs
    assert missed.missed == "no run of broken_never_approved does this: it is what a run without the fault does"
    assert missed.trace.configuration["variant"] == ""
    assert json.dumps(missed.trace.to_json())
