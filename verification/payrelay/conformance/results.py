"""Results: all that a run found, as one JSON document from which every report is made.

    {"schema_version": 1, "kind": "conform", "payrelay": VERSION, "requirements_revision": "2026-1",
     "under_test": {...}, "role", "security", "capability", "depth", "seed",
     "verdict": one of VERDICTS,
     "requirements": [{"id", "text", "level", "source": [], "verdict": a verdict or null if nothing was checked,
                       "expected": why it is expected to fail, "cause", "untestable", "checks": [id]}],
     "checks": [{"id", "stage", "requirements": [id], "breaks": [id], "verdict", "expected", "cause", "detail",
                 "machine", "state", "input", "mutation": {"aspect", "at"} or null,
                 "deviation": {"kind", "what", "expected": [], "at"} or null,
                 "steps": [{"n", "move", "from", "to", "message", "fields": [], "is_ours",
                            "http": {"method", "path", "headers", "body", "status", "answer"} or null,
                            "state_before": {machine: state}, "state_after", "allowed": [], "is_failing"}],
                 "replay": command, "timing": {"seconds"}}],
     "capabilities": [the first of which everything is tried, and those of which it is that all goes well],
     "guarantee": {"extra_states", "is_established", "sequences": {"passed", "others", "planned": number or null},
                   "states", "unreached": [state], "unplayed": {why: number}, "steps_at_random"} or null,
     "stale": [{"id", "says"}],
     "coverage": {table: {"states" | "pairs" | "rows": {"visited": {name: times}, "known": number}}},
     "steps": how many moves were made, "timing": {"seconds"}}

Equal seeds and equal answers give an equal document but for the members that are called `timing`. Secrets are left out
(`payrelay.conformance.redaction`). What happened in a check that passed is kept for the first of each stage, as what a
sound run looks like, and for all of them only if asked for.

A check that failed counts against what the failing move speaks of. What fails only after what was tried, in what shows
the effect of it, counts against that, unless the same has failed by itself before. To the others that it is for, it
says nothing.

What is expected to fail (`payrelay.conformance.expectations`) and does has the verdict `expected`: a check that is
named, or of which everything is that it breaks; and a requirement that is named, or that only such checks break.
`stale` are the expectations that are met no more: with one of them a run does not conform.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from payrelay.conformance.cases import Case, Mutation
from payrelay.conformance.checks import singled
from payrelay.conformance.course import Lost, Spoilt
from payrelay.conformance.deviations import Deviation
from payrelay.conformance.expectations import NOTHING_EXPECTED, Expectations, Stale
from payrelay.conformance.facts import as_taken, can_be_made, facts_at, facts_of, facts_performed
from payrelay.conformance.performance import Performance
from payrelay.conformance.redaction import Redaction, Unredacted
from payrelay.conformance.revisions import Requirement, Revision
from payrelay.conformance.setting import Setting
from payrelay.conformance.stories import Row, story
from payrelay.conformance.verdicts import FAILED, Verdict, exit_code, of_requirement
from payrelay.language.role import RoleTable

SCHEMA_VERSION = 1
KIND = "conform"
MEMBERS: tuple[tuple[str, type], ...] = (
    *(("requirements", list), ("checks", list), ("coverage", dict), ("verdict", str), ("role", str)),
    *(("stale", list), ("capabilities", list)),
)
"""What every result has."""
VERDICTS = {
    0: "conforms",
    1: "does_not_conform",
    4: "inconclusive",
    5: "harness_error",
    130: "interrupted",
}
"""The verdicts of a run, by the exit code that they have."""


class ResultError(Exception):
    """A text that is no result. One line that says what was expected."""


@dataclass(frozen=True)
class CheckResult:
    """What came of one case."""

    id: str
    stage: str
    requirements: tuple[str, ...]
    """What it is for, and what it breaks."""
    breaks: tuple[str, ...]
    """What it counts against."""
    verdict: Verdict
    cause: str = ""
    """Of something inconclusive one of CAUSES."""
    detail: str = ""
    """What there is to say of it to people."""
    expected: str = ""
    """Why it is expected to fail, if it is and does."""
    machine: str = ""
    state: str = ""
    input: str = ""
    mutation: Mutation | None = None
    deviation: Mapping[str, Any] | None = None
    rows: tuple[Row, ...] = ()
    replay: str = ""
    seconds: float = 0.0

    def verdict_for(self, requirement: str) -> Verdict:
        """What it says of a requirement that it is for."""
        is_bad = self.verdict in (Verdict.FAIL, Verdict.CRASH, Verdict.EXPECTED)
        return Verdict.INCONCLUSIVE if is_bad and requirement not in self.breaks else self.verdict

    def to_json(self) -> dict[str, Any]:
        """It as a JSON object."""
        return {
            "id": self.id,
            "stage": self.stage,
            "requirements": list(self.requirements),
            "breaks": list(self.breaks),
            "verdict": str(self.verdict),
            "expected": self.expected,
            "cause": self.cause,
            "detail": self.detail,
            "machine": self.machine,
            "state": self.state,
            "input": self.input,
            "mutation": {"aspect": self.mutation.aspect, "at": self.mutation.at} if self.mutation else None,
            "deviation": dict(self.deviation) if self.deviation else None,
            "steps": [row.to_json() for row in self.rows],
            "replay": self.replay,
            "timing": {"seconds": round(self.seconds, 6)},
        }


@dataclass
class _Covered:
    """What was seen of a table."""

    table: RoleTable
    states: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        known = {
            "states": len(self.table.states),
            "pairs": len(self.table.states) * len(self.table.events),
            "rows": len({row.name for row in self.table.rows}),
        }
        return {name: {"visited": dict(sorted(getattr(self, name).items())), "known": known[name]} for name in known}


class ResultBuilder:
    """Puts a result together, check by check."""

    def __init__(
        self,
        revision: Revision,
        *,
        version: str,
        under_test: Mapping[str, Any],
        roles: Iterable[str],
        security: str,
        capability: str,
        depth: str,
        seed: int,
        capabilities: Iterable[str] = (),
        expectations: Expectations = NOTHING_EXPECTED,
        names: Callable[[], Iterable[str]] = tuple,
        replay: Callable[[str], str] = lambda id_: f"payrelay conform replay {id_}",
        keeps_all: bool = False,
        redacts: bool = True,
    ) -> None:
        """`names` tells all checks that there could be, for an expectation that none has met."""
        self.revision, self.version, self.under_test = revision, version, dict(under_test)
        self.roles = tuple(dict.fromkeys(roles))
        self.security, self.capability, self.depth, self.seed = security, capability, depth, seed
        self.capabilities = tuple(capabilities) or (capability,)
        self.expectations, self._names = expectations, names
        self._passed_within: dict[str, Verdict | None] = {}
        """What was tried among other things in a check that passed, by the names that it would have by itself."""
        self.replay, self.keeps_all, self.redacts = replay, keeps_all, redacts
        self.checks: list[CheckResult] = []
        self.steps_of: Counter[str] = Counter()
        self._last: Performance | None = None
        """By stage, how many moves were made."""
        self._covered: dict[str, _Covered] = {}
        self._by_itself: set[tuple[str, str, tuple[str, ...]]] = set()
        """What has failed where it was tried, or on the way: the kind, the place, and what it broke."""
        self._shown: set[str] = set()
        """The stages of which a check that passed is kept whole."""

    def add(
        self,
        case: Case,
        verdict: Verdict,
        cause: str = "",
        deviation: Deviation | None = None,
        performance: Performance | None = None,
        seconds: float = 0.0,
        *,
        detail: str = "",
        setting: Setting | None = None,
    ) -> CheckResult:
        """Take in what came of a case. Without a performance, or a setting, only what the case itself says is known."""
        is_shown_to_fail = verdict not in (Verdict.PASS, Verdict.DEVIATION)
        setting = performance.setting if performance else setting
        for_ = case.requirements
        if not for_ and setting is not None:
            for_ = self.revision.of(facts_performed(case, performance) if performance else facts_of(case, setting))
        breaks: tuple[str, ...] = ()
        if verdict in (Verdict.FAIL, Verdict.CRASH):
            breaks = self._broken(case, for_, deviation, performance)
        if performance is not None and performance is not self._last:  # which several cases may have been at once
            self.steps_of[case.stage] += len(performance.steps)
            self._cover(performance)
            self._last = performance
        expected = self._expected(case.id, breaks) if verdict is Verdict.FAIL else ""
        verdict = Verdict.EXPECTED if expected else verdict
        redaction = Redaction() if self.redacts else Unredacted()
        is_kept = verdict is not Verdict.PASS or self.keeps_all or case.stage not in self._shown

        def said(text: str) -> str:
            return redaction.text(_as_called_in_the_model(text, performance))

        rows: tuple[Row, ...] = ()
        if performance is not None and is_kept:
            rows = tuple(story(performance, deviation if is_shown_to_fail else None, redaction))
        if verdict is Verdict.PASS and self.expectations.all:
            self._passed_within |= {one.id: verdict for one in singled(case)}
        if rows and verdict is Verdict.PASS:
            self._shown.add(case.stage)
        found = CheckResult(
            id=case.id,
            stage=case.stage,
            requirements=tuple(dict.fromkeys((*for_, *breaks))),
            breaks=breaks,
            verdict=verdict,
            expected=expected,
            cause=redaction.text(cause),
            detail=said(detail),
            machine=case.machine,
            state=case.state,
            input=case.event,
            mutation=case.mutation,
            deviation=_told(deviation, said) if deviation else None,
            rows=rows,
            replay=self.replay(case.id),
            seconds=seconds,
        )
        self.checks.append(found)
        return found

    def _expected(self, id_: str, breaks: tuple[str, ...]) -> str:
        """Why a check is expected to fail: itself, or all that it breaks."""
        whys = [self.expectations.why(one) for one in breaks]
        return self.expectations.why(id_) or (whys[0] if whys and all(whys) else "")

    def _broken(
        self, case: Case, for_: tuple[str, ...], deviation: Deviation | None, performance: Performance | None
    ) -> tuple[str, ...]:
        """What a check that failed counts against."""
        if performance is None or not performance.steps:
            return self._of_kind(for_, deviation) or for_
        number = len(performance.steps) - 1
        last = performance.steps[number]
        own = self._of_kind(
            self.revision.of(facts_at(performance.setting, last.before, last.move, case.stage)), deviation
        )
        key = (deviation.kind, deviation.at, own) if deviation else ("", "", own)
        is_in_effect = case.tried is not None and number > case.tried and not isinstance(last.move, Spoilt)
        if not is_in_effect:
            self._by_itself.add(key)
        if not is_in_effect or key in self._by_itself:
            return own or for_
        return self._of_kind(for_, deviation) or for_

    def _of_kind(self, ids: tuple[str, ...], deviation: Deviation | None) -> tuple[str, ...]:
        """Those that a deviation counts against; all, if nothing deviated; and all, if it would count against none."""
        if deviation is None:
            return ids
        found = tuple(one for one in ids if self.revision.by_id[one].is_broken_by(deviation.kind, deviation.at))
        return found or ids

    def _cover(self, performance: Performance) -> None:
        course, under_test = performance.course, performance.setting.under_test
        for instance in course.system.instances:
            if instance.party in under_test:
                self._covered.setdefault(instance.table.name, _Covered(instance.table))
        for step in performance.steps:
            move = step.move
            if isinstance(move, Lost) or move.party not in under_test or not can_be_made(step.before, move):
                continue
            for fact in facts_at(performance.setting, step.before, move, ""):
                if fact.table:
                    self._count(fact.table, fact.state, fact.event)
            for reaction in course.after(step.before, as_taken(move)).reactions:
                for moved in reaction.moves:
                    if (row := getattr(moved.answer, "row", None)) is not None:
                        table = course.system.instances[moved.machine].table.name
                        self._covered[table].rows[row.name] += 1
                        self._covered[table].states[row.target] += row.target != row.source

    def _count(self, table: str, state: str, event: str) -> None:
        self._covered[table].states[state] += 1
        self._covered[table].pairs[f"{state} {event}"] += 1

    # --- all of it

    def verdicts(self) -> dict[str, Verdict | None]:
        """What each requirement for these roles came to; None if nothing was checked of it."""
        said: dict[str, list[Verdict]] = {}
        for check in self.checks:
            for id_ in check.requirements:
                said.setdefault(id_, []).append(check.verdict_for(id_))
        return {one.id: self._met(one.id, of_requirement(said.get(one.id, ()))) for one in self._requirements}

    def _met(self, id_: str, verdict: Verdict | None) -> Verdict | None:
        """What a requirement comes to, given what is expected of it."""
        is_bad = verdict in (Verdict.FAIL, Verdict.DEVIATION)
        return Verdict.EXPECTED if is_bad and self.expectations.why(id_) else verdict

    def stale(self) -> list[Stale]:
        """The expectations that are met no more."""
        checks: dict[str, Verdict | None] = {one.id: one.verdict for one in self.checks}
        known = self.verdicts()
        return list(self.expectations.stale({**self._passed_within, **checks, **known}, lambda: self._known))

    @cached_property
    def _known(self) -> tuple[str, ...]:
        """Everything that could be expected to fail."""
        return (*self._names(), *(one.id for one in self._requirements))

    @property
    def _requirements(self) -> tuple[Requirement, ...]:
        return self.revision.for_(self.roles, self.security)

    def code(self, was_interrupted: bool = False, has_failed: bool = False) -> int:
        """The exit code: what MUST be decides it, and whether the kit itself has failed."""
        found = self.verdicts()
        musts = (found[one.id] for one in self._requirements if one.level == "MUST")
        code = exit_code((*musts, *([Verdict.HARNESS_ERROR] if has_failed else [])), was_interrupted)
        return 1 if code in (0, 4, 5) and self.stale() else code

    def result(
        self,
        seconds: float = 0.0,
        was_interrupted: bool = False,
        has_failed: bool = False,
        guarantee: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The whole result, as a JSON document; with its guarantee (`payrelay.conformance.guarantees`), if any."""
        verdicts = self.verdicts()
        checks = sorted(self.checks, key=lambda one: one.id)
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "payrelay": self.version,
            "requirements_revision": self.revision.name,
            "under_test": self.under_test,
            "role": "+".join(self.roles),
            "security": self.security,
            "capability": self.capability,
            "capabilities": list(self.capabilities),
            "depth": self.depth,
            "seed": self.seed,
            "verdict": VERDICTS[self.code(was_interrupted, has_failed)],
            "requirements": [self._said(one, verdicts[one.id], checks) for one in self._requirements],
            "checks": [one.to_json() for one in checks],
            "stale": [one._asdict() for one in self.stale()],
            "guarantee": None if guarantee is None else dict(guarantee),
            "coverage": {name: of.to_json() for name, of in sorted(self._covered.items())},
            "steps": self.steps_of.total(),
            "timing": {"seconds": round(seconds, 3)},
        }

    def _said(self, of: Requirement, verdict: Verdict | None, checks: Iterable[CheckResult]) -> dict[str, Any]:
        its = [one for one in checks if of.id in one.requirements]
        return {
            "id": of.id,
            "text": of.text,
            "level": of.level,
            "source": list(of.source),
            "verdict": None if verdict is None else str(verdict),
            "expected": self._why(of.id, its) if verdict is Verdict.EXPECTED else "",
            "cause": _cause(of.id, verdict, its),
            "untestable": of.untestable,
            "checks": [one.id for one in its],
        }

    def _why(self, id_: str, its: Iterable[CheckResult]) -> str:
        return self.expectations.why(id_) or next(one.expected for one in its if one.expected)


