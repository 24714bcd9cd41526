"""Colours and widths: a pipe gets neither."""

import io
import sys

import pytest

from payrelay.cli.terminal import folded, painted, rewritten_line


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def become_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a fixture: pytest puts its own stream in place between a fixture and its test."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    line = "  word" * 50
    assert folded(line, 4) == line
    assert painted("violated") == "violated"


def test_a_narrow_terminal_gets_folded_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    become_terminal(monkeypatch)
    lines = folded("  P9   name  holds in happy, benign, faults, registration", 10).splitlines()
    assert lines == ["  P9   name  holds in happy, benign,", "          faults, registration"]


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    become_terminal(monkeypatch)
    assert painted("violated") == "\x1b[31mviolated\x1b[0m"
    assert painted("word") == "word"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted("violated") == "violated"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert painted("violated") == "violated"


def test_a_line_is_written_anew_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    become_terminal(monkeypatch)
    stream = Terminal()
    with rewritten_line(stream) as write:
        assert write is not None
        write("waiting")
        write("w" * 50)
    assert stream.getvalue() == "\r\x1b[Kwaiting\r\x1b[K" + "w" * 39 + "\r\x1b[K"
    with rewritten_line(io.StringIO()) as write:
        assert write is None
    monkeypatch.setenv("TERM", "dumb")
    with rewritten_line(stream) as write:
        assert write is None
