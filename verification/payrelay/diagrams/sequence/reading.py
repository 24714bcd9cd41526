"""Reading: a trace as events, and events as a picture.

Messages are numbered by their receipt. Which sending a receipt belongs to is worked out from the trace alone: of
equal copies the one sent first arrives first. A copy that is received although none is left has been duplicated on
the way, and is drawn as a copy of the one received before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from payrelay.diagrams.sequence.picture import USER, Event, Item, Message, Verdict, in_order
from payrelay.diagrams.sequence.unexplained import Unexplained
from payrelay.language.links import role_of
from payrelay.language.traces import Plain, Trace, TraceStep, canonical, essentials, in_lower_case

REMARKS = {"ignored": "passed over", "protocol_error": "protocol error", "dropped": "dropped"}


class _Copy(NamedTuple):
    """A message under way."""

    key: str
    """What it says, and to whom."""
    sent_in: int
    message: dict[str, Plain]
    is_left: bool = False
    """Whether it is what a duplicate left."""


@dataclass
class _Mail:
    """Where the messages of a trace are while it is read."""

    under_way: list[_Copy] = field(default_factory=list)
    """The oldest first."""
    sent: dict[str, tuple[int, dict[str, Plain]]] = field(default_factory=dict)
    """The last sending of each message."""
    received: dict[str, int] = field(default_factory=dict)
    """The step in which each message was received last."""

    def send(self, number: int, messages: Iterable[dict[str, Plain]]) -> None:
        for message in messages:
            key = _key(message)
            self.sent[key] = number, message
            if not message.get("merged"):
                self.under_way.append(_Copy(key, number, message))

    def take(self, message: dict[str, Plain], stays: bool) -> tuple[int | None, str, int | None]:
        """The step in which it was sent, by whom, and the step in which another copy was received before."""
        key = _key(message)
        place = next((place for place, copy in enumerate(self.under_way) if copy.key == key), None)
        if place is None:
            number, of = self.sent.get(key, (None, {}))
            return number, of.get("by", ""), self.received.get(key)
        copy = self.under_way.pop(place)
        if stays:
            self.under_way.insert(place, copy._replace(is_left=True))
        before = self.received.get(key) if copy.is_left else None
        return copy.sent_in, copy.message.get("by", ""), before


def lifelines(trace: Trace) -> tuple[str, ...]:
    """All parties of a trace, in their fixed order."""
    parties = [machine.partition("/")[0] for machine in trace.initial]
    for step in trace.steps:
        parties.append(step.actor)
        for message in (step.receives, *step.sends):
            parties += [message[end] for end in ("from", "to") if message[end]] if message else []
    return in_order(parties)


def events(trace: Trace, is_violated: bool = True, unexplained: Unexplained | None = None) -> tuple[Event, ...]:
    """What happens in a trace, step by step; and after the step that sent it, what is still under way at the end.

    If the trace violates its property, and not by what fails to come after it, it does so in its last step. What is
    unexplained comes after everything.
    """
    mail = _Mail()
    acted: dict[str, list[int]] = {}
    found = []
    for step in trace.steps:
        found.append(_event(step, mail, acted))
        acted.setdefault(step.actor, []).append(step.n)
        mail.send(step.n, step.sends)
    sections = {_ends(*event.parties): event.message.section for event in found if event.message}
    left = [copy for copy in mail.under_way if not copy.is_left]
    if is_violated and trace.property and not trace.stops and trace.loop_from is None and found:
        found[-1] = replace(found[-1], is_violating=True)
    strange = [unexplained.event(sections.get(_ends(*unexplained.parties), ""))] if unexplained else []
    return (*_with_rest(found, left, sections), *strange)


def _event(step: TraceStep, mail: _Mail, acted: dict[str, list[int]]) -> Event:
    event = Event(
        number=step.n,
        kind="other",
        party=step.actor,
        text=step.input or step.kind,
        occurrences=tuple(", ".join((in_lower_case(one["occurrence"]), *essentials(one))) for one in step.occurrences),
        states=tuple(_changes(step)),
        sends=tuple(f"{sent['message']} to {sent['to']}" for sent in step.sends),
    )
    if step.kind == "timeout":
        return replace(event, kind="timeout", is_early=step.early)
    if step.kind in ("crash", "restart"):
        is_crash = step.kind == "crash"
        return replace(event, kind="crash" if is_crash else "restart", text="crashes" if is_crash else "restarts")
    if step.receives is None:
        return event
    if step.kind == "user":
        message = Message(
            sender=step.receives["from"] or USER,
            receiver=step.actor,
            name=step.receives["message"],
            fields=essentials(step.receives),
        )
        return replace(event, kind="message", message=message)
    stays = step.kind == "duplicate"
    sent_in, by, copy_of = mail.take(step.receives, stays)
    remarks = [f"from place {step.place} of its queue"] if step.place else []
    remarks += [REMARKS[step.answer]] if step.answer in REMARKS and step.kind != "lose" else []
    sender = step.receives["from"]
    message = Message(
        sender=sender,
        receiver=step.receives["to"],
        name=step.receives["message"],
        fields=essentials(step.chosen or step.receives),
        section=step.section,
        by=by,
        fate="lost" if step.kind == "lose" else "received",
        sent_in=sent_in,
        is_delayed=sent_in is not None and any(number > sent_in for number in acted.get(sender, ())),
        copy_of=copy_of,
        leaves_copy=stays,
        remarks=tuple(remarks),
    )
    if step.kind != "lose":
        mail.received[_key(step.receives)] = step.n
    return replace(event, kind="message", message=message)


def _with_rest(found: Sequence[Event], left: Iterable[_Copy], sections: dict[frozenset[str], str]) -> Iterator[Event]:
    """The events, and after each the messages that it sent and that nobody received."""
    rest: dict[int, list[Event]] = {}
    for _, number, plain, _ in left:
        message = Message(
            sender=plain["from"],
            receiver=plain["to"],
            name=plain["message"],
            fields=essentials(plain),
            by=plain.get("by", ""),
            fate="under way",
            sent_in=number,
        )
        message = replace(message, section=sections.get(_ends(message.sender, message.receiver), ""))
        waiting = Event(number=None, kind="message", party=message.sender, message=message)
        waiting = replace(waiting, is_violating=number == found[-1].number and found[-1].is_violating)
        rest.setdefault(number, []).append(waiting)
    for event in found:
        yield event
        yield from rest.get(event.number or 0, ())


def _ends(*parties: str) -> frozenset[str]:
    return frozenset(map(role_of, parties))


def _key(message: dict[str, Plain]) -> str:
    return canonical([message["message"], message["from"], message["to"], message["fields"]])


def _changes(step: TraceStep) -> Iterator[str]:
    for machine, local in step.before.items():
        state, then = local["state"], (step.after.get(machine) or local)["state"]
        if state != then:
            yield f"{machine.partition('/')[2] or machine}: {state} → {then}"


def seen_by(events_: Iterable[Event], role: str) -> tuple[Event, ...]:
    """The projection on a role, or on one of its instances: what it takes part in."""
    return tuple(event for event in events_ if any(role in (party, role_of(party)) for party in event.parties))


def verdict(trace: Trace, missed: str = "") -> tuple[Item, ...]:
    """What a trace violates, and how it ends; or why what it shows is missed."""
    if not trace.property:
        return ()
    without = f" without '{trace.without}'" if trace.without else ""
    never = "nothing more has to happen, and " if trace.stops else ""
    if trace.stops or trace.loop_from is not None:
        missed = f"{never}what must follow never does"
    lines = (f"violated{without}: {trace.property}", trace.conjunct, missed)
    return (Verdict(lines=tuple(filter(None, lines))),)
