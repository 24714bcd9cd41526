"""Knowledge: what each party can know at every step, worked out from what the trace says it got and gave.

A party knows what its machines hold at the beginning, what it receives, and what it sends. It opens what is signed,
and what is sealed for itself; of a digest it knows only that. It is what `payrelay.language.terms.analz` says of the
terms themselves; here it is said of what stands in a trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from payrelay.language.traces import Plain, Trace, TraceStep

Known = dict[str, list[str]]
"""What each party has learnt, in words."""


def readable(value: Plain, party: str) -> Iterator[Plain]:
    """Everything that a party can read in a value, the value itself among it."""
    yield value
    if isinstance(value, dict):
        kind = value.get("type")
        if kind == "Hash" or (kind == "Sealed" and value.get("to") != party) or set(value) == {"kind", "name"}:
            return
        for name, inner in value.items():
            if name != "type":
                yield from readable(inner, party)
    elif isinstance(value, list):
        for inner in value:
            yield from readable(inner, party)


def at_first(trace: Trace) -> Known:
    """What every party knows at the beginning."""
    known: Known = {}
    for machine, local in trace.initial.items():
        party = machine.partition("/")[0]
        known.setdefault(party, [])
        data = local.get("data")
        # What a machine keeps its data in is nothing that is known.
        for value in data.values() if isinstance(data, dict) and data.get("type") else [data]:
            _learn(known[party], value, party)
    return known


def learnt(trace: Trace) -> Iterator[dict[str, list[str]]]:
    """For every step, what it is that the one who moves did not know before."""
    known = {party: dict.fromkeys(items) for party, items in at_first(trace).items()}
    for step in trace.steps:
        new: list[str] = []
        for value in _told(step):
            _learn(new, value, step.actor)
        before = known.setdefault(step.actor, {})
        fresh = [item for item in new if item not in before]
        before.update(dict.fromkeys(fresh))
        yield {step.actor: fresh} if fresh else {}


def _told(step: TraceStep) -> Iterator[Any]:
    received = step.chosen or step.receives
    if received is not None and step.kind != "lose":
        yield received["fields"]
    for message in step.sends:
        yield message["fields"]


def _learn(items: list[str], value: Plain, party: str) -> None:
    """Add what can be read in a value to what is known, each once."""
    for part in readable(value, party):
        words = _in_words(part, party)
        if words and words not in items:
            items.append(words)


def _in_words(part: Plain, party: str) -> str:
    """What a part is, if it is worth a word: a fresh identifier, or something that has a name of its own."""
    if not isinstance(part, dict):
        return ""
    if set(part) == {"kind", "name"}:
        return f"{part['kind']} {part['name']}"
    kind = part.get("type")
    if kind in ("Signed", "Unverified", "name", "bytes") or not isinstance(kind, str):
        return ""
    if kind == "Sealed":
        return "" if part.get("to") == party else f"something sealed for {part.get('to')}"
    return "a digest" if kind == "Hash" else kind
