"""Promela names: what everything in a packed system is called in its Promela model."""

from __future__ import annotations

from payrelay.verification.promela.identifiers import Identifiers
from payrelay.verification.tables.packing import Packing


class Names:
    """The name of every machine, local state, message, budget and mark."""

    def __init__(self, packing: Packing) -> None:
        tables = packing.tabulation
        names = Identifiers()
        self.machines = [names.new(one.party, one.name) for one in packing.system.instances]
        self.locals = [
            [names.new(machine, "at", local.control) for local in states]
            for machine, states in zip(self.machines, tables.locals, strict=True)
        ]
        self.messages = [names.new(f"m{n}", type(one).__name__) for n, one in enumerate(tables.messages, 1)]
        self.budgets = {name: names.new(name) for name in packing.budgets}
        self.marks = {
            bit: names.new("seen", packing.watched[key[0]].property.label) for key, bit in packing.marks.items()
        }
        """By the bit of the mark."""
        self.quiet = {
            bits: names.new("quiet", *([] if procedure is None else [str(procedure)]))
            for procedure, bits in packing.under_way.items()
        }
        """That nothing of a procedure is under way, by the bits of its messages."""
