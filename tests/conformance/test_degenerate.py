"""Systems that answer everything alike pass nothing, whatever role they say they are."""

from __future__ import annotations

from itertools import islice

import pytest

from payrelay.conformance.checks import check
from payrelay.conformance.degenerate import DEGENERATE, DegenerateRuns
from payrelay.conformance.plans import Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.verdicts import Verdict

NOW = 1_800_000_000
PARTIES = ("relay", "shop", "wallet-1", "payment", "authority", "terminal-1")
PASSED = (Verdict.PASS, Verdict.DEVIATION)


def plan(party: str, security: str = "plain", depth: str = "must") -> Plan:
    """All that a party is tried with."""
    return Plan(frozenset([party]), security, "plain_text", 1, NOW, depth=depth, is_controlled=True, shows_peers=True)


def passed(of: Plan, kind: str, most: int | None = None) -> list[str]:
    """The checks that one of them passes."""
    begins = {part.purpose: DegenerateRuns(part.setting, DEGENERATE[kind]) for part in of.parts}
    made = ((case.id, check(case, begins[part.purpose])) for part, case in islice(of.cases(), most))
    return [id_ for id_, found in made if found.verdict in (*PASSED, Verdict.HARNESS_ERROR)]


@pytest.mark.parametrize("kind", DEGENERATE)
def test_nothing_is_passed_by_who_answers_everything_alike(kind: str) -> None:
    assert passed(plan("authority", depth="smoke"), kind, 12) == []


@pytest.mark.slow
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("party", PARTIES)
def test_nothing_of_all_is_passed(party: str, security: str) -> None:
    of = plan(party, security)
    cases = list(of.cases())
    assert cases
    for kind in DEGENERATE:
        begins = {part.purpose: DegenerateRuns(part.setting, DEGENERATE[kind]) for part in of.parts}
        for part, case in cases:
            found = check(case, begins[part.purpose])
            assert found.verdict not in (*PASSED, Verdict.HARNESS_ERROR), (kind, case.id, found.detail)


def test_a_role_passes_what_they_do_not() -> None:
    """A check that can fail: the same cases, with somebody who does what is right."""
    of = plan("authority", depth="smoke")
    begins = {part.purpose: Rehearsals(part.setting) for part in of.parts}
    found = [check(case, begins[part.purpose]).verdict for part, case in islice(of.cases(), 12)]
    assert found
    assert set(found) == {Verdict.PASS}
