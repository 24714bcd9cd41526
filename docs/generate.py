"""Writes the generated parts of the documents: everything between `<!-- generated: NAME -->` and `<!-- end -->`.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1, with a line for each document that would change
    python docs/generate.py --verify   search the default set, write docs/evidence/verify.json, then write

Tables come from the model; verdicts and figures come from docs/evidence/verify.json, and times from
docs/evidence/bench.json, which `payrelay bench` writes. Each says of which sources it speaks. If these have changed
since, `--check` fails until the searches have been run again.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from payrelay.cli.bench_reports import TOLD, digest_of_engines
from payrelay.cli.bench_reports import in_words as quantity_in_words
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.claim_verdicts import ClaimsReport, ElementVerdict, judge
from payrelay.cli.outcomes import Finding, Outcome
from payrelay.cli.runs import staged
from payrelay.cli.standings import Standing, standings
from payrelay.cli.words import in_words
from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.writing import Manner, written
from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Message, content_fields
from payrelay.language.properties import Fairness
from payrelay.language.role import Role, RoleTable, Row, role_table
from payrelay.language.timers import Timer
from payrelay.language.traces import plain
from payrelay.model.claims import CLAIMS
from payrelay.model.configurations import CONFIGURATIONS, SLOW
from payrelay.model.links import LITERAL_CLAIM_8
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import ROLES, build, links_of
from payrelay.model.scenarios import SCENARIOS
from payrelay.model.timers import TIMERS
from payrelay.model.variants import VARIANTS
from payrelay.verification.bench.bars import OURS
from payrelay.verification.coverage import Coverage
from payrelay.verification.verdicts import Report, verify

DOCS = Path(__file__).parent
SOURCES = DOCS.parent / "model"
SEARCHED_PACKAGES = ("language", "model")
"""What verdicts speak of. How messages travel is no part of it."""
GLOSSARY = DOCS / "glossary.json"
EVIDENCE, BENCH_EVIDENCE = "evidence/verify.json", "evidence/bench.json"
WRITE, VERIFY = "python docs/generate.py", "python docs/generate.py --verify"
BENCH = f"payrelay bench --output docs/{BENCH_EVIDENCE}"

BEGIN = re.compile(r"^<!-- generated:", re.MULTILINE)
PART = re.compile(r"(^<!-- generated: (?P<name>[^>]*?) -->\n).*?(^<!-- end -->)", re.DOTALL | re.MULTILINE)
INNERMOST = re.compile(r"[\[{]\n[^\[\]{}]*[\]}]")
"""A JSON list or object with nothing inside it: it is written in one line."""
DIRECTION = re.compile(r"(?P<ways>[a-z ]+) -> (?P<to>[a-z ]+): (?P<says>.*)")

SEARCHED = tuple(one for one in CONFIGURATIONS if one not in SLOW)
CATALOGUE = Catalogue(configurations=CONFIGURATIONS, properties=PROPERTIES, build=build, claims=CLAIMS)


class DocumentError(Exception):
    """A document that cannot be written. One line that says which, and why."""


# --- words


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return (thing.__doc__ or "").strip().splitlines()[0] if thing.__doc__ else ""


def says_of(kind: type) -> tuple[str, str]:
    """What a message is, and its direction: from its docstring, or from which of the terminal's messages it is."""
    line = first_line(kind)
    if found := DIRECTION.fullmatch(line):
        return f"{found['ways']} → {found['to']}", found["says"]
    if issubclass(kind, TerminalRequest):
        return "terminal → relay", line
    if issubclass(kind, TerminalAnswer):
        return "relay → terminal", line
    raise DocumentError(
        f"{kind.__name__} does not say who sends it to whom: begin its docstring with 'relay -> shop: '"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") or "–" for cell in line) + " |\n" for line in lines)


def numbers(of: Iterable[int]) -> str:
    """Numbers, in order."""
    return ", ".join(map(str, sorted(of)))


# --- tables of the model


def state_table(role: type[Role]) -> str:
    """A role as a table. Rows that do the same in several states are one line."""
    read = role_table(role)
    lines: dict[tuple[str, str, str, str], list[str]] = {}
    for row in read.rows:
        target = "same" if row.target == row.source else f"`{row.target}`"
        does = f"`{row.action.__name__}`: {first_line(row.action)}" if row.action else ""
        lines.setdefault((row.event, guards(row), does, target), []).append(f"`{row.source}`")
    rows = [(", ".join(states), f"`{event}`", *rest) for (event, *rest), states in lines.items()]
    text = f"{first_line(role)} Begins in `{read.initial}`"
    if read.ended:
        ended = [f"`{state}`" for state in read.states if state in read.ended]
        text += f"; ended: {', '.join(ended)}"
    text += f". {len(read.states)} states, {len(read.rows)} rows"
    return f"{text}.\n\n{table(('state', 'event', 'if', 'does', 'then'), rows)}{passed_over(read)}"


def guards(row: Row) -> str:
    """The guards of a row."""
    return " and ".join(f"{'' if wanted else 'not '}`{guard.__name__}`" for guard, wanted in row.guards)


def passed_over(read: RoleTable) -> str:
    """What a role passes over by name, and why."""
    events: dict[tuple[str, str], list[str]] = {}
    for state, event, reason in read.ignored:
        always_taken = any(not row.guards for row in read.rows_of(state, event))
        if not always_taken and read.reason_to_ignore(state, event) == reason:
            events.setdefault((reason, event), []).append(state)
    lines: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, event), states in events.items():
        lines.setdefault((reason, tuple(states)), []).append(event)
    if not lines:
        return ""
    text = "\nPassed over, where no row applies:\n\n"
    for (reason, where_passed), passed in lines.items():
        where = ", ".join(f"`{state}`" for state in where_passed)
        what = ", ".join(f"`{event}`" for event in passed)
        text += f"* {what} in {'every state' if len(where_passed) == len(read.states) else where}: {reason}.\n"
    return text


