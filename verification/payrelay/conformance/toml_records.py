"""TOML records: tables of a TOML file as they are read, so that whatever is wrong is told with the line it stands in.

The library that reads TOML tells no lines, so they are looked for: a key below the header of its table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from payrelay.language.configurations import ConfigurationError, did_you_mean

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SECRET = re.compile(r"token|secret|password|pin$", re.IGNORECASE)
"""Keys whose values are in no report."""
HIDDEN = "(not shown)"
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MISSING: Any = object()


class Wrong(ConfigurationError):
    """Something is wrong with a line of a file."""

    def __init__(self, path: Path, line: int | None, where: str, what: str) -> None:
        at = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{at}: {where}: {what}" if where else f"{at}: {what}")
        self.path, self.line, self.where, self.what = path, line, where, what


@dataclass(frozen=True)
class Document:
    """A TOML file."""

    path: Path
    text: str
    raw: Mapping[str, Any]
    """As it is written."""
    values: Mapping[str, Any]
    """With what the environment has in place of `${NAME}`."""

    @classmethod
    def read(cls, path: Path, environment: Mapping[str, str], what: str = "configuration") -> Document:
        """The document in a file, which is read as `what`. Raises ConfigurationError."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            is_missing = isinstance(error, FileNotFoundError) and what == "configuration"
            how = "; make one: payrelay conform init" if is_missing else ""
            raise ConfigurationError(f"{path}: cannot read the {what}: {error.strerror}{how}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{path}: no TOML: expected UTF-8") from None
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            found = re.search(r"line ([0-9]+)", said)
            raise Wrong(path, int(found[1]) if found else None, "", f"no TOML: {said}") from None
        document = cls(path, text, raw, {})
        object.__setattr__(document, "values", document._replaced(raw, (), environment))
        return document

    def _replaced(self, value: Any, at: tuple[str, ...], environment: Mapping[str, str]) -> Any:
        if isinstance(value, dict):
            return {key: self._replaced(inner, (*at, key), environment) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replaced(inner, at, environment) for inner in value]
        if not isinstance(value, str):
            return value

        def variable(found: re.Match[str]) -> str:
            if found[1] not in environment:
                what = f"the environment has no variable {found[1]}; set it, or write the value here"
                raise self.wrong(at[:-1], at[-1], what)
            return environment[found[1]]

        return VARIABLE.sub(variable, value)

    def redacted(self) -> dict[str, Any]:
        """The document without secrets, for reports."""

        def shown(value: Any, key: str) -> Any:
            if isinstance(value, dict):
                return {name: shown(inner, name) for name, inner in value.items()}
            if isinstance(value, list):
                return [shown(inner, key) for inner in value]
            is_written = isinstance(value, str) and VARIABLE.search(value) is None
            return HIDDEN if SECRET.search(key) and is_written and value else value

        found: dict[str, Any] = shown(dict(self.raw), "")
        return found

    def only(self, sections: tuple[str, ...]) -> None:
        """Raises ConfigurationError for a section that nobody knows."""
        for name, value in self.values.items():
            if name not in sections:
                raise self.wrong((name,), "", f"no section [{name}]{did_you_mean(name, sections)}")
            if not isinstance(value, dict):
                raise self.wrong((), name, f"it is a section: write [{name}]")

    def table(self, name: str, known: tuple[str, ...] | None, *, needed: bool = False) -> Table:
        """A section; empty, if it is not there and is not needed."""
        if needed and name not in self.values:
            raise self.wrong((), "", f"the section [{name}] is missing; payrelay conform init writes one")
        return Table(self, (name,), self.values.get(name, {}), known)

    def tables(self, key: str) -> list[Table]:
        """An array of tables at the top."""
        if not isinstance(self.values.get(key, []), list):
            raise self.wrong((key,), "", f"expected tables: write [[{key}]] for each")
        return Table(self, (), self.values, None).tables(key)

    def wrong(self, at: tuple[str, ...], key: str, what: str, place: int = 0) -> Wrong:
        """That something is wrong there; `place` counts the tables of an array."""
        return Wrong(self.path, self.line_of(at, key, place), ".".join([*at, *([key] if key else [])]), what)

    def line_of(self, at: tuple[str, ...], key: str = "", place: int = 0) -> int | None:
        """The line of a key in a table, else of the table, else of the one around it; None if there is none."""
        header = re.compile(r"\s*\[{1,2}\s*(.+?)\s*\]{1,2}\s*(?:#.*)?$")
        key_of = re.compile(r'\s*("?)([A-Za-z0-9_.-]+)\1\s*=')
        current: tuple[str, ...] = ()
        seen, of_table, of_key = -1, None, None
        for number, line in enumerate(self.text.splitlines(), 1):
            if found := header.match(line):
                current = tuple(part.strip().strip('"') for part in found[1].split("."))
                if current == at:
                    seen += 1
                    of_table = number if seen == place else of_table
            elif found := key_of.match(line):
                is_here = current == at and max(seen, 0) == place
                whole = (*current, *found[2].split("."))
                if (is_here and found[2] == key) or (key and whole == (*at, key)):
                    of_key = of_key or number
                elif whole == at:  # an inline table
                    of_table = of_table or number
        return of_key or of_table or (self.line_of(at[:-1], at[-1]) if at else None)


