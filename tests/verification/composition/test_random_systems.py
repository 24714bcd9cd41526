"""Random procedures that share a machine: their product is the system, and symmetry overlooks nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from tests.verification.composition.test_product import figures, is_run, reached
from tests.verification.engines.test_random_systems import DETERMINED, packed
from tests.verification.random_systems import several

from payrelay.classics.random_systems import USUAL, Case
from payrelay.verification.composition.components import NotComposableError
from payrelay.verification.composition.product import Product
from payrelay.verification.composition.symmetry import Symmetry
from payrelay.verification.engines import fast
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.packing import Packing

pytestmark = pytest.mark.slow

FEWEST_STATES, MOST_STATES = 10, 600
SHAPES = [(kind, procedures) for kind in USUAL for procedures in (2, 3)]
EACH = 40
"""Examples of each shape in the quick run."""


def of_every(kind: str, procedures: int, examples: int, look: Callable[[Case], None]) -> None:
    """Look at some random cases of a shape."""
    cases = several(kind, procedures).filter(is_searched)
    settings(DETERMINED, max_examples=examples)(given(cases)(look))()


def is_searched(case: Case) -> bool:
    """Whether the case is small enough, and something happens in it."""
    return FEWEST_STATES <= packed(case).explore(Limits(states=MOST_STATES)).states < MOST_STATES


def composed(engine: TableEngine) -> Product | None:
    """The product of the procedures; None if they say that they cannot be taken apart."""
    try:
        return Product(engine)
    except NotComposableError:
        return None


def compare(case: Case, told: Case | None = None) -> None:
    """Search the system whole and composed, in all orders and in one, and compare. `told` is what is composed."""
    engine = packed(case)
    product = composed(packed(told) if told else engine)
    if product is None:
        return
    whole = engine.explore()
    assert figures(product.explore()) == figures(whole)
    if product.symmetry is None:
        assert figures(fast.explore(product)) == figures(whole)
        return
    one = fast.explore(product)
    assert (one.depth, one.bound, one.fired) == (whole.depth, whole.bound, whole.fired)
    assert {c: len(run) for c, run in one.violations.items()} == {c: len(run) for c, run in whole.violations.items()}
    assert all(is_run(engine, run) for run in one.violations.values())
    assert one.states == len({product.in_order(state) for state in reached(product)})


@pytest.mark.parametrize(("kind", "procedures"), SHAPES)
def test_the_product_of_random_procedures_is_the_system(kind: str, procedures: int) -> None:
    of_every(kind, procedures, EACH, lambda case: compare(case))


@pytest.mark.parametrize(("kind", "procedures"), SHAPES)
def test_the_product_of_many_random_procedures_is_the_system(kind: str, procedures: int) -> None:
    of_every(kind, procedures, 250, lambda case: compare(case))


@pytest.mark.parametrize(("kind", "procedures"), SHAPES)
def test_the_random_procedures_are_of_every_sort(kind: str, procedures: int) -> None:
    seen: Counter[str] = Counter()

    def look(case: Case) -> None:
        engine = packed(case)
        found, product = engine.explore(), composed(engine)
        seen["composed"] += product is not None
        if product is not None:
            seen["symmetric"] += product.symmetry is not None
            seen["violated"] += bool(found.violations)
            seen["large"] += found.states > 50
            seen.update(engine.labels[label].kind for label in found.fired)
            seen["desks"] += len(engine.system.machines_of["server"]) > 1

    of_every(kind, procedures, EACH, look)
    faults = {"lose", "duplicate"} if kind == "bag" else set()
    wanted = {"symmetric", "violated", "large", "deliver", "user", "timeout", "crash", "desks"} | faults
    assert {sort for sort in wanted if not seen[sort]} == set()
    assert seen["symmetric"] > EACH / 4, seen


def with_odd_one(case: Case) -> Case:
    """The first client is another one than the others: it does not speak first."""
    first, *others = case.system.instances
    rows = tuple(replace(row, action=None) if row.event == "go" else row for row in first.table.rows)
    odd = replace(first, table=replace(first.table, rows=rows))
    return case._replace(system=replace(case.system, instances=(odd, *others)))


@pytest.mark.parametrize(("kind", "procedures"), SHAPES)
def test_whoever_is_not_like_the_others_is_seen_to_be(kind: str, procedures: int) -> None:
    """An asymmetry is refused if it can be told; whether or not, the verdicts are those of the whole system."""
    seen: Counter[str] = Counter()

    def look(case: Case) -> None:
        odd = with_odd_one(case)
        compare(odd)
        if product := composed(packed(odd)):
            seen[product.asymmetry] += 1

    of_every(kind, procedures, EACH, look)
    refused = seen.total() - seen[""]
    assert refused > EACH / 4, seen


@pytest.mark.parametrize(("kind", "procedures"), SHAPES)
def test_labels_of_the_other_orders_that_are_forgotten_are_seen(
    kind: str, procedures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Symmetry, "labels_alike", lambda _, labels: labels)
    with pytest.raises(AssertionError):
        of_every(kind, procedures, EACH, lambda case: compare(case))


@pytest.mark.parametrize("procedures", [2, 3])
def test_an_exchange_that_forgets_what_is_shared_is_seen(procedures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Product.__init__

    def forget(self: Product, packing: Packing) -> None:
        begin(self, packing)
        of_components = [place.shift for place in self.machines[: len(self.components)]]
        self.exchanges = [[move for move in moves if move.place.shift in of_components] for moves in self.exchanges]

    monkeypatch.setattr(Product, "__init__", forget)
    with pytest.raises((AssertionError, StopIteration)):
        of_every("unbounded", procedures, EACH, lambda case: compare(case))


@pytest.mark.parametrize(("kind", "procedures"), SHAPES)
def test_a_product_of_another_system_is_seen(kind: str, procedures: int) -> None:
    with pytest.raises(AssertionError):
        of_every(kind, procedures, EACH, lambda case: compare(case, with_odd_one(case)))
