"""Variant files: what a party does otherwise than its role says, as one TOML file.

It may name a faulty variant of the protocol, mutants as `payrelay mutants` prints them, edits of rows of its own, and
faults of the seam (`payrelay.host.faults`), any of them together. Whatever is wrong is one line, with a suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from payrelay.host.faults import SOUND, Fault, fault_named, together
from payrelay.host.toml_files import toml_in
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.edits import (
    Amnesia,
    Double,
    Drop,
    Edit,
    Forget,
    Guarded,
    Imitate,
    Negate,
    Readdress,
    Redirect,
    Repeat,
    Uncorrelated,
    Withhold,
)
from payrelay.language.links import role_of
from payrelay.language.role import Guard, IllFormedModelError, RoleTable, Row
from payrelay.model.configurations import HAPPY
from payrelay.model.protocol import build
from payrelay.model.protocol import tables as tables_after
from payrelay.model.variants import VARIANTS
from payrelay.verification.mutants.mutation import Outputs, mutations

KEYS = ("variant", "mutants", "faults", "edits")
EDITS: Mapping[str, type[Edit]] = {
    kind.__name__.lower(): kind
    for kind in (
        Drop,
        Forget,
        Redirect,
        Guarded,
        Negate,
        Imitate,
        Repeat,
        Double,
        Withhold,
        Readdress,
        Amnesia,
        Uncorrelated,
    )
}
"""The edits that can be written down: those that need no code."""
MOST_OUTPUTS = Outputs(9, is_readdressable=True)
"""More than any row sends."""


@dataclass(frozen=True)
class Otherwise:
    """One thing that is done otherwise, by its name."""

    name: str
    edits: tuple[Edit, ...] = ()
    fault: Fault = SOUND

    def concerns(self, role: str) -> bool:
        """Whether a party of this role does it."""
        return self.fault is not SOUND or any(_roles_of_tables()[edit.role] == role for edit in self.edits)


@dataclass(frozen=True)
class FileVariant:
    """All that is done otherwise."""

    path: Path
    parts: tuple[Otherwise, ...]

    def name(self, role: str) -> str:
        """What a party of this role does otherwise, in one line; empty if nothing."""
        return ", ".join(part.name for part in self.parts if part.concerns(role))

    def tables(self) -> dict[str, RoleTable]:
        """The tables of all roles, edited."""
        return tables_after(edit for part in self.parts for edit in part.edits)

    @property
    def fault(self) -> Fault:
        """What is left unchecked between bytes and messages."""
        faults = [part.fault for part in self.parts if part.fault is not SOUND]
        return together(faults) if faults else SOUND

    def check(self, parties: Iterable[str]) -> None:
        """Raises ConfigurationError if none of these parties does anything otherwise."""
        parties = tuple(parties)
        if not any(self.name(role_of(party)) for party in parties):
            roles = sorted({_roles_of_tables()[edit.role] for part in self.parts for edit in part.edits})
            raise ConfigurationError(
                f"{self.path}: it changes nothing of {', '.join(parties)}; it edits the tables of: {' '.join(roles)}"
            )


@cache
def _roles_of_tables() -> Mapping[str, str]:
    """The role of the party that has a table's machines."""
    system = build(replace(HAPPY, registrations=1))
    return {one.table.name: role_of(one.party) for one in system.instances}


def read_variant(path: Path) -> FileVariant:
    """The variant in a file. Raises ConfigurationError for whatever is wrong."""
    return _Reading(path, toml_in(path, "the variant")).variant()


