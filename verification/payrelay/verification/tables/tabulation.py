"""Tabulation: every role of a system read once, as the rewrites that its parties can do.

The closure of all machines' local states under all messages that any peer can send is a fixpoint over the whole
system. What comes out is finite and knows nothing of classes any more: a rewrite says which machines must be in
which local states, what is consumed, what they become and what is sent. Every engine but the reference one, and
every export, starts from here.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from payrelay.language.messages import Input, Message, Restart, Timeout
from payrelay.language.role import Handled, IllFormedModelError, Local
from payrelay.language.systems import MachineNeeded, Reaction, Sent, System, react, step_by_table
from payrelay.verification.tables.facts import Fact, facts_of

MOST_LOCAL_STATES = 200_000


class Rewrite(NamedTuple):
    """One thing that a party can do, as a joint change of the local states of some of its machines."""

    kind: str
    """deliver, user, timeout; or beyond, for what would leave the boundary and is not done."""
    machine: int
    message: int | None
    """The message that is delivered, by its number."""
    received: Input
    before: tuple[tuple[int, int], ...]
    """(machine, number of its local state); the machine that takes the input comes first."""
    after: tuple[tuple[int, int], ...]
    sends: tuple[int, ...]
    facts: tuple[Fact, ...]
    reaction: Reaction


class Tabulation:
    """The local states, messages and rewrites of a system."""

    most_local_states = MOST_LOCAL_STATES
    """How many one machine may have."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.messages: list[Message] = []
        self.locals: list[list[Local]] = [[] for _ in system.instances]
        self.rewrites: list[Rewrite] = []
        self.strays: list[int] = []
        """Messages that belong to no machine: delivering one changes nothing but that it is gone."""
        self.restarted: list[dict[int, int]] = [{} for _ in system.instances]
        """For machines of parties that may crash: the local state after the restart."""
        self._message_numbers: dict[Message, int] = {}
        self._local_numbers: list[dict[Local, int]] = [{} for _ in system.instances]
        self._messages_of: list[list[int]] = [[] for _ in system.instances]
        self._seen: set[tuple[int, int | None, Input, tuple[tuple[int, int], ...]]] = set()
        self._waiting: deque[tuple[int, int, Input, int | None, dict[int, int]]] = deque()
        self._branched: list[dict[tuple[int, int, Input, int | None], None]] = [{} for _ in system.instances]
        """For a machine, what has to be tried again with each new local state of it, in the order in which it came."""
        self._stepper = step_by_table(system)
        self._crashing = {machine for party in system.crashing for machine in system.machines_of[party]}
        self._close()

    def _close(self) -> None:
        self.initial = [
            [self.number_of_local(machine, local) for local in instance.initial]
            for machine, instance in enumerate(self.system.instances)
        ]
        self.injected = [self.number_of_message(message) for message in self.system.injected]
        while self._waiting:
            self._expand(*self._waiting.popleft())

    def number_of_message(self, message: Message) -> int:
        """The number of a message; a new one is added, with everything that its receiver can do with it."""
        number = self._message_numbers.get(message)
        if number is None:
            number = self._message_numbers[message] = len(self.messages)
            self.messages.append(message)
            machine = self.system.machine_of(message)
            if machine is None:
                self.strays.append(number)
            else:
                self._messages_of[machine].append(number)
                for local in range(len(self.locals[machine])):
                    self._deliver(machine, local, number)
        return number

    def number_of_local(self, machine: int, local: Local) -> int:
        """The number of a machine's local state; a new one is added, with everything that can be done in it."""
        numbers = self._local_numbers[machine]
        number = numbers.get(local)
        if number is None:
            number = numbers[local] = len(numbers)
            if number == self.most_local_states:
                raise IllFormedModelError(
                    f"{self.system.instances[machine].id} has over {self.most_local_states} local states: "
                    f"let its data grow no further than the protocol needs"
                )
            self.locals[machine].append(local)
            self._spontaneous(machine, number, local)
            for message in self._messages_of[machine]:
                self._deliver(machine, number, message)
            for key in tuple(self._branched[machine]):
                self._waiting.append((*key, {machine: number}))
            if machine in self._crashing:
                self.restarted[machine][number] = self._restart(machine, local)
        return number

    def _deliver(self, machine: int, local: int, message: int) -> None:
        for received in self.system.choices(self.messages[message]):
            self._waiting.append((machine, local, received, message, {}))

    def _spontaneous(self, machine: int, number: int, local: Local) -> None:
        instance = self.system.instances[machine]
        for stimulus in instance.stimuli:
            if instance.table.rows_of(local.control, stimulus.event):
                self._waiting.append((machine, number, stimulus, None, {}))
        for timer in instance.table.timers_in(local.control):
            if self.system.configuration.runs(timer):
                self._waiting.append((machine, number, Timeout(timer), None, {}))

    def _restart(self, machine: int, local: Local) -> int:
        answer = self._stepper(machine, local, Restart())
        if not isinstance(answer, Handled):
            return self._local_numbers[machine][local]
        if answer.outputs:
            raise IllFormedModelError(f"{self.system.instances[machine].id}: a restart sends nothing; a timer may")
        return self.number_of_local(machine, answer.after)

    def _expand(self, machine: int, local: int, received: Input, message: int | None, fixed: dict[int, int]) -> None:
        """Add all rewrites by which a machine in a local state takes an input, whatever its neighbours' states."""
        branches = [{machine: local, **fixed}]
        while branches:
            chosen = branches.pop()
            states = {index: self.locals[index][number] for index, number in chosen.items()}
            try:
                reaction = self._reaction(machine, received, states)
            except MachineNeeded as needed:
                self._branched[needed.machine][machine, local, received, message] = None
                branches.extend({**chosen, needed.machine: n} for n in range(len(self.locals[needed.machine])))
                continue
            self._add(machine, received, message, chosen, reaction)

    def _reaction(self, machine: int, received: Input, states: dict[int, Local]) -> Reaction:
        """What the machine's party does; MachineNeeded is raised for a machine that is missing in `states`."""
        return react(self.system, machine, received, states, self._stepper)

    def _add(
        self, machine: int, received: Input, message: int | None, chosen: dict[int, int], reaction: Reaction
    ) -> None:
        after = reaction.after()
        before = tuple((index, number) for index, number in chosen.items() if index in after)
        if message is None and not isinstance(reaction.moves[0].answer, Handled):
            return
        key = (machine, message, received, before)
        if key in self._seen:
            return
        self._seen.add(key)
        if not all(self.system.instances[index].is_within(local) for index, local in after.items()):
            self.rewrites.append(Rewrite("beyond", machine, message, received, before, (), (), (), reaction))
            return
        self.rewrites.append(
            Rewrite(
                kind="deliver" if message is not None else "timeout" if isinstance(received, Timeout) else "user",
                machine=machine,
                message=message,
                received=received,
                before=before,
                after=tuple((index, self.number_of_local(index, local)) for index, local in after.items()),
                sends=tuple(self.number_of_message(e.message) for e in reaction.effects if isinstance(e, Sent)),
                facts=facts_of(self.system, reaction),
                reaction=reaction,
            )
        )
