"""Renaming: a message with other open values in it, be it the model's or a foreign one."""

from __future__ import annotations

from collections.abc import Callable

from payrelay.language.links import role_of
from payrelay.language.traces import Plain
from payrelay.observation.naming import PARTY, SEALED, Naming

Call = Callable[[str, str, bool], Plain]
"""(class of a value, the value as text, whether it stands there as a whole term rather than as text) -> what is there
instead."""


def renamed(naming: Naming, fields: dict[str, Plain], call: Call) -> dict[str, Plain]:
    """The fields of a message with each open value called otherwise."""
    return {key: _renamed(naming, value, key, call) for key, value in fields.items()}


def _renamed(naming: Naming, value: Plain, field: str, call: Call) -> Plain:
    texts, between = naming.open_values.texts, naming.open_values.between
    if isinstance(value, str):
        of = field if field in texts else naming.party_class(value)
        return value if of is None else call(of, value, False)
    if isinstance(value, dict):
        return _renamed_object(naming, value, field, call)
    if isinstance(value, list):
        if value and field in texts and all(isinstance(item, str) for item in value):
            return str(call(field, between.join(value), False)).split(between)
        if field == "slots":
            return [_renamed_slot(naming, slot, call) for slot in value]
        return [_renamed(naming, item, field, call) for item in value]
    return value


def _renamed_object(naming: Naming, value: dict[str, Plain], field: str, call: Call) -> Plain:
    name, kind = value.get("type"), value.get("kind")
    if name is None and isinstance(kind, str) and set(value) == {"kind", "name"}:
        return {**value, "name": call(kind, value["name"], False)}
    if isinstance(name, str) and name in ("Hash", "Sealed"):
        of = name if name == "Hash" else f"{SEALED}{field}"
        content = call(of, naming.as_text(value.get("content")), False)
        to = {"to": _renamed(naming, value["to"], "to", call)} if "to" in value else {}
        return {**value, **to, "content": content}
    if isinstance(name, str) and name in naming.open_values.written:
        return call(name, naming.open_values.written[name].write(value), True)
    return {key: _renamed(naming, item, key, call) for key, item in value.items()}


def _renamed_slot(naming: Naming, slot: Plain, call: Call) -> Plain:
    if not naming.is_slot(slot) or (of := naming.class_of_slot(slot[0], slot[2])) is None:
        return slot
    return [slot[0], slot[1], call(of, slot[2], False)]


def party_called(name: str, call: Call) -> str:
    """The name of a party, called otherwise."""
    return str(call(f"{PARTY}{role_of(name)}", name, False))