def _cause(id_: str, verdict: Verdict | None, its: Iterable[CheckResult]) -> str:
    """Why a requirement is what it is, by the first of its checks that says so."""
    if verdict in (None, Verdict.PASS):
        return ""
    alike = {verdict, Verdict.FAIL, Verdict.DEVIATION} if verdict is Verdict.EXPECTED else {verdict}
    first = next((one for one in its if one.verdict_for(id_) in alike), None)
    if first is None:
        return ""
    if verdict in (*FAILED, Verdict.EXPECTED) and first.deviation:
        return str(first.deviation["what"])
    return first.cause or ("precondition_unreached" if first.verdict in FAILED else "")


def _told(deviation: Deviation, said: Callable[[str], str]) -> dict[str, Any]:
    expected = list(map(said, deviation.expected))
    return {"kind": deviation.kind, "what": said(deviation.what), "expected": expected, "at": deviation.at}


def _as_called_in_the_model(text: str, performance: Performance | None) -> str:
    for name, real in (performance.found.parties if performance else {}).items():
        text = text.replace(real, name)
    return text


def written(result: Mapping[str, Any]) -> str:
    """A result as the text of a file: the same result, the same bytes."""
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def result_in(text: str) -> dict[str, Any]:
    """The result in a text. Raises ResultError if it is none."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ResultError(f"expected one JSON object: {error.msg} in line {error.lineno}") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise ResultError(f"expected a result of payrelay conform run, whose kind is '{KIND}'")
    if found.get("schema_version") != SCHEMA_VERSION:
        raise ResultError(f"schema_version is {found.get('schema_version')}, and {SCHEMA_VERSION} is what is read here")
    for name, kind in MEMBERS:
        if not isinstance(found.get(name), kind):
            raise ResultError(
                f"{name}: expected {'text' if kind is str else 'a list' if kind is list else 'an object'}"
            )
    return found


def without_timing(value: Any) -> Any:
    """A result without what may differ from run to run."""
    if isinstance(value, dict):
        return {name: without_timing(item) for name, item in value.items() if name != "timing"}
    return [without_timing(item) for item in value] if isinstance(value, list) else value
