"""Subjects: systems under test, as a test speaks with them.

A test hands over requests and takes what comes back: answers to them, and requests that the subject makes of the
parties that the kit plays. How these travel, over HTTP or within this process, is the subject's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from payrelay.host.faults import SOUND, Fault
from payrelay.host.identifiers import fresh_identifier
from payrelay.host.memory import MemoryStorage
from payrelay.host.party import Party, Step
from payrelay.host.storage import Changes
from payrelay.host.world import PERIODS, World
from payrelay.language.messages import Stimulus
from payrelay.language.role import RoleTable
from payrelay.language.terms import Symbol
from payrelay.wire import Keyring
from payrelay.wire.exchange import Request, Response
from payrelay.wire.problem_documents import Problem


@dataclass(frozen=True)
class Answered:
    """A request of the kit was answered; None if nothing came back."""

    number: int
    response: Response | None


@dataclass(frozen=True)
class Asked:
    """The subject made a request of a party that the kit plays."""

    party: str
    receiver: str
    request: Request
    number: int | None = None
    """The number by which it is answered, if it is held until that is done, as those of terminals are; None if it has
    been answered by 202 at once."""


Heard = Answered | Asked
LATER = 1.0
"""How many seconds after a request the same one comes again, where time is what the test makes it."""


class Subject(Protocol):
    """The parties under test, for one test at a time."""

    waits: bool
    """Whether time passes by itself, so that it costs to see that nothing comes."""

    @property
    def now(self) -> float:
        """The time there, in seconds since 1970."""
        ...

    def send(self, party: str, sender: str, request: Request) -> int:
        """Hand a request over; the number by which its answer is known."""
        ...

    def answer(self, number: int, response: Response) -> None:
        """Answer a request that is held."""
        ...

    def do(self, party: str, stimulus: Stimulus, *, is_offered: bool = True) -> bool:
        """Have the user of a party do something; False if that cannot be done here. The nonce of the request that comes
        of it is the party's own. `is_offered` is whether there is anything to do so by: else nothing comes of it."""
        ...

    def set_up(self, party: str, request: Request) -> Response | None:
        """Set something up at a party, before the test begins."""
        ...

    def hear(self, seconds: float) -> Heard | None:
        """What came back next; None if nothing does for so long."""
        ...

    def run_out(self, party: str, timer: str) -> bool:
        """Let a timer of a party run out; False if that cannot be done here."""
        ...

    def crash(self, party: str) -> bool:
        """Kill a party, and start it again; False if that cannot be done here."""
        ...


