"""Running: cases, carried out one after the other or several at a time, within a budget.

What comes out is in the order of the cases, whichever ended first, so that equal runs are told alike; those that wait
until something has run out do so beside the others, and come out when they have to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Begin, Check, confirmed, of_singles, singled
from payrelay.conformance.plans import Part
from payrelay.conformance.verdicts import Verdict

BESIDE = 1.3
"""How many times as long as it waits for timers a case takes."""
MOST_WAITING = 32
"""How many cases wait at a time."""


def made(
    cases: Iterable[tuple[Part, Case]],
    begins: Mapping[str, Begin],
    *,
    sessions: int = 1,
    seconds: float | None = None,
    clock: Callable[[], float] = monotonic,
    waits: Callable[[Case], float] = lambda case: 0.0,  # noqa: ARG005
    is_alone: Callable[[Case], bool] = lambda case: False,  # noqa: ARG005
    at_end: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Part, Check]]:
    """Make checks: by purpose, how each begins. After `seconds` none is begun any more; what was begun ends.

    `waits` is how many seconds a case waits in all; what would wait longer than there is time for is not begun.
    `is_alone` whether nothing else may run meanwhile. `at_end` is done at the end, so that nobody waits any more.
    """
    ends = None if seconds is None else clock() + seconds

    def is_over(wait: float = 0.0) -> bool:
        return ends is not None and clock() + BESIDE * wait >= ends

    if sessions == 1:
        for part, case in cases:
            if is_over():
                return
            if not is_over(waits(case)):
                yield from ((part, one) for one in _made(case, begins[part.purpose]))
        return
    usual, waiting = _Crew(begins, sessions, 2 * sessions), _Crew(begins, MOST_WAITING, MOST_WAITING)
    with usual.pool, waiting.pool:
        try:
            for part, case in cases:
                if is_over():
                    break
                wait = waits(case)
                if is_over(wait):
                    continue
                if is_alone(case):
                    yield from usual.end()
                    yield from waiting.end()
                    yield from ((part, one) for one in _made(case, begins[part.purpose]))
                else:
                    yield from (waiting if wait else usual).take(part, case)
            yield from usual.end()
            yield from waiting.end()
        except KeyboardInterrupt:  # what is known comes out
            yield from usual.done()
            yield from waiting.done()
            raise
        finally:
            at_end()
            usual.pool.shutdown(wait=False, cancel_futures=True)
            waiting.pool.shutdown(wait=False, cancel_futures=True)


class _Crew:
    """Threads that carry cases out, and what they are at."""

    def __init__(self, begins: Mapping[str, Begin], threads: int, most: int) -> None:
        self.begins, self.most = begins, most
        self.pool = ThreadPoolExecutor(threads, "check")
        self._going: deque[tuple[Part, Future[list[Check]]]] = deque()

    def take(self, part: Part, case: Case) -> Iterator[tuple[Part, Check]]:
        """Have a case carried out; what has ended meanwhile, if they are at as much as they may."""
        self._going.append((part, self.pool.submit(_made, case, self.begins[part.purpose])))
        while len(self._going) > self.most:
            yield from self._first()

    def end(self) -> Iterator[tuple[Part, Check]]:
        """All that they are at still."""
        while self._going:
            yield from self._first()

    def done(self) -> Iterator[tuple[Part, Check]]:
        """What has ended by now; nobody waits for the rest."""
        ended = [one for one in self._going if one[1].done() and one[1].exception() is None]
        yield from ((part, one) for part, future in ended for one in future.result())

    def _first(self) -> Iterator[tuple[Part, Check]]:
        part, future = self._going.popleft()
        yield from ((part, one) for one in future.result())


def _made(case: Case, begin: Begin) -> list[Check]:
    """The checks that come of a case. Where several things were wrong one after the other and it failed, each is tried
    by itself; if none of these fails, they do so only together."""
    found = confirmed(case, begin)
    singles = singled(case)
    if found.verdict is Verdict.PASS and case.singles:
        return of_singles(found)
    if found.verdict is Verdict.PASS or len(singles) == 1:
        return [found]
    apart = [confirmed(one, begin) for one in singles]
    if any(one.verdict is not Verdict.PASS for one in apart):
        return apart
    return [*apart, found] if case.singles else [found]
