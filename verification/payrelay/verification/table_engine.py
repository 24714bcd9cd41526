"""The table engine: breadth-first search over bit vectors, each an integer.

A global state is one integer: the local state of every machine, the marks of the monitors, the budgets, and the
channel. Under unbounded faults the channel is the set of messages ever sent, a bit each; under budgeted faults it
holds the number of copies of each, with a bit above that says when there were more than can be counted.
"""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from payrelay.language.properties import Property
from payrelay.verification.facts import Fact, facts_before
from payrelay.verification.monitors import Check, Mark, Watched, verdict_of_fact, watched
from payrelay.verification.tabulation import Rewrite, Tabulation

COPIES_BITS = 3
"""Bits for the number of copies of one message; the highest one says that there were too many."""
MOST_COPIES = (1 << (COPIES_BITS - 1)) - 1


class Label(NamedTuple):
    """What a step is: one of a rewrite, a lost message, or a party's crash and restart."""

    kind: str
    """deliver, user, timeout, duplicate (a delivery that keeps the copy), lose, crash."""
    rewrite: Rewrite | None = None
    message: int | None = None
    party: str = ""
    early: bool = False
    """A time-out that fires while something of its procedure is still under way."""


class Field(NamedTuple):
    """Some bits of a state."""

    shift: int
    mask: int

    def of(self, state: int) -> int:
        """The value of the field."""
        return (state >> self.shift) & self.mask

    @property
    def care(self) -> int:
        """The field's bits."""
        return self.mask << self.shift


class _Packed(NamedTuple):
    """A rewrite as a guarded assignment: `x & keep | put`, plus delta.

    It is enabled if `x & care == want` and what it needs is there.
    """

    present: int
    care: int
    want: int
    keep: int
    put: int
    delta: int
    checks: tuple[tuple[int, bool, int], ...]
    """(bit, whether the set bit is bad, conjunct); no bit at all is always bad."""
    label: int
    second: int
    """The label of the same step as a duplicate delivery or as an early time-out; -1 if there is none."""
    quiet: int
    """For a patient-less timer: what must not be under way for it to fire without being early."""


@dataclass
class Limits:
    """Where a search stops before its end."""

    states: int | None = None
    seconds: float | None = None
    memory: int | None = None
    violations: int | None = None
    """After so many conjuncts were seen violated; to find one violation fast."""


@dataclass
class Exploration:
    """What a search found. `bound` says why it stopped early; None if it came to its end."""

    states: int = 0
    steps: int = 0
    depth: int = 0
    seconds: float = 0.0
    bound: str | None = None
    interrupted: bool = False
    violations: dict[int, list[int]] = field(default_factory=dict)
    """For a conjunct, by its place in `watched`: the labels of a shortest run to its violation."""
    fired: set[int] = field(default_factory=set)
    """The labels of all steps that were taken."""


