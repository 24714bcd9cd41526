"""Reports of mutants: as text, line by line, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from payrelay.cli.reports import SHORT_LABEL
from payrelay.cli.terminal import folded, painted
from payrelay.language.properties import Property
from payrelay.verification.mutants.judgement import STATUSES, Judgement, alone

MOST_NAMES = 3
"""Names of mutants that are told of one property, beside their number."""
TOLD = ("survived", "failed", "inconclusive", "ill_formed", "masked")
"""What is told one by one even if all mutants are judged."""
ALONE = (
    "Alone is said of a property that is the only one violated in the configuration that kills the mutant. Response "
    "and possibility are decided only where no safety property is violated."
)


@dataclass(frozen=True)
class Judged:
    """All that a report is made of."""

    judgements: tuple[Judgement, ...]
    properties: tuple[Property, ...]
    """Those that a search decides."""
    is_complete: bool
    """Whether all mutants were judged, and not some that were named."""
    interrupted: bool
    seconds: float

    def counted(self) -> Counter[str]:
        """How many mutants have which status."""
        return Counter(one.status for one in self.judgements)


def of(judgement: Judgement) -> str:
    """What the mutant belongs to: its role, or the named ones."""
    return "named" if judgement.kind == "named" else judgement.name.partition(".")[0]


def lines(judged: Judged) -> Iterator[str]:
    """The report as text."""
    yield from _table(judged.judgements)
    yield ""
    yield from _properties(judged)
    for status in STATUSES:
        found = [one for one in judged.judgements if one.status == status]
        if found and (status in TOLD or not judged.is_complete):
            yield ""
            yield folded(f"{painted(status)}: {STATUSES[status]}", 2)
            for one in found:
                by = f" by {', '.join(one.killed_by)}" if one.killed_by else ""
                yield folded(f"  {one.name}{by}: {one.reason}", 6)
    yield ""
    counts = judged.counted()
    said = ", ".join(f"{counts[status]} {status.replace('_', '-')}" for status in STATUSES if counts[status])
    yield folded(f"Of {len(judged.judgements)} mutants {said or 'none was judged'}; {judged.seconds:.1f} s.", 2)
    yield folded(ALONE, 2)
    if judged.interrupted:
        yield "Interrupted: this is what was known."


def _table(judgements: Sequence[Judgement]) -> Iterator[str]:
    names = list(dict.fromkeys(map(of, judgements)))
    width = max(map(len, names), default=0)
    yield f"{'':{width}}  {'  '.join(status.replace('_', '-') for status in STATUSES)}"
    counts = Counter((of(one), one.status) for one in judgements)
    for name in names:
        cells = "  ".join(f"{counts[name, status]:{len(status)}}" for status in STATUSES)
        yield f"{name:{width}}  {cells}"


def _properties(judged: Judged) -> Iterator[str]:
    kills = alone(judged.judgements)
    yield "properties that alone kill a mutant"
    for prop in judged.properties:
        if names := kills.get(prop.name):
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            yield folded(
                f"  {prop.label:<{SHORT_LABEL}} {prop.name}: {len(names)}: {', '.join(names[:MOST_NAMES])}{more}", 8
            )
    none = [prop.label for prop in judged.properties if prop.name not in kills]
    yield folded(f"properties that kill none alone: {', '.join(none) or 'none'}", 2)


def document(judged: Judged, code: int) -> dict[str, Any]:
    """The report as JSON."""
    kills = alone(judged.judgements)
    counts = Counter(name for one in judged.judgements for name in one.killed_by)
    return {
        "schema_version": 1,
        "kind": "mutants",
        "mutants": [
            {
                "name": one.name,
                "kind": one.kind,
                "status": one.status,
                "killed_by": list(one.killed_by),
                "configuration": one.configuration or None,
                "reason": one.reason,
            }
            for one in judged.judgements
        ],
        "properties": [
            {
                "property": one.name,
                "label": one.label,
                "kills": counts[one.name],
                "kills_alone": kills.get(one.name, []),
            }
            for one in judged.properties
        ],
        "counts": {status: judged.counted()[status] for status in STATUSES},
        "interrupted": judged.interrupted,
        "seconds": round(judged.seconds, 3),
        "exit_code": code,
        "scope": ALONE,
    }
