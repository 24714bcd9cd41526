"""The kit's own test: how many faulty systems it does not let pass, and by which of its checks.

A variant is killed by a check that fails on it and passes on the role. That it ends, or that the kit does, kills
nothing. What nothing kills is equivalent, if that can be computed, or survives, and is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Check, check
from payrelay.conformance.course import Injected, Spoilt
from payrelay.conformance.equivalence import difference
from payrelay.conformance.plans import Part, Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.variants import Cell, Variant, cells_of, variants_of
from payrelay.conformance.verdicts import Verdict
from payrelay.language.messages import Message

DIRECT, FURTHER = 24, 60
"""Of the checks that try what a variant does otherwise, so many are made of those that try just that, and so many more
if none of these kills it; then all of them."""
KILLED, EQUIVALENT, SURVIVED, UNSAID = "killed", "equivalent", "survived", "unsaid"


@dataclass(frozen=True)
class Judged:
    """What became of a variant."""

    variant: Variant
    status: str
    killed_by: tuple[str, ...] = ()
    reason: str = ""
    made: int = 0
    """How many checks were made."""


@dataclass
class Selftest:
    """The kit held against the variants of one role."""

    plan: Plan
    endless: int = 0
    """How many runs at random are added to the cases of the plan."""
    _cases: list[tuple[Part, Case]] = field(default_factory=list)

    @cached_property
    def variants(self) -> list[Variant]:
        """The variants, in the order of the tables."""
        return variants_of(tuple(part.generator for part in self.plan.parts))

    @cached_property
    def cases(self) -> list[tuple[Part, Case]]:
        """The cases of the plan, in order."""
        return list(self.plan.cases())

    @cached_property
    def by_cell(self) -> dict[Cell, list[int]]:
        """By what is tried, the numbers of the cases that come by it; those that try just that come first."""
        direct: dict[Cell, list[int]] = defaultdict(list)
        others: dict[Cell, list[int]] = defaultdict(list)
        for number, (part, case) in enumerate(self.cases):
            for cell in cells_of(part.setting.course, case.moves, self.plan.under_test):
                is_direct = cell[1:] == (case.state, case.event) and case.machine
                (direct if is_direct else others)[cell].append(number)
        return {cell: [*direct[cell], *others[cell]] for cell in {**direct, **others}}

    def relevant(self, variant: Variant) -> list[int]:
        """The cases in which a variant may do otherwise than the role."""
        if not variant.edits:
            return [
                number
                for number, (_, case) in enumerate(self.cases)
                if case.stage in ("spoilt", "repeat", "crash", "timer")
            ]
        cells = [cell for cell in self.by_cell if any(self._is_touched(edit, cell) for edit in variant.edits)]
        return list(dict.fromkeys(number for cell in cells for number in self.by_cell[cell]))

    def _is_touched(self, edit: Any, cell: Cell) -> bool:
        table, state, event = cell
        if edit.role != table:
            return False
        known = self._tables[table]
        if not edit.line:
            wanted_state, wanted_event = edit.state, edit.event
            if edit.action or edit.target:
                return any(
                    (row.source, row.event) == (state, event)
                    for row in known.rows
                    if (not edit.action or (row.action and row.action.__name__ == edit.action))
                    and (not edit.target or row.target == edit.target)
                )
            return wanted_state in ("", state) and wanted_event in ("", event)
        return any(row.name == edit.line and (row.source, row.event) == (state, event) for row in known.rows)

    @cached_property
    def _tables(self) -> dict[str, Any]:
        return {
            instance.table.name: instance.table
            for part in self.plan.parts
            for instance in part.setting.course.system.instances
        }

    def judge(self, variant: Variant) -> Judged:
        """Let the kit try a variant."""
        begins = {part.purpose: Rehearsals(part.setting, variant.tables, variant.fault) for part in self.plan.parts}
        killed: list[str] = []
        unsaid, made = "", 0
        numbers = self.relevant(variant)
        for place, number in enumerate(numbers):
            if killed and place >= DIRECT:
                break
            part, case = self.cases[number]
            found = check(case, begins[part.purpose])
            made += 1
            if found.verdict is Verdict.FAIL:
                killed.append(case.id)
            elif found.verdict is Verdict.HARNESS_ERROR:
                unsaid = unsaid or found.detail
        if killed:
            return Judged(variant, KILLED, tuple(killed), made=made)
        if not variant.edits:
            return Judged(variant, SURVIVED, reason=f"no check of {made} sees it", made=made)
        return self._unkilled(variant, unsaid, made)

    def _unkilled(self, variant: Variant, unsaid: str, made: int) -> Judged:
        tables = variant.tables
        assert tables is not None
        ways = []
        for part in self.plan.parts:
            for party in self.plan.under_test:
                inputs = list(self._said(part))
                ways.append(difference(part.setting.course.system, party, tables, inputs, self.plan.is_controlled))
        if all(way is None for way in ways):
            reason = "told the same, in any order, it answers the same"
            return Judged(variant, EQUIVALENT, reason=reason, made=made)
        if unsaid:
            return Judged(variant, UNSAID, reason=f"what it would say has no form on the wire: {unsaid}", made=made)
        way = next((way for way in ways if way), None)
        told = " then ".join(one.event for one in way) if isinstance(way, tuple) else "more states than were looked at"
        return Judged(variant, SURVIVED, reason=f"it answers otherwise to: {told}", made=made)

    def _said(self, part: Part) -> Iterator[Message]:
        """Everything that is ever said to the party under test in a purpose."""
        seen: dict[Message, None] = {}
        for messages in part.generator.explored.inputs.values():
            seen.update(messages)
        for other, case in self.cases:
            if other is part:
                seen.update(dict.fromkeys(move.message for move in case.moves if isinstance(move, Injected | Spoilt)))
        yield from seen


def sound(plan: Plan, cases: Sequence[tuple[Part, Case]]) -> list[Check]:
    """The checks that do not pass on the role itself: there must be none."""
    begins = {part.purpose: Rehearsals(part.setting) for part in plan.parts}
    made = (check(case, begins[part.purpose]) for part, case in cases)
    return [one for one in made if one.verdict not in (Verdict.PASS,)]
