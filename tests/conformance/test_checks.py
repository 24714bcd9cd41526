"""Checks: what comes of a case that cannot be gone on with."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import CONFIRMATIONS, LATE, LENIENCE, check, confirmed
from payrelay.conformance.course import Crashed, Move
from payrelay.conformance.deviations import Deviation, Late, Stuck
from payrelay.conformance.verdicts import Verdict


class Stopping:
    """A performance that hears something in each move, and cannot make one of them."""

    def __init__(self, stops: int) -> None:
        self.stops, self.patience = stops, 1.0
        self.seen: list[Any] = []
        self.lesser: list[Any] = []

    def perform(self, _move: Move) -> None:
        """A move."""
        if len(self.seen) == self.stops:
            raise Stuck("it went another way")
        self.seen.append(SimpleNamespace(is_ours=False))

    def rest(self) -> None:
        """The end."""


def test_what_was_tried_and_answered_passes_and_says_that_it_did_not_end() -> None:
    case = Case("it", "pair", (Crashed("shop"),) * 3, tried=1)
    found = [check(case, lambda _wishes, stops=stops: nullcontext(Stopping(stops))) for stops in range(4)]  # type: ignore[misc,arg-type]
    assert [one.verdict for one in found] == [Verdict.INCONCLUSIVE] * 2 + [Verdict.PASS] * 2
    assert found[2].detail == "it was not gone on with to its end: it went another way"
    assert found[3].detail == ""


class Silent(Stopping):
    """A performance in which nothing comes: too late, or at all."""

    patiences: list[float]

    def __init__(self, comes: list[type[Exception]], patiences: list[float]) -> None:
        super().__init__(0)
        self.comes, self.patiences = comes, patiences

    def perform(self, _move: Move) -> None:
        """A move."""
        self.patiences.append(self.patience)
        raised = self.comes.pop(0)
        raise Deviation("missing", "no answer") if raised is Deviation else Late("no answer; but all is slow")


def test_what_may_only_be_late_is_tried_again_and_fails_only_if_nothing_is_slow() -> None:
    case = Case("it", "pair", (Crashed("shop"),), tried=0)

    def found(*comes: type[Exception]) -> tuple[Verdict, str, list[float]]:
        left, patiences = list(comes), list[float]()
        one = confirmed(case, lambda _wishes: nullcontext(Silent(left, patiences)))  # type: ignore[arg-type]
        assert not left
        return one.verdict, one.cause, patiences

    tries = 1 + CONFIRMATIONS
    lenient = [1.0, *[LENIENCE] * CONFIRMATIONS]
    assert found(*[Late] * tries) == (Verdict.INCONCLUSIVE, LATE, lenient)
    assert found(*[Deviation] * tries) == (Verdict.FAIL, "", lenient)
    assert found(Late, *[Deviation] * tries)[:2] == (Verdict.FAIL, "")
    assert found(*[Deviation] * CONFIRMATIONS, Late)[:2] == (Verdict.INCONCLUSIVE, "nondeterministic")
