"""Renaming: throughout a term, and nothing else."""

from dataclasses import dataclass
from typing import NamedTuple

from payrelay.language.role import Local
from payrelay.language.terms import Hash, Sealed, Signed, Symbol
from payrelay.verification.tables.renaming import Renaming, by_words


@dataclass(frozen=True)
class Held:
    """Something with everything in it."""

    symbol: Symbol
    texts: tuple[str, ...]
    known: frozenset[Symbol]
    number: int = 1


class Pair(NamedTuple):
    """Two things."""

    one: object
    other: object


def test_words_of_symbols_and_whole_texts_are_renamed() -> None:
    renaming = by_words({"1": "2", "2": "1", "shop-1": "shop-2"})
    held = Held(Symbol("key", "1 at shop-1"), ("1", "card 1", "shop-1"), frozenset({Symbol("key", "2")}))
    renamed = Held(Symbol("key", "2 at shop-2"), ("2", "card 1", "shop-2"), frozenset({Symbol("key", "1")}))
    assert renaming.of(held) == renamed
    assert renaming.of(Local("1", Signed("shop-1", Sealed("shop-1", Hash(held))))) == Local(
        "1", Signed("shop-2", Sealed("shop-2", Hash(renamed)))
    )
    assert renaming.of(Pair("1", None)) == Pair("2", None)
    assert type(renaming.of(Pair("1", None))) is Pair
    assert renaming.of((1, None, True)) == (1, None, True)


def test_symbols_alone_may_be_renamed() -> None:
    renaming = Renaming(lambda symbol: Symbol(f"other {symbol.kind}", symbol.name))
    assert renaming.of(("key", Symbol("key", "1"))) == ("key", Symbol("other key", "1"))
