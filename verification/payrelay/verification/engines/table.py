"""The table engine: breadth-first search in plain Python over a packed system."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator

from payrelay.verification.engines.exploration import Exploration, Graph, Limits, limit_reached, path_to
from payrelay.verification.tables.channels import MOST_COPIES
from payrelay.verification.tables.packing import Packed, Packing


class TableEngine(Packing):
    """One system, packed; `explore` searches it."""

    def _candidates(self, state: int) -> Iterator[list[Packed]]:
        """The rewrites whose first two machines are in the right local states."""
        machines = self.machines
        for place, alone, joint in zip(machines, self.alone, self.joint, strict=True):
            local = (state >> place.shift) & place.mask
            yield alone[local]
            for neighbour, by_local in joint[local].items():
                beside = machines[neighbour]
                if (rewrites := by_local.get((state >> beside.shift) & beside.mask)) is not None:
                    yield rewrites

    def successors(self, state: int) -> Iterator[tuple[int, int, tuple[tuple[int, bool, int], ...]]]:
        """All steps from a state: (label, next state, checks to hold against the state left)."""
        budgets = self.budgets
        for rewrites in self._candidates(state):
            for present, care, want, keep, put, delta, checks, label, second, quiet in rewrites:
                if (present and not state & present) or state & care != want:
                    continue
                after = (state & keep | put) + delta
                if not quiet or not state & quiet:
                    yield label, after, checks
                elif second >= 0 and (early := budgets["early_timeouts"]).of(state):
                    yield second, after - (1 << early.shift), checks
                if second >= 0 and not quiet and present and (duplicates := budgets["duplicates"]).of(state):
                    copy = 1 << self.channel[self.labels[second].message or 0].shift
                    yield second, after + copy - (1 << duplicates.shift), checks
        for place, label in self.strays:
            if place.of(state):
                yield label, state - (1 << place.shift), ()
        if self.losses and (losses := budgets["losses"]).of(state):
            for place, label in self.losses:
                if place.of(state):
                    yield label, state - (1 << place.shift) - (1 << losses.shift), ()
        if self.crashes and ("crashes" not in budgets or budgets["crashes"].of(state)):
            for machines, label in self.crashes:
                after = state - ((1 << budgets["crashes"].shift) if "crashes" in budgets else 0)
                for machine, restarted in machines:
                    place = self.machines[machine]
                    number = (state >> place.shift) & place.mask
                    after += (restarted[number] - number) << place.shift
                yield label, after, ()

    def explore(
        self,
        limits: Limits | None = None,
        progress: Callable[[Exploration, int], None] | None = None,
        graph: Graph | None = None,
    ) -> Exploration:
        """Search breadth first to the end or to a limit. With a graph, record every step in it."""
        limits = limits or Limits()
        started = time.perf_counter()
        found = Exploration()
        numbers = {state: number for number, state in enumerate(self.initial)}
        order = list(self.initial)
        parents, arrivals = array("q", [-1]) * len(order), array("q", [-1]) * len(order)
        fired = bytearray(len(self.labels))
        undecided = set(range(len(self.watched)))
        level_end = len(order)
        position = 0
        steps = 0
        overflow = self.overflow
        try:
            while position < len(order):
                if position == level_end:
                    found.depth += 1
                    level_end = len(order)
                if not position & 4095:
                    found.states, found.steps, found.seconds = len(order), steps, time.perf_counter() - started
                    if progress:
                        progress(found, len(order) - position)
                    if reached := limit_reached(found, limits):
                        found.bound = reached
                        break
                state = order[position]
                for label, after, checks in self.successors(state):
                    fired[label] = 1
                    for bit, bad, conjunct in checks:
                        if conjunct in undecided and (not bit or bool(state & bit) is bad):
                            undecided.discard(conjunct)
                            found.violations[conjunct] = [*path_to(parents, arrivals, position), label]
                    if after & overflow:
                        found.bound = f"over {MOST_COPIES} copies of one message were under way"
                        continue
                    number = numbers.get(after)
                    if number is None:
                        number = numbers[after] = len(order)
                        order.append(after)
                        parents.append(position)
                        arrivals.append(label)
                    steps += after != state
                    if graph is not None:
                        graph.targets.append(number)
                        graph.labels.append(label)
                if graph is not None:
                    graph.offsets.append(len(graph.targets))
                position += 1
                if limits.violations is not None and len(found.violations) >= limits.violations:
                    found.bound = (
                        found.bound or f"{limits.violations} violations were found, as many as were looked for"
                    )
                    break
        except KeyboardInterrupt:
            found.interrupted = True
            found.bound = "interrupted"
        found.states, found.steps, found.seconds = len(order), steps, time.perf_counter() - started
        found.fired = {label for label, did in enumerate(fired) if did}
        found.bound = found.bound or self.bound_of(found.fired)
        if graph is not None:
            graph.put(order, self.words)
            graph.parents, graph.arrivals = parents, arrivals
            while len(graph.offsets) <= len(order):
                graph.offsets.append(len(graph.targets))
        return found
