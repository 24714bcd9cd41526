"""What a fuzzer found of one role: how many cases, how far they got, what they saw of the document, what was wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from payrelay.wire.endpoints import every_endpoint
from payrelay.wire.openapi import document_of

NEVER_WANTED = ("500", "503")
"""Documented, and never to be seen here."""
PAST, REFUSED, OPEN = "past", "refused", "open"
"""How far a case got: past authentication; refused before; where nobody is asked who they are."""


@dataclass
class Found:
    """What was found of one role at one level of security."""

    role: str
    security: str
    cases: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    standing: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of the document's operations and statuses, how often each was seen."""
    told: Counter[str] = field(default_factory=Counter)
    """The messages that the party was made to say, to its peers and to terminals."""
    failures: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    """For each failure the first case that had it."""

    @property
    def share(self) -> float:
        """The share of the cases that got past authentication, of those that had to."""
        had_to = self.standing[PAST] + self.standing[REFUSED]
        return self.standing[PAST] / had_to if had_to else 0.0

    @property
    def line(self) -> str:
        """What was found in one line."""
        statuses = ", ".join(f"{number:,} {status}" for status, number in sorted(self.statuses.items()))
        return (
            f"{self.role}, {self.security}: {self.cases:,} cases, {self.share:.0%} of those that had to got past"
            f" authentication; answers: {statuses}; failures: {sum(self.failures.values())}"
        )

    def note(self, title: str, sample: str) -> None:
        """Note a failure, and the first case that had it."""
        self.failures[title] += 1
        self.examples.setdefault(title, sample[:2000])

    def documented(self) -> set[tuple[str, str]]:
        """All operations and statuses of the document."""
        paths = document_of(self.role, self.security)["paths"]
        operations = [operation for item in paths.values() for operation in item.values()]
        return {(one["operationId"], status) for one in operations for status in one["responses"]}

    def to_json(self) -> dict[str, Any]:
        """What is told of it."""
        documented = self.documented()
        wanted = {one for one in documented if one[1] not in NEVER_WANTED}
        operations = {operation for operation, _ in documented}
        sayable = {
            *(one.message.__name__ for one in every_endpoint() if one.sender == self.role),
            *(kind.__name__ for one in every_endpoint() if one.receiver == self.role for kind in one.answers),
        }
        never: dict[str, list[str]] = {}
        for operation, status in sorted(wanted - self.answers.keys()):
            never.setdefault(status, []).append(operation)
        return {
            "role": self.role,
            "security": self.security,
            "cases": self.cases,
            "statuses": dict(sorted(self.statuses.items())),
            "past_authentication": self.standing[PAST],
            "refused_before": self.standing[REFUSED],
            "asked_of_nobody": self.standing[OPEN],
            "share_past_authentication": round(self.share, 3),
            "operations": len(operations),
            "operations_seen": len(operations & {operation for operation, _ in self.answers}),
            "answers": len(wanted),
            "answers_seen": len(wanted & self.answers.keys()),
            "never_seen": dict(sorted(never.items())),
            "told": dict(sorted(self.told.items())),
            "never_told": sorted(sayable - self.told.keys()),
            "failures": dict(self.failures),
            "examples": self.examples,
        }
