"""What is asked where nobody answers, and where somebody does."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import Callable

import pytest
from tests.cli.systems_at_work import types

from payrelay.cli.asking import Asking, UnansweredError
from payrelay.cli.shell_terminals import InterruptedByUserError, Interrupts

QUESTIONS: dict[str, Callable[[Asking], object]] = {
    "agrees": lambda asking: asking.agrees("Pay?", "say --yes"),
    "number": lambda asking: asking.number("Which", 1, 3, "say --yes"),
    "text": lambda asking: asking.text("Name", "say --yes"),
    "secret": lambda asking: asking.secret("Word", "say --yes"),
}


def asked(question: str, *, as_json: bool = False) -> object:
    async def ask() -> object:
        return QUESTIONS[question](Asking(Interrupts(), as_json))

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("question", "lines", "answer"),
    [
        ("agrees", ["perhaps", "y"], True),
        ("agrees", [""], False),
        ("number", ["4", "two", "2"], 2),
        ("text", ["", " A. User "], "A. User"),
        ("secret", ["word"], "word"),
    ],
)
def test_whoever_is_there_is_asked_until_it_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, question: str, lines: list[str], answer: object
) -> None:
    types(monkeypatch, *lines)
    assert asked(question) == answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_invalid_without_an_answer(monkeypatch: pytest.MonkeyPatch, question: str) -> None:
    types(monkeypatch)
    with pytest.raises(UnansweredError, match="say --yes"):
        asked(question)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnansweredError, match="say --yes"):
        asked(question)


class Interrupting(io.StringIO):
    """An input at which the user presses Ctrl-C."""

    def readline(self, _size: int = -1, /) -> str:  # type: ignore[override]
        signal.raise_signal(signal.SIGINT)
        return ""


@pytest.mark.parametrize("question", QUESTIONS)
def test_ctrl_c_is_no_answer(monkeypatch: pytest.MonkeyPatch, question: str) -> None:
    async def ask() -> None:
        interrupts = Interrupts()
        with interrupts.caught(), pytest.raises(InterruptedByUserError):
            QUESTIONS[question](Asking(interrupts))
        assert not interrupts.is_asking

    monkeypatch.setattr(sys, "stdin", Interrupting())
    before = signal.getsignal(signal.SIGINT)
    asyncio.run(ask())
    assert signal.getsignal(signal.SIGINT) is before


def test_where_a_document_is_wanted_questions_are_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch, "y")
    assert asked("agrees", as_json=True) is True
    said = capsys.readouterr()
    assert (said.out, "Pay?" in said.err) == ("", True)
