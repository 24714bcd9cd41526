"""The pages of roles, scenarios and claims: nothing of the model is left out of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from docs.search_evidence import evidence_in
from docs.site import claims, roles, scenarios
from docs.site.drawings import figure, link_to_file, toctree
from docs.site.material import Material
from payrelay.cli.words import in_words
from payrelay.model.claims import CLAIMS, Claim

from .conftest import FEW, ran

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def witnesses(material: Material) -> claims.Witnesses:
    return claims.Witnesses(material)


@pytest.fixture(scope="module")
def pages(material: Material, witnesses: claims.Witnesses) -> dict[str, str]:
    return {
        **dict(roles.pages(material)),
        **dict(scenarios.pages(material)),
        **dict(claims.pages(material, witnesses)),
    }


def test_there_is_a_page_for_each(pages: dict[str, str], material: Material) -> None:
    wanted = {f"roles/{party}.md" for party in material.parties}
    wanted |= {f"scenarios/{one.name}.md" for one in material.stories}
    wanted |= {f"claims/claim-{claim.number}.md" for claim in CLAIMS}
    assert set(pages) == wanted | {f"{folder}/index.md" for folder in ("roles", "scenarios", "claims")}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_a_claim_is_told_element_by_element(claim: Claim, pages: dict[str, str], material: Material) -> None:
    _, *elements = pages[f"claims/claim-{claim.number}.md"].split("## Element ")
    assert len(elements) == len(claim.elements)
    for text, element in zip(elements, claim.elements, strict=True):
        for told in (element.text, element.model, element.wire, element.remark, "**check-trace**"):
            assert told in text
        for prop in map(material.property_named, element.properties):
            assert f"* **{prop.label}** `{prop.name}`: {prop.says}" in text
            assert all(f"`{name}`" in text for name in material.variants_against(prop))


def test_an_element_is_exhibited_by_an_event_of_a_scenario(pages: dict[str, str]) -> None:
    text = pages["claims/claim-10.md"]
    assert "[keep_alive](../scenarios/keep_alive.md): `ProgressSummary`, sent in step 13, relay to terminal-1" in text
    assert "No event can show it; one can refute it." in text


def test_a_claim_that_no_event_can_show_has_a_run_that_breaks_it(witnesses: claims.Witnesses) -> None:
    broken = witnesses.of_claims[2]
    assert broken.violation is not None
    assert not broken.scenario
    assert dict(claims.files(witnesses))["pictures/claim-2.svg"].startswith("<?xml")
    assert witnesses.of_claims[13].scenario == "registration"


def test_verdicts_are_those_of_the_evidence(material: Material) -> None:
    with_evidence = replace(material, evidence=evidence_in(DOCS))
    assert with_evidence.evidence is not None
    text = dict(claims.pages(with_evidence, claims.Witnesses(with_evidence)))
    for verdict in with_evidence.evidence.claims.claims:
        assert f"Verdict: **{in_words(verdict.verdict)}**" in text[f"claims/claim-{verdict.number}.md"]


def test_a_role_has_each_of_its_machines(pages: dict[str, str], material: Material) -> None:
    for party, machines in material.parties.items():
        text = pages[f"roles/{party}.md"]
        for one in machines:
            assert f"\n## {one.table.name}\n" in text
            assert f"pictures/{one.table.name}.svg" in text
            assert all(f"`{state}`" in text for state in one.table.states)
        for link in material.links:
            if party in link.ends:
                assert all(f"`{kind.__name__}`" in text for kind in link.carries)


def test_what_a_link_carries_in_some_configurations_is_there_and_said_so(pages: dict[str, str]) -> None:
    for party in ("relay", "payment"):
        text = pages[f"roles/{party}.md"]
        assert "| `SettlementStatusInquiry` | relay → payment" in text
        assert "It carries something in `claim_8_literally` only." in text
    assert "It carries something in" not in pages["roles/shop.md"]


def test_a_scenario_has_its_steps_and_its_files(pages: dict[str, str], material: Material) -> None:
    files = dict(scenarios.files(material))
    for one in material.stories:
        text = pages[f"scenarios/{one.name}.md"]
        assert one.scenario.says in text
        assert f"\n{one.trace.steps[-1].n:>2}. " in text
        wanted = {f"pictures/{one.name}.svg", f"steps/{one.name}.html", f"traces/{one.name}.json"}
        assert wanted | {f"logs/{one.name}.ndjson"} <= set(files)
        assert all(f"../{file}" in text for file in wanted)


@pytest.mark.slow
def test_pictures_are_well_formed(material: Material) -> None:
    pictures = {**dict(roles.files(material)), **dict(scenarios.files(material))}
    for name, text in pictures.items():
        if name.endswith(".svg"):
            assert ET.fromstring(text.encode()).tag == "{http://www.w3.org/2000/svg}svg"
    assert {"pictures/network.svg", "pictures/relay.seen.svg", "pictures/relay_procedure.svg"} <= set(pictures)


DIGEST = """
import hashlib
from docs.documents import DOCS
from docs.search_evidence import evidence_in
from docs.site import claims, roles, scenarios
from docs.site.material import Material, story
from payrelay.cli.catalogue import payments
catalogue = payments()
stories = tuple(story(catalogue, one) for one in catalogue.scenarios if one.name in NAMES)
material = Material(catalogue, evidence_in(DOCS), stories)
witnesses = claims.Witnesses(material)
texts = [*roles.pages(material), *scenarios.pages(material), *scenarios.files(material)]
texts += [*claims.pages(material, witnesses), *claims.files(witnesses)]
print(len(texts), hashlib.sha256(repr(texts).encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_model_gives_the_same_pages() -> None:
    code = DIGEST.replace("NAMES", repr(FEW))
    one, other = (ran("-c", code, PYTHONHASHSEED=seed) for seed in "12")
    assert (one.returncode, one.stderr) == (0, "")
    assert one.stdout == other.stdout


def test_texts_beside_pictures_are_escaped() -> None:
    assert 'alt="a &quot;b&quot; &lt;c&gt; &amp; d"' in figure("x", 'a "b" <c> & d')
    assert "<figcaption>" not in figure("x", "a")
    assert "<figcaption>1 &lt; 2</figcaption>" in figure("x", "a", "1 < 2")
    assert link_to_file("steps", "a.html", "a < b") == '<a href="../steps/a.html">a &lt; b</a>'
    assert toctree(["a", "b"]).splitlines()[-3:] == ["a", "b", "```"]
