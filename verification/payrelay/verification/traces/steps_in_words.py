"""Steps in words: what a step, a message or a local state is, on one line, as traces tell it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from payrelay.language import traces
from payrelay.language.messages import Message
from payrelay.language.role import Local
from payrelay.language.systems import System
from payrelay.language.traces import Trace, canonical, plain
from payrelay.verification.tables.packing import Label
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.happenings import Happening, trace_steps

LONGEST_VALUE = 40
LONGEST_LIST = 160


def in_words(system: System, tables: Tabulation, label: Label) -> str:
    """A step, as a trace begins its line."""
    message = None if label.message is None else tables.messages[label.message]
    if label.kind == "crash":
        return f"{label.party} crashes and restarts"
    party = message.receiver if message else ""
    reaction = None
    if label.rewrite is not None:
        party, reaction = system.instances[label.rewrite.machine].party, label.rewrite.reaction
    (step,) = trace_steps(system, Happening(label.kind, party, message, reaction, label.early), 1)
    return _first_line(Trace(model="", configuration={}, property="", conjunct="", initial={}, steps=(step,)))


def message_in_words(message: Message) -> str:
    """A message, from whom and to whom."""
    step = traces.TraceStep(
        n=1, kind="deliver", actor=message.receiver, procedure=None, section="",
        receives=traces.plain_input(message), sends=(), before={}, after={},
    )  # fmt: skip
    return _first_line(Trace(model="", configuration={}, property="", conjunct="", initial={}, steps=(step,)))


def _first_line(trace: Trace) -> str:
    return traces.in_words(trace)[0].partition(". ")[2]


def local_in_words(local: Local, first: Local) -> str:
    """What a local state's data has that is different from another's; nothing, if there is no difference."""
    if local.data == first.data:
        return ""
    if not is_dataclass(local.data) or type(local.data) is not type(first.data):
        return _short(local.data)
    names = [field.name for field in fields(local.data)]
    pairs = [(name, getattr(local.data, name), getattr(first.data, name)) for name in names]
    return _clipped(", ".join(f"{name} {_short(new)}" for name, new, old in pairs if new != old), LONGEST_LIST)


def _short(value: object) -> str:
    return _clipped(canonical(plain(value)).replace('"', ""), LONGEST_VALUE)


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ..."
