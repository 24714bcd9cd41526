"""Covering arrays: every two values are together in some try, in far fewer tries than all."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from payrelay.conformance.covering import Try, covering

FAULTS = tuple("abcdefgh")
TRIES = st.lists(
    st.builds(
        Try,
        state=st.integers(0, 3),
        message=st.integers(0, 4),
        faults=st.sets(st.sampled_from(FAULTS)).map(lambda some: tuple(sorted(some))),
        is_whole=st.booleans(),
    ),
    max_size=20,
)


def pairs(tries: list[Try], faults: list[tuple[str, ...]]) -> set[object]:
    """Every two values that are together."""
    found: set[object] = set()
    for one, some in zip(tries, faults, strict=True):
        for fault in some:
            found |= set(combinations((("state", one.state), ("message", one.message), ("fault", fault)), 2))
    return found


@given(TRIES)
def test_every_two_values_are_together(tries: list[Try]) -> None:
    chosen = covering(tries)
    assert pairs(tries, chosen) == pairs(tries, [one.faults for one in tries])
    for one, some in zip(tries, chosen, strict=True):
        assert set(some) <= set(one.faults)
        assert not one.is_whole or some == one.faults
    assert covering(tries) == chosen


def test_they_are_far_fewer_than_all() -> None:
    tries = [Try(state, message, FAULTS) for state in range(8) for message in range(8)]
    chosen = covering(tries)
    assert sum(map(len, chosen)) == 64  # as many as any covering array has at least: eight times eight pairs
    assert min(map(len, chosen)) == 1
