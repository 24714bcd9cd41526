"""Bars: what the engine is to reach beside other tools, as ratios of figures that were taken in one run.

A bar is judged on searches that are large enough for the clock and for what every search takes at least. If SPIN
searches a model by hand and our export, the faster counts, and the smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from payrelay.verification.bench.measurements import Measurement, Published, rounded

LARGE = 100_000
"""The states below which a search is over too soon to say anything."""

OURS, EVERY_ORDER = "payrelay", "payrelay_every_order"
UNWATCHED, UNCHECKED = "payrelay_without_properties", "payrelay_without_checks"
SPIN, SPIN_EXPORT, TLC, RUMUR = "spin", "spin_export", "tlc", "rumur"
"""The tools, and how they are used. What SPIN searches was written for it by hand, or is our export."""

TIMES_SPIN, TIMES_TLC = 10.0, 100.0
STEPS_PER_SECOND = 50e6
PART_OF_SPINS_BYTES, PART_IF_COMPOSED = 0.5, 0.25
COST_OF_PROPERTIES = 0.2
COSTS = {
    UNWATCHED: "of the speed is what all properties cost, with the states that they tell apart",
    UNCHECKED: "of the speed is what their checks cost, on the same graph",
}
"""What is said of a search without something."""


@dataclass(frozen=True)
class Bar:
    """Something to reach on a workload, and what was reached."""

    workload: str
    says: str
    direction: Literal["at least", "at most"]
    bar: float
    value: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether it was reached."""
        return self.value >= self.bar if self.direction == "at least" else self.value <= self.bar

    def plain(self) -> dict[str, Any]:
        """The bar as plain data."""
        return {
            "workload": self.workload,
            "quantity": self.says,
            "direction": self.direction,
            "bar": self.bar,
            "unit": self.unit,
            "value": rounded(self.value),
            "met": self.is_met,
        }


def bars(measured: Iterable[Measurement], published: Mapping[str, Published]) -> Iterator[Bar]:
    """Every bar that these measurements, of one run, say something about."""
    by_workload: dict[str, dict[str, Measurement]] = {}
    for one in measured:
        by_workload.setdefault(one.workload, {})[one.tool] = one
    for workload, tools in by_workload.items():
        large = {tool: one for tool, one in tools.items() if one.found.states >= LARGE and one.seconds}
        yield from _of_workload(workload, large, published.get(workload))


def _of_workload(workload: str, tools: Mapping[str, Measurement], known: Published | None) -> Iterator[Bar]:
    ours = tools.get(EVERY_ORDER) or tools.get(OURS)  # SPIN looks at every order
    if ours is None:
        return
    if spins := [tools[name] for name in (SPIN, SPIN_EXPORT) if name in tools]:
        times = min(one.seconds for one in spins) / ours.seconds
        yield Bar(workload, "times as fast as SPIN", "at least", TIMES_SPIN, times, "times")
        takes = [one.bytes_per_state for one in spins if one.bytes_per_state]
        if takes and ours.bytes_per_state:
            part = ours.bytes_per_state / min(takes)
            most = PART_IF_COMPOSED if EVERY_ORDER in tools else PART_OF_SPINS_BYTES
            yield Bar(workload, "of SPIN's bytes a state", "at most", most, part, "part")
    if tlc := tools.get(TLC):
        times = _ratio(ours.states_per_second, tlc.states_per_second)
        yield Bar(workload, "times TLC's distinct states a second", "at least", TIMES_TLC, times, "times")
    if known and known.steps:
        steps = "steps a second, those that change nothing among them"
        yield Bar(workload, steps, "at least", STEPS_PER_SECOND, known.steps / ours.seconds, "steps/s")
        steps = "steps a second, of those that change something"
        yield Bar(workload, steps, "at least", STEPS_PER_SECOND, ours.steps_per_second or 0.0, "steps/s")
    for tool, says in COSTS.items():
        if (watched := tools.get(OURS)) and (without := tools.get(tool)):
            cost = 1 - _ratio(watched.steps_per_second, without.steps_per_second)
            yield Bar(workload, says, "at most", COST_OF_PROPERTIES, cost, "part")


def _ratio(one: float | None, other: float | None) -> float:
    return (one or 0.0) / other if other else 0.0


def growth(measured: Sequence[Measurement], workloads: Sequence[str]) -> Iterator[tuple[Measurement, float, float]]:
    """How a system grows along workloads: each with its states and its seconds, as so many times those before it."""
    found = {one.workload: one for one in measured if one.tool == OURS}
    before: Measurement | None = None
    for one in (found[name] for name in workloads if name in found):
        if before is not None:
            yield one, one.found.states / before.found.states, _ratio(one.seconds, before.seconds)
        before = one