def links() -> tuple[Link, ...]:
    """All links, with what the switch of claim 8 adds."""
    return tuple(
        Link(link.name, link.ends, LITERAL_CLAIM_8, link.never, link.section, link.claims)
        if link.name == "relay_payment"
        else link
        for link in links_of(CONFIGURATIONS[0])
    )


def links_table() -> str:
    """The network."""

    def row(link: Link) -> tuple[str, ...]:
        carries = str(len(link.carries))
        if link.name == "relay_payment":
            carries = f"0; {carries} with `relay_asks_payment_server`"
        never = ", ".join(f"`{kind.__name__}`" for kind in link.never)
        return f"`{link.name}`", " – ".join(link.ends), link.section, carries, never, numbers(link.claims)

    return table(
        ("link", "ends", "section of the relay", "kinds of messages", "must never carry", "claims"), map(row, links())
    )


def messages_table(link: Link) -> str:
    """What a link carries."""

    def row(kind: type[Message]) -> tuple[str, ...]:
        direction, says = says_of(kind)
        own = [name for name in content_fields(kind) if name not in kind.given]
        fields = ", ".join(f"`{name}`" for name in own)
        key = ", ".join(f"`{name}`" for name in kind.key)
        given = ", ".join(f"`{name}`" for name in kind.given)
        return f"`{kind.__name__}`", direction, fields, key, given, kind.claim, says

    return table(("message", "from → to", "fields", "key", "given", "claim", "what it says"), map(row, link.carries))


def timers_table() -> str:
    """The timers, and the states that they run in."""

    def row(timer: Any) -> tuple[str, ...]:
        where = []
        for read in map(role_table, ROLES):
            states = [f"`{state}`" for state in read.states if timer.name in read.timers_in(state)]
            where += [f"{read.name}: {', '.join(states)}"] if states else []
        return f"`{timer.name}`", f"{timer.seconds:g} s", timer.meaning, "; ".join(where)

    return table(("timer", "default", "what it is", "runs in"), map(row, TIMERS))


