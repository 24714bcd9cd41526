"""Switchboard: between tests, which run in threads of their own and wait for what they hear, and the network.

One loop in the background has the listeners of all parties that the kit plays, at the same URLs for the whole run, and
what it sends with. A request of the party under test is answered at once: by 202 if it can be read, else by the
problem; one of a terminal is held until the test answers it. Then it is handed to the test that it is of. One of which
no test knows anything is kept a moment, as it may have come before the test has heard of what it names.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from payrelay.conformance.belonging import Belonging, Late
from payrelay.conformance.connected import Connected
from payrelay.conformance.controller import Controller
from payrelay.conformance.correspondence import Correspondence
from payrelay.conformance.setting import CART
from payrelay.conformance.short_lived import ShortLived
from payrelay.conformance.subjects import Asked
from payrelay.conformance.triggering import Triggers
from payrelay.host.addresses import Addresses
from payrelay.host.application import Listener, Named, Served, application
from payrelay.host.client import Client
from payrelay.host.limits import Limits
from payrelay.host.serving import Condition
from payrelay.host.tls import Tls, client, server_context, shown_party
from payrelay.language.messages import Message
from payrelay.model.links import TERMINAL_EDGE
from payrelay.model.messages.purchase import OrderPlace
from payrelay.wire.binding import from_request
from payrelay.wire.endpoints import endpoint_at
from payrelay.wire.event_log import PROCEDURE_HEADER, observed
from payrelay.wire.exchange import Request, Response, header
from payrelay.wire.keyring import Keyring
from payrelay.wire.problem_documents import Problem

RUN = "run-"
"""What the names of all runs begin with."""
KEPT_SECONDS = 10.0
"""How long a message is kept that is of no test yet."""
LONGEST_HELD = 120.0
"""Seconds after which a terminal is told to ask again whom no test has answered."""
START_SECONDS = 10.0
MOST_KEPT = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
NOT_NOW = frozenset([429, 503])
"""The statuses by which a request is turned away that may be made again as it is."""
MOST_TRIES = 6
FIRST_PAUSE = 0.1
"""Seconds before the second try, if the answer does not say how many; twice as many before each next one."""
LAST_TAKEN, LATELY = 100, 10.0
"""How long requests take lately is told by so many that were taken at once, of so many seconds."""
STRAYS_TOLD = 100
"""Of how many messages that are of no test it is remembered what they were."""


class DeadError(Exception):
    """A party that the kit plays is not there any more: a fault of the kit."""


@dataclass(frozen=True)
class Place:
    """A listener of a party that the kit plays."""

    bound: socket.socket
    links: frozenset[str]
    """The links whose messages are taken here."""


@dataclass(frozen=True)
class Played:
    """A party that the kit plays."""

    keyring: Keyring
    urls: Mapping[str, str]
    """Where each link is that it serves, as others reach it."""
    places: tuple[Place, ...]
    tls: Tls | None = None


@dataclass(frozen=True)
class Reached:
    """A party under test."""

    name: str
    addresses: Addresses
    setup: str | None = None
    """The URL of its set-up interface, if it has one."""


@dataclass(frozen=True)
class Stray:
    """A message of no test."""

    at: float
    asked: Asked
    message: Message | None


@dataclass
class Strays:
    """What was of no test in the end."""

    number: int = 0
    late: int = 0
    """How many were of tests that had ended; these are not counted above."""
    told: deque[str] = field(default_factory=lambda: deque(maxlen=STRAYS_TOLD))
    """Which the last ones were."""


@dataclass(frozen=True)
class _Name:
    """Who a played party is."""

    name: str
    keyring: Keyring
    variant: str = ""


@dataclass
class _Answering:
    """What answers the requests that a played party is sent."""

    board: Switchboard
    keyring: Keyring
    limits: Limits = field(default_factory=lambda: Limits(per_second=1e6, burst=1e6, most_waiting=10**6))
    condition: Condition = Condition.READY

    @property
    def party(self) -> Named:
        """Who it is."""
        return _Name(self.keyring.party, self.keyring)

    async def start(self) -> None:
        """Nothing is to be done."""

    async def stop(self) -> None:
        """Nothing is to be done."""

    async def answer(self, request: Request, peer: str | None = None, from_where: str = "") -> Response:  # noqa: ARG002
        """Take a request, and hand it to the test that it is of."""
        found = from_request(request, self.keyring, int(self.board.clock()), peer)
        endpoint = endpoint_at(request.path)
        is_held = endpoint is not None and endpoint.has_answer and isinstance(found, Message)
        sender = found.sender if isinstance(found, Message) else peer or ""
        held = self.board.hold() if is_held else None
        asked = Asked(sender, self.keyring.party, request, held[0] if held else None)
        self.board.take(asked, found if isinstance(found, Message) else observed(request.body))
        if isinstance(found, Problem):
            return found.to_response()
        if held is None:
            return Response(202)
        try:
            async with asyncio.timeout(LONGEST_HELD):
                return await held[1]
        except TimeoutError:
            return Problem("unavailable").to_response()
        finally:
            self.board.let_go(held[0])

    def set_up(self, request: Request) -> Problem:  # noqa: ARG002
        """Nothing is set up at a party of the kit."""
        return Problem("not-found", "nothing is set up here")


def listening_at(serving: Served, played: Played, place: Place, *, leads: bool | None = None) -> ShortLived:
    """A listener of a played party; by TLS, if that is spoken. `leads` whether the party starts and stops with it, if
    it does that at all."""
    asks = place.links != {TERMINAL_EDGE.name}
    is_secure = any(url.startswith("https:") for url in played.urls.values())
    context = server_context(played.tls, asks=asks) if played.tls and is_secure else None
    listener = Listener(place.links, base_urls=played.urls)
    if context is not None and asks:
        listener = replace(listener, peer=shown_party, is_mutual=True)
    made = application(serving, listener, leads=bool(leads))
    return ShortLived(made, context, lifespan=leads is not None)


def sending_of(played: Played | None, urls: Mapping[str, str], roots: ssl.SSLContext | None) -> httpx2.AsyncClient:
    """What a party sends with: by its own certificate, if it has one; `urls` tells who is at which."""
    if played is not None and played.tls is not None:
        return client(played.tls, urls)
    return httpx2.AsyncClient(trust_env=False, verify=roots or True, limits=MOST_KEPT)


class Switchboard:
    """The parties that the kit plays, at work: `with Switchboard(...) as board`."""

    def __init__(
        self,
        played: Iterable[Played],
        reached: Mapping[str, Reached],
        *,
        clock: Callable[[], float] = time.time,
        roots: ssl.SSLContext | None = None,
        token: str = "",
        controller: Controller | None = None,
        crash: Callable[[], bool] | None = None,
        triggers: Triggers | None = None,
        periods: Mapping[str, float] | None = None,
        longest_wait: float = 0.0,
        patience: float = 5.0,
    ) -> None:
        """`reached` is by what the model calls each party. `roots` is what terminals believe, if TLS is spoken; `token`
        opens the set-up interface; `crash` kills the parties under test and starts them again; `triggers`
        starts terminals under test; `periods` and `longest_wait` say which timers are waited for."""
        self.played = {one.keyring.party: one for one in played}
        self.reached = dict(reached)
        self._model_names = {one.name: party for party, one in self.reached.items()}
        self._clock, self.offset = clock, 0.0
        self._roots, self.token, self.controller = roots, token, controller
        self._crash, self.triggers = crash, triggers
        self.periods, self.longest_wait, self.patience = dict(periods or {}), longest_wait, patience
        self.run = f"{RUN}{secrets.token_hex(4)}"
        """What the names of tests begin with: a system says things again that it said in another run."""
        self.strays = Strays()
        self.belonging: Belonging[Connected] = Belonging()
        self.lock = threading.RLock()
        """Held while anything of tests is looked at or changed."""
        self.ending = threading.Event()
        """Whether tests are to end, and no timer is waited for any more."""
        self._unclaimed: deque[Stray] = deque()
        self._taken: deque[tuple[float, float]] = deque(maxlen=LAST_TAKEN)
        """When the last requests were taken at once, and within how many seconds."""
        self._held: dict[int, asyncio.Future[Response]] = {}
        self._numbers = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="switchboard", daemon=True)
        self._listening: list[ShortLived] = []
        self._clients: dict[str, Client] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._stop = asyncio.Event()

    def clock(self) -> float:
        """What time it is for the kit: as it is for the party under test, if its clock was advanced."""
        return self._clock() + self.offset

    # --- from start to stop

    def __enter__(self) -> Switchboard:
        self._thread.start()
        self._ready.wait(START_SECONDS)
        self.check()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)

    def check(self) -> None:
        """Raises DeadError if a listener of the kit has ended."""
        if self._failure is not None or not self._ready.is_set() or not self._thread.is_alive():
            raise DeadError(f"a party that the kit plays has ended: {self._failure or 'for no reason that is known'}")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._loop.close()
            self._ready.set()
            with self.lock:
                for test in self.belonging.running:
                    test.changed.notify_all()

    async def _serve(self) -> None:
        urls = {url: one.name for one in self.reached.values() for url in one.addresses.every_base()}
        self._clients = {name: Client(sending_of(one, urls, self._roots)) for name, one in self.played.items()}
        self._clients[""] = Client(sending_of(None, urls, self._roots))
        tasks = []
        for one in self.played.values():
            answering = _Answering(self, one.keyring)
            for place in one.places:
                listening = listening_at(answering, one, place)
                self._listening.append(listening)
                tasks.append(asyncio.create_task(listening.serve(sockets=[place.bound])))
        while tasks and not all(one.started or one.should_exit for one in self._listening):
            await asyncio.sleep(0.005)
        self._ready.set()
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        is_dead = not stopping.done()
        for listening in self._listening:
            listening.should_exit = True
        for held in self._held.values():
            if not held.done():
                held.set_result(Problem("unavailable").to_response())
        for task in {stopping, *self._tasks}:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in self._clients.values():
            await each.close()
        if is_dead:
            raise DeadError("a listener has ended")

    # --- tests

    def test(self, name: str, found: Correspondence) -> Connected:
        """The parties under test, for a new test. The name is told with each request (W-HTTP-18)."""
        self.check()
        test = Connected(self, name)
        with self.lock:
            self.belonging.begin(test, found)
        return test

    def end(self, test: Connected) -> None:
        """A test has ended."""
        with self.lock:
            self.belonging.end(test)

    # --- what comes in

    def take(self, asked: Asked, message: Message | None) -> None:
        """A request has come: hand it to its test."""
        asked = replace(asked, party=self._model_names.get(asked.party, asked.party))
        stray = Stray(time.monotonic(), asked, message)
        with self.lock:
            self._forget_old()
            if not self._deliver(stray):
                self._unclaimed.append(stray)

    def _deliver(self, stray: Stray) -> bool:
        """Whether somebody knows whose it is, be it nobody's any more."""
        named = header(stray.asked.request.headers, PROCEDURE_HEADER)
        if named is not None and named.startswith(RUN) and not named.startswith(f"{self.run}-"):
            self.strays.late += 1  # of an earlier run
            return True
        owner = next((one for one in self.belonging.running if one.name == named), None)
        if owner is None and stray.message is not None:
            try:
                owner = self.belonging.owner(stray.message)
            except Late:
                self.strays.late += 1
                return True
        if owner is None and isinstance(stray.message, OrderPlace):
            owner = self._who_orders(stray.message)
        if owner is None and stray.asked.number is not None:
            # What a terminal asks first has a nonce of its own, and may have nothing else.
            acting = [one for one in self.belonging.running if one.is_acting]
            owner = acting[0] if len(acting) == 1 else None
        if owner is None:
            return False
        if stray.asked.number is not None:
            owner.is_acting = False
        owner.tell(stray.asked)
        return True

    def _who_orders(self, order: OrderPlace) -> Connected | None:
        """The test that an order is of: what is ordered is another thing in each."""
        carts = ((one, found.texts.get(("cart", CART))) for one, found in tuple(self.belonging.running.items()))
        return next((one for one, cart in carts if cart == order.cart), None)

    def claim(self) -> None:
        """See again whose those are that were nobody's; the lock is held."""
        if self._unclaimed:
            self._forget_old()
            self._unclaimed = deque(one for one in self._unclaimed if not self._deliver(one))

    def _forget_old(self) -> None:
        until = time.monotonic() - KEPT_SECONDS
        while self._unclaimed and self._unclaimed[0].at < until:
            self._is_stray(self._unclaimed.popleft())

    def _is_stray(self, one: Stray) -> None:
        self.strays.number += 1
        self.strays.told.append(f"{one.asked.party or 'somebody'} -> {one.asked.receiver} {one.asked.request.path}")

    def all_strays(self) -> Strays:
        """What was of no test, now that all have ended."""
        with self.lock:
            while self._unclaimed:
                self._is_stray(self._unclaimed.popleft())
        return self.strays

    # --- requests that are held

    def number(self) -> int:
        """A new number for a request."""
        with self.lock:
            self._numbers += 1
            return self._numbers

    def hold(self) -> tuple[int, asyncio.Future[Response]]:
        """Hold a request: its number, and its answer; within the loop."""
        number, answer = self.number(), self._loop.create_future()
        self._held[number] = answer
        return number, answer

    def let_go(self, number: int) -> None:
        """A request is held no more."""
        self._held.pop(number, None)

    def answer(self, number: int, response: Response) -> None:
        """Answer a request that is held."""

        def answered() -> None:
            held = self._held.get(number)
            if held is not None and not held.done():
                held.set_result(response)

        self._loop.call_soon_threadsafe(answered)

    # --- what goes out

    def post(self, party: str, sender: str, request: Request, then: Callable[[Response | None], None]) -> None:
        """Send a request to a party under test, as one of another party; `then` is told what it was answered by."""
        self.check()
        reached = self.reached[party]
        url = reached.addresses.url(reached.name, request.target)
        self._begin(sender, url, request, then)

    def ask(self, url: str, request: Request, seconds: float, sender: str = "") -> Response | None:
        """Send a request to anywhere, and wait for what it is answered by."""
        self.check()
        answer: Future[Response | None] = Future()
        self._begin(sender, url, request, answer.set_result, seconds)
        return answer.result(seconds + START_SECONDS)

    def _begin(
        self,
        sender: str,
        url: str | None,
        request: Request,
        then: Callable[[Response | None], None],
        seconds: float | None = None,
    ) -> None:
        async def sending() -> None:
            then(await self._sent(url, request, sender, seconds))

        def begin() -> None:
            task = self._loop.create_task(sending())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    async def _sent(self, url: str | None, request: Request, sender: str, seconds: float | None) -> Response | None:
        """Send a request; one that is turned away for now is sent again, as long as its answer is waited for."""
        if url is None:
            return None
        client = self._clients.get(sender, self._clients[""])
        began = self._loop.time()
        ends = began + self.patience
        response = await client(url, request, seconds)
        if response is not None and response.status == 202:
            self._taken.append((self._loop.time(), self._loop.time() - began))
        for number in range(MOST_TRIES - 1):
            if response is None or response.status not in NOT_NOW:
                break
            pause = _pause_of(response, FIRST_PAUSE * 2**number)
            if self._loop.time() + pause >= ends:
                break
            await asyncio.sleep(pause)
            response = await client(url, request, seconds)
        return response

    def slowest_lately(self) -> float:
        """Within how many seconds all requests but one in a hundred were taken lately that are taken at once."""
        since = self._loop.time() - LATELY
        lately = sorted(seconds for when, seconds in tuple(self._taken) if when >= since)
        return lately[-1 - len(lately) // 100] if lately else 0.0

    def set_up(self, party: str, request: Request) -> Response | None:
        """Set something up at a party under test."""
        reached = self.reached[party]
        if reached.setup is None:
            return None
        return self.ask(f"{reached.setup}{request.target}", request, self.patience)

    def crash(self, party: str) -> bool:
        """Kill a party under test, and start it again; whether that can be done here."""
        if self._crash is not None:
            return self._crash()
        controller = self.controller
        name = self.reached[party].name if party in self.reached else party
        return controller is not None and controller.can("crash_restart") and controller.crash_restart(name)

    def advance(self, seconds: float) -> bool:
        """Set the clock of the parties under test forward, and the kit's own; whether that can be done here."""
        if self.controller is None or not self.controller.can("advance_clock"):
            return False
        if not self.controller.advance_clock(seconds):
            return False
        self.offset += seconds
        return True


def _pause_of(response: Response, usual: float) -> float:
    """For how many seconds whoever is turned away is to wait."""
    said = header(response.headers, "retry-after") or ""
    return float(said) if said.isascii() and said.isdigit() else usual
