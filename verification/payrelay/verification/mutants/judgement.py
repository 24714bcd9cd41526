"""Mutants: what becomes of each.

A mutant is searched where it differs from the unedited system, the cheapest configuration first, up to the first that
kills it. All safety properties are decided in one search; response, resettability and possibility only in a
configuration in which no safety property killed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from payrelay.language.edits import Edit, Variant
from payrelay.language.properties import Property
from payrelay.language.role import IllFormedModelError
from payrelay.language.systems import System
from payrelay.language.traces import Trace
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants.mutation import Mutation
from payrelay.verification.mutants.unedited import Searched, Unedited
from payrelay.verification.verdicts import verify

Status = Literal["killed", "equivalent", "masked", "survived", "unreached", "inconclusive", "ill_formed", "failed"]
STATUSES: dict[Status, str] = {
    "killed": "some property is violated in a configuration of the default set",
    "equivalent": "the edited row is taken, and every step of every searched configuration is as before",
    "masked": "some step differs, and no property is violated in any configuration in which one does",
    "survived": "a named variant that does not violate what it must",
    "unreached": "no run of any searched configuration takes the edited row, or would",
    "inconclusive": "a limit or a bound stopped a search before it could tell",
    "ill_formed": "the edit leaves no tables that could be searched",
    "failed": "payrelay itself failed to judge it",
}
"""What can become of a mutant."""

UNREACHED = (
    "no run of any searched configuration takes the edited row: it answers what nobody honest sends there, a terminal "
    "that does not fit, or a case that no configuration has"
)
EQUIVALENT = "every step that the searched configurations take is as without the edit"

Build = Callable[[Unedited, tuple[Edit, ...]], System]
"""The system of a configuration with other tables."""


@dataclass(frozen=True)
class Judgement:
    """What became of one mutant."""

    name: str
    kind: str
    status: Status
    killed_by: tuple[str, ...] = ()
    """The properties that are violated where it is killed; of a search that was cut short, those that were seen."""
    reason: str = ""
    configuration: str = ""
    """Where it was killed, or where it differs first."""
    trace: Trace | None = None


def judge(
    mutation: Mutation,
    configurations: Iterable[Unedited],
    build: Build,
    limits: Callable[[], Limits] = Limits,
    *,
    is_traced: bool = False,
) -> Judgement:
    """What becomes of a generated mutant. The configurations come cheapest first."""

    def judged(status: Status, reason: str, where: str = "", **found: object) -> Judgement:
        return Judgement(mutation.name, mutation.kind, status, reason=reason, configuration=where, **found)  # type: ignore[arg-type]

    first, bound, is_reached = ("", ""), "", False
    try:
        for unedited in configurations:
            edited = build(unedited, mutation.edits)
            difference = unedited.ground.difference(edited)
            is_reached = is_reached or difference.is_reached
            if not difference.told:
                continue
            first = first if first[0] else (unedited.name, difference.told)
            found = unedited.search(edited, limits())
            if found.violations:
                trace = min(found.violations, key=lambda one: one.steps or len(found.violations) + 10**9).trace
                return judged(
                    "killed",
                    _killed(unedited.name, found),
                    unedited.name,
                    killed_by=_names(found),
                    trace=trace() if is_traced else None,
                )
            if found.bound:
                bound = bound or f"{unedited.name}: {found.bound}"
                if found.interrupted:
                    break
    except IllFormedModelError as error:
        return judged("ill_formed", " ".join(str(error).split()))
    where, told = first
    if bound:
        return judged("inconclusive", bound, where)
    if where:
        return judged("masked", f"in {where}: {told}", where)
    return judged("equivalent", EQUIVALENT) if is_reached else judged("unreached", UNREACHED)


def judge_variant(
    variant: Variant, unedited: Unedited, properties: Sequence[Property], build: Build, limits: Limits | None = None
) -> Judgement:
    """What becomes of a named variant, where it must violate what it says."""
    edited = build(unedited, variant.edits)
    found = unedited.search(edited, limits)
    names = list(_names(found))
    wanted = [one for one in properties if {one.name, one.label} & set(variant.violates) and one.name not in names]
    unknown = ""
    for verdict in verify(edited, wanted, limits=limits).verdicts if wanted else ():
        if verdict.result == "violated":
            names.append(verdict.property.name)
        elif verdict.result == "inconclusive":
            unknown = unknown or verdict.reason
    missed = [one.name for one in wanted if one.name not in names]
    where = unedited.name
    if unknown:
        return Judgement(variant.name, "named", "inconclusive", reason=f"{where}: {unknown}", configuration=where)
    if missed:
        reason = f"it must violate {', '.join(missed)} in {where}, and does not"
        return Judgement(variant.name, "named", "survived", reason=reason, configuration=where)
    return Judgement(variant.name, "named", "killed", tuple(names), _killed(where, found), where)


def _names(found: Searched) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.property.name for one in found.violations))


def _killed(where: str, found: Searched) -> str:
    steps = min((one.steps for one in found.violations if one.steps), default=0)
    run = f", in a run of {steps} steps" if steps else ", where something is not possible any more"
    return f"in {where}{run}{f'; not all properties were decided: {found.bound}' if found.bound else ''}"


def alone(judgements: Iterable[Judgement]) -> dict[str, list[str]]:
    """For each property the mutants that it alone kills."""
    kills: dict[str, list[str]] = {}
    for one in judgements:
        if len(one.killed_by) == 1:
            kills.setdefault(one.killed_by[0], []).append(one.name)
    return kills