def configurations_table() -> str:
    """The named configurations."""
    rows = ((f"`{one.name}`", one.says, one.semantics, one.scope()) for one in CONFIGURATIONS)
    return table(("configuration", "what it is", "semantics", "scope of a verdict"), rows)


def properties_table() -> str:
    """The properties."""
    rows = ((one.label, f"`{one.name}`", one.says, one.level, numbers(one.claims) or one.source) for one in PROPERTIES)
    return table(("label", "name", "what it says", "level", "claims, or source"), rows)


def fairness_table() -> str:
    """The fairness assumptions, and the properties that are held under them."""
    labels: dict[Fairness, list[str]] = {}
    for one in PROPERTIES:
        for assumption in {each for conjunct in one.conjuncts for each in getattr(conjunct, "under", ())}:
            labels.setdefault(assumption, []).append(one.label)
    strength = {True: "strong: possible again and again", False: "weak: possible for ever"}
    rows = (
        (of.name, strength[of.strong], ", ".join(f"`{event}`" for event in of.only) or "all", ", ".join(labels[of]))
        for of in sorted(labels, key=lambda of: of.name)
    )
    return table(("assumption", "what it takes", "inputs", "properties"), rows)


def variants_table() -> str:
    """The faulty variants."""
    labels = {key: one.label for one in PROPERTIES for key in (one.name, one.label)}
    rows = (
        (f"`{one.name}`", one.story, ", ".join(labels[key] for key in one.violates), f"`{one.configuration}`")
        for one in VARIANTS
    )
    return table(("variant", "what it does wrong", "must violate", "seen in"), rows)


# --- evidence


def glossary_table(file: Path = GLOSSARY) -> str:
    """The words of the claims, of SET and of the code, side by side."""
    rows = []
    for entry in json.loads(file.read_text(encoding="utf-8")):
        word, names = entry["claims"], entry["code"]
        where = [claim.number for claim in CLAIMS if any(word in element.text for element in claim.elements)]
        if word and not where:
            raise DocumentError(f"{file.name}: no element of a claim has the words '{word}'")
        rows.append((word, numbers(where) if word else "", entry["set"], "; ".join(map(_in_code, names))))
    return table(("in the claims", "claims", "in SET", "in the code"), rows)


def _in_code(path: str) -> str:
    """A name of the model, `module.name`, with what it means."""
    module, _, name = path.rpartition(".")
    try:
        found: Any = getattr(importlib.import_module(f"payrelay.model.{module}"), name)
    except (ImportError, AttributeError):
        raise DocumentError(f"{GLOSSARY.name}: the model has no '{path}'") from None
    if isinstance(found, Link):
        return f"the link `{found.name}`"
    if isinstance(found, Timer):
        return f"`{found.name}`: {found.meaning}"
    says = says_of(found)[1] if isinstance(found, type) and issubclass(found, Message) else first_line(found)
    return f"`{name}`: {says.rstrip('.')}"


def digest_of_sources() -> str:
    """The digest of all files of the model and of its language."""
    whole = hashlib.sha256()
    for path in sorted(path for name in SEARCHED_PACKAGES for path in (SOURCES / "payrelay" / name).rglob("*.py")):
        whole.update(path.relative_to(SOURCES).as_posix().encode() + b"\0")
        whole.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"sha256:{whole.hexdigest()}"


def evidence_of(configurations: Iterable[Configuration], progress: Callable[[str], None]) -> dict[str, Any]:
    """Search the configurations, and write down what was found. No times and no places: it is the same everywhere."""
    searched = []
    together: Coverage | None = None
    for configuration in configurations:
        report = verify(build(configuration), PROPERTIES)  # type: ignore[arg-type]
        searched.append(_searched(configuration, report))
        if report.coverage:
            together = report.coverage if together is None else together | report.coverage
        progress(f"{configuration.name}: {report.states:,} states, {report.steps:,} steps, depth {report.depth}")
    return {
        "schema_version": 1,
        "kind": "evidence",
        "command": VERIFY,
        "sources": digest_of_sources(),
        "configurations": searched,
        "together": _coverage(together),
        "unseen": _unseen(together),
    }


