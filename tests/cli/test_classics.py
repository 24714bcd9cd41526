"""Classics: each is a catalogue like that of the payment system."""

import pytest

from payrelay.cli.classics import CLASSICS, classic
from payrelay.verification.verdicts import verify


@pytest.mark.parametrize("name", CLASSICS)
def test_a_classic_can_be_searched_like_our_protocol(name: str) -> None:
    catalogue = classic(name)
    (configuration,) = catalogue.default_set
    report = verify(catalogue.system(configuration), catalogue.properties)
    assert catalogue.properties
    assert report.states > 1
