"""Ordering: cases in an order in which each requirement is tried early, since a budget may end before they do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

One = TypeVar("One")


def in_turn(streams: Iterable[Iterable[One]]) -> Iterator[One]:
    """One of each in turn, until all have ended."""
    waiting = deque(map(iter, streams))
    while waiting:
        stream = waiting.popleft()
        for one in stream:
            yield one
            waiting.append(stream)
            break


def spread(things: Iterable[One], key: Callable[[One], Hashable], begin: float = 0.0) -> Iterator[One]:
    """The first of each key, then the second of each, and so on; where `begin` of those of a key, of 1, come last."""
    groups: dict[Hashable, list[One]] = {}
    for one in things:
        groups.setdefault(key(one), []).append(one)
    return in_turn(_begun(group, int(begin * len(group))) for group in groups.values())


def _begun(group: list[One], at: int) -> list[One]:
    return group[at:] + group[:at]
