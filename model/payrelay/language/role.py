"""Roles: python-statemachine classes read as tables, and stepped through the library's own engine.

A role class is declared with the library's `State` and transitions, under `house_rules`. It is read once into a
`RoleTable`, a value: its rows can be searched, drawn and edited. `RoleTable.step` reads the table;
`LibraryStepper` asks the library's engine. A test holds every entry of the one against the other, which is what
entitles everybody else to the first. No other file of payrelay knows the insides of python-statemachine.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple

from statemachine import State as State
from statemachine import StateChart
from statemachine.exceptions import InvalidDefinition, TransitionNotAllowed
from statemachine.transition_list import TransitionList

from payrelay.language.configurations import did_you_mean
from payrelay.language.messages import Input, Output, event_name

Guard = Callable[[Any, Any], bool]
Effect = tuple[Any, tuple[Output, ...]]
Action = Callable[[Any, Any], Effect]


class IllFormedModelError(Exception):
    """The model itself is wrong. The text is one sentence that says where, and what to change."""


@dataclass(frozen=True)
class Ignore:
    """Inputs that are passed over by name, in some states or in all, for a reason that can be read."""

    kinds: tuple[type[Input], ...]
    reason: str
    states: tuple[State, ...] = ()


def ignore(*kinds: type[Input], reason: str, states: Iterable[State] = ()) -> Ignore:
    """Pass these inputs over; in every state without a row for them, if no state is named."""
    return Ignore(kinds, reason, tuple(states))


class Role(StateChart[Any]):
    """Base of every role. Its switches make a wrong event, guard or action an error instead of a silence."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    atomic_configuration_update = True
    enable_self_transition_entries = False
    validate_disconnected_states = False
    validate_trap_states = False
    validate_final_reachability = False

    inputs: ClassVar[tuple[type[Input], ...]] = ()
    """Everything but time-outs that this role can receive, be told, or have done to it."""
    timers: ClassVar[tuple[str, ...]] = ()
    """The events of its rows that are timers."""
    ignored: ClassVar[tuple[Ignore, ...]] = ()
    """What is passed over by name. Every other pair without a row is a protocol error."""
    correlation: ClassVar[Any] = None
    """`(data, message) -> bool`, a guard of every row: the sender is the bound party and the keys are equal."""
    ended: ClassVar[tuple[State, ...]] = ()
    """States in which nothing is left to do but to answer duplicates. The library's `final` would forbid that."""


def stay(*states: State, cond: Any = None, unless: Any = None, on: Any = None) -> TransitionList:
    """Rows that keep the state they are in."""
    rows = TransitionList()
    for state in states:
        rows.add_transitions(state.to(state, cond=cond, unless=unless, on=on))
    return rows


class Local(NamedTuple):
    """The whole state of one machine."""

    control: str
    data: Any


@dataclass(frozen=True)
class Row:
    """One row of a role's table: in this state, on this event, if the guards hold, do this and go there."""

    source: str
    event: str
    guards: tuple[tuple[Guard, bool], ...]
    action: Action | None
    target: str

    def is_enabled(self, data: Any, message: Input) -> bool:
        """Whether all guards of the row hold."""
        return all(guard(data, message) is expected for guard, expected in self.guards)

    @property
    def name(self) -> str:
        """The row in one line: `idle: procedure_request [is_acceptable] / forward_request -> waiting`."""
        guards = " and ".join(guard.__name__ if wanted else f"not {guard.__name__}" for guard, wanted in self.guards)
        action = f" / {self.action.__name__}" if self.action else ""
        return f"{self.source}: {self.event}{f' [{guards}]' if guards else ''}{action} -> {self.target}"


class Handled(NamedTuple):
    """The input was taken by a row."""

    row: Row
    after: Local
    outputs: tuple[Output, ...]


class Ignored(NamedTuple):
    """The input was passed over by name; nothing changed."""

    reason: str


class ProtocolError(NamedTuple):
    """The input has no place in this state; nothing changed and nothing was sent."""

    role: str
    state: str
    event: str


Answer = Handled | Ignored | ProtocolError
NOT_CORRELATED = "it does not come from the party bound to this machine, or its keys differ"


