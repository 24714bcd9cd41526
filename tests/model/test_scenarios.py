"""The scenarios: each has a name of its own, a sentence, and a configuration that there is. (That the model has them
is tested where they are staged.)"""

import pytest

from payrelay.language.scenarios import Scenario
from payrelay.model.configurations import CONFIGURATIONS
from payrelay.model.scenarios import FAMILIES, SCENARIOS
from payrelay.model.variants import VARIANTS

NAMES = [one.name for one in (*SCENARIOS, *FAMILIES)]


def test_every_name_is_there_once() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert not set(NAMES) & {one.name for one in VARIANTS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_it_is_a_sentence_in_a_configuration(scenario: Scenario) -> None:
    assert scenario.says.endswith(".")
    name, *settings = scenario.configuration.split()
    (of,) = [one for one in CONFIGURATIONS if one.name == name]
    derived = of.derived(dict(setting.split("=") for setting in settings)) if settings else of
    assert not derived.is_unbounded  # where every message is there once
    assert scenario.turns


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)
def test_a_family_is_of_scenarios_in_one_configuration(family: object) -> None:
    (found,) = [one for one in FAMILIES if one is family]
    members = [one for one in SCENARIOS if one.name in found.scenarios]
    assert len(members) == len(found.scenarios) > 1
    assert len({one.configuration for one in members}) == 1
