"""Text: it fits its width, and says all that there is to say."""

from __future__ import annotations

import re

import pytest
from tests.diagrams.labels import ODD
from tests.diagrams.random_traces import message, step, trace
from tests.diagrams.sequence.pictures import pictures, random_picture

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.picture import DrawingError, Picture
from payrelay.diagrams.sequence.text import ASCII, can_show, text
from payrelay.diagrams.texts import columns

PICTURES = pictures()
ASK, TELL = message("Ask", "relay", "shop", n=1), message("Tell", "shop", "relay")


def picture(*steps: object, **more: object) -> Picture:
    return sequence([Run("run", trace(*steps, **more))], "", "")  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [48, 80, 133])
@pytest.mark.parametrize("name", PICTURES)
def test_lines_fit_the_terminal(name: str, width: int) -> None:
    lines = text(PICTURES[name], width, with_states=True).splitlines()
    assert max(map(columns, lines)) <= width
    assert lines == text(PICTURES[name], width, with_states=True).splitlines()


def test_a_run_as_it_is_drawn() -> None:
    ask, tell = ASK | {"by": "control"}, TELL
    found = picture(
        step(1, "user", "relay", message("UserPays", "user", "relay"), sends=[ask]),
        step(2, "duplicate", "shop", ASK, sends=[tell], section="second"),
        step(3, "crash", "relay"),
        step(4, "lose", "relay", TELL),
        step(5, "restart", "relay"),
        step(6, "timeout", "relay", input="retry_time", early=True, sends=[message("More", "relay", "shop")]),
        step(7, "deliver", "shop", ASK, answer="ignored", section="second"),
        property="nothing_bad",
        conjunct="Never(it)",
    )
    assert text(found, 60).splitlines() == [
        "",
        "user",
        "│     relay",
        "│     │     shop",
        "│     │     │",
        "├────▶│     │  1 UserPays",
        "│     ├────▶│  2 Ask, n 1 [1]",
        "│     │     │      a copy stays under way",
        "│     ✕     │  3 relay: crashes",
        "│     ┊✕╌╌╌╌┤  4 Tell",
        "│     ┊     │      lost",
        "│     ●     │  5 relay: restarts",
        "│     ◷     │  6 relay: retry_time runs out, early",
        "│     ├╌╌○  │    More [1]",
        "│     │     │      still under way",
        "│     ├╌╌╌╌▶│  7 Ask, n 1 [1]",
        "│     │     │      sent in 1, a copy of 2, passed over",
        "│     │     │",
        "violated: nothing_bad",
        "Never(it)",
        "│     │     │",
        "[1] second",
    ]


def test_frames_are_rules() -> None:
    steps = [step(n, "timeout", "a", input="t") for n in (1, 2)]
    runs = [Run("one", trace(*steps, step(3, "timeout", "b"))), Run("other", trace(*steps))]
    lines = text(sequence(runs, "Title", "Says."), 40).splitlines()
    assert [line for line in lines if line.startswith("──")] == [
        "── loop 2 times, steps 1–2 ─────────────",
        "── end of the loop ─────────────────────",
        "── alt: one ────────────────────────────",
        "── else: other ─────────────────────────",
        "── end of the alternatives ─────────────",
    ]
    assert lines[:2] == ["Title", "Says."]


def test_colours_are_there_if_wanted() -> None:
    found = picture(step(1, "crash", "relay"), step(2, "timeout", "relay"), property="p", conjunct="c")
    coloured = text(found, 60, is_coloured=True)
    assert "\x1b[33m1 relay: crashes\x1b[0m" in coloured
    assert "\x1b[31mviolated: p\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9]+m", "", coloured) == text(found, 60)


def test_lines_can_be_had_in_ascii() -> None:
    drawn = text(picture(step(1, "deliver", "shop", ASK)), 60, signs=ASCII)
    assert "+---->|  1 Ask, n 1" in drawn
    assert drawn.isascii()


@pytest.mark.parametrize(
    ("encoding", "can"), [("utf-8", True), ("ascii", False), ("latin-1", False), ("no such", False)]
)
def test_what_an_encoding_can_show(encoding: str, can: bool) -> None:
    assert can_show(encoding) is can


@pytest.mark.parametrize("odd", ODD)
def test_labels_survive(odd: str) -> None:
    assert odd in text(picture(step(1, "deliver", "shop", message("Ask", "relay", "shop", text=odd))), 200)


def test_invalid_width_says_what_is_needed() -> None:
    with pytest.raises(DrawingError, match="12 lifelines need a width of 35, not 30; leave some out with --role"):
        text(random_picture(12, 5), 30)
    assert text(random_picture(12, 5), 35)


def test_a_message_to_oneself_is_a_point() -> None:
    assert "●  1 Ask" in text(picture(step(1, "deliver", "relay", message("Ask", "relay", "relay"))), 40)
