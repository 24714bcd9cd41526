"""A party at work: its timers run by a clock, what it sends leaves, and terminals are held until they are answered.

Everything here is about when; what happens is the party's alone. The HTTP layer repeats nothing: a request that is not
answered as it should be is a lost message, and the machines say it again if they need to (W-HTTP-08). After a failure
of the storage the party may know less than it did, so it stops taking anything (fail-stop) until it is started anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from payrelay.host.addresses import Addresses
from payrelay.host.answers import Waiting
from payrelay.host.grouping import Grouping
from payrelay.host.limits import ASK_AGAIN, InquiryRates, Limits, Rates
from payrelay.host.party import Party, Step
from payrelay.host.storage import Outgoing, StorageError
from payrelay.language.messages import Stimulus
from payrelay.wire.exchange import Request, Response
from payrelay.wire.problem_documents import Problem

TAKEN = Response(202)
LONGEST_SLEEP = 30.0
"""Seconds after which the clock is looked at again, which may have been set meanwhile."""


class Post(Protocol):
    """Sends a request and waits for what is answered; None if nothing is, for whatever reason."""

    def __call__(self, url: str, request: Request, seconds: float | None) -> Awaitable[Response | None]: ...


class Condition(StrEnum):
    """Whether a party takes anything."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPING = "stopping"


@dataclass
class _Held:
    """A terminal's request that waits."""

    session: str
    answer: asyncio.Future[Response]


