"""The claims, and the properties that their elements stand on."""

import pytest

from payrelay.model.claims import CLAIMS, Claim
from payrelay.model.properties import PROPERTIES

NAMES = {one.name for one in PROPERTIES}


def named_by(claim: Claim) -> set[str]:
    return {name for element in claim.elements for name in element.properties}


def test_there_are_sixteen_claims() -> None:
    assert [claim.number for claim in CLAIMS] == list(range(1, 17))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim_{claim.number}")
def test_every_element_says_what_it_is_and_what_it_stands_on(claim: Claim) -> None:
    assert claim.elements
    for element in claim.elements:
        assert element.text
        assert element.model
        assert element.wire
        assert element.properties
        assert len(set(element.properties)) == len(element.properties)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim_{claim.number}")
def test_every_property_named_exists(claim: Claim) -> None:
    assert named_by(claim) <= NAMES


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim_{claim.number}")
def test_claims_and_properties_name_each_other(claim: Claim) -> None:
    assert named_by(claim) == {one.name for one in PROPERTIES if claim.number in one.claims}


def test_what_no_claim_speaks_of_names_its_source() -> None:
    assert [one.name for one in PROPERTIES if not one.claims and not one.source] == []


def test_claims_15_and_16_stand_without_claim_1() -> None:
    first, method, system = (CLAIMS[number - 1] for number in (1, 15, 16))
    assert method.elements[:5] == system.elements[:5] == first.elements[:5]


def test_claim_8_says_that_no_message_goes_to_a_settlement_institution() -> None:
    (institutions,) = (element for element in CLAIMS[7].elements if "settlement" in element.text)
    assert institutions.remark.startswith("edge declared, no message")
