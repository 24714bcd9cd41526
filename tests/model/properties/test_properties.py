"""The properties as a whole: how they are named, where they hold, and what their responses need."""

from __future__ import annotations

import re

import pytest

from payrelay.language.properties import Property, Responds
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import CONFIGURATIONS, FAULT_STORIES, REGISTRATION_STORIES
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build
from payrelay.verification.verdicts import necessary, verify

SMALL = ("happy", "benign", "claim_8_literally", "registration_stories")
"""The configurations whose every verdict is checked here; all of them are what `payrelay verify` is for."""
STATES = {"happy": 20, "benign": 332, "claim_8_literally": 702, "registration_stories": 9249}
FAIR = [prop for prop in PROPERTIES if any(isinstance(one, Responds) and one.under for one in prop.conjuncts)]


def test_names_and_labels_are_unique_and_readable() -> None:
    names, labels = [prop.name for prop in PROPERTIES], [prop.label for prop in PROPERTIES]
    assert len(set(names)) == len(names)
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)
    assert all(prop.says.endswith(".") for prop in PROPERTIES)
    assert all(prop.claims or prop.source for prop in PROPERTIES)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_everything_holds_where_it_applies(name: str) -> None:
    configuration = next(one for one in CONFIGURATIONS if one.name == name)
    report = verify(build(configuration), PROPERTIES)
    assert {verdict.result for verdict in report.verdicts} == {"holds", "not_applicable"}
    assert report.states == STATES[name]
    assert report.bound is None


@pytest.mark.slow
@pytest.mark.parametrize("prop", FAIR, ids=lambda prop: prop.label)
def test_every_fairness_assumption_is_necessary(prop: Property) -> None:
    """Without any one of them there is a run, printed as a lasso, on which the response never comes."""
    configuration: PaymentConfiguration = FAULT_STORIES.derived({"wallets": "1"})
    if 12 in prop.claims:
        configuration = REGISTRATION_STORIES
    found = necessary(build(configuration), prop)
    assert found
    assert [assumption.name for assumption, lasso in found if lasso is None] == []
