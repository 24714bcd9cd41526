"""Outputs: what each row of a role sends, tells and lets happen, as tabulating systems has shown it.

A row's action is a function, and what it returns depends on what it is given; so it is tried, on everything that can
come of the systems' beginnings. A row that nothing leads to was not tried: of it nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from payrelay.language.links import role_of
from payrelay.language.messages import Output, Send, Tell
from payrelay.language.role import Handled
from payrelay.language.systems import System
from payrelay.verification.tables.tabulation import Tabulation

RowOutputs = Mapping[tuple[str, str], tuple[str, ...]]
"""By the names of table and row, each output in words."""


def row_outputs(systems: Iterable[System], wanted: Iterable[tuple[str, str]] | None = None) -> RowOutputs:
    """The outputs of rows. It ends as soon as all that are wanted were tried."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    missing = None if wanted is None else set(wanted)
    for system in systems:
        for rewrite in Tabulation(system).rewrites:
            for move in rewrite.reaction.moves:
                if isinstance(move.answer, Handled):
                    instance = system.instances[move.machine]
                    said = found.setdefault((instance.table.name, move.answer.row.name), {})
                    said.update(dict.fromkeys(_said(system, instance.party, one) for one in move.answer.outputs))
        if missing is not None and not (missing - set(found)):
            break
    return {row: tuple(said) for row, said in found.items()}


def _said(system: System, party: str, output: Output) -> str:
    if isinstance(output, Send):
        return f"{type(output.message).__name__} to {role_of(output.to)}"
    if isinstance(output, Tell):
        machine = system.by_id.get(f"{party}/{output.to}")
        to = output.to if machine is None else system.instances[machine].table.name
        return f"tells {to} {type(output.told).__name__}"
    return f"notes {type(output).__name__}"
