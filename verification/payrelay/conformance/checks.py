"""Checks: a case, carried out, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from time import perf_counter

from payrelay.conformance.cases import Case, Mutation
from payrelay.conformance.course import Spoilt
from payrelay.conformance.deviations import Deviation, Late, Stuck
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Wishes
from payrelay.conformance.verdicts import Verdict

CONFIRMATIONS = 2
"""How often what failed is tried once more."""
LENIENCE = 3.0
"""How many times as long is waited when it is tried once more: it may have been slow, and nothing else."""
LATE = "timeout_within_tolerance"
"""The cause of what may only have been late."""
Begin = Callable[[Wishes], AbstractContextManager[Performance]]
"""Begins a new run, in which nothing is known of any other; its end is that of the context. Raises SetUpError."""


class SetUpError(Exception):
    """What a test needs could not be set up. One line."""

    def __init__(self, says: str, *, is_promised: bool = False) -> None:
        super().__init__(says)
        self.is_promised = is_promised
        """Whether the configuration says that it can be."""


@dataclass(frozen=True)
class Check:
    """What came of a case."""

    case: Case
    verdict: Verdict
    cause: str = ""
    """Why it is inconclusive: one of CAUSES."""
    detail: str = ""
    """For people."""
    deviation: Deviation | None = None
    failed_at: int | None = None
    """The number of the move at which it deviated, counted from 0."""
    performance: Performance | None = None
    seconds: float = field(default=0.0, compare=False)


def check(case: Case, begin: Begin, lenience: float = 1.0) -> Check:
    """Carry a case out once; with so many times the usual patience."""
    began = perf_counter()
    performance: Performance | None = None
    at, before = 0, 0
    try:
        with begin(case.wishes) as performance:
            performance.patience *= lenience
            for at, move in enumerate(case.moves):
                if at == case.tried:
                    before = len(performance.seen)
                performance.perform(move)
            performance.rest()
    except SetUpError as error:
        verdict = Verdict.NOT_TESTABLE if error.is_promised else Verdict.INCONCLUSIVE
        found = Check(case, verdict, "precondition_unreached", str(error), failed_at=0)
    except Deviation as deviation:
        found = Check(case, Verdict.FAIL, detail=deviation.what, deviation=deviation, failed_at=at)
    except Late as late:
        found = Check(case, Verdict.INCONCLUSIVE, LATE, str(late), failed_at=at)
    except Stuck as stuck:
        assert performance is not None
        found = _passed(case, performance)
        is_tried = case.tried is not None and at > case.tried
        if not (is_tried and any(not seen.is_ours for seen in performance.seen[before:])):
            cause = "needs_control" if case.waits else "precondition_unreached"
            found = Check(case, Verdict.INCONCLUSIVE, cause, str(stuck), failed_at=at)
        elif found.verdict is Verdict.PASS:
            found = replace(found, detail=f"it was not gone on with to its end: {stuck}")
    except Exception as error:
        found = Check(case, Verdict.HARNESS_ERROR, detail=f"{type(error).__name__}: {error}", failed_at=at)
    else:
        found = _passed(case, performance)
    return replace(found, performance=performance, seconds=perf_counter() - began)


def _passed(case: Case, performance: Performance) -> Check:
    if all(seen.is_ours for seen in performance.seen):
        return Check(case, Verdict.INCONCLUSIVE, "peer_not_contacted", "the system under test said nothing")
    if performance.lesser:
        return Check(case, Verdict.DEVIATION, detail=performance.lesser[0].what, deviation=performance.lesser[0])
    return Check(case, Verdict.PASS)


def confirmed(case: Case, begin: Begin) -> Check:
    """Carry a case out; what fails is tried again, and fails only if it does so each time; so is what came late."""
    first, tries = check(case, begin), 1
    while first.cause == LATE and tries <= CONFIRMATIONS:
        first, tries = check(case, begin, LENIENCE), tries + 1
    if first.verdict is not Verdict.FAIL:
        return first
    again = [check(case, begin, LENIENCE) for _ in range(CONFIRMATIONS)]
    failed = 1 + sum(one.verdict is Verdict.FAIL for one in again)
    if failed == 1 + CONFIRMATIONS:
        return first
    detail = f"it failed {failed} times of {1 + CONFIRMATIONS}: {first.detail}"
    return replace(first, verdict=Verdict.INCONCLUSIVE, cause="nondeterministic", detail=detail)


def of_singles(found: Check) -> list[Check]:
    """A check of several cases at once that was passed, as one of each."""
    case, seconds = found.case, found.seconds / len(found.case.singles)
    return [
        replace(
            found,
            case=replace(single, moves=case.moves, tried=None if single.tried is None else at),
            seconds=seconds,
        )
        for at, single in enumerate(case.singles, start=case.tried or 0)
    ]


def singled(case: Case) -> tuple[Case, ...]:
    """A case in which several things are tried, one after the other, as a case for each; itself, if there is one."""
    if case.singles:
        return case.singles
    spoilt = [number for number, move in enumerate(case.moves) if isinstance(move, Spoilt)]
    if len(spoilt) < 2:
        return (case,)
    found = []
    for number in spoilt:
        move = case.moves[number]
        assert isinstance(move, Spoilt)
        moves = tuple(one for other, one in enumerate(case.moves) if other == number or not isinstance(one, Spoilt))
        name = f"{case.id}.{move.aspect}{move.at.replace('/', '.')}"
        found.append(replace(case, id=name, moves=moves, tried=spoilt[0], mutation=Mutation(move.aspect, move.at)))
    return tuple(found)