def _searched(configuration: Configuration, report: Report) -> dict[str, Any]:
    return {
        "name": configuration.name,
        "value": plain(configuration.value()),
        "scope": configuration.scope(),
        "model": report.model,
        "states": report.states,
        "steps": report.steps,
        "depth": report.depth,
        "bound": report.bound,
        "fired": _coverage(report.coverage),
        "verdicts": {
            one.property.name: {"verdict": one.result, "vacuous": one.vacuous, "reason": one.reason or None}
            for one in report.verdicts
        },
    }


def _coverage(seen: Coverage | None) -> dict[str, Any]:
    if seen is None:
        return {"rows": {}, "messages": [0, 0], "faults": [0, 0]}
    rows = {name: [len(of.seen), len(of.all)] for name, of in sorted(seen.rows.items())}
    return {
        "rows": rows,
        "messages": [len(seen.messages.seen), len(seen.messages.all)],
        "faults": [len(seen.faults.seen), len(seen.faults.all)],
    }


def _unseen(seen: Coverage | None) -> dict[str, Any]:
    if seen is None:
        return {"rows": {}, "messages": []}
    rows = {name: sorted(of.all - of.seen) for name, of in sorted(seen.rows.items()) if of.all - of.seen}
    return {"rows": rows, "messages": sorted(seen.messages.all - seen.messages.seen)}


class Evidence:
    """What docs/evidence/verify.json says."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found

    @property
    def is_current(self) -> bool:
        """Whether it speaks of the model as it is."""
        return bool(self.found.get("sources") == digest_of_sources())

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The searches, as the command line has them."""
        by_name = {one.name: one for one in CONFIGURATIONS}
        return tuple(
            Outcome(configuration=by_name[one["name"]], findings=tuple(_findings(one)), states=one["states"])
            for one in self.found["configurations"]
            if one["name"] in by_name
        )

    @cached_property
    def standings(self) -> list[Standing]:
        """How each property stands."""
        return standings(PROPERTIES, self.outcomes)

    @cached_property
    def claims(self) -> ClaimsReport:
        """How each element of each claim stands."""
        return judge(CATALOGUE, self.outcomes)

    def searches_table(self) -> str:
        """What was searched."""

        def row(one: dict[str, Any]) -> tuple[str, ...]:
            verdicts = [each["verdict"] for each in one["verdicts"].values() if not each["vacuous"]]
            vacuous = sum(each["vacuous"] for each in one["verdicts"].values())
            words = ("violated", "inconclusive", "holds")
            counts = [f"{verdicts.count(word)} {word}" for word in words if word in verdicts]
            counts += [f"{vacuous} vacuous"] if vacuous else []
            rows = one["fired"]["rows"].values()
            taken = f"{sum(seen for seen, _ in rows)} of {sum(all_ for _, all_ in rows)}"
            messages = "{} of {}".format(*one["fired"]["messages"])
            faults = "{} of {}".format(*one["fired"]["faults"])
            figures = [f"{one[figure]:,}" for figure in ("states", "steps", "depth")]
            return f"`{one['name']}`", *figures, taken, messages, faults, ", ".join(counts), one["bound"] or "whole"

        head = (
            "configuration",
            "states",
            "steps",
            "depth",
            "rows taken",
            "messages",
            "kinds of faults",
            "properties",
            "searched",
        )
        return table(head, map(row, self.found["configurations"])) + self._union()

    def _union(self) -> str:
        rows, unseen = self.found["together"]["rows"].values(), self.found["unseen"]
        taken, present = sum(seen for seen, _ in rows), sum(all_ for _, all_ in rows)
        messages = self.found["together"]["messages"]
        text = f"\nTogether they take {taken} of {present} rows"
        text += f" and deliver {messages[0]} of {messages[1]} kinds of messages.\n"
        if unseen["messages"]:
            text += f"Never delivered: {', '.join(f'`{one}`' for one in unseen['messages'])}.\n"
        if unseen["rows"]:
            text += "Rows that no search takes, and of which no verdict speaks:\n\n"
            text += "".join(f"* {role}: `{row}`\n" for role, of in unseen["rows"].items() for row in of)
        return text

    def verdicts_table(self) -> str:
        """What was found of each property."""
        rows = ((one.property.label, in_words(one.word), where_found(one)) for one in self.standings)
        return table(("property", "verdict", "where"), rows)

    def claims_table(self) -> str:
        """The claims matrix."""
        labels = {one.name: one.label for one in PROPERTIES}
        text = ""
        for claim in self.claims.claims:
            rows = []
            for of in claim.elements:
                element = of.element
                stands_on = ", ".join(labels[name] for name in element.properties)
                verdict = "; ".join((in_words(of.verdict), *_but([of], of.verdict)))
                remark = f" *{element.remark}*" if element.remark else ""
                rows.append((f"“{element.text}”{remark}", element.model, stands_on, verdict, element.wire))
            verdict = "; ".join((in_words(claim.verdict), *_but(claim.elements, claim.verdict)))
            head = ("element", "in the model", "properties", "verdict", "what a test on a wire sees")
            text += f"**Claim {claim.number}: {verdict}**\n\n{table(head, rows)}\n"
        return text.rstrip("\n") + "\n"


