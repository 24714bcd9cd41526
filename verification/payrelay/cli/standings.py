"""Standings: what a property comes to over all configurations that were searched, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from payrelay.cli.exit_codes import ExitCode, together
from payrelay.cli.outcomes import Finding, Outcome

if TYPE_CHECKING:
    from payrelay.language.edits import Variant
    from payrelay.language.properties import Property

Word = Literal["violated", "inconclusive", "holds", "seen", "vacuous", "not_applicable", "wire"]
ORDER: tuple[Word, ...] = ("violated", "inconclusive", "holds", "seen", "vacuous")


@dataclass(frozen=True)
class Standing:
    """A property, and what was found of it."""

    property: Property
    findings: tuple[Finding, ...]

    @cached_property
    def word(self) -> Word:
        """Any violation, else any doubt; else it holds if it holds of something somewhere."""
        if self.property.level == "wire":
            return "wire"
        words: list[Word] = [word for word in ORDER if self.where(word)]
        return words[0] if words else "not_applicable"

    @cached_property
    def is_established(self) -> bool:
        """Whether it holds, and of something."""
        return self.word == "holds"

    def where(self, verdict: str) -> list[Finding]:
        """The findings of one verdict."""
        return [one for one in self.findings if one.verdict == verdict]

    @cached_property
    def shortest(self) -> Finding | None:
        """The violation that is told fastest."""
        return min(self.where("violated"), key=lambda one: len(one.trace.steps) if one.trace else 0, default=None)


def standings(properties: Iterable[Property], outcomes: Sequence[Outcome]) -> list[Standing]:
    """The standing of every property."""
    findings = [one for outcome in outcomes for one in outcome.findings]
    return [Standing(one, tuple(found for found in findings if found.property == one.name)) for one in properties]


def unestablished(found: Iterable[Standing], is_default_set: bool) -> list[Standing]:
    """The properties that nothing was found against, and that are not green either.

    In the default set every property has to hold of something somewhere, unless only a wire can show it.
    """
    words = {"inconclusive", "vacuous", *(["not_applicable"] if is_default_set else [])}
    return [one for one in found if one.word in words]


def survived(found: Iterable[Standing], variant: Variant | None) -> list[Standing]:
    """The properties that a faulty variant should have violated, and did not."""
    if variant is None:
        return []
    expected = [one for one in found if {one.property.name, one.property.label} & set(variant.violates)]
    return [one for one in expected if one.word != "violated"]


def exit_code(
    found: Sequence[Standing],
    outcomes: Sequence[Outcome],
    *,
    interrupted: bool = False,
    is_default_set: bool = False,
    variant: Variant | None = None,
) -> ExitCode:
    """The exit code of a search."""
    codes = [outcome.failure.code for outcome in outcomes if outcome.failure]
    if interrupted or any(outcome.interrupted for outcome in outcomes):
        codes.append(ExitCode.INTERRUPTED)
    if any(one.word == "violated" for one in found):
        codes.append(ExitCode.VIOLATED)
    if any(one.word not in ("inconclusive", "wire") for one in survived(found, variant)):
        codes.append(ExitCode.VIOLATED)
    if unestablished(found, is_default_set) or not any(one.word in ("holds", "violated") for one in found):
        codes.append(ExitCode.INCONCLUSIVE)
    return together(codes)
