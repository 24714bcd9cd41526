"""Roles: house rules, tables read from classes, and steps by table as the library's engine takes them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import pytest

from payrelay.language.messages import Input, Message, Restart, Send, Stimulus, Timeout
from payrelay.language.role import (
    NOT_CORRELATED,
    RESERVED,
    SWITCHES,
    Answer,
    Effect,
    Handled,
    Ignored,
    IllFormedModelError,
    LibraryStepper,
    Local,
    ProtocolError,
    Role,
    RoleTable,
    Row,
    State,
    house_rules,
    ignore,
    role_class,
    role_table,
    stay,
)


@dataclass(frozen=True, kw_only=True)
class Push(Stimulus):
    force: int = 1


@dataclass(frozen=True, kw_only=True)
class Knock(Message):
    pass


@dataclass(frozen=True, kw_only=True)
class Paint(Stimulus):
    pass


def is_strong(data: int, message: Push) -> bool:
    return message.force > 1


def is_even(data: int, message: Input) -> bool:
    return data % 2 == 0


def is_neighbour(data: int, message: Input) -> bool:
    return not isinstance(message, Message) or message.sender == "neighbour"


def count(data: int, message: Input) -> Effect:
    return data + 1, ()


def reply(data: int, message: Knock) -> Effect:
    return data, (Send("neighbour", Knock()),)


class Door(Role):
    """Opens if it is pushed hard enough, and answers knocks."""

    shut = State(initial=True)
    ajar = State()
    open = State()

    push = (
        shut.to(open, cond=is_strong, on=count)
        | shut.to(ajar, unless=[is_strong], cond=[is_even])
        | ajar.to(open, on=count)
    )
    knock = stay(shut, ajar, on=reply)
    draught = ajar.to(shut) | stay(shut, cond=is_even)

    inputs = (Push, Knock, Paint, Restart)
    timers = ("draught",)
    correlation = staticmethod(is_neighbour)
    ended = (open,)
    ignored = (
        ignore(Knock, reason="everybody sees that it is open", states=(open,)),
        ignore(Paint, Restart, reason="it is a door all the same"),
        ignore(Paint, reason="never read: the reason above comes first", states=(open,)),
    )


DOOR = role_table(Door)
INPUTS: tuple[Input, ...] = (
    Push(),
    Push(force=2),
    Knock(sender="neighbour"),
    Knock(sender="stranger"),
    Paint(),
    Restart(),
    Timeout("draught"),
    Timeout("earthquake"),
)


def test_a_class_is_read_into_a_value() -> None:
    assert DOOR.name == "door"
    assert (DOOR.initial, DOOR.states, DOOR.ended) == ("shut", ("shut", "ajar", "open"), frozenset({"open"}))
    assert DOOR.events == ("push", "knock", "paint", "restart", "draught")
    assert [row.name for row in DOOR.rows] == [
        "shut: push [is_strong] / count -> open",
        "shut: push [is_even and not is_strong] -> ajar",
        "shut: knock / reply -> shut",
        "shut: draught [is_even] -> shut",
        "ajar: push / count -> open",
        "ajar: knock / reply -> ajar",
        "ajar: draught -> shut",
    ]
    assert DOOR.rows_of("open", "push") == ()
    assert [DOOR.timers_in(state) for state in DOOR.states] == [("draught",), ("draught",), ()]
    assert DOOR.reason_to_ignore("open", "paint") == "it is a door all the same"
    assert DOOR.reason_to_ignore("shut", "knock") is None
    assert role_table(Door) is DOOR
    assert hash(DOOR) == hash(replace(DOOR))


@pytest.mark.parametrize(
    ("local", "received", "answer"),
    [
        (Local("shut", 0), Push(force=2), Handled(DOOR.rows[0], Local("open", 1), ())),
        (Local("shut", 0), Push(), Handled(DOOR.rows[1], Local("ajar", 0), ())),
        (Local("shut", 1), Push(), ProtocolError("door", "shut", "push")),
        (
            Local("ajar", 0),
            Knock(sender="neighbour"),
            Handled(DOOR.rows[5], Local("ajar", 0), (Send("neighbour", Knock()),)),
        ),
        (Local("ajar", 0), Knock(sender="stranger"), Ignored(NOT_CORRELATED)),
        (Local("open", 0), Knock(sender="neighbour"), Ignored("everybody sees that it is open")),
        (Local("open", 0), Push(), ProtocolError("door", "open", "push")),
        (Local("open", 0), Timeout("draught"), ProtocolError("door", "open", "draught")),
        (Local("ajar", 3), Timeout("draught"), Handled(DOOR.rows[6], Local("shut", 3), ())),
        (Local("ajar", 3), Timeout("earthquake"), ProtocolError("door", "ajar", "earthquake")),
    ],
)
def test_a_step_is_handled_ignored_or_an_error(local: Local, received: Input, answer: Answer) -> None:
    assert DOOR.step(local, received) == answer
    assert LibraryStepper(DOOR).step(local, received) == answer


@pytest.mark.parametrize("table", [DOOR, replace(DOOR, rows=DOOR.rows[1:]), replace(DOOR, correlation=None)])
def test_every_entry_and_every_refusal_is_the_librarys(table: RoleTable) -> None:
    library = LibraryStepper(table)
    kinds = set()
    for state, data, received in product(table.states, (0, 1), INPUTS):
        answer = table.step(Local(state, data), received)
        assert library.step(Local(state, data), received) == answer
        kinds.add(type(answer))
    assert kinds == {Handled, Ignored, ProtocolError}


def test_a_table_that_differs_from_its_class_is_seen() -> None:
    library = LibraryStepper(DOOR)
    edited = replace(DOOR, rows=(replace(DOOR.rows[0], target="ajar"), *DOOR.rows[1:]))
    strong = Local("shut", 0), Push(force=2)
    assert edited.step(*strong) != library.step(*strong)
    assert edited.step(*strong) == LibraryStepper(edited).step(*strong)


def test_an_edited_table_is_a_class_again() -> None:
    added = replace(DOOR, rows=(*DOOR.rows, Row("open", "push", ((is_even, True), (is_strong, False)), count, "ajar")))
    rebuilt = role_class(added)
    assert rebuilt.__name__ == "door"
    assert role_class(added) is rebuilt
    assert LibraryStepper(added).step(Local("open", 0), Push()).after == Local("ajar", 1)  # type: ignore[union-attr]
    assert LibraryStepper(added).step(Local("open", 1), Push()) == ProtocolError("door", "open", "push")
    assert role_table(Door) == DOOR  # the class from which the table was read is what it was


def test_what_the_library_finds_wrong_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    trapped = replace(DOOR, name="trapped_door")
    initial = role_class(trapped).initial_state
    assert initial is not None
    assert initial.id == "shut"
    monkeypatch.setattr(Role, "validate_trap_states", True)
    with pytest.raises(IllFormedModelError, match=r"^locked_door: .*'open'"):
        role_class(replace(DOOR, name="locked_door"))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"initial": "shot"}, "door: it begins in 'shot', which is none of its states; did you mean 'shut'?"),
        ({"initial": "x"}, "door: it begins in 'x', which is none of its states; there is: ajar, open, shut"),
        ({"initial": ""}, "door: it begins in '', which is none of its states; there is: ajar, open, shut"),
        ({"states": ()}, "door: a role needs at least one state"),
        ({"states": (), "rows": ()}, "door: a role needs at least one state"),
        (
            {"states": ("shut", "ajar")},
            "door: the row 'shut: push [is_strong] / count -> open' has no state 'open'; there is: ajar, shut",
        ),
        (
            {"rows": (Row("opne", "push", (), None, "shut"),)},
            "door: the row 'opne: push -> shut' has no state 'opne'; did you mean 'open'?",
        ),
        (
            {"rows": (*DOOR.rows, Row("shut", "knok", (), count, "open"))},
            "door: the row 'shut: knok / count -> open' has no event 'knok'; did you mean 'knock'?",
        ),
        (
            {"timers": ()},
            "door: the row 'shut: draught [is_even] -> shut' has no event 'draught'; there is: knock, paint, push, "
            "restart",
        ),
    ],
)
def test_invalid_table_names_what_it_does_not_have(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(IllFormedModelError) as error:
        role_class(replace(DOOR, **changes))
    assert str(error.value) == line
    assert role_table(Door) is DOOR


class Undecided(Role):
    one = State(initial=True)
    push = one.to(one, cond=is_even, on=count) | one.to(one, cond=is_strong)
    inputs = (Push,)


def test_invalid_guards_overlap() -> None:
    table = role_table(Undecided)
    assert isinstance(table.step(Local("one", 0), Push()), Handled)
    assert isinstance(table.step(Local("one", 1), Push(force=2)), Handled)
    with pytest.raises(IllFormedModelError) as error:
        table.step(Local("one", 0), Push(force=2))
    assert str(error.value) == (
        "undecided: the guards of two rows overlap in state one on push: 'one: push [is_even] / count -> one' "
        "and 'one: push [is_strong] -> one'; make them exclude each other"
    )
    # The library takes the first in silence; that is why tables are stepped without it.
    assert isinstance(LibraryStepper(table).step(Local("one", 0), Push(force=2)), Handled)


# --- the house rules: each broken once


def is_short(data: int) -> bool:
    return True


def refuse(data: int, message: Input) -> None:
    raise AssertionError


def derived() -> type[Role]:
    class Trapdoor(Door):
        pass

    return Trapdoor


def switched() -> type[Role]:
    class Silent(Role):
        allow_event_without_transition = True
        one = State(initial=True)
        push = stay(one)
        inputs = (Push,)

    return Silent


def final() -> type[Role]:
    class Final(Role):
        one = State(initial=True)
        two = State(final=True)
        push = one.to(two)
        inputs = (Push,)

    return Final


def nested() -> type[Role]:
    class Nested(Role):
        class one(State.Compound):
            inner = State(initial=True)

        push = one.to(one)
        inputs = (Push,)

    return Nested


def busy() -> type[Role]:
    class Busy(Role):
        one = State(initial=True, enter=count)
        push = stay(one)
        inputs = (Push,)

    return Busy


def conventional() -> type[Role]:
    class Conventional(Role):
        one = State(initial=True)
        push = stay(one)
        inputs = (Push,)

        def on_push(self) -> None:
            raise AssertionError

    return Conventional


def reserved() -> type[Role]:
    class Reserved(Role):
        prepare = State(initial=True)  # type: ignore[assignment]
        push = stay(prepare)
        inputs = (Push,)

    return Reserved


def unlisted() -> type[Role]:
    class Unlisted(Role):
        one = State(initial=True)
        push = stay(one)
        knock = stay(one)
        inputs = (Push,)

    return Unlisted


def unanswered() -> type[Role]:
    class Unanswered(Role):
        one = State(initial=True)
        push = stay(one)
        inputs = (Push, Knock)
        timers = ("draught",)

    return Unanswered


def eventless() -> type[Role]:
    class Eventless(Role):
        one = State(initial=True)
        two = State()
        push = two.to(two)
        one.to(two)
        inputs = (Push,)

    return Eventless


def validated() -> type[Role]:
    class Validated(Role):
        one = State(initial=True)
        push = one.to(one, validators=refuse)
        inputs = (Push,)

    return Validated


def prepared() -> type[Role]:
    class Prepared(Role):
        one = State(initial=True)
        push = one.to(one, before=count)
        inputs = (Push,)

    return Prepared


def finished() -> type[Role]:
    class Finished(Role):
        one = State(initial=True)
        push = one.to(one, after=count)
        inputs = (Push,)

    return Finished


def doubled() -> type[Role]:
    class Doubled(Role):
        one = State(initial=True)
        push = stay(one, on=[count, reply])
        inputs = (Push,)

    return Doubled


def nameless() -> type[Role]:
    class Nameless(Role):
        one = State(initial=True)
        push = stay(one, cond=lambda data, message: data == message)
        inputs = (Push,)

    return Nameless


def named() -> type[Role]:
    class Named(Role):
        one = State(initial=True)
        push = stay(one, on="count")
        inputs = (Push,)

    return Named


def called() -> type[Role]:
    class Called(Role):
        one = State(initial=True)
        push = stay(one, on=partial(count))
        inputs = (Push,)

    return Called


def misspelt() -> type[Role]:
    class Misspelt(Role):
        one = State(initial=True)
        push = stay(one, cond=is_short)
        inputs = (Push,)

    return Misspelt


BROKEN: dict[Callable[[], type[Role]], str] = {
    derived: "Trapdoor: a role derives from Role alone",
    switched: "Silent: allow_event_without_transition must stay as Role has it",
    final: "Final: state two is final",
    nested: "Nested: state one has states inside",
    busy: "Busy: state one has entry or exit actions",
    conventional: "Conventional: on_push would be called by its name alone",
    reserved: "Reserved: 'prepare' is a reserved word",
    unlisted: "Unlisted: event 'knock' is neither an input nor a timer",
    unanswered: "Unanswered: 'draught' is listed but has neither a row nor a reason to be ignored",
    eventless: "Eventless: row one:  must be one event to one state",
    validated: "Validated: row one: push has validators",
    prepared: "Prepared: row one: push has before",
    finished: "Finished: row one: push has after",
    doubled: "Doubled: row one: push has 2 actions",
    nameless: "Nameless: row one: push names <function nameless.<locals>.Nameless.<lambda>",
    named: "Named: row one: push names 'count'",
    called: "Called: row one: push names functools.partial(<function count",
    misspelt: "Misspelt: row one: push: is_short must take exactly (data, message)",
}


@pytest.mark.parametrize("declare", BROKEN, ids=lambda declare: declare.__name__)
def test_invalid_role_is_told_which_rule_it_breaks(declare: Callable[[], type[Role]]) -> None:
    role = declare()
    broken = house_rules(role)
    assert any(sentence.startswith(BROKEN[declare]) for sentence in broken), broken
    with pytest.raises(IllFormedModelError) as error:
        role_table(role)
    assert str(error.value) == broken[0]


def test_a_role_that_keeps_them_is_told_nothing() -> None:
    assert house_rules(Door) == []
    assert house_rules(Undecided) == []


def test_each_switch_differs_from_the_librarys_default_or_is_said_out_loud() -> None:
    assert {switch: getattr(Role, switch) for switch in SWITCHES} == {
        "allow_event_without_transition": False,
        "catch_errors_as_events": False,
        "atomic_configuration_update": True,
        "enable_self_transition_entries": False,
    }


def test_every_name_that_role_itself_uses_is_reserved() -> None:
    own = {name for name in vars(Role) if name in Role.__annotations__}
    assert own == {"inputs", "timers", "ignored", "correlation", "ended"}
    assert own < RESERVED
