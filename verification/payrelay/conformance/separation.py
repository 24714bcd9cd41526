"""Separation: by what inputs two states of the party under test are told apart.

A message that is refused may have changed something all the same. So after every one comes a sequence of messages whose
answers differ between the state that must be and each other one (harmonised state identifiers: Luo, Petrenko and
von Bochmann, *Selecting test sequences for partially-specified nondeterministic finite state machines*, 1994).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

S = TypeVar("S")
I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741

LONGEST = 4
"""How many inputs a sequence has at most."""


def separating(
    one: S, other: S, inputs: Sequence[I], step: Callable[[S, I], tuple[S, O]], longest: int = LONGEST
) -> tuple[I, ...] | None:
    """A shortest sequence of inputs that two states answer differently; None if there is none of that length."""
    seen = {(one, other)}
    waiting: deque[tuple[S, S, tuple[I, ...]]] = deque([(one, other, ())])
    while waiting:
        first, second, way = waiting.popleft()
        for received in inputs:
            after_first, said_first = step(first, received)
            after_second, said_second = step(second, received)
            if said_first != said_second:
                return (*way, received)
            pair = (after_first, after_second)
            if len(way) + 1 < longest and after_first != after_second and pair not in seen:
                seen.add(pair)
                waiting.append((*pair, (*way, received)))
    return None


def identifiers(
    states: Mapping[str, S], inputs: Sequence[I], step: Callable[[S, I], tuple[S, O]]
) -> tuple[dict[str, list[tuple[I, ...]]], list[tuple[str, str]]]:
    """For each state the sequences that tell it from all others; and the pairs that nothing tells apart.

    Of two states both have the same sequence. A sequence that another one begins with is left out.
    """
    found: dict[str, list[tuple[I, ...]]] = {name: [] for name in states}
    alike: list[tuple[str, str]] = []
    for one, other in combinations(states, 2):
        known = next((way for way in found[one] if _tells(states[one], states[other], way, step)), None)
        way = known or separating(states[one], states[other], inputs, step)
        if way is None:
            alike.append((one, other))
            continue
        for name in (one, other):
            if way not in found[name]:
                found[name].append(way)
    return {name: _without_beginnings(ways) for name, ways in found.items()}, alike


def _tells(one: S, other: S, way: Sequence[I], step: Callable[[S, I], tuple[S, O]]) -> bool:
    for received in way:
        one, said = step(one, received)
        other, said_too = step(other, received)
        if said != said_too:
            return True
    return False


def _without_beginnings(ways: list[tuple[I, ...]]) -> list[tuple[I, ...]]:
    return [way for way in ways if not any(other != way and other[: len(way)] == way for other in ways)]