class _Reading:
    """A variant file that is being read; what is wrong with it is said with the place."""

    def __init__(self, path: Path, document: dict[str, Any]) -> None:
        self.path, self.document = path, document
        self.tables = tables_after()

    def variant(self) -> FileVariant:
        """All of it."""
        for key in self.document:
            if key not in KEYS:
                raise self.wrong(key, f"no such key{did_you_mean(key, KEYS)}")
        parts = [
            *(Otherwise(name, edits) for name, edits in self.named("variant", self.a_variant)),
            *(Otherwise(name, edits) for name, edits in self.named("mutants", self.a_mutant)),
            *(self.edit(f"edits[{place}]", item) for place, item in enumerate(self.items("edits", dict))),
            *(Otherwise(name, fault=fault) for name, fault in self.named("faults", fault_named)),
        ]
        if not parts:
            raise ConfigurationError(f'{self.path}: nothing is done otherwise; write faults = ["signature_unchecked"]')
        variant = FileVariant(self.path, tuple(parts))
        try:
            variant.tables()
        except IllFormedModelError as error:
            raise ConfigurationError(f"{self.path}: {error}") from None
        return variant

    def wrong(self, where: str, what: str) -> ConfigurationError:
        """That something is wrong there."""
        return ConfigurationError(f"{self.path}: {where}: {what}")

    def one_of(self, known: Iterable[str], where: str, what: str, value: Any, of: str = "") -> str:
        """A name, if it is known."""
        if not isinstance(value, str) or value not in known:
            raise self.wrong(where, f"no {what} '{value}'{of}{did_you_mean(str(value), known)}")
        return value

    def items(self, key: str, kind: type) -> list[Any]:
        """The values of a key; none if it is not there."""
        found = self.document.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
            how = f"write [[{key}]] for each" if kind is dict else f'write {key} = ["..."]'
            raise self.wrong(key, how)
        return found

    def named(self, key: str, read: Callable[[str], Any]) -> list[tuple[str, Any]]:
        """What the names of a key name. A single name need not be in a list."""
        if isinstance(self.document.get(key), str):
            self.document[key] = [self.document[key]]
        found = []
        for name in self.items(key, str):
            try:
                found.append((name, read(name)))
            except ValueError as error:
                raise self.wrong(key, str(error)) from None
        return found

    @staticmethod
    def a_variant(name: str) -> tuple[Edit, ...]:
        """The edits of a named variant of the protocol."""
        known = {one.name: one.edits for one in VARIANTS}
        if name not in known:
            raise ValueError(f"no variant '{name}'{did_you_mean(name, known)}")
        return known[name]

    def a_mutant(self, name: str) -> tuple[Edit, ...]:
        """The edits of a mutant."""
        table = self.tables.get(name.partition(".")[0])
        if table is None:
            raise ValueError(f"no mutant '{name}'{did_you_mean(name.partition('.')[0], self.tables)}")
        known = {
            one.name: one for one in mutations(table, {(table.name, row.name): MOST_OUTPUTS for row in table.rows})
        }
        if name not in known:
            raise ValueError(f"no mutant '{name}'{did_you_mean(name, known)}")
        return known[name].edits

    def edit(self, at: str, item: dict[str, Any]) -> Otherwise:
        """One edit of rows."""
        given = dict(item)
        word = self.one_of(EDITS, f"{at}.edit", "edit", given.pop("edit", ""))
        role = self.one_of(self.tables, f"{at}.role", "role", given.get("role", ""))
        kind: Any = EDITS[word]
        known = {one.name: one for one in fields(kind)}
        for key in given:
            if key not in known:
                raise self.wrong(at, f"no key '{key}' of the edit {word}{did_you_mean(key, known)}")
        for key, one in known.items():
            if key not in given and one.default is MISSING:
                raise self.wrong(at, f"the edit {word} needs the key {key}")
        selecting = {key: self.word(at, key, given[key], self.tables[role]) for key in _words(given)}
        rows = tuple(filter(Edit(**selecting).selects, self.tables[role].rows))
        read = {"guard": self.guard, "output": self.output, "like": self.like, "by": self.guards, "to": self.state}
        rest = {
            key: read[key](f"{at}.{key}", value, rows, self.tables[role])
            for key, value in given.items()
            if key not in selecting
        }
        return Otherwise(" ".join(str(value) for value in item.values()), (kind(**selecting, **rest),))

    def word(self, at: str, key: str, value: Any, table: RoleTable) -> str:
        """What rows are selected by."""
        known: Mapping[str, Iterable[str]] = {
            "role": (table.name,),
            "state": table.states,
            "target": table.states,
            "event": table.events,
            "action": dict.fromkeys(row.action.__name__ for row in table.rows if row.action),
            "line": [row.name for row in table.rows],
        }
        return self.one_of(known[key], f"{at}.{key}", key, value, f" of {table.name}")

    def state(self, at: str, value: Any, _rows: tuple[Row, ...], table: RoleTable) -> str:
        """A state to go to."""
        return self.one_of(table.states, at, "state", value, f" of {table.name}")

    def guard(self, at: str, value: Any, rows: tuple[Row, ...], table: RoleTable) -> int:
        """The place of a guard that all selected rows have there."""
        names = [[guard.__name__ for guard, _ in row.guards] for row in rows]
        known = dict.fromkeys(name for row in names for name in row)
        name = self.one_of(known, at, "guard", value, f" of these rows of {table.name}")
        places = {row.index(name) if name in row else None for row in names}
        place = places.pop()
        if place is None or places:
            raise self.wrong(at, f"not all of these rows have '{name}' at the same place; name one by its line")
        return place

    def output(self, at: str, value: Any, _rows: tuple[Row, ...], _table: RoleTable) -> int:
        """The place of an output, from 1 as in the name of a mutant."""
        if type(value) is not int or not 1 <= value <= MOST_OUTPUTS.most:
            raise self.wrong(at, f"expected a number from 1 to {MOST_OUTPUTS.most}, the place of what is sent")
        return value - 1

    def like(self, at: str, value: Any, _rows: tuple[Row, ...], table: RoleTable) -> Row:
        """Another row, by its line."""
        known = {row.name: row for row in table.rows}
        return known[self.one_of(known, at, "row", value, f" of {table.name}")]

    def guards(self, at: str, value: Any, _rows: tuple[Row, ...], table: RoleTable) -> tuple[tuple[Guard, bool], ...]:
        """Guards of the role, by their names, some of them with a `not` before."""
        known = {guard.__name__: guard for row in table.rows for guard, _ in row.guards}
        if not isinstance(value, list):
            raise self.wrong(at, 'expected a list of guards, such as [] or ["not is_current"]')
        found = []
        for text in map(str, value):
            negated, name = re.fullmatch(r"(not )?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
            guard = known[self.one_of(known, at, "guard", name, f" of {table.name}")]
            found.append((guard, not negated))
        return tuple(found)


def _words(given: Iterable[str]) -> list[str]:
    """The keys that select rows."""
    selecting = {one.name for one in fields(Edit)}
    return [key for key in given if key in selecting]
