"""Belonging: which of the tests that run at once a message of the party under test is of.

A message is of the test that has one of its identifiers. Kinds that several procedures share (a session, a user) tell
only where but one test has them. What a test had that has ended is remembered, so that what comes late of it is not
taken to be of another.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from payrelay.conformance.correspondence import Correspondence
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol, parts
from payrelay.model.open_values import OPEN_VALUES

OF_PARTIES = frozenset(["pay_url"])
"""The kinds of what is the same in all tests."""
MOST_REMEMBERED = 200_000
"""Identifiers of tests that have ended."""

Test = TypeVar("Test", bound=Hashable)


class Late(Exception):
    """A message is of a test that has ended."""


@dataclass
class Belonging(Generic[Test]):
    """The tests that run, each with what stands for what in it."""

    running: dict[Test, Correspondence] = field(default_factory=dict)
    _ended: dict[Symbol, None] = field(default_factory=dict)

    def begin(self, test: Test, found: Correspondence) -> None:
        """A test begins."""
        self.running[test] = found

    def end(self, test: Test) -> None:
        """A test has ended: what comes of it from now on comes late."""
        found = self.running.pop(test, None)
        if found is None:
            return
        for symbol in found.known():
            if symbol.kind not in OPEN_VALUES.shared:
                self._ended[symbol] = None
        while len(self._ended) > MOST_REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def owner(self, message: Message) -> Test | None:
        """The test that a message is of; None if none has any of its identifiers yet. Raises Late."""
        named = [one for one in dict.fromkeys(_symbols(message)) if one.kind not in OF_PARTIES]
        own = [one for one in named if one.kind not in OPEN_VALUES.shared]
        for symbols, wanted in ((own, 0), (named, 1)):
            having = [
                test for test, found in tuple(self.running.items()) if any(found.has(symbol) for symbol in symbols)
            ]
            if having and (wanted == 0 or len(having) == 1):
                return having[0]
            if any(symbol in self._ended for symbol in symbols):
                raise Late
        return None


def _symbols(message: Message) -> Iterator[Symbol]:
    return (part for part in parts(message) if isinstance(part, Symbol))
