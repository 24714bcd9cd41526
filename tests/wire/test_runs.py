"""Whole runs: every named scenario goes over the wire, with other values, and comes to the same steps."""

from dataclasses import replace

import pytest
from tests.wire.runs import run_of

from payrelay.language.scenarios import Scenario
from payrelay.model.data import SECURITIES
from payrelay.model.messages.purchase import PaymentRequest
from payrelay.model.scenarios import SCENARIOS
from payrelay.wire.certificates import USER, Roots


@pytest.mark.slow
@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_a_scenario_comes_to_the_same_steps(scenario: Scenario, security: str) -> None:
    run, happenings = run_of(scenario, security)
    for happening in happenings:
        wanted, found = run.take(happening)
        assert found == wanted
    assert run.deliveries


def test_invalid_trust_comes_to_other_steps() -> None:
    (scenario,) = [one for one in SCENARIOS if one.name == "happy_path"]
    run, happenings = run_of(scenario, "hardened")
    trusted = run.rings["shop"].roots.trusted
    without_users = {purpose: roots for purpose, roots in trusted.items() if purpose != USER}
    run.rings["shop"] = replace(run.rings["shop"], roots=Roots(without_users))
    for happening in happenings:
        if isinstance(happening.message, PaymentRequest):
            with pytest.raises(ValueError, match="shorter"):  # nothing is sent, where the model goes on
                run.take(happening)
            return
        wanted, found = run.take(happening)
        assert found == wanted
    raise AssertionError("no payment was requested")
