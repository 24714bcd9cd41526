"""The systems that payrelay and SPIN are compared on."""

from dataclasses import replace

from payrelay.cli.catalogue import Catalogue, payments
from payrelay.cli.crosscheck_cases import RANDOM, VARIANTS, classics, configurations, random
from payrelay.cli.selection import select
from payrelay.language.properties import SAFETY
from payrelay.verification.promela.export import promela


def test_every_classic_can_be_built_and_has_a_name_of_its_own() -> None:
    cases = list(classics())
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        system, properties = case.build()
        assert system.instances
        assert properties
    by_hand = [case for case in cases if case.model]
    assert [case.defined for case in by_hand] == [(f"MANAGERS={managers}",) for managers in range(2, 9)]


def test_the_random_systems_are_always_the_same_ones() -> None:
    cases, again = list(random()), list(random())
    assert len({case.name for case in cases}) == len(cases) == RANDOM == 20
    for case, same in zip(cases, again, strict=True):
        assert promela(*case.build()) == promela(*same.build())


def test_of_a_faulty_variant_only_what_it_must_violate_is_watched(catalogue: Catalogue) -> None:
    (right, wrong) = configurations(
        catalogue,
        [select(catalogue, [name]).configurations[0] for name in ("lossy", "broken_ledger")],
    )
    assert right.build()[1] == catalogue.properties
    assert [one.label for one in wrong.build()[1]] == ["once"]
    assert wrong.build()[0].configuration == replace(select(catalogue, ["broken_ledger"]).configurations[0])


def test_the_chosen_variants_are_there_and_violate_safety() -> None:
    catalogue = payments()
    for name in VARIANTS:
        violated = catalogue.properties_of(catalogue.variant(name).violates)
        assert any(isinstance(conjunct, SAFETY) for one in violated for conjunct in one.conjuncts), name
