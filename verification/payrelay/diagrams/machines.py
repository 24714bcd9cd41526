"""Machines: a role's table as what there is to draw of it, whatever it is drawn in.

The rows are numbered in the order of the table. Those between the same two states are one arrow; those that stay in
their state stand in its box. A faulty variant shows its edits, and a search which rows it saw at work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from payrelay.diagrams.outputs import RowOutputs
from payrelay.language.messages import Restart, event_name
from payrelay.language.role import RoleTable, Row
from payrelay.verification.coverage import grid

Mark = Literal["", "fired", "never", "added", "removed"]
"""What is to be seen of a row: whether a search saw it at work, or whether an edit added or removed it."""

HOTTEST = 3

RESTART = event_name(Restart)
NOT_TRIED = "not reached"
"""What stands for the outputs of a row that nothing leads to."""


@dataclass(frozen=True)
class Line:
    """One row, with its number."""

    number: int
    row: Row
    mark: Mark = ""
    outputs: tuple[str, ...] | None = None
    """None if it was not tried."""
    is_timer: bool = False

    @property
    def event(self) -> str:
        """What it reacts to: a message, something told or done, or a timer that has run out."""
        return f"after {self.row.event}" if self.is_timer else self.row.event

    @property
    def guards(self) -> tuple[str, ...]:
        """Its guards by name."""
        return tuple(guard.__name__ if wanted else f"not {guard.__name__}" for guard, wanted in self.row.guards)

    @property
    def action(self) -> str:
        """Its action by name; nothing, if it has none."""
        return self.row.action.__name__ if self.row.action else ""

    @property
    def says(self) -> str:
        """What its action does, in its own words."""
        documented = (self.row.action.__doc__ if self.row.action else "") or ""
        return " ".join(documented.partition("\n\n")[0].split())

    @property
    def sends(self) -> tuple[str, ...]:
        """What comes of it, in words."""
        return (NOT_TRIED,) if self.outputs is None else self.outputs

    @property
    def is_restart(self) -> bool:
        """Whether it is what a crash leaves."""
        return self.row.event == RESTART


@dataclass(frozen=True)
class Arrow:
    """All rows from one state to another one that look the same."""

    source: str
    target: str
    lines: tuple[Line, ...]

    @property
    def mark(self) -> Mark:
        """What is to be seen of the arrow: what all of its rows have in common; if they differ, it is there."""
        marks = {line.mark for line in self.lines}
        if marks == {"fired", "never"}:
            return "fired"
        return self.lines[0].mark if len(marks) == 1 else ""

    @property
    def is_restart(self) -> bool:
        """Whether there is nothing on it but what a crash leaves."""
        return all(line.is_restart for line in self.lines)

    @property
    def is_dashed(self) -> bool:
        """Whether it is drawn dashed: what a crash leaves, what is removed, and what was never seen."""
        return self.is_restart or self.mark in ("never", "removed")


@dataclass(frozen=True)
class Stay:
    """Rows that stay in a state and do the same."""

    lines: tuple[Line, ...]

    @property
    def mark(self) -> Mark:
        """What is to be seen of all of them."""
        return self.lines[0].mark

    @property
    def label(self) -> str:
        """Their numbers, and what they do: `3, 10-13 hold`; of what does nothing, what it reacts to."""
        does = self.lines[0].action or ", ".join(line.event for line in self.lines)
        return f"{numbers([line.number for line in self.lines])} {does}"


@dataclass(frozen=True)
class Machine:
    """A role's table, ready to be drawn."""

    table: RoleTable
    lines: tuple[Line, ...]
    remark: str = ""
    """What its marks mean, and their figures."""
    heat: Mapping[str, int] = field(default_factory=dict)
    """How much was seen of each state, from 0 to HOTTEST; empty if it was not looked at."""

    @property
    def name(self) -> str:
        """The role's name."""
        return self.table.name

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """The arrows between states, in the order of their first rows. What a crash leaves is an arrow of its own."""
        grouped: dict[tuple[str, str, bool], list[Line]] = {}
        for line in self.lines:
            if line.row.source != line.row.target:
                grouped.setdefault((line.row.source, line.row.target, line.is_restart), []).append(line)
        return tuple(Arrow(source, target, tuple(lines)) for (source, target, _), lines in grouped.items())

    def stays(self, state: str) -> tuple[Stay, ...]:
        """The rows that stay in a state, by what they do."""
        grouped: dict[tuple[str, Mark], list[Line]] = {}
        for line in self.lines_of(state):
            if line.row.target == state:
                grouped.setdefault((line.action or str(line.number), line.mark), []).append(line)
        return tuple(Stay(tuple(lines)) for lines in grouped.values())

    def lines_of(self, state: str) -> tuple[Line, ...]:
        """The rows of a state."""
        return tuple(line for line in self.lines if line.row.source == state)

    @property
    def figures(self) -> str:
        """How large it is, and how much of its grid is answered."""
        table = self.table
        rows = sum(line.mark != "removed" for line in self.lines)
        handled, ignored, errors = grid(table)
        shared = f"; every row needs {table.correlation.__name__}, too" if table.correlation else ""
        return (
            f"{_counted(len(table.states), 'state')}, {_counted(rows, 'row')}; of {handled + ignored + errors} pairs "
            f"of a state and an event {handled} have rows, {ignored} are passed over by name, {errors} are protocol "
            f"errors{shared}"
        )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def machine(
    table: RoleTable,
    outputs: RowOutputs | None = None,
    *,
    original: RoleTable | None = None,
    fired: Collection[str] | None = None,
    searched: str = "",
) -> Machine:
    """A table ready to be drawn; with the `original` of an edited one, and with the names of the rows that `fired`."""
    lines = []
    for number, (row, edit) in enumerate(_edited(original or table, table), 1):
        mark = edit
        if not mark and fired is not None:
            mark = "fired" if row.name in fired else "never"
        # A restart sends nothing: tabulating refuses one that does, and does not list it.
        # What a removed row sent is nothing of this machine.
        known = () if row.event == RESTART or mark == "removed" else (outputs or {}).get((table.name, row.name))
        lines.append(Line(number, row, mark, known, row.event in table.timers))
    said = [*_seen(lines, searched)] if fired is not None else []
    said += _edits(lines, original, table) if original is not None else []
    return Machine(table, tuple(lines), "; ".join(said))


