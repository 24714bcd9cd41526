"""Renaming: messages with other symbols in them, so that they are of another procedure, or of another registration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from payrelay.language.messages import Message
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, parts
from payrelay.model.conversion import Summary
from payrelay.model.messages.terminal_edge import TerminalRequest
from payrelay.model.open_values import OPEN_VALUES

NUMBER_AT_END = "_0123456789"
"""What numbers the slots of a page that are there several times."""
STRANGER = "nobody"
"""What a symbol is called that the party under test would have made, and has not."""


@cache
def symbols_in(term: object) -> frozenset[Symbol]:
    """The symbols that stand in a term, through digests, too."""
    inner = (part.content for part in parts(term) if isinstance(part, Hash))
    own = frozenset(one for one in parts(term) if isinstance(one, Symbol))
    return own.union(*map(symbols_in, inner))


@cache
def shown_in(term: object) -> frozenset[Symbol]:
    """The symbols that may stand in the slots of a page: what they show is a name of one of some kinds."""
    slots = ((slot, contents) for one in parts(term) if isinstance(one, Summary) for slot, _, contents in one.slots)
    return frozenset(one for slot, contents in slots for one in _of_slot(slot, contents))


@cache
def objects_in(term: object) -> frozenset[Signed | Sealed]:
    """What is signed or sealed in a term."""
    return frozenset(part for part in parts(term) if isinstance(part, Signed | Sealed))


@cache
def signed_in(term: object) -> frozenset[Signed]:
    """What is signed in a term."""
    return frozenset(part for part in objects_in(term) if isinstance(part, Signed))


def second(symbol: Symbol) -> Symbol:
    """What a symbol of the first procedure, or registration, is in the second."""
    if symbol.name[:2] == "r1":
        return Symbol(symbol.kind, f"r2{symbol.name[2:]}")
    return Symbol(symbol.kind, "2") if symbol.name == "1" else symbol


def of_another(message: Message) -> Message:
    """The same message of the procedure after the one that it belongs to."""
    names = {one: second(one) for one in symbols_in(message) if one == Symbol("relay_txn", "1")}
    return renamed(message, names)  # type: ignore[no-any-return]


def of_the_second(message: Message) -> Message:
    """The same message of another registration; a terminal's by a request of its own, which has another nonce."""
    symbols = symbols_in(message)
    names = {one: second(one) for one in symbols if one.name[:2] == "r1"}
    if names and isinstance(message, TerminalRequest):
        names[message.request_nonce] = Symbol(message.request_nonce.kind, f"{message.request_nonce.name} of r2")
    return renamed(message, names)  # type: ignore[no-any-return]


def renamed(term: Any, names: dict[Symbol, Symbol]) -> Any:
    """A term with other symbols in it."""
    if not names:
        return term
    if isinstance(term, Symbol):
        return names.get(term, term)
    if isinstance(term, tuple) and hasattr(term, "_fields"):
        return type(term)(*(renamed(item, names) for item in term))
    if isinstance(term, tuple | frozenset):
        return type(term)(renamed(item, names) for item in term)
    if isinstance(term, Summary):
        slots = ((slot, place, _renamed_slot(slot, contents, names)) for slot, place, contents in term.slots)
        term = replace(term, slots=tuple(slots))
    if is_dataclass(term) and not isinstance(term, type):
        changed = {one.name: renamed(getattr(term, one.name), names) for one in fields(term) if one.init}
        return type(term)(**changed)
    return term


def _renamed_slot(slot: str, contents: str, names: dict[Symbol, Symbol]) -> str:
    """What a page shows in a slot: it may be a name."""
    return next((names[one].name for one in _of_slot(slot, contents) if one in names), contents)


def _of_slot(slot: str, contents: str) -> Iterator[Symbol]:
    return (Symbol(kind, contents) for kind in OPEN_VALUES.rendered.get(slot.rstrip(NUMBER_AT_END), ()))
