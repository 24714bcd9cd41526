"""Of states that differ in the order of what is alike alone, one is looked at, and nothing is overlooked."""

from dataclasses import replace
from math import factorial, prod

import pytest
from tests.verification.composition.test_product import is_run, reached

from payrelay.classics import two_phase_commit
from payrelay.language.properties import Entered, Never, Property
from payrelay.language.systems import System
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import BENIGN, FAULT_STORIES, FAULTS, TWO_PROCEDURES_TWO_WALLETS
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build
from payrelay.model.purchase import wallets_alike
from payrelay.model.variants import VARIANTS
from payrelay.verification.composition.exchange import NotSymmetricError
from payrelay.verification.composition.product import Product
from payrelay.verification.composition.symmetry import SymmetricEngine, all_orders, plain_changes
from payrelay.verification.engines import fast
from payrelay.verification.engines.exploration import Exploration
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

SMALL_WALLETS = TWO_PROCEDURES_TWO_WALLETS.derived({"timers": "", "cancels": "false", "declines": "false"})


def packed(system: System, properties: tuple[Property, ...] = PROPERTIES) -> TableEngine:
    return TableEngine(Tabulation(system), [one for one in properties if one.is_searched_in(system)])


@pytest.mark.parametrize("sizes", [[], [1], [2], [5], [2, 2], [3, 2], [2, 1, 3], [4, 3]])
def test_all_orders_come_up_once(sizes: list[int]) -> None:
    exchanges = [(kind, place) for kind, size in enumerate(sizes) for place in range(size - 1)]
    order = [list(range(size)) for size in sizes]
    seen = {str(order)}
    for number in all_orders(sizes):
        kind, place = exchanges[number]
        order[kind][place], order[kind][place + 1] = order[kind][place + 1], order[kind][place]
        seen.add(str(order))
    assert len(seen) == len(all_orders(sizes)) + 1 == prod(map(factorial, sizes))


def test_neighbours_change_places_one_pair_at_a_time() -> None:
    assert list(plain_changes(3)) == [1, 0, 1, 0, 1]
    assert list(plain_changes(1)) == list(plain_changes(0)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("managers", "orbits"), [(2, 34), (3, 80), (4, 166), (5, 314), (6, 553), (7, 920)])
def test_two_phase_commit_has_the_published_orbits(managers: int, orbits: int) -> None:
    engine = packed(two_phase_commit.system(managers, alike=True), two_phase_commit.PROPERTIES)
    found, whole = fast.explore(SymmetricEngine(engine)), fast.explore(engine)
    assert found.states == orbits
    assert (found.depth, found.fired, found.violations) == (whole.depth, whole.fired, whole.violations)


def test_a_property_that_names_one_is_refused() -> None:
    named = Property(
        "named",
        "named",
        "The first never commits.",
        conjuncts=(Never(Entered("resource", {"party": "resource-1"}, states=("committed",))),),
    )
    with pytest.raises(NotSymmetricError, match="named tells them apart"):
        SymmetricEngine(packed(two_phase_commit.system(2, alike=True), (named,)))


def of_wallets(configuration: PaymentConfiguration, variant: str = "") -> TableEngine:
    """One order; its wallets are said to be alike."""
    edits = next((one.edits for one in VARIANTS if one.name == variant), ())
    return packed(replace(build(configuration, edits), alike=(wallets_alike(configuration),)))


def agree(found: Exploration, whole: Exploration) -> None:
    assert (found.depth, found.fired, found.bound) == (whole.depth, whole.fired, whole.bound)
    runs, all_runs = ({c: len(run) for c, run in one.violations.items()} for one in (found, whole))
    assert runs == all_runs


@pytest.mark.slow
def test_of_two_wallets_one_order_is_looked_at() -> None:
    engine = of_wallets(BENIGN)
    symmetric = SymmetricEngine(engine)
    whole, found = engine.explore(), fast.explore(symmetric)
    agree(found, whole)
    states = reached(engine)
    assert {symmetric.in_order(state) for state in states} <= states
    assert len({symmetric.in_order(state) for state in states}) == found.states < len(states) == whole.states


@pytest.mark.slow
@pytest.mark.parametrize("configuration", [FAULTS, FAULT_STORIES], ids=lambda one: one.name)
def test_the_wallets_of_one_order_are_alike(configuration: PaymentConfiguration) -> None:
    engine = of_wallets(configuration)
    whole, found = fast.explore(engine), fast.explore(SymmetricEngine(engine))
    agree(found, whole)
    assert whole.states / 2 <= found.states < whole.states * 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("broken_info_in_page", "benign"),
        ("broken_info_to_all", "benign"),
        ("broken_info_in_query", "benign"),
        ("broken_wallet_pays_unasked", "faults"),
        ("broken_payment_not_idempotent", "faults"),
    ],
)
def test_what_is_violated_is_seen_in_one_order(variant: str, name: str) -> None:
    """What is violated of one wallet is told of the other as well, with a run of its own."""
    engine = of_wallets({"faults": FAULTS, "benign": BENIGN}[name], variant)
    try:
        symmetric = SymmetricEngine(engine)
    except NotSymmetricError as error:
        pytest.fail(str(error))
    whole, found = fast.explore(engine), fast.explore(symmetric)
    agree(found, whole)
    assert found.violations
    for run in found.violations.values():
        assert is_run(engine, run)


@pytest.mark.slow
def test_orders_and_wallets_are_alike_at_once() -> None:
    engine = packed(build(SMALL_WALLETS))
    product = Product(engine)
    assert product.symmetry is not None
    assert len(product.path) == 3
    whole, found = fast.explore(engine), fast.explore(product)
    assert (found.depth, found.fired, found.violations) == (whole.depth, whole.fired, whole.violations)
    assert whole.states / 4 <= found.states < whole.states / 3