@dataclass
class Serving:
    """One party at work."""

    party: Party
    post: Post
    addresses: Addresses
    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_failure: Callable[[], None] = lambda: None
    """Called once when the storage has failed: whoever runs the party stops it."""
    grouping: Grouping | None = None
    """The party's storage, if steps are kept together that are taken at the same moment: within one turn of the loop.
    Under load there are the more of them the longer the disk takes."""
    condition: Condition = Condition.STARTING
    _held: dict[Waiting, _Held] = field(default_factory=dict)
    _taken: list[tuple[Step, asyncio.Future[tuple[Step, _Held | None]]]] = field(default_factory=list)
    """The steps that are not durable yet, in order."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: int = 0

    def __post_init__(self) -> None:
        self._rates = Rates(self.limits, self.party.clock)
        self.inquiries = InquiryRates(self.limits, self.party.clock)
        self._changed = asyncio.Event()
        self._wakes = 0.0
        self._watch: asyncio.Task[None] | None = None

    # --- from start to stop

    async def start(self) -> None:
        """Come back from wherever the party was, send what may not have been sent, and take requests from now on."""
        self._carry(self.party.restart())
        if self.condition is Condition.STARTING:
            self.condition = Condition.READY
        self._watch = asyncio.create_task(self._run_timers())
        self._watch.add_done_callback(self._ended)

    async def stop(self, seconds: float = 5.0) -> None:
        """Take nothing more, let what is being sent leave for so long, and close the storage."""
        self.turn_away()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in set(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        self.party.close()

    def turn_away(self) -> None:
        """Take nothing more, and answer those who are held that they may ask again later. A server that lets open
        requests end before it stops would else wait for them."""
        self.condition = Condition.STOPPING
        for held in self._held.values():
            if not held.answer.done():
                held.answer.set_result(_unavailable().to_response())
        self._held.clear()

    # --- what comes in

    async def answer(self, request: Request, peer: str | None = None, from_where: str = "") -> Response:
        """What a request is answered by, once what it changed is durable; for a terminal, once there is a page.

        `peer` is whom the channel shows, `from_where` whom the rate is counted for if it shows nobody.
        """
        if self.condition is not Condition.READY or self._busy >= self.limits.most_waiting:
            return _unavailable().to_response()
        if refusal := self._rates.refusal(peer or from_where):
            return refusal.to_response()
        self._busy += 1
        try:
            return await self._answer(request, peer)
        finally:
            self._busy -= 1

    async def _answer(self, request: Request, peer: str | None) -> Response:
        step, held = await self._take(lambda: self.party.receive(request, peer, self.inquiries.refusal))
        if step.problem is not None:
            return step.problem.to_response()
        if step.waits is None or held is None:
            return TAKEN
        try:
            return await held.answer
        finally:
            if self._held.get(step.waits) is held:
                del self._held[step.waits]

    async def _take(self, take: Callable[[], Step]) -> tuple[Step, _Held | None]:
        """What comes of an input once it is durable, and on its way; and the terminal's request that is held for it."""
        if self.grouping is None:
            step = take()
            return step, self._let_go(step)
        with self.grouping.holding():
            step = take()
        durable: asyncio.Future[tuple[Step, _Held | None]] = asyncio.get_running_loop().create_future()
        if not self._taken:
            self._begin(self._keep())
        self._taken.append((step, durable))
        return await durable

    async def _keep(self) -> None:
        """Make durable what was taken, and let go of it. Whoever waits for it may be gone; what is sent is not."""
        taken, self._taken = self._taken, []
        assert self.grouping is not None
        try:
            self.grouping.keep()
        except StorageError:
            taken = [(Step(_unavailable()), durable) for _, durable in taken]
        for step, durable in taken:
            held = self._let_go(step)
            if not durable.done():
                durable.set_result((step, held))

    def _let_go(self, step: Step) -> _Held | None:
        """Answer and send what came of a step; the request that is held for its answer."""
        held = None if step.waits is None else self._hold(step.waits, step.session)
        self._carry(step)
        return held

    def _hold(self, waits: Waiting, session: str) -> _Held:
        """Hold a terminal's request; one of the same terminal that is held already is superseded (W-TERM-04)."""
        for (terminal, nonce), older in tuple(self._held.items()):
            if (terminal, older.session) == (waits[0], session):
                del self._held[terminal, nonce]
                if not older.answer.done():
                    older.answer.set_result(Problem("superseded").to_response())
        held = self._held[waits] = _Held(session, asyncio.get_running_loop().create_future())
        return held

    def set_up(self, request: Request) -> Problem | None:
        """Set something up; None if it is durable."""
        if self.condition is not Condition.READY:
            return _unavailable()
        problem = self.party.set_up(request)
        self._carry(Step(problem))
        return problem

    def do(self, stimulus: Stimulus) -> Step:
        """The user does something."""
        step = self.party.do(stimulus)
        self._carry(step)
        return step

    # --- what goes out

    def _fail(self) -> None:
        if self.condition in (Condition.STARTING, Condition.READY):
            self.condition = Condition.FAILED
            self.on_failure()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done from the next turn of the loop on."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task is over; one that ended by a fault of this program ends the party."""
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            task.get_loop().call_exception_handler({"message": f"{self.party.name}", "exception": task.exception()})
            self._fail()

    def _carry(self, step: Step) -> None:
        """Answer and send what came of a step, all of which is durable; if it could not be kept, the party fails."""
        if step.problem is not None and step.problem.name == "unavailable":
            self._fail()
        for reply in step.replies:
            held = self._held.get(reply.to)
            if held is not None and not held.answer.done():
                held.answer.set_result(reply.response)
        for outgoing in step.sends:
            self._begin(self._send(outgoing))
        armed = self.party.wakings.next()
        if armed is not None and armed.due < self._wakes:
            self._changed.set()

    async def _send(self, outgoing: Outgoing) -> None:
        """Send a request once. What it is answered by is a terminal's to read; anything else is lost, or was taken."""
        url = self.addresses.url(outgoing.receiver, outgoing.request.target)
        is_terminal = self.party.role == "terminal"
        seconds = None if is_terminal else self.limits.send_seconds
        response = await self.post(url, outgoing.request, seconds) if url else None
        self.party.left(outgoing.number)
        if is_terminal and response is not None and self.condition is Condition.READY:
            await self._take(lambda: self.party.hear(response, outgoing.request))

    # --- time

    async def _run_timers(self) -> None:
        while self.condition in (Condition.READY, Condition.STARTING):
            armed = self.party.wakings.next()
            left = LONGEST_SLEEP if armed is None else armed.due - self.party.clock()
            if armed is not None and left <= 0:
                await self._take(partial(self.party.run_out, armed.machine, armed.timer))
                continue
            self._changed.clear()
            self._wakes = self.party.clock() + left
            sleeping = asyncio.ensure_future(self.sleep(min(left, LONGEST_SLEEP)))
            changing = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({sleeping, changing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                changing.cancel()


def _unavailable() -> Problem:
    return Problem("unavailable", headers=ASK_AGAIN)
