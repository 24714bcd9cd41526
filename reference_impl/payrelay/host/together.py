"""Parties together in one process, with a clock of their own, on a network that does what it is told.

For tests and kits: the same happens each time. Every message goes as the bytes that it would be on a wire; it arrives,
is lost or arrives twice as the caller has it, and time passes when the caller lets it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from payrelay.host.answers import Waiting
from payrelay.host.party import Party, Step
from payrelay.host.storage import Armed, Outgoing
from payrelay.language.messages import Stimulus
from payrelay.wire.exchange import Request, Response


@dataclass
class VirtualClock:
    """A clock that stands still until it is set."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Flight(NamedTuple):
    """A request under way."""

    sender: str
    outgoing: Outgoing


class Carried(NamedTuple):
    """A request that arrived, and what was answered at once; None if it is held."""

    flight: Flight
    response: Response | None


def always(_flight: Flight) -> int:
    """Every request arrives once."""
    return 1


@dataclass
class Together:
    """A network of parties."""

    clock: VirtualClock
    parties: dict[str, Party] = field(default_factory=dict)
    copies: Callable[[Flight], int] = always
    """How often a request arrives: 0 if it is lost, 2 if it is doubled."""
    returns: Callable[[Flight, Response], bool] = lambda _flight, _response: True
    """Whether the response to a terminal comes back to it."""
    under_way: deque[Flight] = field(default_factory=deque)
    carried: list[Carried] = field(default_factory=list)
    """All that arrived."""
    answered: list[tuple[Flight, Response]] = field(default_factory=list)
    """All that terminals were answered."""
    _held: dict[Waiting, Flight] = field(default_factory=dict)

    def add(self, *parties: Party) -> None:
        """Let parties take part, or come back after a crash."""
        self.parties.update({party.name: party for party in parties})

    def do(self, terminal: str, stimulus: Stimulus) -> Step:
        """A user does something."""
        step = self.parties[terminal].do(stimulus)
        self.carry(terminal, step)
        return step

    def carry(self, party: str, step: Step) -> None:
        """Send what came of a step."""
        self.under_way.extend(Flight(party, outgoing) for outgoing in step.sends)
        for reply in step.replies:
            flight = self._held.pop(reply.to, None)
            if flight is not None:
                self._return(flight, reply.response)

    def _return(self, flight: Flight, response: Response) -> None:
        self.answered.append((flight, response))
        terminal = self.parties.get(flight.sender)
        if terminal is not None and self.returns(flight, response):
            self.carry(flight.sender, terminal.hear(response, flight.outgoing.request))

    def deliver(self) -> Carried:
        """Let the next request arrive, as often as it does."""
        flight = self.under_way.popleft()
        sender = self.parties.get(flight.sender)
        if sender is not None:
            sender.left(flight.outgoing.number)
        carried = Carried(flight, None)
        for _ in range(self.copies(flight)):
            carried = self._arrive(flight)
        return carried

    def _arrive(self, flight: Flight) -> Carried:
        request: Request = flight.outgoing.request
        receiver = self.parties[flight.outgoing.receiver]
        step = receiver.receive(request, flight.sender)
        response = step.problem.to_response() if step.problem else None if step.waits else Response(202)
        carried = Carried(flight, response)
        self.carried.append(carried)
        if step.waits:
            self._held[step.waits] = flight
        elif response is not None and response.status != 202:
            self._return(flight, response)
        self.carry(receiver.name, step)
        return carried

    def settle(self) -> None:
        """Let everything arrive that is under way, and all that comes of it."""
        while self.under_way:
            self.deliver()

    def next_timer(self, names: Iterable[str] | None = None) -> tuple[str, Armed] | None:
        """The timer that runs out next, of those named, and whose it is."""
        wanted = None if names is None else set(names)
        found = [
            (armed.due, name, armed)
            for name, party in self.parties.items()
            for armed in party.wakings.armed.values()
            if wanted is None or armed.timer in wanted
        ]
        if not found:
            return None
        _, name, armed = min(found, key=lambda one: (one[0], one[1], one[2].machine, one[2].timer))
        return name, armed

    def wait(self, *timers: str) -> bool:
        """Let time pass until the next timer has run out, or the next of these; False if none runs."""
        found = self.next_timer(timers or None)
        if found is None:
            return False
        name, armed = found
        self.clock.now = max(self.clock.now, armed.due)
        self.carry(name, self.parties[name].run_out(armed.machine, armed.timer))
        return True

    def crash(self, party: Party) -> None:
        """A party is gone, and with it the requests that it held; what it had sent is under way all the same.

        `party` is the same one come back, from the storage that it had.
        """
        self._held = {waits: one for waits, one in self._held.items() if one.outgoing.receiver != party.name}
        self.add(party)
        self.carry(party.name, party.restart())