def _edited(original: RoleTable, table: RoleTable) -> list[tuple[Row, Mark]]:
    """The rows of both tables in order: what was removed stands before what was added in its place."""
    kept = set(original.rows) & set(table.rows)
    found: list[tuple[Row, Mark]] = []
    new = list(table.rows)
    for row in original.rows:
        if row not in kept:
            found.append((row, "removed"))
            continue
        while new[0] != row:
            found.append((new.pop(0), "added"))
        found.append((new.pop(0), ""))
    for row in new:
        found.append((row, "added"))
    order = {state: place for place, state in enumerate(table.states)}
    return sorted(found, key=lambda pair: order[pair[0].source])


def _seen(lines: Sequence[Line], searched: str) -> Iterator[str]:
    seen, never = _count(lines, "fired"), _count(lines, "never")
    yield f"{seen} of {seen + never} rows were seen at work in {searched}, {never} never: these are red and dashed"


def _edits(lines: Sequence[Line], original: RoleTable, table: RoleTable) -> Iterator[str]:
    added, removed = _count(lines, "added"), _count(lines, "removed")
    if added or removed:
        yield f"edited rows are red, and struck where they are removed: {added} added, {removed} removed"
    if original.correlation is not table.correlation and original.correlation is not None:
        yield f"the guard that all rows shared, {original.correlation.__name__}, is taken away"
    if original == table:
        yield "nothing is edited here"


def _count(lines: Sequence[Line], mark: Mark) -> int:
    return sum(line.mark == mark for line in lines)


def numbers(values: list[int]) -> str:
    """Numbers in few words: `3, 10-13`."""
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    return f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run))


def states_of(machine: Machine) -> Iterator[str]:
    """The states, the initial one first."""
    yield machine.table.initial
    yield from (state for state in machine.table.states if state != machine.table.initial)
