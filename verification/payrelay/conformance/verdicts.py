"""Verdicts: what a check, a requirement and a run came to (docs/conformance.md)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What came of a check; the later, the worse."""

    NOT_APPLICABLE = "not_applicable"
    """It is for another role, or for a capability that was not declared."""
    PASS = "pass"
    DEVIATION = "pass_deviation"
    """The right effect in another form: refused, with its state as it must be, but for another reason."""
    EXPECTED = "expected"
    """It failed, and is known to: a file of expectations says why."""
    INCONCLUSIVE = "inconclusive"
    """Nothing can be said, and nobody is to blame; the cause is one of CAUSES."""
    NOT_TESTABLE = "not_testable"
    """Something was promised in the configuration, and was not there."""
    FAIL = "fail"
    CRASH = "sut_crash"
    """The system under test ended, or answers nobody any more."""
    HARNESS_ERROR = "harness_error"
    """A fault of the kit's own."""


CAUSES = {
    "sut_took_other_allowed_branch": "the system under test did something else that it may do",
    "precondition_unreached": "the state in which it is tested was not reached",
    "timeout_within_tolerance": "something came late, or might still have come",
    "nondeterministic": "it was repeated, and came out otherwise",
    "peer_not_contacted": "the system under test never came to the party that the kit plays",
    "needs_control": "a timer would have to run out, or a party to crash, and nobody can make it here",
}
"""Why a check is inconclusive."""

FAILED = frozenset([Verdict.FAIL, Verdict.CRASH, Verdict.NOT_TESTABLE])


def of_requirement(checks: Iterable[Verdict]) -> Verdict | None:
    """What a requirement comes to by its checks; None if none was made.

    A confirmed failure beats a fault of the kit, and it is inconclusive only if none of its checks passed.
    """
    found = set(checks) - {Verdict.NOT_APPLICABLE}
    order = (
        Verdict.FAIL,
        Verdict.CRASH,
        Verdict.NOT_TESTABLE,
        Verdict.HARNESS_ERROR,
        Verdict.EXPECTED,
        Verdict.DEVIATION,
        Verdict.PASS,
        Verdict.INCONCLUSIVE,
    )
    return next((one for one in order if one in found), None)


def exit_code(requirements: Iterable[Verdict | None], was_interrupted: bool = False) -> int:
    """The exit code of a run: 130, then 1, 5, 4, 0. Nothing that was checked is no conformance."""
    found = [one for one in requirements if one is not None]
    if was_interrupted:
        return 130
    if FAILED & set(found):
        return 1
    if Verdict.HARNESS_ERROR in found:
        return 5
    return (
        0
        if {Verdict.PASS, Verdict.DEVIATION, Verdict.EXPECTED} & set(found) and Verdict.INCONCLUSIVE not in found
        else 4
    )