class Forgetful(MemoryStorage):
    """Storage that says that something is durable before it is: the last that a machine did is lost in a crash."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = self

    def commit(self, changes: Changes) -> None:
        """Take a step, which is durable only once there is another one."""
        if changes.machines:
            self.kept = Forgetful()
            self.kept.__dict__.update({name: copy(value) for name, value in self.__dict__.items() if name != "kept"})
        super().commit(changes)


@dataclass
class Rehearsed:
    """Parties of the reference roles within this process, perhaps with edited tables or a fault of the seam. Time is
    what the test makes it."""

    rings: Mapping[str, Keyring]
    worlds: Mapping[str, World]
    random: Callable[[int], bytes]
    now: float = 0.0
    tables: Mapping[str, RoleTable] | None = None
    fault: Fault = SOUND
    waits: bool = False
    _heard: deque[Heard] = field(default_factory=deque)
    _held: dict[tuple[str, tuple[str, str]], list[int]] = field(default_factory=dict)
    _open: dict[int, tuple[str, Request]] = field(default_factory=dict)
    """Requests of terminals under test, which the test answers."""
    _number: int = 0
    _came: set[bytes] = field(default_factory=set)
    _inside: deque[tuple[str, str, Request, int | None]] = field(default_factory=deque)
    """What these parties say to each other, which nobody else hears: by whom, to whom, and the number of a terminal's
    request."""
    _own: set[int] = field(default_factory=set)
    """The numbers of such requests, ever."""

    def __post_init__(self) -> None:
        kind = Forgetful if self.fault.answers_before_durable else MemoryStorage
        self.storages = {name: kind() for name in self.worlds}
        self.parties = {name: self._party(name) for name in self.worlds}
        for name, party in self.parties.items():
            self._carry(name, party.restart())

    def _party(self, name: str) -> Party:
        return Party(
            self.rings[name],
            self.storages[name],
            world=self.worlds[name],
            clock=lambda: self.now,
            random=self.random,
            tables=self.tables,
            fault=self.fault,
        )

    def send(self, party: str, sender: str, request: Request) -> int:
        """Hand a request over. One that comes again comes later: what is made anew for it is another then."""
        self._number += 1
        self.now += LATER if request.body in self._came else 0
        self._came.add(request.body)
        step = self.parties[party].receive(request, sender)
        if step.waits:
            self._held.setdefault((party, step.waits), []).append(self._number)
        else:
            response = step.problem.to_response() if step.problem else Response(202)
            self._heard.append(Answered(self._number, response))
        self._carry(party, step)
        return self._number

    def _carry(self, party: str, step: Step) -> None:
        self._hand_out(party, step)
        while self._inside:
            sender, receiver, request, number = self._inside.popleft()
            then = self.parties[receiver].receive(request, sender)
            if number is not None and then.waits:
                self._held.setdefault((receiver, then.waits), []).append(number)
            elif number is not None and then.problem is not None:
                self._answered(number, then.problem.to_response())
            self._hand_out(receiver, then)

    def _hand_out(self, party: str, step: Step) -> None:
        """What a step says, to whom it is for."""
        for reply in step.replies:
            for held in self._held.pop((party, reply.to), ()):
                self._answered(held, reply.response)
        for outgoing in step.sends:
            number = None
            if self.parties[party].role == "terminal":
                self._number += 1
                number = self._number
                self._open[number] = (party, outgoing.request)
            if outgoing.receiver in self.parties:
                self._own.update(() if number is None else [number])
                self._inside.append((party, outgoing.receiver, outgoing.request, number))
            else:
                self._heard.append(Asked(party, outgoing.receiver, outgoing.request, number))
            self.parties[party].left(outgoing.number)
        if step.problem is not None and step.waits:
            for held in self._held.pop((party, step.waits), ()):
                self._answered(held, step.problem.to_response())

    def _answered(self, number: int, response: Response | None) -> None:
        """A request that was held is answered, or never will be: one of the test's, or of a terminal among these
        parties, to which silence tells nothing."""
        if number not in self._own:
            self._heard.append(Answered(number, response))
        elif response is not None:
            self.answer(number, response)

    def answer(self, number: int, response: Response) -> None:
        """Answer a terminal's request; that of one that has crashed since is answered to nobody."""
        if number in self._open:
            party, request = self._open.pop(number)
            self._carry(party, self.parties[party].hear(response, request))

    def do(self, party: str, stimulus: Stimulus, *, is_offered: bool = True) -> bool:  # noqa: ARG002
        """The user of a terminal does something, with a nonce of the terminal's own. What the terminal does not offer,
        nothing comes of, which shows."""
        nonce = getattr(stimulus, "nonce", None)
        if isinstance(nonce, Symbol):
            changed: Any = {"nonce": Symbol(nonce.kind, fresh_identifier(self.random))}
            stimulus = replace(stimulus, **changed)
        self._carry(party, self.parties[party].do(stimulus))
        return True

    def set_up(self, party: str, request: Request) -> Response | None:
        """Set something up."""
        problem = self.parties[party].set_up(request)
        return problem.to_response() if isinstance(problem, Problem) else Response(204)

    def hear(self, seconds: float) -> Heard | None:  # noqa: ARG002
        """What came back next. What has not come by now never comes."""
        return self._heard.popleft() if self._heard else None

    def run_out(self, party: str, timer: str) -> bool:
        """Let the next timer of this name run out."""
        armed = [one for one in self.parties[party].wakings.armed.values() if one.timer == timer]
        if not armed:  # the time passes all the same
            self.now += PERIODS[timer]
            return True
        first = min(armed, key=lambda one: (one.due, one.machine))
        self.now = max(self.now, first.due)
        self._carry(party, self.parties[party].run_out(first.machine, timer))
        return True

    def crash(self, party: str) -> bool:
        """Come back with what was durable. Held requests are gone."""
        self._open = {number: one for number, one in self._open.items() if one[0] != party}
        for key in [key for key in self._held if key[0] == party]:
            for number in self._held.pop(key):
                self._answered(number, None)
        storage = self.storages[party]
        if isinstance(storage, Forgetful):
            self.storages[party] = storage.kept
        self.parties[party] = self._party(party)
        self._carry(party, self.parties[party].restart())
        return True
