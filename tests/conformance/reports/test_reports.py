"""Reports: what is in a result is in each of them, and nothing in it can break one."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shlex
import subprocess
import zipfile
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as XML

import pytest

from payrelay.conformance.reports.curl import curl
from payrelay.conformance.reports.evidence import MANIFEST, evidence
from payrelay.conformance.reports.har import har
from payrelay.conformance.reports.html import html
from payrelay.conformance.reports.junit import junit
from payrelay.conformance.reports.markdown import markdown
from payrelay.conformance.reports.ndjson import ndjson
from payrelay.conformance.reports.pictures import coverage, picture_of
from payrelay.conformance.reports.words import counts, summary, word_of
from payrelay.diagrams.machines import HOTTEST
from payrelay.diagrams.sequence.picture import Event, Verdict
from payrelay.diagrams.sequence.text import text
from payrelay.model.protocol import tables
from payrelay.wire.har import exchanges_in

from ..runs import built

Result = dict[str, Any]
SOUND: Result = built("relay").result()
BROKEN: Result = built("relay", variant="broken_consent_kept", walks=12).result()
STRANGE: Result = built("relay", variant="broken_progress_unasked").result()
NASTY = "</script><b>&\"'`|\x07\n# a*b*_c_[d](e) ]]>"


def nasty() -> Result:
    """A result in which whatever a system under test could choose is something that a format minds."""
    found: Result = json.loads(json.dumps(BROKEN))
    for check in found["checks"]:
        if check["deviation"]:
            check["deviation"].update(what=NASTY, expected=[NASTY])
        for step in check["steps"]:
            step.update(message=NASTY, fields=[NASTY])
            if step["http"]:
                step["http"].update(body=NASTY, headers=[["x", NASTY]])
    return found


class Page(HTMLParser):
    """What a browser would make of a page."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if found.get("id") else []  # type: ignore[list-item]
        self.links += [found["href"]] if tag == "a" else []  # type: ignore[list-item]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("result", [SOUND, BROKEN, STRANGE, nasty()], ids=["sound", "broken", "strange", "nasty"])
def test_the_page_is_whole_and_needs_nothing_else(result: Result) -> None:
    page = Page(html(result))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert all(link.startswith("#") for link in page.links)
    assert [tag for tag, found in page.tags if found.get("src") or tag in ("link", "img", "iframe")] == []
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "b" not in [tag for tag, _ in page.tags]


def test_what_went_wrong_is_open_and_drawn_in_red() -> None:
    page = html(BROKEN)
    failed = next(one for one in BROKEN["checks"] if one["verdict"] == "fail")
    first = page[page.index('<section id="failures">') :]
    opened = re.search(r'<details class="card check tone-fail" id="check-[^"]*" open>.*?</details>', first, re.DOTALL)
    assert opened
    assert 'class="step bad waiting"' in opened[0]
    assert failed["replay"].rpartition("-")[0] in opened[0]
    broken = [one for one in BROKEN["requirements"] if one["verdict"] == "fail"]
    assert f"{len(broken)} of the" in page
    assert all(f'<tr class="row" id="{one["id"]}" data-word="fail">' in page for one in broken)


def test_a_sound_run_shows_what_passed_and_no_failures() -> None:
    page = html(SOUND)
    assert '<section id="failures">' not in page
    assert "relay: <em>conforms</em>" in page
    assert 'id="coverage"' in page


def test_a_picture_has_what_would_have_passed_dashed_beside_what_came() -> None:
    check = next(one for one in STRANGE["checks"] if one["verdict"] == "fail")
    picture = picture_of(check)
    *_, strange, allowed, verdict = picture.items
    assert isinstance(strange, Event)
    assert strange.is_violating
    assert isinstance(allowed, Event)
    assert allowed.message is not None
    assert allowed.message.fate == "absent"
    assert allowed.message.remarks == ("would have passed",)
    assert isinstance(verdict, Verdict)
    assert "would have passed" in text(picture, 120)


def test_coverage_is_hotter_where_more_was_tried() -> None:
    names = [name for name, _ in coverage(tables(), SOUND["coverage"])]
    assert names == ["relay_directory", "relay_procedure"]
    drawn = dict(coverage(tables(), SOUND["coverage"]))["relay_procedure"]
    styles = {shape.style for group in drawn.groups for shape in group.shapes if "heat" in shape.style}
    assert {"box heat-0", f"box heat-{HOTTEST}"} <= styles
    assert list(coverage({}, SOUND["coverage"])) == []


@pytest.mark.parametrize("result", [SOUND, BROKEN, nasty()], ids=["sound", "broken", "nasty"])
def test_junit_has_every_check_with_its_verdict(result: Result) -> None:
    suites = XML.fromstring(junit(result))
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    assert list(cases) == [one["id"] for one in result["checks"]]
    failed = {one["id"] for one in result["checks"] if one["verdict"] == "fail"}
    assert {name for name, case in cases.items() if case.find("failure") is not None} == failed
    assert suites.get("failures") == str(len(failed))
    assert suites.get("tests") == str(len(cases))