class TableEngine:
    """One system, packed; `explore` searches it."""

    def __init__(self, tabulation: Tabulation, properties: Sequence[Property] = ()) -> None:
        self.tabulation = tabulation
        self.system = tabulation.system
        self.configuration = self.system.configuration
        self.watched: list[Watched] = watched(properties)
        self.labels: list[Label] = []
        self._layout()
        self._pack()
        self.initial = self._initial_states()

    def _layout(self) -> None:
        self._width = 0
        self.machines = [self._take(max(1, (len(states) - 1).bit_length())) for states in self.tabulation.locals]
        configuration = self.configuration
        budgets = ("losses", "duplicates", "crashes", "early_timeouts")
        self.budgets = {
            name: self._take(getattr(configuration, name).bit_length())
            for name in budgets
            if not configuration.is_unbounded and getattr(configuration, name)
        }
        self.marks: dict[object, int] = {}
        """The bit of every mark."""
        self._items: dict[Fact, tuple[Mark | Check, ...]] = {}
        for rewrite in self.tabulation.rewrites:
            for fact in rewrite.facts:
                for item in self._meaning(fact):
                    for key in (item.key,) if isinstance(item, Mark) else item.keys:
                        if key not in self.marks:
                            self.marks[key] = self._take(1).care
        width = 1 if configuration.is_unbounded else COPIES_BITS
        self.channel = [self._take(width) for _ in self.tabulation.messages]
        self._overflow = 0 if configuration.is_unbounded else sum(1 << (f.shift + width - 1) for f in self.channel)

    def _meaning(self, fact: Fact) -> tuple[Mark | Check, ...]:
        """What a fact means for all conjuncts, each in turn."""
        if fact not in self._items:
            conjuncts = [watch.conjunct for watch in self.watched]
            items = (verdict_of_fact(number, conjunct, fact) for number, conjunct in enumerate(conjuncts))
            self._items[fact] = tuple(item for of_one in items for item in of_one)
        return self._items[fact]

    def _take(self, width: int) -> Field:
        taken = Field(self._width, (1 << width) - 1)
        self._width += width
        return taken

    @property
    def bits(self) -> int:
        """The width of a state."""
        return self._width

    def _initial_states(self) -> list[int]:
        base = sum(1 << self.channel[message].shift for message in self.tabulation.injected)
        for name, budget in self.budgets.items():
            base |= getattr(self.configuration, name) << budget.shift
        for fact in facts_before(self.system):
            for item in self._meaning(fact):
                if isinstance(item, Mark):
                    base |= self.marks.get(item.key, 0)
        states = [base]
        for place, numbers in zip(self.machines, self.tabulation.initial, strict=True):
            states = [state | number << place.shift for state in states for number in numbers]
        return states

    def _label(self, label: Label) -> int:
        self.labels.append(label)
        return len(self.labels) - 1

    def _pack(self) -> None:
        # The rewrites of a machine in a local state: those that concern it alone, and those that a neighbour of the
        # same party takes part in, by the neighbour's local state.
        self._alone: list[list[list[_Packed]]] = [[[] for _ in states] for states in self.tabulation.locals]
        self._joint: list[list[dict[int, dict[int, list[_Packed]]]]] = [
            [{} for _ in states] for states in self.tabulation.locals
        ]
        procedures = [self.system.procedure_of(message) for message in self.tabulation.messages]
        self._under_way: dict[int | None, int] = {
            procedure: sum(
                place.care
                for place, of in zip(self.channel, procedures, strict=True)
                if None in (procedure, of) or of == procedure
            )
            for procedure in {instance.procedure for instance in self.system.instances}
        }
        for rewrite in self.tabulation.rewrites:
            (machine, local), *neighbours = rewrite.before
            rewrites = self._alone[machine][local]
            if neighbours:
                neighbour, its_local = neighbours[0]
                rewrites = self._joint[machine][local].setdefault(neighbour, {}).setdefault(its_local, [])
            rewrites.append(self._packed(rewrite))
        budgeted = not self.configuration.is_unbounded
        self._strays = [
            (self.channel[message], self._label(Label("deliver", None, message))) for message in self.tabulation.strays
        ] * budgeted
        self._losses = [
            (place, self._label(Label("lose", None, message))) for message, place in enumerate(self.channel)
        ] * ("losses" in self.budgets)
        crashes = self.configuration.is_unbounded or "crashes" in self.budgets
        self._crashes = [
            (self.system.machines_of[party], self._label(Label("crash", party=party))) for party in self.system.crashing
        ] * crashes

    def _packed(self, rewrite: Rewrite) -> _Packed:
        unbounded = self.configuration.is_unbounded
        care = want = changed = put = delta = 0
        for machine, number in rewrite.before[1:]:
            care |= self.machines[machine].care
            want |= number << self.machines[machine].shift
        for machine, number in rewrite.after:
            changed |= self.machines[machine].care
            put |= number << self.machines[machine].shift
        for message in rewrite.sends:
            if unbounded:
                put |= self.channel[message].care
            else:
                delta += 1 << self.channel[message].shift
        marks, checks = self._monitored(rewrite)
        present = 0
        second = -1
        quiet = 0
        label = self._label(Label(rewrite.kind, rewrite, rewrite.message))
        if rewrite.message is not None:
            present = self.channel[rewrite.message].care
            if not unbounded:
                delta -= 1 << self.channel[rewrite.message].shift
                if "duplicates" in self.budgets:
                    second = self._label(Label("duplicate", rewrite, rewrite.message))
        elif rewrite.kind == "timeout" and not unbounded and rewrite.received.event not in self.configuration.patient:
            quiet = self._under_way[self.system.instances[rewrite.machine].procedure]
            if "early_timeouts" in self.budgets:
                second = self._label(Label("timeout", rewrite, early=True))
        return _Packed(present, care, want, ~changed, put | marks, delta, checks, label, second, quiet)

    def _monitored(self, rewrite: Rewrite) -> tuple[int, tuple[tuple[int, bool, int], ...]]:
        """The marks that a rewrite sets, and the checks it must pass that are not settled within itself."""
        marks = 0
        checks: list[tuple[int, bool, int]] = []
        for fact in rewrite.facts:
            for item in self._meaning(fact):
                if isinstance(item, Mark):
                    marks |= self.marks[item.key]
                    continue
                bits = sum(self.marks[key] for key in set(item.keys))
                if bits & marks:
                    checks += [(0, True, item.conjunct)] * item.bad
                else:
                    checks.append((bits, item.bad, item.conjunct))
        return marks, tuple(checks)

    def _candidates(self, state: int) -> Iterator[list[_Packed]]:
        """The rewrites whose first two machines are in the right local states."""
        machines = self.machines
        for place, alone, joint in zip(machines, self._alone, self._joint, strict=True):
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
        for place, label in self._strays:
            if place.of(state):
                yield label, state - (1 << place.shift), ()
        if self._losses and (losses := budgets["losses"]).of(state):
            for place, label in self._losses:
                if place.of(state):
                    yield label, state - (1 << place.shift) - (1 << losses.shift), ()
        if self._crashes and ("crashes" not in budgets or budgets["crashes"].of(state)):
            for machines, label in self._crashes:
                after = state - ((1 << budgets["crashes"].shift) if "crashes" in budgets else 0)
                for machine in machines:
                    place = self.machines[machine]
                    number = (state >> place.shift) & place.mask
                    after += (self.tabulation.restarted[machine][number] - number) << place.shift
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
        parents: list[tuple[int, int]] = [(-1, -1)] * len(order)
        fired = bytearray(len(self.labels))
        undecided = set(range(len(self.watched)))
        level_end = len(order)
        position = 0
        steps = 0
        overflow = self._overflow
        try:
            while position < len(order):
                if position == level_end:
                    found.depth += 1
                    level_end = len(order)
                if not position & 4095:
                    found.states, found.steps, found.seconds = len(order), steps, time.perf_counter() - started
                    if progress:
                        progress(found, len(order) - position)
                    if reached := _limit(found, limits):
                        found.bound = reached
                        break
                state = order[position]
                for label, after, checks in self.successors(state):
                    fired[label] = 1
                    for bit, bad, conjunct in checks:
                        if conjunct in undecided and (not bit or bool(state & bit) is bad):
                            undecided.discard(conjunct)
                            found.violations[conjunct] = [*_path(parents, position), label]
                    if after & overflow:
                        found.bound = f"over {MOST_COPIES} copies of one message were under way"
                        continue
                    number = numbers.get(after)
                    if number is None:
                        number = numbers[after] = len(order)
                        order.append(after)
                        parents.append((position, label))
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
        if graph is not None:
            graph.states, graph.parents = order, parents
            while len(graph.offsets) <= len(order):
                graph.offsets.append(len(graph.targets))
        return found


