"""The properties of registration: they hold, and each is violated by its variant."""

from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.properties import Possible, Property, Resettable, Responds
from payrelay.model.conversion import FormField
from payrelay.model.properties.registration import (
    REGISTRATION_PROPERTIES,
    auth_info_forwarded,
    hidden_questions,
    registration_can_finish,
    registration_completes,
)
from payrelay.model.variants.registration import REGISTRATION_VARIANTS
from payrelay.verification.engines.exploration import Graph, Limits
from payrelay.verification.liveness.decisions import Liveness, is_possible

BY_NAME = {p.name: p for p in REGISTRATION_PROPERTIES}
VARIANTS = {variant.name: variant for variant in REGISTRATION_VARIANTS}


def settings_of(configuration: str) -> dict[str, Any]:
    """The settings behind the name of a configuration."""
    pairs = (setting.split("=") for setting in configuration.split()[1:])
    return {key: int(value) for key, value in pairs}


def test_names_and_labels_are_distinct_and_variants_exist() -> None:
    assert len(BY_NAME) == len({p.label for p in REGISTRATION_PROPERTIES}) == len(REGISTRATION_PROPERTIES)
    assert {p.variant for p in REGISTRATION_PROPERTIES} <= {"", *VARIANTS}
    assert {name for variant in REGISTRATION_VARIANTS for name in variant.violates} <= set(BY_NAME)
    without = {p.label for p in REGISTRATION_PROPERTIES if not p.variant}
    assert without == {"P37"}  # a check of a function


@pytest.mark.slow
def test_the_properties_hold_under_every_fault(registrations: SimpleNamespace) -> None:
    _, found = registrations.explored(registrations.configured(), REGISTRATION_PROPERTIES)
    assert (found.bound, found.violations) == (None, {})


@pytest.mark.parametrize("capability", ["plain_text", "compact_html"])
@pytest.mark.parametrize("faults", [{}, {"losses": 1}, {"crashes": 1, "crashing": ("relay",)}], ids=str)
def test_the_properties_hold(registrations: SimpleNamespace, capability: str, faults: dict[str, Any]) -> None:
    configuration = registrations.configured(semantics="budgeted", capability=capability, **faults)
    graph = Graph()
    engine, found = registrations.explored(configuration, REGISTRATION_PROPERTIES, graph=graph)
    assert (found.bound, found.violations) == (None, {})
    liveness = Liveness(engine, graph)
    assert all(is_possible(engine, found.fired, conjunct) for conjunct in of(registration_completes, Possible))
    assert [liveness.stuck(conjunct) for conjunct in of(registration_can_finish, Resettable)] == [None]
    assert [liveness.lasso(conjunct) for conjunct in of(auth_info_forwarded, Responds)] == [None]


def test_both_fairness_assumptions_are_needed(registrations: SimpleNamespace) -> None:
    graph = Graph()
    engine, _ = registrations.explored(registrations.configured(semantics="budgeted", losses=1), graph=graph)
    (conjunct,) = of(auth_info_forwarded, Responds)
    assert all(lasso is not None for _, lasso in Liveness(engine, graph).necessary(conjunct))


def of(property: Property, kind: type) -> list[Any]:
    """The conjuncts of a kind."""
    return [conjunct for conjunct in property.conjuncts if isinstance(conjunct, kind)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "broken_registration_forwarding"])
def test_a_variant_is_seen(registrations: SimpleNamespace, name: str) -> None:
    variant = VARIANTS[name]
    configuration = registrations.configured(cancels=False, **settings_of(variant.configuration))
    properties = [BY_NAME[violated] for violated in variant.violates]
    engine, found = registrations.explored(configuration, properties, variant.edits, limits=Limits(states=40_000))
    assert {engine.watched[number].property.name for number in found.violations} == set(variant.violates)


@pytest.mark.slow
def test_every_conjunct_is_violated_by_some_variant(registrations: SimpleNamespace) -> None:
    seen: dict[str, set[int]] = {}
    for variant in REGISTRATION_VARIANTS:
        configuration = registrations.configured(cancels=False, **settings_of(variant.configuration))
        properties = [BY_NAME[violated] for violated in variant.violates]
        engine, found = registrations.explored(configuration, properties, variant.edits, limits=Limits(states=20_000))
        for watched in (engine.watched[number] for number in found.violations):
            seen.setdefault(watched.property.label, set()).add(watched.position)
    assert {label: sorted(places) for label, places in seen.items()} == {
        "P33": [0],
        "P7g": [0],
        "P34": [0],  # no shop and no payment server takes part
        "P34k": [0],
        "P35": [0, 1],
        "P36": [0],
        "P37a": [0, 1],
        "P38": [1],
        "X13": [0],
        "X13n": [0],
        "X13t": [0, 1, 2],
        "X13c": [0],
        "X13h": [0],
    }


def test_a_relay_that_forwards_nothing_is_seen(registrations: SimpleNamespace) -> None:
    variant = VARIANTS["broken_registration_forwarding"]
    graph = Graph()
    engine, _ = registrations.explored(registrations.configured(semantics="budgeted"), edits=variant.edits, graph=graph)
    liveness = Liveness(engine, graph)
    assert [liveness.lasso(conjunct) for conjunct in of(auth_info_forwarded, Responds)] != [None]
    assert [liveness.stuck(conjunct) for conjunct in of(registration_can_finish, Resettable)] != [None]


@pytest.mark.parametrize("capability", ["html", "compact_html", "plain_text", "json"])
def test_no_required_question_is_hidden(registrations: SimpleNamespace, capability: str) -> None:
    assert hidden_questions(registrations.build(registrations.configured(capability=capability))) is None


def test_a_hidden_question_is_named(registrations: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    long = FormField("essay", "x" * 41, required=True)
    monkeypatch.setattr("payrelay.model.registration.FORM", (long,))
    system = registrations.build(registrations.configured())
    assert hidden_questions(system) == "authority asks 'essay', and no page of text/plain shows it"


def test_optional_questions_may_be_hidden(registrations: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = (FormField("essay", "x" * 41), FormField("holder", "Name", required=True))
    monkeypatch.setattr("payrelay.model.registration.FORM", fields)
    assert hidden_questions(registrations.build(registrations.configured())) is None
