"""Powers: what can be done to a system under test beside sending it messages, and what each case takes of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Crashed, Done, RanOut
from payrelay.language.links import role_of

ON_THE_WAY = 1.0
"""The longest timer, in seconds, that is waited for to reach a state in which other things are tried."""
SHARE = 0.5
"""How much of the budget the case may wait in which a terminal is kept in touch."""
KEPT_IN_TOUCH = "inquiry"
"""The stage of that case."""
RESTART = "restart"
USER = "a user"
"""What is missing where nobody tells a terminal under test what its user does."""


@dataclass(frozen=True)
class Powers:
    """What can be done to the parties under test."""

    under_test: frozenset[str]
    periods: Mapping[str, float]
    """How many seconds their timers run."""
    longest_wait: float
    """How many seconds are waited for a timer."""
    budget: float
    advances: bool = False
    """Whether their clock can be set forward."""
    crashes: bool = False
    """Whether they can be killed and started again."""
    acts: bool = False
    """Whether the users of terminals can be made to do something."""
    triggers: bool = False
    """Whether terminals are processes of one test each, so that they can be killed, too."""

    @property
    def has_any(self) -> bool:
        """Whether anything can be done at all."""
        return self.advances or self.crashes or self.triggers or any(map(self._is_waited_for, self.periods))

    @property
    def on_the_way(self) -> frozenset[str]:
        """What may be done to reach a state: timers that run out, and a restart."""
        timers = {timer for timer, seconds in self.periods.items() if self.advances or seconds <= ON_THE_WAY}
        return frozenset(timers | ({RESTART} if self.crashes or self.triggers else set()))

    def _is_waited_for(self, timer: str) -> bool:
        return self.periods[timer] <= self.longest_wait

    def missing(self, case: Case) -> Iterator[str]:
        """What a case needs and cannot be done: timers, a restart, and acts of a user."""
        for move in case.moves:
            if isinstance(move, RanOut) and move.party in self.under_test:
                seconds = self.periods.get(move.timer)
                is_kept = case.stage == KEPT_IN_TOUCH and seconds is not None and seconds <= SHARE * self.budget
                if seconds is None or not (self.advances or is_kept or self._is_waited_for(move.timer)):
                    yield move.timer
            if isinstance(move, Crashed) and not (self.crashes or self._is_of_one_test(move)):
                yield RESTART
            if isinstance(move, Done) and move.party in self.under_test and not self.acts:
                yield USER

    def _is_of_one_test(self, move: Crashed) -> bool:
        """Whether who crashes is a process of one test."""
        return self.triggers and role_of(move.party) == "terminal"

    def waits(self, case: Case) -> float:
        """How many seconds a case waits for timers."""
        if self.advances:
            return 0.0
        return sum(
            self.periods.get(move.timer, 0.0)
            for move in case.moves
            if isinstance(move, RanOut) and move.party in self.under_test
        )

    def is_alone(self, case: Case) -> bool:
        """Whether nothing else may run beside a case: a crash, or another time, is everybody's."""
        return any(
            (isinstance(move, Crashed) and not self._is_of_one_test(move))
            or (self.advances and isinstance(move, RanOut) and move.party in self.under_test)
            for move in case.moves
        )
