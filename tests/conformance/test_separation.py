"""Separation: sequences that tell states apart, of a machine that can be seen through."""

from __future__ import annotations

from payrelay.conformance.separation import separating, telling

SAYS = {("a", "x"): ("b", 0), ("b", "x"): ("a", 1), ("c", "x"): ("c", 0), ("d", "x"): ("d", 0), ("d", "y"): ("d", 9)}
"""What a machine comes to in a state by an input, and says."""


def step(state: str, told: str) -> tuple[str, int]:
    """One step. Raises AssertionError for an input that must not be in that state."""
    assert (state, told) != ("broken", "x")
    return SAYS.get((state, told), (state, 0))


def test_the_shortest_sequence_is_found() -> None:
    assert separating("a", "b", "x", step) == ("x",)
    assert separating("a", "c", "x", step) == ("x", "x")
    assert separating("c", "d", "x", step) is None


def test_more_inputs_are_told_only_where_the_usual_ones_do_not_suffice() -> None:
    assert telling("c", "abd", "x", step) == (("x", "x"),)
    assert telling("c", "abd", "x", step, "y") == (("x", "x"), ("y",))
    assert telling("c", "ab", "x", step, "y") == (("x", "x"),)


def test_a_state_that_cannot_be_is_not_told_apart_by_how_it_breaks() -> None:
    assert separating("c", "broken", "x", step) is None
    assert telling("c", ["broken", "a"], "x", step) == (("x", "x"),)
