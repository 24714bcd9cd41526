"""Material: every scenario is told as a log, and the log is held against the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from docs.documents import DocumentError
from docs.search_evidence import Evidence, digest_of_sources
from docs.site import material as module
from docs.site import scenarios
from docs.site.material import Material, log_of, story
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.exhibits import Exhibits
from payrelay.language.observations import RECEIVED, SENT, Event, event_from_line
from payrelay.language.systems import System
from payrelay.language.traces import Trace

from .conftest import FEW


def test_a_log_tells_what_is_sent_and_what_is_received(material: Material) -> None:
    happy = material.stories[0]
    assert [one.name for one in material.stories] == list(FEW)
    received = [step.n for step in happy.trace.steps if step.kind == "deliver"]
    assert [step for step, event in happy.events if event.direction == RECEIVED] == received
    assert sum(event.direction == SENT for _, event in happy.events) == sum(len(s.sends) for s in happy.trace.steps)
    assert [event_from_line(line).link for line in happy.log.splitlines()] == [one.link for _, one in happy.events]


def test_what_a_receiver_fills_in_is_in_no_log(material: Material) -> None:
    authorization = [
        event.message["fields"]
        for _, event in material.stories[0].events
        if event.message and event.message["message"] == "AuthorizationRequest"
    ]
    assert len(authorization) == 2
    assert not any({"issuer", "validity"} & set(fields) for fields in authorization)


def test_lost_messages_are_sent_and_never_received(catalogue: Catalogue) -> None:
    lost = story(catalogue, next(one for one in catalogue.scenarios if one.name == "lost_result"))
    directions = [one.direction for _, one in lost.events if one.message and one.message["message"] == "ResultInfo"]
    assert directions == [SENT, SENT, RECEIVED]


def test_every_log_is_explained_and_exhibits_by_an_event_of_its_own(material: Material) -> None:
    for one in material.stories:
        assert one.checked.verdict == "explained"
        shown = [of for elements in one.shown.values() for of in elements if of.step is not None]
        assert shown
        assert all((of.step, of.event) in one.events for of in shown)


def test_invalid_log_is_no_scenario(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def altered(system: System, trace: Trace) -> Iterator[tuple[int, Event]]:
        for number, event in log_of(system, trace):
            yield number, event._replace(receiver="wallet-1") if event.receiver == "payment" else event

    monkeypatch.setattr(module, "log_of", altered)
    with pytest.raises(DocumentError, match="happy_path: check-trace does not explain its log"):
        story(catalogue, catalogue.scenarios[0])


def test_every_machine_belongs_to_a_party(material: Material) -> None:
    assert set(material.parties) == {"terminal", "relay", "shop", "wallet", "payment", "authority"}
    named = [one.role for machines in material.parties.values() for one in machines]
    assert sorted(named, key=str) == sorted(material.catalogue.roles, key=str)


def test_a_violation_that_takes_no_run_is_none(material: Material) -> None:
    prop = material.property_named("at_most_one_debit_an_attempt")
    assert "broken_payment_not_idempotent" in material.variants_against(prop)
    assert material.violation("broken_wallet_lies", prop) is None
    emits = material.property_named("the_terminal_emits_no_payment_information")
    assert material.violation("broken_terminal_emits_info", emits) is not None


@pytest.mark.parametrize(
    ("evidence", "warned"),
    [(None, True), (Evidence({"sources": "sha256:old"}), True), (Evidence({"sources": digest_of_sources()}), False)],
    ids=["none", "stale", "current"],
)
def test_verdicts_of_another_model_are_said_to_be(catalogue: Catalogue, evidence: Evidence, warned: bool) -> None:
    assert ("{warning}" in Material(catalogue, evidence, ()).warning) is warned


def test_a_story_has_a_page_even_if_it_exhibits_nothing(material: Material) -> None:
    happy = material.stories[0]
    silent = replace(happy, checked=replace(happy.checked, exhibits=Exhibits(material.catalogue)))
    told = dict(scenarios.pages(replace(material, stories=(silent,))))
    assert "exhibits no element of a claim" in told["scenarios/happy_path.md"]
