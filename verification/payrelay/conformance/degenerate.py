"""Degenerate systems: such as answer everything alike, and conform to nothing.

A kit that lets one of them pass in anything reports green for the wrong reason.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.subjects import Answered, Heard
from payrelay.language.messages import Stimulus
from payrelay.wire.exchange import Request, Response

Answer = Callable[[Request], Response | None]
PAGE = (("content-type", "text/plain; charset=utf-8"),)
DEGENERATE: dict[str, Answer] = {
    "answers_400": lambda _request: Response(400),
    "answers_202": lambda _request: Response(202),
    "answers_500": lambda _request: Response(500),
    "swallows": lambda _request: None,
    "answers_by_an_empty_page": lambda _request: Response(200, PAGE, b""),
    "echoes": lambda request: Response(200, request.headers, request.body),
}
"""What each answers to a request, whatever it is; None if nothing ever."""


@dataclass
class Degenerate:
    """A system under test that answers everything alike, and does whatever its controller wants without any effect."""

    answers: Answer
    now: float
    waits: bool = False
    _heard: deque[Heard] = field(default_factory=deque)
    _number: int = 0

    def send(self, party: str, sender: str, request: Request) -> int:  # noqa: ARG002
        """Answer as always."""
        self._number += 1
        answer = self.answers(request)
        if answer is not None:
            self._heard.append(Answered(self._number, answer))
        return self._number

    def answer(self, number: int, response: Response) -> None:
        """Take no notice."""

    def do(self, party: str, stimulus: Stimulus, *, is_offered: bool = True) -> bool:  # noqa: ARG002
        """Pretend that the user did it."""
        return True

    def set_up(self, party: str, request: Request) -> Response | None:  # noqa: ARG002
        """Pretend that it was set up."""
        return Response(204)

    def hear(self, seconds: float) -> Heard | None:  # noqa: ARG002
        """What came back next."""
        return self._heard.popleft() if self._heard else None

    def run_out(self, party: str, timer: str) -> bool:  # noqa: ARG002
        """Let time pass."""
        return True

    def crash(self, party: str) -> bool:  # noqa: ARG002
        """Pretend to come back."""
        return True


@dataclass(frozen=True)
class DegenerateRuns:
    """Begins runs with a degenerate system under test."""

    setting: Setting
    answers: Answer

    def __call__(self, wishes: Wishes) -> AbstractContextManager[Performance]:  # noqa: ARG002
        """A new run; what is wished of the world makes no difference."""
        found = self.setting.correspondence(1)
        return nullcontext(Performance(self.setting, Degenerate(self.answers, self.setting.now), found))
