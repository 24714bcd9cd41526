"""Explorations: how far a search may go, what it found, and the graph that it saw."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Limits:
    """Where a search stops before its end."""

    states: int | None = None
    seconds: float | None = None
    memory: int | None = None
    violations: int | None = None
    """After so many conjuncts were seen violated; to find one violation fast."""


@dataclass
class Exploration:
    """What a search found. `bound` says why it stopped early; None if it came to its end."""

    states: int = 0
    steps: int = 0
    depth: int = 0
    seconds: float = 0.0
    bytes: int = field(default=0, compare=False)
    """The most that table, queue and everything else of the search took at once; 0 if it was not counted."""
    bound: str | None = None
    interrupted: bool = False
    violations: dict[int, list[int]] = field(default_factory=dict)
    """For a conjunct, by its place in `watched`: the labels of a shortest run to its violation."""
    fired: set[int] = field(default_factory=set)
    """The labels of all steps that were taken."""


class Graph:
    """All states and steps of a finished search: the steps of state n are those from offsets[n] to offsets[n + 1]."""

    def __init__(self) -> None:
        self.states: list[int] = []
        self.parents: list[tuple[int, int]] = []
        self.offsets = array("q", [0])
        self.targets = array("q")
        self.labels = array("q")

    def steps(self, number: int) -> Iterator[tuple[int, int]]:
        """The steps of a state: (label, number of the next state)."""
        for place in range(self.offsets[number], self.offsets[number + 1]):
            yield self.labels[place], self.targets[place]

    def path(self, number: int) -> list[int]:
        """The labels of a shortest run to a state."""
        return path_to(self.parents, number)


def path_to(parents: list[tuple[int, int]], number: int) -> list[int]:
    """The labels of a shortest run to a state, by each state's (parent, label)."""
    path: list[int] = []
    while number >= 0 and parents[number][0] >= 0:
        number, label = parents[number]
        path.append(label)
    return path[::-1]


def limit_reached(found: Exploration, limits: Limits) -> str | None:
    """Which limit a search has reached, in words."""
    if limits.states is not None and found.states >= limits.states:
        return f"the limit of {limits.states} states was reached"
    if limits.seconds is not None and found.seconds >= limits.seconds:
        return f"the limit of {limits.seconds:g} seconds was reached"
    if limits.memory is not None and memory_used() >= limits.memory:
        return f"the limit of {limits.memory >> 20} MiB of memory was reached"
    return None


def memory_used() -> int:
    """The most memory that this process has had, in bytes."""
    import resource  # not on every platform, and only a limit on memory needs it

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
