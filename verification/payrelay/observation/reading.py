"""Reading: plain JSON back into terms, with the classes that a system's messages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from payrelay.language.messages import Message
from payrelay.language.systems import System
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.language.traces import Plain


class Reading:
    """The classes by their names."""

    def __init__(self, system: System, messages: Iterable[Message]) -> None:
        self._kinds: dict[str, type[Message]] = {kind.__name__: kind for link in system.links for kind in link.carries}
        self._classes: dict[str, Any] = {one.__name__: one for one in (Hash, Sealed, Signed, Unverified)}
        for message in messages:
            self._kinds.setdefault(type(message).__name__, type(message))
            for kind in _classes_in(message):
                self._classes.setdefault(kind.__name__, kind)

    def message(self, name: str, sender: str, receiver: str, told: dict[str, Plain]) -> Message | None:
        """The message of these fields; None if this system has none such."""
        kind = self._kinds.get(name)
        if kind is None:
            return None
        try:
            values = {key: self._term(value) for key, value in told.items() if key not in kind.given}
            return kind(sender=sender, receiver=receiver, **values)
        except (TypeError, ValueError, KeyError):
            return None

    def _term(self, value: Plain) -> object:
        if isinstance(value, list):
            return tuple(map(self._term, value))
        if not isinstance(value, dict):
            return value
        if set(value) == {"kind", "name"}:
            return Symbol(value["kind"], value["name"])
        named = {("type" if key == "type_" else key): self._term(item) for key, item in value.items() if key != "type"}
        return self._classes[value["type"]](**named)


def _classes_in(term: object) -> Iterator[type]:
    if is_dataclass(term) and not isinstance(term, type | Symbol):
        yield type(term)
        for one in fields(term):
            yield from _classes_in(getattr(term, one.name))
    elif isinstance(term, tuple | frozenset):
        for item in term:
            yield from _classes_in(item)
