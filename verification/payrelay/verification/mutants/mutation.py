"""Mutation: the first-order faulty variants of a role, generated from its table.

Each is one edit with a name that says where and what: `server_ledger.free.serve.drop`. The kinds are few and plain, and
each is a mistake that somebody could make in an implementation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from payrelay.language.edits import (
    Amnesia,
    Double,
    Drop,
    Edit,
    Imitate,
    Negate,
    Readdress,
    Redirect,
    Repeat,
    Uncorrelated,
    Withhold,
    readdressed,
)
from payrelay.language.messages import Output, Restart, event_name
from payrelay.language.role import RoleTable, Row

KINDS = {
    "drop": "a row is dropped; what it answered is passed over",
    "stay": "a row does its work and stays in its state",
    "to_initial": "a row that leads elsewhere, or speaks of a crash, goes to the role's initial state",
    "repeat": "a row sends, tells and does everything twice",
    "double": "a row that sends, tells or does several things does one of them twice",
    "withhold": "a row leaves out one of the things that it sends, tells or does",
    "negate": "one guard of a row is negated; the row comes before the others of its cell",
    "amnesia": "a state that outlives a crash is lost in one",
    "anew": "a row that answers a repetition does what is done the first time",
    "uncorrelated": "the guard that all rows share is taken away: who sent it, and to which machine it belongs",
    "readdress": "a row sends to another party of the receiver's role",
    "named": "a faulty variant with a story of its own",
}
"""The kinds of mutations; `named` ones are not generated."""
RESTART = event_name(Restart)


@dataclass(frozen=True)
class Mutation:
    """A faulty variant with a name."""

    name: str
    kind: str
    edits: tuple[Edit, ...]


class Outputs(NamedTuple):
    """What a row was seen to send, tell and do in any local state."""

    most: int = 0
    """The most at once."""
    is_readdressable: bool = False
    """Whether some of it goes to a party that is not the only one of its role."""

    def __or__(self, other: Outputs) -> Outputs:
        """What either has seen."""
        return Outputs(max(self.most, other.most), self.is_readdressable or other.is_readdressable)


RowOutputs = Mapping[tuple[str, str], Outputs]
"""By the role and the name of the row."""


def outputs_of(outputs: Sequence[Output]) -> Outputs:
    """What is to be known of the outputs of one step."""
    return Outputs(len(outputs), readdressed(tuple(outputs)) != tuple(outputs))


def mutations(table: RoleTable, outputs: RowOutputs) -> Iterator[Mutation]:
    """All generated mutations of a role, row by row."""
    for label, row in zip(row_labels(table), table.rows, strict=True):
        prefix = f"{table.name}.{row.source}.{row.event}{label}"
        seen = outputs.get((table.name, row.name), Outputs()) if row.action else Outputs()
        for kind, detail, edit in _of_row(table, row, seen):
            yield Mutation(f"{prefix}.{kind}{detail}", kind, (edit,))
    for state in _without_a_restart(table):
        yield Mutation(f"{table.name}.{state}.amnesia", "amnesia", (Amnesia(role=table.name, state=state),))
    if table.correlation is not None:
        yield Mutation(f"{table.name}.uncorrelated", "uncorrelated", (Uncorrelated(role=table.name),))


def row_labels(table: RoleTable) -> list[str]:
    """What a row is told by from the others of its cell: nothing, its action, or its action and a number."""
    cells = Counter((row.source, row.event) for row in table.rows)
    actions = Counter(_doing(row) for row in table.rows)
    taken: Counter[tuple[str, str, str]] = Counter()
    labels = []
    for row in table.rows:
        taken[_doing(row)] += 1
        number = f"_{taken[_doing(row)]}" if actions[_doing(row)] > 1 else ""
        label = f".{_doing(row)[2] or 'nothing'}{number}"
        labels.append(label if cells[row.source, row.event] > 1 else "")
    return labels


def _doing(row: Row) -> tuple[str, str, str]:
    return row.source, row.event, row.action.__name__ if row.action else ""


def _of_row(table: RoleTable, row: Row, outputs: Outputs) -> Iterator[tuple[str, str, Edit]]:
    """The mutations of one row: kind, what is added to it in the name, edit."""
    role, line = table.name, row.name
    yield "drop", "", Drop(role=role, line=line)
    if row.target != row.source:
        yield "stay", "", Redirect(role=role, line=line, to=row.source)
    if table.initial not in (row.source, row.target) and (row.target != row.source or row.event == RESTART):
        yield "to_initial", "", Redirect(role=role, line=line, to=table.initial)
    if outputs.most:
        yield "repeat", "", Repeat(role=role, line=line)
    for place in range(outputs.most if outputs.most > 1 else 0):
        yield "double", f"_{place + 1}", Double(role=role, line=line, output=place)
    for place in range(outputs.most):
        yield "withhold", f"_{place + 1}", Withhold(role=role, line=line, output=place)
    for place, (guard, _) in enumerate(row.guards):
        yield "negate", f"_{guard.__name__}", Negate(role=role, line=line, guard=place)
    if row.event == RESTART and (other := _forgetting(table, row)) is not None:
        yield "amnesia", "", Imitate(role=role, line=line, like=other)
    if row.event != RESTART and (other := _first_time(table, row)) is not None:
        yield "anew", "", Imitate(role=role, line=line, like=other)
    if outputs.is_readdressable:
        yield "readdress", "", Readdress(role=role, line=line)


def _forgetting(table: RoleTable, row: Row) -> Row | None:
    """How the role's other states are lost in a crash, if this one is not."""
    others = (one for one in table.rows if one.event == RESTART and one.target != one.source)
    return next(others, None) if row.source == row.target else None


def _first_time(table: RoleTable, row: Row) -> Row | None:
    """What is done with the input of this row the first time, if this row answers a repetition.

    A repetition is what is taken in a state without leaving it, and elsewhere leads from one state to another.
    """
    others = (one for one in table.rows if one.event == row.event and one.target != one.source)
    other = next(others, None) if row.source == row.target else None
    is_the_same = other is not None and (other.action, other.target) == (row.action, row.target)
    return None if other is None or other.source == row.source or is_the_same else other


def _without_a_restart(table: RoleTable) -> Iterable[str]:
    """The states that outlive a crash since no row speaks of crashes in them."""
    return (state for state in table.states if state != table.initial and not table.rows_of(state, RESTART))
