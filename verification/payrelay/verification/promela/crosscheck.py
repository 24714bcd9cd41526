"""The crosscheck: one system searched by payrelay and by SPIN, which share no code, and whether they agree.

Both count distinct states. A step is counted once for each state that it leaves, if it changes anything. SPIN counts
more: the state that it begins in as a transition; and if there are several initial states, the choice between them,
as a state of its own and as a transition for each. These are taken off. Where something is violated, SPIN also counts
the steps that are bad and change nothing, so that steps are compared only where nothing is.

Copies of a message that cannot be counted end neither search: both leave out that step, and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from payrelay.language.properties import SAFETY, Property
from payrelay.language.systems import System
from payrelay.verification.engines.choice import explore
from payrelay.verification.engines.exploration import Exploration, Limits, limit_reached
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.promela.export import promela
from payrelay.verification.promela.spin import NotSearched, SpinFound, search
from payrelay.verification.tables.tabulation import Tabulation


@dataclass(frozen=True)
class Counted:
    """What one of the two found."""

    states: int
    steps: int
    verdict: str
    seconds: float


@dataclass(frozen=True)
class Crosscheck:
    """What both found of one system."""

    name: str
    ours: Counted
    spins: Counted
    spin: SpinFound
    bound: str | None
    """What could not be counted, if anything."""

    @property
    def differences(self) -> tuple[str, ...]:
        """What is not the same in both: states, steps, verdict."""
        names = ["states", "verdict", *(["steps"] if self.ours.verdict == "holds" else [])]
        if self.bound and self.spins.verdict == "inconclusive":  # SPIN tells of the first assertion that failed only
            names.remove("verdict")
        return tuple(name for name in names if getattr(self.ours, name) != getattr(self.spins, name))


def crosscheck(
    name: str,
    system: System,
    properties: Sequence[Property],
    *,
    seconds: float | None = None,
    model: str | None = None,
    defined: Sequence[str] = (),
) -> Crosscheck:
    """Search a system, and let SPIN search the export of it, or another model that should be of the same system.

    Raises NotSearched if one of them did not come to its end in so many seconds.
    """
    watched = [one for one in properties if one.is_searched_in(system)]
    engine = TableEngine(Tabulation(replace(system, alike=())), watched)  # SPIN looks at every order
    limits = Limits(seconds=seconds)
    found = explore(engine, limits, _quietly, needs_graph=False).found
    if found.bound and found.bound == limit_reached(found, limits):
        raise NotSearched(found.bound)
    safety = {n for n, watch in enumerate(engine.watched) if isinstance(watch.conjunct, SAFETY)}
    violated = bool(safety & set(found.violations))
    verdict = "violated" if violated else "inconclusive" if found.bound else "holds"
    ours = Counted(found.states, found.steps, verdict, found.seconds)
    spin = search(promela(system, properties) if model is None else model, seconds=seconds, defined=defined)
    choice = len(engine.initial) if len(engine.initial) > 1 and model is None else 0
    spins = Counted(spin.states - bool(choice), spin.transitions - 1 - choice, spin.verdict, spin.seconds)
    return Crosscheck(name, ours, spins, spin, found.bound)


def _quietly(_found: Exploration, _waiting: int) -> None:
    """Show no progress."""
