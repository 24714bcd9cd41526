"""Running: cases, carried out one after the other or several at a time, within a budget.

What comes out is in the order of the cases, whichever ended first, so that equal runs are told alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from time import monotonic

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Begin, Check, confirmed, singled
from payrelay.conformance.plans import Part
from payrelay.conformance.verdicts import Verdict


def made(
    cases: Iterable[tuple[Part, Case]],
    begins: Mapping[str, Begin],
    *,
    sessions: int = 1,
    seconds: float | None = None,
    clock: Callable[[], float] = monotonic,
) -> Iterator[tuple[Part, Check]]:
    """Make checks: by purpose, how each begins. After `seconds` none is begun any more; what was begun ends."""
    ends = None if seconds is None else clock() + seconds
    ahead = iter(cases)
    if sessions == 1:
        for part, case in ahead:
            if ends is not None and clock() >= ends:
                return
            yield from ((part, one) for one in _made(case, begins[part.purpose]))
        return
    with ThreadPoolExecutor(sessions, "check") as pool:
        waiting: deque[tuple[Part, Future[list[Check]]]] = deque()

        def begin(number: int) -> None:
            for part, case in islice(ahead, number):
                waiting.append((part, pool.submit(_made, case, begins[part.purpose])))

        begin(2 * sessions)
        while waiting:
            part, future = waiting.popleft()
            yield from ((part, one) for one in future.result())
            if ends is None or clock() < ends:
                begin(1)


def _made(case: Case, begin: Begin) -> list[Check]:
    """The checks that come of a case. Where several things were wrong one after the other and it failed, each is tried
    by itself; if none of these fails, they do so only together."""
    found = confirmed(case, begin)
    singles = singled(case)
    if found.verdict is Verdict.PASS or len(singles) == 1:
        return [found]
    apart = [confirmed(one, begin) for one in singles]
    return apart if any(one.verdict is not Verdict.PASS for one in apart) else [found]
