"""The kit's own test: variants are killed by a check that fails, and nothing else; and what it says of them adds up."""

from __future__ import annotations

from functools import cache

import pytest

from payrelay.conformance.checks import check
from payrelay.conformance.kill_matrix import Matrix
from payrelay.conformance.patterns import PATTERNS
from payrelay.conformance.plans import Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.selftest import EQUIVALENT, ILL_FORMED, KILLED, SURVIVED, Judged, Kill, Selftest, sound
from payrelay.conformance.selftesting import PARTIES, SEEN_AT, Told, Wanted, judged_all, together
from payrelay.conformance.verdicts import Verdict
from payrelay.host.faults import FAULTS


@cache
def selftest(role: str, security: str = "plain") -> Selftest:
    """The kit held against one role."""
    return Selftest(Wanted().plan(role, security))


def judged(name: str = "one", status: str = KILLED, *kills: Kill, operator: str = "drop") -> Judged:
    """What became of some variant."""
    return Judged(name, operator, operator not in ("seam", "story"), status, "plain", kills, "", ("purchase.pair.x",))


def test_a_check_that_fails_kills() -> None:
    found = selftest("authority").judge("registration_authority.idle.forwarded_registration_request.send_form.drop")
    assert found.status == KILLED
    assert found.kills[0].requirements


@pytest.mark.slow
def test_who_answers_the_same_to_everything_is_equivalent() -> None:
    found = selftest("shop").judge("shop_order.payable.order_expiry.repeat")
    assert (found.status, found.kills) == (EQUIVALENT, ())


def test_that_it_breaks_down_is_no_kill() -> None:
    name = "registration_authority.form_sent.forwarded_form_answers.repeat_refusal.negate_is_answered_round"
    assert selftest("authority").judge(name).status == ILL_FORMED


@pytest.mark.slow
def test_who_signs_no_object_makes_none_anew() -> None:
    """Nothing is left of the fault but messages that are signed as a whole, in the same bytes each time."""
    fault = "made_anew"
    assert selftest("relay", "hardened").judge(fault).status == EQUIVALENT
    assert selftest("payment", "hardened").judge(fault).status == KILLED


@pytest.mark.slow
@pytest.mark.parametrize(("role", "story"), [("relay", "broken_session_told"), ("shop", "broken_direct_info")])
def test_what_nobody_can_hear_makes_no_difference(role: str, story: str) -> None:
    """The one is in no field of a message; the other is for a terminal, which has no address."""
    assert selftest(role).judge(story).status == EQUIVALENT


def test_every_fault_of_the_seam_has_a_level_at_which_it_is_seen() -> None:
    assert set(SEEN_AT) == {fault.name for fault in FAULTS}


def test_there_are_variants_enough() -> None:
    assert sum(len(Wanted(roles=(role,)).names(role)) for role in ("shop", "payment")) > 200


def test_of_several_levels_the_kill_counts_and_else_the_worst() -> None:
    killed, equivalent, survived = judged(), judged("one", EQUIVALENT), judged("one", SURVIVED)
    assert together([equivalent, killed]) == killed
    assert together([equivalent, survived]) == survived
    assert together([judged("one", ILL_FORMED), equivalent]).status == ILL_FORMED


def matrix() -> Matrix:
    """A matrix of three variants."""
    first = Kill("purchase.pair.x", "pair", ("a", "b"))
    second = Kill("purchase.path.y", "path", ("a",))
    told = [
        Told("shop", judged("one", KILLED, first, second)),
        Told("shop", judged("two", KILLED, first, operator="seam")),
        Told("shop", judged("three", EQUIVALENT)),
        Told("relay", judged("four", SURVIVED, operator="story")),
    ]
    return Matrix(Wanted(roles=("shop", "relay")), told)


def test_the_matrix_says_what_kills_and_what_alone() -> None:
    found = matrix().to_json()
    assert found["counts"] == {"shop": {EQUIVALENT: 1, KILLED: 2}, "relay": {SURVIVED: 1}}
    assert found["stages"]["pair"] == {"made": 4, "kill": 2, "alone": 1}
    assert found["requirements"] == {"a": {"kills": 2, "alone": 0}, "b": {"kills": 2, "alone": 0}}
    assert [one["name"] for one in found["killed_once"]] == ["two"]
    assert found["power"] == round(2 / 3, 4)
    assert "  relay four (plain): " in "\n".join(matrix().lines())


def test_only_an_edit_of_a_table_that_survives_fails_it() -> None:
    assert not matrix().has_failed
    assert Matrix(Wanted(), [Told("shop", judged("one", SURVIVED))]).has_failed


@pytest.mark.slow
@pytest.mark.parametrize("role", PARTIES)
def test_a_sample_of_each_role_is_killed_or_equivalent(role: str) -> None:
    found = list(judged_all(Wanted(roles=(role,), most=8, levels=("plain",))))
    assert {one.judged.status for one in found} <= {KILLED, EQUIVALENT, ILL_FORMED}, [
        (one.judged.variant, one.judged.reason) for one in found if one.judged.status == SURVIVED
    ]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["shop", "payment"])
def test_what_is_equivalent_no_check_can_tell_from_the_role(role: str) -> None:
    """The computation, held against all checks there are."""
    of = selftest(role)
    equivalent = [one for one in of.variants.values() if one.edits and of._is_unsaid(one)]
    assert equivalent
    for variant in equivalent[:: max(1, len(equivalent) // 3)]:
        begins = {part.purpose: Rehearsals(part.setting, variant.tables) for part in of.plan.parts}
        for part, case in of.cases:
            assert check(case, begins[part.purpose]).verdict is not Verdict.FAIL, (variant.name, case.id)


@pytest.mark.slow
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("party", ["shop", "wallet-1", "payment", "authority"])
def test_the_role_itself_passes_every_pattern(party: str, security: str) -> None:
    of = Plan(frozenset([party]), security, "plain_text", 1, 1_800_000_000, is_controlled=True)
    cases = [(part, case) for part, case in of.cases() if case.stage == "pattern"]
    assert {case.id.split(".")[2].partition("-")[0] for _, case in cases} <= set(PATTERNS)
    assert sound(of, cases) == []
