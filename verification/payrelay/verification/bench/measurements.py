"""Measurements: how long a tool searched a graph, what it found there, and where tools do not agree.

Times are those of one machine at one time, so only their ratios say anything. What is compared is the least time of
several searches: whatever else the machine did can only have made the others longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

ENOUGH = 20.0
"""Seconds after which a search is not repeated any more."""

Counting = Literal["changing", "every"]
"""Which steps are counted: those that change something, or also those that change nothing."""


class NotMeasuredError(Exception):
    """A search that could not be measured. The text is one line that says why."""

    is_failure = True
    """Whether something is wrong."""


class StoppedError(NotMeasuredError):
    """A search that was stopped before its end: it says nothing about the whole."""

    is_failure = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a tool found, and how long it took each time that it was asked."""

    states: int
    """Distinct ones."""
    steps: int
    runs: tuple[float, ...]
    """Seconds of each search, by the tool's own clock if it has one."""
    preparing: float
    """Seconds before the first search: reading, packing, compiling."""
    bytes: int | None = None
    """What the search took; None if the tool does not say."""


@dataclass(frozen=True)
class Measurement:
    """What a tool found of a workload."""

    workload: str
    tool: str
    found: Found
    counting: Counting = "changing"
    graph: str = "whole"
    """Tools that search the same graph of a workload must find the same in it."""

    @property
    def seconds(self) -> float:
        """The least time of a search."""
        return min(self.found.runs)

    @property
    def states_per_second(self) -> float | None:
        """Distinct states a second; None if it was over at once."""
        return self.found.states / self.seconds if self.seconds else None

    @property
    def steps_per_second(self) -> float | None:
        """Steps a second, as the tool counts them."""
        return self.found.steps / self.seconds if self.seconds else None

    @property
    def bytes_per_state(self) -> float | None:
        """What the search took for each distinct state: table with its load, queue or stack, and the rest."""
        return None if self.found.bytes is None else self.found.bytes / self.found.states

    def value(self) -> dict[str, Any]:
        """The measurement as plain data."""
        found = self.found
        return {
            "workload": self.workload,
            "tool": self.tool,
            "graph": self.graph,
            "states": found.states,
            "steps": found.steps,
            "steps_counted": self.counting,
            "seconds": rounded(self.seconds),
            "seconds_median": rounded(median(found.runs)),
            "runs": [rounded(one) for one in found.runs],
            "preparing_seconds": rounded(found.preparing),
            "states_per_second": rounded(self.states_per_second),
            "steps_per_second": rounded(self.steps_per_second),
            "bytes_per_state": rounded(self.bytes_per_state),
            "quantity": "time of a search",
            "unit": "s",
            "value": rounded(self.seconds),
        }


@dataclass(frozen=True)
class LeftOut:
    """A search that was not measured, and why."""

    workload: str
    tool: str
    reason: str
    is_failure: bool

    def value(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"workload": self.workload, "tool": self.tool, "reason": self.reason, "failed": self.is_failure}


@dataclass(frozen=True)
class Published:
    """What others have published of a graph."""

    states: int
    steps: int | None = None
    """Those that change nothing among them; None if nobody has said."""


def disagreements(measured: Iterable[Measurement], published: Published | None = None) -> Iterator[str]:
    """Where tools that searched the same graph of one workload did not find the same, in words.

    Steps are compared among those that count the same steps.
    """
    by_graph: dict[str, list[Measurement]] = {}
    for one in measured:
        by_graph.setdefault(one.graph, []).append(one)
    for graph, of_graph in by_graph.items():
        known = published if graph == "whole" else None
        states = {one.tool: one.found.states for one in of_graph}
        yield from _unequal("states", states, known.states if known else None)
        for counting in ("changing", "every"):
            steps = {one.tool: one.found.steps for one in of_graph if one.counting == counting}
            yield from _unequal(
                "steps" if counting == "every" else "steps that change something",
                steps,
                known.steps if known and counting == "every" else None,
            )


def _unequal(what: str, found: dict[str, int], known: int | None) -> Iterator[str]:
    numbers = {**found, "published": known} if known is not None and found else found
    if len(set(numbers.values())) > 1:
        yield f"{what}: {', '.join(f'{who} {number:,}' for who, number in numbers.items())}"


def rounded(number: float | None, figures: int = 4) -> float | None:
    """A number as exact as it deserves."""
    return None if number is None else float(f"{number:.{figures}g}")
