"""JUnit: a result as CI servers read it, one test case for each check, in a suite for each stage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as XML

from payrelay.conformance.reports.words import Result, why

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot say."""
ELEMENTS = {
    "fail": "failure",
    "not_testable": "failure",
    "sut_crash": "error",
    "harness_error": "error",
    "expected": "skipped",
    "inconclusive": "skipped",
    "not_applicable": "skipped",
}
"""How a check is marked that has not passed."""
FLAKY = "nondeterministic"
STALE = "expectations"
"""The suite of what was expected to fail, and does not."""


def junit(result: Result) -> str:
    """The document."""
    suites = XML.Element("testsuites", name="payrelay conform")
    found: dict[str, XML.Element] = {}
    seconds: dict[str, float] = {}
    for check in result["checks"]:
        stage = check["stage"]
        if stage not in found:
            found[stage] = XML.SubElement(suites, "testsuite", name=stage)
        seconds[stage] = seconds.get(stage, 0.0) + check["timing"]["seconds"]
        _case(found[stage], result["role"], check)
    for stale in result["stale"]:
        if STALE not in found:
            found[STALE] = XML.SubElement(suites, "testsuite", name=STALE)
        case = XML.SubElement(found[STALE], "testcase", classname=f"{result['role']}.{STALE}", name=_legal(stale["id"]))
        XML.SubElement(case, "failure", message=_legal(stale["says"]))
    for stage, suite in found.items():
        suite.set("time", f"{seconds.get(stage, 0.0):.3f}")
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in [*suites, suites]:
        for count, what in counted.items():
            element.set(count, str(sum(1 for _ in element.iter(what))))
    XML.indent(suites)
    return XML.tostring(suites, encoding="unicode") + "\n"


def _case(suite: XML.Element, role: str, check: Mapping[str, Any]) -> None:
    name = f"{role}.{check['stage']}"
    time = f"{check['timing']['seconds']:.3f}"
    case = XML.SubElement(suite, "testcase", classname=name, name=check["id"], time=time)
    element = ELEMENTS.get(check["verdict"])
    if element is None:
        return
    flaky = check["cause"].startswith(FLAKY)
    XML.SubElement(case, "flakyFailure" if flaky else element, message=_legal(why(check))).text = _legal(_text(check))


def _text(check: Mapping[str, Any]) -> str:
    """What there is to know of it where no pictures are."""
    lines = [f"{step['n']}. {step['from']} -> {step['to']}: {step['message']}" for step in check["steps"]]
    deviation = check["deviation"]
    if deviation and deviation["expected"]:
        lines.append(f"expected: {', '.join(deviation['expected'])}")
    if check["breaks"]:
        lines.append(f"breaks: {', '.join(check['breaks'])}")
    return "\n".join([*lines, f"again: {check['replay']}"])


def _legal(text: str) -> str:
    return ILLEGAL.sub("?", text)
