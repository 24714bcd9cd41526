"""Packing: a tabulated system as guarded assignments over bit vectors, each an integer.

A global state is one integer: the local state of every machine, the marks of the monitors, the budgets, and the
channel. Under unbounded faults the channel is the set of messages ever sent, a bit each; under budgeted faults it
holds the number of copies of each, with a bit above that says when there were more than can be counted. No field lies
across the edge of a word, so that an engine may take the words one by one; the lowest bit is always set, so that no
state is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from payrelay.language.properties import Property
from payrelay.verification.facts import Fact, facts_before
from payrelay.verification.monitors import Check, Key, Mark, Watched, verdict_of_fact, watched
from payrelay.verification.tabulation import Rewrite, Tabulation

WORD = 64
"""Bits of a word."""
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


class Packed(NamedTuple):
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


class Packing:
    """One system as bit vectors."""

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
        self._width = 1
        self.machines = [self._take(max(1, (len(states) - 1).bit_length())) for states in self.tabulation.locals]
        configuration = self.configuration
        budgets = ("losses", "duplicates", "crashes", "early_timeouts")
        self.budgets = {
            name: self._take(getattr(configuration, name).bit_length())
            for name in budgets
            if not configuration.is_unbounded and getattr(configuration, name)
        }
        self.marks: dict[Key, int] = {}
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
        self.overflow = 0 if configuration.is_unbounded else sum(1 << (f.shift + width - 1) for f in self.channel)

    def _meaning(self, fact: Fact) -> tuple[Mark | Check, ...]:
        """What a fact means for all conjuncts, each in turn."""
        if fact not in self._items:
            conjuncts = [watch.conjunct for watch in self.watched]
            items = (verdict_of_fact(number, conjunct, fact) for number, conjunct in enumerate(conjuncts))
            self._items[fact] = tuple(item for of_one in items for item in of_one)
        return self._items[fact]

    def _take(self, width: int) -> Field:
        if self._width % WORD + width > WORD:
            self._width += -self._width % WORD
        taken = Field(self._width, (1 << width) - 1)
        self._width += width
        return taken

    alike: Sequence[Field] = ()
    """The fields whose contents may change places; then a search looks at one of such states only."""
    exchanged: Sequence[tuple[Field, Sequence[Sequence[int]]]] = ()
    """Further fields, each with what becomes of its contents when two neighbours of those do."""

    @property
    def sizes(self) -> list[int]:
        """The number of local states of every machine."""
        return [len(states) for states in self.tabulation.locals]

    @property
    def is_counted(self) -> bool:
        """Whether copies of messages are counted."""
        return not self.configuration.is_unbounded

    @property
    def bits(self) -> int:
        """The width of a state."""
        return self._width

    @property
    def words(self) -> int:
        """The words of a state."""
        return -(-self._width // WORD)

    def _initial_states(self) -> list[int]:
        base = 1 + sum(1 << self.channel[message].shift for message in self.tabulation.injected)
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
        self.alone: list[list[list[Packed]]] = [[[] for _ in states] for states in self.tabulation.locals]
        self.joint: list[list[dict[int, dict[int, list[Packed]]]]] = [
            [{} for _ in states] for states in self.tabulation.locals
        ]
        self.procedures = [self.system.procedure_of(message) for message in self.tabulation.messages]
        self.under_way: dict[int | None, int] = {
            procedure: sum(
                place.care
                for place, of in zip(self.channel, self.procedures, strict=True)
                if None in (procedure, of) or of == procedure
            )
            for procedure in {instance.procedure for instance in self.system.instances}
        }
        for rewrite in self.tabulation.rewrites:
            (machine, local), *neighbours = rewrite.before
            rewrites = self.alone[machine][local]
            if neighbours:
                neighbour, its_local = neighbours[0]
                rewrites = self.joint[machine][local].setdefault(neighbour, {}).setdefault(its_local, [])
            rewrites.append(self._packed(rewrite))
        budgeted = not self.configuration.is_unbounded
        self.strays = [
            (self.channel[message], self._label(Label("deliver", None, message))) for message in self.tabulation.strays
        ] * budgeted
        self.losses = [
            (place, self._label(Label("lose", None, message))) for message, place in enumerate(self.channel)
        ] * ("losses" in self.budgets)
        crashes = self.configuration.is_unbounded or "crashes" in self.budgets
        restarted = self.tabulation.restarted
        self.crashes = [
            ([(machine, restarted[machine]) for machine in self.system.machines_of[party]], self._label(label))
            for party, label in ((party, Label("crash", party=party)) for party in self.system.crashing)
        ] * crashes

    def _packed(self, rewrite: Rewrite) -> Packed:
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
        marks, checks = self._monitored(rewrite.facts)
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
            quiet = self.under_way[self.system.instances[rewrite.machine].procedure]
            if "early_timeouts" in self.budgets:
                second = self._label(Label("timeout", rewrite, early=True))
        return Packed(present, care, want, ~changed, put | marks, delta, checks, label, second, quiet)

    def sees_the_same(self, facts: Sequence[Fact], others: Sequence[Fact]) -> bool:
        """Whether the monitors tell two steps apart; the facts of both are among those of the system."""
        marks, checks = self._monitored(facts)
        other_marks, other_checks = self._monitored(others)
        return marks == other_marks and set(checks) == set(other_checks)

    def _monitored(self, facts: Sequence[Fact]) -> tuple[int, tuple[tuple[int, bool, int], ...]]:
        """The marks that facts set, and the checks they must pass that are not settled within themselves."""
        marks = 0
        checks: list[tuple[int, bool, int]] = []
        for fact in facts:
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
