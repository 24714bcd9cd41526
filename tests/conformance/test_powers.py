"""Powers: what can be tried of what a case needs."""

from __future__ import annotations

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Crashed, RanOut
from payrelay.conformance.powers import Powers

RELAY = frozenset(["relay"])
TIMERS = {"offer_time": 0.5, "hold_time": 10.0, "user_time": 300.0}


def powers(advances: bool = False, crashes: bool = False, budget: float = 60.0) -> Powers:
    """What can be done, where five seconds are waited."""
    return Powers(RELAY, TIMERS, 5.0, budget, advances, crashes)


def case(*timers: str, stage: str = "timer") -> Case:
    """A case in which timers run out."""
    return Case("x", stage, tuple(RanOut("relay/procedure-1", timer) for timer in timers))


def test_timers_are_waited_for_if_they_are_short_or_the_clock_is_set_forward() -> None:
    assert list(powers().missing(case("offer_time", "user_time", "hold_time"))) == ["user_time", "hold_time"]
    assert not list(powers(advances=True).missing(case("offer_time", "user_time", "hold_time")))
    assert powers().waits(case("offer_time", "offer_time")) == 1.0
    assert powers(advances=True).waits(case("offer_time")) == 0.0
    assert powers().on_the_way == {"offer_time"}
    assert powers(advances=True, crashes=True).on_the_way == {*TIMERS, "restart"}


def test_a_terminal_is_kept_in_touch_if_the_budget_suffices() -> None:
    kept = case("hold_time", stage="inquiry")
    assert not list(powers().missing(kept))
    assert list(powers(budget=15.0).missing(kept)) == ["hold_time"]


def test_what_is_everybodys_runs_alone() -> None:
    crash = Case("x", "crash", (Crashed("relay"),))
    assert list(powers().missing(crash)) == ["restart"]
    assert not list(powers(crashes=True).missing(crash))
    assert powers().is_alone(crash)
    assert not powers().is_alone(case("offer_time"))
    assert powers(advances=True).is_alone(case("offer_time"))


def test_timers_of_parties_of_the_kit_cost_nothing() -> None:
    of_the_kit = Case("x", "timer", (RanOut("wallet-1/procedure-1", "retry_time"),))
    assert not list(powers().missing(of_the_kit))
    assert powers().waits(of_the_kit) == 0.0
