"""Guarantees: in which systems no fault is left, once every sequence of inputs of a plan has passed.

What could not be said to the system under test, and the states that it was never brought into, are told beside it: they
are no part of the guarantee.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from payrelay.conformance.expectations import WALK
from payrelay.conformance.plans import LAST, Part, Plan
from payrelay.conformance.sequences import EXTRA
from payrelay.conformance.verdicts import Verdict

SEQUENCE = "sequence"
"""The stage of the cases that count for it."""


def guarantee(
    plan: Plan, verdicts: Iterable[tuple[str, Verdict]], steps: Mapping[str, int], planned: int | None
) -> dict[str, Any] | None:
    """What a run guarantees, as a result has it; None at a depth that guarantees nothing.

    `verdicts` are of checks, by stage; `steps` how many moves were made in each stage; `planned` how many sequences
    there are, if the run came to the last of them.
    """
    if not set(LAST) & set(plan.stages):
        return None
    found = Counter(verdict for stage, verdict in verdicts if stage == SEQUENCE)
    passed = found[Verdict.PASS] + found[Verdict.DEVIATION]
    parts = [part for part in plan.parts if part.stages is None]
    reached, known = _reached(parts), _known(parts)
    unplayed = sum((part.generator.unplayed for part in parts), Counter[str]())
    return {
        "extra_states": EXTRA,
        "is_established": planned is not None and passed == planned > 0,
        "sequences": {"passed": passed, "others": found.total() - passed, "planned": planned},
        "states": len(reached),
        "unreached": [name for name in known if name not in reached],
        "unplayed": dict(sorted(unplayed.items())),
        "steps_at_random": steps.get(WALK, 0),
    }


def _reached(parts: Iterable[Part]) -> dict[str, None]:
    instances = ((part.setting.course.system.instances, part.generator.cells) for part in parts)
    return {f"{own[machine].table.name}.{state}": None for own, cells in instances for machine, state in cells}


def _known(parts: Iterable[Part]) -> dict[str, None]:
    """All states of the machines under test."""
    tables = (part.setting.course.system.instances[number].table for part in parts for number in part.generator.own)
    return {f"{table.name}.{state}": None for table in tables for state in table.states}
