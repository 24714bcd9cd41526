"""`payrelay simulate`: what it prints, writes and returns; the same for the same seed, and never green."""

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from payrelay.classics import request_answer
from payrelay.cli import main, simulating
from payrelay.cli.catalogue import Catalogue, Surroundings, payments
from payrelay.cli.simulation_reports import HONESTY
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Edit
from payrelay.language.role import IllFormedModelError
from payrelay.language.systems import System
from payrelay.verification.engines import simulation
from payrelay.verification.engines.simulation import Round, Walking

from .conftest import CATALOGUE, Run

BRIEF = ("--seed", "7", "--steps", "2000")


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "STEPS_OF_A_ROUND", 500)


def test_nothing_holds_and_the_exit_code_says_so(run: Run) -> None:
    ran = run("simulate", *BRIEF)
    assert ran.code == 4
    lines = ran.out.splitlines()
    assert lines[0] == "seed 7, at most 100 steps from the beginning"
    assert [line.split()[0] for line in lines[3:15:4]] == ["friendly", "lossy", "unbounded"]
    assert "; a simulation; no faults; any reordering" in lines[3]
    assert "0 of them new in the last tenth of its rounds" in lines[3]
    assert [" ".join(line.split()[:2]) for line in lines[4:7]] == ["any step", "some kinds", "kinds of"]
    assert any(line.endswith("inconclusive in friendly, lossy, unbounded (a simulation)") for line in lines)
    assert any(line.endswith("seen in friendly, lossy, unbounded") for line in lines)
    assert any("a simulation, which decides no such thing" in line for line in lines)
    assert "coverage of all that was walked" in lines
    assert lines[-2] == (
        "Of 5 properties 0 violated, 1 seen to be possible, 3 inconclusive, 1 seen on a wire only; 3 configurations."
    )
    assert lines[-1] == HONESTY
    assert "holds" not in ran.out
    assert ran.err.startswith("payrelay: ")
    assert ran.err.endswith("/s)\n")


def test_no_verdict_is_holds_and_no_run_is_green(run: Run, catalogue: Catalogue) -> None:
    for configuration in catalogue.configurations:
        for seed in ("1", "2"):
            ran = run("simulate", configuration.name, "--seed", seed, "--steps", "2000", "--json")
            document = json.loads(ran.out)
            assert ran.code == document["exit_code"] == 4
            assert {one["verdict"] for one in document["verdicts"]} <= {"seen", "inconclusive", "not_applicable"}
            assert {one["verdict"] for one in document["properties"]} <= {"seen", "inconclusive", "wire"}


def test_the_same_seed_the_same_bytes(run: Run, broken: Catalogue) -> None:
    for words in ((), ("--json",)):
        first, second = (run("simulate", "unbounded", *BRIEF, *words, model=broken) for _ in range(2))
        assert first.out == second.out
        assert run("simulate", "unbounded", "--seed", "8", "--steps", "2000", *words, model=broken).out != first.out


def test_a_seed_that_is_drawn_is_printed(run: Run) -> None:
    drawn = run("simulate", "friendly", "--steps", "50")
    seed = drawn.out.splitlines()[0].split()[1].rstrip(",")
    assert run("simulate", "friendly", "--steps", "50", "--seed", seed).out == drawn.out
    assert run("simulate", "friendly", "--steps", "50").out.splitlines()[0] != drawn.out.splitlines()[0]


