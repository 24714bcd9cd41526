"""Scenarios: runs with a name, told by what somebody decides in them and what goes wrong.

A scenario is data. Whoever stages it takes a configuration of the model, lets messages arrive as they were sent, and
has each turn of the scenario happen as soon as the model allows it. What is sent, and what comes of it, is never
written here; so a scenario cannot disagree with the model, only become impossible.
"""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Stimulus


class ScenarioError(Exception):
    """A scenario that the model does not have. One line that says which turn is impossible."""


@dataclass(frozen=True)
class Turn:
    """One thing that happens in a scenario, and is not just the arrival of the next message."""

    kind: str
    """The kind of step: deliver, user, timeout, lose, duplicate or crash."""
    what: type[Input] | str
    """The message, what the user does, or the name of the timer; empty for a crash."""
    party: str = ""
    """The role or the instance that moves, or that does not get a lost message; empty if that is clear."""
    where: tuple[tuple[str, object], ...] = ()
    """The values that fields have."""
    early: bool = False
    """Whether a timer fires while something of its procedure is still under way."""

    def is_taken(self, kind: str, party: str, received: Input | None, early: bool) -> bool:
        """Whether this is what happens in a step."""
        if kind != self.kind or early is not self.early or self.party not in ("", party, role_of(party)):
            return False
        if isinstance(self.what, str):
            return not self.what or (received is not None and received.event == self.what)
        return type(received) is self.what and all(getattr(received, name) == value for name, value in self.where)

    def __str__(self) -> str:
        name = self.what if isinstance(self.what, str) else self.what.__name__
        where = ", ".join(f"{field} {value}" for field, value in self.where)
        early = "early" if self.early else ""
        return " ".join(filter(None, (self.party, early, self.kind, name, where)))


def arrives(message: type[Message], at: str = "", **where: object) -> Turn:
    """A message arrives, perhaps with what the world chooses at that moment."""
    return Turn("deliver", message, at, tuple(where.items()))


def does(stimulus: type[Stimulus], at: str = "", **where: object) -> Turn:
    """The user does something."""
    return Turn("user", stimulus, at, tuple(where.items()))


def lost(message: type[Message], to: str = "") -> Turn:
    """A message is lost."""
    return Turn("lose", message, to)


def doubled(message: type[Message], to: str = "") -> Turn:
    """A message arrives, and a copy of it stays under way."""
    return Turn("duplicate", message, to)


def runs_out(timer: str, of: str, *, early: bool = False) -> Turn:
    """A party's timer runs out."""
    return Turn("timeout", timer, of, early=early)


def crashes(party: str) -> Turn:
    """A party crashes and is back."""
    return Turn("crash", "", party)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A run with a name."""

    name: str
    says: str
    """What happens, in a sentence."""
    configuration: str
    """The configuration that has this run, and what is different in it: `benign wallets=3`."""
    turns: tuple[Turn, ...]
    """What happens, in this order. Between two turns messages arrive; after the last, all that are under way."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Scenarios that begin alike: drawn as one picture, with what they share once."""

    name: str
    says: str
    scenarios: tuple[str, ...]
    """Their names."""
