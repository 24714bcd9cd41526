"""Layout: no two texts meet, and nothing leaves the picture, however large it is and whatever it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.diagrams.faults import leaving, meetings
from tests.diagrams.random_traces import message, random_trace, step, trace
from tests.diagrams.sequence.pictures import SIZES, branching_picture, pictures, random_picture

from payrelay.diagrams.drawing import Circle, Line
from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.layout import layout
from payrelay.diagrams.sequence.picture import Picture

PICTURES = pictures()


@pytest.mark.parametrize("with_states", [False, True], ids=["", "states"])
@pytest.mark.parametrize("name", PICTURES)
def test_no_two_texts_meet_and_nothing_leaves_the_picture(name: str, with_states: bool) -> None:
    drawing = layout(PICTURES[name], with_states)
    assert meetings(drawing) == []
    assert leaving(drawing) == []


@pytest.mark.parametrize(("lifelines", "messages"), SIZES)
def test_the_sizes_are_what_they_say(lifelines: int, messages: int) -> None:
    picture = random_picture(lifelines, messages)
    assert len(picture.lifelines) == lifelines
    received = [
        one for one in picture.events if one.message and one.message.sender != "user" and one.number is not None
    ]
    assert len(received) == messages


def test_texts_that_meet_and_what_leaves_is_seen() -> None:
    drawing = layout(random_picture(6, 5))
    first, second, *_ = drawing.texts
    drawing.groups[-1].put(replace(second, x=first.x + 1, y=first.y + 2, is_centred=first.is_centred))
    drawing.groups[-1].put(Line(-1, 0, 1, 1, "arrow"))
    assert len(meetings(drawing)) >= 1
    assert len(leaving(drawing)) == 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    lifelines=st.integers(2, 12),
    messages=st.integers(1, 40),
    title=st.text(max_size=200),
    with_states=st.booleans(),
    role=st.sampled_from(["", "relay", "terminal"]),
)
def test_whatever_it_says(seed: int, lifelines: int, messages: int, title: str, with_states: bool, role: str) -> None:
    lifelines = max(lifelines, 3)
    picture = sequence([Run(title, random_trace(lifelines, messages, seed))], title, title, role)
    drawing = layout(picture, with_states)
    assert meetings(drawing) == []
    assert leaving(drawing) == []


@settings(max_examples=60, deadline=None)
@given(name=st.text(min_size=1, max_size=120), value=st.text(max_size=32), party=st.text(min_size=1, max_size=60))
def test_whatever_its_labels_are(name: str, value: str, party: str) -> None:
    told = trace(
        step(1, "timeout", "relay", sends=[message(name, "relay", party, text=value)], input=value),
        step(2, "deliver", party, message(name, "relay", party, text=value)),
        step(3, "deliver", "shop", message(name, party, "shop")),
    )
    drawing = layout(sequence([Run("", told)], "", ""), with_states=True)
    assert meetings(drawing) == []
    assert leaving(drawing) == []


def drawn(picture: Picture, number: int) -> list[object]:
    drawing = layout(picture)
    return [shape for group in drawing.groups if group.step == number for shape in group.shapes]


def test_a_lost_message_ends_in_a_cross_before_its_receiver() -> None:
    ask = message("Ask", "relay", "shop")
    told = trace(step(1, "timeout", "relay", sends=[ask]), step(2, "lose", "shop", ask))
    lines = [shape for shape in drawn(sequence([Run("", told)], "", ""), 2) if isinstance(shape, Line)]
    assert [line.style for line in lines] == ["arrow", "cross", "cross"]
    assert lines[0].x2 == (lines[1].x1 + lines[1].x2) / 2


def test_what_waited_begins_below_where_it_was_sent() -> None:
    ask = message("Ask", "relay", "shop")
    told = trace(step(1, "timeout", "relay", sends=[ask]), step(2, "timeout", "relay"), step(3, "deliver", "shop", ask))
    drawing = layout(sequence([Run("", told)], "", ""))
    (wait,) = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.style == "wait"]
    (life, *_) = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.style == "life"]
    assert wait.x1 == wait.x2 == life.x1 + 7
    assert wait.y1 < wait.y2


def test_a_party_that_is_down_has_another_line() -> None:
    told = trace(step(1, "crash", "relay"), step(2, "restart", "relay"), step(3, "crash", "shop"))
    drawing = layout(sequence([Run("", told)], "", ""))
    down = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.style == "down"]
    assert len(down) == 2
    assert down[0].y2 < down[1].y2  # the shop stays down


def test_what_is_under_way_ends_in_a_circle() -> None:
    told = trace(step(1, "timeout", "relay", sends=[message("Ask", "relay", "shop")]))
    drawing = layout(sequence([Run("", told)], "", ""))
    assert [shape.style for shape in drawing.shapes if isinstance(shape, Circle)] == ["clock", "end"]


def test_a_message_to_oneself_comes_back() -> None:
    told = trace(step(1, "deliver", "relay", message("Ask", "relay", "relay")))
    drawing = layout(sequence([Run("", told)], "", ""))
    assert meetings(drawing) == leaving(drawing) == []


def test_branches_in_branches_have_room() -> None:
    drawing = layout(branching_picture(7))
    assert meetings(drawing) == leaving(drawing) == []
