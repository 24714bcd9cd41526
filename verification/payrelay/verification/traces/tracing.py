"""Tracing: the runs that a search found, written down as traces, and the digest of the model that they are runs of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from payrelay.language.properties import Property, conjunct_name
from payrelay.language.role import RoleTable, Row
from payrelay.language.systems import Instance, System
from payrelay.language.traces import Trace, TraceStep, canonical, plain, plain_local
from payrelay.verification.engines.graphs import happening_of, state_of
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.fairness import Lasso
from payrelay.verification.traces.happenings import initial_locals, trace_steps


def digest(system: System) -> str:
    """A digest of everything that a model is made of, but for the insides of its functions: they go by name."""
    tables = {instance.table.name: instance.table for instance in system.instances}
    model = {
        "configuration": plain(system.configuration.value()),
        "tables": [_table(tables[name]) for name in sorted(tables)],
        "machines": [_machine(instance) for instance in system.instances],
        "links": sorted((plain(link) for link in system.links), key=canonical),
        "injected": plain(system.injected),
        "before": plain(system.before),
    }
    return f"sha256:{hashlib.sha256(canonical(model).encode()).hexdigest()}"


def _table(table: RoleTable) -> object:
    correlation = table.correlation.__name__ if table.correlation else ""
    rows = [_row(row) for row in table.rows]
    return [table.name, table.initial, list(table.states), rows, plain(table.ignored), list(table.timers), correlation]


def _row(row: Row) -> str:
    return row.name


def _machine(instance: Instance) -> object:
    initial = [plain_local(local) for local in instance.initial]
    boundary = plain(instance.boundary) if instance.boundary else ""
    return [instance.id, instance.table.name, initial, instance.procedure, plain(instance.stimuli), boundary]


def trace_of_run(engine: TableEngine, labels: Sequence[int], property: Property, position: int) -> Trace:
    """The trace of a run from whichever initial state allows it."""
    for start in engine.initial:
        if _states(engine, start, labels) is not None:
            return _trace(engine, start, labels, [], property, position)
    raise AssertionError("a run that was found can be taken again")


def trace_of_lasso(engine: TableEngine, lasso: Lasso, property: Property, position: int, without: str = "") -> Trace:
    """The trace of a run that goes on for ever, or stops for good reason; `without` names an assumption left out."""
    trace = _trace(engine, engine.initial[lasso.start], lasso.prefix, lasso.loop, property, position)
    return replace(trace, without=without)


def _states(engine: TableEngine, start: int, labels: Sequence[int]) -> list[int] | None:
    """The states of a run, or None if it cannot be taken."""
    states = [start]
    for wanted in labels:
        after = next((after for label, after, _ in engine.successors(states[-1]) if label == wanted), None)
        if after is None:
            return None
        states.append(after)
    return states


def _trace(
    engine: TableEngine, start: int, prefix: Sequence[int], loop: Sequence[int], property: Property, position: int
) -> Trace:
    labels = [*prefix, *loop]
    states = _states(engine, start, labels)
    assert states is not None, "a lasso that was found can be taken again"
    steps: list[TraceStep] = []
    loop_from = None
    for place, (state, label) in enumerate(zip(states, labels, strict=False)):
        if place == len(prefix):
            loop_from = len(steps) + 1
        steps += trace_steps(engine.system, happening_of(engine, state, label), len(steps) + 1)
    conjunct = property.conjuncts[position]
    return Trace(
        model=digest(engine.system),
        configuration=plain(engine.system.configuration.value()),
        property=property.name,
        conjunct=conjunct_name(conjunct),
        conjunct_number=position,
        loop_from=loop_from,
        stops=not loop and hasattr(conjunct, "response"),
        initial=initial_locals(engine.system, state_of(engine, start).locals),
        steps=tuple(steps),
    )
