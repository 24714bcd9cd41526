"""The reference engine: a plain breadth-first search that steps role classes through the library's own `send`.

It shares nothing with the tables but the language and the monitors, and is written to be read: whatever a faster
engine finds must be what is found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from payrelay.language.messages import Input, Message, Restart, Timeout
from payrelay.language.properties import Property
from payrelay.language.role import Handled, IllFormedModelError, LibraryStepper, Local
from payrelay.language.systems import Moved, Reaction, Sent, Stepper, System, react
from payrelay.verification.engines.networks import UnderWay, network
from payrelay.verification.tables.facts import Fact, facts_before, facts_of
from payrelay.verification.tables.monitors import Mark, verdict_of_fact, watched
from payrelay.verification.traces.happenings import Happening

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
    channel: UnderWay
    """The messages under way, as the kind of channel has them."""
    budgets: Budgets
    marks: Marks


class Step(NamedTuple):
    """One step: what happens, what comes of it (None: more than is searched), and the conjuncts it violates."""

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
        self.configuration.check()
        self.network = network(self.configuration)
        self.watched = watched(properties)
        self._stepper = stepper or _step_by_library(system)

    def initial(self) -> list[State]:
        """All states in which a run may begin."""
        budgets = Budgets(*(getattr(self.configuration, name) for name in Budgets._fields))
        marks, _ = self._judge(facts_before(self.system), frozenset())
        channel = self.network.send(frozenset(), self.system.injected)
        if channel is None or not self.network.has_room(frozenset(), self.system.injected):
            raise IllFormedModelError("more is under way from the beginning than the channel has room for")
        choices = product(*(instance.initial for instance in self.system.instances))
        return [State(locals_, channel, budgets, marks) for locals_ in choices if self.system.initially(locals_)]

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
                found.bound = found.bound or after is None or bool(happening.merged)
                if after is None:
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
        for message in self.network.next(state.channel):
            machine = self.system.machine_of(message)
            if machine is None and self.network.is_emptied:
                yield from self._step(state, Happening("deliver", message.receiver, message), read=message)
            for received in self.system.choices(message) if machine is not None else ():
                reaction = self._react(machine or 0, received, state)
                delivered = Happening("deliver", message.receiver, message, reaction)
                yield from self._step(state, delivered, read=message)
                if budgets.duplicates:
                    yield from self._step(state, delivered._replace(kind="duplicate"), spent="duplicates")
        yield from self._losses(state)
        for machine, (instance, local) in enumerate(zip(self.system.instances, state.locals, strict=True)):
            timers = [timer for timer in instance.table.timers_in(local.control) if self.configuration.runs(timer)]
            for given in (*instance.stimuli, *map(Timeout, timers)):
                kind = "timeout" if isinstance(given, Timeout) else "user"
                early = counted and kind == "timeout" and self._is_early(instance.procedure, given.event, state)
                reaction = self._react(machine, given, state)
                if isinstance(reaction.moves[0].answer, Handled) and (not early or budgets.early_timeouts):
                    happening = Happening(kind, instance.party, None, reaction, early)
                    yield from self._step(state, happening, spent="early_timeouts" if early else None)
        for party in self.system.crashing if not counted or budgets.crashes else ():
            crash = Happening("crash", party, None, self._restart(party, state))
            yield from self._step(state, crash, spent="crashes" if counted else None)

    def _losses(self, state: State) -> Iterator[Step]:
        if not (self.configuration.lossy or state.budgets.losses):
            return
        budgets = state.budgets if self.configuration.lossy else _spend(state.budgets, "losses")
        for message, place, left in self.network.losses(state.channel):
            happening = Happening("lose", message.receiver, message, place=place)
            yield Step(happening, state._replace(channel=left, budgets=budgets), frozenset())

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
        of = {self.system.procedure_of(message) for message in self.network.messages(state.channel)}
        shared = None in of or (procedure is None and bool(of))
        return timer not in self.configuration.patient and (shared or procedure in of)

    def _step(
        self, state: State, happening: Happening, read: Message | None = None, spent: str | None = None
    ) -> Iterator[Step]:
        """What comes of a happening, unless it cannot happen because a queue is full."""
        reaction = happening.reaction or Reaction((), ())
        locals_ = {**dict(enumerate(state.locals)), **reaction.after()}
        if happening.kind != "crash" and not all(
            self.system.instances[machine].is_within(local) for machine, local in reaction.after().items()
        ):
            yield Step(happening, None, frozenset())
            return
        channel = state.channel if read is None else self.network.read(state.channel, read)
        sent = [effect.message for effect in reaction.effects if isinstance(effect, Sent)]
        if not self.network.has_room(channel, sent):
            return
        happening = happening._replace(merged=self.network.merged(channel, sent))
        facts = facts_of(self.system, reaction) if reaction.moves and happening.kind != "crash" else ()
        marks, violated = self._judge(facts, state.marks)
        budgets = _spend(state.budgets, spent) if spent else state.budgets
        after = self.network.send(channel, sent)
        whole = None if after is None else State(tuple(locals_.values()), after, budgets, marks)
        yield Step(happening, whole, violated)

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


def _spend(budgets: Budgets, one: str) -> Budgets:
    return budgets._replace(**{one: getattr(budgets, one) - 1})


def _step_by_library(system: System) -> Stepper:
    steppers = [LibraryStepper(instance.table) for instance in system.instances]
    return lambda machine, local, received: steppers[machine].step(local, received)
