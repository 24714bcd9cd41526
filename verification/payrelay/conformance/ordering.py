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


def spread(things: Iterable[One], key: Callable[[One], Hashable]) -> Iterator[One]:
    """The first of each key, then the second of each, and so on."""
    groups: dict[Hashable, list[One]] = {}
    for one in things:
        groups.setdefault(key(one), []).append(one)
    return in_turn(groups.values())
