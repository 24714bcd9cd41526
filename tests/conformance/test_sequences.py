"""Sequences of two inputs: all there are, and that they find a state too many, which no single input shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import pytest

from payrelay.conformance.checks import check
from payrelay.conformance.generation import Generator
from payrelay.conformance.plans import DEPTHS, MUST, Part, Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.separation import Identifiers, whole
from payrelay.conformance.variants import Variant, cells_of
from payrelay.conformance.verdicts import Verdict
from payrelay.language.edits import Edit
from payrelay.language.role import RoleTable, Row
from payrelay.model.protocol import tables

PARTIES = ("shop", "wallet-1", "payment", "authority")
SINGLE = ("rows", "pairs", "repeats", "separations")
"""The stages that try one thing in each state."""


@cache
def part_of(party: str) -> Part:
    """The first part of a plan, for one party."""
    return Plan(frozenset([party]), "plain", "plain_text", 1, 1_800_000_000).parts[0]


@dataclass(frozen=True, kw_only=True)
class StateTooMany(Edit):
    """A row goes to a state that the model has not, which is like the one it comes from, but forgets another row."""

    forgets: str

    def changed_table(self, table: RoleTable) -> RoleTable:
        (entering,) = filter(self.selects, table.rows)
        source, again = entering.source, f"{entering.source}_again"
        rows = tuple(replace(row, target=again) if row is entering else row for row in table.rows)
        forgotten = next(row for row in table.rows if row.name == self.forgets)
        like = tuple(
            replace(row, source=again, target=again if row.target == source else row.target)
            for row in table.rows
            if row.source == source and row is not forgotten
        )
        passed = [(again, event, why) for state, event, why in table.ignored if state == source]
        passed.append((again, forgotten.event, "it does not do so any more"))
        return replace(table, states=(*table.states, again), rows=(*rows, *like), ignored=(*table.ignored, *passed))


def states_too_many(table: RoleTable) -> Iterator[StateTooMany]:
    """Every one that a row leads to that stays where it is, and that forgets one row."""

    def may(row: Row) -> bool:
        return row.event not in table.timers

    for entering in filter(may, table.rows):
        for forgotten in filter(may, table.rows):
            if entering.source == entering.target == forgotten.source:
                yield StateTooMany(role=table.name, line=entering.name, forgets=forgotten.name)


def kills(part: Part, edit: StateTooMany, stage: str) -> str:
    """The first case of a stage that fails on a variant; nothing if none does."""
    variant = Variant("hidden", "story", (edit,))
    begin, under_test = Rehearsals(part.setting, variant.tables), part.setting.under_test
    state, event = edit.line.partition(" [")[0].partition(" /")[0].split(": ")
    for case in part.generator.cases([stage]):
        comes_by = cells_of(part.setting.course, case.moves, under_test)
        if (edit.role, state, event) in comes_by and check(case, begin).verdict is Verdict.FAIL:
            return case.id
    return ""


@pytest.mark.slow
def test_only_full_has_them_and_they_come_last() -> None:
    assert DEPTHS["full"] == (*MUST, "sequences")
    plan = Plan(frozenset(["payment"]), "plain", "json", 1, 1_800_000_000, depth="full")
    stages = [case.stage for _, case in plan.cases()]
    assert set(stages[stages.index("sequence") :]) == {"sequence"}
    assert [case.stage for _, case in plan.cases({"sequences"})] == stages[stages.index("sequence") :]


@pytest.mark.parametrize(
    "party", ["payment", "authority", *(pytest.param(one, marks=pytest.mark.slow) for one in ("shop", "wallet-1"))]
)
def test_every_two_inputs_are_tried_in_every_state(party: str) -> None:
    of = part_of(party).generator
    told = list(of.told())
    assert len({one.name for _, one in told}) == len(told)
    runs = {(way, one.inputs) for way, one in told}
    assert len(runs) == len(told)
    beginnings = {(way, inputs[:length]) for way, inputs in runs for length in range(len(inputs))}
    assert not runs & beginnings, "one is the beginning of another"
    for (machine, _), (way, place) in of.cells.items():
        for first in tried(of, machine, way):
            for second in tried(of, machine, (*way, first)):
                assert (way, (first, second)) in runs | beginnings
        assert place == of.place_after(way)


def tried(of: Generator, machine: int, way: tuple[object, ...]) -> list[object]:
    """What can be tried after a run of what a machine is ever told."""
    alphabet = of._reaching(machine)
    place = of.place_after(way)  # type: ignore[arg-type]
    return [one.move for one in of._tried(of._party(machine), place, way, alphabet)]  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("party", PARTIES)
def test_the_role_itself_passes_them(party: str) -> None:
    part = part_of(party)
    cases = list(part.generator.cases(["sequences"]))
    assert len({case.id for case in cases}) == len(cases) == len(list(part.generator.told()))
    unplayed = part.generator.unplayed
    list(part.generator.told())
    assert part.generator.unplayed == unplayed  # whoever comes by again counts nothing twice
    begin = Rehearsals(part.setting)
    assert {check(case, begin).verdict for case in cases[:: 1 + len(cases) // 60]} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("entering", "forgotten"),
    [
        ("approved: authorization_request [not is_same_request] / report_conflict -> approved", "respond_voiding"),
        ("declined: authorization_request [not is_same_request] / report_conflict -> declined", "respond_voiding"),
        ("void: authorization_request / respond -> void", "respond_voiding"),
    ],
)
def test_a_state_too_many_is_found_by_two_inputs_and_by_no_single_one(entering: str, forgotten: str) -> None:
    of_table = states_too_many(tables()["payment_authorization"])
    edit = next(one for one in of_table if one.line == entering and f"/ {forgotten} " in one.forgets)
    part = part_of("payment")
    assert [kills(part, edit, stage) for stage in SINGLE] == [""] * len(SINGLE)
    assert kills(part, edit, "sequences").startswith("purchase.sequence.payment_authorization.")


@pytest.mark.slow
def test_what_single_inputs_find_of_states_too_many_two_find_too() -> None:
    part = part_of("payment")
    found = Counter(
        (any(kills(part, edit, stage) for stage in SINGLE), bool(kills(part, edit, "sequences")))
        for edit in states_too_many(tables()["payment_authorization"])
        # For a status of settlement nobody asks in these runs.
        if edit.line.startswith(("approved", "void")) and "settlement_status" not in f"{edit.line} {edit.forgets}"
    )
    assert set(found) == {(True, True), (False, True)}  # two inputs find all, single ones some


def test_two_states_are_told_apart_by_one_sequence_whichever_is_asked() -> None:
    # Each state answers to a letter by what is written there, and goes to the next letter's place.
    answers = {0: "aab", 1: "aba", 2: "bab", 3: "abb"}
    of = Identifiers(range(4), "xyz", lambda state, letter: (state, answers[state]["xyz".index(letter)]))
    for one, other in combinations(answers, 2):
        assert of.between(one, other) == of.between(other, one) is not None
        assert any(of.between(one, other) == way[: len(of.between(one, other) or ())] for way in of.of(one, [other]))
    assert of.of(0, [0]) == ()


def test_what_another_begins_with_is_left_out() -> None:
    assert whole([("a",), ("a", "b"), ("b",), ("a", "b", "c")]) == (("b",), ("a", "b", "c"))
