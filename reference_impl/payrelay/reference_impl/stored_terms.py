"""Terms as text, and back: what a database keeps of the states of machines.

JSON. A tuple is an array; whatever JSON has no form for is an object with one member, whose name says what it is: the
name of a class, `frozenset` or `bytes`. A term that came over the wire keeps its exact bytes. Only the classes of the
model and of the wire are written and read, so nothing in a database can make this program do anything else.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import math
import pkgutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any

from payrelay.language.configurations import did_you_mean
from payrelay.language.role import Local
from payrelay.wire import terms as wire_terms

PLACES = (
    "payrelay.host.records",
    "payrelay.language.messages",
    "payrelay.language.terms",
    "payrelay.model.conversion",
    "payrelay.model.data",
    "payrelay.model.messages",
    "payrelay.model.procedure",
    "payrelay.model.roles",
    "payrelay.wire.set_up",
)
"""The modules, and packages with all that is in them, whose classes are written."""
ON_THE_WIRE = (wire_terms.Signed, wire_terms.Unverified, wire_terms.Sealed, wire_terms.Hash)
"""Terms with their bytes: their names begin with `wire.`."""
FROZENSET, BYTES = "frozenset", "bytes"
LEAVES = frozenset({NoneType, bool, int, str})
"""What JSON has a form for."""
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class StoredTermError(Exception):
    """What cannot be written, or a text that cannot be read: one line that says where."""


def text_of(term: object) -> str:
    """A term as text. The same term gives the same text."""
    return _ENCODER.encode(_plain(term))


def term_in(text: str) -> Any:
    """The term that a text says."""
    try:
        return _term(json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise StoredTermError(f"the stored text is no term: {error}; begins with {text[:60]!r}") from None


@cache
def forms_digest() -> str:
    """What the form of stored terms depends on, as a digest: the classes and their fields, in order.

    A database that was written with another digest cannot be read.
    """
    forms = sorted((form.name, *form.names) for form in _forms().values())
    return hashlib.sha256(json.dumps(forms).encode()).hexdigest()


def _plain(term: object) -> Any:
    kind = type(term)
    if kind in LEAVES:
        return term
    if kind is tuple:
        return [_plain(item) for item in term]  # type: ignore[attr-defined]
    form = _forms().get(kind)
    if form is not None:
        return {form.name: [_plain(part) for part in form.parts(term)]}
    if isinstance(term, Enum) and kind in _enums():
        return {_enums()[kind]: term.value}
    if kind is frozenset:
        items = [_plain(item) for item in term]  # type: ignore[attr-defined]
        return {FROZENSET: sorted(items, key=lambda item: json.dumps(item))}
    if kind is bytes:
        return {BYTES: b64encode(term).decode()}  # type: ignore[arg-type]
    if kind is float and math.isfinite(term):  # type: ignore[arg-type]
        return term
    raise StoredTermError(f"a {kind.__name__} cannot be stored: use the classes of the model, tuples and frozensets")


def _term(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return tuple([_term(item) for item in value])
    if kind is not dict:
        return value
    if len(value) != 1:
        raise StoredTermError(f"an object has one member, which says what it is, and this has {len(value)}")
    ((name, inside),) = value.items()
    form = _forms_by_name().get(name)
    if form is not None:
        if type(inside) is not list or len(inside) != form.length:
            raise StoredTermError(
                f"a {name} has {form.length} fields here, and the stored one has not: "
                f"the database is of another version of payrelay"
            )
        return form.make(*[_term(item) for item in inside])
    if name == FROZENSET:
        return frozenset(_term(item) for item in inside)
    if name == BYTES:
        return b64decode(inside, validate=True)
    if name in _enums_by_name():
        return _enums_by_name()[name](inside)
    raise StoredTermError(f"no class '{name}' is stored{did_you_mean(name, _forms_by_name())}")


class _Form:
    """How terms of one class are taken apart and made."""

    def __init__(self, name: str, kind: Any, names: tuple[str, ...]) -> None:
        self.name, self.names, self.length, self._kind = name, names, len(names), kind
        self._is_by_name = is_dataclass(kind) and any(field.kw_only for field in fields(kind))

    def parts(self, term: Any) -> Iterable[Any]:
        """What a term is made of, in the order of the names."""
        return [getattr(term, name) for name in self.names]

    def make(self, *values: Any) -> Any:
        """The term that is made of these."""
        return self._kind(**dict(zip(self.names, values, strict=True))) if self._is_by_name else self._kind(*values)


@cache
def _forms() -> Mapping[type, _Form]:
    """Every class whose terms are stored."""
    forms: dict[type, _Form] = {Local: _Form("Local", Local, Local._fields)}
    for kind in _classes():
        if is_dataclass(kind):
            forms[kind] = _Form(kind.__name__, kind, tuple(field.name for field in fields(kind) if field.init))
    for kind in ON_THE_WIRE:
        names = tuple(inspect.signature(kind).parameters)
        forms[kind] = _Form(f"wire.{kind.__name__}", kind, names if kind is not wire_terms.Hash else ("content",))
    return MappingProxyType(forms)


@cache
def _forms_by_name() -> Mapping[str, _Form]:
    return MappingProxyType(_named({kind: form.name for kind, form in _forms().items()}, _forms().__getitem__))


@cache
def _enums() -> Mapping[type, str]:
    return MappingProxyType({kind: kind.__name__ for kind in _classes() if issubclass(kind, Enum)})


@cache
def _enums_by_name() -> Mapping[str, Any]:
    return MappingProxyType(_named(dict(_enums()), lambda kind: kind))


def _named(names: dict[type, str], value: Callable[[type], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, name in names.items():
        if name in found:
            raise StoredTermError(f"two classes are called {name}; one of them is {kind.__module__}: rename it")
        found[name] = value(kind)
    return found


@cache
def _classes() -> tuple[type, ...]:
    """The classes that are defined in the places, each once."""
    found: dict[type, None] = {}
    for module in _modules():
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__:
                found[kind] = None
    return tuple(found)


def _modules() -> Iterator[Any]:
    for place in PLACES:
        module = importlib.import_module(place)
        yield module
        for further in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{place}."):
            yield importlib.import_module(further.name)
