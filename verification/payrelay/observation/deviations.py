"""Deviations: an event that no run of the model explains, and all that can be said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from payrelay.language.configurations import did_you_mean
from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.observations import SENT, Event, Point
from payrelay.language.properties import Property, conjunct_name
from payrelay.language.properties import Received as ReceivedAtom
from payrelay.language.properties import Sent as SentAtom
from payrelay.language.systems import react, step_by_table
from payrelay.language.traces import Plain, Trace, canonical
from payrelay.observation.following import KINDS, OLD_RECEPTION, SENDING
from payrelay.observation.naming import OPEN, PARTY, Form, Group, Naming
from payrelay.observation.observer import ALONE, Hypothesis, Observer, Watching
from payrelay.observation.reading import Reading
from payrelay.observation.runs import Run, locals_after, run_of, trace_of
from payrelay.observation.telling import in_model, place_in_words
from payrelay.verification.tables.facts import Fact, facts_before, facts_of
from payrelay.verification.tables.monitors import Mark, verdict_of_fact, watched

NAMELESS = "; it names no procedure, and no symbol of it was heard of before"


@dataclass(frozen=True)
class Deviation:
    """An event that is not explained."""

    event: Event
    line: int
    procedure: str
    reason: str
    lines: tuple[int, ...]
    """The numbers of the events of its procedure that were explained before."""
    states: tuple[str, ...]
    """Where its parties may have been, in words; of the first hypothesis, if there are several."""
    allowed: tuple[Event, ...]
    """What might have come instead."""
    violated: Property | None
    """The first property that the event violates, taken as it is."""
    conjunct: str
    told: dict[str, Plain]
    """What it says, as a message of a trace: with the model's names for values, as far as they are known."""
    trace: Trace | None
    """A run that explains what was before; None if that was not remembered."""


def deviation(observer: Observer, event: Event, line: int, procedure: str, properties: Sequence[Property]) -> Deviation:
    """What there is to say of an event that the observer has not explained."""
    hypotheses = observer.place_of(procedure)
    known = observer.procedures.get(procedure)
    reasons = [_reason(observer, one, event) for one in hypotheses]
    best = max(range(len(reasons)), key=lambda number: reasons[number][0])
    chosen = hypotheses[best]
    watching = observer.watching[chosen.system]
    run = run_of(watching.follower, chosen.events) if observer.remembers else None
    violated = None if run is None else _violated(watching, chosen, run, event, properties)
    return Deviation(
        event=event,
        line=line,
        procedure=procedure,
        reason=reasons[best][1] + (NAMELESS if known is None and procedure.startswith(ALONE) else ""),
        lines=() if known is None else tuple(known.lines),
        states=tuple(place_in_words(watching, chosen.binding, chosen.place)),
        allowed=tuple(observer.allowed(procedure)),
        violated=violated[0] if violated else None,
        conjunct=violated[1] if violated else "",
        told=_told(watching, chosen, event),
        trace=None if run is None else trace_of(watching.follower, run),
    )


def trace_of_procedure(observer: Observer, procedure: str) -> Trace | None:
    """A run that explains what was seen of a procedure; None if nothing was, or if it was not remembered."""
    known = observer.procedures.get(procedure)
    if known is None or not observer.remembers:
        return None
    first = known.hypotheses[0]
    follower = observer.watching[first.system].follower
    return trace_of(follower, run_of(follower, first.events))


def _told(watching: Watching, hypothesis: Hypothesis, event: Event) -> dict[str, Plain]:
    assert event.message is not None
    naming, name = watching.naming, event.message["message"]
    sender, receiver, fields = in_model(naming, hypothesis.binding, event)
    forms = naming.messages_named.get(name, ())
    alike = [naming.plains[number] for form in forms for number in naming.groups[form].numbers.values()]
    shown = {"shown": alike[0]["shown"]} if alike and "shown" in alike[0] else {}
    return {"message": name, "from": sender, "to": receiver, "fields": fields, **shown}


