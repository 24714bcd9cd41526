"""Words: texts are folded to the room that there is."""

from payrelay.diagrams.shapes import Style, text_width
from payrelay.diagrams.words import folded

STYLE = Style(10.0)


def test_lines_are_no_wider_than_the_room() -> None:
    text = "a text of a few words that does not fit into one line"
    lines = folded(text, STYLE, 100.0)
    assert " ".join(lines) == text
    assert len(lines) > 2
    assert max(text_width(line, STYLE) for line in lines) <= 100.0


def test_a_word_that_is_too_wide_stands_alone() -> None:
    assert folded("one extraordinarily_long_word", STYLE, 30.0) == ["one", "extraordinarily_long_word"]
    assert folded("", STYLE, 30.0) == []
