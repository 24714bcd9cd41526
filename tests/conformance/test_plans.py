"""Plans: which cases there are at a depth, and with what terminals can show."""

from __future__ import annotations

import pytest

from payrelay.conformance.checks import check
from payrelay.conformance.plans import PURPOSES, Plan
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.verdicts import Verdict
from payrelay.model.conversion import CAPABILITIES

FIRST, *OTHERS = CAPABILITIES


def plan(party: str, *others: str) -> Plan:
    """That of a party at smoke, with further capabilities."""
    return Plan(frozenset([party]), "plain", FIRST, 1, 1_800_000_000, depth="smoke", other_capabilities=others)


def test_of_each_further_capability_all_goes_well_is_tried() -> None:
    of = plan("relay", *OTHERS)
    assert of.capabilities == tuple(CAPABILITIES)
    first = [part.purpose for part in of.parts if part.stages is None]
    further = [part for part in of.parts if part.setting.configuration.capability != FIRST]
    assert [part.purpose for part in further] == [f"{name}_{one}" for one in OTHERS for name in first]
    assert [one.purpose for one in of.parts if one not in further] == [
        name for name, (_, parties) in PURPOSES.items() if "relay" in parties
    ]
    assert {part.stages for part in further} == {frozenset({"paths"})}


def test_whom_no_page_concerns_no_capability_does() -> None:
    of = plan("payment", *OTHERS)
    assert of.capabilities == (FIRST,)
    assert [part.purpose for part in of.parts] == [part.purpose for part in plan("payment").parts]


@pytest.mark.parametrize("capability", [OTHERS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS[1:])])
def test_a_relay_does_well_with_each(capability: str) -> None:
    of = plan("relay", capability)
    for part in of.parts:
        if part.setting.configuration.capability == capability:
            natural = next(part.generator.cases(["paths"]))
            assert natural.id == f"{part.purpose}.path.natural"
            assert check(natural, Rehearsals(part.setting)).verdict is Verdict.PASS
