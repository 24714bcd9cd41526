"""Happenings: what a step is, in terms of the model, and how it is written down in a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from payrelay.language.links import link_between
from payrelay.language.messages import Input, Message, Stimulus, Timeout
from payrelay.language.role import Handled, Local, ProtocolError
from payrelay.language.systems import Reaction, Sent, System
from payrelay.language.traces import TraceStep, plain_input, plain_local, plain_occurrence


class Happening(NamedTuple):
    """One step of a system."""

    kind: str
    """deliver, duplicate (a delivery that keeps the copy), user, timeout, lose, or crash (and restart)."""
    party: str
    """The party that moves; for a lost message, the one that does not get it."""
    message: Message | None = None
    reaction: Reaction | None = None
    """What the party did; None if nobody moves."""
    early: bool = False
    """A time-out that fires while something of its procedure is still under way."""
    place: int = 0
    """The place in its queue, counted from 1, that a message was lost from; 0 if it was in no queue."""
    merged: tuple[Message, ...] = ()
    """What was sent while a copy of it was under way, where the channel keeps only one."""


def trace_steps(system: System, happening: Happening, number: int) -> list[TraceStep]:
    """The steps of a trace that tell what happened, numbered from `number`: a crash is two, a crash and a restart."""
    if happening.kind == "crash":
        return [_crash(system, happening, number, "crash"), _crash(system, happening, number + 1, "restart")]
    message, reaction = happening.message, happening.reaction
    received: Input | None = message
    machine = system.machine_of(message) if message is not None else None
    if reaction is not None:
        machine, received = reaction.moves[0].machine, reaction.moves[0].received
    sends = [effect for effect in reaction.effects if isinstance(effect, Sent)] if reaction else []
    return [
        TraceStep(
            n=number,
            kind=happening.kind,
            actor=happening.party,
            procedure=_procedure(system, machine, reaction),
            section=_section(system, happening.party, message, sends),
            receives=_received(happening, received),
            sends=tuple(_sent(sent, happening.merged) for sent in sends),
            before=_before(system, reaction),
            after=_after(system, reaction),
            machine="" if machine is None else system.instances[machine].id,
            input="" if received is None else received.event,
            chosen=None if received is message or message is None or received is None else _chosen(message, received),
            answer=_answer(happening),
            early=happening.early,
            place=happening.place or None,
            occurrences=tuple(
                plain_occurrence(effect[1], system.instances[effect[0]].id)
                for effect in (reaction.effects if reaction else ())
                if not isinstance(effect, Sent)
            ),
        )
    ]


def _sent(sent: Sent, merged: tuple[Message, ...]) -> dict[str, object]:
    by = {"by": sent.by} if sent.by else {}
    return {**plain_input(sent.message), **by, **({"merged": True} if sent.message in merged else {})}


def _procedure(system: System, machine: int | None, reaction: Reaction | None) -> int | None:
    """The procedure of the first machine that belongs to one, among those that took part."""
    machines = [move.machine for move in reaction.moves] if reaction else [] if machine is None else [machine]
    procedures = (system.instances[one].procedure for one in machines)
    return next((procedure for procedure in procedures if procedure is not None), None)


def initial_locals(system: System, locals_: Sequence[Local]) -> dict[str, object]:
    """The states of all machines at the beginning of a trace."""
    return {instance.id: plain_local(local) for instance, local in zip(system.instances, locals_, strict=True)}


def _chosen(message: Message, received: Input) -> dict[str, object] | None:
    return None if received == message else plain_input(received)


def _crash(system: System, happening: Happening, number: int, kind: str) -> TraceStep:
    before = _before(system, happening.reaction)
    return TraceStep(
        n=number,
        kind=kind,
        actor=happening.party,
        procedure=None,
        section="",
        receives=None,
        sends=(),
        before=before,
        after=before if kind == "crash" else _after(system, happening.reaction),
        input=kind,
    )


def _received(happening: Happening, received: Input | None) -> dict[str, object] | None:
    if happening.message is not None:
        return plain_input(happening.message)
    if received is None or isinstance(received, Timeout):
        return None
    return plain_input(received, "user" if isinstance(received, Stimulus) else "", happening.party)


def _section(system: System, party: str, message: Message | None, sends: Sequence[Sent]) -> str:
    """The section of the link by which the input came; for what came by none, of the link of its first message."""
    ends = [(message.sender, message.receiver)] if message is not None else []
    ends += [(party, sent.message.receiver) for sent in sends]
    link = link_between(system.links, *ends[0]) if ends else None
    return link.section if link else ""


def _before(system: System, reaction: Reaction | None) -> dict[str, object]:
    first: dict[str, object] = {}
    for move in reaction.moves if reaction else ():
        first.setdefault(system.instances[move.machine].id, plain_local(move.before))
    return first


def _after(system: System, reaction: Reaction | None) -> dict[str, object]:
    after = reaction.after() if reaction else {}
    return {system.instances[machine].id: plain_local(local) for machine, local in after.items()}


def _answer(happening: Happening) -> str:
    if happening.reaction is None:
        return "dropped"
    answers = [move.answer for move in happening.reaction.moves]
    if any(isinstance(answer, ProtocolError) for answer in answers):
        return "protocol_error"
    return "handled" if any(isinstance(answer, Handled) for answer in answers) else "ignored"
