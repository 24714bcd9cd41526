"""Packing: a tabulated system as guarded assignments over bit vectors, each an integer.

A global state is one integer: the local state of every machine, the marks of the monitors, the budgets, and the
channel, in the way that its kind asks for (`channels`). No field lies across the edge of a word, so that an engine may
take the words one by one; the lowest bit is always set, so that no state is zero. If all fields need more than a word,
each party has words of its own, for its machines, the messages it sends, and the marks it sets: what a party does
changes little else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from payrelay.language.messages import Timeout
from payrelay.language.properties import Atom, Conjunct, Property
from payrelay.verification.tables.channels import Field, Way, channel
from payrelay.verification.tables.facts import Fact, facts_before
from payrelay.verification.tables.monitors import Check, Key, Mark, Watched, atoms, verdict_of_fact, watched
from payrelay.verification.tables.tabulation import Rewrite, Tabulation

WORD = 64
"""Bits of a word."""


class Label(NamedTuple):
    """What a step is: one of a rewrite, a lost message, or a party's crash and restart."""

    kind: str
    """deliver, user, timeout, duplicate (a delivery that keeps the copy), lose, crash; beyond, if it is not done."""
    rewrite: Rewrite | None = None
    message: int | None = None
    party: str = ""
    early: bool = False
    """A time-out that fires while something of its procedure is still under way."""
    place: int = 0
    """The place in its queue, counted from 1, that a message was lost from."""
    merges: bool = False
    """Something is sent of which a copy is under way, and only one is kept."""


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


class Move(NamedTuple):
    """What an exchange does with one field."""

    place: Field
    there: Field
    """Where its contents go."""
    becomes: Sequence[int] | None
    """What becomes of each contents; None if all stay the same."""