def _but(elements: Iterable[ElementVerdict], verdict: str) -> Iterator[str]:
    """What a verdict does not say alone: what only a wire shows, and what holds in one configuration only."""
    stand = {one.property.label: one for of in elements for one in of.standings}
    for label, one in stand.items():
        if one.word == "wire" and verdict != "wire":
            yield f"{label} on a wire only"
        if one.word == "holds" and len(found := one.where("holds")) == 1:
            yield f"{label} in `{found[0].configuration}` only"


def _findings(searched: dict[str, Any]) -> Iterator[Finding]:
    for one in PROPERTIES:
        if found := searched["verdicts"].get(one.name):
            yield Finding(
                property=one.name,
                label=one.label,
                claims=one.claims,
                level=one.level,
                configuration=searched["name"],
                result=found["verdict"],
                reason=found["reason"] or "",
                vacuous=found["vacuous"],
            )


def where_found(standing: Standing) -> str:
    """The configurations in which a property was found to stand so, and those in which it stands otherwise."""
    if standing.word == "wire":
        return ""
    told = []
    for verdict in ("violated", "inconclusive", "vacuous", "holds"):
        if found := standing.where(verdict):
            names = ", ".join(f"`{one.configuration}`" for one in found)
            told.append(names if verdict == standing.word else f"{verdict}: {names}")
    return "; ".join(told)


