"""Cases joined in one run: each is one of them still, by name and by what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from payrelay.conformance.checks import Check
from payrelay.conformance.joining import AND, MOST
from payrelay.conformance.plans import Part, Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.running import made
from payrelay.conformance.selftest import Selftest
from payrelay.conformance.variants import Variant
from payrelay.conformance.verdicts import Verdict

PARTIES = ("relay", "shop", "wallet-1", "payment", "authority")


def smoke(party: str) -> Plan:
    return Plan(frozenset([party]), "plain", "plain_text", 1, 1_800_000_000, depth="smoke", is_controlled=True)


def checks(plan: Plan, variant: Variant | None = None, *, joins: bool) -> Iterator[Check]:
    """What comes of all cases of the plan."""
    tables = variant.tables if variant else None
    begins = {part.purpose: Rehearsals(part.setting, tables) for part in plan.parts}
    return (found for _, found in made(plan.cases(joins=joins), begins))


@pytest.mark.parametrize("party", PARTIES)
def test_joined_cases_are_the_same_cases(party: str) -> None:
    plan = smoke(party)
    cases = [case for _, case in plan.cases(joins=True)]
    assert len({case.id for case in cases}) == len(cases)
    assert all(2 <= len(case.singles) <= MOST for case in cases if case.singles)
    assert all((AND in case.id) == bool(case.singles) for case in cases)
    of_each = [single.id for case in cases for single in case.singles or (case,)]
    assert sorted(of_each) == sorted(case.id for _, case in plan.cases())


def test_a_terminal_is_told_one_thing_at_a_time() -> None:
    joined = [case for _, case in smoke("terminal-1").cases(joins=True) if case.singles]
    assert {case.stage for case in joined} == {"path"}
    assert all(single.moves == case.moves for case in joined for single in case.singles)


@pytest.mark.parametrize("party", PARTIES)
def test_each_message_does_among_others_what_it_does_alone(party: str) -> None:
    for part, case in smoke(party).cases(joins=True):
        course = part.setting.course
        for at, single in enumerate(case.singles, start=case.tried or 0):
            if single.tried is None:
                assert single.moves == case.moves
                continue
            assert case.moves[at] == single.moves[single.tried]
            among, alone = (
                course.after(part.generator.place_after(moves[:number]), moves[number])
                for moves, number in ((case.moves, at), (single.moves, single.tried))
            )
            assert among.sent == alone.sent
            assert [one.control for one in among.place.locals] == [one.control for one in alone.place.locals]


def test_what_passes_at_once_passes_for_each_and_at_its_place() -> None:
    plan = smoke("shop")
    alone = {found.case.id: found.case for found in checks(plan, joins=False)}
    joined = list(checks(plan, joins=True))
    assert {found.case.id for found in joined} == set(alone)
    assert {found.verdict for found in joined} == {Verdict.PASS}
    for found in joined:
        single = alone[found.case.id]
        assert (found.case.tried is None) == (single.tried is None)
        assert found.case.moves[found.case.tried or 0] == single.moves[single.tried or 0]


@pytest.mark.slow
def test_what_fails_among_others_fails_by_itself() -> None:
    of = Selftest(smoke("shop"))
    variants: Iterable[Variant] = [one for one in of.variants.values() if one.operator == "drop"]
    told = []
    for variant in list(variants)[::6]:
        alone, joined = (_failed(checks(of.plan, variant, joins=joins)) for joins in (False, True))
        assert joined == alone, variant.name
        told.append(alone)
    assert any(told)
    assert _was_joined(of.plan.cases(joins=True), set().union(*told))


def _failed(found: Iterable[Check]) -> set[str]:
    return {one.case.id for one in found if one.verdict is Verdict.FAIL}


def _was_joined(cases: Iterable[tuple[Part, object]], ids: set[str]) -> bool:
    """Whether one of these is told with others."""
    return bool(ids & {single.id for _, case in cases for single in getattr(case, "singles", ())})
