"""SPIN, measured: with what fits the graph."""

from dataclasses import replace

import pytest

from payrelay.verification.bench import spin as measuring
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError
from payrelay.verification.promela.spin import SpinFound

TINY = """\
byte n;
active proctype system() {
end: do
  :: d_step { n < 4 -> n++; assert(n < LIMIT) }
  od
}
"""
FOUND = SpinFound(1_745_408, 11_657_218, 0, "", 84, 300.0, 4.7, 1.0, depth=25)


@pytest.mark.parametrize(
    ("states", "depth", "options"),
    [
        (1_745_408, 25, ("-n", "-m1000", "-w21")),
        ((1 << 21) - 1, 999_999, ("-n", "-m1000099", "-w21")),
        (1 << 21, 900, ("-n", "-m1000", "-w22")),
        (5, 4, ("-n", "-m1000", "-w10")),
    ],
)
def test_table_and_stack_fit(states: int, depth: int, options: tuple[str, ...]) -> None:
    assert measuring.fitting(replace(FOUND, states=states, depth=depth)) == options


@pytest.mark.slow
def test_a_model_is_measured(spin: None) -> None:
    found = measuring.measure(TINY, 2, defined=["LIMIT=5"])
    assert (found.states, found.steps, len(found.runs)) == (5, 4, 2)
    assert found.bytes is not None
    assert found.bytes < 10 << 20, "no table for millions of states"


@pytest.mark.slow
def test_invalid_model_and_time(spin: None) -> None:
    with pytest.raises(NotMeasuredError, match="SPIN: assertion violated"):
        measuring.measure(TINY, 1, defined=["LIMIT=3"])
    with pytest.raises(NotMeasuredError, match="spin failed"):
        measuring.measure("no model", 1)
    with pytest.raises(StoppedError, match="was stopped after"):
        measuring.measure(TINY, 1, seconds=0.001, defined=["LIMIT=5"])
