"""`payrelay claims`: each element beside its verdict."""

import json

from payrelay.cli.claim_verdicts import NO_OPINION

from .conftest import Run


def test_every_element_stands_with_all_that_bears_on_it(run: Run) -> None:
    ran = run("claims")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:5] == [
        "claim 1: holds",
        "  holds: serves once",
        "      model       ledger",
        "      property    once the_server_serves_at_most_once: holds in friendly, lossy, unbounded",
        "      on a wire   count the answers",
    ]
    assert "      remark      edge declared, no message" in lines
    assert lines[-1] == NO_OPINION


def test_json_is_one_document_of_the_promised_shape(run: Run) -> None:
    document = json.loads(run("claims", "--json").out)
    assert (document["schema_version"], document["kind"], document["sentence"]) == (1, "claims", NO_OPINION)
    assert [one["claim"] for one in document["claims"]] == [1, 2, 3]
    element = document["claims"][0]["elements"][0]
    assert {key: element[key] for key in ("text", "model", "properties", "verdict", "wire")} == {
        "text": "serves once",
        "model": "ledger",
        "properties": ["the_server_serves_at_most_once"],
        "verdict": "holds",
        "wire": "count the answers",
    }


def test_a_limit_is_inconclusive(run: Run) -> None:
    ran = run("claims", "--max-states", "1")
    assert ran.code == 4
    assert "claim 1: inconclusive" in ran.out
