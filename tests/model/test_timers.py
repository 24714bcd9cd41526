"""The protocol's timers, and the orderings between their periods."""

from dataclasses import dataclass

import pytest

from payrelay.model.protocol import ROLES
from payrelay.model.timers import TIMERS, misfits

PERIODS: dict[str, float] = {timer.name: timer.seconds for timer in TIMERS}


@dataclass(frozen=True)
class Misfit:
    """The first value of a period for which an ordering does not hold any more: each must be strict."""

    timer: str
    seconds: float
    rule: str


MISFITS = (
    Misfit("shop_time", 16, "shop_time + offer_time + wallet_time + reaction < http_time"),
    Misfit("offer_time", 9, "shop_time + offer_time + wallet_time + reaction < http_time"),
    Misfit("hold_time", 29, "hold_time + reaction < http_time"),
    Misfit("authority_time", 14.5, "2 authority_time + reaction < http_time"),
    Misfit("user_time", 413.5, "offer_time + 2 user_time + wallet_time + margin < info_expiry"),
    Misfit("info_expiry", 673, "offer_time + 2 user_time + wallet_time + margin < info_expiry"),
    Misfit("info_expiry", 3600, "info_expiry < order_expiry"),
    Misfit("form_expiry", 300, "user_time < form_expiry"),
    Misfit("activation_time", 40, "wallet_time + 2 retry_time < activation_time"),
)


def test_every_period_has_its_place() -> None:
    assert misfits(PERIODS) == []


@pytest.mark.parametrize("misfit", MISFITS, ids=lambda misfit: f"{misfit.timer} {misfit.seconds}")
def test_invalid_periods_are_told(misfit: Misfit) -> None:
    assert misfits({**PERIODS, misfit.timer: misfit.seconds}) == [f"{misfit.rule} does not hold"]
    nearly = misfit.seconds + (1 if misfit.timer in ("form_expiry", "activation_time") else -1)
    if misfit.timer != "info_expiry":
        assert misfits({**PERIODS, misfit.timer: nearly}) == []


def test_all_that_do_not_hold_are_told_at_once() -> None:
    assert len(misfits({**PERIODS, "http_time": 10, "user_time": 10_000})) == 5


def test_every_timer_is_one_of_some_role_and_says_what_it_is_for() -> None:
    assert {name for role in ROLES for name in role.timers} == set(PERIODS)
    assert len(PERIODS) == len(TIMERS)
    assert all(timer.meaning and timer.seconds > 0 for timer in TIMERS)
