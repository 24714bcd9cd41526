"""The cases of a terminal: its user acts in every state, and pages come only where a request waits for one."""

from __future__ import annotations

from functools import cache
from itertools import islice

import pytest

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import check
from payrelay.conformance.course import Arrives, Crashed, Done, Injected, RanOut, Spoilt
from payrelay.conformance.plans import Part, Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.verdicts import Verdict
from payrelay.language.edits import Edit, Guarded, Uncorrelated
from payrelay.model.protocol import tables

TERMINAL = "terminal-1"


@cache
def plan(security: str = "plain", *, is_controlled: bool = False) -> Plan:
    """What a terminal is tried with."""
    under_test = frozenset([TERMINAL])
    return Plan(under_test, security, "json", 1, 1_800_000_000, is_controlled=is_controlled)


@cache
def shopping() -> tuple[Part, dict[str, Case]]:
    """The cases of the purpose that a terminal alone has, without those that take long to make."""
    part = next(part for part in plan().parts if part.purpose == "shopping")
    return part, {case.id: case for case in part.generator.cases(["paths", "rows", "pairs", "repeats"])}


def verdict(name: str, *edits: Edit) -> Verdict:
    """What a case comes to of a terminal with edited tables, if there are edits."""
    part, cases = shopping()
    return check(cases[name], Rehearsals(part.setting, tables(edits) if edits else None)).verdict


def test_every_state_is_reached_and_every_act_is_tried_there() -> None:
    part, cases = shopping()
    states = {state for _, state in part.generator.cells}
    assert states == {"idle", "shopping", "ordered", "waiting", "confirming", "in_progress", "done", "failed"}
    at_rest = states - {"shopping", "waiting"}
    acts = {one.stimulus.event for one in part.generator.acts(part.generator.own[0])}
    tried = {(case.state, case.event) for case in cases.values() if case.stage == "pair"}
    assert {(state, act) for state in at_rest for act in acts} <= tried


def test_no_page_is_told_to_who_asks_for_none() -> None:
    _, cases = shopping()
    for case in cases.values():
        waits = False
        for move in case.moves:
            if isinstance(move, Injected | Spoilt) and move.party == TERMINAL:
                assert waits, case.id
                waits = False
            elif isinstance(move, Done | RanOut) and move.party == TERMINAL:
                waits = True
            elif isinstance(move, Crashed):
                waits = False


def test_the_terminal_passes_all_of_them() -> None:
    part, cases = shopping()
    begin = Rehearsals(part.setting)
    failed = [case.id for case in cases.values() if check(case, begin).verdict is not Verdict.PASS]
    assert cases
    assert not failed


def test_that_what_is_not_offered_is_done_all_the_same_is_seen() -> None:
    name = "shopping.pair.terminal.done.user_pays_again.after_all"
    assert verdict(name) is Verdict.PASS
    assert verdict(name, Guarded(role="terminal", state="done", event="user_pays_again")) is Verdict.FAIL


def test_that_a_page_of_another_request_is_taken_is_seen_where_patience_ends() -> None:
    part = next(part for part in plan(is_controlled=True).parts if part.purpose == "shopping")
    cases = {case.id: case for case in part.generator.cases(["repeats"])}
    case = cases["shopping.repeat.terminal.after_user_confirms.confirm_summary"]
    assert check(case, Rehearsals(part.setting)).verdict is Verdict.PASS
    variant = tables([Uncorrelated(role="terminal")])
    assert check(case, Rehearsals(part.setting, variant)).verdict is Verdict.FAIL


@pytest.mark.slow
def test_the_terminal_passes_what_needs_control_and_what_is_wrong() -> None:
    part = next(part for part in plan("hardened", is_controlled=True).parts if part.purpose == "purchase")
    begin = Rehearsals(part.setting)
    made = part.generator
    cases = [*made.cases(["crashes", "timeouts", "patterns", "strangers"]), *islice(made.cases(["spoilings"]), 60)]
    cases += islice(made.cases(["walks"]), 20)
    assert {case.stage for case in cases} >= {"spoilt", "crash", "timer", "pattern", "walk"}
    assert [case.id for case in cases if check(case, begin).verdict is not Verdict.PASS] == []


@pytest.mark.slow
def test_a_wrong_page_ends_in_asking_again_where_patience_ends() -> None:
    part = next(part for part in plan(is_controlled=True).parts if part.purpose == "shopping")
    case = next(part.generator.spoilings())
    assert [type(one) for one in case.moves[:5]] == [Done, Spoilt, RanOut, Spoilt, RanOut]
    assert any(isinstance(one, Arrives) and one.party == TERMINAL for one in case.moves)
