"""Symmetry: things that are alike may change places, and only one of each set of such states is searched.

How the names of one become those of the next is what the system says (`alike`); that this makes the system into
itself is not believed but checked (`exchange`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import factorial, prod

from payrelay.verification.composition.exchange import Exchange, NotSymmetricError
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.packing import Packing

MOST_ORDERS = 40_320
"""The orders that a state may have: those of eight things."""


class Symmetry:
    """What is alike in a system: the exchanges of neighbours, and the way through all orders."""

    def __init__(self, packing: Packing) -> None:
        alike = packing.system.alike
        orders = prod(factorial(len(kind) + 1) for kind in alike)
        if orders == 1:
            raise NotSymmetricError("nobody says that anything is alike")
        if orders > MOST_ORDERS:
            raise NotSymmetricError(f"{orders} orders are more than are looked at: {MOST_ORDERS}")
        self.exchanges = [Exchange(packing, words) for kind in alike for words in kind]
        """Of each kind of things that are alike, one with the next."""
        self.path = all_orders([len(kind) + 1 for kind in alike])
        """The numbers of the exchanges that go through all orders."""

    def labels_alike(self, labels: set[int]) -> set[int]:
        """These labels, and those that they become."""
        found, waiting = set(labels), list(labels)
        while waiting:
            label = waiting.pop()
            for exchange in self.exchanges:
                if (other := exchange.labels[label]) not in found:
                    found.add(other)
                    waiting.append(other)
        return found


def all_orders(sizes: Sequence[int]) -> list[int]:
    """The exchanges of neighbours, numbered through all kinds, that go through all orders of things of each kind."""
    path: list[int] = []
    first = 0
    for size in sizes:
        orders = path
        for change in plain_changes(size):
            orders = orders[::-1]  # the orders of the kinds before, back again
            path = [*path, first + change, *orders]
        first += max(0, size - 1)
    return path


def plain_changes(count: int) -> Iterator[int]:
    """The neighbours that change places, one pair after the other, so that all orders of so many things come up.

    The last one goes from end to end and back, and whenever it has arrived the others make a change of their own.
    """
    if count < 2:
        return
    others = plain_changes(count - 1)
    goes_down = True
    while True:
        yield from reversed(range(count - 1)) if goes_down else range(count - 1)
        change = next(others, None)
        if change is None:
            return
        yield change + goes_down
        goes_down = not goes_down


class SymmetricEngine(TableEngine):
    """A system of which, of all states that differ in the order of what is alike alone, only one is looked at.

    Its labels are those of the system. Raises NotSymmetricError if nothing is alike.
    """

    symmetry: Symmetry | None

    def __init__(self, engine: TableEngine) -> None:
        self.__dict__.update(vars(engine))
        self.symmetry = Symmetry(engine)
        self.exchanges = [exchange.moves for exchange in self.symmetry.exchanges]
        self.path = self.symmetry.path

    def run_through(self, states: Sequence[int], labels: Sequence[int], conjunct: int) -> list[int]:
        if not self.path:
            return list(labels)
        state = next(first for first in self.initial if self.in_order(first) == states[0])
        run = []
        for wanted in states[1:]:
            label, state = next((n, to) for n, to, _ in self.successors(state) if self.in_order(to) == wanted)
            run.append(label)
        for label, _, checks in self.successors(state):
            for bits, bad, of in checks:
                if not bits or bool(state & bits) is bad:
                    alike = self.violations_alike({of: [*run, label]})
                    if conjunct in alike:
                        return alike[conjunct]
        raise AssertionError("the violation that was seen is not there")

    def violations_alike(self, violations: dict[int, list[int]]) -> dict[int, list[int]]:
        found = dict(violations)
        waiting = list(found) if self.symmetry else []
        while waiting:
            conjunct = waiting.pop()
            for exchange in self.symmetry.exchanges if self.symmetry else ():
                if (other := exchange.conjuncts[conjunct]) not in found:
                    found[other] = [exchange.labels[label] for label in found[conjunct]]
                    waiting.append(other)
        return found

    def labels_alike(self, labels: set[int]) -> set[int]:
        return self.symmetry.labels_alike(labels) if self.symmetry else labels
