"""Bars: computed from given figures, met exactly where they are, and judged only where something can be said."""

import pytest

from payrelay.verification.bench.bars import COSTS, Bar, bars, growth
from payrelay.verification.bench.measurements import Counting, Found, Measurement, Published

STATES = 1_000_000


def measured(
    tool: str, seconds: float, steps: int = 10_000_000, bytes_: int | None = None, states: int = STATES, name: str = "w"
) -> Measurement:
    found = Found(states=states, steps=steps, runs=(seconds,), preparing=0.0, bytes=bytes_)
    counting: Counting = "every" if tool in ("tlc", "rumur") else "changing"
    return Measurement(name, tool, found, counting=counting)


def judged(*of: Measurement, published: Published | None = None) -> dict[str, tuple[float, bool]]:
    found = bars(of, {"w": published} if published else {})
    return {bar.says: (round(bar.value, 6), bar.is_met) for bar in found}


@pytest.mark.parametrize(("seconds", "times", "is_met"), [(2.0, 10.0, True), (1.9, 9.5, False)])
def test_ten_times_spin(seconds: float, times: float, is_met: bool) -> None:
    found = judged(measured("payrelay", 0.2), measured("spin", seconds), measured("spin_export", 20.0))
    assert found == {"times as fast as SPIN": (times, is_met)}


def test_the_export_alone_counts_where_there_is_no_model_by_hand() -> None:
    found = judged(measured("payrelay", 0.2), measured("spin_export", 20.0))
    assert found == {"times as fast as SPIN": (100.0, True)}


def test_what_looks_at_every_order_is_compared_with_spin() -> None:
    found = judged(measured("payrelay", 0.1), measured("payrelay_every_order", 1.0), measured("spin_export", 5.0))
    assert found == {"times as fast as SPIN": (5.0, False)}


@pytest.mark.parametrize(("seconds", "times", "is_met"), [(20.0, 100.0, True), (19.0, 95.0, False)])
def test_a_hundred_times_tlc(seconds: float, times: float, is_met: bool) -> None:
    found = judged(measured("payrelay", 0.2), measured("tlc", seconds))
    assert found == {"times TLC's distinct states a second": (times, is_met)}


def test_steps_a_second_in_both_countings() -> None:
    found = judged(measured("payrelay", 0.25), published=Published(STATES, 15_000_000))
    assert found == {
        "steps a second, those that change nothing among them": (60e6, True),
        "steps a second, of those that change something": (40e6, False),
    }


@pytest.mark.parametrize(("ours", "is_met"), [(20_000_000, True), (21_000_000, False)])
def test_half_of_the_smaller_of_spins_memories(ours: int, is_met: bool) -> None:
    found = judged(
        measured("payrelay", 0.1, bytes_=ours),
        measured("spin", 2.0, bytes_=60_000_000),
        measured("spin_export", 2.0, bytes_=40_000_000),
    )
    assert found["of SPIN's bytes a state"] == (ours / 40_000_000, is_met)


@pytest.mark.parametrize(
    ("seconds", "cost", "is_met"), [(1.25, 0.2, True), (1.3, 0.230769, False), (0.9, -0.111111, True)]
)
def test_what_properties_cost(seconds: float, cost: float, is_met: bool) -> None:
    for tool, says in COSTS.items():
        found = judged(measured("payrelay", seconds), measured(tool, 1.0))
        assert found == {says: (cost, is_met)}


@pytest.mark.parametrize(
    "of",
    [
        [measured("payrelay", 0.1, states=99_999), measured("spin", 9.0, states=99_999)],
        [measured("payrelay", 0.1)],
        [measured("spin", 0.1), measured("tlc", 0.1)],
        [measured("payrelay", 0.0), measured("spin", 1.0)],
    ],
    ids=["small", "alone", "without us", "over at once"],
)
def test_nothing_is_said_of_what_was_not_measured(of: list[Measurement]) -> None:
    assert judged(*of) == {}


def test_a_bar_as_plain_data() -> None:
    assert Bar("w", "times", "at least", 10.0, 4.0, "times").plain() == {
        "workload": "w",
        "quantity": "times",
        "direction": "at least",
        "bar": 10.0,
        "unit": "times",
        "value": 4.0,
        "met": False,
    }


def test_growth() -> None:
    found = growth(
        [
            measured("payrelay", 0.1, states=10, name="one"),
            measured("spin", 0.1, states=10, name="two"),
            measured("payrelay", 5.0, states=1000, name="three"),
        ],
        ["one", "two", "three"],
    )
    assert [(one.workload, states, seconds) for one, states, seconds in found] == [("three", 100.0, 50.0)]
