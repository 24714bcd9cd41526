"""`payrelay mutants`: what it prints and returns."""

import json
from dataclasses import replace
from typing import Any

import pytest

from payrelay.classics import request_answer
from payrelay.cli import judging, main
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.judging import Task
from payrelay.cli.outcomes import INTERRUPTED
from payrelay.language.edits import Redirect, Variant
from payrelay.verification.mutants.judgement import STATUSES

from .conftest import Run


def statuses(out: str) -> dict[str, str]:
    return {one["name"]: one["status"] for one in json.loads(out)["mutants"]}


@pytest.mark.slow
def test_all_mutants_are_judged_and_counted(run: Run) -> None:
    ran = run("mutants")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].split() == [status.replace("_", "-") for status in STATUSES]
    assert [line.split()[0] for line in lines[1:5]] == ["named", "client", "server_desk", "server_ledger"]
    assert any(line.startswith("  once  the_server_serves_at_most_once: 6: broken_ledger, ") for line in lines)
    assert "properties that kill none alone: none" in lines
    assert any(
        line.startswith("  client.idle.ask.repeat: in friendly: client-1/client in idle on ask ") for line in lines
    )
    assert any(line.startswith("Of 45 mutants 24 killed, 12 masked, 9 unreached; ") for line in lines)


def test_json_is_one_document_of_the_promised_shape(run: Run) -> None:
    ran = run("mutants", "server_ledger", "--json")
    document = json.loads(ran.out)
    assert (document["schema_version"], document["kind"], document["exit_code"]) == (1, "mutants", ran.code)
    for one in document["mutants"]:
        assert {"name", "kind", "status", "killed_by", "reason"} <= set(one)
        assert one["status"] in STATUSES
        assert bool(one["killed_by"]) == (one["status"] == "killed")
        assert one["reason"]
    once = next(one for one in document["properties"] if one["label"] == "once")
    assert "server_ledger.free.serve.stay" in once["kills_alone"]
    assert once["kills"] >= len(once["kills_alone"])
    assert document["counts"]["killed"] == sum(one["status"] == "killed" for one in document["mutants"])


def test_a_role_has_its_generated_mutants_and_its_named_ones(run: Run) -> None:
    names = set(statuses(run("mutants", "server_ledger", "--json").out))
    assert "broken_ledger" in names
    assert all(name == "broken_ledger" or name.startswith("server_ledger.") for name in names)


def test_one_mutant_is_told_with_the_run_that_kills_it(run: Run) -> None:
    ran = run("mutants", "server_ledger.free.serve.stay")
    assert ran.code == 0
    assert (
        "  server_ledger.free.serve.stay by the_server_serves_at_most_once: in unbounded, in a run of 3 steps"
        in ran.out
    )
    assert "   1. client-1: user Ask, procedure 1" in ran.out


def test_a_survivor_is_told_and_ends_with_1(run: Run, catalogue: Catalogue) -> None:
    forgets = (Redirect(role="server_ledger", event="serve", to="free"),)
    harmless = Variant("broken_nothing", "It forgets.", forgets, ("a_client_can_be_served",), "lossy")
    ran = run("mutants", "broken_nothing", model=replace(catalogue, variants=(harmless,)))
    assert ran.code == 1
    assert "  broken_nothing: it must violate a_client_can_be_served in lossy, and does not" in ran.out


def test_a_mutant_that_makes_no_difference_is_equivalent(run: Run, catalogue: Catalogue) -> None:
    model = replace(catalogue, configurations=(request_answer.UNBOUNDED,))
    ran = run("mutants", "client.waiting.patience.repeat", "--json", model=model)
    assert (ran.code, statuses(ran.out)) == (0, {"client.waiting.patience.repeat": "equivalent"})


def test_invalid_name_is_refused_with_a_suggestion(run: Run) -> None:
    ran = run("mutants", "server_ledgr")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'server_ledger'?" in ran.err


def test_a_limit_is_inconclusive(run: Run) -> None:
    ran = run("mutants", "client.idle.ask.repeat", "--max-states", "1", "--json")
    assert (ran.code, statuses(ran.out)) == (4, {"client.idle.ask.repeat": "inconclusive"})


def test_what_payrelay_fails_on_is_no_green_result(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nothing was there")

    monkeypatch.setattr("payrelay.cli.judging.judge", stumbles)
    ran = run("mutants", "client.idle.ask.repeat")
    assert ran.code == 5
    assert "client.idle.ask.repeat: a fault of payrelay itself: ZeroDivisionError: nothing was there" in ran.out


def test_what_there_was_no_time_for_is_inconclusive(run: Run) -> None:
    ran = run("mutants", "client", "--time-limit", "0.001")
    assert ran.code == 4
    assert "Of 0 mutants" in ran.out


def test_an_interruption_ends_with_what_is_known(
    run: Run, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    judge, judged = judging.Bench.judge, []

    def interrupted(self: judging.Bench, task: Task) -> Any:
        judged.append(task)
        if len(judged) == 2:
            import signal

            signal.raise_signal(signal.SIGINT)
        return judge(self, task)

    monkeypatch.setattr(judging.Bench, "judge", interrupted)
    ran = run("mutants", "server_ledger", "--json")
    document = json.loads(ran.out)
    assert ran.code == 130
    assert document["interrupted"]
    assert [one["reason"] for one in document["mutants"][2:]] == [INTERRUPTED] * len(document["mutants"][2:])
    assert all(one["status"] != "inconclusive" for one in document["mutants"][:2])


def test_the_help_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", "--help"]) == 0
    assert "payrelay mutants broken_wallet_lies --json" in capsys.readouterr().out
