"""Guarantees: said of what passed alone, with its limits beside it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from payrelay.conformance.guarantees import guarantee
from payrelay.conformance.plans import Plan
from payrelay.conformance.reports.words import guarantee as in_words
from payrelay.conformance.verdicts import Verdict


@cache
def plan(depth: str = "full") -> Plan:
    """That of a payment server."""
    return Plan(frozenset(["payment"]), "plain", "json", 1, 1_800_000_000, depth=depth)


def found(planned: int | None, *verdicts: Verdict) -> dict[str, Any]:
    """What is guaranteed by sequences with some verdicts; and by something else, which counts for nothing."""
    of = guarantee(plan(), [("pair", Verdict.FAIL), *(("sequence", one) for one in verdicts)], {"walk": 1234}, planned)
    assert of is not None
    return of


@pytest.mark.parametrize("depth", ["smoke", "must", "soak"])
def test_only_full_guarantees_anything(depth: str) -> None:
    assert guarantee(plan(depth), [], {}, 0) is None
    assert in_words({"guarantee": None}) == ""


@pytest.mark.parametrize(
    ("planned", "verdicts", "is_established", "says"),
    [
        (2, [Verdict.PASS, Verdict.PASS], True, "2 sequences of two inputs passed, which are all: no fault is left in"),
        (2, [Verdict.PASS, Verdict.DEVIATION], True, "at most 1 state more than the model, within 6 states"),
        (2, [Verdict.PASS, Verdict.INCONCLUSIVE], False, "none: 1 sequences of two inputs passed of 2"),
        (2, [Verdict.PASS, Verdict.FAIL], False, "none: 1 "),
        (2, [Verdict.PASS], False, "none: 1 "),
        (None, [Verdict.PASS, Verdict.PASS], False, "none yet: 2 "),
        (0, [], False, "none: 0 "),
    ],
)
def test_all_have_to_pass(planned: int | None, verdicts: list[Verdict], is_established: bool, says: str) -> None:
    of = found(planned, *verdicts)
    assert of["is_established"] is is_established
    assert says in in_words({"guarantee": of})


def test_its_limits_are_told() -> None:
    of = found(1, Verdict.PASS)
    assert of["unreached"] == []
    assert "1,234 steps at random" in in_words({"guarantee": of})
    limited = {**of, "unreached": ["a.b"], "unplayed": {"it cannot be said": 1000}}
    said = in_words({"guarantee": limited})
    assert said.endswith("Not tried: 1,000 times it cannot be said; no way leads to a.b")
