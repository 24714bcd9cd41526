"""Symmetry: procedures that are alike may change places, and only one of each set of such states is searched.

How the names of one procedure become those of the next is what the system says (`alike`); that this makes the system
into itself is not believed but checked, step by step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from payrelay.verification.composition.components import Component, Edge, Parts, Row
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.packing import Label, Packing
from payrelay.verification.tables.renaming import Renaming, by_words


class NotSymmetricError(Exception):
    """Why two procedures are not alike."""


class Exchange:
    """Two procedures changing places in a packed system."""

    def __init__(self, packing: Packing, words: Mapping[str, str]) -> None:
        self.packing = packing
        self._renaming: Renaming = by_words(words)
        tables = packing.tabulation
        names = [(self._renaming.of(one.party), self._renaming.of(one.name)) for one in packing.system.instances]
        try:
            self.machines = [packing.system.by_id[f"{party}/{name}"] for party, name in names]
            locals_ = [{local: number for number, local in enumerate(states)} for states in tables.locals]
            self.locals = [
                [locals_[self.machines[machine]][self._renaming.of(local)] for local in states]
                for machine, states in enumerate(tables.locals)
            ]
            messages = {message: number for number, message in enumerate(tables.messages)}
            self.messages = [messages[self._renaming.of(message)] for message in tables.messages]
            self.marks = {bit: packing.marks[self._renaming.of(key)] for key, bit in packing.marks.items()}
            self.labels = self._labels()
        except KeyError as error:
            raise NotSymmetricError(f"there is no counterpart of {error}") from None
        self._fields = [
            (place, packing.machines[self.machines[n]], self.locals[n]) for n, place in enumerate(packing.machines)
        ]
        self._bits = [(place, packing.channel[self.messages[n]]) for n, place in enumerate(packing.channel)]
        self._bits += [(_bit(bit), _bit(there)) for bit, there in self.marks.items()]
        self._fields_of = lru_cache(maxsize=None)(self._find_fields)
        self._bits_of = lru_cache(maxsize=None)(self._find_bits)

    def _labels(self) -> list[int]:
        """The counterpart of every label."""
        labels = self.packing.labels
        numbers = {self._key(label, lambda machine: machine, lambda term: term): n for n, label in enumerate(labels)}
        return [numbers[self._key(label, self.machines.__getitem__, self._renaming.of)] for label in labels]

    def _key(self, label: Label, machine: Any, of: Any) -> tuple[object, ...]:
        tables, rewrite = self.packing.tabulation, label.rewrite
        what = (label.kind, of(label.party), label.early)
        if rewrite is None:
            return (*what, None if label.message is None else of(tables.messages[label.message]))
        before = frozenset((machine(n), of(tables.locals[n][local])) for n, local in rewrite.before)
        message = None if rewrite.message is None else of(tables.messages[rewrite.message])
        return (*what, machine(rewrite.machine), of(rewrite.received), message, before)

    def of_part(self, value: int, mask: int) -> int:
        """What stands in the fields of a mask, where it stands after the exchange."""
        moved = 0
        for place, there, locals_ in self._fields_of(mask):
            moved |= locals_[place.of(value)] << there.shift
        for place, there in self._bits_of(mask):
            moved |= place.of(value) << there.shift
        return moved

    def _find_fields(self, mask: int) -> list[tuple[Field, Field, list[int]]]:
        return [field for field in self._fields if field[0].care & mask]

    def _find_bits(self, mask: int) -> list[tuple[Field, Field]]:
        return [field for field in self._bits if field[0].care & mask]

    def of_mask(self, mask: int) -> int:
        """The fields of a mask, where they are after the exchange."""
        moved = sum(there for bit, there in self.marks.items() if mask & bit)
        return moved | sum(there.care for place, there, _ in self._fields if place.care & mask)


def _bit(mask: int) -> Field:
    return Field(mask.bit_length() - 1, 1)


class Symmetry:
    """Any two neighbours among the components may change places. Makes their numbers agree."""

    def __init__(self, packing: Packing, components: list[Component], parts: Parts) -> None:
        shared = parts.shared
        self.exchanges = [Exchange(packing, words) for words in packing.system.alike]
        if len(self.exchanges) != len(components) - 1:
            raise NotSymmetricError("it is not said of all procedures which are alike")
        for exchange, one, other in zip(self.exchanges, components, components[1:], strict=False):
            moved = [exchange.of_part(state, one.bits) for state in one.states]
            if set(moved) != set(other.states):
                raise NotSymmetricError("two procedures have different states")
            other.renumber(moved)
        for number, exchange in enumerate(self.exchanges):
            order = list(range(len(components)))
            order[number], order[number + 1] = order[number + 1], order[number]
            self._check_shared(packing, exchange, parts)
            for at, to in enumerate(order):
                self._check(exchange, components[at], components[to], shared)
            if {exchange.of_part(state, -1) for state in packing.initial} != {
                _exchangeable(packing, state) for state in packing.initial
            }:
                raise NotSymmetricError("they begin differently")

    def _check_shared(self, packing: Packing, exchange: Exchange, parts: Parts) -> None:
        """Shared machines stay where they are, and their own steps and restarts are the same after the exchange."""
        for machine, place in enumerate(packing.machines):
            if place.care & parts.shared and exchange.machines[machine] != machine:
                raise NotSymmetricError(f"{packing.system.instances[machine].id} is shared, and has a counterpart")
        own = [_edge(row, parts.shared) for _, _, row in parts.of_nobody()]
        moved = (_moved(exchange, parts.shared, edge)._replace(label=exchange.labels[edge.label]) for edge in own)
        if Counter(moved) != Counter(map(_sorted, own)):
            raise NotSymmetricError("what procedures share has different steps for them")
        for machines, _ in packing.crashes:
            for machine, restarted in machines:
                there = exchange.locals[machine]
                is_shared = packing.machines[machine].care & parts.shared
                if is_shared and any(there[after] != restarted[there[old]] for old, after in restarted.items()):
                    raise NotSymmetricError("what procedures share restarts differently for them")
        if any(bit & parts.marks and there != bit for bit, there in exchange.marks.items()):
            raise NotSymmetricError("something is remembered of one of them together with others")

    def _check(self, exchange: Exchange, one: Component, other: Component, shared: int) -> None:
        """The steps of one are those of the other, state by state."""
        there = [other.number_of(exchange.of_part(state, one.bits)) for state in one.states]
        beside = lru_cache(maxsize=None)(partial(_moved, exchange, shared))
        for number, edges in enumerate(one.edges):
            moved = Counter(
                (there[edge.after], beside(edge._replace(after=0, label=0)), exchange.labels[edge.label])
                for edge in edges
            )
            edges_there = other.edges[there[number]]
            if moved != Counter((e.after, _sorted(e._replace(after=0, label=0)), e.label) for e in edges_there):
                raise NotSymmetricError("two procedures have different steps")
            for after, beyond in zip(one.restarted, other.restarted, strict=True):
                if there[after[number]] != beyond[there[number]]:
                    raise NotSymmetricError("two procedures restart differently")

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


def _moved(exchange: Exchange, shared: int, edge: Edge) -> Edge:
    """What a step needs and does outside of its component, after the exchange."""
    changed = ~edge.keep & shared
    checks = tuple((exchange.of_mask(bits), bad, conjunct) for bits, bad, conjunct in edge.checks)
    return _sorted(
        edge._replace(
            care=exchange.of_mask(edge.care),
            want=exchange.of_part(edge.want, edge.care),
            keep=~exchange.of_mask(changed),
            put=exchange.of_part(edge.put, changed | edge.put),
            checks=checks,
        )
    )


def _edge(row: Row, shared: int) -> Edge:
    """A step of shared machines alone."""
    packed = row.packed
    return Edge(0, row.care, row.want, packed.keep | ~shared, packed.put, packed.checks, packed.label)


def _sorted(edge: Edge) -> Edge:
    return edge._replace(checks=tuple(sorted(edge.checks)))


def _exchangeable(packing: Packing, state: int) -> int:
    """The bits of a state that an exchange speaks of: all but the budgets, and the one that is always set."""
    return state & ~1 & ~sum(budget.care for budget in packing.budgets.values())
