"""Scenarios: what a turn is, and when it is taken."""

from dataclasses import dataclass

import pytest

from payrelay.language.messages import Input, Message, Stimulus, Timeout
from payrelay.language.scenarios import Turn, arrives, crashes, does, doubled, lost, runs_out


@dataclass(frozen=True, kw_only=True)
class Ask(Message):
    amount: int = 1


@dataclass(frozen=True, kw_only=True)
class UserAsks(Stimulus):
    pass


@pytest.mark.parametrize(
    ("turn", "kind", "party", "received", "early"),
    [
        (arrives(Ask), "deliver", "shop", Ask(), False),
        (arrives(Ask, "shop", amount=1), "deliver", "shop", Ask(), False),
        (does(UserAsks, "terminal"), "user", "terminal-1", UserAsks(), False),
        (does(UserAsks, "terminal-1"), "user", "terminal-1", UserAsks(), False),
        (lost(Ask, "shop"), "lose", "shop", Ask(), False),
        (doubled(Ask), "duplicate", "shop", Ask(), False),
        (runs_out("patience", "relay"), "timeout", "relay", Timeout("patience"), False),
        (runs_out("patience", "relay", early=True), "timeout", "relay", Timeout("patience"), True),
        (crashes("wallet"), "crash", "wallet-2", None, False),
    ],
)
def test_turns_are_taken(turn: Turn, kind: str, party: str, received: Input | None, early: bool) -> None:
    assert turn.is_taken(kind, party, received, early)
    assert not turn.is_taken("restart", party, received, early)
    assert not turn.is_taken(kind, "another", received, early) or not turn.party
    assert not turn.is_taken(kind, party, received, not early)
    assert turn.what == "" or not turn.is_taken(kind, party, None, early)


def test_a_turn_is_not_taken_by_something_else() -> None:
    assert not arrives(Ask, amount=2).is_taken("deliver", "shop", Ask(), False)
    assert not arrives(Ask).is_taken("deliver", "shop", UserAsks(), False)
    assert not runs_out("patience", "relay").is_taken("timeout", "relay", Timeout("another"), False)


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (arrives(Ask, "shop", amount=2), "shop deliver Ask amount 2"),
        (does(UserAsks), "user UserAsks"),
        (runs_out("patience", "relay", early=True), "relay early timeout patience"),
        (crashes("relay"), "relay crash"),
    ],
)
def test_turns_in_words(turn: Turn, words: str) -> None:
    assert str(turn) == words
