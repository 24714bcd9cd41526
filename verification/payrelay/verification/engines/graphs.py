"""Whole graphs of the table engine, in the form in which the reference engine gives its own."""

from __future__ import annotations

from payrelay.language.messages import Message, Restart
from payrelay.language.systems import Moved, Reaction
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.reference import Budgets, State, WholeGraph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.packing import Label
from payrelay.verification.traces.happenings import Happening


def state_of(engine: TableEngine, number: int) -> State:
    """A state of the table engine, decoded."""
    tables = engine.tabulation
    locals_ = [states[place.of(number)] for place, states in zip(engine.machines, tables.locals, strict=False)]
    return State(
        tuple(locals_),
        engine.network.contents(number),
        Budgets(**{name: place.of(number) for name, place in engine.budgets.items()}),
        frozenset(key for key, bit in engine.marks.items() if number & bit),
    )


def happening_of(engine: TableEngine, number: int, label: int) -> Happening:
    """What a step of the table engine is that leaves this state."""
    tables, step = engine.tabulation, engine.labels[label]
    message = None if step.message is None else tables.messages[step.message]
    if step.kind == "crash":
        moves = []
        for machine in engine.system.machines_of[step.party]:
            before = tables.locals[machine][engine.machines[machine].of(number)]
            answer = engine.system.instances[machine].table.step(before, Restart())
            moves.append(Moved(machine, before, Restart(), answer))
        return Happening("crash", step.party, None, Reaction(tuple(moves), ()))
    if step.rewrite is not None:
        party = engine.system.instances[step.rewrite.machine].party
        merged = _merged(engine, number, step) if step.merges else ()
        return Happening(step.kind, party, message, step.rewrite.reaction, step.early, merged=merged)
    return Happening(step.kind, message.receiver if message else "", message, place=step.place)


def _merged(engine: TableEngine, number: int, step: Label) -> tuple[Message, ...]:
    """What a step sends of which a copy is under way."""
    messages = engine.tabulation.messages
    there = {place for place, field in enumerate(engine.channel) if field.of(number)}
    there -= {step.message} if step.kind == "deliver" else set()
    sends = step.rewrite.sends if step.rewrite else ()
    return tuple(messages[sent] for place, sent in enumerate(sends) if sent in there or sent in sends[:place])


def whole_graph(engine: TableEngine) -> WholeGraph:
    """Explore, and decode everything that was seen."""
    graph = Graph()
    found = engine.explore(graph=graph)
    states = [state_of(engine, state) for state in graph.states]
    edges = {
        (states[number], happening_of(engine, graph.states[number], label), states[target])
        for number in range(len(states))
        for label, target in graph.steps(number)
        if target != number
    }
    return WholeGraph(set(states), edges, set(found.violations), found.bound is not None)
