"""Telling: what the observer knows, in words, and in the values of the log."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from payrelay.language.links import role_of
from payrelay.language.observations import RECEIVED, SENT, Event
from payrelay.language.traces import Plain
from payrelay.observation.following import KINDS, SENDING, Place
from payrelay.observation.naming import PARTY, Binding, Naming
from payrelay.observation.renaming import party_called, renamed

if TYPE_CHECKING:
    from payrelay.observation.observer import Watching


def event_told(watching: Watching, binding: Binding, code: int, procedure: str = "") -> Event:
    """An event of the model with the log's values in it, as far as they are known."""
    naming, follower = watching
    number, kind = divmod(code, KINDS)
    message = naming.plains[number]
    given = type(naming.tables.messages[number]).given
    fields = {key: value for key, value in message["fields"].items() if key not in given}

    def call(of: str, name: str, is_whole: bool) -> Plain:
        foreign = binding.taken.get((of, name), name)
        return (naming.open_values.written[of].read(foreign) or foreign) if is_whole else foreign

    return Event(
        link=follower.links[number],
        sender=party_called(message["from"], call),
        receiver=party_called(message["to"], call),
        direction=SENT if kind == SENDING else RECEIVED,
        message={"message": message["message"], "fields": renamed(naming, fields, call)},
        procedure=procedure or None,
    )


def in_model(naming: Naming, binding: Binding, event: Event) -> tuple[str, str, dict[str, Plain]]:
    """Sender, receiver and fields of an event with the model's names in it, as far as they are known."""
    assert event.message is not None

    def call(of: str, value: str, is_whole: bool) -> Plain:
        name = binding.names.get((of, value), value)
        return (naming.open_values.written[of].read(name) or name) if is_whole else name

    sender, receiver = (_party(naming, binding, party) for party in (event.sender, event.receiver))
    return sender, receiver, renamed(naming, event.message["fields"], call)


def _party(naming: Naming, binding: Binding, party: str) -> str:
    of = naming.party_class(party)
    return party if of is None else binding.names.get((of, party), party)


def event_in_words(event: Event) -> str:
    """An event on one line."""
    name = "something that could not be read" if event.message is None else event.message["message"]
    details = _details(event.message)
    where = f"{event.sender} -> {event.receiver}: {name}{details}"
    return f"{where}, {event.direction} over {event.link}"


def _details(message: dict[str, Plain] | None) -> str:
    """What tells messages of a name apart at a glance: short values that stand directly in it."""
    if message is None:
        return ""
    items = message["fields"].items()
    shown = [f"{key} {value}" for key, value in items if isinstance(value, str | int | bool) and str(value)]
    return f" ({', '.join(shown[:4])})" if shown else ""


def place_in_words(watching: Watching, binding: Binding, place: Place) -> list[str]:
    """Where each machine may be, for those that may be anywhere but where they began."""
    naming, follower = watching
    system = follower.tables.system
    lines = []
    for cluster, number in zip(follower.clusters, place.numbers, strict=True):
        controls: dict[int, dict[str, None]] = defaultdict(dict)
        begun: dict[int, bool] = {}
        states = sorted(cluster.sets[number])
        for where, machine in enumerate(cluster.machines):
            numbers = {state.locals[where] for state in states}
            begun[machine] = numbers == set(follower.tables.initial[machine])
            for local in sorted(numbers):
                controls[machine][follower.tables.locals[machine][local].control] = None
        for machine, of in controls.items():
            if not begun[machine]:
                instance = system.instances[machine]
                party = binding.taken.get((f"{PARTY}{role_of(instance.party)}", instance.party), instance.party)
                lines.append(f"{party}/{instance.name} is in {' or '.join(of)}")
        owed = sorted({message for state in states for message in state.owed})
        lines += [f"{follower.sender[m]} has yet to tell that it sent {naming.plains[m]['message']}" for m in owed]
    return lines or ["nothing has happened yet"]
