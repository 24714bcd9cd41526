"""Coverage: which rows, messages and faults a search has seen at work, and how much of each role's grid is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from payrelay.language.messages import Restart
from payrelay.language.role import Handled, RoleTable
from payrelay.language.systems import Reaction, System
from payrelay.verification.engines.exploration import Exploration, Graph
from payrelay.verification.engines.table import TableEngine


class Seen(NamedTuple):
    """Some of all there is."""

    seen: frozenset[str]
    all: frozenset[str]

    @property
    def figure(self) -> str:
        """How many of how many: `12/13`."""
        return f"{len(self.seen)}/{len(self.all)}"

    def __or__(self, other: Seen) -> Seen:
        """What either has seen."""
        return Seen(self.seen | other.seen, self.all | other.all)


NOTHING = Seen(frozenset(), frozenset())


class Grid(NamedTuple):
    """How the pairs of a role's states and events are answered."""

    handled: int
    ignored: int
    errors: int

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of handled, ignored and protocol error."""
        pairs = max(1, sum(self))
        return self.handled / pairs, self.ignored / pairs, self.errors / pairs


class Coverage(NamedTuple):
    """What a search has seen at work. Coverages of several configurations are united."""

    rows: dict[str, Seen]
    """For each role table the rows that were taken."""
    messages: Seen
    """The kinds of messages that were delivered, of those that the links can carry."""
    faults: Seen
    """The kinds of faults that happened, of those that the configuration allows."""

    def __or__(self, other: Coverage) -> Coverage:
        """What either has seen."""
        names = sorted({*self.rows, *other.rows})
        rows = {name: self.rows.get(name, NOTHING) | other.rows.get(name, NOTHING) for name in names}
        return Coverage(rows, self.messages | other.messages, self.faults | other.faults)


def grid(table: RoleTable) -> Grid:
    """How every pair of a state and an event of a role is answered."""
    pairs = [(state, event) for state in table.states for event in dict.fromkeys(table.events)]
    handled = sum(bool(table.rows_of(*pair)) for pair in pairs)
    ignored = sum(not table.rows_of(*pair) and table.reason_to_ignore(*pair) is not None for pair in pairs)
    return Grid(handled, ignored, len(pairs) - handled - ignored)


def tables_of(system: System) -> dict[str, RoleTable]:
    """The role tables of a system, by name."""
    return {instance.table.name: instance.table for instance in system.instances}


def coverage(
    engine: TableEngine, found: Exploration, graph: Graph | None, crashes: Iterable[tuple[int, int]] | None = None
) -> Coverage:
    """What a search has seen at work.

    The rows of restarts are seen in the graph's crashes, or in `crashes`, each with the local states in which it came;
    under unbounded faults every machine restarts in every state that it was seen in. Where faults are counted and
    there is neither, no restart is claimed to have been seen.
    """
    fired = [engine.labels[label] for label in sorted(found.fired)]
    taken = {row for step in fired if step.rewrite for row in _rows(engine.system, step.rewrite.reaction)}
    if graph is not None:
        taken |= _rows_of_restarts(engine, _left_in_crashes(engine, graph))
    elif crashes is not None:
        taken |= _rows_of_restarts(engine, _crashed(engine, crashes))
    elif engine.configuration.is_unbounded:
        taken |= _restarts(engine, found)
    rows = {
        name: Seen(frozenset(row for of, row in taken if of == name), frozenset(row.name for row in table.rows))
        for name, table in tables_of(engine.system).items()
    }
    carried = frozenset(kind.__name__ for link in engine.system.links for kind in link.carries)
    delivered = frozenset(
        type(engine.tabulation.messages[step.message]).__name__
        for step in fired
        if step.message is not None and step.kind in ("deliver", "duplicate")
    )
    return Coverage(rows, Seen(delivered, carried | delivered), _faults(engine, found))


def _faults(engine: TableEngine, found: Exploration) -> Seen:
    steps = [engine.labels[label] for label in found.fired]
    seen = {step.kind for step in steps if step.kind in ("lose", "duplicate", "crash")}
    seen |= {"early timeout" for step in steps if step.early}
    budgets = {"losses": "lose", "duplicates": "duplicate", "crashes": "crash", "early_timeouts": "early timeout"}
    allowed = {name for budget, name in budgets.items() if budget in engine.budgets}
    if engine.configuration.lossy:
        allowed.add("lose")
    if engine.configuration.is_unbounded and engine.system.crashing:
        allowed.add("crash")
    return Seen(frozenset(seen), frozenset(allowed))


def _rows(system: System, reaction: Reaction) -> Iterable[tuple[str, str]]:
    for move in reaction.moves:
        if isinstance(move.answer, Handled):
            yield system.instances[move.machine].table.name, move.answer.row.name


def _restarts(engine: TableEngine, found: Exploration) -> set[tuple[str, str]]:
    """Under unbounded faults: every machine of a party that crashes restarts in every state that it was seen in."""
    if not any(engine.labels[label].kind == "crash" for label in found.fired):
        return set()
    reached = {(machine, number) for machine, numbers in enumerate(engine.tabulation.initial) for number in numbers}
    for label in found.fired:
        if (rewrite := engine.labels[label].rewrite) is not None:
            reached.update(rewrite.after)
    machines = {machine for party in engine.system.crashing for machine in engine.system.machines_of[party]}
    return _rows_of_restarts(engine, (one for one in reached if one[0] in machines))


def _left_in_crashes(engine: TableEngine, graph: Graph) -> set[tuple[int, int]]:
    """The local states in which machines crash in a graph."""
    crashed = set()
    for label, step in enumerate(engine.labels):
        for machine in engine.system.machines_of[step.party] if step.kind == "crash" else ():
            place, numbers = engine.locals_in(machine)
            crashed |= {(machine, numbers[contents]) for contents in graph.left(label, place)}
    return crashed


def _rows_of_restarts(engine: TableEngine, locals_: Iterable[tuple[int, int]]) -> set[tuple[str, str]]:
    rows = set()
    for machine, number in locals_:
        table = engine.system.instances[machine].table
        answer = table.step(engine.tabulation.locals[machine][number], Restart())
        if isinstance(answer, Handled):
            rows.add((table.name, answer.row.name))
    return rows


def _crashed(engine: TableEngine, crashes: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """The local states in which machines were seen to crash."""
    return {
        (machine, engine.machines[machine].of(state))
        for state, label in crashes
        for machine in engine.system.machines_of[engine.labels[label].party]
    }
