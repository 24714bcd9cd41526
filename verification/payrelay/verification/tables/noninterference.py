"""Noninterference: what a party sees does not depend on the values of some symbols.

The symbols are renamed throughout the system. If the renamed system's tables are the renamed tables, row for row,
then every run has a counterpart that differs in the names alone; and if what is sent to the party is the same in
both, it cannot tell the two apart. This holds of any runs, so it needs no search.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.links import role_of
from payrelay.language.properties import Indistinguishable
from payrelay.language.systems import System
from payrelay.language.terms import Symbol
from payrelay.verification.tables.renaming import Renaming
from payrelay.verification.tables.tabulation import Tabulation


def tells_apart(tables: Tabulation, conjunct: Indistinguishable) -> str | None:
    """How a party of the role could tell two runs apart that differ in those symbols alone; None if it cannot."""
    kinds = frozenset(conjunct.kinds)
    renaming = Renaming(lambda symbol: Symbol(f"other {symbol.kind}", symbol.name) if symbol.kind in kinds else symbol)
    system = tables.system
    other = type(tables)(_renamed_system(system, renaming))
    for message in tables.messages:
        if role_of(message.receiver) == conjunct.role and renaming.of(message) != message:
            return f"{type(message).__name__} to {message.receiver} carries one of {', '.join(conjunct.kinds)}"
    seen = [renaming.of(message) for message in tables.messages]
    if seen != other.messages:
        return "which messages are sent depends on the values"
    states = [[renaming.of(local) for local in machine] for machine in tables.locals]
    if states != other.locals:
        return "which states are reached depends on the values"
    if [_shape(rewrite) for rewrite in tables.rewrites] != [_shape(rewrite) for rewrite in other.rewrites]:
        return "which steps are possible depends on the values"
    return None


def _shape(rewrite: Any) -> tuple[Any, ...]:
    return rewrite.kind, rewrite.machine, rewrite.message, rewrite.before, rewrite.after, rewrite.sends


def _renamed_system(system: System, renaming: Renaming) -> System:
    instances = tuple(
        replace(
            instance,
            initial=tuple(renaming.of(local) for local in instance.initial),
            stimuli=tuple(renaming.of(stimulus) for stimulus in instance.stimuli),
        )
        for instance in system.instances
    )
    return replace(system, instances=instances, injected=tuple(map(renaming.of, system.injected)))
