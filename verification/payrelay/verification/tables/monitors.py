"""Monitors: the safety conjuncts as bits that are set once and checks that look at them.

Each conjunct turns a fact into marks (this has happened, for these values) and checks (that must have, or must not
have, happened). Both engines use the same few lines; how they remember the marks is their own affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payrelay.language.properties import (
    AtMostOnce,
    Atom,
    Conjunct,
    Excludes,
    Never,
    Precedes,
    Property,
    Responds,
    Variable,
)
from payrelay.verification.tables.facts import Binding, Fact, match

Key = tuple[int, int, Binding]
"""What a mark says: (conjunct, which of its atoms, the values of the variables that matter)."""


class Mark(NamedTuple):
    """Remember that this has happened."""

    key: Key


class Check(NamedTuple):
    """A violation of a conjunct, if one of the marks is there (`bad`) or none is; without marks, in any case."""

    conjunct: int
    keys: tuple[Key, ...] = ()
    bad: bool = True

    def fails(self, marked: bool) -> bool:
        """Whether this is a violation, given whether one of the marks is there."""
        return not self.keys or marked is self.bad


class Watched(NamedTuple):
    """One conjunct of one property."""

    property: Property
    position: int
    conjunct: Conjunct


def watched(properties: Sequence[Property]) -> list[Watched]:
    """All conjuncts of some properties, numbered by their place in the list."""
    return [Watched(p, place, conjunct) for p in properties for place, conjunct in enumerate(p.conjuncts)]


def verdict_of_fact(number: int, conjunct: Conjunct, fact: Fact) -> Iterator[Mark | Check]:
    """What a fact means for a conjunct, in order."""
    match conjunct:
        case Never(event, None):
            if match(event, fact) is not None:
                yield Check(number)
        case Never(event, after) if after is not None:
            shared = _variables(event) & _variables(after)
            if (key := _key(number, 0, event, fact, shared)) is not None:
                yield Check(number, (key,))
            if (key := _key(number, 0, after, fact, shared)) is not None:
                yield Mark(key)
        case AtMostOnce(event):
            if (key := _key(number, 0, event, fact, _variables(event))) is not None:
                yield Check(number, (key,))
                yield Mark(key)
        case Excludes(one, other):
            shared = _variables(one) & _variables(other)
            for side, atom in enumerate((one, other)):
                if (key := _key(number, side, atom, fact, shared)) is not None:
                    yield Check(number, ((number, 1 - side, key[2]),))
                    yield Mark(key)
        case Precedes(then, first):
            shares = [_variables(then) & _variables(atom) for atom in first]
            for side, (atom, shared) in enumerate(zip(first, shares, strict=True)):
                if (key := _key(number, side, atom, fact, shared)) is not None:
                    yield Mark(key)
            keys = [_key(number, side, then, fact, shared) for side, shared in enumerate(shares)]
            if needed := tuple(key for key in keys if key is not None):
                yield Check(number, needed, bad=False)


def atoms(conjunct: Conjunct) -> tuple[Atom, ...]:
    """All events that a conjunct of safety speaks of."""
    match conjunct:
        case Never(event, after):
            return (event,) if after is None else (event, after)
        case AtMostOnce(event):
            return (event,)
        case Excludes(one, other):
            return (one, other)
        case Precedes(then, first):
            return (then, *first)
    return ()


def premises(conjunct: Conjunct) -> tuple[Atom, ...]:
    """The events without which a conjunct would hold of nothing: each must happen in some run."""
    match conjunct:
        case Never(_, after):
            return () if after is None else (after,)
        case AtMostOnce(event):
            return (event,)
        case Excludes(one, other):
            return (one, other)
        case Precedes(then, _):
            return (then,)
        case Responds(trigger):
            return (trigger,)
    return ()


def _variables(atom: Atom) -> frozenset[str]:
    return frozenset(value.name for value in dict(atom.where).values() if isinstance(value, Variable))


def _key(number: int, side: int, atom: Atom, fact: Fact, shared: frozenset[str]) -> Key | None:
    binding = match(atom, fact)
    if binding is None:
        return None
    return number, side, tuple((name, value) for name, value in binding if name in shared)