class BenchEvidence:
    """What docs/evidence/bench.json says."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        self.searches = [one for one in found["measurements"] if one["states"] is not None]
        """The rest is of logs that were followed, of which no graph tells anything."""

    def why_stale(self, evidence: Evidence | None) -> str:
        """Why it does not speak of this payrelay; nothing, if it does."""
        if self.found["engines"] != digest_of_engines():
            return "what searches has changed"
        searched = {one["name"]: one["states"] for one in evidence.found["configurations"]} if evidence else {}
        for one in self.searches:
            if one["tool"] == OURS and searched.get(one["workload"], one["states"]) != one["states"]:
                return f"{one['workload']} has other states"
        return ""

    def speed_table(self) -> str:
        """How long each tool took."""

        def row(one: dict[str, Any]) -> tuple[str, ...]:
            steps, takes = one["steps_per_second"], one["bytes_per_state"]
            return (
                f"`{one['workload']}`",
                TOLD[one["tool"]],
                f"{one['states']:,}",
                f"{one['steps']:,}",
                f"{one['seconds']:.3g}",
                f"{one['preparing_seconds']:.3g}",
                "" if steps is None else f"{steps / 1e6:.3g}",
                "" if takes is None else f"{takes:.0f}",
            )

        head = ("graph", "tool", "states", "steps", "seconds", "made in", "million steps/s", "bytes a state")
        versions = {name: one for name, one in self.found["versions"].items() if name != "payrelay"}
        told = ", ".join(f"{TOLD[name].partition(',')[0]} {one}" for name, one in versions.items())
        missing = ", ".join(TOLD[name].partition(",")[0] for name in self.found["missing"])
        left_out = [f"`{one['workload']}` by {TOLD[one['tool']]}: {one['reason']}" for one in self.found["left_out"]]
        text = f"One run of `{self.found['command']}`, on {self.found['machine']['cores']} cores"
        text += f"; beside {told}" if told else ""
        text += f"; without {missing}" if missing else ""
        text += f". Left out: {'; '.join(left_out)}" if left_out else ""
        return f"{text}.\n\n{table(head, map(row, self.searches))}"

    def bars_table(self) -> str:
        """What was to be reached, and what was."""

        def row(one: dict[str, Any]) -> tuple[str, ...]:
            reached, bar = (quantity_in_words(one[key], one["unit"]) for key in ("value", "bar"))
            said = "met" if one["met"] else "missed"
            return f"`{one['workload']}`", f"{reached} {one['quantity']}", f"{one['direction']} {bar}", said

        return table(("graph", "reached", "wanted", ""), map(row, self.found["bars"]))


def campaigns_table(docs: Path) -> str:
    """What campaigns have found, of those that were run; docs/campaign.py writes and checks what they leave."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((docs / EVIDENCE).parent.glob("*.json"))]
    rows = (
        (f"[{one['name']}](evidence/{one['name']}.json)", one["says"], one["found"], f"`{one['commit'][:10]}`")
        for one in found
        if one["kind"] == "campaign"
    )
    head = ("campaign", "what it runs", "what it found", "commit")
    return table(head, rows) if any(one["kind"] == "campaign" for one in found) else "None was run of these sources.\n"


# --- documents


def parts(
    evidence: Evidence | None, bench: BenchEvidence | None = None, docs: Path = DOCS
) -> dict[str, Callable[[], str]]:
    """Everything that can stand between markers, by name."""
    unknown = f"Nothing was searched yet: `{VERIFY}`.\n"
    unmeasured = f"Nothing was measured yet: `{BENCH}`.\n"
    return {
        **{f"role {role_table(role).name}": later(state_table, role) for role in ROLES},
        **{f"messages {link.name}": later(messages_table, link) for link in links()},
        "links": links_table,
        "timers": timers_table,
        "glossary": glossary_table,
        "configurations": configurations_table,
        "fairness": fairness_table,
        "properties": properties_table,
        "variants": variants_table,
        "searches": evidence.searches_table if evidence else lambda: unknown,
        "verdicts": evidence.verdicts_table if evidence else lambda: unknown,
        "claims": evidence.claims_table if evidence else lambda: unknown,
        "speed": bench.speed_table if bench else lambda: unmeasured,
        "bars": bench.bars_table if bench else lambda: unmeasured,
        "campaigns": later(campaigns_table, docs),
    }


def later(function: Callable[[Any], str], given: Any) -> Callable[[], str]:
    """What a function makes of something, made when it is asked for."""
    return lambda: function(given)


def renewed(text: str, known: dict[str, Callable[[], str]], name: str) -> str:
    """A document with its generated parts as they should be."""
    if len(BEGIN.findall(text)) != len(PART.findall(text)):
        raise DocumentError(f"{name}: a part begins with <!-- generated: NAME --> and ends with <!-- end -->")

    def part(found: re.Match[str]) -> str:
        if found["name"] not in known:
            near = difflib.get_close_matches(found["name"], known, n=1)
            there = f"did you mean '{near[0]}'?" if near else f"there is: {', '.join(known)}"
            raise DocumentError(f"{name}: nothing is generated as '{found['name']}'; {there}")
        return f"{found[1]}\n{known[found['name']]()}\n{found[3]}"

    return PART.sub(part, text)


