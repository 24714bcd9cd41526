"""Counting: what is counted is held against what is published, and what was cut short is not."""

import json

import pytest

from payrelay.classics import counting


def test_a_published_count_is_met(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["counting", "2"])
    assert counting.main() == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["states"], found["published"], found["bound"]) == ("counting", 56, 56, None)
    assert set(found["verdicts"].values()) == {"holds"}


@pytest.mark.parametrize(
    ("states", "published", "bound", "code"),
    [(56, 56, None, 0), (57, 56, None, 1), (57, None, None, 4), (56, 56, "a limit", 4)],
)
def test_what_comes_of_a_count(states: int, published: int | None, bound: str | None, code: int) -> None:
    assert counting.exit_code({"states": states, "published": published, "bound": bound}) == code