def with_verdict(verdict: str, cause: str = "") -> Result:
    """A result with one check of this verdict."""
    check = {**SOUND["checks"][0], "verdict": verdict, "cause": cause}
    return {**SOUND, "checks": [check]}


@pytest.mark.parametrize(
    ("verdict", "cause", "element"),
    [
        ("sut_crash", "", "error"),
        ("harness_error", "", "error"),
        ("not_testable", "", "failure"),
        ("inconclusive", "needs_control", "skipped"),
        ("inconclusive", "nondeterministic(1/3)", "flakyFailure"),
        ("not_applicable", "", "skipped"),
    ],
)
def test_junit_marks_what_has_not_passed(verdict: str, cause: str, element: str) -> None:
    (case,) = XML.fromstring(junit(with_verdict(verdict, cause))).iter("testcase")
    assert [one.tag for one in case] == [element]


def test_junit_marks_nothing_that_passed() -> None:
    for verdict in ("pass", "pass_deviation"):
        (case,) = XML.fromstring(junit(with_verdict(verdict))).iter("testcase")
        assert list(case) == []


def test_har_has_every_request_in_order_with_its_check() -> None:
    archive = har(BROKEN)
    sent = [
        (check["id"], step["http"])
        for check in BROKEN["checks"]
        for step in check["steps"]
        if step["http"] and "method" in step["http"]
    ]
    found = exchanges_in(archive.encode())
    assert [one.request.target for one in found] == [http["path"] for _, http in sent]
    assert [one.request.body.decode() for one in found] == [http["body"] for _, http in sent]
    assert [entry["comment"] for entry in json.loads(archive)["log"]["entries"]] == [check for check, _ in sent]


def test_ndjson_is_a_line_for_everything() -> None:
    lines = [json.loads(line) for line in ndjson(BROKEN).splitlines()]
    steps = sum(len(check["steps"]) for check in BROKEN["checks"])
    assert len(lines) == 1 + len(BROKEN["requirements"]) + len(BROKEN["checks"]) + steps
    assert (lines[0]["event"], lines[0]["verdict"]) == ("run", "does_not_conform")
    assert {line["event"] for line in lines} == {"run", "requirement", "check", "step"}


def test_markdown_begins_with_what_is_broken() -> None:
    said = markdown(BROKEN)
    assert said.startswith("### payrelay conform: relay: does not conform\n")
    broken = [one["id"] for one in BROKEN["requirements"] if one["verdict"] == "fail"]
    assert all(f"| `{id_}` |" in said for id_ in broken)
    assert "broken" not in markdown(SOUND)


def test_markdown_of_something_nasty_has_the_same_lines() -> None:
    assert len(markdown(nasty()).splitlines()) == len(markdown(BROKEN).splitlines())


def test_evidence_is_the_same_for_the_same_result_and_its_manifest_is_true() -> None:
    assert evidence(BROKEN) == evidence(BROKEN)
    with zipfile.ZipFile(io.BytesIO(evidence(BROKEN, {"conform.toml": "seed = 1\n"}))) as archive:
        names = set(archive.namelist())
        listed = dict(line.split("  ")[::-1] for line in archive.read(MANIFEST).decode().splitlines())
        assert set(listed) == names - {MANIFEST}
        assert "conform.toml" in names
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in listed} == listed
        assert json.loads(archive.read("result.json")) == BROKEN


def test_a_request_is_made_again_by_curl() -> None:
    http = {
        "method": "POST",
        "path": "/a?b='c'",
        "headers": [["content-type", "text/plain"]],
        "body": 'it\'s "x" $HOME',
    }
    words = shlex.split(curl(http, "http://127.0.0.1:1").replace("\\\n", ""))
    assert words[0] == "curl"
    assert words[-1] == http["body"]
    assert "http://127.0.0.1:1/a?b='c'" in words
    ran = subprocess.run(
        ["sh", "-c", curl(http).replace("curl", "printf '%s\\n'", 1)],
        capture_output=True, text=True, check=True, env={"BASE_URL": "http://b"},
    )  # fmt: skip
    assert "http://b/a?b='c'" in ran.stdout


def test_bytes_that_are_no_text_are_made_again_by_curl() -> None:
    http = {"method": "POST", "path": "/a", "headers": [["cookie", "[redacted]"]], "body": "/w==", "encoding": "base64"}
    assert curl(http) == 'echo /w== | base64 --decode | curl --include \\\n  "$BASE_URL"/a \\\n  --data-binary @-'


def test_words_count_every_requirement_once() -> None:
    assert sum(counts(BROKEN).values()) == len(BROKEN["requirements"])
    assert {"untested", "untestable"} <= set(map(word_of, SOUND["requirements"]))
    assert summary(SOUND).startswith(f"requirements: {counts(SOUND)['pass']} passed, ")
