"""Separation: by what inputs two states of the party under test are told apart.

A message that is refused may have changed something all the same. So after every one comes a sequence of messages whose
answers differ between the state that must be and each other one (harmonised state identifiers: Luo, Petrenko and
von Bochmann, *Selecting test sequences for partially-specified nondeterministic finite state machines*, 1994).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Generic, TypeVar

from payrelay.language.role import IllFormedModelError

S = TypeVar("S")
I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741

BREAKS = (IllFormedModelError, AssertionError, AttributeError, TypeError, ValueError, KeyError, IndexError)
"""How the code of a role ends that is told what it never should be, in a state in which it never is."""
LONGEST = 4
"""How many inputs a sequence has at most."""
LONGEST_WITH_MORE = 2
"""And one for which the usual inputs did not suffice."""


def separating(
    one: S, other: S, inputs: Sequence[I], step: Callable[[S, I], tuple[S, O]], longest: int = LONGEST
) -> tuple[I, ...] | None:
    """A shortest sequence of inputs that two states answer differently; None if there is none of that length."""
    seen = {(one, other)}
    waiting: deque[tuple[S, S, tuple[I, ...]]] = deque([(one, other, ())])
    while waiting:
        first, second, way = waiting.popleft()
        for received in inputs:
            try:
                after_first, said_first = step(first, received)
                after_second, said_second = step(second, received)
            except BREAKS:  # one of them is no state that can be, and there is no right answer there
                continue
            if said_first != said_second:
                return (*way, received)
            pair = (after_first, after_second)
            if len(way) + 1 < longest and after_first != after_second and pair not in seen:
                seen.add(pair)
                waiting.append((*pair, (*way, received)))
    return None


def telling(
    state: S,
    others: Iterable[S],
    inputs: Sequence[I],
    step: Callable[[S, I], tuple[S, O]],
    more: Sequence[I] = (),
) -> tuple[tuple[I, ...], ...]:
    """Sequences that tell a state from each of some others, as far as there are any; with `more` inputs where the usual
    ones do not suffice. One that another begins with is left out."""
    found: list[tuple[I, ...]] = []

    def told(other: S, by: Sequence[I], longest: int) -> bool:
        if other == state or any(_tells(state, other, way, step) for way in found):
            return True
        way = separating(state, other, by, step, longest)
        found.extend([] if way is None else [way])
        return way is not None

    left = [other for other in others if not told(other, inputs, LONGEST)]
    for other in left if more else ():
        told(other, (*inputs, *more), LONGEST_WITH_MORE)
    return whole(found)


class Identifiers(Generic[S, I, O]):
    """What identifies each state of a machine, harmonised: two states are told apart by one sequence, whichever of the
    two it is asked of. Else one state could answer to its own sequences as one state does, and to those of another as
    the other does, and nobody would see that it is one."""

    def __init__(self, states: Iterable[S], inputs: Sequence[I], step: Callable[[S, I], tuple[S, O]]) -> None:
        self._inputs, self._step = inputs, step
        self._between: dict[frozenset[S], tuple[I, ...] | None] = {}
        pairs = list(combinations(dict.fromkeys(states), 2))
        ways = dict.fromkeys(way for pair in pairs if (way := separating(*pair, inputs, step)))
        tells = Counter({way: sum(_tells(*pair, way, step) for pair in pairs) for way in ways})
        self._known = [way for way, _ in tells.most_common()]
        """Those that tell most states apart come first, so that few are needed."""

    def between(self, one: S, other: S) -> tuple[I, ...] | None:
        """The sequence that tells two states apart; None if there is none."""
        pair = frozenset((one, other))
        if pair not in self._between:
            known = next((way for way in self._known if _tells(one, other, way, self._step)), None)
            self._between[pair] = known or separating(one, other, self._inputs, self._step)
        return self._between[pair]

    def of(self, state: S, others: Iterable[S]) -> tuple[tuple[I, ...], ...]:
        """What tells a state from each of some others, as far as there is anything."""
        ways = (self.between(state, other) for other in others if other != state)
        return whole(dict.fromkeys(way for way in ways if way is not None))


def whole(sequences: Iterable[tuple[I, ...]]) -> tuple[tuple[I, ...], ...]:
    """Sequences without those that another one begins with."""
    found = tuple(sequences)
    beginnings = {one[:length] for one in found for length in range(len(one))}
    return tuple(one for one in found if one not in beginnings)


def _tells(one: S, other: S, way: Sequence[I], step: Callable[[S, I], tuple[S, O]]) -> bool:
    for received in way:
        try:
            one, said = step(one, received)
            other, said_too = step(other, received)
        except BREAKS:
            return False
        if said != said_too:
            return True
    return False
