"""Expectations: what a system is known to fail, and why, so that only what is new fails its run.

    [[expected]]
    id = "relay.shows-the-amount"      # a check or a requirement; with a star at its end all that begin so
    why = "amounts are shown in minor units until version 2"

What fails as it is expected to is told as that, and fails nothing. An entry that has become stale does: what it names
passes, or is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from payrelay.conformance.toml_records import Document
from payrelay.conformance.verdicts import FAILED, Verdict
from payrelay.language.configurations import did_you_mean

SECTION = "expected"
ALL = "*"
WALK = "walk"
"""The stage of runs at random, of which there is no end."""


@dataclass(frozen=True)
class Expectation:
    """Something that fails, and why it does."""

    id: str
    why: str
    line: int = 0

    def is_of(self, name: str) -> bool:
        """Whether a check or a requirement of some name is meant."""
        return name.startswith(self.id.removesuffix(ALL)) if self.id.endswith(ALL) else name == self.id


class Stale(NamedTuple):
    """An expectation that is not met any more."""

    id: str
    says: str
    """What is wrong with it, and where it stands."""


@dataclass(frozen=True)
class Expectations:
    """Those of a run."""

    all: tuple[Expectation, ...] = ()
    path: Path | None = None

    def why(self, name: str) -> str:
        """Why something is expected to fail; nothing if it is not."""
        return next((one.why for one in self.all if one.is_of(name)), "")

    def stale(self, found: Mapping[str, Verdict | None], names: Callable[[], Collection[str]]) -> Iterator[Stale]:
        """Those that are not met: what they name passed. `found` are the verdicts of checks and requirements, None of
        those that nothing was checked of; `names` all that there could be, which is asked only if one names nothing."""
        for one in self.all:
            verdicts = [verdict for name, verdict in found.items() if one.is_of(name)]
            if {Verdict.EXPECTED, *FAILED} & set(verdicts):
                continue
            where = f"{self.path}:{one.line}: " if self.path else ""
            if {Verdict.PASS, Verdict.DEVIATION} & set(verdicts):
                yield Stale(one.id, f"{where}{one.id} does not fail; take it out")
            elif not verdicts:
                known = names()
                if not any(map(one.is_of, known)) and f".{WALK}." not in one.id:
                    near = did_you_mean(one.id, known)
                    near = near if "did you mean" in near else ""
                    yield Stale(one.id, f"{where}nothing that can be checked is called '{one.id}'{near}")


NOTHING_EXPECTED = Expectations()


def read_expectations(path: Path, environment: Mapping[str, str]) -> Expectations:
    """The expectations in a file. Raises ConfigurationError for whatever is wrong."""
    document = Document.read(path, environment, "expectations")
    for name in document.values:
        if name != SECTION:
            raise document.wrong((name,), "", f"no such table{did_you_mean(name, (SECTION,))}")
    found = []
    for place, item in enumerate(document.tables(SECTION)):
        known = item.of(("id", "why"))
        line = document.line_of((SECTION,), "", place) or 0
        found.append(Expectation(known.text("id"), known.text("why"), line))
        if not found[-1].id.removesuffix(ALL):
            raise known.wrong("id", "expected the name of a check or of a requirement; a star alone would be all")
        if not found[-1].why.strip():
            raise known.wrong("why", "expected a reason, which every report tells")
    return Expectations(tuple(found), path)
