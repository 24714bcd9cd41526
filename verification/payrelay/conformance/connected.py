"""Connected: the parties under test over HTTP, as one test has them.

What a test says goes out by the switchboard that all tests share, and what comes back for it is kept until the test
hears it. Terminals under test are started for it, and end with it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payrelay.conformance.subjects import Answered, Heard
from payrelay.conformance.triggering import Triggered
from payrelay.language.links import role_of
from payrelay.language.messages import Stimulus
from payrelay.wire.event_log import PROCEDURE_HEADER
from payrelay.wire.exchange import Request, Response

if TYPE_CHECKING:
    from payrelay.conformance.switchboard import Switchboard

LOOK_SECONDS = 0.02
STARTING_SECONDS = 0.2
"""How often it is looked whether a terminal that was started is there still."""


class Connected:
    """The parties under test over HTTP, for one test: a Subject."""

    waits = True

    def __init__(self, board: Switchboard, name: str) -> None:
        self.board, self.name = board, name
        self.heard: deque[Heard] = deque()
        self.changed = threading.Condition(board.lock)
        """Told when there is more to hear: to this test alone, as to wake them all for each message takes long."""
        self.is_acting = False
        """Whether the user of a terminal was made to do something of which nothing has come yet."""
        self.stands: dict[str, dict[str, Any]] = {}
        """By terminal under test, what it begins the test with."""
        self._terminals: dict[str, Triggered] = {}
        """The terminals under test that were started for the test."""
        self._starting: Triggered | None = None
        """One of which nothing has come since it was started."""

    def __enter__(self) -> Connected:
        return self

    def __exit__(self, *_: object) -> None:
        while self._terminals:
            self._terminals.popitem()[1].end()
        self.board.end(self)

    @property
    def now(self) -> float:
        """The time there, in seconds since 1970."""
        return self.board.clock()

    def send(self, party: str, sender: str, request: Request) -> int:
        """Hand a request over."""
        number = self.board.number()
        told = replace(request, headers=(*request.headers, (PROCEDURE_HEADER, self.name)))

        def answered(response: Response | None) -> None:
            with self.board.lock:
                self.tell(Answered(number, response))

        self.board.post(party, sender, told, answered)
        return number

    def tell(self, heard: Heard) -> None:
        """Let the test hear something; the lock of the board is held."""
        self.heard.append(heard)
        self.changed.notify_all()

    def answer(self, number: int, response: Response) -> None:
        """Answer a terminal's request."""
        self.board.answer(number, response)

    def do(self, party: str, stimulus: Stimulus, *, is_offered: bool = True) -> bool:
        """Have the user of a terminal do something: it is told so, or the test controller is."""
        if self.board.triggers is not None:
            if party not in self._terminals:
                self._starting = self._terminals[party] = self.board.triggers.begin(party, self.stands.get(party, {}))
            self._terminals[party].act(stimulus)
            return True
        controller = self.board.controller
        if controller is None or not controller.can("force"):
            return False
        # What it was answered a moment ago it may not have shown to its user yet.
        until = time.monotonic() + self.board.patience
        self.is_acting = True
        while not controller.force(self.name, party, stimulus, self.stands.get(party, {})):
            if not is_offered or time.monotonic() > until:
                self.is_acting = False
                return not is_offered
            time.sleep(LOOK_SECONDS)
        return True

    def set_up(self, party: str, request: Request) -> Response | None:
        """Set something up."""
        return self.board.set_up(party, request)

    def hear(self, seconds: float) -> Heard | None:
        """What came back next; None if nothing does for so long."""
        if self._starting is not None and seconds > 0:
            seconds = max(seconds, self._starting.seconds)
        until = time.monotonic() + seconds
        with self.changed:
            while True:
                self.board.claim()
                if self.heard:
                    self._starting = None
                    return self.heard.popleft()
                self.board.check()
                left = until - time.monotonic()
                if left <= 0 or (self._starting is not None and self._starting.ended()):
                    return None
                self.changed.wait(left if self._starting is None else min(left, STARTING_SECONDS))

    def ended(self) -> str:
        """That a terminal that was started for the test has ended by itself; nothing if none has."""
        return "; ".join(filter(None, (terminal.ended() for terminal in self._terminals.values())))

    def run_out(self, party: str, timer: str) -> bool:  # noqa: ARG002
        """Let a timer run out: by the test controller, or by waiting for as long as it runs, if that may be waited."""
        seconds = self.board.periods.get(timer)
        if seconds is None:
            return False
        if self.board.advance(seconds):
            return True
        if seconds > self.board.longest_wait:
            return False
        return not self.board.ending.wait(seconds)

    def crash(self, party: str) -> bool:
        """Kill a party, and start it again. Requests that it held are not answered."""
        if self.board.triggers is not None and role_of(party) == "terminal":
            if party in self._terminals:
                self._starting = self._terminals[party]
                self._starting.crash()
            return True
        return self.board.crash(party)
