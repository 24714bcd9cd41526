"""Whole runs: every named scenario goes over the wire, with other values, and comes to the same steps."""

import pytest
from tests.wire.runs import run_of

from payrelay.language.scenarios import Scenario
from payrelay.model.data import SECURITIES
from payrelay.model.scenarios import SCENARIOS

SEEN: set[str] = set()


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_a_scenario_comes_to_the_same_steps(scenario: Scenario, security: str) -> None:
    run, happenings = run_of(scenario, security)
    for happening in happenings:
        wanted, found = run.take(happening)
        assert found == wanted
    assert run.deliveries