@pytest.mark.slow
def test_whoever_walks_the_walks_are_the_same(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    words = ("simulate", "faulty", "--seed", "7", "--steps", "60000", "--json")
    alone = run(*words)
    monkeypatch.setattr(simulating, "ALONE", 0.0)
    assert main(words, Surroundings(load=small, processes=2)) == alone.code
    assert capsys.readouterr().out == alone.out


def small() -> Catalogue:
    """The small model, for processes."""
    return CATALOGUE


def test_a_faulty_variant_is_found_and_its_run_replays(run: Run, tmp_path: Path) -> None:
    ran = run("simulate", "broken_ledger", *BRIEF, "--traces", str(tmp_path))
    assert ran.code == 1
    assert "killed: it violates the_server_serves_at_most_once, as it must" in ran.out
    (file,) = tmp_path.glob("*.json")
    assert f"  payrelay replay {file}" in ran.out.splitlines()
    again = run("replay", str(file))
    assert (again.code, again.out.splitlines()[-1]) == (1, "Seen again: the_server_serves_at_most_once is violated.")


def test_without_a_file_the_walks_are_what_to_take_again(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    ran = run("simulate", "friendly", *BRIEF, "--property", "nobody", model=broken)
    assert ran.code == 1
    (again,) = [line for line in ran.out.splitlines() if line.startswith("  again: ")]
    words = again.removeprefix("  again: payrelay ").split()
    assert words == ["simulate", "friendly", *BRIEF, "--depth", "100", "--property", "nobody", "--traces", "traces"]
    second = run(*words[:-1], str(tmp_path), model=broken)
    assert (second.code, len(list(tmp_path.glob("*.json")))) == (1, 1)


def test_a_variant_that_is_not_found_is_not_known(run: Run) -> None:
    ran = run("simulate", "broken_ledger", "--seed", "7", "--steps", "1")
    assert ran.code == 4
    assert "inconclusive: whether it violates the_server_serves_at_most_once, as it must, is not known" in ran.out


@pytest.mark.slow
def test_a_faulty_variant_of_the_payment_system_is_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    ran = run("simulate", "broken_sender_unchecked", "--seed", "1", model=payments())
    assert ran.code == 1
    assert "survived" not in ran.out
    assert "killed" in ran.out


def test_coverage_is_that_of_a_search_when_walks_are_long(run: Run) -> None:
    for name in ("lossy", "faulty", "unbounded"):
        searched = json.loads(run("verify", name, "--json").out)
        walked = json.loads(run("simulate", name, "--seed", "1", "--steps", "20000", "--json").out)
        assert walked["coverage"] == searched["coverage"]
        assert walked["configurations"][0]["states"] == searched["configurations"][0]["states"]


def test_json_is_one_document_of_the_promised_shape(run: Run, broken: Catalogue, tmp_path: Path) -> None:
    ran = run("simulate", "lossy", *BRIEF, "--json", "--traces", str(tmp_path), model=broken)
    document = json.loads(ran.out)
    assert (document["schema_version"], document["kind"], document["exit_code"]) == (1, "simulate", ran.code)
    assert (document["seed"], document["depth"]) == (7, 100)
    (one,) = document["configurations"]
    assert {"name", "value", "scope", "model", "walks", "steps", "states", "new_in_last_tenth", "depth"} <= set(one)
    assert one["bound"] == "a simulation"
    assert [kind["kind"] for kind in one["kinds"]] == ["random", "subset", "order"]
    assert sum(kind["steps"] for kind in one["kinds"]) == one["steps"]
    assert max(kind["states"] for kind in one["kinds"]) <= one["states"]
    (violated,) = [each for each in document["verdicts"] if each["verdict"] == "violated"]
    assert Path(violated["trace"]).is_file()
    assert "seconds" not in ran.out


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (("--max-states", "10"), "cut short: the limit of 10 states was reached"),
        (("--max-memory", "1K"), "cut short: the limit of 0 MiB of memory was reached"),
        (("--time-limit", "0.5"), "cut short: the limit of 0.5 seconds was reached"),
    ],
)
def test_a_limit_is_told(run: Run, limit: tuple[str, str], said: str) -> None:
    ran = run("simulate", "faulty", "--seed", "7", *limit)
    assert ran.code == 4
    assert said in ran.out
    assert "properties" in ran.out


def test_no_time_at_all(run: Run) -> None:
    ran = run("simulate", "--seed", "7", "--time-limit", "0.000001")
    assert ran.code == 4
    assert ran.out.count("not walked: the limit of 1e-06 seconds was reached") == 3


def test_an_interruption_keeps_what_is_known(run: Run, broken: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: Iterator[int] = iter(range(100))
    walk = Walking.walk

    def interrupted(self: Walking, *given: object) -> Round:
        if next(rounds) == 2:
            signal.raise_signal(signal.SIGINT)
        return walk(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Walking, "walk", interrupted)
    ran = run("simulate", "friendly", "lossy=true", "--seed", "7", model=broken)
    assert ran.code == 130
    assert "a simulation, cut short: interrupted" in ran.out
    assert "violated in friendly lossy=true: nobody_is_served" in ran.out
    assert "Interrupted: this is what was known." in ran.out


def test_what_cannot_be_walked_is_said(run: Run, catalogue: Catalogue) -> None:
    def build(configuration: Configuration, edits: tuple[Edit, ...] = ()) -> System:
        if configuration.name == "lossy":
            raise IllFormedModelError("it was never right")
        return request_answer.system(configuration)

    ran = run("simulate", *BRIEF, model=replace(catalogue, build=build))
    assert ran.code == 2
    assert "  lossy      not walked: ill-formed model: it was never right" in ran.out
    assert "payrelay: lossy: ill-formed model: it was never right\n" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("frendly",), "did you mean 'friendly'?"),
        (("friendly", "--property", "onse"), "did you mean 'once'?"),
        (("friendly", "--seed", "x"), "'x' is not a valid integer range"),
        (("friendly", "--steps", "0"), "0 is not in the range x>=1"),
        (("friendly", "--depth", "0"), "0 is not in the range x>=1"),
    ],
)
def test_invalid_usage(run: Run, words: tuple[str, ...], said: str) -> None:
    ran = run("simulate", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
