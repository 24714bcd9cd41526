"""The reference engine: a plain breadth-first search that steps role classes through the library's own `send`.

It shares nothing with the tables but the language and the monitors, and is written to be read: whatever a faster
engine finds must be what is found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from payrelay.language.messages import Input, Message, Restart, Timeout
from payrelay.language.properties import Property
from payrelay.language.role import Handled, LibraryStepper, Local
from payrelay.language.systems import Moved, Reaction, Sent, Stepper, System, react
from payrelay.verification.facts import Fact, facts_before, facts_of
from payrelay.verification.happenings import Happening
from payrelay.verification.monitors import Mark, verdict_of_fact, watched

MOST_COPIES = 3

Marks = frozenset[Any]


class Budgets(NamedTuple):
    """What is left of each kind of fault; nothing under unbounded faults, which count none."""

    losses: int = 0
    duplicates: int = 0
    crashes: int = 0
    early_timeouts: int = 0


class State(NamedTuple):
    """A whole system at one moment."""

    locals: tuple[Local, ...]
    channel: frozenset[tuple[Message, int]]
    """Messages under way and how many copies; under unbounded faults all that were ever sent, once."""
    budgets: Budgets
    marks: Marks


class Step(NamedTuple):
    """One step: what happens, what comes of it (None: more copies than are counted), and the conjuncts it violates."""

    happening: Happening
    after: State | None
    violated: frozenset[int]


@dataclass
class WholeGraph:
    """Everything that a search saw, in a form in which two searches can be compared."""

    states: set[State] = field(default_factory=set)
    edges: set[tuple[State, Happening, State]] = field(default_factory=set)
    """All steps that change the state."""
    violated: set[int] = field(default_factory=set)
    bound: bool = False


class ReferenceEngine:
    """One system, searched by stepping its roles."""

    def __init__(self, system: System, properties: Sequence[Property] = (), stepper: Stepper | None = None) -> None:
        self.system = system
        self.configuration = system.configuration
        self.watched = watched(properties)
        self._stepper = stepper or _step_by_library(system)

    def initial(self) -> list[State]:
        """All states in which a run may begin."""
        budgets = Budgets(*(getattr(self.configuration, name) for name in Budgets._fields))
        marks, _ = self._judge(facts_before(self.system), frozenset())
        channel = frozenset((message, 1) for message in self.system.injected)
        choices = product(*(instance.initial for instance in self.system.instances))
        return [State(locals_, channel, budgets, marks) for locals_ in choices]

    def explore(self, most_states: int | None = None) -> WholeGraph:
        """Search breadth first. With a limit, `bound` says whether it was met."""
        waiting = self.initial()
        found = WholeGraph(states=set(waiting))
        for state in waiting:
            if most_states is not None and len(waiting) > most_states:
                found.bound = True
                break
            for happening, after, violated in self.steps(state):
                found.violated |= violated
                if after is None:
                    found.bound = True
                    continue
                if after != state:
                    found.edges.add((state, happening, after))
                if after not in found.states:
                    found.states.add(after)
                    waiting.append(after)
        return found

    def steps(self, state: State) -> Iterator[Step]:
        """Everything that can happen in a state."""
        counted, budgets = not self.configuration.is_unbounded, state.budgets
        for message, _ in state.channel:
            machine = self.system.machine_of(message)
            if machine is None and counted:
                yield self._step(state, Happening("deliver", message.receiver, message), gone=message)
            for received in self.system.choices(message) if machine is not None else ():
                reaction = self._react(machine or 0, received, state)
                delivered = Happening("deliver", message.receiver, message, reaction)
                yield self._step(state, delivered, gone=message if counted else None)
                if budgets.duplicates:
                    yield self._step(state, delivered._replace(kind="duplicate"), spent="duplicates")
            if budgets.losses:
                yield self._step(state, Happening("lose", message.receiver, message), gone=message, spent="losses")
        for machine, (instance, local) in enumerate(zip(self.system.instances, state.locals, strict=True)):
            timers = [timer for timer in instance.table.timers_in(local.control) if self.configuration.runs(timer)]
            for given in (*instance.stimuli, *map(Timeout, timers)):
                kind = "timeout" if isinstance(given, Timeout) else "user"
                early = counted and kind == "timeout" and self._is_early(instance.procedure, given.event, state)
                reaction = self._react(machine, given, state)
                if isinstance(reaction.moves[0].answer, Handled) and (not early or budgets.early_timeouts):
                    happening = Happening(kind, instance.party, None, reaction, early)
                    yield self._step(state, happening, spent="early_timeouts" if early else None)
        for party in self.system.crashing if not counted or budgets.crashes else ():
            crash = Happening("crash", party, None, self._restart(party, state))
            yield self._step(state, crash, spent="crashes" if counted else None, facts=())

    def _react(self, machine: int, received: Input, state: State) -> Reaction:
        return react(self.system, machine, received, dict(enumerate(state.locals)), self._stepper)

    def _restart(self, party: str, state: State) -> Reaction:
        moves = []
        for machine in self.system.machines_of[party]:
            local = state.locals[machine]
            moves.append(Moved(machine, local, Restart(), self._stepper(machine, local, Restart())))
        return Reaction(tuple(moves), ())

    def _is_early(self, procedure: int | None, timer: str, state: State) -> bool:
        """Whether something of the procedure is still under way, for a timer that is not patient."""
        of = {self.system.procedure_of(message) for message, _ in state.channel}
        shared = None in of or (procedure is None and bool(of))
        return timer not in self.configuration.patient and (shared or procedure in of)

    def _step(
        self,
        state: State,
        happening: Happening,
        gone: Message | None = None,
        spent: str | None = None,
        facts: tuple[Fact, ...] | None = None,
    ) -> Step:
        reaction = happening.reaction or Reaction((), ())
        locals_ = tuple({**dict(enumerate(state.locals)), **reaction.after()}.values())
        copies = Counter(dict(state.channel))
        copies.update([effect.message for effect in reaction.effects if isinstance(effect, Sent)])
        copies.subtract([gone] if gone is not None else [])
        if self.configuration.is_unbounded:
            copies = Counter(dict.fromkeys(copies, 1))
        if facts is None:
            facts = facts_of(self.system, reaction) if reaction.moves else ()
        marks, violated = self._judge(facts, state.marks)
        budgets = state.budgets._replace(**{spent: getattr(state.budgets, spent) - 1}) if spent else state.budgets
        channel = frozenset((message, number) for message, number in copies.items() if number)
        too_many = max(copies.values(), default=0) > MOST_COPIES
        return Step(happening, None if too_many else State(locals_, channel, budgets, marks), violated)

    def _judge(self, facts: tuple[Fact, ...], marks: Marks) -> tuple[Marks, frozenset[int]]:
        """The marks after some facts, and the conjuncts that they violate."""
        now, violated = set(marks), set()
        for fact in facts:
            for number, watch in enumerate(self.watched):
                for item in verdict_of_fact(number, watch.conjunct, fact):
                    if isinstance(item, Mark):
                        now.add(item.key)
                    elif item.fails(any(key in now for key in item.keys)):
                        violated.add(number)
        return frozenset(now), frozenset(violated)


def _step_by_library(system: System) -> Stepper:
    steppers = [LibraryStepper(instance.table) for instance in system.instances]
    return lambda machine, local, received: steppers[machine].step(local, received)
