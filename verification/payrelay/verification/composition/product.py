"""Composition: procedures that share little, searched together as the product of their components.

Each component is one automaton, its state one number. What is searched is the product of these automata with the
shared machines and the budgets. It is the same system: no run is added, and none is lost. Where procedures are alike,
of all states that differ in their order alone only one is looked at, unless every order is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from payrelay.verification.composition.components import Component, Parts, Row
from payrelay.verification.composition.exchange import Exchange, NotSymmetricError
from payrelay.verification.composition.symmetry import SymmetricEngine, Symmetry
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.packing import Move, Packed, Packing


class Product(SymmetricEngine):
    """A system as the product of its components, with what they share. Its labels are those of the system."""

    def __init__(self, packing: Packing) -> None:
        self.packing = packing
        self.tabulation = packing.tabulation
        self.system = packing.system
        self.configuration = packing.configuration
        self.watched, self.labels = packing.watched, packing.labels
        parts = Parts(packing)
        self.components = [Component(packing, bits, parts.shared, rows) for bits, rows in parts.of_procedures()]
        for component in self.components:
            component.close()
        self.symmetry = self._symmetry()
        self._width = 1
        self._components = [self._take(max(1, (len(one.states) - 1).bit_length())) for one in self.components]
        self._machines = [n for n, place in enumerate(packing.machines) if place.care & parts.shared]
        """The shared ones, by their number in the system."""
        fields = [packing.machines[n] for n in self._machines] + list(packing.budgets.values())
        fields += [Field(shift, 1) for shift in range(packing.bits) if parts.marks >> shift & 1]
        self._moved = [(one, self._take(one.mask.bit_length())) for one in fields]
        """The shared fields, and where they are here."""
        here = {one.shift: place for one, place in self._moved}
        self.machines = [*self._components, *(here[packing.machines[n].shift] for n in self._machines)]
        self.budgets = {name: here[budget.shift] for name, budget in packing.budgets.items()}
        self.overflow, self.strays, self.losses, self.marks, self.channel = 0, [], [], {}, []
        shared = [len(self.tabulation.locals[n]) for n in self._machines]
        self.sizes = [*(len(component.states) for component in self.components), *shared]
        self.alone = [[[] for _ in range(size)] for size in self.sizes]
        self.joint = [[{} for _ in range(size)] for size in self.sizes]
        self.crashes = [self._crash(number) for number in range(len(packing.crashes))]
        for number, component in enumerate(self.components):
            self._add_component(number, component)
        for machine, local, row in parts.of_nobody():
            self.alone[len(self.components) + self._machines.index(machine)][local].append(self._moved_row(row))
        self.initial = [self.of_flat(state) for state in packing.initial]
        if self.symmetry:
            self.exchanges = [self._moves(exchange, here) for exchange in self.symmetry.exchanges]
            self.path = self.symmetry.path

    def _symmetry(self) -> Symmetry | None:
        """What is alike; None if nobody says so, or if it is not so: then every order is looked at.

        Numbers the states of components that are alike in the same way.
        """
        try:
            symmetry = Symmetry(self.packing)
        except NotSymmetricError as error:
            self.asymmetry = str(error)
            return None
        for exchange in symmetry.exchanges:
            for number, component in enumerate(self.components):
                other = self._counterpart(exchange, component)
                if number < self.components.index(other):
                    other.renumber([exchange.of_part(state, component.bits) for state in component.states])
        return symmetry

    def _counterpart(self, exchange: Exchange, component: Component) -> Component:
        """The component that another becomes."""
        there = exchange.of_mask(component.bits)
        return next(other for other in self.components if other.bits == there)

    def _moves(self, exchange: Exchange, here: dict[int, Field]) -> list[Move]:
        """What an exchange does with components and with what they share."""
        moves = [
            Move(here[one.place.shift], here[one.there.shift], one.becomes)
            for one in exchange.moves
            if one.place.shift in here
        ]
        for component, place in zip(self.components, self._components, strict=True):
            other = self._counterpart(exchange, component)
            becomes = [other.number_of(exchange.of_part(state, component.bits)) for state in component.states]
            there = self._components[self.components.index(other)]
            is_same = becomes == list(range(len(becomes)))
            if not is_same or there != place:
                moves.append(Move(place, there, None if is_same else becomes))
        return moves

    asymmetry = ""
    """Why procedures do not change places, if they do not."""

    def in_every_order(self) -> Product:
        """The same product, of which every state is looked at."""
        every = copy(self)
        every.symmetry, every.exchanges, every.path = None, (), ()
        return every

    def locals_in(self, machine: int) -> tuple[Field, Sequence[int]]:
        """That of a procedure's machine is part of what its component's state is."""
        if machine in self._machines:
            place = self.machines[len(self.components) + self._machines.index(machine)]
            return place, range(len(self.tabulation.locals[machine]))
        place = self.packing.machines[machine]
        number = next(n for n, one in enumerate(self.components) if place.care & one.bits)
        return self._components[number], [place.of(state) for state in self.components[number].states]

    @property
    def is_counted(self) -> bool:
        return False  # every budget is in the guards

    def of_flat(self, state: int) -> int:
        """The state here that is a state of the system."""
        numbers = (one.number_of(state) for one in self.components)
        places = zip(self._components, numbers, strict=True)
        return 1 | self._moved_bits(state) | sum(number << place.shift for place, number in places)

    def _moved_bits(self, bits: int) -> int:
        return sum(one.of(bits) << place.shift for one, place in self._moved)

    def _moved_row(self, row: Row) -> Packed:
        packed = row.packed
        return self._moved_step(row.care, row.want, packed.keep, packed.put, packed.checks, packed.label)

    def _moved_step(
        self, care: int, want: int, keep: int, put: int, checks: tuple[tuple[int, bool, int], ...], label: int
    ) -> Packed:
        """What a step needs and does with what is shared."""
        moved = tuple((self._moved_bits(bits), bad, conjunct) for bits, bad, conjunct in checks)
        guard = self._moved_bits(care), self._moved_bits(want)
        return Packed(0, *guard, ~self._moved_bits(~keep), self._moved_bits(put), 0, moved, label, -1, 0)

    def _crash(self, number: int) -> tuple[list[tuple[int, dict[int, int]]], int]:
        machines, label = self.packing.crashes[number]
        restarts = [(n, dict(enumerate(one.restarted[number]))) for n, one in enumerate(self.components)]
        shared = [(len(restarts) + self._machines.index(m), table) for m, table in machines if m in self._machines]
        return [*restarts, *shared], label

    def _add_component(self, number: int, component: Component) -> None:
        place = self._components[number]
        for state, edges in enumerate(component.edges):
            for edge in edges:
                step = self._moved_step(edge.care, edge.want, edge.keep, edge.put, edge.checks, edge.label)
                for budget, left in self._spent(edge.spends):
                    row = step._replace(
                        care=step.care | budget.care,
                        want=step.want | (left + bool(edge.spends)) << budget.shift,
                        keep=step.keep & ~place.care & ~budget.care,
                        put=step.put | edge.after << place.shift | left << budget.shift,
                    )
                    self.alone[number][state].append(row)

    def _spent(self, name: str) -> list[tuple[Field, int]]:
        """The budget, and all that may be left of it."""
        if not name:
            return [(Field(0, 0), 0)]
        return [(self.budgets[name], left) for left in range(getattr(self.configuration, name))]
