"""Edits: a faulty variant of a role is its table with a few rows changed, never code of its own.

An edit selects rows by what they are (state, event, action, target) and says what becomes of them. One that
selects nothing or changes nothing is an error: it would leave the role as it was and prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from payrelay.language.role import Action, Guard, IllFormedModelError, RoleTable, Row


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Selects rows of one role: those that agree with every field that is not empty."""

    role: str
    state: str = ""
    event: str = ""
    action: str = ""
    target: str = ""

    def selects(self, row: Row) -> bool:
        """Whether the edit speaks of this row."""
        name = row.action.__name__ if row.action else ""
        wanted = (self.state, self.event, self.action, self.target)
        present = (row.source, row.event, name, row.target)
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