def evidence_in(docs: Path) -> Evidence | None:
    """The evidence, if there is any."""
    path = docs / EVIDENCE
    return Evidence(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def bench_evidence_in(docs: Path) -> BenchEvidence | None:
    """What was measured, if anything was."""
    path = docs / BENCH_EVIDENCE
    return BenchEvidence(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def stale(docs: Path) -> list[str]:
    """The documents that would change, each in a line that says what mends it."""
    evidence = evidence_in(docs)
    lines = []
    if evidence is None or not evidence.is_current:
        why = "is missing" if evidence is None else "is stale: the model has changed"
        lines.append(f"docs/{EVIDENCE} {why}; mend it with: {VERIFY}")
    bench = bench_evidence_in(docs)
    if why := bench.why_stale(evidence) if bench else "":
        lines.append(f"docs/{BENCH_EVIDENCE} is stale: {why}; mend it with: {BENCH}")
    known = parts(evidence, bench, docs)
    for path, new in documents(docs, known):
        if path.read_text(encoding="utf-8") != new:
            lines.append(f"{_named(path, docs)} is stale; mend it with: {WRITE}")
    return lines


def write(docs: Path) -> list[str]:
    """Write what has changed; the names of those documents."""
    known, changed = parts(evidence_in(docs), bench_evidence_in(docs), docs), []
    for path, new in documents(docs, known):
        if path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8", newline="\n")
            changed.append(_named(path, docs))
    return changed


def documents(docs: Path, known: dict[str, Callable[[], str]]) -> Iterator[tuple[Path, str]]:
    """Every document as it should be, and every picture beside them, which has the name of a scenario."""
    for path in pages(docs):
        yield path, renewed(path.read_text(encoding="utf-8"), known, _named(path, docs))
    for path in sorted((docs / "pictures").glob("*.svg")):
        yield path, picture(path.stem)


def _named(path: Path, docs: Path) -> str:
    return path.relative_to(docs.parent).as_posix()


def picture(name: str) -> str:
    """A scenario as a picture. Raises DocumentError if there is none of that name."""
    scenario = next((one for one in SCENARIOS if one.name == name), None)
    if scenario is None:
        raise DocumentError(f"docs/pictures/{name}.svg is the picture of no scenario")
    trace = staged(CATALOGUE, scenario)
    return written(sequence((Run("", trace),), name, scenario.says), (trace,), Manner(format="svg"))


def pages(docs: Path) -> list[Path]:
    """All documents, and the README beside them."""
    return [*sorted(docs.glob("*.md")), *docs.parent.glob("README.md")]


def search(docs: Path, configurations: Iterable[Configuration]) -> None:
    """Run the searches, and write the evidence."""
    found = evidence_of(configurations, lambda line: print(line, file=sys.stderr))
    path = docs / EVIDENCE
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    path.write_text(INNERMOST.sub(_in_one_line, text) + "\n", encoding="utf-8", newline="\n")


def _in_one_line(found: re.Match[str]) -> str:
    return re.sub(r"\n *", " ", found[0])


def main(arguments: Sequence[str] | None = None, docs: Path = DOCS) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog=WRITE, description="Write the generated parts of the documents.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="change nothing; exit 1 if a document is stale")
    group.add_argument("--verify", action="store_true", help="search every named configuration first; takes minutes")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.check:
            lines = stale(docs)
            print("\n".join(lines), end="\n" if lines else "", file=sys.stderr)
            return 1 if lines else 0
        if chosen.verify:
            search(docs, SEARCHED)
        for name in write(docs):
            print(f"wrote {name}")
        evidence = evidence_in(docs)
        if evidence is None or not evidence.is_current:
            print(f"docs/{EVIDENCE} does not speak of this model; mend it with: {VERIFY}", file=sys.stderr)
    except DocumentError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
