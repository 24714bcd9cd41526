"""Replaying: a trace taken again in the model, step by step, and judged at its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from payrelay.language.messages import Timeout
from payrelay.language.properties import Conjunct, Fairness, Property, Resettable, Responds, Variable
from payrelay.language.systems import System, step_by_table
from payrelay.language.traces import Trace, TraceStep, in_words, plain
from payrelay.verification.engines.reference import ReferenceEngine, State
from payrelay.verification.tables.facts import Binding, Fact, facts_before, facts_of, match
from payrelay.verification.traces.happenings import Happening, initial_locals, trace_steps
from payrelay.verification.traces.tracing import digest

MOST_STATES = 100_000
"""How far is looked for a way back, when a trace is said to lead to where there is none."""


@dataclass(frozen=True)
class Replay:
    """What came of a replay."""

    words: list[str] = field(default_factory=list)
    """The trace in words, as far as it could be replayed."""
    violated: bool = False
    """Whether the property is violated at the end, as the trace says."""
    error: str | None = None
    """Why the trace is no run of this model, or why its end is not what it says."""
    is_same_model: bool = True
    """Whether the model has the digest that it had when the trace was written."""


@dataclass(frozen=True)
class _Run:
    """The states and happenings of a replayed trace."""

    states: list[State]
    happenings: list[Happening]
    numbers: list[int]
    """The number of the trace's step at which each happening begins."""
    violated: frozenset[int]
    """The conjuncts that the run's steps violate."""


def replay(system: System, trace: Trace, properties: Sequence[Property]) -> Replay:
    """Take a trace again, and say whether it violates its property again."""
    same = trace.model == digest(system)
    if trace.configuration != plain(system.configuration.value()):
        name = trace.configuration.get("name")
        return Replay(error=f"the trace is of configuration '{name}', not '{system.configuration.name}'")
    found = [prop for prop in properties if trace.property in (prop.name, prop.label)]
    if not found or not 0 <= trace.conjunct_number < len(found[0].conjuncts):
        missing = f"conjunct {trace.conjunct_number} of the property" if found else "property"
        return Replay(error=f"the model has no {missing} '{trace.property}'", is_same_model=same)
    engine = ReferenceEngine(system, found[:1], step_by_table(system))
    run = _taken(engine, trace)
    if isinstance(run, str):
        return Replay(error=run, is_same_model=same)
    conjunct = found[0].conjuncts[trace.conjunct_number]
    error = _judged(engine, run, trace, conjunct)
    return Replay(in_words(trace), error is None, error, same)


def _taken(engine: ReferenceEngine, trace: Trace) -> _Run | str:
    """The trace as a run of the model, or the sentence that says where it is none."""
    system = engine.system
    starts = [state for state in engine.initial() if initial_locals(system, state.locals) == trace.initial]
    if not starts:
        return "the trace begins with machines in states in which none of the model's runs begins"
    run = _Run([starts[0]], [], [], frozenset())
    place = 0
    violated: set[int] = set()
    while place < len(trace.steps):
        now = run.states[-1]
        wanted = trace.steps[place]
        kind = "crash" if wanted.kind == "restart" else wanted.kind
        near: TraceStep | None = None
        for happening, after, breaks in engine.steps(now):
            if (happening.kind, happening.party, happening.early) != (kind, wanted.actor, wanted.early):
                continue
            steps = trace_steps(system, happening, wanted.n)
            if tuple(steps) == trace.steps[place : place + len(steps)]:
                if after is None:
                    return f"step {wanted.n}: what comes of it is more than is searched"
                run.states.append(after)
                run.happenings.append(happening)
                run.numbers.append(wanted.n)
                violated |= breaks
                place += len(steps)
                break
            if (steps[0].machine, steps[0].input, steps[0].receives) == (wanted.machine, wanted.input, wanted.receives):
                near = steps[0]
        else:
            return _difference(wanted, near)
    return _Run(run.states, run.happenings, run.numbers, frozenset(violated))


def _difference(wanted: TraceStep, near: TraceStep | None) -> str:
    where = f"step {wanted.n} ({wanted.kind} {wanted.input} at {wanted.actor})"
    if near is None:
        return f"{where} cannot happen here in this model"
    names = [name for name in ("section", "procedure", "before", "answer", "after", "sends", "occurrences", "chosen")
             if getattr(near, name) != getattr(wanted, name)]  # fmt: skip
    if not names:
        return f"{where} is not followed by what this model does next"
    return f"{where} happens otherwise in this model: its '{names[0]}' differs"


