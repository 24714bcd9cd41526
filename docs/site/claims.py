"""Claims: a page for each, element by element: what it stands on, what the searches say, and a run that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from docs.search_evidence import where_found
from docs.site.drawings import PICTURES, drawn, figure, toctree
from docs.site.material import Material, Story
from docs.site.scenarios import in_words_of
from docs.tables import table
from payrelay.cli.claim_verdicts import NO_OPINION, ClaimVerdict, ElementVerdict
from payrelay.cli.runs import Runs
from payrelay.cli.standings import Standing
from payrelay.cli.words import in_words
from payrelay.model.claims import Claim, Element


@dataclass(frozen=True)
class Witness:
    """What is drawn for a claim: a scenario that shows it, or a faulty variant that breaks it."""

    picture: str
    caption: str
    scenario: str = ""
    violation: Runs | None = None
    """The run of the faulty variant, which has no picture yet."""


class Witnesses:
    """A witness for each claim."""

    def __init__(self, material: Material) -> None:
        self.material = material

    @cached_property
    def of_claims(self) -> dict[int, Witness]:
        """By number."""
        return {claim.number: self._shown(claim) or self._broken(claim) for claim in self.material.catalogue.claims}

    def _shown(self, claim: Claim) -> Witness | None:
        """The first of the scenarios that exhibit most of it."""

        def exhibited(story: Story) -> tuple[int, int]:
            words = [one.verdict for one in story.shown[claim.number]]
            return words.count("exhibited"), words.count("partly_exhibited")

        best = max(self.material.stories, key=exhibited)
        whole, part = exhibited(best)
        if not whole + part:
            return None
        counted = [f"{whole} of its {len(claim.elements)} elements"] if whole else []
        counted += [f"{part} in part"] if part else []
        return Witness(best.name, f"{best.name} exhibits {', '.join(counted)}.", best.name)

    def _broken(self, claim: Claim) -> Witness:
        """No event shows that something never happens; so here it does."""
        for element in claim.elements:
            for prop in map(self.material.property_named, element.properties):
                for variant in self.material.variants_against(prop):
                    if runs := self.material.violation(variant, prop):
                        caption = f"No event can show this claim, only break it, as {variant} does."
                        return Witness(f"claim-{claim.number}", caption, violation=runs)
        first = self.material.stories[0].name
        return Witness(first, f"No event can show this claim, nor break it: {first}, in which it has its place.", first)


def pages(material: Material, witnesses: Witnesses) -> Iterator[tuple[str, str]]:
    """The pages, by file."""
    yield "claims/index.md", _index(material, witnesses)
    for claim in material.catalogue.claims:
        yield f"claims/claim-{claim.number}.md", _page(material, claim, witnesses.of_claims[claim.number])


def files(witnesses: Witnesses) -> Iterator[tuple[str, str]]:
    """The pictures of what breaks a claim, by file."""
    for witness in witnesses.of_claims.values():
        if witness.violation:
            yield f"{PICTURES}/{witness.picture}.svg", drawn(witness.violation)


def _verdicts(material: Material) -> dict[int, ClaimVerdict]:
    return {one.number: one for one in material.evidence.claims.claims} if material.evidence else {}


def _index(material: Material, witnesses: Witnesses) -> str:
    verdicts = _verdicts(material)
    rows = (
        (
            f"[claim {claim.number}](claim-{claim.number}.md)",
            in_words(verdicts[claim.number].verdict) if verdicts else "",
            str(len(claim.elements)),
            witnesses.of_claims[claim.number].caption,
        )
        for claim in material.catalogue.claims
    )
    return (
        f"# Claims\n\n{NO_OPINION}\n\n{material.warning}"
        + f"{table(('claim', 'verdict', 'elements', 'a run that shows it'), rows)}\n"
        + toctree([f"claim-{claim.number}" for claim in material.catalogue.claims])
    )


def _page(material: Material, claim: Claim, witness: Witness) -> str:
    found = _verdicts(material).get(claim.number)
    text = f"# Claim {claim.number}\n\n{material.warning}"
    text += f"Verdict: **{in_words(found.verdict)}**. " if found else ""
    text += f"{NO_OPINION}\n\n{figure(witness.picture, witness.caption, witness.caption)}\n"
    if witness.scenario:
        text += f"Step by step: the scenario [{witness.scenario}](../scenarios/{witness.scenario}.md).\n\n"
    for number, element in enumerate(claim.elements, 1):
        text += f"## Element {number}\n\n> {element.text}\n\n"
        text += _element(material, claim, number - 1, found.elements[number - 1] if found else None, element)
    return text


def _element(material: Material, claim: Claim, place: int, found: ElementVerdict | None, element: Element) -> str:
    rows = [("in the model", element.model)]
    rows += [("verdict", f"**{in_words(found.verdict)}**")] if found else []
    rows += [("on a wire", element.wire), ("check-trace", _shown(material, claim, place))]
    rows += [("remark", element.remark)] if element.remark else []
    rows += [("properties", "none of its own")] if not element.properties else []
    text = "".join(f"* **{word}**: {says}\n" for word, says in rows) + "\n"
    standings = {one.property.name: one for one in found.standings} if found else {}
    for prop in map(material.property_named, element.properties):
        text += f"* **{prop.label}** `{prop.name}`: {prop.says}\n"
        text += f"  * {_verdict(standings[prop.name])}\n" if standings else ""
        if variants := material.variants_against(prop):
            text += f"  * broken by {', '.join(f'`{name}`' for name in variants)}\n"
    return f"{text}\n"


def _verdict(standing: Standing) -> str:
    where = where_found(standing)
    return f"{in_words(standing.word)} in {where}" if where else in_words(standing.word)


def _shown(material: Material, claim: Claim, place: int) -> str:
    """By which events the scenarios exhibit an element."""
    all_ = {one.name: one.shown[claim.number][place] for one in material.stories}
    if all(one.verdict == "not_exhibitable" for one in all_.values()):
        return "No event can show it; one can refute it."
    whole = [name for name, one in all_.items() if one.verdict == "exhibited"]
    partly = [name for name, one in all_.items() if one.verdict == "partly_exhibited"]
    if not whole + partly:
        return "No scenario exhibits it."
    first, *others = whole or partly
    text = f"[{first}](../scenarios/{first}.md): {in_words_of(all_[first])}"
    return f"{text}; and {len(others)} more scenarios" if others else text
