"""The kit's own test: how many faulty systems it does not let pass, and by which of its checks.

A variant is killed by a check that fails on it and passes on the role. That it ends, or that the kit does, kills
nothing. What nothing kills is equivalent, if that can be computed, or survives, and is listed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Check, check
from payrelay.conformance.course import Injected, Spoilt
from payrelay.conformance.disbelief import TERMS, WRONG_CONTENT, disbelieved
from payrelay.conformance.equivalence import Choice, Comparison, Difference, in_words
from payrelay.conformance.guards import is_alike_if
from payrelay.conformance.parties import Cell, touched
from payrelay.conformance.plans import Part, Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.results import ResultBuilder
from payrelay.conformance.revisions import revision
from payrelay.conformance.variants import Variant, cells_of, variants_of
from payrelay.conformance.verdicts import Verdict
from payrelay.host.faults import Fault
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message
from payrelay.language.role import RoleTable
from payrelay.model.data import CURRENT
from payrelay.model.messages.purchase import AuthorizationRequest
from payrelay.model.messages.registration import ForwardedRegistrationRequest
from payrelay.model.roles.relay_directory import has_fresh
from payrelay.wire.spoilings import UNVERIFIED

ENOUGH = 24
"""So many of the checks that try what a variant does otherwise are made, those that try just that first; then it is
gone on with only as long as none has killed it."""
KILLED, EQUIVALENT, ILL_FORMED, SURVIVED = "killed", "equivalent", "ill-formed", "survived"
STATUSES = {
    KILLED: "a check fails on it that passes on the role",
    EQUIVALENT: "it answers the same to everything that can be said to it: computed",
    ILL_FORMED: "until it breaks down, it answers the same to everything: computed; a crash is no kill",
    SURVIVED: "no check sees it",
}
"""What can become of a variant."""


@dataclass(frozen=True)
class Kill:
    """One check that killed."""

    check: str
    stage: str
    requirements: tuple[str, ...]
    """What it counts against."""


@dataclass(frozen=True)
class Judged:
    """What became of a variant at one level of security."""

    variant: str
    operator: str
    is_first_order: bool
    """Whether it is a generated edit of a table."""
    status: str
    security: str
    kills: tuple[Kill, ...] = ()
    reason: str = ""
    made: tuple[str, ...] = ()
    """The checks that were made."""


@dataclass
class Selftest:
    """The kit held against the variants of one role, at one level of security."""

    plan: Plan
    _sound: dict[int, bool] = field(default_factory=dict)
    """By the number of a case, whether the role passes it."""
    _comparisons: dict[str, Comparison] = field(default_factory=dict)
    _differences: dict[tuple[str, str], Difference] = field(default_factory=dict)

    @cached_property
    def variants(self) -> dict[str, Variant]:
        """The variants by their names, in the order of the tables."""
        return {one.name: one for one in variants_of(tuple(part.generator for part in self.searched))}

    @property
    def searched(self) -> tuple[Part, ...]:
        """The parts of which all runs are known."""
        return tuple(part for part in self.plan.parts if part.generator.is_searched)

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
            stages = ("spoilt", "repeat", "crash", "timer", "pattern")
            return [number for number, (_, case) in enumerate(self.cases) if case.stage in stages]
        is_touched = touched(self._tables, variant.tables or {})
        cells = [cell for cell in self.by_cell if is_touched([cell])]
        return list(dict.fromkeys(number for cell in cells for number in self.by_cell[cell]))

    @cached_property
    def _tables(self) -> dict[str, RoleTable]:
        instances = (one for part in self.plan.parts for one in part.setting.course.system.instances)
        return {one.table.name: one.table for one in instances}

    # --- one variant

    def judge(self, name: str) -> Judged:
        """Let the kit try a variant."""
        variant = self.variants[name]
        begins = {part.purpose: Rehearsals(part.setting, variant.tables, variant.fault) for part in self.plan.parts}
        results = self._results()
        kills: list[Kill] = []
        made: list[str] = []
        unsaid = ""
        for number in self.relevant(variant):
            if len(made) >= ENOUGH and (kills or (len(made) == ENOUGH and self._is_unsaid(variant))):
                break
            part, case = self.cases[number]
            found = check(case, begins[part.purpose])
            made.append(case.id)
            if found.verdict is Verdict.FAIL and self._passes(number):
                told = results.add(case, found.verdict, found.cause, found.deviation, found.performance)
                kills.append(Kill(case.id, case.stage, told.breaks))
            elif found.verdict is Verdict.HARNESS_ERROR:
                unsaid = unsaid or found.detail
        status, reason = (KILLED, "") if kills else self._unkilled(variant, len(made), unsaid)
        is_first_order = variant.operator not in ("seam", "story")
        return Judged(
            name, variant.operator, is_first_order, status, self.plan.security, tuple(kills), reason, tuple(made)
        )

    def _results(self) -> ResultBuilder:
        plan = self.plan
        return ResultBuilder(
            revision(),
            version="",
            under_test={},
            roles=map(role_of, plan.under_test),
            security=plan.security,
            capability=plan.capability,
            depth=plan.depth,
            seed=plan.seed,
        )

    def _passes(self, number: int) -> bool:
        """Whether the role itself passes a case."""
        if number not in self._sound:
            part, case = self.cases[number]
            self._sound[number] = check(case, Rehearsals(part.setting)).verdict in (Verdict.PASS, Verdict.DEVIATION)
        return self._sound[number]

    def _unkilled(self, variant: Variant, made: int, unsaid: str) -> tuple[str, str]:
        if not variant.edits:
            if variant.fault.ignores_channel and not self._is_called:
                return EQUIVALENT, "nobody makes a request of it, so that no channel shows who does"
            if variant.fault.makes_anew and not any(part.generator.objects_made_here for part in self.searched):
                return EQUIVALENT, "it signs nothing but whole messages, which are the same bytes each time"
            if variant.fault.believes and all(self._believed(part, variant.fault).is_none for part in self.searched):
                return EQUIVALENT, "whether it believes what it should not makes no difference to what it answers"
            return SURVIVED, f"no check of {made} sees it"
        if self._is_beyond(variant):
            return EQUIVALENT, "it differs only where no handle is left, and no system runs out of them"
        found = [self._difference(part, variant) for part in self.searched]
        if all(one.is_none for one in found):
            return EQUIVALENT, "told everything that can be said to it, in any order, it answers the same"
        if all(one.is_unsaid for one in found):
            told = next(in_words(one.broken) for one in found if one.broken)
            return ILL_FORMED, f"it never answers otherwise, but breaks down, as when told: {told}"
        one = next((one for one in found if one.way), None)
        if one is None:
            return SURVIVED, "there are more states than were looked at"
        says = ", ".join(f"{said.event.replace('_', ' ')} to {said.receiver}" for said in one.otherwise)
        ends = f"; but there it breaks down: {unsaid.partition(':')[0]}" if unsaid else ""
        return SURVIVED, f"it answers otherwise{says and f' ({says})'} to: {in_words(one.way)}{ends}"

    @property
    def _is_called(self) -> bool:
        """Whether anybody makes requests of it, and not only answers its own."""
        return any(role_of(party) != "terminal" for party in self.plan.under_test)

    def _is_unsaid(self, variant: Variant) -> bool:
        """Whether it never says anything else than the role: then nothing is left to try."""
        if not variant.edits:
            return False
        return self._is_beyond(variant) or all(self._difference(part, variant).is_unsaid for part in self.searched)

    def _is_beyond(self, variant: Variant) -> bool:
        """Whether it differs only where nothing is left of what the model has few of, and no system ever runs out."""
        tables = variant.tables
        assert tables is not None
        changed = {
            (name, row.source, row.event)
            for name, table in self._tables.items()
            for row in set(table.rows) ^ set(tables[name].rows)
        }
        return bool(changed) and all(
            is_alike_if(has_fresh, self._tables[name].rows_of(*cell), tables[name].rows_of(*cell))
            for name, *cell in changed
        )

    def _difference(self, part: Part, variant: Variant) -> Difference:
        key = part.purpose, variant.name
        if key not in self._differences:
            tables = variant.tables
            assert tables is not None
            self._differences[key] = self._comparison(part).difference(tables)
        return self._differences[key]

    def _believed(self, part: Part, fault: Fault) -> Difference:
        """How it differs if it believes whatever signed object is not verified, and, with that fault, what is over."""
        seen: dict[Input, Message] = {}
        for message, as_it_was in self._said(part).items():
            believed: Any = as_it_was
            if fault.ignores_expiry and "validity" in type(message).given:
                believed = replace(believed, validity=CURRENT)
            if believed != message:
                seen[message] = believed
        return self._comparison(part).difference({}, seen)

    def _comparison(self, part: Part) -> Comparison:
        if part.purpose not in self._comparisons:
            (party,) = self.plan.under_test
            self._comparisons[part.purpose] = Comparison(
                part.setting.course.system,
                party,
                self._said(part),
                part.generator.ever_made_here,
                self.plan.is_controlled,
                chosen,
            )
        return self._comparisons[part.purpose]

    def _said(self, part: Part) -> dict[Message, Message]:
        """Everything that is ever said to the party under test in a purpose; with what it would be if the signed object
        in it were believed that is not to be."""
        seen: dict[Message, Message] = {}
        for messages in part.generator.explored.inputs.values():
            seen.update((message, message) for message in messages)
        for other, case in self.cases:
            if other is part:
                for move in case.moves:
                    if isinstance(move, Injected):
                        seen[move.message] = move.message
                    elif isinstance(move, Spoilt) and move.refused in TERMS:
                        told = disbelieved(move.message, move.refused, move.at, move.aspect)
                        is_believable = move.refused == UNVERIFIED and move.aspect != WRONG_CONTENT
                        seen[told] = move.message if is_believable else told
        return {
            message: as_it_was
            for message, as_it_was in seen.items()
            if message.receiver in self.plan.under_test and part.generator.wishes_of([Injected(message)]) is not None
        }


def chosen(message: Message) -> Choice | None:
    """What the world has decided where a message is told, as it is set up once for a test."""
    match message:
        case AuthorizationRequest():
            return Choice("issuer", message.issuer)
        case ForwardedRegistrationRequest():
            return Choice("acceptable", message.acceptable)
    return None


def sound(plan: Plan, cases: Any = None) -> list[Check]:
    """The checks that do not pass on the role itself: there must be none."""
    begins = {part.purpose: Rehearsals(part.setting) for part in plan.parts}
    made = (check(case, begins[part.purpose]) for part, case in (plan.cases() if cases is None else cases))
    return [one for one in made if one.verdict is not Verdict.PASS]
