"""Separation: by what inputs two states of the party under test are told apart.

A message that is refused may have changed something all the same. So after every one comes a sequence of messages whose
answers differ between the state that must be and each other one (harmonised state identifiers: Luo, Petrenko and
von Bochmann, *Selecting test sequences for partially-specified nondeterministic finite state machines*, 1994).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
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


def telling(
    state: S, others: Iterable[S], inputs: Sequence[I], step: Callable[[S, I], tuple[S, O]]
) -> tuple[tuple[I, ...], ...]:
    """Sequences that tell a state from each of some others, as far as there are any. One that another begins with is
    left out."""
    found: list[tuple[I, ...]] = []
    for other in others:
        if other == state or any(_tells(state, other, way, step) for way in found):
            continue
        way = separating(state, other, inputs, step)
        if way is not None:
            found.append(way)
    return tuple(way for way in found if not any(other != way and other[: len(way)] == way for other in found))


def _tells(one: S, other: S, way: Sequence[I], step: Callable[[S, I], tuple[S, O]]) -> bool:
    for received in way:
        one, said = step(one, received)
        other, said_too = step(other, received)
        if said != said_too:
            return True
    return False
