"""Campaigns: evidence speaks of a commit and of the sources that decide it, and is stale when one of them changes."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from docs import campaign

HOUSE = Path(__file__).parents[2]
BY_NAME = {one.name: one for one in campaign.CAMPAIGNS}
LATER = "verification/payrelay/classics/counting.py"
"""A source of the campaign that is run here."""
ELSEWHERE = "verification/payrelay/cli/reports.py"
"""One that decides nothing in it."""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the house, committed, with a campaign that is short."""
    for folder in campaign.PORTIONS:
        shutil.copytree(HOUSE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / campaign.EVIDENCE).mkdir(parents=True)
    (tmp_path / "docs" / "figures.md").write_text("None so far.\n", encoding="utf-8")
    short = replace(BY_NAME["classics"], commands=(campaign.counting(2), campaign.counting(3)))
    monkeypatch.setattr(campaign, "CAMPAIGNS", (short, *(one for one in campaign.CAMPAIGNS if one.name != "classics")))
    git(tmp_path, "init", "--quiet")
    committed(tmp_path)
    return tmp_path


def git(house: Path, *words: str) -> str:
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    ran = subprocess.run(("git", *who, *words), cwd=house, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def committed(house: Path) -> None:
    git(house, "add", "--all")
    git(house, "commit", "--quiet", "--message", "All of it")


def changed(house: Path, file: str) -> None:
    path = house / file
    path.write_text(path.read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")


@pytest.mark.slow
def test_evidence_says_what_was_found_and_of_what_it_speaks(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["classics"], house) == 0
    assert capsys.readouterr().out == (
        "wrote docs/evidence/classics.json: two_phase_commit managers=2: 56 states, as published; "
        "two_phase_commit managers=3: 288 states, as published\n"
    )
    found = json.loads((house / campaign.EVIDENCE / "classics.json").read_text(encoding="utf-8"))
    assert found["commit"] == git(house, "rev-parse", "HEAD")
    assert found["commands"] == [f"python -m payrelay.classics.counting {managers}" for managers in (2, 3)]
    assert (found["seed"], found["exit_codes"]) == (None, [0, 0])
    assert [one["states"] for one in found["figures"]["systems"]] == [56, 288]
    assert all(one["seconds"] > 0 and one["mebibytes"] > 10 for one in found["figures"]["systems"])
    assert str(house) not in json.dumps(found)
    assert campaign.main(["--check"], house) == 0


@pytest.mark.slow
def test_stale_evidence_is_seen_if_a_source_that_decides_it_changes(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert campaign.main(["classics"], house) == 0
    changed(house, ELSEWHERE)
    assert campaign.main(["--check"], house) == 0
    changed(house, LATER)
    assert campaign.main(["--check"], house) == 1
    assert capsys.readouterr().err == (
        "docs/evidence/classics.json is stale: what it speaks of has changed; mend it with: make campaign classics\n"
    )


def test_evidence_that_a_document_names_has_to_be_there(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["--check"], house) == 0, "nobody has promised any"
    (house / "docs" / "figures.md").write_text("See [figures](evidence/large.json).\n", encoding="utf-8")
    assert campaign.main(["--check"], house) == 1
    assert capsys.readouterr().err == (
        "docs/evidence/large.json is missing, and a document names it; mend it with: make campaign large\n"
    )


def test_invalid_what_is_not_committed_is_not_spoken_of(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(house, LATER)
    assert campaign.main(["classics"], house) == 2
    assert capsys.readouterr().err == (f"payrelay: commit first, since evidence speaks of a commit: {LATER} differs\n")
    assert list((house / campaign.EVIDENCE).iterdir()) == []


def test_invalid_a_command_that_fails_leaves_nothing(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = replace(BY_NAME["classics"], commands=(("-c", "raise SystemExit(5)"),))
    monkeypatch.setattr(campaign, "CAMPAIGNS", (failing,))
    assert campaign.main(["classics"], house) == 2
    assert "ended with 5: nothing was written" in capsys.readouterr().err
    assert list((house / campaign.EVIDENCE).iterdir()) == []


def test_invalid_name(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["clasics"], house) == 2
    said = "no campaign 'clasics'; there is: classics, large, crosscheck, mutants, selftest, conform, chaos, fuzz\n"
    assert capsys.readouterr().err == said
    assert campaign.main([], house) == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == [
        "classics",
        "large",
        "crosscheck",
        "mutants",
        "selftest",
        "conform",
        "chaos",
        "fuzz",
    ]


@pytest.mark.slow
def test_a_campaign_speaks_of_what_decides_it_and_of_nothing_else() -> None:
    """The engines, or the servers, decide everything; no report, no command and no document decides anything."""
    for one in BY_NAME.values():
        sources = {path.as_posix() for path in campaign.sources_of(one)}
        runs_servers = one.name in ("fuzz", "chaos", "conform")
        plays_parties = runs_servers or one.name == "selftest"
        assert ("verification/payrelay/verification/engines/kernel.py" in sources) != plays_parties
        assert ("reference_impl/payrelay/host/party.py" in sources) == plays_parties
        assert ("verification/payrelay/conformance/generation.py" in sources) == (one.name in ("selftest", "conform"))
        assert ("verification/payrelay/observation/following.py" in sources) == (one.name == "chaos")
        assert "model/payrelay/language/role.py" in sources
        for other in ("cli/reports.py", "cli/verify.py", "cli/commands.py", "cli/mutant_reports.py"):
            assert f"verification/payrelay/{other}" not in sources
        assert ("model/payrelay/model/roles/terminal.py" in sources) == (one.name != "classics")
        assert ("verification/payrelay/verification/promela/export.py" in sources) == (one.name == "crosscheck")
        assert ("verification/payrelay/verification/mutants/judgement.py" in sources) == (one.name == "mutants")
        assert ("reference_impl/payrelay/reference_impl/pages.py" in sources) == runs_servers
        assert ("tests/fuzz/fuzzing.py" in sources) == (one.name == "fuzz")
        assert one.name != "crosscheck" or "verification/payrelay/classics/random_systems.py" in sources


SEARCHED = {
    "name": "three", "scope": "no faults", "engine": "fast", "states": 1000, "steps": 2000, "depth": 9, "bound": None,
}  # fmt: skip
VERIFY = {"configurations": [SEARCHED], "properties": [{"verdict": "holds"}, {"verdict": "wire"}, {"verdict": "holds"}]}
CROSSCHECK = {"equal": 2, "different": [], "left_out": ["c"], "systems": [{"states": 1000}, {"states": 234}]}
MUTANTS = {
    "mutants": [
        {"name": "a", "status": "killed", "reason": ""},
        {"name": "b", "status": "survived", "reason": "nobody looked"},
    ],
    "counts": {"killed": 1, "survived": 1, "ill_formed": 0},
    "properties": [
        {"property": "p", "kills": 1, "kills_alone": ["a"]},
        {"property": "q", "kills": 0, "kills_alone": []},
    ],
}

SELFTEST = {
    "depth": "must", "levels": ["plain"], "counts": {"relay": {"killed": 1}, "shop": {"killed": 1, "survived": 1}},
    "operators": {}, "stages": {}, "kill_nothing": {}, "control": {},
    "requirements": {}, "killed_once": [], "power": 0.6667,
    "variants": [
        {"name": "a", "role": "relay", "status": "killed", "reason": ""},
        {"name": "b", "role": "shop", "status": "killed", "reason": ""},
        {"name": "c", "role": "shop", "status": "survived", "reason": "nobody looked"},
    ],
}  # fmt: skip


def fuzzed(role: str, security: str) -> dict[str, Any]:
    counts = {"cases": 1500, "past_authentication": 900, "refused_before": 300, "failures": {"a": 1}}
    return {"role": role, "security": security, **counts}


@pytest.mark.parametrize(
    ("name", "document", "found"),
    [
        (
            "large",
            VERIFY,
            "three: 1,000 states, 2,000 steps, depth 9, 60 s, 2,048 MiB; 2 holds, 1 wire",
        ),
        ("crosscheck", CROSSCHECK, "2 equal, 0 different, 1 left out; 1,234 states"),
        ("mutants", MUTANTS, "2 mutants: 1 killed, 1 survived"),
        ("selftest", SELFTEST, "3 variants: 2 killed, 1 survived; 66.7% of those that are not equivalent killed; 60 s"),
        (
            "fuzz",
            {"found": [fuzzed("relay", "plain"), fuzzed("shop", "plain"), fuzzed("relay", "hardened")]},
            "4,500 cases, plain and hardened: 3,000 to a relay, 1,500 to a shop; 75% of those that had to got past "
            "authentication; 3 server errors and undocumented answers",
        ),
    ],
)
def test_what_is_kept_of_a_document(name: str, document: dict[str, Any], found: str) -> None:
    one = BY_NAME[name]
    figures = one.figures([campaign.Measured(document, 60.0, 2 << 30)])
    assert one.found(figures) == found


CHAOS = {
    "kind": "chaos", "exit_code": 0, "verdict": "holds", "payments": 1000,
    "kills": {"all": 30, "between_commit_and_send": {"relay": 10, "shop": 5}, "at_random_moments": {"relay": 15}},
    "audit": {"counts": {"debits": 900}, "findings": []},
}  # fmt: skip
CHECKED = {"kind": "check-trace", "file": "log", "verdict": "explained", "procedures": 800, "events": 1, "claims": []}
NOTHING = {**CHECKED, "verdict": "nothing_checked", "procedures": 0}


def test_of_servers_it_is_kept_what_they_suffered_and_what_their_logs_are() -> None:
    one = BY_NAME["chaos"]
    measured = [campaign.Measured(document, 1.0, 1 << 20) for document in (CHAOS, CHECKED, NOTHING)]
    figures = one.figures(measured)
    assert [sorted(run) for run in figures["runs"]] == [
        sorted({*CHAOS, "seconds", "mebibytes"} - {"kind", "exit_code"})
    ]
    assert [log["verdict"] for log in figures["checked"]] == ["explained", "nothing_checked"]
    assert one.found(figures) == (
        "1,000 payments, 30 kills, 15 of them between commit and send, 900 debits, 0 findings: holds; "
        "logs of 800 runs: explained"
    )


def test_of_mutants_those_are_named_that_were_left() -> None:
    figures = BY_NAME["mutants"].figures([campaign.Measured(MUTANTS, 1.0, 1 << 20)])
    assert figures["left"] == {"b": "survived: nobody looked"}
    assert (figures["killers"], figures["kill_none_alone"]) == ({"p": 1}, ["q"])
    assert (figures["seconds"], figures["mebibytes"]) == (1.0, 1)


def test_of_the_kit_those_variants_are_named_that_were_left() -> None:
    figures = BY_NAME["selftest"].figures([campaign.Measured(SELFTEST, 1.0, 1 << 20)])
    assert figures["left"] == {"shop c": "survived: nobody looked"}


@pytest.mark.slow
def test_the_evidence_of_the_house_is_current() -> None:
    assert campaign.stale() == []
