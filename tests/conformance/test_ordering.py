"""Ordering: what comes early."""

from __future__ import annotations

from itertools import count, islice

from payrelay.conformance.ordering import in_turn, spread


def test_streams_take_turns_until_all_have_ended() -> None:
    assert list(in_turn(["abc", "d", "", "ef"])) == ["a", "d", "e", "b", "f", "c"]
    assert list(islice(in_turn([count(), count(10)]), 4)) == [0, 10, 1, 11]


def test_a_stream_that_stands_twice_has_two_in_a_turn() -> None:
    often = iter("aaaa")
    assert "".join(in_turn([often, often, iter("bb")])) == "aabaab"


def test_the_first_of_each_key_comes_first() -> None:
    assert list(spread(["a1", "a2", "a3", "b1", "c1", "c2"], lambda one: one[0])) == [
        "a1",
        "b1",
        "c1",
        "a2",
        "c2",
        "a3",
    ]
    assert "".join(spread("aAaAbB", str.lower, 0.5)) == "aBAbaA"