class Graph:
    """All states and steps of a finished search: the steps of state n are those from offsets[n] to offsets[n + 1]."""

    def __init__(self) -> None:
        self.states: list[int] = []
        self.parents: list[tuple[int, int]] = []
        self.offsets = array("q", [0])
        self.targets = array("q")
        self.labels = array("q")

    def steps(self, number: int) -> Iterator[tuple[int, int]]:
        """The steps of a state: (label, number of the next state)."""
        for place in range(self.offsets[number], self.offsets[number + 1]):
            yield self.labels[place], self.targets[place]

    def path(self, number: int) -> list[int]:
        """The labels of a shortest run to a state."""
        return _path(self.parents, number)


def _path(parents: list[tuple[int, int]], number: int) -> list[int]:
    path: list[int] = []
    while number >= 0 and parents[number][0] >= 0:
        number, label = parents[number]
        path.append(label)
    return path[::-1]


def _limit(found: Exploration, limits: Limits) -> str | None:
    if limits.states is not None and found.states >= limits.states:
        return f"the limit of {limits.states} states was reached"
    if limits.seconds is not None and found.seconds >= limits.seconds:
        return f"the limit of {limits.seconds:g} seconds was reached"
    if limits.memory is not None and memory_used() >= limits.memory:
        return f"the limit of {limits.memory >> 20} MiB of memory was reached"
    return None


def memory_used() -> int:
    """The most memory that this process has had, in bytes."""
    import resource  # not on every platform, and only a limit on memory needs it

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
