"""The kill matrix: which checks kill which variants, what only one kills, and what nothing kills.

    {"schema_version": 1, "kind": "selftest", "depth", "seed", "levels": [],
     "variants": [{"name", "role", "operator", "status", "security", "killed_by": [check], "requirements": [id],
                   "checks": how many were made, "reason"}],
     "counts": {role: {status: number}}, "operators": {operator: {status: number}},
     "stages": {stage: {"made", "kill", "alone"}},
     "requirements": {id: {"kills", "alone"}},
     "kill_nothing": {"requirements": [id], "checks": how many, "of": how many were made},
     "killed_once": [{"name", "role", "check"}],
     "control": {"variants", "killed", "equivalent", "ill_formed", "survived"},
     "power": share of the non-equivalent that are killed}

Checks are made until a variant is killed and those that try just what it does otherwise are done; so what is said of
one check alone is said among those that were made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from payrelay.conformance.revisions import revision
from payrelay.conformance.selftest import EQUIVALENT, ILL_FORMED, KILLED, STATUSES, SURVIVED
from payrelay.conformance.selftesting import Told, Wanted

SCHEMA_VERSION = 1
KIND = "selftest"


@dataclass(frozen=True)
class Matrix:
    """What became of all variants."""

    wanted: Wanted
    told: Sequence[Told]
    is_interrupted: bool = False

    def counted(self, role: str = "") -> Counter[str]:
        """How many variants have which status; of one role, or all."""
        return Counter(one.judged.status for one in self.told if role in ("", one.role))

    @property
    def control(self) -> list[Told]:
        """The variants that are one edit of a table."""
        return [one for one in self.told if one.judged.is_first_order]

    @property
    def left(self) -> list[Told]:
        """Those that nothing kills, and that are not shown to be equivalent."""
        return [one for one in self.told if one.judged.status in (ILL_FORMED, SURVIVED)]

    @property
    def has_failed(self) -> bool:
        """Whether one that is one edit of a table has survived."""
        return any(one.judged.status == SURVIVED for one in self.control)

    @property
    def power(self) -> float | None:
        """The share of those that are not equivalent that are killed."""
        counts = self.counted()
        others = len(self.told) - counts[EQUIVALENT]
        return counts[KILLED] / others if others else None

    @cached_property
    def stages(self) -> dict[str, dict[str, int]]:
        """By stage, how many checks were made, how many variants they kill, and how many none of another stage does."""
        made = Counter(check.split(".")[1] for one in self.told for check in one.judged.made)
        kills, alone = Counter[str](), Counter[str]()
        for one in self.told:
            stages = {kill.stage for kill in one.judged.kills}
            kills.update(stages)
            alone.update(stages if len(stages) == 1 else ())
        return {name: {"made": made[name], "kill": kills[name], "alone": alone[name]} for name in made}

    @cached_property
    def requirements(self) -> dict[str, dict[str, int]]:
        """By requirement, how many variants are killed by a check that counts against it, and by no other."""
        kills, alone = Counter[str](), Counter[str]()
        for one in self.told:
            ids = {id_ for kill in one.judged.kills for id_ in kill.requirements}
            kills.update(ids)
            alone.update(ids if len(ids) == 1 else ())
        return {id_: {"kills": kills[id_], "alone": alone[id_]} for id_ in sorted(kills)}

    @property
    def idle_requirements(self) -> list[str]:
        """The testable requirements for these roles that no variant is killed for."""
        roles = set(self.wanted.roles)
        asked = (one for one in revision().requirements if roles & set(one.roles) and not one.untestable)
        return [one.id for one in asked if one.id not in self.requirements]

    @property
    def idle_checks(self) -> tuple[int, int]:
        """How many checks kill nothing, of how many that were made."""
        made = {(one.role, check) for one in self.told for check in one.judged.made}
        kill = {(one.role, kill.check) for one in self.told for kill in one.judged.kills}
        return len(made - kill), len(made)

    @property
    def killed_once(self) -> list[Told]:
        """Those that but one of the checks kills that were made."""
        return [one for one in self.told if len(one.judged.kills) == 1]

    def to_json(self) -> dict[str, Any]:
        """All of it as one JSON object."""
        operators: dict[str, Counter[str]] = defaultdict(Counter)
        for one in self.told:
            operators[one.judged.operator][one.judged.status] += 1
        control = Counter(one.judged.status for one in self.control)
        idle, made = self.idle_checks
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "depth": self.wanted.depth,
            "seed": self.wanted.seed,
            "levels": list(self.wanted.levels),
            "variants": [_variant(one) for one in self.told],
            "counts": {role: dict(sorted(self.counted(role).items())) for role in self.wanted.roles},
            "operators": {name: dict(sorted(found.items())) for name, found in sorted(operators.items())},
            "stages": self.stages,
            "requirements": self.requirements,
            "kill_nothing": {"requirements": self.idle_requirements, "checks": idle, "of": made},
            "killed_once": [
                {"name": one.judged.variant, "role": one.role, "check": one.judged.kills[0].check}
                for one in self.killed_once
            ],
            "control": {
                "variants": len(self.control),
                "killed": control[KILLED],
                "equivalent": control[EQUIVALENT],
                "ill_formed": control[ILL_FORMED],
                "survived": control[SURVIVED],
            },
            "power": None if self.power is None else round(self.power, 4),
            "interrupted": self.is_interrupted,
        }

    def lines(self) -> Iterator[str]:
        """All of it in words, a line each."""
        width = max(map(len, (*self.wanted.roles, *self.stages, "role")), default=0)
        yield f"{'role':{width}}  variants  {'  '.join(STATUSES)}"
        for role in self.wanted.roles:
            counts = self.counted(role)
            cells = "  ".join(f"{counts[status]:>{len(status)}}" for status in STATUSES)
            yield f"{role:{width}}  {counts.total():>8}  {cells}"
        yield ""
        yield f"{'stage':{width}}  checks made  kills  alone"
        for stage, found in self.stages.items():
            yield f"{stage:{width}}  {found['made']:>11}  {found['kill']:>5}  {found['alone']:>5}"
        for status in (SURVIVED, ILL_FORMED):
            left = [one for one in self.left if one.judged.status == status]
            if left:
                yield ""
                yield f"{status}: {STATUSES[status]}"
                for one in left:
                    yield f"  {one.role} {one.judged.variant} ({one.judged.security}): {one.judged.reason}"
        yield ""
        idle, made = self.idle_checks
        if self.idle_requirements and self.wanted.most is None and not self.wanted.only:
            yield f"Requirements that no variant breaks: {', '.join(self.idle_requirements)}"
        once = len(self.killed_once)
        yield f"{idle} of {made} checks that were made kill nothing; one check alone kills {once} variants."
        power = "nothing to kill" if self.power is None else f"{self.power:.1%} of those that are not equivalent"
        yield f"{self.counted()[KILLED]} of {len(self.told)} variants killed: {power}."
        if self.is_interrupted:
            yield "Interrupted: this is what was known."


def _variant(told: Told) -> dict[str, Any]:
    judged = told.judged
    return {
        "name": judged.variant,
        "role": told.role,
        "operator": judged.operator,
        "status": judged.status,
        "security": judged.security,
        "killed_by": [kill.check for kill in judged.kills],
        "requirements": list(dict.fromkeys(id_ for kill in judged.kills for id_ in kill.requirements)),
        "checks": len(judged.made),
        "reason": judged.reason,
    }
