"""Explorations: how far a search may go, what it found, and the graph that it saw."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.packing import WORD


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
    """The most memory that states, tables, queue and all else that grows took at once; 0 if it was not measured."""
    compiling: float = field(default=0.0, compare=False)
    """The seconds that it took to compile the search, if it had not been compiled before."""
    is_ready: bool = field(default=True, compare=False)
    """Whether the search has been compiled, or loaded."""
    bound: str | None = None
    interrupted: bool = False
    violations: dict[int, list[int]] = field(default_factory=dict)
    """For a conjunct, by its place in `watched`: the labels of a shortest run to its violation."""
    fired: set[int] = field(default_factory=set)
    """The labels of all steps that were taken."""


class States:
    """The states of a graph, each made an integer only when it is asked for."""

    def __init__(self, width: int, words: array[int]) -> None:
        self.width, self.words = width, words

    def __len__(self) -> int:
        return len(self.words) // self.width

    def __getitem__(self, number: int) -> int:
        first = number * self.width
        return sum(word << WORD * k for k, word in enumerate(self.words[first : first + self.width]))

    def __iter__(self) -> Iterator[int]:
        return map(self.__getitem__, range(len(self)))


class Graph:
    """All states and steps of a finished search: the steps of state n are those from offsets[n] to offsets[n + 1].

    Everything is in arrays, so that a large graph has room, and a compiled decision reads it as it is.
    """

    def __init__(self) -> None:
        self.width = 1
        """The words of a state."""
        self.words = array("Q")
        self.parents = array("q")
        self.arrivals = array("q")
        """For each state the number of another that it was found from, and the label of that step; -1 at first."""
        self.offsets = array("q", [0])
        self.targets = array("q")
        self.labels = array("q")

    @property
    def states(self) -> States:
        """The states, by number."""
        return States(self.width, self.words)

    def put(self, states: Iterable[int], width: int) -> None:
        """Take these as the states, each of so many words."""
        self.width = width
        self.words = array("Q")
        self.words.frombytes(b"".join(state.to_bytes(WORD // 8 * width, "little") for state in states))
        if sys.byteorder == "big":
            self.words.byteswap()

    def steps(self, number: int) -> Iterator[tuple[int, int]]:
        """The steps of a state: (label, number of the next state)."""
        for place in range(self.offsets[number], self.offsets[number + 1]):
            yield self.labels[place], self.targets[place]

    def source(self, place: int) -> int:
        """The state that a step leaves, by the step's place."""
        return bisect_right(self.offsets, place) - 1

    def path(self, number: int) -> list[int]:
        """The labels of a shortest run to a state."""
        return path_to(self.parents, self.arrivals, number)

    def root(self, number: int) -> int:
        """The initial state that this run begins in."""
        while self.parents[number] >= 0:
            number = self.parents[number]
        return number

    def places(self, labels: Set[int]) -> array[int]:
        """The steps that have one of these labels, by their place."""
        return array("q", (place for place, label in enumerate(self.labels) if label in labels))

    def left(self, label: int, place: Field) -> set[int]:
        """What a field contains in the states that steps with a label leave."""
        column, shift, mask = self._column(place)
        return {column[self.source(step)] >> shift & mask for step in self.places({label})}

    def fitting(self, tests: Iterable[tuple[Field, bytearray]]) -> bytearray:
        """For each state, whether each of these fields has contents that fit."""
        fitting = bytearray([1]) * len(self.states)
        for place, fits in tests:
            column, shift, mask = self._column(place)
            fitting = bytearray(fit and fits[word >> shift & mask] for fit, word in zip(fitting, column, strict=True))
        return fitting

    def _column(self, place: Field) -> tuple[array[int], int, int]:
        """The words of all states that hold a field, and where it is in them."""
        return self.words[place.shift // WORD :: self.width], place.shift % WORD, place.mask


def path_to(parents: Sequence[int], arrivals: Sequence[int], number: int) -> list[int]:
    """The labels of a shortest run to a state, by each state's parent and the label of the step from there."""
    path: list[int] = []
    while number >= 0 and parents[number] >= 0:
        path.append(arrivals[number])
        number = parents[number]
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
