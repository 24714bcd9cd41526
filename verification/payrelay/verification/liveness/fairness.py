"""Fairness: runs that go on for ever, or end, without what has to happen, on a finished graph.

A run may stop where nothing is possible that the fairness assumptions name: nobody has to lose a message, crash or
press a button. One that goes on for ever does so in a strongly connected part of the graph. Weak fairness is
decided per part; for strong fairness a part without its fair run is searched again without the states in which
the action that never happens is possible (the emptiness check of Streett automata, Emerson and Lei 1987).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from payrelay.verification.engines.exploration import Graph


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


def unanswered(graph: Graph, starts: Collection[int], responses: Collection[int], fair: FairActions) -> Lasso | None:
    """A fair run that goes through one of the starting steps and then takes no step with a response label.

    Starting steps are given by their place in the graph; -1 - n stands for beginning in state n.
    """
    return _Search(graph, frozenset(responses), fair).run(starts)


class _Search:
    def __init__(self, graph: Graph, responses: frozenset[int], fair: FairActions) -> None:
        self.graph, self.fair = graph, fair
        self.is_response = bytearray(len(fair.taken))
        for label in responses:
            self.is_response[label] = 1
        self.came: dict[int, int] = {}
        """For a state that has no response yet, the step by which it was found."""
        self.region = [0] * len(graph.states)
        """The part of the graph that a state belongs to at present; 0 for none."""
        self.regions = 0

    def run(self, starts: Collection[int]) -> Lasso | None:
        order = self._reach(starts)
        for state in order:
            if (loop := self._stops(state)) is not None:
                return self._lasso(state, loop)
        waiting = [order]
        while waiting:
            part = self._mark(waiting.pop())
            for component in sorted(self._components(part), key=lambda states: self._rank[states[0]]):
                fair, again = self._judge(self._mark(component))
                if fair is not None:
                    return fair
                if again:
                    waiting.append(again)
        return None

    def _reach(self, starts: Collection[int]) -> list[int]:
        """The states after a start without a response, nearest first."""
        targets, labels, offsets = self.graph.targets, self.graph.labels, self.graph.offsets
        for place in sorted(starts):
            self.came.setdefault(-1 - place if place < 0 else targets[place], place)
        self._beginnings = dict(self.came)
        order = list(self.came)
        came, is_response = self.came, self.is_response
        for state in order:
            for place in range(offsets[state], offsets[state + 1]):
                target = targets[place]
                if target not in came and not is_response[labels[place]]:
                    came[target] = place
                    order.append(target)
        self._rank = {state: rank for rank, state in enumerate(order)}
        return order

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

    def _mark(self, states: list[int]) -> list[int]:
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

    def _components(self, states: list[int]) -> Iterator[list[int]]:
        """The strongly connected components of more than one state (Tarjan, without recursion)."""
        targets, labels, offsets = self.graph.targets, self.graph.labels, self.graph.offsets
        region, is_response, rank = self.region, self.is_response, self._rank.__getitem__
        numbers: dict[int, int] = {}
        lowest: dict[int, int] = {}
        on_stack: set[int] = set()
        stack: list[int] = []
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
                    component = [stack.pop()]
                    while component[-1] != state:
                        component.append(stack.pop())
                    on_stack.difference_update(component)
                    if len(component) > 1:
                        yield sorted(component, key=rank)

    def _judge(self, component: list[int]) -> tuple[Lasso | None, list[int]]:
        """A fair run within a component; or, if there is none, the states in which there may still be one."""
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
            return self._fair_lasso(component, states_with, taken), []
        if not all(self.fair.strong[action] for action in missing):
            return None, []
        return None, [state for state in component if missing.isdisjoint(self._possible(state))]

    def _possible(self, state: int) -> set[int]:
        return {action for label, _ in self.graph.steps(state) for action in self.fair.possible[label]}

    def _fair_lasso(self, component: list[int], states_with: Counter[int], taken: set[int]) -> Lasso:
        way = [component[0]]
        loop: list[int] = []
        done: set[int] = set()
        for action in sorted(states_with):
            if action in done:
                continue
            if not self.fair.strong[action] and any(action not in self._possible(state) for state in way):
                continue
            for label, state in self._way(way[-1], self._for(action, action in taken)):
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
        while state not in self._beginnings:
            state = self._back(self.came[state], way)
        place = self._beginnings[state]
        if place >= 0:
            state = self._back(place, way)
        prefix = self.graph.path(state) + way[::-1]
        while self.graph.parents[state][0] >= 0:
            state = self.graph.parents[state][0]
        return Lasso(state, prefix, loop)

    def _back(self, place: int, way: list[int]) -> int:
        way.append(self.graph.labels[place])
        return bisect_right(self.graph.offsets, place) - 1
