"""Machines: rows numbered, arrows and stays, edits, and what a search saw."""

import pytest

from payrelay.classics.request_answer import Client, ServerDesk, ServerLedger
from payrelay.diagrams.machines import NOT_TRIED, Machine, machine, numbers, states_of
from payrelay.language.edits import Add, Amnesia, Drop, Redirect, Uncorrelated, Variant
from payrelay.language.role import role_table
from payrelay.model.protocol import tables
from payrelay.model.variants import VARIANTS

from .conftest import TABLES

CLIENT = role_table(Client)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_drawn_once(name: str) -> None:
    drawn = machine(TABLES[name])
    rows = [line.row for line in drawn.lines]
    assert sorted(rows, key=TABLES[name].rows.index) == list(TABLES[name].rows)
    assert [line.number for line in drawn.lines] == list(range(1, len(rows) + 1))
    moved = [line.number for arrow in drawn.arrows for line in arrow.lines]
    stayed = [line.number for state in states_of(drawn) for stay in drawn.stays(state) for line in stay.lines]
    assert sorted(moved + stayed) == list(range(1, len(rows) + 1))
    assert all(line.row.source == state for state in states_of(drawn) for line in drawn.lines_of(state))


def test_a_line_says_what_its_row_is() -> None:
    drawn = machine(CLIENT, {("client", CLIENT.rows[0].name): ("Request to server",)})
    assert drawn.lines[0].sends == ("Request to server",)
    tried = [line.sends for line in drawn.lines if line.outputs is None]
    assert set(tried) <= {(NOT_TRIED,)}
    timers = [line.event for line in drawn.lines if line.is_timer]
    assert timers == ["after patience"]
    relay = machine(TABLES["relay_procedure"])
    assert "not is_current" in relay.lines[29].guards
    assert relay.lines[3].action == "forward_info"
    assert relay.lines[3].says.endswith(".")


def test_what_a_crash_leaves_is_an_arrow_of_its_own() -> None:
    drawn = machine(TABLES["relay_procedure"])
    for arrow in drawn.arrows:
        assert len({line.is_restart for line in arrow.lines}) == 1
    assert sum(arrow.is_restart for arrow in drawn.arrows) == 6
    assert {line.sends for line in drawn.lines if line.is_restart} == {()}


def marks(drawn: Machine) -> dict[str, list[str]]:
    """The names of the rows by their marks."""
    found: dict[str, list[str]] = {}
    for line in drawn.lines:
        found.setdefault(line.mark, []).append(line.row.name)
    return found


def test_edits_are_seen() -> None:
    ledger = role_table(ServerLedger)
    edited = Redirect(role="server_ledger", event="serve", to="free").apply(ledger)
    drawn = machine(edited, original=ledger)
    found = marks(drawn)
    assert len(found["removed"]) == len(found["added"]) >= 1
    assert drawn.remark.startswith("edited rows are red")
    place = next(place for place, line in enumerate(drawn.lines) if line.mark)
    assert [line.mark for line in drawn.lines[place : place + 2]] == ["removed", "added"]
    assert drawn.lines[place].sends == ()


def test_dropped_and_added_rows_are_seen() -> None:
    row = CLIENT.rows[0]
    dropped = Drop(role="client", line=row.name).apply(CLIENT)
    assert marks(machine(dropped, original=CLIENT))["removed"] == [row.name]
    again = Add(role="client", row=row).apply(dropped)
    found = marks(machine(again, original=dropped))
    assert found["added"] == [row.name]
    forgotten = Amnesia(role="client", state="served").apply(CLIENT)
    assert marks(machine(forgotten, original=CLIENT))["added"] == ["served: restart -> idle"]


def test_a_shared_guard_that_is_taken_away_is_said() -> None:
    table = next(table for table in TABLES.values() if table.correlation)
    drawn = machine(Uncorrelated(role=table.name).apply(table), original=table)
    assert drawn.remark.endswith("is taken away")
    assert "every row needs" not in drawn.figures
    assert "every row needs" in machine(table).figures


def test_what_is_not_edited_says_so() -> None:
    drawn = machine(CLIENT, original=CLIENT)
    assert drawn.remark == "nothing is edited here"
    assert set(marks(drawn)) == {""}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_faulty_variant_shows_what_is_faulty(variant: Variant) -> None:
    faulty = tables(variant.edits)
    drawn = [machine(table, original=TABLES[name]) for name, table in faulty.items()]
    assert any(one.remark != "nothing is edited here" for one in drawn)
    for one in drawn:
        assert [line.row for line in one.lines if line.mark != "removed"] == sorted(
            one.table.rows, key=lambda row: one.table.states.index(row.source)
        )


def test_what_a_search_saw_is_seen() -> None:
    fired = {CLIENT.rows[0].name}
    drawn = machine(CLIENT, fired=fired, searched="friendly")
    assert marks(drawn)["fired"] == sorted(fired)
    never = len(CLIENT.rows) - 1
    assert drawn.remark == (
        f"1 of {never + 1} rows were seen at work in friendly, {never} never: these are red and dashed"
    )
    assert {arrow.mark for arrow in drawn.arrows} == {"fired", "never"}


def test_an_arrow_that_was_partly_seen_was_seen() -> None:
    desk = machine(
        TABLES["relay_procedure"], fired={"settling: cancel_ack [is_cancelling] / show_cancelled -> settled"}
    )
    (arrow,) = [arrow for arrow in desk.arrows if (arrow.source, arrow.target) == ("settling", "settled")]
    assert (arrow.mark, len(arrow.lines)) == ("fired", 3)


def test_what_does_nothing_is_called_by_what_it_reacts_to() -> None:
    drawn = machine(TABLES["resource_manager"])
    assert [stay.label for stay in drawn.stays("committed")] == ["7 commit"]


@pytest.mark.parametrize(
    ("values", "text"), [([1], "1"), ([1, 2], "1, 2"), ([1, 2, 3, 7], "1–3, 7"), ([3, 10, 11, 12, 13], "3, 10–13")]
)
def test_numbers_in_few_words(values: list[int], text: str) -> None:
    assert numbers(values) == text


def test_the_initial_state_comes_first() -> None:
    for table in (*TABLES.values(), role_table(ServerDesk)):
        states = list(states_of(machine(table)))
        assert states[0] == table.initial
        assert sorted(states) == sorted(table.states)
