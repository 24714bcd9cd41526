"""JUnit: the verdicts as CI servers read them, one test case for each configuration and property."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as XML

from payrelay.cli.outcomes import VACUOUS, Finding, Outcome
from payrelay.cli.standings import Standing
from payrelay.language.traces import in_words

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot say."""
ALL = "all configurations"


def junit(outcomes: Sequence[Outcome], unestablished: Sequence[Standing]) -> str:
    """The document. What is green nowhere is an error there too, in a suite of its own."""
    suites = XML.Element("testsuites", name="payrelay verify")
    for outcome in outcomes:
        suite = XML.SubElement(suites, "testsuite", name=outcome.configuration.name, time=f"{outcome.seconds:.3f}")
        for finding in outcome.findings:
            _add(suite, finding)
        if outcome.failure:
            _case(suite, outcome.configuration.name, "searched", "error", outcome.failure.line)
    missing = [one for one in unestablished if one.word != "inconclusive"]
    if missing:
        suite = XML.SubElement(suites, "testsuite", name=ALL, time="0.000")
        for one in missing:
            text = f"{one.word.replace('_', ' ')}: it holds nowhere of anything"
            _case(suite, ALL, one.property.name, "error", text)
    for suite in [*suites, suites]:
        for count, what in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            suite.set(count, str(sum(1 for _ in suite.iter(what))))
    XML.indent(suites)
    return XML.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


def _add(suite: XML.Element, finding: Finding) -> None:
    if finding.verdict == "violated":
        text = "\n".join(in_words(finding.trace)) if finding.trace else finding.reason
        _case(suite, finding.configuration, finding.property, "failure", finding.reason or finding.conjunct, text)
    elif finding.verdict == "inconclusive":
        _case(suite, finding.configuration, finding.property, "error", finding.reason)
    elif finding.verdict in ("not_applicable", "vacuous"):
        _case(suite, finding.configuration, finding.property, "skipped", finding.reason or f"vacuous: {VACUOUS}")
    else:
        XML.SubElement(suite, "testcase", classname=finding.configuration, name=finding.property)


def _case(suite: XML.Element, configuration: str, name: str, what: str, message: str, text: str = "") -> None:
    case = XML.SubElement(suite, "testcase", classname=configuration, name=name)
    element = XML.SubElement(case, what, message=_legal(message))
    element.text = _legal(text) or None


def _legal(text: str) -> str:
    return ILLEGAL.sub("?", text)
