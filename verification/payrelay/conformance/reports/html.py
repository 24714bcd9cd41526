"""HTML: the report to read. One file, which needs nothing else: it opens from a disk, and fetches nothing.

What is broken comes first, with its picture; from each requirement a click leads to its checks, and back.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from payrelay.conformance.deviations import KINDS
from payrelay.conformance.reports.curl import curl
from payrelay.conformance.reports.page import SCRIPT, STYLE
from payrelay.conformance.reports.pictures import coverage, says, sequence
from payrelay.conformance.reports.words import (
    BAD,
    HEADLINES,
    SAID,
    Result,
    counts,
    guarantee,
    why,
    word_of,
    worst_first,
)
from payrelay.diagrams.stylesheet import HEAT
from payrelay.diagrams.stylesheet import STYLE as PICTURES
from payrelay.diagrams.svg import svg_element

Check = Mapping[str, Any]
MOST_PICTURES = 150
"""So many checks are drawn, the worst; of the others `payrelay conform explain` draws each."""
MOST_ALIKE = 2
"""So many checks beside the first of those that are alike are told whole; of the others it is said which they are."""
MOST_NAMED = 5
"""So many requirements are named beside a check at once."""
CODE, STRESSED = re.compile("`([^`]+)`"), re.compile(r"\*([\w ]+)\*")
TONES = {
    "fail": "fail",
    "sut_crash": "fail",
    "not_testable": "fail",
    "harness_error": "maybe",
    "expected": "maybe",
    "inconclusive": "maybe",
    "pass_deviation": "maybe",
    "pass": "pass",
}
RUN_TONES = {"conforms": "pass", "does_not_conform": "fail"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def html(result: Result) -> str:
    """The page."""
    return "\n".join(_page(result)) + "\n"


def _tone(word: str) -> str:
    return f"tone-{TONES.get(word, 'none')}"


def _pill(word: str) -> str:
    return f'<span class="pill {_tone(word)}">{SAID[word]}</span>'


def _page(result: Result) -> Iterator[str]:
    verdict = HEADLINES.get(result["verdict"], str(result["verdict"]))
    title = f"{result['role']}: {verdict}"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield f"<title>{escape(title)} · payrelay conform</title>"
    yield f"<style>{STYLE}{PICTURES}{HEAT}</style></head>"
    yield f'<body class="tone-{RUN_TONES.get(result["verdict"], "maybe")}">'
    yield from _header(result, verdict)
    yield "<main>"
    yield from _stale(result)
    yield from _failures(result)
    yield from _requirements(result)
    yield from _others(result)
    yield from _passed(result)
    yield from _coverage(result)
    yield "</main>"
    yield f"<script>{SCRIPT}</script>"
    yield "</body></html>"


# --- what it came to


def _header(result: Result, verdict: str) -> Iterator[str]:
    found = counts(result)
    role = str(result["role"]).replace("+", ", ")
    yield '<header><div><p class="kicker">payrelay conform</p>'
    yield f"<h1>{escape(role)}: <em>{escape(verdict)}</em></h1>"
    yield f"<p>{_sentence(found)}</p>"
    yield '<div class="bar" aria-hidden="true">'
    yield "".join(f'<i class="{_tone(word)}" style="flex:{number}"></i>' for word, number in found.items())
    yield '</div><ul class="legend">'
    yield "".join(f'<li class="{_tone(word)}">{number} {SAID[word]}</li>' for word, number in found.items())
    yield '</ul><dl class="facts">'
    facts = {
        "security": result["security"],
        "capability": ", ".join(result["capabilities"]),
        "depth": result["depth"],
        "seed": result["seed"],
        "requirements": result["requirements_revision"],
        "payrelay": result["payrelay"],
        "checks": f"{len(result['checks']):,}",
        "steps": f"{result['steps']:,}",
        "time": f"{result['timing']['seconds']:,} s",
        **{name: value for name, value in result["under_test"].items() if isinstance(value, str)},
    }
    yield "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts.items())
    yield "</dl>"
    if said := guarantee(result):
        yield f'<p class="small"><strong>Guarantee:</strong> {escape(said)}.</p>'
    yield "</div></header>"


def _sentence(found: Mapping[str, int]) -> str:
    checked = sum(number for word, number in found.items() if word not in ("untested", "untestable"))
    bad = sum(found.get(word, 0) for word in BAD)
    if not checked:
        return "Nothing was checked."
    if bad:
        return f"{bad} of the {checked} requirements that were checked are broken."
    if unsure := found.get("inconclusive", 0):
        return f"Nothing is broken; of {unsure} of the {checked} requirements that were checked it is not known."
    if known := found.get("expected", 0):
        return f"{known} of the {checked} requirements that were checked are broken, as expected; all others are met."
    return f"All {checked} requirements that were checked are met."


# --- what is broken


def _stale(result: Result) -> Iterator[str]:
    """What was expected to fail, and does not."""
    if not result["stale"]:
        return
    yield '<section id="stale"><h2>Expected to fail, and does not</h2><ul class="plain">'
    yield "".join(f"<li>{escape(one['says'])}</li>" for one in result["stale"])
    yield "</ul></section>"


def _failures(result: Result) -> Iterator[str]:
    bad = [one for one in worst_first(list(result["checks"])) if one["verdict"] in BAD]
    if not bad:
        return
    texts = {one["id"]: one for one in result["requirements"]}
    alike: dict[str, list[Check]] = {}
    for check in bad:
        alike.setdefault(f"{check['verdict']} {why(check)}", []).append(check)
    yield f'<section id="failures"><h2>What went wrong</h2><p class="soft small">{_counted(len(bad), "check")} failed, '
    yield f"in {_counted(len(alike), 'way')}. What is alike stands together.</p>"
    ordered = sorted(alike.values(), key=lambda checks: (-len(checks), checks[0]["id"]))
    left = MOST_PICTURES
    for place, checks in enumerate(ordered):
        first = min(checks, key=lambda one: (len(one["steps"]), one["id"]))
        yield from _check(first, texts, result, is_open=not place, is_drawn=left > 0)
        left -= 1
        if len(checks) == 1:
            continue
        yield f'<details class="more"><summary>{_counted(len(checks) - 1, "more check")} like it</summary>'
        others = [one for one in checks if one is not first]
        for other in others[:MOST_ALIKE]:
            yield from _check(other, texts, result, is_drawn=left > 0, is_like=True)
            left -= 1
        yield from _listed(others[MOST_ALIKE:])
        yield "</details>"
    yield "</section>"


def _listed(checks: list[Check]) -> Iterator[str]:
    """Checks of which only the names are told."""
    if not checks:
        return
    yield '<ul class="plain small">'
    for check in checks:
        id_ = escape(check["id"])
        yield f'<li id="check-{id_}"><code>{id_}</code> {escape(says(check))}</li>'
    yield '</ul><p class="small soft">Each is drawn by <code>payrelay conform explain</code> and its name.</p>'


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _check(
    check: Check,
    texts: Mapping[str, Any],
    result: Result,
    *,
    is_open: bool = False,
    is_drawn: bool = True,
    is_like: bool = False,
) -> Iterator[str]:
    word = check["verdict"]
    id_ = escape(check["id"])
    headline = check["id"] if is_like else why(check) or check["id"]
    yield f'<details class="card check {_tone(word)}" id="check-{id_}"{" open" * is_open}>'
    yield f"<summary>{_pill(word)}<strong>{escape(_capitalized(headline))}</strong>"
    named = f"{id_} " if headline != check["id"] else ""
    yield f'<span class="small soft">{named}{escape(says(check))}</span></summary>'
    yield '<div class="inside">'
    yield from _meaning(check)
    if check["steps"] and is_drawn:
        drawn = svg_element(sequence(check), check["id"], is_styled=False)
        style = "picture ends" if check["deviation"] else "picture"  # its end is where it failed
        yield f'<h3>What happened</h3><div class="{style}" tabindex="0" role="group" aria-label="What happened">'
        yield f"{drawn}</div>"
    elif check["steps"]:
        yield _command("Drawn by", f"payrelay conform explain {check['id']}")
    yield _command("Do it again", check["replay"])
    yield from _named(check, texts)
    yield from _messages(check, str(result["under_test"].get("base_url", "")))
    yield "</div></details>"


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:] if " " in text else text


def _meaning(check: Check) -> Iterator[str]:
    deviation = check["deviation"]
    if deviation:
        yield f'<p class="soft">{escape(_capitalized(KINDS.get(deviation["kind"], "")))}.'
        if deviation["expected"]:
            yield f" What would have passed: {escape(', '.join(deviation['expected']))}."
        yield "</p>"


def _named(check: Check, texts: Mapping[str, Any]) -> Iterator[str]:
    named = check["breaks"] or (check["requirements"] if check["verdict"] != "pass" else ())
    if not named:
        return
    items = [_required(id_, texts.get(id_)) for id_ in reversed(named)]  # what is most special comes last in a revision
    yield f"<h3>{'Broken by it' if check['breaks'] else 'What it is for'}</h3>"
    yield f'<ul class="plain">{"".join(items[:MOST_NAMED])}</ul>'
    if more := items[MOST_NAMED:]:
        yield f'<details class="small"><summary>and {len(more)} more</summary><ul class="plain">'
        yield f"{''.join(more)}</ul></details>"


def _required(id_: str, requirement: Mapping[str, Any] | None) -> str:
    link = f'<a href="#{escape(id_)}"><code>{escape(id_)}</code></a>'
    if requirement is None:
        return f"<li>{link}</li>"
    source = f"{requirement['level']}, {', '.join(requirement['source'])}"
    return f'<li>{link} {_marked(requirement["text"])} <span class="soft small">{escape(source)}</span></li>'


def _marked(text: str) -> str:
    """A text of an obligation: what is code in it, and what is stressed."""
    return STRESSED.sub(r"<em>\1</em>", CODE.sub(r"<code>\1</code>", escape(text, quote=False)))


def _command(label: str, command: str) -> str:
    return f"<h3>{label}</h3>{_copied(command)}"


def _copied(text: str) -> str:
    return f'<div class="command"><pre>{escape(text)}</pre><button class="copy" type="button">copy</button></div>'


def _messages(check: Check, base: str) -> Iterator[str]:
    sent = [step for step in check["steps"] if step["http"]]
    if not sent:
        return
    yield "<h3>On the wire</h3>"
    for step in sent:
        http = step["http"]
        failing = step["is_failing"]
        status = http["status"] or "no answer"
        said = f"{http['method']} {http['path']} → {status}" if "method" in http else f"answered by {status}"
        yield f'<details class="message{" bad" * failing}"{" open" * failing}>'
        yield f"<summary>{step['n']}. {escape(step['from'])} → {escape(step['to'])}: {escape(step['message'])} "
        yield f'<span class="soft small mono">{escape(said)}</span></summary><div class="pair">'
        if "method" in http:
            yield f"<div><h3>Request</h3><pre>{escape(_raw_request(http))}</pre></div>"
        answer = http.get("answer") or (None if "method" in http else http)
        if answer:
            yield f"<div><h3>Answer</h3><pre>{escape(_raw_answer(answer))}</pre></div>"
        yield "</div>"
        if "method" in http and step["is_ours"]:
            yield _command("As a command", curl(http, base))
        yield "</details>"


def _raw_request(http: Mapping[str, Any]) -> str:
    return f"{http['method']} {http['path']} HTTP/1.1\n{_head(http)}\n{_body(http)}"


def _raw_answer(answer: Mapping[str, Any]) -> str:
    return f"HTTP/1.1 {answer['status']}\n{_head(answer)}\n{_body(answer)}"


def _head(of: Mapping[str, Any]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in of["headers"])


def _body(of: Mapping[str, Any]) -> str:
    """A body; JSON is set out, which says the same."""
    if of.get("encoding") == "base64":
        return f"(base64) {of['body']}"
    try:
        return json.dumps(json.loads(of["body"]), indent=2, ensure_ascii=False)
    except ValueError:
        return str(of["body"])


# --- requirements


def _requirements(result: Result) -> Iterator[str]:
    found = counts(result)
    order = {word: place for place, word in enumerate(SAID)}
    verdicts = {one["id"]: one["verdict"] for one in result["checks"]}
    yield '<section id="requirements"><h2>Requirements</h2><div class="tools">'
    yield '<input id="find" type="search" placeholder="Find by name, text or source" aria-label="Find a requirement">'
    yield f'<button data-word="" aria-pressed="true">all {len(result["requirements"])}</button>'
    yield "".join(
        f'<button data-word="{word}" aria-pressed="false">{SAID[word]} {number}</button>'
        for word, number in found.items()
    )
    yield '</div><div class="card requirements"><table><thead><tr><th>verdict</th><th>requirement</th>'
    yield '<th class="wide">level</th><th class="wide">source</th><th>checks</th></tr></thead><tbody>'
    for one in sorted(result["requirements"], key=lambda one: order[word_of(one)]):
        word = word_of(one)
        known = f"expected: {one['expected']}" if one["expected"] else ""
        reason = one["untestable"] or ". ".join(filter(None, (one["cause"], known)))
        because = f'<p class="small soft">{escape(_capitalized(reason))}</p>' if reason else ""
        yield f'<tr class="row" id="{escape(one["id"])}" data-word="{word}"><td>{_pill(word)}</td>'
        yield f'<td><span class="mono">{escape(one["id"])}</span>{_marked(one["text"])}{because}</td>'
        yield f'<td class="wide nowrap">{one["level"]}</td>'
        yield f'<td class="wide source">{escape(", ".join(one["source"]))}</td>'
        yield f'<td class="checks">{_its_checks(one, verdicts)}</td></tr>'
    yield '</tbody></table><p id="none" class="soft" hidden style="padding:0.8rem">Nothing is called so.</p></div>'
    yield "</section>"


def _its_checks(requirement: Mapping[str, Any], verdicts: Mapping[str, str]) -> str:
    its = requirement["checks"]
    if not its:
        return "–"
    order = {word: place for place, word in enumerate(SAID)}
    worst = min(its, key=lambda id_: (order[verdicts[id_]], id_))
    of = Counter(verdicts[id_] for id_ in its)
    said = ", ".join(f"{of[word]} {SAID[word]}" for word in SAID if of[word])
    if verdicts[worst] == "pass":
        return f'<span class="small">{said}</span>'
    return f'<a class="small" href="#check-{escape(worst)}">{said}</a>'


# --- the rest


def _others(result: Result) -> Iterator[str]:
    others = [one for one in worst_first(list(result["checks"])) if one["verdict"] not in (*BAD, "pass")]
    if not others:
        return
    texts = {one["id"]: one for one in result["requirements"]}
    yield "<section><h2>Neither passed nor failed</h2>"
    alike: dict[str, list[Check]] = {}
    for check in others:
        alike.setdefault(f"{check['verdict']} {why(check)}", []).append(check)
    for place, checks in enumerate(alike.values()):
        yield from _check(checks[0], texts, result, is_drawn=place < MOST_PICTURES)
        if len(checks) > 1:
            yield f'<details class="more"><summary>{_counted(len(checks) - 1, "more check")} like it</summary>'
            yield from _listed(checks[1:])
            yield "</details>"
    yield "</section>"


def _passed(result: Result) -> Iterator[str]:
    passed = [one for one in result["checks"] if one["verdict"] == "pass"]
    if not passed:
        return
    texts = {one["id"]: one for one in result["requirements"]}
    yield f"<section><h2>What passed</h2><p class='soft small'>{_counted(len(passed), 'check')}. Of each stage, what "
    yield "happened is shown for those that are kept whole.</p>"
    stages: dict[str, list[Check]] = {}
    for check in passed:
        stages.setdefault(check["stage"], []).append(check)
    for stage, checks in stages.items():
        yield f'<details class="card check tone-pass"><summary>{_pill("pass")}<strong>{escape(stage)}</strong>'
        yield f'<span class="small soft">{_counted(len(checks), "check")}</span></summary><div class="inside">'
        drawn = [one for one in checks if one["steps"]][:1]
        for check in drawn:
            yield from _check(check, texts, result, is_like=True)
        rest = [escape(one["id"]) for one in checks if one not in drawn]
        yield f'<p class="small mono soft">{" · ".join(f"<span id=check-{id_}>{id_}</span>" for id_ in rest)}</p>'
        yield "</div></details>"
    yield "</section>"


def _coverage(result: Result) -> Iterator[str]:
    covered = result["coverage"]
    if not covered:
        return
    from payrelay.model.protocol import tables

    yield '<section id="coverage"><h2>Coverage</h2><p class="soft small">What these tests made the machines of the'
    yield "party under test do, of all that their state tables say. The more colour a state has, the more was tried in"
    yield "it; rows that were never seen at work are dashed.</p>"
    yield '<div class="card scroll"><table><thead><tr><th>machine</th><th>states</th>'
    yield "<th>rows</th><th>pairs of state and input</th></tr></thead><tbody>"
    for name, of in covered.items():
        yield f"<tr><td>{escape(name)}</td>{''.join(_meter(of[what]) for what in ('states', 'rows', 'pairs'))}</tr>"
    yield "</tbody></table></div>"
    for name, drawing in coverage(tables(), covered):
        yield f'<details class="card check tone-none"><summary><span></span><strong>{escape(name)}</strong></summary>'
        drawn = svg_element(drawing, name, is_styled=False)
        yield f'<div class="inside"><div class="picture coverage" tabindex="0">{drawn}</div></div></details>'
    yield "</section>"


def _meter(of: Mapping[str, Any]) -> str:
    visited, known = len(of["visited"]), of["known"]
    share = round(100 * visited / known) if known else 0
    return f'<td>{visited} of {known}<div class="meter"><i style="width:{share}%"></i></div></td>'
