"""Check reports: what `payrelay check-trace` found, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from payrelay.cli.checking import Checked
from payrelay.cli.claim_verdicts import NO_OPINION
from payrelay.cli.errors import UsageError
from payrelay.cli.log_options import draw_log_command
from payrelay.cli.log_runs import unexplained
from payrelay.cli.terminal import folded, painted
from payrelay.cli.trace_files import draw_command, replay_command
from payrelay.diagrams.sequence.unexplained import KEY
from payrelay.language.observations import Sight
from payrelay.observation.deviations import Deviation
from payrelay.observation.observer import ALONE
from payrelay.observation.telling import event_in_words

SCHEMA_VERSION = 1
MOST_TOLD = 12
"""Of what might have come instead, as text; the JSON document has all."""
WORDS = {
    "explained": "explained",
    "not_explained": "not explained",
    "malformed": "malformed",
    "inconclusive": "inconclusive",
    "nothing_checked": "nothing was checked",
    "exhibited": "exhibited",
    "partly_exhibited": "partly exhibited",
    "not_exhibited": "not exhibited",
    "not_exhibitable": "can be refuted by a log, not exhibited",
}


def write_trace(folder: Path, checked: Checked) -> Path | None:
    """Write a run that explains the procedure that deviates, with the event that it does not explain beside it, or
    else the first one of the log."""
    if checked.trace is None:
        return None
    place = f"line-{checked.deviation.line}" if checked.deviation else "explained"
    file = folder / f"check-trace.{place}.json"
    document = checked.trace.to_json()
    if checked.deviation:
        document[KEY] = unexplained(checked.deviation).to_json()
    try:
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; name another folder") from None
    return file


# --- text


def report(checked: Checked, written: Path | None) -> Iterator[str]:
    """The report as text."""
    yield folded(f"{checked.file}: {painted(WORDS[checked.verdict])}", 2)
    yield folded(f"  {_figures(checked)}", 4)
    yield folded(f"  as runs of {', '.join(one.name for one in checked.configurations)}; any number of losses, "
                 "duplicates, reorderings, time-outs and crashes", 4)  # fmt: skip
    yield folded(f"  seen: {', '.join(sight_in_words(checked.seen)) or 'nothing'}", 4)
    for party, names in checked.variants.items():
        yield folded(f"  {party} was a variant: {'; '.join(names)}", 4)
    if checked.malformed:
        yield folded(f"Line {checked.malformed.line} is no event: {checked.malformed.expected}", 2)
    if checked.bound:
        yield folded(f"After line {checked.lines - 1}: {checked.bound}", 2)
    if checked.interrupted:
        yield "Interrupted: this is what was known."
    if checked.deviation:
        yield from _deviation(checked.deviation)
        if (command := _drawn(checked, written)) is not None:
            yield f"  drawn       {command}"
    if checked.events:
        yield ""
        yield from _claims(checked)
    if written is not None:
        what = "the run up to there" if checked.deviation else f"a run of procedure {named(checked.trace_of)}"
        yield folded(f"{what} is in {written}: {replay_command(written)}", 2)


def _figures(checked: Checked) -> str:
    procedures = "1 procedure" if checked.procedures == 1 else f"{checked.procedures:,} procedures"
    events = "1 event" if checked.events == 1 else f"{checked.events:,} events"
    others = [f"{checked.hidden:,} not looked at"] * bool(checked.hidden)
    others += [f"{checked.unread:,} that could not be read"] * bool(checked.unread)
    return "; ".join([f"{events} of {procedures} explained", *others])


def _deviation(found: Deviation) -> Iterator[str]:
    yield folded(f"Line {found.line}: {event_in_words(found.event)}", 2)
    yield folded(f"  procedure   {named(found.procedure)}, {len(found.lines)} events explained before"
                 + (f", the last in line {found.lines[-1]}" if found.lines else ""), 14)  # fmt: skip
    yield folded(f"  why not     {found.reason}", 14)
    for number, state in enumerate(found.states):
        yield folded(f"  {'' if number else 'there':<12}{state}", 14)
    # What is nearest to the event comes first: over its link, told by its party.
    here = (found.event.link, found.event.seen_at)
    allowed = sorted(found.allowed, key=lambda one: (one.link != here[0], one.seen_at != here[1]))
    for number, event in enumerate(allowed[:MOST_TOLD]):
        yield folded(f"  {'' if number else 'allowed':<12}{event_in_words(event)}", 14)
    if len(found.allowed) > MOST_TOLD:
        yield f"              ... and {len(found.allowed) - MOST_TOLD} more"
    if not found.allowed:
        yield "  allowed     nothing"
    if found.violated:
        prop = found.violated
        yield folded(f"  violates    {prop.label} {prop.name}: {found.conjunct}", 14)
    else:
        yield folded("  violates    no property by itself: the model has no such step", 14)


def _drawn(checked: Checked, written: Path | None) -> str | None:
    """What to type to see it; nothing, if the log cannot be read again."""
    assert checked.deviation is not None
    if written is not None:
        return draw_command(written)
    if checked.file == "-":
        return None
    asked, procedure = checked.asked, checked.deviation.procedure
    if asked.procedures or not (checked.has_nameless or procedure.startswith(ALONE)):
        asked = asked._replace(procedures=(procedure,))
    return draw_log_command(checked.file, asked)


def _claims(checked: Checked) -> Iterator[str]:
    for claim in checked.exhibits.claims():
        yield f"claim {claim['claim']}"
        for element in claim["elements"]:
            line = element["line"]
            by = f", by line {line}: {event_in_words(checked.events_shown[line])}" if line else ""
            yield folded(f"  {WORDS[element['verdict']]}{by}", 6)
            yield folded(f"      {element['text']}", 6)
    yield folded(NO_OPINION, 2)


def named(procedure: str) -> str:
    """The name of a procedure; of one that has none, its number."""
    return f"number {procedure[len(ALONE) :]}, which the log does not name" if procedure[:1] == ALONE else procedure


def sight_in_words(seen: Sight) -> list[str]:
    """What is seen, in the words of --links, as few as possible."""
    words = []
    for name in sorted({point.link for point in seen}):
        points = {point[1:] for point in seen if point.link == name}
        roles = sorted({role for role, _ in points})
        if len(roles) == 2 and len(points) == 4:
            words.append(name)
            continue
        for role in roles:
            ways = sorted(way for of, way in points if of == role)
            words.append(f"{name}@{role}" + (f":{ways[0]}" if len(ways) == 1 else ""))
    return words


# --- JSON


def document(checked: Checked, written: Path | None) -> dict[str, Any]:
    """The report as one JSON document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "check-trace",
        "verdict": checked.verdict,
        "exit_code": int(checked.exit_code),
        "file": checked.file,
        "configurations": [{"name": one.name, "value": one.value()} for one in checked.configurations],
        "links": sight_in_words(checked.seen),
        "variants": {party: list(names) for party, names in checked.variants.items()},
        "events": checked.events,
        "procedures": checked.procedures,
        "not_looked_at": checked.hidden,
        "not_readable": checked.unread,
        "malformed": checked.malformed and {"line": checked.malformed.line, "expected": checked.malformed.expected},
        "bound": checked.bound or None,
        "interrupted": checked.interrupted,
        "deviation": checked.deviation and _plain_deviation(checked.deviation),
        "claims": list(checked.exhibits.claims()) if checked.events else [],
        "sentence": NO_OPINION,
        "trace": None if written is None else str(written),
    }


def _plain_deviation(found: Deviation) -> dict[str, Any]:
    return {
        "line": found.line,
        "event": found.event.to_json(),
        "procedure": named(found.procedure),
        "reason": found.reason,
        "explained": list(found.lines),
        "states": list(found.states),
        "allowed": [event.to_json() for event in found.allowed],
        "violated": found.violated and {"property": found.violated.name, "label": found.violated.label,
                                        "conjunct": found.conjunct},
    }  # fmt: skip