def _judged(engine: ReferenceEngine, run: _Run, trace: Trace, conjunct: Conjunct) -> str | None:
    """None if the run violates the conjunct; else the sentence that says that it does not."""
    if isinstance(conjunct, Responds):
        return _unanswered(engine, run, trace, conjunct)
    if isinstance(conjunct, Resettable):
        return _stuck(engine, run.states[-1], conjunct)
    violated = trace.conjunct_number in run.violated
    return None if violated else "the trace is a run of this model, but it does not violate the property"


def _stuck(engine: ReferenceEngine, state: State, conjunct: Resettable) -> str | None:
    waiting, seen = [state], {state}
    for now in waiting:
        if _is_reset(engine.system, now, conjunct):
            return "the trace is a run of this model, but there is a way back from its end"
        if len(seen) > MOST_STATES:
            return f"no way back was found within {MOST_STATES} states, and there are more"
        for _, after, _ in engine.steps(now):
            if after is not None and after not in seen:
                seen.add(after)
                waiting.append(after)
    return None


def _is_reset(system: System, state: State, conjunct: Resettable) -> bool:
    machines = list(zip(system.instances, state.locals, strict=True))
    return all(
        local.control in wanted.states
        for wanted in conjunct.states
        for instance, local in machines
        if instance.table.name == wanted.table
    )


def _unanswered(engine: ReferenceEngine, run: _Run, trace: Trace, conjunct: Responds) -> str | None:
    """Check that a trigger stays without response, and that the loop, or the end, is fair."""
    begin = len(run.happenings) if trace.loop_from is None else _place(run, trace.loop_from)
    if begin is None:
        return f"the loop begins in the middle of a step, at {trace.loop_from}"
    if run.states[begin] != run.states[-1]:
        return "the loop does not come back to the state in which it begins"
    open_: list[Binding] = [found for fact in facts_before(engine.system) if (found := match(conjunct.trigger, fact))]
    for place, happening in enumerate(run.happenings):
        facts = _facts(engine.system, happening)
        if place < begin:
            open_ += [found for fact in facts if (found := match(conjunct.trigger, fact)) is not None]
        open_ = [binding for binding in open_ if not _is_answered(binding, conjunct, facts)]
    if not open_:
        return "the trace is a run of this model, but every trigger in it is answered"
    loop = run.states[begin:-1] or [run.states[-1]]
    for fairness in conjunct.under:
        if fairness.name == trace.without:
            continue
        taken = {action for happening in run.happenings[begin:] if (action := _action(fairness, happening)) is not None}
        possible = [_possible(engine, state, fairness) for state in loop]
        owed = frozenset.union(*possible) if fairness.strong else frozenset.intersection(*possible)
        if owed - taken:
            return f"the end is not fair: under '{fairness.name}' something has to happen that does not"
    return None


def _place(run: _Run, number: int) -> int | None:
    return run.numbers.index(number) if number in run.numbers else None


def _facts(system: System, happening: Happening) -> tuple[Fact, ...]:
    if happening.reaction is None or happening.kind == "crash":
        return ()
    return facts_of(system, happening.reaction)


def _is_answered(binding: Binding, conjunct: Responds, facts: Iterable[Fact]) -> bool:
    shared = {value.name for value in dict(conjunct.trigger.where).values() if isinstance(value, Variable)}
    found = (match(response, fact) for fact in facts for response in conjunct.response)
    return any(
        answer is not None and {pair for pair in answer if pair[0] in shared} <= set(binding) for answer in found
    )


def _possible(engine: ReferenceEngine, state: State, fairness: Fairness) -> frozenset[object]:
    """The actions that are possible in a state; early ones are faults, and do not count."""
    happenings = [step.happening for step in engine.steps(state) if not step.happening.early]
    return frozenset(action for one in happenings if (action := _action(fairness, one)) is not None)


def _action(fairness: Fairness, happening: Happening) -> object:
    """The action that a happening is, as far as a fairness assumption distinguishes them; None if it is none."""
    received = happening.reaction.moves[0].received if happening.reaction else happening.message
    if received is None or (fairness.only and received.event not in fairness.only):
        return None
    if fairness.of == "delivery":
        return happening.message if happening.kind in ("deliver", "duplicate") else None
    kind = "timeout" if fairness.of == "timers" else "user"
    if happening.kind != kind or happening.reaction is None:
        return None
    return happening.reaction.moves[0].machine, received.timer if isinstance(received, Timeout) else received.event