@dataclass(frozen=True)
class RoleTable:
    """A role as a value. Its rows speak of its own states and events alone, however the table was made."""

    name: str
    initial: str
    states: tuple[str, ...]
    ended: frozenset[str]
    inputs: tuple[type[Input], ...]
    timers: tuple[str, ...]
    rows: tuple[Row, ...]
    ignored: tuple[tuple[str, str, str], ...]
    """(state, event, reason)"""
    correlation: Guard | None

    def __post_init__(self) -> None:
        if not self.states:
            raise IllFormedModelError(f"{self.name}: a role needs at least one state")
        if self.initial not in self.states:
            near = did_you_mean(self.initial, self.states)
            raise IllFormedModelError(f"{self.name}: it begins in '{self.initial}', which is none of its states{near}")
        for row in self.rows:
            for what, word, known in (
                ("state", row.source, self.states),
                ("state", row.target, self.states),
                ("event", row.event, self.events),
            ):
                if word not in known:
                    near = did_you_mean(word, known)
                    raise IllFormedModelError(f"{self.name}: the row '{row.name}' has no {what} '{word}'{near}")

    def __hash__(self) -> int:
        return hash((self.name, len(self.rows)))

    @property
    def events(self) -> tuple[str, ...]:
        """The names of everything this role reacts to, timers included."""
        return (*map(event_name, self.inputs), *self.timers)

    def rows_of(self, state: str, event: str) -> tuple[Row, ...]:
        """The rows of one cell of the table."""
        return self._rows_by_cell.get((state, event), ())

    def timers_in(self, state: str) -> tuple[str, ...]:
        """The timers that run in a state: those that its rows name."""
        return tuple(timer for timer in self.timers if self.rows_of(state, timer))

    def reason_to_ignore(self, state: str, event: str) -> str | None:
        """Why this pair is passed over, or None if nobody said so."""
        return self._reasons.get((state, event))

    # On the table itself: a cache of all tables would keep every edited one, and compare it with all others.

    @cached_property
    def _rows_by_cell(self) -> dict[tuple[str, str], tuple[Row, ...]]:
        cells: dict[tuple[str, str], tuple[Row, ...]] = {}
        for row in self.rows:
            cells[row.source, row.event] = (*cells.get((row.source, row.event), ()), row)
        return cells

    @cached_property
    def _reasons(self) -> dict[tuple[str, str], str]:
        return {(state, event): reason for state, event, reason in reversed(self.ignored)}

    def step(self, local: Local, message: Input) -> Answer:
        """React to one input. Two rows that are both enabled are a fault of the model, not a choice."""
        event = message.event
        if (refused := _refused(self, local, message)) is not None:
            return refused
        enabled = [row for row in self.rows_of(local.control, event) if row.is_enabled(local.data, message)]
        if len(enabled) > 1:
            raise IllFormedModelError(
                f"{self.name}: the guards of two rows overlap in state {local.control} on {event}: "
                f"'{enabled[0].name}' and '{enabled[1].name}'; make them exclude each other"
            )
        if not enabled:
            return _unanswered(self, local, event)
        row = enabled[0]
        data, outputs = row.action(local.data, message) if row.action else (local.data, ())
        return Handled(row, Local(row.target, data), outputs)


def _refused(table: RoleTable, local: Local, message: Input) -> Answer | None:
    if message.event not in table.events:
        return ProtocolError(table.name, local.control, message.event)
    if table.correlation is not None and not table.correlation(local.data, message):
        return Ignored(NOT_CORRELATED)
    return None


def _unanswered(table: RoleTable, local: Local, event: str) -> Answer:
    reason = table.reason_to_ignore(local.control, event)
    return ProtocolError(table.name, local.control, event) if reason is None else Ignored(reason)


def role_table(role: type[Role]) -> RoleTable:
    """Read a role class into its table. Raises IllFormedModelError where a house rule is broken."""
    return _read(role)


@cache
def _read(role: Any) -> RoleTable:
    if broken := house_rules(role):
        raise IllFormedModelError(broken[0])
    states = tuple(state.id for state in role.states)
    rows = tuple(
        Row(
            source=state.id,
            event=_event_of(transition),
            guards=tuple((spec.func, bool(spec.expected_value)) for spec in transition.cond),
            action=next((spec.func for spec in transition.on if not spec.is_convention), None),
            target=transition.target.id,
        )
        for state in role.states
        for transition in state.transitions
    )
    ignored = tuple(
        (state, event_name(kind), rule.reason)
        for rule in role.ignored
        for state in ([state.id for state in rule.states] or states)
        for kind in rule.kinds
    )
    return RoleTable(
        name=event_name(role),
        initial=role.initial_state.id,
        states=states,
        ended=frozenset(state.id for state in role.ended),
        inputs=role.inputs,
        timers=role.timers,
        rows=rows,
        ignored=ignored,
        correlation=role.correlation,
    )


def _event_of(transition: Any) -> str:
    """The event of a transition. Beside `error_x` the library also declares `error.x`, which nobody here sends."""
    return str(transition.event).split(" ", maxsplit=1)[0]


RESERVED = frozenset(
    [
        *("name", "id", "model", "states", "events", "send", "prepare", "configuration"),
        *("inputs", "timers", "ignored", "correlation", "ended"),
    ]
)
"""Attribute names that the library or `Role` uses itself: no state and no event may be called so."""
GROUPS_WITHOUT_USE = ("validators", "before", "after")
SWITCHES = (
    "allow_event_without_transition",
    "catch_errors_as_events",
    "atomic_configuration_update",
    "enable_self_transition_entries",
)


