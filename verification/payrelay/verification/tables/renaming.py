"""Renaming: the same term with other names in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from payrelay.language.role import Local
from payrelay.language.terms import Symbol


class Renaming:
    """Gives symbols and texts other names, throughout a term."""

    def __init__(self, symbol: Callable[[Symbol], Symbol], text: Callable[[str], str] = str) -> None:
        self._symbol = symbol
        self._text = text
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, term: Any) -> Any:
        if isinstance(term, Symbol):
            return self._symbol(term)
        if type(term) is str:
            return self._text(term)
        if isinstance(term, Local):
            return Local(term.control, self.of(term.data))
        if isinstance(term, tuple):
            renamed = tuple(map(self.of, term))
            return renamed if type(term) is tuple else type(term)(*renamed)
        if isinstance(term, frozenset):
            return frozenset(map(self.of, term))
        if is_dataclass(term) and not isinstance(term, type):
            changes = {field.name: self.of(getattr(term, field.name)) for field in fields(term) if field.init}
            return replace(term, **changes)
        return term


def by_words(words: Mapping[str, str]) -> Renaming:
    """Renames whole texts, and the words that symbols' names are made of."""

    def symbol(term: Symbol) -> Symbol:
        return Symbol(term.kind, " ".join(words.get(word, word) for word in term.name.split(" ")))

    return Renaming(symbol, lambda text: words.get(text, text))
