"""Traces: one run, step by step, as plain data that people can read and the model can replay.

A trace knows nothing of the protocol it tells of: every term in it is JSON. It is written by a search, drawn by
`payrelay draw`, told by `in_words`, and compared value by value when it is replayed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, get_args

from payrelay.language.messages import Input, Message, Occurrence, content_fields
from payrelay.language.terms import Symbol

if TYPE_CHECKING:
    from payrelay.language.role import Local

SCHEMA_VERSION = 1
Kind = Literal["deliver", "user", "timeout", "lose", "duplicate", "crash", "restart"]
KINDS: tuple[str, ...] = get_args(Kind)

Plain = Any
"""JSON: None, a bool, a number, a string, a list, or a dict with string keys."""


class TraceError(Exception):
    """A text that is no trace. One line that says what is wrong, and where."""


@dataclass(frozen=True, kw_only=True)
class TraceStep:
    """What one party did, or what happened to it or to a message, in one step."""

    n: int
    kind: str
    """One of KINDS. A duplicate is a delivery that leaves a copy under way."""
    actor: str
    """The party that moves; for a lost message, the party that does not get it."""
    procedure: int | None
    section: str
    """The communicating section that the message went through, if the link names one."""
    receives: dict[str, Plain] | None
    """The message, or what the user did: `{message, from, to, fields}`."""
    sends: tuple[dict[str, Plain], ...]
    """What is sent, likewise; `merged` where the channel keeps one copy of a message and has it already."""
    before: dict[str, Plain]
    """Every machine that takes part: `{machine: {state, data}}`; the one that takes the input comes first."""
    after: dict[str, Plain]
    machine: str = ""
    input: str = ""
    """The event by which the machine's rows call the input."""
    chosen: dict[str, Plain] | None = None
    """The message as the world chose it to be at the moment of its receipt, if there was a choice."""
    answer: str = "handled"
    """handled, ignored or protocol_error; dropped, if the message belongs to no machine."""
    early: bool = False
    """A time-out while something of its procedure was still under way."""
    place: int | None = None
    """The place in its queue, counted from 1, that a message was lost from; None if it was in no queue."""
    occurrences: tuple[dict[str, Plain], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A run of a model. With `loop_from`, the steps from that number on can go on for ever."""

    model: str
    """The digest of the model: `sha256:...`."""
    configuration: dict[str, Plain]
    property: str
    conjunct: str
    steps: tuple[TraceStep, ...]
    conjunct_number: int = 0
    loop_from: int | None = None
    stops: bool = False
    """Nothing that has to happen is left to do at the end, so that the run may end there."""
    without: str = ""
    """The fairness assumption that was left out, if the run shows what that one is needed for."""
    initial: dict[str, Plain]
    """Every machine at the beginning: `{machine: {state, data}}`."""

    def to_json(self) -> dict[str, Plain]:
        """The trace as one JSON document."""
        steps = [_listed(step) for step in self.steps]
        return {"kind": "trace", "schema_version": SCHEMA_VERSION, **_listed(self), "steps": steps}


def _listed(value: Any) -> dict[str, Plain]:
    pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: list(item) if isinstance(item, tuple) else item for name, item in pairs}


def plain(term: object) -> Plain:
    """A term as JSON. Equal terms give equal JSON; sets are sorted.

    A dataclass is its fields with its class name as `type`; a symbol is its kind and its name.
    """
    if term is None or isinstance(term, bool | int | float | str):
        return term
    if isinstance(term, Enum):
        return plain(term.value)
    if isinstance(term, Symbol):
        return {"kind": term.kind, "name": term.name}
    if is_dataclass(term) and not isinstance(term, type):
        return {"type": type(term).__name__, **_fields(term, (field.name for field in fields(term)))}
    if isinstance(term, tuple) and (names := getattr(term, "_fields", None)):
        return {"type": type(term).__name__, **_fields(term, names)}
    if isinstance(term, tuple | list):
        return [plain(item) for item in term]
    if isinstance(term, frozenset | set):
        return sorted((plain(item) for item in term), key=canonical)
    if isinstance(term, Mapping) and all(isinstance(key, str) for key in term):
        return {key: plain(value) for key, value in term.items()}
    if isinstance(term, Mapping):
        return sorted(([plain(key), plain(value)] for key, value in term.items()), key=canonical)
    if isinstance(term, bytes):
        return {"type": "bytes", "hex": term.hex()}
    if isinstance(term, type) or callable(term):
        return {"type": "name", "name": getattr(term, "__qualname__", repr(term))}
    raise TraceError(f"a {type(term).__name__} cannot stand in a trace: use dataclasses, tuples, frozensets, scalars")


def canonical(value: Plain) -> str:
    """JSON as text by which it can be sorted and digested."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _fields(term: object, names: Iterable[str]) -> dict[str, Plain]:
    return {"type_" if name == "type" else name: plain(getattr(term, name)) for name in names}


def plain_input(received: Input, sender: str = "", receiver: str = "") -> dict[str, Plain]:
    """A message, or what a user does, as `{message, from, to, fields}`."""
    if isinstance(received, Message):
        sender, receiver = received.sender, received.receiver
    kind: Any = type(received)
    named = {"message": kind.__name__, "from": sender, "to": receiver}
    return {**named, "fields": _fields(received, content_fields(kind)), **_shown(received)}


def plain_occurrence(occurrence: Occurrence, machine: str) -> dict[str, Plain]:
    """An occurrence as `{occurrence, machine, fields}`."""
    names = (field.name for field in fields(occurrence))
    named = {"occurrence": type(occurrence).__name__, "machine": machine}
    return {**named, "fields": _fields(occurrence, names), **_shown(occurrence)}


def plain_local(local: Local) -> dict[str, Plain]:
    """The state of a machine as `{state, data}`."""
    return {"state": local.control, "data": plain(local.data)}


def _shown(term: object) -> dict[str, Plain]:
    shown = getattr(type(term), "shown", None)
    return {} if shown is None else {"shown": list(shown)}


def from_json(document: Plain) -> Trace:
    """The trace in a JSON document. Raises TraceError if it is none."""
    if not isinstance(document, dict):
        raise TraceError(f"a trace is a JSON object, not {_kind_of(document)}")
    if document.get("kind") != "trace":
        raise TraceError(f"kind: a trace has 'trace' here, not {json.dumps(document.get('kind'))}")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise TraceError(f"schema_version: {json.dumps(document.get('schema_version'))} is not {SCHEMA_VERSION}")
    steps = _get(document, "", "steps", list)
    trace = Trace(
        model=_get(document, "", "model", str),
        configuration=_get(document, "", "configuration", dict),
        property=_get(document, "", "property", str),
        conjunct=_get(document, "", "conjunct", str),
        conjunct_number=_get(document, "", "conjunct_number", int, 0),
        loop_from=_get(document, "", "loop_from", (int, type(None))),
        stops=_get(document, "", "stops", bool, False),
        without=_get(document, "", "without", str, ""),
        initial=_get(document, "", "initial", dict, {}),
        steps=tuple(_step(step, f"steps[{place}]") for place, step in enumerate(steps)),
    )
    for place, step in enumerate(trace.steps):
        if step.n != place + 1:
            raise TraceError(f"steps[{place}].n: the steps are numbered from 1, so this is {place + 1}, not {step.n}")
    if trace.loop_from is not None and not 1 <= trace.loop_from <= len(steps):
        raise TraceError(f"loop_from: there is no step {trace.loop_from}; the trace has {len(steps)}")
    return trace


def from_text(text: str) -> Trace:
    """The trace in a JSON text. Raises TraceError if it is none."""
    try:
        return from_json(json.loads(text))
    except json.JSONDecodeError as error:
        raise TraceError(f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise TraceError("no trace is nested as deeply as this JSON") from None


def _step(step: Plain, where: str) -> TraceStep:
    if not isinstance(step, dict):
        raise TraceError(f"{where}: a step is an object, not {_kind_of(step)}")
    kind = _get(step, where, "kind", str)
    if kind not in KINDS:
        raise TraceError(f"{where}.kind: '{kind}' is none of {', '.join(KINDS)}")
    receives = _get(step, where, "receives", (dict, type(None)))
    chosen = _get(step, where, "chosen", (dict, type(None)), None)
    sends = _get(step, where, "sends", list)
    occurrences = _get(step, where, "occurrences", list, [])
    parts = {"receives": receives, "chosen": chosen}
    parts = {name: message for name, message in parts.items() if message is not None}
    for name, message in {**parts, **{f"sends[{n}]": sent for n, sent in enumerate(sends)}}.items():
        _check_message(message, f"{where}.{name}")
    for place, occurrence in enumerate(occurrences):
        _check_occurrence(occurrence, f"{where}.occurrences[{place}]")
    if receives is None and kind in ("deliver", "duplicate", "lose", "user"):
        raise TraceError(f"{where}.receives: a step of kind '{kind}' needs what it is about")
    return TraceStep(
        n=_get(step, where, "n", int),
        kind=kind,
        actor=_get(step, where, "actor", str),
        procedure=_get(step, where, "procedure", (int, type(None))),
        section=_get(step, where, "section", str),
        receives=receives,
        sends=tuple(sends),
        before=_locals(step, where, "before"),
        after=_locals(step, where, "after"),
        machine=_get(step, where, "machine", str, ""),
        input=_get(step, where, "input", str, ""),
        chosen=chosen,
        answer=_get(step, where, "answer", str, "handled"),
        early=_get(step, where, "early", bool, False),
        place=_get(step, where, "place", (int, type(None)), None),
        occurrences=tuple(occurrences),
    )


def _locals(step: dict[str, Plain], where: str, key: str) -> dict[str, Plain]:
    machines: dict[str, Plain] = _get(step, where, key, dict)
    for name, local in machines.items():
        if not isinstance(local, dict):
            raise TraceError(f"{where}.{key}.{name}: a machine's state is an object, not {_kind_of(local)}")
        _get(local, f"{where}.{key}.{name}", "state", str)
    return machines


def _check_message(message: Plain, where: str) -> None:
    if not isinstance(message, dict):
        raise TraceError(f"{where}: a message is an object, not {_kind_of(message)}")
    for key in ("message", "from", "to"):
        _get(message, where, key, str)
    _get(message, where, "fields", dict)
    _check_shown(message, where)


def _check_occurrence(occurrence: Plain, where: str) -> None:
    if not isinstance(occurrence, dict):
        raise TraceError(f"{where}: an occurrence is an object, not {_kind_of(occurrence)}")
    for key in ("occurrence", "machine"):
        _get(occurrence, where, key, str)
    _get(occurrence, where, "fields", dict)
    _check_shown(occurrence, where)


def _check_shown(item: dict[str, Plain], where: str) -> None:
    if not all(isinstance(name, str) for name in _get(item, where, "shown", list, [])):
        raise TraceError(f"{where}.shown: this must be names of fields")


REQUIRED = object()
NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "null",
}


def _get(of: dict[str, Plain], where: str, key: str, kinds: Any, otherwise: Plain = REQUIRED) -> Any:
    path = f"{where}.{key}" if where else key
    if key not in of:
        if otherwise is REQUIRED:
            raise TraceError(f"{path}: this is missing")
        return otherwise
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    if not any(type(of[key]) is kind for kind in kinds):
        raise TraceError(f"{path}: this must be {' or '.join(NAMES[kind] for kind in kinds)}, not {_kind_of(of[key])}")
    return of[key]


def _kind_of(value: Plain) -> str:
    return NAMES.get(type(value), "something else")


LONGEST_VALUE = 32
MOST_FIELDS = 6


def in_words(trace: Trace) -> list[str]:
    """The trace as lines to read: one with a number for each step, and under it what the step brought about."""
    lines: list[str] = []
    for step in trace.steps:
        if step.n == trace.loop_from:
            lines.append("   (loop from here)")
        lines.append(f"{step.n:>2}. {_headline(step)}")
        lines.extend(f"      {detail}" for detail in _details(step))
    if trace.loop_from is not None:
        lines.append(f"   (and again from {trace.loop_from}, for ever)")
    if trace.stops:
        lines.append("   (nothing more has to happen)")
    without = f" without '{trace.without}'" if trace.without else ""
    lines.append(f"violated{without}: {trace.property}: {trace.conjunct}")
    return lines


def in_words_of_step(step: TraceStep) -> list[str]:
    """A step in words: what happens, and what it brings about."""
    return [_headline(step), *_details(step)]


def _headline(step: TraceStep) -> str:
    procedure = step.procedure
    match step:
        case TraceStep(kind="timeout"):
            early = ", early: something was still under way" if step.early else ""
            return _joined(f"{step.actor}: time-out {step.input}", _of(procedure)) + early
        case TraceStep(kind="crash"):
            return f"{step.actor} crashes"
        case TraceStep(kind="restart"):
            return f"{step.actor} restarts"
        case TraceStep(receives=None):
            return f"{step.actor}: {step.kind}"
    received: dict[str, Plain] = step.chosen or step.receives or {}
    what = _joined(received["message"], *_values(received, procedure))
    if step.kind == "user":
        return f"{step.actor}: user {what}"
    line = f"{received['from']} -> {received['to']}: {what}"
    if step.kind == "lose":
        return f"{line}, lost" + (f" from place {step.place} of its queue" if step.place else "")
    if step.kind == "duplicate":
        line += ", and a duplicate stays under way"
    return line + {"ignored": " (passed over)", "protocol_error": " (protocol error)", "dropped": " (dropped)"}.get(
        step.answer, ""
    )


def _details(step: TraceStep) -> Iterator[str]:
    for machine, local in step.before.items():
        state, then = local["state"], (step.after.get(machine) or local)["state"]
        if state != then:
            yield f"{machine}: {state} -> {then}"
    for occurrence in step.occurrences:
        party = occurrence["machine"].partition("/")[0]
        yield f"{party}: {_joined(in_lower_case(occurrence['occurrence']), *_values(occurrence, None))}"
    for sent in step.sends:
        by = f" by {sent['by']}" if sent.get("by") else ""
        merged = ", of which a copy is under way already: one stays" if sent.get("merged") else ""
        yield f"sends {_joined(sent['message'], *_values(sent, None))} to {sent['to']}{by}{merged}"


def in_lower_case(name: str) -> str:
    """The name of a class as words."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _of(procedure: int | None) -> str:
    return "" if procedure is None else f"procedure {procedure}"


def _values(item: dict[str, Plain], procedure: int | None) -> list[str]:
    """What is worth showing of a message: the fields that its class names as `shown`, or those that are short."""
    shown = item.get("shown")
    names = list(item["fields"]) if shown is None else shown
    texts = {name: short(_at(item["fields"], name)) for name in names}
    values = [f"{name.rpartition('.')[2].replace('_', ' ')} {text}" for name, text in texts.items() if text]
    number = "" if "procedure" in texts else _of(procedure)
    return [*filter(None, [number]), *(values if shown is not None else values[:MOST_FIELDS])]


def essentials(item: dict[str, Plain]) -> tuple[str, ...]:
    """What a picture shows of a message or an occurrence: what its class names as `shown`, or what is short and no
    fresh identifier, which would tell a reader nothing."""
    if "shown" not in item:
        telling = {name: value for name, value in item["fields"].items() if not _is_symbol(value)}
        item = {**item, "fields": telling}
    return tuple(_values(item, None))


def _is_symbol(value: Plain) -> bool:
    return isinstance(value, dict) and set(value) == {"kind", "name"}


def _at(value: Plain, path: str) -> Plain:
    for name in path.split("."):
        value = _opened(value)
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _opened(value: Plain) -> Plain:
    """What is inside of signatures."""
    while isinstance(value, dict) and value.get("type") in ("Signed", "Unverified"):
        value = value.get("content")
    return value


def short(value: Plain) -> str:
    """A value in a word or two; nothing, if that cannot be."""
    value = _opened(value)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_symbol(value):
        value = value["name"]
    if isinstance(value, dict) and "type" in value and len(value) <= 3:
        value = [inner for name, inner in value.items() if name != "type"]
    if isinstance(value, list) and value and all(map(short, value)):
        value = " ".join(map(short, value))
    if isinstance(value, str | int | float) and len(str(value)) <= LONGEST_VALUE:
        return str(value)
    return ""
