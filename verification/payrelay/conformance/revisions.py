"""Revisions: the requirements, frozen one revision a file, and which of them a test speaks of.

Which tests belong to a requirement is written nowhere. A requirement has conditions, and a test belongs to it if one
of them holds of something that the test tries (`payrelay.conformance.facts`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from payrelay.conformance.deviations import KINDS
from payrelay.conformance.facts import Fact
from payrelay.language.configurations import did_you_mean
from payrelay.model.data import SECURITIES

FOLDER = Path(__file__).parent / "requirements"
LATEST = "2026-1"
LEVELS = ("MUST", "SHOULD", "MAY")
WORDS = frozenset(one.name for one in fields(Fact))


class RevisionError(Exception):
    """A revision that there is not, or a file that is none. One line that says where, and what would be right."""


@dataclass(frozen=True)
class Condition:
    """What has to hold of something that a test tries: of each of these words, one of the patterns."""

    wanted: tuple[tuple[str, tuple[str, ...]], ...]

    def holds(self, fact: Fact) -> bool:
        """Whether it holds. What is spoiled is spoken of only where that is said."""
        if fact.mutation and "mutation" not in dict(self.wanted):
            return False
        return all(_fits(getattr(fact, word), patterns) for word, patterns in self.wanted)

    def __str__(self) -> str:
        return ", ".join(f"{word} {' or '.join(patterns) or 'nothing'}" for word, patterns in self.wanted)


def _fits(value: str | tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    values = (value,) if isinstance(value, str) else value
    return any(fnmatchcase(one, pattern) for one in values for pattern in patterns)


@dataclass(frozen=True)
class Requirement:
    """Something that a party has to do, should do, or may do."""

    id: str
    text: str
    level: str
    roles: tuple[str, ...]
    source: tuple[str, ...]
    """Where it comes from: an obligation of docs/wire.md, a claim, a state table, a standard."""
    securities: tuple[str, ...] = SECURITIES
    properties: tuple[str, ...] = ()
    """The properties of the model by which the element of a claim is verified there."""
    tested_by: tuple[Condition, ...] = ()
    broken_by: tuple[str, ...] = ()
    """The kinds of deviations that count against it; none if all do."""
    broken_at: tuple[str, ...] = ()
    """The places in a message, as patterns of JSON pointers, at which another content counts against it; none if all
    do."""
    untestable: str = ""
    """Why no test speaks of it."""

    def speaks_of(self, fact: Fact) -> bool:
        """Whether something that is tried belongs to it."""
        if fact.role not in self.roles or fact.security not in self.securities:
            return False
        return any(condition.holds(fact) for condition in self.tested_by)

    def to_json(self) -> dict[str, Any]:
        """It as a JSON object."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        found["tested_by"] = [{word: list(patterns) for word, patterns in one.wanted} for one in self.tested_by]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}

    def is_broken_by(self, kind: str, at: str = "") -> bool:
        """Whether a deviation of this kind, at this place of a message, counts against it."""
        if self.broken_by and kind not in self.broken_by:
            return False
        return not at or not self.broken_at or any(fnmatchcase(at, pattern) for pattern in self.broken_at)


@dataclass(frozen=True)
class Revision:
    """A frozen set of requirements."""

    name: str
    requirements: tuple[Requirement, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Requirement]:
        """The requirements by their ids."""
        return {one.id: one for one in self.requirements}

    def named(self, name: str) -> Requirement:
        """The requirement of an id. Raises RevisionError, with a suggestion, if there is none."""
        if name not in self.by_id:
            raise RevisionError(f"no requirement '{name}'{did_you_mean(name, self.by_id)}")
        return self.by_id[name]

    def for_(self, roles: Iterable[str], security: str) -> tuple[Requirement, ...]:
        """What is required of these roles, at a level of security."""
        wanted = set(roles)
        return tuple(one for one in self.requirements if wanted & set(one.roles) and security in one.securities)

    def of(self, facts: Iterable[Fact]) -> tuple[str, ...]:
        """The ids of the requirements that what is tried belongs to, in their order."""
        found = {id_ for fact in facts for id_ in self._of_fact(fact)}
        return tuple(one.id for one in self.requirements if one.id in found)

    @cached_property
    def _known(self) -> dict[Fact, tuple[str, ...]]:
        return {}

    def _of_fact(self, fact: Fact) -> tuple[str, ...]:
        if fact not in self._known:
            self._known[fact] = tuple(one.id for one in self.requirements if one.speaks_of(fact))
        return self._known[fact]


def revisions() -> tuple[str, ...]:
    """The names of all revisions, the oldest first."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def revision(name: str = LATEST) -> Revision:
    """The revision of a name. Raises RevisionError if there is none."""
    if name not in revisions():
        raise RevisionError(f"no requirements of revision '{name}'{did_you_mean(name, revisions())}")
    return revision_in((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), f"requirements/{name}.toml")


def revision_in(text: str, where: str) -> Revision:
    """The revision in a file. Raises RevisionError if it is none."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RevisionError(f"{where}: no TOML: {error}") from None
    found = tuple(_requirement(one, where) for one in document.get("requirement", ()))
    twice = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if twice:
        raise RevisionError(f"{where}: two requirements are called {min(twice)}; an id is used once")
    return Revision(str(document.get("revision", "")), found)


KNOWN = frozenset(one.name for one in fields(Requirement))
TEXTS = ("id", "text", "level", "untestable")


def _requirement(entry: dict[str, Any], where: str) -> Requirement:
    at = f"{where}: {entry.get('id', 'a requirement without an id')}"
    for key in entry:
        if key not in KNOWN:
            raise RevisionError(f"{at}: nothing is called '{key}'{did_you_mean(key, KNOWN)}")
    for key in ("id", "text", "level", "roles", "source"):
        if not entry.get(key):
            raise RevisionError(f"{at}: {key} is missing")
    if entry["level"] not in LEVELS:
        raise RevisionError(f"{at}: level is one of {', '.join(LEVELS)}, not '{entry['level']}'")
    if bool(entry.get("tested_by")) == bool(entry.get("untestable")):
        raise RevisionError(f"{at}: it has either conditions in tested_by, or the reason why it is untestable")
    for kind in entry.get("broken_by", ()):
        if kind not in KINDS:
            raise RevisionError(f"{at}: no kind of deviation is called '{kind}'{did_you_mean(kind, KINDS)}")
    conditions = tuple(Condition(tuple(_wanted(one, at))) for one in entry.get("tested_by", ()))
    listed: dict[str, Any] = {key: tuple(value) for key, value in entry.items() if key not in (*TEXTS, "tested_by")}
    texts: dict[str, Any] = {key: entry[key] for key in TEXTS if key in entry}
    return Requirement(**texts, **listed, tested_by=conditions)


def _wanted(condition: dict[str, Any], at: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for word, patterns in condition.items():
        if word not in WORDS:
            raise RevisionError(f"{at}: a condition knows no '{word}'{did_you_mean(word, WORDS)}")
        yield word, (patterns,) if isinstance(patterns, str) else tuple(patterns)