def house_rules(role: type[Role]) -> list[str]:
    """What a role class does that payrelay does not allow, each in one sentence; an empty list if nothing.

    The rules keep a class readable as a table and away from everything in the library that acts at a distance.
    """
    return [f"{role.__name__}: {broken}" for rule in (_class_rules, _name_rules, _row_rules) for broken in rule(role)]


def _class_rules(role: type[Role]) -> Iterable[str]:
    if role.__bases__ != (Role,):
        yield "a role derives from Role alone: a subclass would share the states of its base"
    for switch in SWITCHES:
        if getattr(role, switch) is not getattr(Role, switch):
            yield f"{switch} must stay as Role has it"
    for state in role.states:
        if state.final:
            yield f"state {state.id} is final: an ended role still answers duplicates; list it in `ended` instead"
        if state.parallel or state.states:
            yield f"state {state.id} has states inside: machines are flat"
        if any(not spec.is_convention for spec in (*state.enter, *state.exit)):
            yield f"state {state.id} has entry or exit actions: put the work into the row's action"
    for name in vars(role):
        if name.startswith(("on_", "before_", "after_")):
            yield f"{name} would be called by its name alone: name the function in the row"


def _name_rules(role: type[Role]) -> Iterable[str]:
    declared: Any = role.events
    events = {event.id for event in declared if "." not in event.id}
    known = {event_name(kind) for kind in role.inputs} | set(role.timers)
    for name in sorted(({state.id for state in role.states} | events) & RESERVED):
        yield f"'{name}' is a reserved word: choose another name for the state or event"
    for name in sorted(events - known):
        yield f"event '{name}' is neither an input nor a timer of the role: add its class to `inputs`"
    for name in sorted(known - events - {event_name(kind) for rule in role.ignored for kind in rule.kinds}):
        yield f"'{name}' is listed but has neither a row nor a reason to be ignored"


def _row_rules(role: type[Role]) -> Iterable[str]:
    for state in role.states:
        for transition in state.transitions:
            where = f"row {state.id}: {_event_of(transition)}"
            if not transition.event or transition.internal or len(transition.targets) != 1:
                yield f"{where} must be one event to one state"
            for group in GROUPS_WITHOUT_USE:
                if any(not spec.is_convention for spec in getattr(transition, group)):
                    yield f"{where} has {group}: a row has guards and one action"
            actions = [spec.func for spec in transition.on if not spec.is_convention]
            if len(actions) > 1:
                yield f"{where} has {len(actions)} actions: write one"
            for function in [*(spec.func for spec in transition.cond), *actions]:
                if not inspect.isfunction(function) or function.__name__ == "<lambda>":
                    yield f"{where} names {function!r}: guards and actions are functions of a module"
                elif tuple(inspect.signature(function).parameters) != ("data", "message"):
                    yield f"{where}: {function.__name__} must take exactly (data, message)"


class LibraryStepper:
    """Steps a role through the library's own `send`: the reference that the tables are held against."""

    def __init__(self, table: RoleTable) -> None:
        self._table = table
        self._machine = role_class(table)()

    def step(self, local: Local, message: Input) -> Answer:
        """React to one input, as `RoleTable.step` does. The row of the answer is only looked up, not decided."""
        if (refused := _refused(self._table, local, message)) is not None:
            return refused
        self._machine.current_state_value = local.control
        try:
            effect = self._machine.send(message.event, data=local.data, message=message)
        except TransitionNotAllowed:
            return _unanswered(self._table, local, message.event)
        data, outputs = (local.data, ()) if effect is None else effect
        after = Local(str(self._machine.current_state_value), data)
        row = next(
            row
            for row in self._table.rows_of(local.control, message.event)
            if row.target == after.control and row.is_enabled(local.data, message)
        )
        return Handled(row, after, outputs)


@cache
def role_class(table: RoleTable) -> type[Role]:
    """A role class with exactly the rows of a table, which may have been edited."""
    states = {name: State(name, initial=name == table.initial) for name in table.states}
    events: dict[str, TransitionList] = {}
    for row in table.rows:
        conditions = [guard for guard, expected in row.guards if expected]
        exceptions = [guard for guard, expected in row.guards if not expected]
        transition = states[row.source].to(
            states[row.target], cond=conditions or None, unless=exceptions or None, on=row.action
        )
        events[row.event] = events.get(row.event, TransitionList()) | transition
    body = {**states, **events, "inputs": table.inputs, "timers": table.timers}
    try:
        return type(table.name, (Role,), body)
    except InvalidDefinition as error:
        raise IllFormedModelError(f"{table.name}: {error}") from error
