"""A terminal at the shell: the model's own terminal at work for one person or script, and what goes wrong, in words.

Nothing of the protocol is decided here. The machine repeats what is not answered; here is only told when it is of no
use to wait for that, and Ctrl-C.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from payrelay.cli.errors import UsageError, one_line
from payrelay.cli.reaching import Reach, UnreachableError, connections, now
from payrelay.cli.terminal import rewritten_line
from payrelay.host.client import Client
from payrelay.host.storage import Changes
from payrelay.host.world import World
from payrelay.language.messages import Message, Stimulus
from payrelay.language.role import Local
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import OrderRef
from payrelay.model.messages.purchase import OrderAck
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest
from payrelay.model.messages.user import UserAsks
from payrelay.reference_impl.terminals import PURCHASE, REGISTRATION, Terminal
from payrelay.wire.binding import from_response
from payrelay.wire.exchange import Request, Response
from payrelay.wire.problem_documents import Problem
from payrelay.wire.problems import WritingError

TICK_SECONDS = 1.0
"""How often it is shown that somebody waits."""
MOST_SAID = 200
"""How much is shown of what somebody says who does not keep to the protocol."""
WAITING = ("waiting", "shopping")
"""The states of a terminal that waits for an answer."""


class InterruptedByUserError(Exception):
    """Ctrl-C."""


class OutOfPatienceError(Exception):
    """There is no answer yet. The text says what was heard last."""


class Interrupts:
    """Ctrl-C: while the user is asked it ends the question, while something is awaited it is noted."""

    def __init__(self) -> None:
        self.is_asking = False
        self.came = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_asking:
            raise KeyboardInterrupt
        self._loop.call_soon_threadsafe(self.came.set)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """While this is entered, Ctrl-C is caught."""
        old = signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, old)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While this is entered, the user is asked. Raises InterruptedByUserError if Ctrl-C is the answer."""
        self.is_asking = True
        try:
            yield
        except KeyboardInterrupt:
            raise InterruptedByUserError from None
        finally:
            self.is_asking = False


