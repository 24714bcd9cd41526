"""Simulation: random walks through a packed system that is too large to be searched. It proves nothing.

Walks come in rounds. A round is a function of the seed and of its number alone, so that it does not matter which
process walks it, or when. Rounds take turns in how they walk:

* `random`: each walk goes from the beginning, and takes any step that changes something.
* `subset`: about half of the kinds of steps are left out, others in each round, as far as anything else is possible.
  Such a swarm of handicapped walks comes where even-handed ones hardly do (Holzmann, Joshi, Groce, *Swarm
  Verification*, 2008).
* `order`: the kinds of steps are put into a random order, and mostly the first one that is possible is taken.

The last two avoid states where their round has been, and each walk of theirs begins in one of these, every other time
in one where some step was possible that had not been possible before: so they go deep, and to what is rare.
Every step that is possible in a state on the way is looked at, though only one is taken: a check that would fail is
seen, and the step counts as seen at work, as in a search.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, NamedTuple

from payrelay.verification.engines.exploration import Exploration
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.channels import MOST_COPIES
from payrelay.verification.tables.packing import Label, Packed

Kind = Literal["random", "subset", "order"]
KINDS: tuple[Kind, ...] = ("random", "subset", "order")
"""How walks are taken, in the order in which rounds take turns."""
STEPS_OF_A_ROUND = 10_000
SHARE_LEFT_OUT = 0.5
"""Of the kinds of steps, in a round of subsets."""
SHARE_AT_RANDOM = 0.1
"""Of the steps in a round of orders that are taken whatever the order."""
SHARE_FROM_RARE = 0.5
"""Of the walks that begin where something rare is possible."""
MOST_REMEMBERED = 200_000
"""Local views that are kept; then they are found anew."""


@dataclass(frozen=True)
class Plan:
    """What is walked."""

    seed: int
    steps: int
    """Of all walks together."""
    depth: int
    """The most steps from the beginning."""

    @property
    def rounds(self) -> int:
        """How many rounds there are; the last one may be shorter."""
        return -(-self.steps // STEPS_OF_A_ROUND)

    def steps_of(self, number: int) -> int:
        """How many steps a round has. One that has been everywhere that it can go has fewer."""
        return min(STEPS_OF_A_ROUND, self.steps - number * STEPS_OF_A_ROUND)


class Run(NamedTuple):
    """A run to a violation. Of several the shortest counts, then the one of the earliest round."""

    length: int
    round: int
    labels: tuple[int, ...]


@dataclass
class Round:
    """What a round of walks saw."""

    number: int
    kind: Kind
    walks: int = 0
    steps: int = 0
    looked_at: int = 0
    """The steps that were possible on the way, taken or not."""
    depth: int = 0
    states: array[int] = field(default_factory=lambda: array("Q"))
    """Fingerprints of the distinct states on the way."""
    fired: set[int] = field(default_factory=set)
    """The labels of the steps that were possible on the way."""
    crashes: set[tuple[int, int]] = field(default_factory=set)
    """Where faults are counted: the local states of a party that could crash in them, and the label of its crash."""
    violations: dict[int, Run] = field(default_factory=dict)
    overflows: bool = False
    """Whether a step would have put more copies under way than are counted; it was not taken."""


class Walking(TableEngine):
    """A table engine that remembers what each machine may do, by the bits that this depends on.

    Walks meet the same local views again and again, so that this makes them two or three times as fast.
    """

    _views: dict[tuple[int, int], tuple[int, dict[int, list[Packed]]]]
    _remembered: int

    def _candidates(self, state: int) -> Iterator[list[Packed]]:
        """Those rewrites that are enabled, but for the budgets."""
        for number, place in enumerate(self.machines):
            local = (state >> place.shift) & place.mask
            depends, known = self._view(number, local)
            found = known.get(state & depends)
            if found is None:
                found = known[state & depends] = self._enabled(number, local, state)
                self._remembered += 1
            if found:
                yield found

    def _view(self, number: int, local: int) -> tuple[int, dict[int, list[Packed]]]:
        if self._remembered > MOST_REMEMBERED:
            self._views, self._remembered = {}, 0
        view = self._views.get((number, local))
        if view is None:
            joint = self.joint[number][local]
            depends = sum(self.machines[neighbour].care for neighbour in joint)
            for rewrites in (self.alone[number][local], *(of for by in joint.values() for of in by.values())):
                for one in rewrites:
                    depends |= one.present | one.care
            view = self._views[number, local] = depends, {}
        return view

    def _enabled(self, number: int, local: int, state: int) -> list[Packed]:
        rewrites = list(self.alone[number][local])
        for neighbour, by_local in self.joint[number][local].items():
            rewrites += by_local.get(self.machines[neighbour].of(state), ())
        return [
            one for one in rewrites if not (one.present and not state & one.present) and state & one.care == one.want
        ]

    def _pack(self) -> None:
        super()._pack()
        self._views, self._remembered = {}, 0
        sorts = [_sort(self, label) for label in self.labels]
        numbers = {sort: number for number, sort in enumerate(sorted(set(sorts)))}
        self.sort_of = [numbers[sort] for sort in sorts]
        """The sort of each step, by its label: swarms leave out and order these."""
        self.sorts = len(numbers)

    def walk(self, plan: Plan, number: int, stop: Callable[[], bool] = lambda: False) -> Round:
        """Walk a round. `stop` is asked before every walk."""
        return _Walks(self, plan, number).run(stop)


def _sort(engine: TableEngine, label: Label) -> tuple[str, str, str, bool]:
    """What swarms tell steps apart by: what happens to whom, by which input."""
    if label.rewrite is not None:
        party = engine.system.instances[label.rewrite.machine].party
        return label.kind, party, label.rewrite.received.event, label.early
    event = "" if label.message is None else engine.tabulation.messages[label.message].event
    return label.kind, label.party, event, label.early


class _Walks:
    """The walks of one round, and where they have been: a tree of states."""

    def __init__(self, engine: Walking, plan: Plan, number: int) -> None:
        self.engine = engine
        self.plan = plan
        self.random = random.Random(f"{plan.seed}/{number}")
        self.found = Round(number, KINDS[number % len(KINDS)])
        self.fired = bytearray(len(engine.labels))
        self.tree: dict[int, tuple[int, int, int]] = dict.fromkeys(engine.initial, (0, -1, 0))
        """How each state was first reached: from which state, by which label, in how many steps."""
        self.open = list(self.tree)
        """Where a walk may begin: where some step may lead to a state that is new."""
        self.rare: list[int] = []
        """Where some step was possible that had not been possible before."""
        self.cares = {
            label: sum(engine.machines[machine].care for machine, _ in machines)
            for machines, label in (engine.crashes if engine.is_counted else ())
        }
        self.choose = {"random": self._any, "subset": self._of_subset, "order": self._by_order}[self.found.kind]
        self.avoids = self.found.kind != "random"
        self.ranks = [self.random.random() for _ in range(engine.sorts)]

    def run(self, stop: Callable[[], bool]) -> Round:
        """Walk to the end of the round, or until it is stopped."""
        found = self.found
        while found.steps < self.plan.steps_of(found.number) and self.open and not stop():
            found.walks += 1
            self._walk()
        found.fired = {label for label, did in enumerate(self.fired) if did}
        width = -(-self.engine.bits // 8)
        found.states = array("Q", (_fingerprint(state, width) for state in self.tree))
        return found

    def _walk(self) -> None:
        found, tree = self.found, self.tree
        origins = self.rare if self.avoids and self.rare and self.random.random() < SHARE_FROM_RARE else self.open
        place = int(self.random.random() * len(origins))
        state = origins[place]
        first = depth = tree[state][2]
        last = min(self.plan.depth, first + self.plan.steps_of(found.number) - found.steps)
        while (possible := self._look(state)) and depth < last:
            label, after = self.choose(possible)
            depth += 1
            if after not in tree:
                tree[after] = state, label, tree[state][2] + 1
                if self.avoids:
                    self.open.append(after)
            state = after
        found.steps += depth - first
        found.depth = max(found.depth, depth)
        if depth == first:
            origins[place] = origins[-1]
            origins.pop()

    def _look(self, state: int) -> list[tuple[int, int]]:
        """Check all that is possible in a state, and say what a walk may do: (label, next state)."""
        fired, tree, avoids, overflow = self.fired, self.tree, self.avoids, self.engine.overflow
        possible = []
        looked_at = 0
        is_rare = False
        for label, after, checks in self.engine.successors(state):
            looked_at += 1
            if not fired[label]:
                fired[label] = is_rare = True
            for bit, bad, conjunct in checks:
                if not bit or bool(state & bit) is bad:
                    self._violate(conjunct, state, label)
            if after & overflow:
                self.found.overflows = True
            elif after not in tree if avoids else after != state:
                possible.append((label, after))
            if label in self.cares:
                self.found.crashes.add((state & self.cares[label], label))
        self.found.looked_at += looked_at
        if is_rare:
            self.rare.append(state)
        return possible

    def _violate(self, conjunct: int, state: int, label: int) -> None:
        length = self.tree[state][2] + 1
        best = self.found.violations.get(conjunct)
        if best is None or length < best.length:
            labels = [label]
            while (step := self.tree[state])[1] >= 0:
                state = step[0]
                labels.append(step[1])
            self.found.violations[conjunct] = Run(length, self.found.number, tuple(reversed(labels)))

    def _any(self, possible: list[tuple[int, int]]) -> tuple[int, int]:
        return possible[int(self.random.random() * len(possible))]

    def _of_subset(self, possible: list[tuple[int, int]]) -> tuple[int, int]:
        sorts, ranks = self.engine.sort_of, self.ranks
        return self._any([step for step in possible if ranks[sorts[step[0]]] >= SHARE_LEFT_OUT] or possible)

    def _by_order(self, possible: list[tuple[int, int]]) -> tuple[int, int]:
        if self.random.random() < SHARE_AT_RANDOM:
            return self._any(possible)
        sorts, ranks = self.engine.sort_of, self.ranks
        first = max(ranks[sorts[label]] for label, _ in possible)
        return self._any([step for step in possible if ranks[sorts[step[0]]] == first])


def _fingerprint(state: int, width: int) -> int:
    """64 bits, the same in every process. That any two of a million states share theirs is one chance in 37 million."""
    return int.from_bytes(blake2b(state.to_bytes(width, "little"), digest_size=8).digest(), "little")


class Figures(NamedTuple):
    """How much walks of one kind, or all, have seen."""

    rounds: int
    walks: int
    steps: int
    states: int
    """Distinct ones, by their fingerprints."""
    new: int
    """Of these, those first seen in the last tenth of the rounds: what more walks may be expected to find."""


class Simulation:
    """What all rounds saw together. They are added in their order, so that the seed decides what is new in which."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []
        """Without their states."""
        self.fired: set[int] = set()
        self.crashes: set[tuple[int, int]] = set()
        self.violations: dict[int, Run] = {}
        self._seen: dict[int, int] = {}
        """For each state, a bit for each kind of walks that saw it."""
        self._new: list[tuple[int, int]] = []
        """For each round how many states are new to all, and to its kind."""

    def add(self, round_: Round) -> None:
        """Add a round."""
        seen, bit = self._seen, 1 << KINDS.index(round_.kind)
        new = new_to_kind = 0
        for state in round_.states:
            kinds = seen.get(state, 0)
            new += not kinds
            new_to_kind += not kinds & bit
            seen[state] = kinds | bit
        self._new.append((new, new_to_kind))
        round_.states = array("Q")
        self.rounds.append(round_)
        self.fired |= round_.fired
        self.crashes |= round_.crashes
        for conjunct, run in round_.violations.items():
            self.violations[conjunct] = min(run, self.violations.get(conjunct, run))

    @property
    def states(self) -> int:
        """Distinct states that were seen."""
        return len(self._seen)

    @property
    def steps(self) -> int:
        """Steps that were taken."""
        return sum(one.steps for one in self.rounds)

    @property
    def depth(self) -> int:
        """The most steps from the beginning."""
        return max((one.depth for one in self.rounds), default=0)

    def figures(self, kind: Kind | None = None) -> Figures:
        """The figures of a kind, or of all."""
        rounds = [one for one in self.rounds if kind in (None, one.kind)]
        new = [self._new[one.number][kind is not None] for one in rounds]
        last = -(-len(new) // 10)
        return Figures(
            len(rounds),
            sum(one.walks for one in rounds),
            sum(one.steps for one in rounds),
            sum(new),
            sum(new[len(new) - last :]),
        )

    def exploration(self, engine: TableEngine, bound: str) -> Exploration:
        """The same in the form of a search that was cut short."""
        others = [engine.bound_of(self.fired)]
        if any(one.overflows for one in self.rounds):
            others.append(f"over {MOST_COPIES} copies of one message were under way")
        return Exploration(
            states=self.states,
            steps=self.steps,
            depth=self.depth,
            bound="; ".join([bound, *(one for one in others if one)]),
            violations={conjunct: list(run.labels) for conjunct, run in self.violations.items()},
            fired=self.fired,
        )


def shortened(engine: TableEngine, labels: Sequence[int], conjunct: int) -> list[int]:
    """A run to the same violation from which no single step can be left out."""
    run, before = list(labels), 0
    while len(run) != before:
        before = len(run)
        for place in range(len(run) - 2, -1, -1):
            shorter = run[:place] + run[place + 1 :]
            if violates(engine, shorter, conjunct):
                run = shorter
    return run


def violates(engine: TableEngine, labels: Sequence[int], conjunct: int) -> bool:
    """Whether there is such a run, and its last step violates the conjunct."""
    return any(_violates_from(engine, state, labels, conjunct) for state in engine.initial)


def _violates_from(engine: TableEngine, state: int, labels: Sequence[int], conjunct: int) -> bool:
    for wanted in labels[:-1]:
        after = next((to for label, to, _ in engine.successors(state) if label == wanted), None)
        if after is None or after & engine.overflow:
            return False
        state = after
    return any(
        of == conjunct and (not bit or bool(state & bit) is bad)
        for label, _, checks in engine.successors(state)
        if label == labels[-1]
        for bit, bad, of in checks
    )