# --- why


def _reason(observer: Observer, hypothesis: Hypothesis, event: Event) -> tuple[int, str]:
    """Why an event is not explained under a hypothesis, and how far it came: the further, the better the reason."""
    watching = observer.watching[hypothesis.system]
    naming, follower = watching
    form, values = naming.apart_event(event)
    group = naming.groups.get(form)
    if group is None:
        return _of_form(watching, event, form)
    requests = Point(event.link, role_of(event.receiver), SENT)
    is_seen = bool(group.answers) and (
        requests in observer.seen or Point(event.link, role_of(event.sender), "received") in observer.seen
    )
    named = list(naming.named(group, values, hypothesis.binding, is_seen))
    if not named:
        return 3, _of_values(group, values, hypothesis)
    number = named[0].number
    name = naming.plains[number]["message"]
    if event.direction != SENT and follower.after(hypothesis.place, number * KINDS + OLD_RECEPTION) is None:
        return 5, f"{event.receiver} cannot have received {name}: nobody has sent it so"
    if event.direction != SENT:
        return 4, f"{event.receiver} received {name} where it had yet to tell what it did before"
    owed = sorted(
        {
            naming.plains[message]["message"]
            for cluster, place in zip(follower.clusters, hypothesis.place.numbers, strict=True)
            for state in cluster.sets[place]
            for message in state.owed
            if follower.sender[message] == naming.plains[number]["from"]
        }
    )
    first = f"; it had yet to tell that it sent {' or '.join(owed)}" if owed else ""
    assert number * KINDS + SENDING not in set(follower.possible(hypothesis.place))
    return 5, f"{event.sender} cannot send {name} where it may be, with what it has received{first}"


def _of_form(watching: Watching, event: Event, form: Form) -> tuple[int, str]:
    naming = watching.naming
    name = form[0]
    forms = naming.messages_named.get(name)
    if forms is None:
        return 0, f"the model has no message '{name}' here{did_you_mean(name, naming.messages_named)}"
    ways = [one for one in forms if one[1:4] == form[1:4]]
    if not ways:
        _, link, sender, receiver = forms[0][:4]
        roles = (sender[len(OPEN + PARTY) :], receiver[len(OPEN + PARTY) :])
        said = f"over {link}, from {roles[0]} to {roles[1]}"
        return 1, f"{name} goes {said}, not over {event.link}, from {event.sender} to {event.receiver}"
    nearest = max(ways, key=lambda one: _in_common(one, form))
    number = next(iter(naming.groups[nearest].numbers.values()))
    assert event.message is not None
    given = type(naming.tables.messages[number]).given
    model, told = (
        {key: value for key, value in fields.items() if key not in given}
        for fields in (naming.plains[number]["fields"], event.message["fields"])
    )
    path, expected, found = _first_difference(naming, model, told, "")
    return 2, f"no {name} of the model has this form: {path} {found}, where the model has {expected}"


def _in_common(one: Form, other: Form) -> int:
    """How far two forms are the same."""
    pairs = enumerate(zip_longest(one, other))
    return next((place for place, (this, that) in pairs if this != that), len(one))