@dataclass
class ShellTerminal:
    """A terminal that is at work, and what it has heard."""

    reach: Reach
    terminal: Terminal
    interrupts: Interrupts
    patience: float
    """The seconds after which it gives up waiting."""
    answers: dict[str, str] = field(default_factory=dict)
    """What the user answers to the questions of a form; what is not answered is empty."""
    heard: Message | None = None
    """The last answer."""
    trouble: Exception | None = None
    """What came instead of an answer, since the user last did something."""
    _ends: float = 0.0
    """When its patience ends, which began as the user last decided something."""

    def shows(self, machine: str = PURCHASE) -> str:
        """What is there: the state of one of its machines."""
        return self.terminal.shows(machine)

    def data(self, machine: str = PURCHASE) -> Any:
        """What one of its machines knows."""
        return self.terminal.data(machine)

    @property
    def page(self) -> TerminalAnswer:
        """The page that the relay answered with last."""
        assert isinstance(self.heard, TerminalAnswer)
        return self.heard

    @property
    def slots(self) -> dict[str, str]:
        """What stands on that page, by the names of its slots."""
        return {name: contents for name, _, contents in self.page.summary.slots}

    def knows(self, word: str) -> None:
        """The user has said by what to prove to a wallet to be the user."""
        storage, machine = self.terminal.storage, self.terminal.storage.machine(PURCHASE)
        assert machine is not None
        data = replace(machine.local.data, user_auth=Symbol("user_auth", word))
        storage.commit(Changes(machines=(replace(machine, local=Local(machine.local.control, data)),)))

    def does(self, stimulus: type[Stimulus], machine: str = PURCHASE, **fields: Any) -> None:
        """The user does what can be done now."""
        self.trouble = None
        if stimulus is not UserAsks:
            self._ends = time.monotonic() + self.patience
        try:
            is_done = self.terminal.does(stimulus, machine, **fields)
        except WritingError as error:  # nothing was said
            raise UsageError(f"it cannot be sealed: {one_line(error)}; a newer keyring is needed") from None
        assert is_done, (stimulus, self.shows(machine))

    async def settles(self, machine: str = PURCHASE, *, is_bound: bool = False) -> str:
        """Wait for the answer; the state that it leads to.

        When the user is bound by what was said (`is_bound`), trouble is no reason to give up: the request is repeated.
        """
        while self.shows(machine) in WAITING:
            if self.trouble is not None and not is_bound:
                raise self.trouble
            await self._first(self.terminal.moved(self._left()))
        return self.shows(machine)

    def _left(self) -> float:
        """How much of its patience is left."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise OutOfPatienceError(f"; {self.trouble}" if self.trouble else "")
        return left

    async def rests(self, seconds: float) -> None:
        """Let time pass, while there is patience."""
        await self._first(asyncio.sleep(min(seconds, self._left())))
        self._left()

    async def _first(self, awaited: Any) -> None:
        """Wait for something. Raises InterruptedByUserError at Ctrl-C."""
        tasks = {asyncio.ensure_future(awaited), asyncio.ensure_future(self.interrupts.came.wait())}
        began = time.monotonic()
        with rewritten_line(sys.stderr) as write:
            while not any(task.done() for task in tasks):
                await asyncio.wait(tasks, timeout=TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if write:
                    write(f"waiting, {time.monotonic() - began:.0f} s; Ctrl-C to leave")
        for task in tasks:
            task.cancel()
        if self.interrupts.came.is_set():
            self.interrupts.came.clear()
            raise InterruptedByUserError

    def notice(self, url: str, request: Request, response: Response | None) -> None:
        """Something was answered, or nothing."""
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        if response is None:
            self.trouble = UnreachableError(f"nobody answers at {server}{self._hint()}")
        else:
            found = from_response(response, request, self.reach.keyring, now())
            if isinstance(found, Message):
                self._hears(found)
            elif found is None:
                self.trouble = self._refused(server, Problem("", "it took the request, and did not answer it"))
            elif isinstance(found, Problem) and found.name != "superseded":
                self.trouble = self._refused(server, found)
        if self.trouble is not None:
            self.terminal.storage.changed.set()

    def _hears(self, answer: Message) -> None:
        """An answer came. One that is not for what is outstanding is passed over, as the machines do (W-TERM-11)."""
        outstanding = [data.outstanding for data in map(self.data, (PURCHASE, REGISTRATION)) if data]
        if isinstance(answer, TerminalAnswer):
            asked = [one.request_nonce for one in outstanding if isinstance(one, TerminalRequest)]
            is_ours = answer.request_nonce in asked and answer.is_whole
        else:
            is_ours = isinstance(answer, OrderAck)
        if is_ours:
            self.heard = answer

    def _hint(self) -> str:
        return f"; start the system: payrelay serve {self.reach.words}" if self.reach.folder else "; is it running?"

    def _refused(self, server: str, problem: Problem) -> Exception:
        if problem.name == "unauthenticated":
            return UsageError("the relay does not know this session; log in there, and give it: PAYRELAY_SESSION")
        if problem.pointer == "/cart":
            return UsageError("the shop has no such thing; look at its catalogue, and name one: --cart NAME")
        said = problem.detail or problem.name or f"status {problem.status}"
        said = "".join(character if character.isprintable() else "?" for character in said[:MOST_SAID])
        return UnreachableError(f"{server} does not answer as it should: {said}; is it the right URL?")


@asynccontextmanager
async def at_work(
    reach: Reach, *, patience: float, order: OrderRef | None = None, authority: str = World.authority
) -> AsyncIterator[ShellTerminal]:
    """A terminal that can reach this, from start to stop."""
    interrupts = Interrupts()
    answers: dict[str, str] = {}
    async with connections(reach.roots) as connected:
        client = Client(connected)

        async def post(url: str, request: Request, seconds: float | None) -> Response | None:
            response = await client(url, request, seconds)
            shell.notice(url, request, response)
            return response

        world = World(
            relay=reach.relay,
            shop=order.shop if order else reach.shop,
            authority=authority,
            order=order,
            session=reach.session,
            answers=answers,
            capabilities=CAPABILITIES["plain_text"],
            periods=reach.periods,
        )
        async with Terminal(reach.keyring, world, reach.addresses, post) as terminal:
            shell = ShellTerminal(reach, terminal, interrupts, patience, answers)
            with interrupts.caught():
                yield shell
