"""Exporting: a case as JSON is a trace, with what has to come and what is spoiled."""

from __future__ import annotations

import json

import pytest

from payrelay.conformance.cases import Case, Mutation
from payrelay.conformance.course import Crashed, Move, Spoilt
from payrelay.conformance.exporting import ExportError, exported
from payrelay.conformance.revisions import revision
from payrelay.language.traces import KINDS, TraceError, from_json

from .runs import setting
from .test_facts import to_the_request

SECURITIES = ("plain", "channel", "hardened")


def case(*more: Move, mutation: Mutation | None = None) -> Case:
    """A case that begins with the request of a terminal."""
    return Case("relay.it", "pair", (*to_the_request(), *more), 1, mutation)


def spoilt(aspect: str, at: str = "") -> Case:
    """A case in which that request is spoiled."""
    deed, arrives = to_the_request()
    return Case("relay.it", "mutator", (deed, Spoilt(arrives.message, aspect, at)), 1)


@pytest.mark.parametrize("security", SECURITIES)
def test_a_case_is_a_trace_and_says_what_has_to_come(security: str) -> None:
    document = exported(case(Crashed("relay")), setting("relay", security, wallets=1), revision())
    assert json.loads(json.dumps(document)) == document
    assert (document["kind"], document["tried"], document["under_test"]) == ("case", 2, ["relay"])
    user, request, crash, restart = document["steps"]
    assert [one["kind"] for one in document["steps"]] == ["user", "deliver", "crash", "restart"]
    assert {one["kind"] for one in document["steps"]} <= set(KINDS)
    assert [one["message"] for one in request["allowed"]] == ["ForwardedProcedureRequest"]
    assert user["allowed"] == crash["allowed"] == restart["allowed"] == []
    assert "relay-procedure.forward-request" in document["requirements"]


def test_a_case_can_be_read_as_a_trace() -> None:
    document = exported(case(), setting("relay", wallets=1), revision())
    trace = from_json({**document, "kind": "trace", "property": "", "conjunct": "", "loop_from": None})
    assert [step.n for step in trace.steps] == [1, 2]
    with pytest.raises(TraceError):
        from_json(document)


@pytest.mark.parametrize("security", SECURITIES)
def test_what_is_spoiled_is_told_before_and_after(security: str) -> None:
    document = exported(spoilt("missing_member", "/request_nonce"), setting("relay", security, wallets=1), revision())
    step = document["steps"][1]
    before, after = (json.loads(step["mutation"][name]) for name in ("before", "after"))
    assert set(before) - set(after) == {"request_nonce"}
    assert {name: before[name] for name in after} == after
    assert (step["answer"], step["allowed"], step["after"]) == ("refused", [], {})
    assert step["mutation"]["says"] == "a member is missing"


def test_what_is_no_text_is_told_as_base64() -> None:
    document = exported(spoilt("not_utf8"), setting("relay", wallets=1), revision())
    assert document["steps"][1]["mutation"]["after"].startswith("base64:")


def test_what_is_wrong_around_a_message_has_no_bodies() -> None:
    for of in (spoilt("other_method"), case(mutation=Mutation("altered", "/order_ref"))):
        mutation = exported(of, setting("relay", wallets=1), revision())["steps"][1]["mutation"]
        assert (mutation["before"], mutation["after"]) == (None, None)


def test_invalid_cases_are_refused() -> None:
    _, arrives = to_the_request()
    of = setting("relay", wallets=1)
    with pytest.raises(ExportError, match="its move 1 cannot be made"):
        exported(Case("it", "pair", (arrives,)), of, revision())
    with pytest.raises(ExportError, match="can be spoiled as amount_as_text"):
        exported(spoilt("amount_as_text", "/amount"), of, revision())
