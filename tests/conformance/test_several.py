"""Several parties under test at once: the kit plays all others, and hears nothing of what they say to each other."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from tests.conformance import reference

from payrelay.conformance.checks import check
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.course import Arrives
from payrelay.conformance.performance import Performance
from payrelay.conformance.plans import Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.runs import Choice, Run
from payrelay.conformance.selftest import sound
from payrelay.conformance.verdicts import Verdict
from payrelay.model.protocol import tables
from payrelay.model.variants import VARIANTS
from payrelay.reference_impl.systems import Plan as System

PARTIES = ("terminal-1", "relay", "shop", "wallet-1", "payment", "authority")
PAIRS = [frozenset(pair) for pair in combinations(PARTIES, 2)]
MORE = [
    frozenset({"relay", "wallet-1", "wallet-2"}),
    frozenset({"terminal-1", "relay", "shop"}),
    frozenset({"relay", "shop", "wallet-1", "wallet-2", "authority"}),
    frozenset({"terminal-1", "relay", "shop", "wallet-1", "wallet-2", "authority"}),
]
SUBSETS = [*PAIRS, *MORE]


def names(subset: frozenset[str]) -> str:
    """Who is under test."""
    return "+".join(sorted(subset))


@cache
def plan(subset: frozenset[str], security: str = "plain", depth: str = "smoke", *, is_controlled: bool = False) -> Plan:
    """The cases of several parties."""
    return Plan(subset, security, "plain_text", 1, 1_800_000_000, depth=depth, is_controlled=is_controlled)


@pytest.mark.parametrize("subset", SUBSETS, ids=names)
def test_all_parties_under_test_are_tried(subset: frozenset[str]) -> None:
    """In each purpose that they have a part in; where a terminal alone is tried, the kit has to play the relay."""
    tried = {one for part in plan(subset).parts for one in part.setting.taking_part}
    assert tried == subset
    for part in plan(subset).parts:
        parties = part.setting.course.system.machines_of
        assert part.setting.taking_part == subset.intersection(parties)


@pytest.mark.parametrize("subset", SUBSETS, ids=names)
def test_nothing_that_they_say_to_each_other_is_ever_under_way(subset: frozenset[str]) -> None:
    for part in plan(subset).parts:
        for place, step in part.generator.explored.came_by.items():
            assert not any({one.sender, one.receiver} <= subset for one in place.under_way)
            if step is not None:
                sent = part.setting.course.after(*step).sent
                assert not any({one.message.sender, one.message.receiver} <= subset for one in sent)
        for messages in part.generator.explored.inputs.values():
            assert not any(one.sender in subset for one in messages)


def test_what_one_is_told_the_others_act_on() -> None:
    """The relay's request of the shop is heard by nobody, and what the shop tells it makes it ask the wallets."""
    (part,) = (one for one in plan(frozenset({"relay", "shop"})).parts if one.purpose == "purchase")
    course = part.setting.course
    place = next(course.after(course.start, move).place for move in course.deeds(course.start))
    (asked,) = (one for one in course.arrivals(place) if one.party == "relay")
    after = course.after(place, asked)
    assert {type(one.message).__name__ for one in after.sent} == {"WalletQuery"}
    parties = [course.system.instances[one.moves[0].machine].party for one in after.reactions]
    assert parties == ["relay", "shop", "relay"]
    assert isinstance(asked, Arrives)


@pytest.mark.parametrize("subset", SUBSETS, ids=names)
def test_the_roles_themselves_pass(subset: frozenset[str]) -> None:
    assert sound(plan(subset)) == []


@pytest.mark.slow
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("subset", SUBSETS, ids=names)
def test_the_roles_themselves_pass_everything(subset: frozenset[str], security: str) -> None:
    of = plan(subset, security, "must", is_controlled=True)
    begins = {part.purpose: Rehearsals(part.setting) for part in of.parts}
    cases = list(of.cases())
    made = [check(case, begins[part.purpose]) for part, case in cases[:: 1 + len(cases) // 500]]
    assert [(one.case.id, one.detail) for one in made if one.verdict is Verdict.FAIL] == []
    assert any(one.verdict is Verdict.PASS for one in made)


@pytest.mark.parametrize("is_seen", [True, False])
def test_what_may_have_run_out_meanwhile_is_not_gone_on_with(monkeypatch: pytest.MonkeyPatch, is_seen: bool) -> None:
    """An order's timer is longer than payment information holds, which the shop has told the relay, and nobody else."""
    if not is_seen:
        monkeypatch.setattr(Performance, "_may_be_too_late", lambda *_: None)
    of = plan(frozenset({"relay", "shop"}), "hardened", "must", is_controlled=True)
    name = "purchase.crash.shop_attempt.info_sent.superseded.nothing.restart"
    part, case = next(one for one in of.cases(["crashes"]) if one[1].id == name)
    found = check(case, Rehearsals(part.setting))
    assert found.verdict is (Verdict.PASS if is_seen else Verdict.FAIL)
    assert ("WalletChoice from terminal-1 to relay is about may have run out" in found.detail) is is_seen


@pytest.mark.parametrize("other", ["relay", "wallet-1"])
def test_who_is_faulty_does_not_pass_for_the_company_that_it_has(other: str) -> None:
    """A check that can fail: a payment server that approves what an issuer declines."""
    of = plan(frozenset({"payment", other}))
    edits = next(one.edits for one in VARIANTS if one.name == "broken_never_declined")
    begins = {part.purpose: Rehearsals(part.setting, tables(edits)) for part in of.parts}
    assert any(check(case, begins[part.purpose]).verdict is Verdict.FAIL for part, case in of.cases())


@pytest.mark.slow
@pytest.mark.parametrize("subset", [("relay", "shop"), ("wallet-1", "payment"), ("relay", "wallet-1", "wallet-2")])
def test_over_http_they_pass_as_well(tmp_path: Path, subset: tuple[str, ...]) -> None:
    path = reference.write(tmp_path, subset[0], System(security="hardened"), {"hold_time": 1.0}, *subset[1:])
    assert not read_configuration(path, {}).can_kill  # one command has started them all
    with Run(path, Choice(depth="smoke", budget=120.0)) as run:
        assert {one.verdict for one in run.checks()} == {Verdict.PASS}
        assert run.result()["verdict"] == "conforms"
