"""Exporting: cases as JSON, for whoever tests an implementation within its own process, in any language.

    {"schema_version": 1, "kind": "case", "id", "stage", "requirements": [id], "under_test": [party],
     "tried": the number of the step that is tried, or null if all are,
     "model", "configuration", "initial", "steps": [...]}

A case is a trace (`payrelay.language.traces`), which tells every step of every party, and each of its steps also has
`allowed`, the messages that the party under test has to send in it, and `mutation` where it is not as it must be:
{aspect, at, says, before, after}. These two are bodies as they travel, with keys of the test's own; null where it is
not the bytes of the body that are wrong.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Arrives, Crashed, Injected, Lost, Move, Next, Place, RanOut, Spoilt
from payrelay.conformance.facts import ASPECTS, as_taken, can_be_made, facts_of, is_refused
from payrelay.conformance.revisions import Revision
from payrelay.conformance.setting import Setting
from payrelay.language.systems import Reaction
from payrelay.language.traces import SCHEMA_VERSION, TraceStep, plain
from payrelay.verification.traces.happenings import Happening, initial_locals, trace_steps
from payrelay.verification.traces.tracing import digest
from payrelay.wire import write
from payrelay.wire.spoilings import SPOILINGS


class ExportError(Exception):
    """A case that cannot be told so: its moves do not follow each other on the model."""


def exported(case: Case, setting: Setting, revision: Revision) -> dict[str, Any]:
    """A case as a JSON document."""
    system = setting.course.system
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "case",
        "id": case.id,
        "stage": case.stage,
        "requirements": list(case.requirements or revision.of(facts_of(case, setting))),
        "under_test": sorted(setting.under_test),
        "tried": None if case.tried is None else _number(case, setting, case.tried),
        "model": digest(system),
        "configuration": plain(system.configuration.value()),
        "initial": initial_locals(system, setting.course.start.locals),
        "steps": [step for _, step in _steps(case, setting)],
    }


def _number(case: Case, setting: Setting, tried: int) -> int:
    """The number of the step that a move is: a crash is two."""
    return next(int(step["n"]) for number, step in _steps(case, setting) if number == tried)


def _steps(case: Case, setting: Setting) -> Iterator[tuple[int, dict[str, Any]]]:
    place: Place = setting.course.start
    n = 1
    for number, move in enumerate(case.moves):
        if not can_be_made(place, move):
            raise ExportError(f"{case.id}: its move {number + 1} cannot be made on the model")
        after = setting.course.after(place, as_taken(move))
        for step in trace_steps(setting.course.system, _happening(move, after), n):
            told = {**_plain(step), "allowed": _allowed(step, setting), "mutation": _told(case, number, setting)}
            if isinstance(move, Spoilt) and not after.reactions:
                told["answer"] = "refused" if is_refused(move) else "disbelieved"
            yield number, told
            n += 1
        place = after.place


def _plain(step: TraceStep) -> dict[str, Any]:
    pairs = ((one.name, getattr(step, one.name)) for one in fields(step))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs}


def _allowed(step: TraceStep, setting: Setting) -> list[Any]:
    """What the party under test has to send; of what others send nothing has to be seen."""
    return list(step.sends) if step.actor in setting.under_test else []


def _happening(move: Move, after: Next) -> Happening:
    reaction = after.reactions[0] if after.reactions else None
    match move:
        case Lost(message):
            return Happening("lose", message.receiver, message)
        case Arrives(message, _, stays):
            return Happening("duplicate" if stays else "deliver", message.receiver, message, reaction)
        case Injected(message) | Spoilt(message):
            return Happening("deliver", message.receiver, message, reaction)
        case RanOut():
            return Happening("timeout", move.party, None, reaction)
        case Crashed(party):
            moves = tuple(one for each in after.reactions for one in each.moves)
            effects = tuple(one for each in after.reactions for one in each.effects)
            return Happening("crash", party, None, Reaction(moves, effects))
    return Happening("user", move.party, None, reaction)


# --- what is spoiled


def _told(case: Case, number: int, setting: Setting) -> dict[str, Any] | None:
    """What is otherwise in a move than it must be."""
    move = case.moves[number]
    if isinstance(move, Spoilt):
        told = {"aspect": move.aspect, "at": move.at, "says": ASPECTS.get(move.aspect, "")}
        return {**told, **(_bodies(move, setting) if move.aspect in SPOILINGS else {"before": None, "after": None})}
    if case.mutation is None or number != case.tried:
        return None
    told = {
        "aspect": case.mutation.aspect,
        "at": case.mutation.at,
        "says": "it says something else, or comes out of turn",
    }
    return {**told, "before": None, "after": None}


def _bodies(move: Spoilt, setting: Setting) -> dict[str, Any]:
    """A message as it should be and as it is spoiled."""
    message = move.message
    found = setting.correspondence(0)
    real = found.message(message)
    before = write(real, found.rings[real.sender])
    for spoiled in setting.spoilings(found, before, setting.now):
        if (spoiled.name, spoiled.at) == (move.aspect, move.at):
            return {"before": _text(before), "after": _text(spoiled.data)}
    raise ExportError(f"nothing of {type(message).__name__} can be spoiled as {move.aspect} at '{move.at}'")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(data).decode()}"
