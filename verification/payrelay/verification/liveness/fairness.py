"""Fairness: runs that go on for ever, or end, without what has to happen, on a finished graph.

A run may stop where nothing is possible that the fairness assumptions name: nobody has to lose a message, crash or
press a button. One that goes on for ever does so in a strongly connected part of the graph. Weak fairness is
decided per part; for strong fairness a part without its fair run is searched again without the states in which
the action that never happens is possible (the emptiness check of Streett automata, Emerson and Lei 1987).
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import NamedTuple

from payrelay.verification.engines.exploration import Graph

UNSEEN = -1 << 63
"""Where no step has led to yet."""


class Lasso(NamedTuple):
    """A run: from a state along some labels, and round the loop for ever. Without a loop, it may stop there."""

    start: int
    prefix: list[int]
    loop: list[int]


@dataclass(frozen=True)
class FairActions:
    """The actions that fairness speaks of, and the labels that they have."""

    strong: tuple[bool, ...]
    """For each action, whether being possible again and again is enough for it to have to happen."""
    taken: tuple[tuple[int, ...], ...]
    """For each label, the actions that a step with it is."""
    possible: tuple[tuple[int, ...], ...]
    """For each label, the actions that are possible where it is. A fault of an action does not make it possible."""

    @cached_property
    def flat(self) -> tuple[array[int], ...]:
        """The same for a compiled search: those taken, from where to where for each label; and those possible."""
        return (*_flat(self.taken), *_flat(self.possible))


def _flat(rows: Sequence[Sequence[int]]) -> tuple[array[int], array[int]]:
    return array("q", accumulate(map(len, rows), initial=0)), array("q", chain.from_iterable(rows))


class Part(NamedTuple):
    """A strongly connected part of the graph with a fair run."""

    states: Sequence[int]
    """Nearest first."""
    possible: Sequence[int]
    """The actions that are possible somewhere in it, in order."""
    taken: Set[int]
    """Those that some step inside is."""


class Search:
    """Looks for a fair run that goes through a starting step and then takes no step with a response label.

    What takes long is asked in three questions: `_reach`, `_first_stop` and `_fair_part`.
    """

    def __init__(self, graph: Graph, responses: Iterable[int], fair: FairActions) -> None:
        self.graph, self.fair = graph, fair
        self.is_response = bytearray(len(fair.taken))
        for label in responses:
            self.is_response[label] = 1
        self.came = array("q", [UNSEEN]) * len(graph.states)
        """For a state that has no response yet, the step by which it was found."""
        self.order = array("q")
        """The states after a start without a response, nearest first."""
        self.beginnings = 0
        """How many of them a start leads to."""
        self.region = array("q", [0]) * len(graph.states)
        """The part of the graph that a state belongs to at present; 0 for none."""
        self.regions = 0

    def run(self, starts: array[int]) -> Lasso | None:
        """The run, or None if there is none.

        Starting steps are given by their place in the graph, in order; -1 - n stands for beginning in state n.
        """
        self._reach(starts)
        if (state := self._first_stop()) is not None:
            return self._lasso(state, self._stops(state) or [])
        part = self._fair_part()
        return None if part is None else self._fair_lasso(part)

    def _reach(self, starts: array[int]) -> None:
        """Find the states after a start without a response."""
        targets, labels, offsets = self.graph.targets, self.graph.labels, self.graph.offsets
        came, order, is_response = self.came, self.order, self.is_response
        for place in starts:
            state = -1 - place if place < 0 else targets[place]
            if came[state] == UNSEEN:
                came[state] = place
                order.append(state)
        self.beginnings = len(order)
        for state in order:
            for place in range(offsets[state], offsets[state + 1]):
                target = targets[place]
                if came[target] == UNSEEN and not is_response[labels[place]]:
                    came[target] = place
                    order.append(target)

    def _first_stop(self) -> int | None:
        """The nearest state in which a run may stop."""
        return next((state for state in self.order if self._stops(state) is not None), None)

    def _stops(self, state: int) -> list[int] | None:
        """Steps that lead nowhere and leave nothing to do that has to happen; None if something has to."""
        possible, taken = self.fair.possible, self.fair.taken
        has_to: set[int] = set()
        loop: list[int] = []
        for label, target in self.graph.steps(state):
            has_to.update(possible[label])
            if target == state and not self.is_response[label] and taken[label]:
                loop.append(label)
        if not has_to:
            return []
        return loop if has_to.issubset(action for label in loop for action in taken[label]) else None

    def _fair_part(self) -> Part | None:
        """A part of the states reached in which a run can go on for ever, fairly."""
        waiting: list[Sequence[int]] = [self.order]
        while waiting:
            states = self._mark(waiting.pop())
            for component in self._components(states):
                fair, again = self._judge(self._mark(component))
                if fair is not None:
                    return fair
                if again:
                    waiting.append(again)
        return None

    def _mark(self, states: Sequence[int]) -> Sequence[int]:
        """Make some states a part of their own."""
        self.regions += 1
        for state in states:
            self.region[state] = self.regions
        return states

    def _inner(self, state: int) -> Iterator[tuple[int, int]]:
        """The steps of a state that stay in its part, without a response."""
        region = self.region[state]
        for label, target in self.graph.steps(state):
            if self.region[target] == region and not self.is_response[label]:
                yield label, target

    def _components(self, states: Sequence[int]) -> list[list[int]]:
        """The strongly connected components of more than one state, nearest first (Tarjan, without recursion)."""
        targets, labels, offsets = self.graph.targets, self.graph.labels, self.graph.offsets
        region, is_response = self.region, self.is_response
        numbers: dict[int, int] = {}
        lowest: dict[int, int] = {}
        on_stack: set[int] = set()
        stack: list[int] = []
        found: dict[int, int] = {}
        """For each state, the one that its component was entered by."""
        for root in states:
            if root in numbers:
                continue
            part = region[root]
            calls = [root]
            places: list[int] = []
            while calls:
                state = calls[-1]
                if len(places) < len(calls):
                    numbers[state] = lowest[state] = len(numbers)
                    stack.append(state)
                    on_stack.add(state)
                    places.append(offsets[state])
                low = lowest[state]
                for place in range(places[-1], offsets[state + 1]):
                    target = targets[place]
                    if region[target] != part or is_response[labels[place]]:
                        continue
                    if target not in numbers:
                        places[-1] = place
                        calls.append(target)
                        break
                    if target in on_stack and lowest[target] < low:
                        low = lowest[target]
                lowest[state] = low
                if calls[-1] != state:
                    continue
                calls.pop()
                places.pop()
                if low == numbers[state]:
                    member = None
                    while member != state:
                        member = stack.pop()
                        on_stack.discard(member)
                        found[member] = state
        components: dict[int, list[int]] = {}
        for state in states:
            components.setdefault(found[state], []).append(state)
        return [component for component in components.values() if len(component) > 1]

    def _judge(self, component: Sequence[int]) -> tuple[Part | None, list[int]]:
        """Whether a run within a component is fair; or, if none is, the states in which one may still be."""
        taken: set[int] = set()
        for state in component:
            for label, _ in self._inner(state):
                taken.update(self.fair.taken[label])
        states_with = Counter(action for state in component for action in self._possible(state))
        missing = {
            action
            for action, states in states_with.items()
            if action not in taken and (self.fair.strong[action] or states == len(component))
        }
        if not missing:
            return Part(component, sorted(states_with), taken), []
        if not all(self.fair.strong[action] for action in missing):
            return None, []
        return None, [state for state in component if missing.isdisjoint(self._possible(state))]

    def _possible(self, state: int) -> set[int]:
        return {action for label, _ in self.graph.steps(state) for action in self.fair.possible[label]}

    def _fair_lasso(self, part: Part) -> Lasso:
        way = [part.states[0]]
        loop: list[int] = []
        done: set[int] = set()
        for action in part.possible:
            if action in done:
                continue
            if not self.fair.strong[action] and any(action not in self._possible(state) for state in way):
                continue
            for label, state in self._way(way[-1], self._for(action, action in part.taken)):
                loop.append(label)
                way.append(state)
                done.update(self.fair.taken[label])
        if way[-1] != way[0] or not loop:
            loop += [label for label, _ in self._way(way[-1], lambda _, state: state == way[0])]
        return self._lasso(way[0], loop)

    def _for(self, action: int, by_taking: bool) -> Callable[[int, int], bool]:
        """Whether a step is fair to an action: it takes it, or it comes to where it is not possible."""
        if by_taking:
            return lambda label, _: action in self.fair.taken[label]
        return lambda _, state: action not in self._possible(state)

    def _way(self, state: int, is_there: Callable[[int, int], bool]) -> list[tuple[int, int]]:
        """The shortest way inside a part that ends with such a step, as (label, next state)."""
        came: dict[int, tuple[int, int]] = {}
        queue = [state]
        for now in queue:
            for label, target in self._inner(now):
                if is_there(label, target):
                    way = [(label, target)]
                    while now != state:
                        now, label, reached = *came[now], now
                        way.append((label, reached))
                    return way[::-1]
                if target != state and target not in came:
                    came[target] = (now, label)
                    queue.append(target)
        raise AssertionError("a component is strongly connected")

    def _lasso(self, state: int, loop: list[int]) -> Lasso:
        way: list[int] = []
        beginnings = set(self.order[: self.beginnings])
        while state not in beginnings:
            state = self._back(self.came[state], way)
        if (place := self.came[state]) >= 0:
            state = self._back(place, way)
        return Lasso(self.graph.root(state), self.graph.path(state) + way[::-1], loop)

    def _back(self, place: int, way: list[int]) -> int:
        way.append(self.graph.labels[place])
        return self.graph.source(place)
