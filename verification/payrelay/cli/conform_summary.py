"""What came of a run, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payrelay.conformance.runs import Run

BEST_FIRST = (
    "pass",
    "pass_deviation",
    "expected",
    "fail",
    "sut_crash",
    "not_testable",
    "harness_error",
    "inconclusive",
)
MOST_FAILURES = 20
"""How many requirements that are broken are told at length."""


def lines(result: Mapping[str, Any], run: Run, output: Path) -> Iterator[str]:
    """All that is said at the end of a run."""
    from payrelay.conformance.reports.words import guarantee, headline, scope

    yield from _failures(result, output)
    yield from _expected(result)
    yield headline(result)
    yield f"  {scope(result)}"
    yield f"requirements: {_counted(result)}; {_checked(result)}, {result['steps']:,} steps"
    if said := guarantee(result):
        yield f"guarantee: {said}"
    yield from _left_out(run)
    yield f"everything is in {output}; to read it: payrelay conform report {output} --html report.html"


def _checked(result: Mapping[str, Any]) -> str:
    """How many checks there were, and of how many of them nothing can be said."""
    unsure = sum(one["verdict"] == "inconclusive" for one in result["checks"])
    return f"{len(result['checks'])} checks{f' ({unsure} inconclusive)' if unsure else ''}"


def _counted(result: Mapping[str, Any]) -> str:
    from payrelay.conformance.reports.words import SAID, UNTESTABLE, UNTESTED, counts

    found = counts(result)
    said = [f"{found[word]} {SAID[word]}" for word in BEST_FIRST if word in found]
    if UNTESTED in found:
        said.append(f"{found[UNTESTED]} untested by this budget")
    if UNTESTABLE in found:
        said.append(f"{found[UNTESTABLE]} untestable from outside")
    return ", ".join(said) or "none"


def _failures(result: Mapping[str, Any], output: Path) -> Iterator[str]:
    """Each requirement that is broken, and the first check that shows it; once, where it shows several."""
    from payrelay.conformance.reports.words import BAD, SAID, tried, why, word_of

    checks = {one["id"]: one for one in result["checks"]}
    broken = [one for one in result["requirements"] if word_of(one) in (*BAD, "pass_deviation")]
    shown_by: dict[str, list[Mapping[str, Any]]] = {}
    others: dict[str, set[str]] = {}
    for one in broken[:MOST_FAILURES]:
        its = [id_ for id_ in one["checks"] if _is_of(checks[id_], word_of(one), one["id"])]
        first = next((id_ for id_ in its if id_ in shown_by), its[0])
        shown_by.setdefault(first, []).append(one)
        others.setdefault(first, set()).update(set(its) - {first})
    for id_, requirements in shown_by.items():
        for one in requirements:
            yield f"{SAID[word_of(one)]}: {one['id']} ({one['level']}; {', '.join(one['source'])})"
            yield f"  {one['text']}"
        check, what = checks[id_], tried(checks[id_])
        yield f"  {what}: {why(check)}" if what else f"  {why(check)}"
        if check["deviation"] and check["deviation"]["expected"]:
            yield f"  allowed: {', '.join(check['deviation']['expected'])}"
        yield f"  again: {check['replay']}"
        yield f"  more: payrelay conform explain {id_} --result {output}"
        if others[id_]:
            yield f"  and {len(others[id_])} more checks"
    if len(broken) > MOST_FAILURES:
        yield f"and {len(broken) - MOST_FAILURES} more requirements: payrelay conform report {output}"


def _expected(result: Mapping[str, Any]) -> Iterator[str]:
    """What is broken as it is expected to be, and what is expected to be and is not."""
    known = [one for one in result["requirements"] if one["verdict"] == "expected"]
    for one in known[:MOST_FAILURES]:
        yield f"expected to fail: {one['id']}: {one['expected']}"
    if len(known) > MOST_FAILURES:
        yield f"and {len(known) - MOST_FAILURES} more that are expected to fail"
    for stale in result["stale"]:
        yield f"stale: {stale['says']}"


def _is_of(check: Mapping[str, Any], word: str, requirement: str) -> bool:
    """Whether a check is one by which a requirement came to a verdict."""
    is_blamed = requirement in check["breaks"] or word not in ("fail", "sut_crash")
    return bool(check["verdict"] == word and is_blamed)


def _left_out(run: Run) -> Iterator[str]:
    """What there was no way to try."""
    for what, number in sorted(run.left_out.items()):
        yield f"left out: {number} checks, since {why_left_out(run, what)}"


def why_left_out(run: Run, what: str) -> str:
    """Why what needs something could not be tried."""
    from payrelay.conformance.powers import RESTART, USER

    seconds = run.configuration.timers.get(what)
    if what == USER:
        return "they are waiting for you: nobody tells the terminal what its user does ([sut.trigger], or [control])"
    if what == RESTART:
        return "nobody can kill the system under test here, and start it again ([sut.start], or [control])"
    if seconds is not None:
        longest = run.configuration.timing.longest_wait / 1000
        return f"{what} runs {seconds:g} s, and {longest:g} s are waited: give the system under test a shorter one"
    return f"there are no keys of {what}"
