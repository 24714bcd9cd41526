"""Differences: what an edit changes in the graph of a system that was searched without it.

Every step of the unedited search is one of its rewrites. Each that was taken is made again with the edited tables: the
graph is the same if the states that it leads to are the same, what it sends, and all that a property can see of it; and
if no time-out or stimulus becomes possible in a local state that was reached. No other step can be a new one, because
every message has a rewrite in every local state. So this is computed, and needs no second search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from payrelay.language.messages import Input, Restart, Timeout
from payrelay.language.role import Handled, Ignored, Local, ProtocolError, RoleTable, Row
from payrelay.language.systems import MachineNeeded, Moved, Reaction, Sent, Stepper, System, react, step_by_table
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Exploration
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.mutants.mutation import Outputs, outputs_of
from payrelay.verification.tables.facts import facts_of
from payrelay.verification.tables.tabulation import Rewrite

RowName = tuple[str, str]
"""A role and the name of one of its rows."""
Cell = tuple[str, str, str]
"""A role, a state and an event."""


class Difference(NamedTuple):
    """What an edit comes to in one configuration."""

    is_reached: bool
    """Whether a step that was taken takes an edited row, or would."""
    told: str = ""
    """The first step that differs, in words; nothing if none does."""


def forgiving_reaction(
    system: System, machine: int, received: Input, states: dict[int, Local], stepper: Stepper
) -> Reaction:
    """The reaction of a system that may be faulty: a step that fails is undone as a whole, as a transaction is."""
    try:
        return react(system, machine, received, states, stepper)
    except MachineNeeded:
        raise
    except Exception as error:  # whatever a faulty role stumbles over
        why = f"the step fails: {' '.join(str(error).split()) or type(error).__name__}"
        return Reaction((Moved(machine, states[machine], received, Ignored(why)),), ())


@dataclass(frozen=True)
class _Taken:
    """One rewrite that some run took."""

    rewrite: Rewrite
    locals: dict[int, Local]


class Ground:
    """The unedited search of a system, as far as differences are asked of it."""

    def __init__(self, engine: TableEngine, found: Exploration) -> None:
        self.engine = engine
        self.system = engine.system
        self.tables = tables_of(self.system)
        self.is_unbounded = self.system.configuration.is_unbounded
        labels = [engine.labels[label] for label in sorted(found.fired)]
        self.has_crashes = any(label.kind == "crash" for label in labels)
        taken = {id(label.rewrite): label.rewrite for label in labels if label.rewrite is not None}
        self.reached = self._reached(taken.values())
        self.rows: set[RowName] = set(self._restart_rows())
        """The rows that some run took."""
        self._by_cell: dict[Cell, list[_Taken]] = {}
        for rewrite in taken.values():
            self._note(rewrite)

    def outputs(self) -> dict[RowName, Outputs]:
        """What each row sends, tells and does, in whatever local state."""
        seen: dict[RowName, Outputs] = {}
        for rewrite in self.engine.tabulation.rewrites:
            for role, move in self._moves(rewrite.reaction):
                if isinstance(move.answer, Handled):
                    row = role, move.answer.row.name
                    seen[row] = seen.get(row, Outputs()) | outputs_of(move.answer.outputs)
        return seen

    def difference(self, edited: System) -> Difference:
        """What the edits of a system change in this one. The two differ in their tables alone."""
        cells = set(changed_cells(self.tables, tables_of(edited)))
        taken = list({id(one): one for cell in cells for one in self._by_cell.get(cell, ())}.values())
        stepper = step_by_table(edited)
        is_reached = any(self.takes(name, rows) for name, rows in _changed_rows(self.tables, tables_of(edited)))
        for one in taken:
            if (told := self._changed_step(edited, stepper, one)) is not None:
                return Difference(is_reached=True, told=told)
        told = next(self._changed_otherwise(stepper, cells), "")
        return Difference(is_reached or bool(told), told)

    def takes(self, role: str, rows: Iterable[Row]) -> bool:
        """Whether some run takes one of these rows of a role."""
        return any((role, row.name) in self.rows for row in rows)

    def _moves(self, reaction: Reaction) -> Iterator[tuple[str, Moved]]:
        for move in reaction.moves:
            yield self.system.instances[move.machine].table.name, move

    def _note(self, rewrite: Rewrite) -> None:
        locals_ = {machine: self.engine.tabulation.locals[machine][number] for machine, number in rewrite.before}
        taken = _Taken(rewrite, locals_)
        for role, move in self._moves(rewrite.reaction):
            self._by_cell.setdefault((role, move.before.control, move.received.event), []).append(taken)
            if isinstance(move.answer, Handled):
                self.rows.add((role, move.answer.row.name))

    def _reached(self, taken: Iterable[Rewrite]) -> dict[tuple[int, int], Local]:
        """The local states that some run reaches, by machine and number."""
        tables = self.engine.tabulation
        reached = {(machine, number) for machine, numbers in enumerate(tables.initial) for number in numbers}
        reached.update(after for rewrite in taken for after in rewrite.after)
        if self.has_crashes:
            reached.update((machine, tables.restarted[machine].get(number, number)) for machine, number in set(reached))
        return {(machine, number): tables.locals[machine][number] for machine, number in sorted(reached)}

    def _restart_rows(self) -> Iterator[RowName]:
        for machine, local in self._crashing():
            table = self.system.instances[machine].table
            answer = table.step(local, Restart())
            if isinstance(answer, Handled):
                yield table.name, answer.row.name

    def _crashing(self) -> Iterator[tuple[int, Local]]:
        """The local states that may be crashed in."""
        machines = {machine for party in self.system.crashing for machine in self.system.machines_of[party]}
        for (machine, _), local in self.reached.items():
            if self.has_crashes and machine in machines:
                yield machine, local

    def _changed_step(self, edited: System, stepper: Stepper, taken: _Taken) -> str | None:
        """How a step that was taken differs, in words; None if it does not."""
        rewrite = taken.rewrite
        try:
            reaction = forgiving_reaction(edited, rewrite.machine, rewrite.received, taken.locals, stepper)
        except MachineNeeded:
            return _told(self.system, rewrite.received, rewrite.reaction, None)
        if self._is_same(rewrite, reaction):
            return None
        return _told(self.system, rewrite.received, rewrite.reaction, reaction)

    def _is_same(self, rewrite: Rewrite, reaction: Reaction) -> bool:
        sent, sends = _sent(rewrite.reaction), _sent(reaction)
        facts = facts_of(self.system, reaction)
        if rewrite.reaction.after() != reaction.after() or set(rewrite.facts) != set(facts):
            return False
        if not (set(sent) == set(sends) if self.is_unbounded else Counter(sent) == Counter(sends)):
            return False
        return facts == rewrite.facts or self.engine.sees_the_same(rewrite.facts, facts)

    def _changed_otherwise(self, stepper: Stepper, cells: set[Cell]) -> Iterator[str]:
        """The steps that an edit makes possible, and the restarts that it changes, in words."""
        for machine, local in self._crashing():
            if (self.system.instances[machine].table.name, local.control, Restart().event) not in cells:
                continue
            before, after = (
                self.system.instances[machine].table.step(local, Restart()),
                stepper(machine, local, Restart()),
            )
            if _after(before, local) != _after(after, local):
                yield _told(self.system, Restart(), _alone(machine, local, before), _alone(machine, local, after))
        for (machine, _), local in self.reached.items():
            instance = self.system.instances[machine]
            timers = [Timeout(one) for one in instance.table.timers if self.system.configuration.runs(one)]
            for received in (*instance.stimuli, *timers):
                cell = instance.table.name, local.control, received.event
                if cell not in cells or isinstance(instance.table.step(local, received), Handled):
                    continue
                after = stepper(machine, local, received)
                if isinstance(after, Handled):
                    yield _told(self.system, received, None, _alone(machine, local, after))


def _after(answer: object, local: Local) -> Local:
    return answer.after if isinstance(answer, Handled) else local


def _alone(machine: int, local: Local, answer: Handled | Ignored | ProtocolError) -> Reaction:
    return Reaction((Moved(machine, local, Restart(), answer),), ())


def _sent(reaction: Reaction) -> list[object]:
    return [effect.message for effect in reaction.effects if isinstance(effect, Sent)]


def changed_cells(before: dict[str, RoleTable], after: dict[str, RoleTable]) -> Iterator[Cell]:
    """The cells of the tables that are not answered as before."""
    for name, table in before.items():
        other = after[name]
        if other == table:
            continue
        for state in table.states:
            for event in dict.fromkeys((*table.events, *other.events)):
                if other.correlation is not table.correlation or _cell(table, state, event) != _cell(
                    other, state, event
                ):
                    yield name, state, event


def _changed_rows(before: dict[str, RoleTable], after: dict[str, RoleTable]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """The rows of the tables that are not there any more as they were; all, if what they share is gone."""
    for name, table in before.items():
        other = after[name]
        is_shared = other.correlation is table.correlation
        yield name, tuple(row for row in table.rows if not is_shared or row not in other.rows)


def _cell(table: RoleTable, state: str, event: str) -> object:
    return event in table.events, table.rows_of(state, event), table.reason_to_ignore(state, event)


def _told(system: System, received: Input, before: Reaction | None, after: Reaction | None) -> str:
    """A step that differs, in words."""
    move = (before or after or Reaction((), ())).moves[0]
    instance = system.instances[move.machine]
    where = f"{instance.id} in {move.before.control} on {received.event}"
    return f"{where} {_did(system, after)}; unedited it {_did(system, before)}"


def _did(system: System, reaction: Reaction | None) -> str:
    if reaction is None:
        return "does nothing"
    said = []
    for move in reaction.moves:
        name = "" if move is reaction.moves[0] else f"{system.instances[move.machine].name} "
        match move.answer:
            case Handled(_, after, _) if after.control != move.before.control:
                said.append(f"{name}goes to {after.control}")
            case Handled(_, after, _):
                said.append(f"{name}stays" + (" with other data" if after.data != move.before.data else ""))
            case Ignored():
                said.append(f"{name}passes it over")
            case _:
                said.append(f"{name}calls it a protocol error")
    for effect in reaction.effects:
        what = f"sends {type(effect.message).__name__} to {effect.message.receiver}" if isinstance(effect, Sent) else ""
        said.append(what or f"does {type(effect[1]).__name__}")
    return ", ".join(said)
