"""Stepping: a run that somebody chooses step by step, with everything that is possible at each, in a fixed order.

It goes through the reference engine, with the tables: what can be chosen is what can happen, and what comes of it is
judged at once by whatever a single run can violate.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.properties import Property, conjunct_name
from payrelay.language.systems import System, step_by_table
from payrelay.language.traces import Trace, TraceStep, canonical, in_words, plain, plain_input
from payrelay.verification.engines.networks import Queues
from payrelay.verification.engines.reference import ReferenceEngine, State, Step
from payrelay.verification.tables.monitors import Watched
from payrelay.verification.traces.happenings import Happening, initial_locals, trace_steps
from payrelay.verification.traces.tracing import digest

KINDS = ("deliver", "user", "timeout", "duplicate", "lose", "crash")
"""The kinds of steps in the order in which they are offered."""
FAULTS = {
    "losses": ("loss", "losses"),
    "duplicates": ("duplicate", "duplicates"),
    "crashes": ("crash", "crashes"),
    "early_timeouts": ("early time-out", "early time-outs"),
}
"""One fault and several of them, by the name of their budget."""
MOST_ONWARD = 1_000


@dataclass(frozen=True)
class Choice:
    """A step that is possible."""

    happening: Happening
    after: State | None
    """None: it leads to more than is searched, and cannot be taken."""
    violated: frozenset[int]
    steps: tuple[TraceStep, ...]
    """The same as a trace tells it, but for the numbers."""
    changes: bool
    """Whether it changes anything."""

    @property
    def words(self) -> str:
        """The step in words."""
        if self.happening.kind == "crash":
            return f"{self.happening.party} crashes and restarts"
        return lines_of_step(self.steps[0])[0].partition(". ")[2]

    @property
    def effect(self) -> str:
        """How the states of the machines change, in words; nothing, if they do not."""
        after = self.steps[-1].after
        pairs = [(machine, local, after.get(machine) or local) for machine, local in self.steps[0].before.items()]
        moved = [(machine, old["state"], new["state"]) for machine, old, new in pairs]
        return ", ".join(f"{machine} {old} → {new}" for machine, old, new in moved if old != new)

    @property
    def is_user_s(self) -> bool:
        """Whether a user, or the world, does it."""
        return self.happening.kind == "user"


class Taken(NamedTuple):
    """A step that was taken, and the state that it led to."""

    choice: Choice
    after: State


@dataclass
class Stepping:
    """A run that grows by a step at a time, and can be taken back."""

    system: System
    properties: Sequence[Property]
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        searched = [one for one in self.properties if one.is_searched_in(self.system)]
        self.engine = ReferenceEngine(self.system, searched, step_by_table(self.system))
        self.taken: list[Taken] = []
        self.begin: State | None = None
        if len(self.beginnings) == 1:
            self.begin = self.beginnings[0]

    @cached_property
    def beginnings(self) -> list[State]:
        """The states in which a run may begin, in a fixed order; where it does, has to be said if there are several."""
        return sorted(self.engine.initial(), key=lambda state: canonical(initial_locals(self.system, state.locals)))

    @property
    def state(self) -> State:
        """Where the run is."""
        if self.taken:
            return self.taken[-1].after
        return self.beginnings[0] if self.begin is None else self.begin

    def choices(self) -> list[Choice]:
        """Everything that is possible now, in a fixed order: deliveries first, faults last."""
        offered = [self._choice(step) for step in self.engine.steps(self.state)]
        return sorted(offered, key=lambda one: (KINDS.index(one.happening.kind), one.words, _whole(one)))

    def _choice(self, step: Step) -> Choice:
        steps = trace_steps(self.system, step.happening, len(self.steps) + 1)
        changes = step.after is None or step.after != self.state
        return Choice(step.happening, step.after, step.violated, tuple(steps), changes)

    def take(self, choice: Choice) -> tuple[Watched, ...]:
        """Take a step. Returns the conjuncts that it violates."""
        assert choice.after is not None, "what leads to more than is searched cannot be taken"
        self.taken.append(Taken(choice, choice.after))
        return tuple(self.engine.watched[number] for number in sorted(choice.violated))

    def undo(self) -> Choice | None:
        """Take the last step back; None if there is none."""
        return self.taken.pop().choice if self.taken else None

    def at_random(self) -> Choice | None:
        """A possible step, each as likely as any other, of those that change something; None if there is none."""
        offered = _takeable(self.choices())
        return self.chance.choice(offered) if offered else None

    def onward(self) -> Choice | None:
        """The step that is taken without asking: the first delivery, or else a time-out that is not early."""
        offered = [one for one in _takeable(self.choices()) if not one.happening.early]
        seen = {self.state, *(one.after for one in self.taken)}
        new = [one for one in offered if one.after not in seen]
        return next((one for kind in ("deliver", "timeout") for one in new if one.happening.kind == kind), None)

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        """The run as a trace tells it."""
        return tuple(step for one in self.taken for step in one.choice.steps)

    @property
    def violated(self) -> tuple[Watched, ...]:
        """The conjuncts that the run violates, in the order in which it does."""
        numbers = dict.fromkeys(number for one in self.taken for number in sorted(one.choice.violated))
        return tuple(self.engine.watched[number] for number in numbers)

    def trace(self) -> Trace:
        """The run as a trace: of the first violation, if there is one; else of none."""
        first = next(iter(self.violated), None)
        return Trace(
            model=digest(self.system),
            configuration=plain(self.system.configuration.value()),
            property=first.property.name if first else "",
            conjunct=conjunct_name(first.conjunct) if first else "",
            conjunct_number=first.position if first else 0,
            initial=initial_locals(self.system, (self.begin or self.state).locals),
            steps=self.steps,
        )

    def under_way(self) -> list[tuple[Message, int]]:
        """The messages under way, and how many copies there are of each; of a queue, one after the other."""
        channel = self.state.channel
        if isinstance(self.engine.network, Queues):
            return [(message, 1) for queue in sorted(channel, key=_way) for message in queue]
        return sorted(channel, key=lambda one: canonical(plain_input(one[0])))

    def budgets(self) -> list[str]:
        """What is left of each kind of fault, where faults are counted."""
        left = self.state.budgets._asdict()
        return [f"{count} {FAULTS[name][count > 1]}" for name, count in left.items() if count]

    def parties(self) -> Iterable[tuple[str, list[int]]]:
        """Every party with its machines, in the order of the links, and then in that of the system."""
        ends = list(dict.fromkeys(end for link in self.system.links for end in link.ends))
        order = {role: place for place, role in enumerate(ends)}
        parties = self.system.machines_of.items()
        placed = sorted(parties, key=lambda one: (order.get(role_of(one[0]), len(order)), one[0]))
        return [(party, list(machines)) for party, machines in placed]


def _way(queue: tuple[Message, ...]) -> tuple[str, str]:
    return queue[0].sender, queue[0].receiver


def lines_of_step(step: TraceStep) -> list[str]:
    """A step in lines to read, as a trace tells it: with its number, and what it brought about."""
    told = Trace(model="", configuration={}, property="", conjunct="", initial={}, steps=(step,))
    return in_words(told)[:-1]


def _takeable(choices: Iterable[Choice]) -> list[Choice]:
    return [one for one in choices if one.after is not None and one.changes]


def _whole(choice: Choice) -> str:
    return canonical([plain(step) for step in choice.steps])
