"""Facts: what a property can see of one step, and which of its atoms match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.properties import Accepted, Atom, Entered, Failed, Occurred, Received, Variable
from payrelay.language.properties import Sent as SentAtom
from payrelay.language.role import Handled, ProtocolError
from payrelay.language.systems import Reaction, Sent, System
from payrelay.language.terms import Signed, Unverified, analz, parts


class Fact(NamedTuple):
    """One thing that happened in a step, at one machine."""

    kind: type[Atom]
    role: str
    party: str
    procedure: int | None
    subject: Any
    """The message, the occurrence, the input, or the machine's new data."""
    leaving: str = ""
    entering: str = ""
    by: str = ""


def facts_of(system: System, reaction: Reaction) -> tuple[Fact, ...]:
    """Everything that properties can see of a reaction, in the order in which it happened."""
    return tuple(_facts(system, reaction))


def _facts(system: System, reaction: Reaction) -> Iterator[Fact]:
    first = reaction.moves[0]
    for move in reaction.moves:
        instance = system.instances[move.machine]
        where = (role_of(instance.party), instance.party, instance.procedure)
        before = move.before.control
        if move is first and isinstance(move.received, Message):
            yield Fact(Received, *where, move.received)
        if isinstance(move.answer, ProtocolError):
            yield Fact(Failed, *where, move.received, before, before)
        if isinstance(move.answer, Handled):
            after = move.answer.after
            yield Fact(Accepted, *where, move.received, before, after.control)
            if after.control != before:
                yield Fact(Entered, *where, after.data, before, after.control)
    for effect in reaction.effects:
        instance = system.instances[effect[0]]
        where = (role_of(instance.party), instance.party, instance.procedure)
        if isinstance(effect, Sent):
            yield Fact(SentAtom, *where, effect.message, by=effect.by)
        else:
            yield Fact(Occurred, *where, effect[1])


def facts_before(system: System) -> tuple[Fact, ...]:
    """What has happened before the search begins."""
    found = []
    for machine, occurrence in system.before:
        instance = system.instances[system.by_id[machine]]
        found.append(Fact(Occurred, role_of(instance.party), instance.party, instance.procedure, occurrence))
    return tuple(found)


Binding = tuple[tuple[str, Any], ...]
"""Variables and their values, sorted by name."""


def match(atom: Atom, fact: Fact) -> Binding | None:
    """The values of the atom's variables for which the fact is what it speaks of; None if it is something else."""
    if fact.kind is not type(atom) or (atom.role and atom.role != fact.role):
        return None
    if not _fits(atom, fact):
        return None
    binding: dict[str, Any] = {}
    for path, wanted in dict(atom.where).items():
        value = _value(fact, path)
        if isinstance(wanted, Variable):
            if binding.setdefault(wanted.name, value) != value:
                return None
        elif callable(wanted):
            if not wanted(value):
                return None
        elif value != wanted:
            return None
    return tuple(sorted(binding.items(), key=lambda item: item[0]))


def _fits(atom: Atom, fact: Fact) -> bool:
    subject = fact.subject
    match atom:
        case SentAtom():
            return (
                (atom.message is None or type(subject) is atom.message)
                and (not atom.to or role_of(subject.receiver) == atom.to)
                and (atom.by is None or fact.by == atom.by)
                and (atom.carrying is None or any(map(atom.carrying, parts(subject))))
            )
        case Received():
            return (
                (atom.message is None or type(subject) is atom.message)
                and (not atom.sender or role_of(subject.sender) == atom.sender)
                and (atom.carrying is None or any(map(atom.carrying, parts(subject))))
                and (atom.readable is None or any(map(atom.readable, analz(subject, fact.party))))
            )
        case Accepted():
            return (
                (atom.message is None or type(subject) is atom.message)
                and (not atom.leaving or fact.leaving in atom.leaving)
                and (not atom.entering or fact.entering in atom.entering)
            )
        case Occurred():
            return isinstance(subject, atom.occurrence)
        case Entered():
            return fact.entering in atom.states
    return True


def _value(fact: Fact, path: str) -> Any:
    if path == "procedure":
        return None if fact.procedure is None else str(fact.procedure)
    if path == "party":
        return fact.party
    value = fact.subject
    for name in path.split("."):
        while isinstance(value, Signed | Unverified):
            value = value.content
        value = getattr(value, name, None)
    return value


def matches(atoms: Iterable[Atom], fact: Fact) -> Iterator[Binding]:
    """The bindings of all of these atoms that match a fact."""
    for atom in atoms:
        if (binding := match(atom, fact)) is not None:
            yield binding
