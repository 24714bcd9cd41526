"""Pictures: a check as a sequence, what went wrong in red and what was allowed dashed; and coverage on the machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from payrelay.conformance.deviations import KINDS
from payrelay.conformance.reports.words import tried
from payrelay.conformance.stories import Row, rows_of
from payrelay.diagrams.drawing import Drawing
from payrelay.diagrams.machine_pictures import diagram_drawing
from payrelay.diagrams.machines import HOTTEST, machine
from payrelay.diagrams.sequence.layout import layout
from payrelay.diagrams.sequence.picture import Event, Item, Message, Picture, Verdict, in_order
from payrelay.language.role import RoleTable

Check = Mapping[str, Any]
ALLOWED = "would have passed"
OURS = {"injected": "injected by the kit", "spoilt": "spoiled"}


def picture_of(check: Check) -> Picture:
    """A check as a picture."""
    rows = list(rows_of(check["steps"]))
    items: list[Item] = []
    for row in rows:
        items.append(_event(row))
        if row.is_failing and row.move != "missing":
            items.extend(_alternatives(row))
    deviation = check.get("deviation")
    if deviation:
        items.append(Verdict(lines=(deviation["what"], KINDS.get(deviation["kind"], str(deviation["kind"])))))
    parties = [one for item in items if isinstance(item, Event) for one in item.parties if one]
    return Picture(title="", says=says(check), lifelines=in_order(parties), items=tuple(items), sections=())


def says(check: Check) -> str:
    """In a line what a check tries."""
    what = tried(check)
    return f"{check['stage']}: {what}" if what else str(check["stage"])


def sequence(check: Check) -> Drawing:
    """A check as a drawing."""
    return layout(picture_of(check), with_states=True)


def _event(row: Row) -> Event:
    states = tuple(_changes(row))
    if row.move == "timeout":
        return Event(number=row.n, kind="timeout", party=row.receiver, text=row.message, states=states)
    if row.move == "crash":
        return Event(number=row.n, kind="crash", party=row.receiver, text="crashes and is back", states=states)
    remarks = [OURS[row.move]] if row.move in OURS else []
    remarks += ["must not come, or not so"] if row.is_failing and row.move != "missing" else []
    message = Message(sender=row.sender, receiver=row.receiver, name=row.message, fields=row.fields)
    fate = {"lost": "lost", "missing": "absent"}.get(row.move, "received")
    message = replace(message, fate=fate, remarks=tuple(remarks))  # type: ignore[arg-type]
    return Event(
        number=row.n, kind="message", party=row.receiver, message=message, states=states, is_violating=row.is_failing
    )


def _changes(row: Row) -> Iterator[str]:
    for machine_, before in row.state_before.items():
        after = row.state_after.get(machine_, before)
        if before != after:
            yield f"{machine_.partition('/')[2] or machine_}: {before} → {after}"


def _alternatives(row: Row) -> Iterator[Event]:
    """What might have come in place of what came."""
    for allowed in row.allowed:
        name, _, ends = allowed.partition(" from ")
        sender, _, receiver = ends.partition(" to ")
        sender, receiver = sender or row.sender, receiver or row.receiver
        message = Message(sender=sender, receiver=receiver, name=name, fate="absent", remarks=(ALLOWED,))
        yield Event(number=None, kind="message", party=sender, message=message)


def coverage(tables: Mapping[str, RoleTable], covered: Mapping[str, Any]) -> Iterator[tuple[str, Drawing]]:
    """The machines of a result, by their tables' names: what was seen of each."""
    for name, seen in covered.items():
        if name not in tables:  # a result of another version
            continue
        visited = seen["rows"]["visited"]
        remark = f"{len(visited)} of {seen['rows']['known']} rows were seen at work; those that are dashed never were"
        drawn = machine(tables[name], fired=set(visited))
        heat = _heat(tables[name].states, seen["states"]["visited"])
        yield name, diagram_drawing(replace(drawn, remark=remark, heat=heat))


def _heat(states: Sequence[str], visited: Mapping[str, int]) -> dict[str, int]:
    """How much was seen of each state: nothing, and thirds of the most, on a scale of powers."""
    most = max(visited.values(), default=0)
    scale = max(most.bit_length(), 1)
    return {one: -(-visited.get(one, 0).bit_length() * HOTTEST // scale) if one in visited else 0 for one in states}
