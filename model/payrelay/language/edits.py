"""Edits: a faulty variant of a role is its table with a few rows changed, never code of its own.

An edit selects rows by what they are (state, event, action, target) and says what becomes of them. One that
selects nothing or changes nothing is an error: it would leave the role as it was and prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.messages import Output, Restart, Send, event_name
from payrelay.language.role import Action, Effect, Guard, IllFormedModelError, RoleTable, Row

Sending = Callable[[tuple[Output, ...]], tuple[Output, ...]]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Selects rows of one role: those that agree with every field that is not empty."""

    role: str
    state: str = ""
    event: str = ""
    action: str = ""
    target: str = ""
    line: str = ""
    """The name of the row, which tells it from all others."""

    def selects(self, row: Row) -> bool:
        """Whether the edit speaks of this row."""
        name = row.action.__name__ if row.action else ""
        wanted = (self.state, self.event, self.action, self.target, self.line)
        present = (row.source, row.event, name, row.target, row.name)
        return all(want in ("", has) for want, has in zip(wanted, present, strict=True))

    def apply(self, table: RoleTable) -> RoleTable:
        """The table after the edit. Raises IllFormedModelError if the edit does not fit it or changes nothing."""
        if table.name != self.role:
            raise IllFormedModelError(f"the edit {self} is of {self.role} and cannot be made in {table.name}")
        after = self.changed_table(table)
        if after == table:
            raise IllFormedModelError(f"the edit {self} leaves {table.name} as it was")
        return after

    def changed_table(self, table: RoleTable) -> RoleTable:
        """What becomes of the role's table."""
        if not any(map(self.selects, table.rows)):
            raise IllFormedModelError(f"the edit {self} selects no row of {table.name}")
        rows = tuple(new for row in table.rows for new in (self.changed(row) if self.selects(row) else (row,)))
        return replace(table, rows=rows)

    def changed(self, row: Row) -> tuple[Row, ...]:
        """What becomes of a selected row."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Drop(Edit):
    """Forget the rows. What they answered is then passed over."""

    def changed(self, row: Row) -> tuple[Row, ...]:  # noqa: ARG002
        return ()

    def changed_table(self, table: RoleTable) -> RoleTable:
        dropped = tuple((row.source, row.event, "the row was dropped") for row in table.rows if self.selects(row))
        edited = super().changed_table(table)
        return replace(edited, ignored=(*edited.ignored, *dropped))


@dataclass(frozen=True, kw_only=True)
class Forget(Edit):
    """Forget the rows, and that there was something to answer: what they took is a protocol error."""

    def changed(self, row: Row) -> tuple[Row, ...]:  # noqa: ARG002
        return ()


@dataclass(frozen=True, kw_only=True)
class Redirect(Edit):
    """Let the rows go to another state."""

    to: str

    def changed(self, row: Row) -> tuple[Row, ...]:
        return (replace(row, target=self.to),)


@dataclass(frozen=True, kw_only=True)
class Act(Edit):
    """Let the rows do something else."""

    instead: Action

    def changed(self, row: Row) -> tuple[Row, ...]:
        return (replace(row, action=self.instead),)


@dataclass(frozen=True, kw_only=True)
class Guarded(Edit):
    """Give the rows other guards; none, if none are given."""

    by: tuple[tuple[Guard, bool], ...] = ()

    def changed(self, row: Row) -> tuple[Row, ...]:
        return (replace(row, guards=self.by),)


@dataclass(frozen=True, kw_only=True)
class Negate(Edit):
    """Turn one guard of the rows round.

    The edited row comes before the others of its cell, so that no two are enabled; what none takes is passed over.
    """

    guard: int
    """The place of the guard in the row, from 0."""

    def changed(self, row: Row) -> tuple[Row, ...]:
        guards = list(row.guards)
        guard, expected = guards[self.guard]
        guards[self.guard] = (guard, not expected)
        return (replace(row, guards=tuple(guards)),)

    def changed_table(self, table: RoleTable) -> RoleTable:
        edited = super().changed_table(table)
        pairs = zip(table.rows, edited.rows, strict=True)
        first = {(row.source, row.event): row for old, row in pairs if row != old}
        rows = tuple(_after(first.get((row.source, row.event)), row) for row in edited.rows)
        passed = tuple((*cell, "the guard was negated") for cell in first)
        return replace(edited, rows=rows, ignored=(*edited.ignored, *passed))


def _after(first: Row | None, row: Row) -> Row:
    """The row, where another one does not come first."""
    if first is None or first is row:
        return row
    return replace(row, guards=(*row.guards, (first.is_enabled, False)))


@dataclass(frozen=True, kw_only=True)
class Imitate(Edit):
    """Let the rows do what another row does, and go where it goes."""

    like: Row

    def changed(self, row: Row) -> tuple[Row, ...]:
        return (replace(row, action=self.like.action, target=self.like.target),)


@dataclass(frozen=True, kw_only=True)
class Repeat(Edit):
    """Let the rows send, tell and do everything twice."""

    def changed(self, row: Row) -> tuple[Row, ...]:
        return (replace(row, action=_with_outputs(row.action, "twice", lambda outputs: (*outputs, *outputs))),)


@dataclass(frozen=True, kw_only=True)
class Double(Edit):
    """Let the rows send, tell or do one of their things twice."""

    output: int
    """Its place among the outputs, from 0."""

    def changed(self, row: Row) -> tuple[Row, ...]:
        def doubled(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
            return (*outputs[: self.output + 1], *outputs[self.output :])

        return (replace(row, action=_with_outputs(row.action, f"double_{self.output + 1}", doubled)),)


@dataclass(frozen=True, kw_only=True)
class Withhold(Edit):
    """Let the rows leave out one of the things that they send, tell or do."""

    output: int
    """Its place among the outputs, from 0."""

    def changed(self, row: Row) -> tuple[Row, ...]:
        def left_out(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
            return (*outputs[: self.output], *outputs[self.output + 1 :])

        return (replace(row, action=_with_outputs(row.action, f"without_{self.output + 1}", left_out)),)


@dataclass(frozen=True, kw_only=True)
class Readdress(Edit):
    """Let the rows send to another party of the same role: what was for `x-1` goes to `x-2`, all else to `x-1`.

    A party whose name has no number is the only one of its role.
    """

    def changed(self, row: Row) -> tuple[Row, ...]:
        return (replace(row, action=_with_outputs(row.action, "to_another", readdressed)),)


def readdressed(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """The outputs with all that goes to a party with a number going to another one."""
    return tuple(replace(output, to=_another(output.to)) if isinstance(output, Send) else output for output in outputs)


def _another(party: str) -> str:
    role, dash, number = party.rpartition("-")
    return f"{role}-{2 if number == '1' else 1}" if dash and number.isdigit() else party


def _with_outputs(action: Action | None, name: str, changed: Sending) -> Action | None:
    """The action with other outputs."""
    if action is None:
        return None

    def act(data: Any, message: Any) -> Effect:
        after, outputs = action(data, message)
        return after, changed(outputs)

    act.__name__ = f"{action.__name__}_{name}"
    return act


@dataclass(frozen=True, kw_only=True)
class Amnesia(Edit):
    """Let a machine that is durable in a state begin anew after a crash: in its first state, with the data it has."""

    def changed_table(self, table: RoleTable) -> RoleTable:
        inputs = table.inputs if Restart in table.inputs else (*table.inputs, Restart)
        row = Row(self.state, event_name(Restart), (), None, table.initial)
        return replace(table, inputs=inputs, rows=(*table.rows, row))


@dataclass(frozen=True, kw_only=True)
class Add(Edit):
    """Give the role one more row."""

    row: Row

    def changed_table(self, table: RoleTable) -> RoleTable:
        return replace(table, rows=(*table.rows, self.row))


@dataclass(frozen=True, kw_only=True)
class Uncorrelated(Edit):
    """Take away the guard that all rows share: who sent it, and to which machine it belongs."""

    def changed_table(self, table: RoleTable) -> RoleTable:
        return replace(table, correlation=None)


@dataclass(frozen=True)
class Variant:
    """A named faulty variant: its edits, the properties that it must violate, and the story that is told there."""

    name: str
    story: str
    edits: tuple[Edit, ...]
    violates: tuple[str, ...]
    configuration: str
    """The configuration, with settings, in which the violation is to be seen."""


def edited(tables: Iterable[RoleTable], edits: Iterable[Edit]) -> dict[str, RoleTable]:
    """The tables by name, after the edits."""
    by_name = {table.name: table for table in tables}
    for edit in edits:
        if edit.role not in by_name:
            raise IllFormedModelError(f"the edit {edit} names no role of this protocol")
        by_name[edit.role] = edit.apply(by_name[edit.role])
    return by_name
