"""Words: what a result comes to, as every report says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from payrelay.conformance.verdicts import CAUSES

Result = Mapping[str, Any]
UNTESTED, UNTESTABLE = "untested", "untestable"
BAD = ("fail", "sut_crash", "not_testable", "harness_error")
"""The verdicts that something has to be done about, the worst first."""
SAID = {
    "fail": "failed",
    "sut_crash": "crashed",
    "not_testable": "not testable",
    "harness_error": "fault of the kit",
    "expected": "expected to fail",
    "inconclusive": "inconclusive",
    "pass_deviation": "deviating",
    "pass": "passed",
    UNTESTED: "untested",
    UNTESTABLE: "untestable",
    "not_applicable": "not applicable",
}
"""Each verdict of a check or a requirement, as it is said; the worst first."""
HEADLINES = {
    "conforms": "conforms",
    "does_not_conform": "does not conform",
    "inconclusive": "inconclusive",
    "harness_error": "a fault of the kit",
    "interrupted": "interrupted",
}


def word_of(requirement: Mapping[str, Any]) -> str:
    """The verdict of a requirement; of one that nothing was checked of, why."""
    if requirement["verdict"]:
        return str(requirement["verdict"])
    return UNTESTABLE if requirement["untestable"] else UNTESTED


def counts(result: Result) -> dict[str, int]:
    """How many requirements came to what, the worst first."""
    found = Counter(map(word_of, result["requirements"]))
    return {word: found[word] for word in SAID if found[word]}


def headline(result: Result) -> str:
    """What the run came to."""
    return f"{result['role']}: {HEADLINES.get(result['verdict'], result['verdict'])}"


def summary(result: Result) -> str:
    """The figures in one line."""
    said = ", ".join(f"{number} {SAID[word]}" for word, number in counts(result).items())
    return f"requirements: {said or 'none'}; {len(result['checks'])} checks, {result['steps']:,} steps"


def scope(result: Result) -> str:
    """What was run, in one line."""
    first, *others = result["capabilities"]
    also = f" (and that all goes well with {', '.join(others)})" if others else ""
    return (
        f"security {result['security']}, capability {first}{also}, depth {result['depth']}, "
        f"seed {result['seed']}, requirements {result['requirements_revision']}, payrelay {result['payrelay']}"
    )


def guarantee(result: Result) -> str:
    """In which systems there is no fault left, in a sentence or two; nothing at a depth that promises nothing."""
    of = result["guarantee"]
    if of is None:
        return ""
    made = of["sequences"]
    passed = f"{made['passed']:,} sequences of two inputs passed"
    if of["is_established"]:
        said = (
            f"{passed}, which are all: no fault is left in any system that has at most {of['extra_states']} state more"
            f" than the model, within {of['states']} states and what can be said there; beyond that"
            f" {of['steps_at_random']:,} steps at random"
        )
    elif made["planned"] is None:
        said = f"none yet: {passed} before the run ended, and there are more; give it more budget"
    else:
        said = f"none: {passed} of {made['planned']:,}"
    limits = [f"{number:,} times {why}" for why, number in of["unplayed"].items()]
    limits += [f"no way leads to {', '.join(of['unreached'])}"] if of["unreached"] else []
    return f"{said}. Not tried: {'; '.join(limits)}" if limits else said


def tried(check: Mapping[str, Any]) -> str:
    """What a check tries, in a line; nothing, if it is a run as a whole."""
    where = f"{check['machine']} in {check['state']}" if check["state"] else str(check["machine"])
    on = f" on {check['input']}" if check["input"] else ""
    mutation = check["mutation"]
    wrong = f", {mutation['aspect'].replace('_', ' ')}" if mutation else ""
    at = f" at {mutation['at']}" if mutation and mutation["at"] else ""
    return f"{where}{on}{wrong}{at}" if where else ""


def why(check: Mapping[str, Any]) -> str:
    """Why a check came out as it did, in a sentence; nothing, if it passed."""
    if check["deviation"]:
        known = f" (expected: {check['expected']})" if check["expected"] else ""
        return f"{check['deviation']['what']}{known}"
    said = [str(CAUSES.get(check["cause"], check["cause"])), str(check["detail"])]
    return ": ".join(filter(None, said))


def worst_first(checks: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Checks, the worst first; those that are alike in their order."""
    order = {word: place for place, word in enumerate(SAID)}
    return sorted(checks, key=lambda one: (order[one["verdict"]], one["id"]))