class Packing:
    """One system as bit vectors."""

    exchanges: Sequence[Sequence[Move]] = ()
    """The ways in which what is alike may change places."""
    path: Sequence[int] = ()
    """One exchange after the other, all orders of what is alike. If there are any, a search looks at one state only of
    those that differ in that order: the least."""
    spare = 0
    """Bits that each machine has beyond those that its local states need."""

    def __init__(self, tabulation: Tabulation, properties: Sequence[Property] = ()) -> None:
        self.tabulation = tabulation
        self.system = tabulation.system
        self.configuration = self.system.configuration
        self.configuration.check()
        self.watched: list[Watched] = watched(properties)
        self.labels: list[Label] = []
        self.pieces: dict[int, tuple[Packed, Any]] = {}
        """What an engine made of a rewrite, by that one's identity."""
        self._items: dict[Fact, tuple[Mark | Check, ...]] = {}
        self._speaking: dict[tuple[type[Atom], str], list[tuple[int, Conjunct]]] = {}
        self._layout()
        self._pack()
        self.initial = self._initial_states()

    _width = 1
    """The bits taken so far."""
    _asked: list[tuple[int, int | None]] | None = None
    """While fields are laid out: how wide each is to be, and which machine it belongs to."""
    _places: Iterator[Field] | None = None
    """The places of these fields, once they have been arranged."""
    _arranged: tuple[range, ...] = ()

    def _layout(self) -> None:
        """Lay out all fields one after the other; if they need more than a word, once more, by parties."""
        facts = facts_of(self.tabulation.rewrites)
        self._asked = []
        self._lay_out(facts)
        asked, self._asked = self._asked, None
        if self._width > WORD:
            self._places = iter(self._arrange(asked))
            self._lay_out(facts)
            self._places = None

    def _arrange(self, asked: Sequence[tuple[int, int | None]]) -> list[Field]:
        """Places for fields so wide, by the party whose machine they belong to; at the end those that are nobody's."""
        parties: dict[str, list[int]] = {instance.party: [] for instance in self.system.instances}
        parties[""] = []
        for number, (_, machine) in enumerate(asked):
            parties["" if machine is None else self.system.instances[machine].party].append(number)
        places: dict[int, Field] = {}
        self._width, parts = 1, []
        for numbers in filter(None, parties.values()):
            first = self._width // WORD
            places.update((number, self._take(asked[number][0])) for number in numbers)
            parts.append(range(first, self.words))
            self._width = WORD * self.words
        self._width = max(place.shift + place.mask.bit_length() for place in places.values())
        self._arranged = tuple(parts)
        return [places[number] for number in range(len(asked))]

    @property
    def parts(self) -> tuple[range, ...]:
        """The words of a state that change together: those of each party, and every other by itself."""
        known = self._arranged[-1].stop if self._arranged else 0
        return (*self._arranged, *(range(word, word + 1) for word in range(known, self.words)))

    def _lay_out(self, facts: dict[Fact, int]) -> None:
        numbers = [max(1, (len(states) - 1).bit_length()) for states in self.tabulation.locals]
        self.machines = [self._take(number + self.spare, machine) for machine, number in enumerate(numbers)]
        configuration = self.configuration
        budgets = ("losses", "duplicates", "crashes", "early_timeouts")
        self.budgets = {
            name: self._take(getattr(configuration, name).bit_length())
            for name in budgets
            if not configuration.is_unbounded and getattr(configuration, name)
        }
        self.marks: dict[Key, int] = {}
        """The bit of every mark."""
        self._lay_out_marks(facts)
        self.network = channel(self.tabulation, self._take)
        self.channel = self.network.fields
        self.overflow = self.network.overflow
        self.machines += [field for field, _ in self.network.automata]
        self.sizes = [*map(len, self.tabulation.locals), *(size for _, size in self.network.automata)]
        """How many local states each machine has, and each automaton of the channel after them."""

    def _lay_out_marks(self, facts: dict[Fact, int]) -> None:
        """Give a bit to every mark that one of these facts sets or looks at and that has none."""
        setters: dict[Key, int] = {}
        for fact, machine in facts.items():
            for item in self.meaning(fact):
                if isinstance(item, Mark):
                    setters.setdefault(item.key, machine)
        for fact in facts:
            for item in self.meaning(fact):
                for key in (item.key,) if isinstance(item, Mark) else item.keys:
                    if key not in self.marks:
                        self.marks[key] = self._take(1, setters.get(key)).care

    def meaning(self, fact: Fact) -> tuple[Mark | Check, ...]:
        """What a fact means for all conjuncts, each in turn."""
        if fact not in self._items:
            items = (verdict_of_fact(number, conjunct, fact) for number, conjunct in self._speaking_of(fact))
            self._items[fact] = tuple(item for of_one in items for item in of_one)
        return self._items[fact]

    def _speaking_of(self, fact: Fact) -> list[tuple[int, Conjunct]]:
        """The conjuncts that speak of events of this kind, at this role; all others are silent of the fact."""
        key = fact.kind, fact.role
        if key not in self._speaking:
            self._speaking[key] = [
                (number, watch.conjunct)
                for number, watch in enumerate(self.watched)
                if any(type(atom) is fact.kind and atom.role in ("", fact.role) for atom in atoms(watch.conjunct))
            ]
        return self._speaking[key]

    def _take(self, width: int, machine: int | None = None) -> Field:
        """A field of so many bits, of this machine's."""
        if self._places is not None:
            return next(self._places)
        if self._asked is not None:
            self._asked.append((width, machine))
        if self._width % WORD + width > WORD:
            self._width += -self._width % WORD
        taken = Field(self._width, (1 << width) - 1)
        self._width += width
        return taken

    @property
    def is_counted(self) -> bool:
        """Whether faults are counted, and so what is under way matters for what may happen."""
        return not self.configuration.is_unbounded

    def in_order(self, state: int) -> int:
        """Of all states that this one becomes when what is alike changes places, the one that is looked at."""
        least = state
        for number in self.path:
            moves = self.exchanges[number]
            moved = state & ~sum(move.there.care for move in moves)
            for place, there, becomes in moves:
                of = place.of(state)
                moved |= (of if becomes is None else becomes[of]) << there.shift
            state, least = moved, min(least, moved)
        return least

    @property
    def has_every_order(self) -> bool:
        """Whether a search looks at every state, and not at one only of those that are alike."""
        return not self.path

    def locals_in(self, machine: int) -> tuple[Field, Sequence[int]]:
        """Where in a state the local state of a machine is, and which one each contents of that field is."""
        return self.machines[machine], range(len(self.tabulation.locals[machine]))

    def run_through(self, states: Sequence[int], labels: Sequence[int], conjunct: int) -> list[int]:  # noqa: ARG002
        """The labels of a run that was looked at, as they are in the system: of the states it goes through, and last
        of the step that violates the conjunct."""
        return list(labels)

    def violations_alike(self, violations: dict[int, list[int]]) -> dict[int, list[int]]:
        """These violations, and those that need not be looked at because they are like them."""
        return violations

    def labels_alike(self, labels: set[int]) -> set[int]:
        """The labels of steps that were taken, and of those that need not be looked at because they are like them."""
        return labels

    @property
    def bits(self) -> int:
        """The width of a state."""
        return self._width

    @property
    def words(self) -> int:
        """The words of a state."""
        return -(-self._width // WORD)

    def _initial_states(self) -> list[int]:
        base = 1 | self.network.start()
        for name, budget in self.budgets.items():
            base |= getattr(self.configuration, name) << budget.shift
        for fact in facts_before(self.system):
            for item in self.meaning(fact):
                if isinstance(item, Mark):
                    base |= self.marks.get(item.key, 0)
        states = []
        tables = self.tabulation
        for numbers in product(*tables.initial):
            if self.system.initially(tuple(of[n] for of, n in zip(tables.locals, numbers, strict=True))):
                placed = (n << place.shift for place, n in zip(self.machines, numbers, strict=False))
                states.append(base | sum(placed))
        return states

    def _label(self, label: Label) -> int:
        self.labels.append(label)
        return len(self.labels) - 1

    def _pack(self) -> None:
        # The rewrites of a machine in a local state: those that concern it alone, and those that a neighbour of the
        # same party takes part in, by the neighbour's local state.
        self.alone: list[list[list[Packed]]] = [[[] for _ in range(size)] for size in self.sizes]
        self.joint: list[list[dict[int, dict[int, list[Packed]]]]] = [[{} for _ in range(size)] for size in self.sizes]
        self._know_procedures()
        self._pack_rewrites(self.tabulation.rewrites)
        self.strays: list[tuple[Field, int]] = []
        """Copies that can go without cost."""
        self.losses: list[tuple[Field, int]] = []
        """Copies that can go at the cost of a loss."""
        self._pack_channel()
        crashes = self.configuration.is_unbounded or "crashes" in self.budgets
        restarted = self.tabulation.restarted
        self.crashes = [
            ([(machine, restarted[machine]) for machine in self.system.machines_of[party]], self._label(label))
            for party, label in ((party, Label("crash", party=party)) for party in self.system.crashing)
        ] * crashes

    def _know_procedures(self) -> None:
        """Find out what belongs to which procedure."""
        self.procedures = [self.system.procedure_of(message) for message in self.tabulation.messages]
        under_way = list(self.network.under_way())
        self.under_way: dict[int | None, int] = {
            procedure: sum(care for of, care in under_way if None in (procedure, of) or of == procedure)
            for procedure in {instance.procedure for instance in self.system.instances}
        }

    def _pack_rewrites(self, rewrites: Iterable[Rewrite]) -> None:
        for rewrite in rewrites:
            for way, packed in self._beyond(rewrite) if rewrite.kind == "beyond" else self._packed(rewrite):
                (machine, local), *neighbours = rewrite.before
                into = self.alone[machine][local]
                if beside := ([way.beside] if way.beside else neighbours):
                    neighbour, its_local = beside[0]
                    into = self.joint[machine][local].setdefault(neighbour, {}).setdefault(its_local, [])
                into.append(packed)

    def _pack_channel(self, first: int = 0) -> None:
        """What the channel does by itself with messages, from this one on: they are lost, or read by nobody."""
        steps = [("deliver", own) for own in self.network.strays()]
        if self.configuration.lossy or "losses" in self.budgets:
            steps += [("lose", own) for own in self.network.losses()]
        labels: dict[Label, int] = {}
        for kind, own in steps:
            if own.message < first:
                continue
            named = Label(kind, None, own.message, place=own.place)
            label = labels[named] = labels[named] if named in labels else self._label(named)
            is_paid = kind == "lose" and not self.configuration.lossy
            if self.network.is_counted:
                (self.losses if is_paid else self.strays).append((self.channel[own.message], label))
            else:
                packed = self._step(own.way, label, spent="losses" if is_paid else "")
                self.alone[own.automaton][own.local].append(packed)

    def _step(self, way: Way, label: int, spent: str = "", quiet: int = 0) -> Packed:
        """A step of the channel's alone, or one that changes nothing else; `spent` names the budget that it costs."""
        budget = self.budgets.get(spent)
        present, cost = (budget.care, 1 << budget.shift) if budget else (way.present, 0)
        return Packed(present, way.care, way.want, ~way.clear, way.put, way.delta - cost, (), label, -1, quiet)

    def _packed(self, rewrite: Rewrite) -> Iterator[tuple[Way, Packed]]:
        """A rewrite, in each way that the channel has for it."""
        care, want = self._beside(rewrite)
        marks, checks = self._monitored(rewrite.facts)
        changed = sum(self.machines[machine].care for machine, _ in rewrite.after)
        put = marks | sum(number << self.machines[machine].shift for machine, number in rewrite.after)
        quiet = self._quiet(rewrite)
        labels: dict[tuple[str, bool, bool], int] = {}

        def labelled(label: Label) -> int:
            key = label.kind, label.early, label.merges  # all that differs within a rewrite
            return labels[key] if key in labels else labels.setdefault(key, self._label(label))

        plain = Label(rewrite.kind, rewrite, rewrite.message)
        duplicate = plain._replace(kind="duplicate")
        has_duplicates = rewrite.message is not None and "duplicates" in self.budgets
        for way in self.network.ways(rewrite.message, rewrite.sends, keeps=False):
            label, second = labelled(plain._replace(merges=way.merges)), -1
            if has_duplicates and self.network.is_counted:
                second = labelled(duplicate)
            elif quiet and "early_timeouts" in self.budgets:
                second = labelled(plain._replace(early=True, merges=way.merges))
            step = self._step(way, label, quiet=quiet)
            yield way, _joined(step, care, want, changed, put, checks, second)
        if has_duplicates and not self.network.is_counted:
            for way in self.network.ways(rewrite.message, rewrite.sends, keeps=True):
                step = self._step(way, labelled(duplicate._replace(merges=way.merges)), spent="duplicates")
                yield way, _joined(step, care, want, changed, put, checks)

    def _beyond(self, rewrite: Rewrite) -> Iterator[tuple[Way, Packed]]:
        """What would leave the boundary, as a step that does nothing but be seen to be possible."""
        care, want = self._beside(rewrite)
        label = Label("beyond", party=self.system.instances[rewrite.machine].party)
        quiet = self._quiet(rewrite)
        for way in self.network.ways(rewrite.message, (), keeps=True):
            idle = way._replace(clear=0, put=0, delta=0)
            yield way, _joined(self._step(idle, self._label(label)), care | quiet, want)
            if quiet and "early_timeouts" in self.budgets:
                early = self._step(idle, self._label(label))._replace(present=self.budgets["early_timeouts"].care)
                yield way, _joined(early, care, want)

    def _beside(self, rewrite: Rewrite) -> tuple[int, int]:
        """The bits of the neighbours that take part in a rewrite, and what they must be."""
        care = sum(self.machines[machine].care for machine, _ in rewrite.before[1:])
        return care, sum(number << self.machines[machine].shift for machine, number in rewrite.before[1:])

    def _quiet(self, rewrite: Rewrite) -> int:
        """What must not be under way for a time-out not to be early."""
        is_free = self.configuration.is_unbounded or rewrite.received.event in self.configuration.patient
        if is_free or not isinstance(rewrite.received, Timeout):
            return 0
        return self.under_way[self.system.instances[rewrite.machine].procedure]

    def bound_of(self, fired: Iterable[int]) -> str | None:
        """Why the steps that were taken are not all there is, if they are not."""
        labels = [self.labels[label] for label in fired]
        beyond = sorted({label.party for label in labels if label.kind == "beyond"})
        if beyond:
            return f"steps that leave the boundary of {', '.join(beyond)} were not taken"
        if merges := sum(label.merges for label in labels):
            kinds = "1 kind of step" if merges == 1 else f"{merges} kinds of steps"
            return f"{kinds} sent a message of which a copy was under way, and a set keeps one"
        return None

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
            for item in self.meaning(fact):
                if isinstance(item, Mark):
                    marks |= self.marks[item.key]
                    continue
                bits = sum(self.marks[key] for key in set(item.keys))
                if bits & marks:
                    checks += [(0, True, item.conjunct)] * item.bad
                else:
                    checks.append((bits, item.bad, item.conjunct))
        return marks, tuple(checks)


def facts_of(rewrites: Iterable[Rewrite]) -> dict[Fact, int]:
    """All facts of some rewrites, each with the machine that first makes it true."""
    facts: dict[Fact, int] = {}
    for rewrite in rewrites:
        for fact in rewrite.facts:
            facts.setdefault(fact, rewrite.machine)
    return facts


def _joined(
    step: Packed,
    care: int,
    want: int,
    changed: int = 0,
    put: int = 0,
    checks: tuple[tuple[int, bool, int], ...] = (),
    second: int = -1,
) -> Packed:
    """A step of the channel's, together with what machines do in it."""
    return step._replace(
        care=step.care | care,
        want=step.want | want,
        keep=step.keep & ~changed,
        put=step.put | put,
        checks=checks,
        second=second,
    )
