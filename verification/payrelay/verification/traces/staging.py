"""Staging: a scenario as a run of the model.

From where the run is, a breadth-first search looks for the nearest place where the next turn can be taken. On the way
there messages arrive, as they are when the world chooses nothing special, and nothing else happens; of two ways that
are equally short, the one on which the older messages arrive first is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payrelay.language.messages import Input, Message
from payrelay.language.scenarios import Scenario, ScenarioError, Turn
from payrelay.language.systems import Sent, System, step_by_table
from payrelay.language.traces import Trace, TraceStep, canonical, plain
from payrelay.verification.engines.reference import ReferenceEngine, State
from payrelay.verification.traces.happenings import Happening, initial_locals, trace_steps
from payrelay.verification.traces.tracing import digest

MOST_STATES = 5_000
"""How far is looked for the place where a turn can be taken."""


class _Place(NamedTuple):
    """Where a run is: the state, what is under way in the order in which it was sent, and what led here."""

    state: State
    sent: tuple[Message, ...]
    path: tuple[Happening, ...] = ()


def stage(system: System, scenario: Scenario) -> Trace:
    """The trace of a scenario. Raises ScenarioError if the model has no such run."""
    engine = ReferenceEngine(system, (), step_by_table(system))
    start = min(engine.initial(), key=lambda state: canonical(initial_locals(system, state.locals)))
    now = _Place(start, ())
    for number, turn in enumerate(scenario.turns, 1):
        found = _to_turn(engine, now, turn)
        if found is None:
            raise ScenarioError(
                f"scenario {scenario.name}: turn {number} ({turn}) cannot be taken in {system.configuration.name}"
            )
        now = found
    now = _to_rest(engine, now)
    steps: list[TraceStep] = []
    for happening in now.path:
        steps += trace_steps(system, happening, len(steps) + 1)
    return Trace(
        model=digest(system),
        configuration=plain(system.configuration.value()),
        property="",
        conjunct="",
        initial=initial_locals(system, start.locals),
        steps=tuple(steps),
    )


def _to_turn(engine: ReferenceEngine, now: _Place, turn: Turn) -> _Place | None:
    """The nearest place after the turn was taken."""
    waiting, seen = [now], {now.state}
    for place in waiting:
        following = list(_following(engine, place))
        for happening, after in following:
            if turn.is_taken(happening.kind, happening.party, _received(happening), happening.early):
                return after
        for happening, after in following:
            if _is_arrival(engine.system, happening) and after.state not in seen:
                seen.add(after.state)
                waiting.append(after)
        if len(seen) > MOST_STATES:
            break
    return None


def _to_rest(engine: ReferenceEngine, now: _Place) -> _Place:
    """The place where everything has arrived, the oldest first."""
    seen = {now.state}
    while True:
        arrivals = (after for happening, after in _following(engine, now) if _is_arrival(engine.system, happening))
        after = next((after for after in arrivals if after.state not in seen), None)
        if after is None:
            return now
        now = after
        seen.add(now.state)


def _following(engine: ReferenceEngine, place: _Place) -> Iterator[tuple[Happening, _Place]]:
    """What can happen: deliveries first, of the oldest message first. The same on every machine."""
    steps = [step for step in engine.steps(place.state) if step.after is not None]
    steps.sort(key=lambda step: _rank(engine.system, place.sent, step.happening))
    for happening, after, _ in steps:
        assert after is not None
        yield happening, _Place(after, _under_way(place.sent, happening), (*place.path, happening))


def _rank(system: System, sent: Sequence[Message], happening: Happening) -> tuple[int, str]:
    message = happening.message
    age = sent.index(message) if message in sent else len(sent)
    return age, canonical([_told(step) for step in trace_steps(system, happening, 1)])


def _told(step: TraceStep) -> list[object]:
    """What tells two steps apart that can be taken in one state."""
    return [step.kind, step.actor, step.machine, step.input, step.chosen, step.place, step.early]


def _under_way(sent: tuple[Message, ...], happening: Happening) -> tuple[Message, ...]:
    """What is under way after a step, the oldest first."""
    left = list(sent)
    if happening.kind in ("deliver", "lose") and happening.message in left:
        left.remove(happening.message)
    effects = happening.reaction.effects if happening.reaction else ()
    return (*left, *(effect.message for effect in effects if isinstance(effect, Sent)))


def _received(happening: Happening) -> Input | None:
    if happening.reaction is None or happening.kind == "crash":
        return happening.message
    return happening.reaction.moves[0].received


def _is_arrival(system: System, happening: Happening) -> bool:
    """Whether a message arrives for which the world chooses nothing special."""
    if happening.kind != "deliver" or happening.message is None:
        return False
    return happening.reaction is None or _received(happening) == system.choices(happening.message)[0]
