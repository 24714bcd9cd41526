"""Claim verdicts: what the searches say of each element of each claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.exit_codes import ExitCode, together
from payrelay.cli.outcomes import Outcome
from payrelay.cli.searching import Job, Progress, search
from payrelay.cli.selection import property_named
from payrelay.cli.standings import Standing, standings
from payrelay.language.configurations import Configuration

if TYPE_CHECKING:
    from payrelay.language.edits import Edit
    from payrelay.language.properties import Property
    from payrelay.model.claims import Claim, Element

Word = Literal["violated", "inconclusive", "holds", "wire", "not_applicable"]

NO_OPINION = (
    "This reads the model beside the words of the claims; it is no opinion on the scope, the validity or the "
    "infringement of any patent."
)


@dataclass(frozen=True)
class ElementVerdict:
    """An element of a claim, and how the properties stand that it leans on."""

    element: Element
    standings: tuple[Standing, ...]

    @property
    def verdict(self) -> Word:
        """Violated if any property is; it holds if all do that a search can decide."""
        words = {one.word for one in self.standings}
        if "violated" in words:
            return "violated"
        decided = words - {"wire"}
        if decided == {"holds"}:
            return "holds"
        if decided and decided != {"not_applicable"}:
            return "inconclusive"
        return "wire" if words == {"wire"} else "not_applicable"

    @property
    def wire_only(self) -> tuple[str, ...]:
        """The properties that only a wire can show."""
        return tuple(one.property.name for one in self.standings if one.word == "wire")

    def value(self) -> dict[str, Any]:
        """The element as JSON."""
        return {
            "text": self.element.text,
            "model": self.element.model,
            "properties": [one.property.name for one in self.standings],
            "verdict": self.verdict,
            "wire": self.element.wire,
            "verdicts": {one.property.name: one.word for one in self.standings},
            "wire_only": list(self.wire_only),
            "remark": self.element.remark or None,
        }


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim, element by element."""

    number: int
    elements: tuple[ElementVerdict, ...]

    @property
    def verdict(self) -> Word:
        """The worst of its elements; what only a wire shows, or has no property, does not count against it."""
        order: tuple[Word, ...] = ("violated", "inconclusive", "holds", "wire")
        words: list[Word] = [word for word in order if any(one.verdict == word for one in self.elements)]
        return words[0] if words else "not_applicable"


@dataclass(frozen=True)
class ClaimsReport:
    """All claims, and the searches that they were judged by."""

    claims: tuple[ClaimVerdict, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def violated(self) -> tuple[int, ...]:
        """The numbers of the claims of which some element is violated."""
        return tuple(claim.number for claim in self.claims if claim.verdict == "violated")

    def exit_code(self, interrupted: bool = False) -> ExitCode:
        """The exit code. An element that some property does not support is not green."""
        codes = [outcome.failure.code for outcome in self.outcomes if outcome.failure]
        words = {one.verdict for claim in self.claims for one in claim.elements}
        applied_nowhere = any(
            one.word == "not_applicable" for claim in self.claims for of in claim.elements for one in of.standings
        )
        if interrupted or any(outcome.interrupted for outcome in self.outcomes):
            codes.append(ExitCode.INTERRUPTED)
        if "violated" in words:
            codes.append(ExitCode.VIOLATED)
        if "inconclusive" in words or applied_nowhere or not words & {"holds", "violated"}:
            codes.append(ExitCode.INCONCLUSIVE)
        return together(codes)

    def value(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "schema_version": 1,
            "kind": "claims",
            "claims": [
                {
                    "claim": claim.number,
                    "verdict": claim.verdict,
                    "elements": [one.value() for one in claim.elements],
                }
                for claim in self.claims
            ],
            "configurations": [outcome.value() for outcome in self.outcomes],
            "sentence": NO_OPINION,
        }


def properties_of_claims(catalogue: Catalogue) -> tuple[Property, ...]:
    """The properties that some claim leans on. Raises UsageError for a name that is none."""
    names = {
        property_named(catalogue, name).name
        for claim in catalogue.claims
        for of in claim.elements
        for name in of.properties
    }
    return catalogue.properties_of(tuple(names))


def judge(catalogue: Catalogue, outcomes: Sequence[Outcome]) -> ClaimsReport:
    """What these searches say of the claims."""
    found = {one.property.name: one for one in standings(properties_of_claims(catalogue), outcomes)}

    def verdict(claim: Claim) -> ClaimVerdict:
        return ClaimVerdict(
            claim.number,
            tuple(
                ElementVerdict(of, tuple(found[property_named(catalogue, name).name] for name in of.properties))
                for of in claim.elements
            ),
        )

    return ClaimsReport(tuple(map(verdict, catalogue.claims)), tuple(outcomes))


def claims_report(
    catalogue: Catalogue,
    *,
    edits: tuple[Edit, ...] = (),
    configurations: Sequence[Configuration] | None = None,
    states: int | None = None,
) -> ClaimsReport:
    """Search in this process, the default set if nothing else is named, and judge the claims.

    With edits, it is the edited model that is searched: break one property by an edit, and see which claims turn.
    """
    names = tuple(one.name for one in properties_of_claims(catalogue))
    searched = catalogue.default_set if configurations is None else configurations
    jobs = [Job(configuration=one, properties=names, states=states) for one in searched]
    return judge(catalogue, [search(job, catalogue, _quietly, edits) for job in jobs])


def _quietly(_progress: Progress) -> None:
    """Show nothing."""
