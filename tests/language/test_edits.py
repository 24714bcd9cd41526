"""Edits: each changes the rows that it selects, and one that selects nothing is an error."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from payrelay.language.edits import (
    Act,
    Add,
    Amnesia,
    Double,
    Drop,
    Edit,
    Forget,
    Guarded,
    Imitate,
    Negate,
    Readdress,
    Redirect,
    Repeat,
    Uncorrelated,
    Variant,
    Withhold,
    edited,
)
from payrelay.language.messages import Message, Restart, Send, Stimulus, Timeout
from payrelay.language.role import (
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
    role_table,
    stay,
)


@dataclass(frozen=True, kw_only=True)
class Press(Stimulus):
    hard: bool = False


@dataclass(frozen=True, kw_only=True)
class Shout(Message):
    pass


def is_hard(data: int, message: Press) -> bool:
    return message.hard


def is_friend(data: int, message: object) -> bool:
    return not isinstance(message, Message) or message.sender == "friend"


def count(data: int, message: object) -> Effect:
    return data + 1, ()


def reset(data: int, message: object) -> Effect:
    return 0, ()


class Lamp(Role):
    off = State(initial=True)
    on = State()

    press = off.to(on, cond=is_hard, on=count) | on.to(off, on=reset)
    shout = stay(off, on, on=count)
    fade = on.to(off)

    inputs = (Press, Shout)
    timers = ("fade",)
    correlation = staticmethod(is_friend)


class Other(Role):
    there = State(initial=True)
    shout = stay(there)
    inputs = (Shout,)


LAMP = role_table(Lamp)
OFF, ON = Local("off", 0), Local("on", 1)
PRESS, SHOUT = Press(hard=True), Shout(sender="friend")


def answers(table: RoleTable, local: Local, message: Any) -> Any:
    """What the edited table says, which is what a class with those rows does."""
    answer = table.step(local, message)
    assert LibraryStepper(table).step(local, message) == answer
    return answer


def test_every_field_that_is_given_selects() -> None:
    press_off, shout_off, press_on, shout_on, fade = LAMP.rows
    selecting = {
        Edit(role="lamp"): set(LAMP.rows),
        Edit(role="lamp", state="on"): {press_on, shout_on, fade},
        Edit(role="lamp", event="shout"): {shout_off, shout_on},
        Edit(role="lamp", action="count"): {press_off, shout_off, shout_on},
        Edit(role="lamp", target="off"): {press_on, shout_off, fade},
        Edit(role="lamp", state="on", action="count", target="on"): {shout_on},
        Edit(role="lamp", state="on", action="count", target="off"): set(),
    }
    for edit, rows in selecting.items():
        assert {row for row in LAMP.rows if edit.selects(row)} == rows


def test_a_dropped_row_is_passed_over() -> None:
    table = Drop(role="lamp", state="off", event="press").apply(LAMP)
    assert answers(table, OFF, PRESS) == Ignored("the row was dropped")
    assert answers(table, ON, PRESS) == answers(LAMP, ON, PRESS)
    assert isinstance(answers(LAMP, OFF, PRESS), Handled)


def test_a_forgotten_row_leaves_a_protocol_error() -> None:
    table = Forget(role="lamp", state="off", event="press").apply(LAMP)
    assert answers(table, OFF, PRESS) == ProtocolError("lamp", "off", "press")


def test_a_redirected_row_does_the_same_and_goes_elsewhere() -> None:
    table = Redirect(role="lamp", state="off", event="press", to="off").apply(LAMP)
    assert answers(table, OFF, PRESS).after == Local("off", 1)


def test_a_row_can_do_something_else() -> None:
    table = Act(role="lamp", event="shout", instead=reset).apply(LAMP)
    assert answers(table, ON, SHOUT).after == Local("on", 0)
    assert answers(table, OFF, PRESS).after == Local("on", 1)


def test_a_row_can_be_guarded_otherwise() -> None:
    soft = Guarded(role="lamp", state="off", event="press", by=((is_hard, False),)).apply(LAMP)
    assert answers(soft, OFF, Press()).after == Local("on", 1)
    assert answers(soft, OFF, PRESS) == ProtocolError("lamp", "off", "press")
    free = Guarded(role="lamp", state="off", event="press").apply(LAMP)
    assert answers(free, OFF, Press()).after == answers(free, OFF, PRESS).after


def test_a_row_can_be_added() -> None:
    row = Row("off", "fade", (), None, "on")
    table = Add(role="lamp", row=row).apply(LAMP)
    assert answers(table, OFF, Timeout("fade")) == Handled(row, Local("on", 0), ())
    assert isinstance(answers(LAMP, OFF, Timeout("fade")), ProtocolError)


def speak(data: int, message: object) -> Effect:
    return data + 1, (Send("wall-1", Shout()), Send("hall", Shout()))


SPEAKING = Act(role="lamp", event="press", state="on", instead=speak).apply(LAMP)


def said(edit: Edit) -> list[str]:
    """Who is spoken to after an edit of a lamp that speaks."""
    answer = answers(edit.apply(SPEAKING), ON, PRESS)
    assert answer.after == Local("off", 2)
    return [output.to for output in answer.outputs]


def test_what_a_row_sends_can_be_edited() -> None:
    assert said(Repeat(role="lamp", event="press", state="on")) == ["wall-1", "hall", "wall-1", "hall"]
    assert said(Double(role="lamp", event="press", state="on", output=0)) == ["wall-1", "wall-1", "hall"]
    assert said(Double(role="lamp", event="press", state="on", output=1)) == ["wall-1", "hall", "hall"]
    assert said(Withhold(role="lamp", event="press", state="on", output=0)) == ["hall"]
    assert said(Withhold(role="lamp", event="press", state="on", output=1)) == ["wall-1"]
    assert said(Readdress(role="lamp", event="press", state="on")) == ["wall-2", "hall"]


@pytest.mark.parametrize("edit", [Repeat, Readdress])
def test_invalid_edit_of_outputs_where_there_is_no_action(edit: type[Edit]) -> None:
    with pytest.raises(IllFormedModelError, match="leaves lamp as it was"):
        edit(role="lamp", event="fade").apply(LAMP)


def test_a_negated_guard_comes_first_and_what_no_row_takes_is_passed_over() -> None:
    negated = Negate(role="lamp", state="off", event="press", guard=0).apply(LAMP)
    assert answers(negated, OFF, Press()).after == Local("on", 1)
    assert answers(negated, OFF, PRESS) == Ignored("the guard was negated")
    other = Row("off", "press", ((is_hard, False),), reset, "off")
    both = Negate(role="lamp", line="off: press [is_hard] / count -> on", guard=0).apply(
        Add(role="lamp", row=other).apply(LAMP)
    )
    assert answers(both, OFF, Press()).after == Local("on", 1)
    assert isinstance(both.step(OFF, PRESS), Ignored)


def test_a_row_can_imitate_another() -> None:
    like = LAMP.rows_of("on", "press")[0]
    table = Imitate(role="lamp", line="on: shout / count -> on", like=like).apply(LAMP)
    assert answers(table, ON, SHOUT).after == Local("off", 0)


def test_a_durable_state_can_be_forgotten() -> None:
    table = Amnesia(role="lamp", state="on").apply(LAMP)
    assert answers(table, ON, Restart()).after == Local("off", 1)
    assert Amnesia(role="lamp", state="off").apply(table).inputs == table.inputs


def test_anybody_can_be_listened_to() -> None:
    table = Uncorrelated(role="lamp").apply(LAMP)
    assert isinstance(answers(LAMP, OFF, Shout(sender="stranger")), Ignored)
    assert isinstance(answers(table, OFF, Shout(sender="stranger")), Handled)


@pytest.mark.parametrize(
    "edit",
    [
        Drop(role="lamp", event="knock"),
        Forget(role="lamp", state="broken"),
        Redirect(role="lamp", action="explode", to="off"),
        Act(role="lamp", state="off", event="fade", instead=reset),
        Guarded(role="lamp", target="broken"),
    ],
)
def test_invalid_edit_selects_nothing(edit: Edit) -> None:
    with pytest.raises(IllFormedModelError, match="selects no row of lamp"):
        edit.apply(LAMP)


def refusal(edit: Edit, table: RoleTable = LAMP) -> str:
    """What is said against an edit; it leaves the table as it was."""
    before = replace(table)
    with pytest.raises(IllFormedModelError) as error:
        edit.apply(table)
    assert table == before
    return str(error.value)


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (
            Redirect(role="lamp", event="fade", to="offf"),
            "lamp: the row 'on: fade -> offf' has no state 'offf'; did you mean 'off'?",
        ),
        (
            Redirect(role="lamp", event="fade", to="smashed"),
            "lamp: the row 'on: fade -> smashed' has no state 'smashed'; there is: off, on",
        ),
        (
            Add(role="lamp", row=Row("onn", "press", (), None, "off")),
            "lamp: the row 'onn: press -> off' has no state 'onn'; did you mean 'on'?",
        ),
        (
            Add(role="lamp", row=Row("on", "press", (), None, "of")),
            "lamp: the row 'on: press -> of' has no state 'of'; did you mean 'off'?",
        ),
        (
            Add(role="lamp", row=Row("off", "shuot", (), reset, "on")),
            "lamp: the row 'off: shuot / reset -> on' has no event 'shuot'; did you mean 'shout'?",
        ),
        (
            Add(role="lamp", row=Row("off", "fad", (), None, "on")),
            "lamp: the row 'off: fad -> on' has no event 'fad'; did you mean 'fade'?",
        ),
    ],
)
def test_invalid_names_in_an_edit(edit: Edit, line: str) -> None:
    assert refusal(edit) == line


@pytest.mark.parametrize(
    "edit",
    [
        Edit(role="other"),
        Drop(role="other", event="shout"),
        Forget(role="other", event="shout"),
        Redirect(role="other", event="shout", to="on"),
        Act(role="other", event="shout", instead=reset),
        Guarded(role="other", event="press"),
        Add(role="other", row=Row("on", "press", (), None, "off")),
        Uncorrelated(role="other"),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_invalid_edit_is_of_another_role(edit: Edit) -> None:
    line = refusal(edit)
    assert line == f"the edit {edit} is of other and cannot be made in lamp"
    assert "\n" not in line


@pytest.mark.parametrize(
    "edit",
    [
        Redirect(role="lamp", event="fade", to="off"),
        Act(role="lamp", event="shout", instead=count),
        Guarded(role="lamp", event="fade"),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_invalid_edit_changes_nothing(edit: Edit) -> None:
    assert refusal(edit) == f"the edit {edit} leaves lamp as it was"


def test_invalid_edit_takes_away_what_is_not_there() -> None:
    edit = Uncorrelated(role="other")
    assert refusal(edit, role_table(Other)) == f"the edit {edit} leaves other as it was"


def test_the_base_of_all_edits_changes_nothing_itself() -> None:
    with pytest.raises(NotImplementedError):
        Edit(role="lamp").apply(LAMP)


def test_tables_are_edited_by_their_role_one_edit_after_the_other() -> None:
    other = role_table(Other)
    tables = edited([LAMP, other], [Drop(role="lamp", event="press"), Redirect(role="lamp", event="shout", to="on")])
    assert tables["other"] is other
    assert [row.name for row in tables["lamp"].rows] == [
        "off: shout / count -> on",
        "on: shout / count -> on",
        "on: fade -> off",
    ]
    assert edited([LAMP], []) == {"lamp": LAMP}


def test_invalid_role_of_an_edit() -> None:
    with pytest.raises(IllFormedModelError, match="names no role of this protocol"):
        edited([LAMP], [Drop(role="candle")])


def test_a_variant_is_a_value() -> None:
    variant = Variant("dark", "The lamp stays off.", (Drop(role="lamp", event="press"),), ("light_comes",), "happy")
    assert variant == replace(variant)
    assert variant != replace(variant, name="bright")