@dataclass(frozen=True)
class Table:
    """A table that is being read."""

    document: Document
    at: tuple[str, ...]
    values: Any
    known: tuple[str, ...] | None
    """The keys that it may have; None for any."""
    place: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            raise self.document.wrong(self.at[:-1], self.at[-1], f"expected a table: write [{'.'.join(self.at)}]")
        for key in self.values:
            if self.known is not None and key not in self.known:
                near = did_you_mean(key, self.known) if self.known else "; there is none"
                raise self.wrong(key, f"no such key{near}")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def wrong(self, key: str, what: str, place: int | None = None) -> Wrong:
        """That something is wrong with a key, or with the table."""
        return self.document.wrong(self.at, key, what, self.place if place is None else place)

    def of(self, known: tuple[str, ...]) -> Table:
        """The same, with no other keys than these."""
        return Table(self.document, self.at, self.values, known, self.place)

    def plain(self) -> dict[str, Any]:
        """All of it, as JSON would have it."""
        return dict(self.values)

    def _value(self, key: str, kinds: type | tuple[type, ...], expected: str, default: Any) -> Any:
        if key not in self.values:
            if default is MISSING:
                raise self.wrong(key, f"missing: expected {expected}")
            return default
        value = self.values[key]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise self.wrong(key, f"expected {expected}, not {value!r}")
        return value

    def table(self, key: str, known: tuple[str, ...] | None, *, needed: bool = False) -> Table:
        """A table within."""
        if needed and key not in self.values:
            raise self.wrong(key, f"missing: write [{'.'.join((*self.at, key))}]")
        return Table(self.document, (*self.at, key), self.values.get(key, {}), known)

    def tables(self, key: str) -> list[Table]:
        """An array of tables."""
        found = self.values.get(key, [])
        if not isinstance(found, list):
            raise self.wrong(key, f"expected tables: write [[{'.'.join((*self.at, key))}]] for each")
        return [Table(self.document, (*self.at, key), value, None, place) for place, value in enumerate(found)]

    def text(self, key: str, default: Any = MISSING) -> str:
        """A text."""
        found: str = self._value(key, str, "a text", default)
        return found

    def word(self, key: str, words: tuple[str, ...], default: Any = MISSING) -> str:
        """One of some words."""
        found: str = self._value(key, str, f"one of {', '.join(words)}", default)
        if found not in words:
            raise self.wrong(key, f"expected one of {', '.join(words)}, not '{found}'{_close(found, words)}")
        return found

    def words(self, key: str, default: Any = MISSING) -> tuple[str, ...]:
        """A list of texts, not empty."""
        found = self._value(key, list, "a list of texts", default)
        if isinstance(found, tuple):
            return found
        if not found or not all(isinstance(one, str) for one in found):
            raise self.wrong(key, f"expected a list of texts, at least one, not {found!r}")
        return tuple(found)

    def whole(self, key: str, default: Any = MISSING, *, least: int) -> int:
        """A whole number."""
        found: int = self._value(key, int, f"a whole number of at least {least}", default)
        if found < least:
            raise self.wrong(key, f"expected a whole number of at least {least}, not {found}")
        return found

    def measured(self, key: str) -> int | None:
        """A whole number of milliseconds; None for `auto`, or nothing."""
        if self.values.get(key, "auto") == "auto":
            return None
        return int(self._value(key, int, 'a whole number of milliseconds, or "auto"', MISSING))

    def number(self, key: str, default: Any = MISSING) -> float:
        """A number of seconds above 0."""
        found = self._value(key, (int, float), "a number of seconds above 0", default)
        if not 0 < found < 10**8:
            raise self.wrong(key, f"expected a number of seconds above 0, not {found}")
        return float(found)

    def duration(self, key: str, default: Any = MISSING) -> float:
        """A time such as `60s`, in seconds."""
        if key not in self.values and default is not MISSING:
            return float(default)
        found = DURATION.fullmatch(self.text(key))
        if found is None or not float(found[1]):
            raise self.wrong(key, f'expected a time such as "60s" or "10m", not {self.values[key]!r}')
        return float(found[1]) * UNITS[found[2]]

    def url(self, key: str, default: Any = MISSING, *, path: bool = False) -> str:
        """A URL without a path, or with one."""
        example = "http://127.0.0.1:9000" + ("/__conform" if path else "")
        found = self.text(key, default)
        if found == default:
            return found
        try:
            parts = urlsplit(found)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), 0
        is_plain = f"{parts.scheme}://{parts.netloc}{parts.path if path else ''}" == found and "@" not in found
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain or port == 0:
            raise self.wrong(key, f"expected a URL such as {example}, not {found!r}")
        return found.rstrip("/")


def _close(word: str, words: tuple[str, ...]) -> str:
    near = did_you_mean(word, words)
    return near if near.startswith("; did") else ""
