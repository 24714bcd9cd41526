"""Every faulty variant violates what it says it does; so every check can fail."""

from __future__ import annotations

import pytest

from payrelay.language.edits import Variant
from payrelay.language.properties import Never, Possible, Property
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import CONFIGURATIONS
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build
from payrelay.model.variants import VARIANTS
from payrelay.model.variants.money import WALLET_NOT_IDEMPOTENT
from payrelay.model.variants.pages import WALLET_LIES
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.verdicts import Verdict, verify

BY_NAME = {prop.name: prop for prop in PROPERTIES}
SEARCHED = [prop for prop in PROPERTIES if prop.level == "searched"]
"""Configurations that take long; what is searched in them is left to the slow tests."""


def configured(text: str) -> PaymentConfiguration:
    """A named configuration, with settings."""
    name, *settings = text.split()
    base = next(one for one in CONFIGURATIONS if one.name == name)
    return base.derived(dict(setting.split("=", 1) for setting in settings)) if settings else base


def judged(variant: Variant, prop: Property) -> Verdict:
    """The verdict on one property in a faulty system."""
    system = build(configured(variant.configuration), variant.edits)
    return verify(system, [prop], limits=Limits(violations=1)).verdicts[0]


CASES = [
    pytest.param(variant, name, id=f"{variant.name}-{BY_NAME[name].label}")
    for variant in VARIANTS
    for name in variant.violates
]


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "name"), CASES)
def test_a_faulty_variant_violates_its_property(variant: Variant, name: str) -> None:
    verdict = judged(variant, BY_NAME[name])
    assert verdict.result == "violated"
    if not any(isinstance(conjunct, Possible) for conjunct in BY_NAME[name].conjuncts) and verdict.trace is None:
        assert verdict.reason


@pytest.mark.parametrize("prop", SEARCHED, ids=lambda prop: prop.label)
def test_every_searched_property_has_a_variant_that_violates_it(prop: Property) -> None:
    """No property is believed that cannot fail; least of all one that says never."""
    assert prop.name in next(variant for variant in VARIANTS if variant.name == prop.variant).violates


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "label", "places"),
    [
        ("broken_stranger_pays", "P1w", [1]),
        ("broken_other_certificate", "P1w", [0]),
        ("broken_expired_paid", "P1w", [2]),
        ("broken_request_for_other_order", "P3", [0]),
        ("broken_request_twice", "P3", [1]),
        ("broken_other_wallet_chosen", "P39", [1]),
        ("broken_offer_passed_over", "P39", [2]),
        ("broken_no_choice", "P39", [3]),
        ("broken_option_invented", "P39o", [1]),
        ("broken_choice_beyond_page", "P39o", [2]),
        ("broken_options_renumbered", "P39o", [4]),
        ("broken_page_kept", "P16", [0]),
        ("broken_progress_for_confirmation", "P16", [0]),
        ("broken_choice_kept", "P16", [1]),
        ("broken_result_page_kept", "P16", [2]),
        ("broken_form_kept", "P16", [3]),
        ("broken_answer_to_another_terminal", "X9", [1]),
        ("broken_expired_order_paid", "X15", [1]),
    ],
)
def test_each_part_of_a_property_can_fail_alone(name: str, label: str, places: list[int]) -> None:
    """Of a property that says several things, each has a variant that violates it and none of the others."""
    variant = next(one for one in VARIANTS if one.name == name)
    prop = next(one for one in PROPERTIES if one.label == label)
    verdict = verify(build(configured(variant.configuration), variant.edits), [prop]).verdicts[0]
    assert [place for place, judged in enumerate(verdict.conjuncts) if judged.result == "violated"] == places


def test_every_never_is_among_them() -> None:
    nevers = [prop for prop in SEARCHED if any(isinstance(one, Never) for one in prop.conjuncts)]
    assert len(nevers) == 19
    assert all(prop.variant for prop in nevers)


def test_the_names_of_the_variants_say_that_they_are_broken() -> None:
    assert all(variant.name.startswith("broken_") for variant in VARIANTS)
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)


@pytest.mark.slow
def test_a_wallet_that_alone_is_not_idempotent_is_masked() -> None:
    """Shop and payment server make up for it: no property sees it, and none says that it did."""
    money = [BY_NAME[name] for name in ("at_most_one_debit_an_attempt", "no_result_lies")]
    system = build(configured(WALLET_NOT_IDEMPOTENT.configuration), WALLET_NOT_IDEMPOTENT.edits)
    assert [verdict.result for verdict in verify(system, money).verdicts] == ["holds", "holds"]


def test_a_lying_wallet_is_found_out_by_a_relay_that_compares() -> None:
    """The same lie as in broken_wallet_lies; but the relay compares, and the user never sees the other amount."""
    prop = BY_NAME["no_debit_without_the_user_s_consent_to_it"]
    system = build(configured("happy"), [WALLET_LIES])
    assert verify(system, [prop]).verdicts[0].result == "not_applicable"


def test_a_relay_that_shows_less_is_found_out_by_a_wallet_that_compares() -> None:
    """The same lie as in broken_relay_shows_less; but the wallet compares the consent with what it would pay."""
    variant = next(one for one in VARIANTS if one.name == "broken_relay_shows_less")
    prop = BY_NAME["no_debit_without_the_user_s_consent_to_it"]
    verdict = verify(build(configured("happy"), variant.edits[:1]), [prop]).verdicts[0]
    assert verdict.result != "violated"