def _first_difference(naming: Naming, model: Plain, told: Plain, path: str) -> tuple[str, str, str]:
    """Where, what the model has there, and what stands there instead."""
    if isinstance(model, dict) and isinstance(told, dict):
        if missing := sorted(set(model) - set(told)):
            return _at(path, missing[0]), _short(model[missing[0]]), "is missing"
        if further := sorted(set(told) - set(model)):
            return _at(path, further[0]), "nothing", "is there"
        pairs = [(key, model[key], told[key]) for key in sorted(model)]
    elif isinstance(model, list) and isinstance(told, list) and len(model) == len(told):
        pairs = [(str(place), one, other) for place, (one, other) in enumerate(zip(model, told, strict=True), 1)]
    else:
        return path, _short(model), f"is {_short(told)}"
    field = path.rpartition(".")[2]
    for key, one, other in pairs:
        name = key if isinstance(model, dict) else field
        if naming.form_of(one, name) != naming.form_of(other, name):
            return _first_difference(naming, one, other, _at(path, key))
    return path, _short(model), f"is {_short(told)}"


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _short(value: Plain) -> str:
    text = canonical(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _of_values(group: Group, values: tuple[str, ...], hypothesis: Hypothesis) -> str:
    binding = hypothesis.binding

    def differing(names: tuple[str, ...]) -> list[tuple[str, str, str | None, str | None]]:
        each = zip(group.classes, values, names, strict=True)
        rows = [
            (of, value, binding.taken.get((of, name)), binding.names.get((of, value)), name) for of, value, name in each
        ]
        return [(of, value, had, known) for of, value, had, known, name in rows if name != known and value != had]

    nearest = min((differing(names) for names in group.numbers), key=len)
    known = [row for row in nearest if row[2] is not None or row[3] is not None]
    of, value, had, _ = (known or nearest)[0]
    of = of.removeprefix(PARTY)
    if had is not None and had != value:
        return f"{of} is '{value}' here, and was '{had}' before in this procedure"
    if had is None and known:
        return f"{of} '{value}' stands for something else in this procedure"
    return f"{of} '{value}' was never heard of in this procedure"


# --- what it would violate


def _violated(
    watching: Watching, hypothesis: Hypothesis, run: Run, event: Event, properties: Sequence[Property]
) -> tuple[Property, str] | None:
    """The first property that is violated by the event, when it happens as it is told after the run."""
    system = watching.follower.tables.system
    watches = watched([one for one in properties if one.is_searched_in(system)])
    marks: set[object] = set()
    before = [*facts_before(system), *(fact for move in run.moves if move.rewrite for fact in move.rewrite.facts)]
    for is_new, facts in ((False, before), (True, list(_facts(watching, hypothesis, run, event)))):
        for fact in facts:
            for number, watch in enumerate(watches):
                for item in verdict_of_fact(number, watch.conjunct, fact):
                    if isinstance(item, Mark):
                        marks.add(item.key)
                    elif is_new and item.fails(any(key in marks for key in item.keys)):
                        return watch.property, conjunct_name(watch.conjunct)
    return None


def _facts(watching: Watching, hypothesis: Hypothesis, run: Run, event: Event) -> Iterator[Fact]:
    """What an event says has happened, and what its receiver does with it."""
    naming, follower = watching
    system = follower.tables.system
    assert event.message is not None
    sender, receiver, fields = in_model(naming, hypothesis.binding, event)
    message = Reading(system, naming.tables.messages).message(event.message["message"], sender, receiver, fields)
    if message is None:
        return
    try:
        procedure, machine = system.procedure_of(message), system.machine_of(message)
    except (AttributeError, ValueError):  # what it names cannot be named in this system
        procedure = machine = None
    if event.direction == SENT:
        yield Fact(SentAtom, role_of(sender), sender, procedure, message)
        return
    if machine is None:
        yield Fact(ReceivedAtom, role_of(receiver), receiver, procedure, message)
        return
    yield from _reaction(watching, run, machine, message)


def _reaction(watching: Watching, run: Run, machine: int, message: Message) -> Iterator[Fact]:
    tables = watching.follower.tables
    system = tables.system
    locals_ = {one: tables.locals[one][local] for one, local in locals_after(watching.follower, run).items()}
    try:
        reaction = react(system, machine, message, locals_, step_by_table(system))
    except Exception:  # a guard or an action may break on a message such as no model ever made
        party = system.instances[machine].party
        yield Fact(ReceivedAtom, role_of(party), party, system.instances[machine].procedure, message)
        return
    yield from facts_of(system, reaction)
