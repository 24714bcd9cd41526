"""Connections: how a test of a system under test over HTTP begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.deviations import SILENT, Deviation, Late
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.switchboard import Switchboard


@dataclass(frozen=True)
class Connections:
    """Makes performances with the system under test, each with identifiers of its own."""

    assembly: Assembly
    board: Switchboard
    setting: Setting
    numbers: Iterator[int]
    """The numbers of tests, which those of other settings have not."""
    patience: float
    """How many seconds something may take that has to come."""
    quiescence: float
    """After how many seconds in which nothing comes nothing more does."""
    times_slowest: float = 0.0
    """How many times as long as what it takes at once its slowest answer may take. If that is more than its patience
    now, who says nothing may be slow; 0, if that is never believed."""

    @contextmanager
    def __call__(self, wishes: Wishes) -> Iterator[Performance]:
        """A new run. Raises SetUpError if what it begins with cannot be set up."""
        number = next(self.numbers)
        found = self.setting.correspondence(number)
        with self.board.test(f"{self.board.run}-{number}", found) as subject:
            self.assembly.prepare(self.setting, found, wishes, subject)
            performance = Performance(self.setting, subject, found)
            performance.patience, performance.quiescence = self.patience, self.quiescence
            try:
                yield performance
            except Deviation as deviation:
                slowest = self.board.slowest_lately()
                if deviation.kind in SILENT and self.times_slowest * slowest > performance.patience:
                    raise Late(f"{deviation.what}; but requests take up to {slowest * 1000:.0f} ms here now") from None
                if ended := subject.ended():
                    what = f"{deviation.what}; {ended}"
                    raise Deviation(deviation.kind, what, deviation.expected, deviation.at) from None
                raise
