"""Renaming: every value of a run of the model as another system might have it, with names that can travel."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from tests.wire.travelling import identifier

from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount
from payrelay.wire import symbols

WORDS = {
    "Bookshop": "Bücher & Söhne",
    "a book": "zwei Bücher",
    "brand": "Marke",
    "card of wallet-1": "Karte ••47",
    "card of wallet-2": "Karte ••11",
    "Wallet 1": "Börse 1",
    "Name": "Ihr Name",
}
"""Texts that people read."""


def renamed(term: Any) -> Any:
    """The term with other values: equal ones stay equal, and different ones different."""
    if isinstance(term, Symbol):
        return Symbol(term.kind, name_of(term))
    if isinstance(term, Amount):
        return Amount(term.value * 1_357 + 1, "EUR")
    if isinstance(term, str):
        return WORDS.get(term, term)
    if isinstance(term, tuple) and hasattr(term, "_fields"):
        return type(term)(*map(renamed, term))
    if isinstance(term, tuple | frozenset):
        return type(term)(map(renamed, term))
    if isinstance(term, Mapping):
        return {renamed(key): renamed(value) for key, value in term.items()}
    if is_dataclass(term) and not isinstance(term, type):
        changed = {field.name: renamed(getattr(term, field.name)) for field in fields(term) if field.init}
        return replace(term, **changed)
    return term


def name_of(symbol: Symbol) -> str:
    """The name of a symbol elsewhere."""
    if symbol.kind in symbols.TEXTS:
        return f"{symbol.name} of {symbol.kind}"
    text = identifier(symbol.kind, symbol.name)
    return f"https://example.org/{text}" if symbol.kind in symbols.ADDRESSES else text
