"""Running: cases in threads, in order, within a budget, and beside each other only where they may."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import SetUpError
from payrelay.conformance.running import made
from payrelay.conformance.verdicts import Verdict


@dataclass(frozen=True)
class Part:
    """A part, as far as running looks at it."""

    purpose: str = "purchase"


class Performance:
    """One in which nothing happens."""

    def __init__(self) -> None:
        self.patience, self.seen, self.lesser = 1.0, [], []  # type: ignore[var-annotated]

    def rest(self) -> None:
        """Nothing comes."""


@dataclass
class Begins:
    """Counts how many run at once."""

    at_once: int = 0
    most: int = 0
    ended: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    meets: threading.Barrier | None = None

    @contextmanager
    def __call__(self, _wishes: object) -> Iterator[Any]:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        if self.meets is not None:
            self.meets.wait(10)
        yield Performance()
        with self.lock:
            self.at_once -= 1
            self.ended += 1


def cases(number: int) -> list[tuple[Any, Case]]:
    """Cases without moves."""
    return [(Part(), Case(f"{at:03}", "pair", ())) for at in range(number)]


def names(found: Iterator[Any]) -> list[str]:
    """Which checks were made."""
    return [one.case.id for _, one in found]


def test_what_comes_out_is_in_order() -> None:
    begins: Any = Begins()
    assert names(made(cases(40), {"purchase": begins}, sessions=4)) == [f"{at:03}" for at in range(40)]
    assert 1 <= begins.most <= 4


def test_sessions_run_at_once() -> None:
    begins: Any = Begins(meets=threading.Barrier(4))
    assert len(names(made(cases(8), {"purchase": begins}, sessions=4))) == 8
    assert begins.most == 4


def test_what_is_alone_has_nothing_beside_it() -> None:
    beside = []
    begins: Any = Begins()

    @contextmanager
    def begin(wishes: object) -> Iterator[Any]:
        with begins(wishes) as performance:
            if threading.current_thread() is threading.main_thread():
                beside.append(begins.at_once)
            yield performance

    found = made(cases(12), {"purchase": begin}, sessions=4, is_alone=lambda case: case.id in ("005", "011"))
    assert len(names(found)) == 12
    assert beside == [1, 1]


def test_after_the_budget_nothing_is_begun() -> None:
    time = iter(range(1000))
    for sessions in (1, 2):
        found = made(cases(500), {"purchase": Begins()}, sessions=sessions, seconds=20, clock=lambda: next(time))
        assert 0 < len(names(found)) < 20


def test_what_would_wait_for_too_long_is_left_out_and_what_waits_comes_last() -> None:
    waits = {"001": 5.0, "002": 50.0}
    begins: Any = {"purchase": Begins()}
    found = made(cases(4), begins, sessions=2, seconds=20, clock=lambda: 0.0, waits=lambda case: waits.get(case.id, 0))
    assert names(found) == ["000", "003", "001"]


def test_what_cannot_be_set_up_is_a_fault_only_of_who_promised_it() -> None:
    for is_promised, verdict in ((True, Verdict.NOT_TESTABLE), (False, Verdict.INCONCLUSIVE)):

        @contextmanager
        def begin(_wishes: object, is_promised: bool = is_promised) -> Iterator[Any]:
            raise SetUpError("no order is left", is_promised=is_promised)
            yield

        ((_, found),) = made(cases(1), {"purchase": begin})
        assert (found.verdict, found.cause, found.detail) == (verdict, "precondition_unreached", "no order is left")


def test_what_is_known_comes_out_when_it_is_interrupted() -> None:
    def interrupted() -> Iterator[tuple[Any, Case]]:
        yield from cases(6)
        while begins.ended < 6:
            threading.Event().wait(0.001)
        threading.Event().wait(0.2)  # their threads have that to tell yet
        raise KeyboardInterrupt

    begins: Any = Begins()
    found = made(interrupted(), {"purchase": begins}, sessions=8)
    assert names(islice(found, 6)) == [f"{at:03}" for at in range(6)]
    with pytest.raises(KeyboardInterrupt):
        next(found)
