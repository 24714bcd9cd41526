"""Measurements: figures made of figures, and where tools disagree."""

from dataclasses import replace

import pytest

from payrelay.verification.bench.measurements import Found, LeftOut, Measurement, Published, disagreements, rounded

FOUND = Found(states=1000, steps=5000, runs=(0.5, 0.25, 1.0), preparing=2.0, bytes=32_000)
OURS = Measurement("w", "payrelay", FOUND)
TLC = Measurement("w", "tlc", replace(FOUND, steps=7000, bytes=None), counting="every")


def test_the_least_time_counts_and_the_median_is_told() -> None:
    value = OURS.value()
    assert (value["seconds"], value["seconds_median"], value["runs"]) == (0.25, 0.5, [0.5, 0.25, 1.0])
    assert (value["states_per_second"], value["steps_per_second"]) == (4000.0, 20_000.0)
    assert value["bytes_per_state"] == 32.0
    assert (value["quantity"], value["unit"], value["value"]) == ("time of a search", "s", 0.25)


def test_what_is_not_known_is_not_invented() -> None:
    at_once = replace(OURS, found=replace(FOUND, runs=(0.0,), bytes=None)).value()
    assert (at_once["states_per_second"], at_once["steps_per_second"], at_once["bytes_per_state"]) == (None,) * 3


@pytest.mark.parametrize(
    ("measured", "published", "words"),
    [
        ([OURS, TLC], None, []),
        ([OURS, TLC], Published(1000, 7000), []),
        ([OURS, TLC], Published(1000), []),
        ([], Published(1000), []),
        ([OURS], Published(999), ["states: payrelay 1,000, published 999"]),
        ([TLC], Published(1000, 6999), ["steps: tlc 7,000, published 6,999"]),
        (
            [OURS, replace(TLC, found=replace(TLC.found, states=1001))],
            None,
            ["states: payrelay 1,000, tlc 1,001"],
        ),
        (
            [OURS, replace(OURS, tool="spin", found=replace(FOUND, steps=5001))],
            None,
            ["steps that change something: payrelay 5,000, spin 5,001"],
        ),
        ([OURS, replace(TLC, graph="other", found=replace(TLC.found, states=1))], Published(1000), []),
    ],
    ids=["equal", "published", "no steps published", "nothing", "states", "steps", "both", "changing", "other graph"],
)
def test_disagreements(measured: list[Measurement], published: Published | None, words: list[str]) -> None:
    assert list(disagreements(measured, published)) == words


def test_what_was_left_out_has_a_reason() -> None:
    value = LeftOut("w", "tlc", "TLC was stopped after 3 seconds", False).value()
    assert value == {"workload": "w", "tool": "tlc", "reason": "TLC was stopped after 3 seconds", "failed": False}


def test_figures_are_as_exact_as_they_deserve() -> None:
    assert rounded(123456.0) == 123500.0
    assert rounded(None) is None
