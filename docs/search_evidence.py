"""The evidence of the searches: what is written of them into docs/evidence/verify.json, and the tables of it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from docs.documents import DOCS
from docs.tables import table
from payrelay.cli.catalogue import payments
from payrelay.cli.claim_verdicts import ClaimsReport, ElementVerdict, judge
from payrelay.cli.outcomes import Finding, Outcome
from payrelay.cli.standings import Standing, standings
from payrelay.cli.words import in_words
from payrelay.language.configurations import Configuration
from payrelay.language.traces import plain
from payrelay.verification.coverage import Coverage
from payrelay.verification.verdicts import Report, verify

CATALOGUE = payments()
SOURCES = DOCS.parent / "model"
SEARCHED_PACKAGES = ("language", "model")
"""What verdicts speak of. How messages travel is no part of it."""
EVIDENCE = "evidence/verify.json"
VERIFY = "python docs/generate.py --verify"
INNERMOST = re.compile(r"[\[{]\n[^\[\]{}]*[\]}]")
"""A JSON list or object with nothing inside it: it is written in one line."""


# --- searching


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
        report = verify(CATALOGUE.system(configuration), CATALOGUE.properties)
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


def search(docs: Path, configurations: Iterable[Configuration]) -> None:
    """Run the searches, and write the evidence."""
    found = evidence_of(configurations, lambda line: print(line, file=sys.stderr))
    path = docs / EVIDENCE
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    path.write_text(INNERMOST.sub(_in_one_line, text) + "\n", encoding="utf-8", newline="\n")


def _in_one_line(found: re.Match[str]) -> str:
    return re.sub(r"\n *", " ", found[0])


# --- telling


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
        by_name = {one.name: one for one in CATALOGUE.configurations}
        return tuple(
            Outcome(configuration=by_name[one["name"]], findings=tuple(_findings(one)), states=one["states"])
            for one in self.found["configurations"]
            if one["name"] in by_name
        )

    @cached_property
    def standings(self) -> list[Standing]:
        """How each property stands."""
        return standings(CATALOGUE.properties, self.outcomes)

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
        labels = {one.name: one.label for one in CATALOGUE.properties}
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
    for one in CATALOGUE.properties:
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


def evidence_in(docs: Path) -> Evidence | None:
    """The evidence, if there is any."""
    path = docs / EVIDENCE
    return Evidence(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
