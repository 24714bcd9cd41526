"""Covering: which faults are tried on which message in which state, where all of them on each would be too many.

Of state, message and fault every two values that can be together are together in some try: a covering array of strength
two (Cohen, Dalal, Fredman and Patton, "The AETG system", IEEE Transactions on Software Engineering 23(7), 1997, whose
greedy way this is).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple


class Try(NamedTuple):
    """A message in a state, and the faults that it can have."""

    state: Hashable
    message: Hashable
    faults: tuple[str, ...]
    """Each once."""
    is_whole: bool = False
    """Whether all of them are tried whatever others have met."""


def covering(tries: Iterable[Try]) -> list[tuple[str, ...]]:
    """The faults of each try, in the order of the tries; the same each time."""
    tries = list(tries)
    chosen: list[set[str]] = [set(one.faults) if one.is_whole else set() for one in tries]
    met = {pair for one in tries if one.is_whole for fault in one.faults for pair in _pairs(one, fault)}
    having: dict[tuple[str, Hashable, str], list[int]] = {}
    for number, one in enumerate(tries):
        for fault in one.faults:
            for pair in _pairs(one, fault):
                having.setdefault(pair, []).append(number)

    def worth(number: int, fault: str) -> tuple[int, int, int]:
        return sum(pair in met for pair in _pairs(tries[number], fault)), len(chosen[number]), number

    for pair, numbers in having.items():
        if pair not in met:
            fault = pair[-1]
            best = min(numbers, key=lambda number: worth(number, fault))
            chosen[best].add(fault)
            met.update(_pairs(tries[best], fault))
    for number, one in enumerate(tries):
        if one.faults and not chosen[number]:
            chosen[number].add(one.faults[number % len(one.faults)])
    return [tuple(fault for fault in one.faults if fault in some) for one, some in zip(tries, chosen, strict=True)]


def _pairs(one: Try, fault: str) -> tuple[tuple[str, Hashable, str], tuple[str, Hashable, str]]:
    return ("state", one.state, fault), ("message", one.message, fault)
