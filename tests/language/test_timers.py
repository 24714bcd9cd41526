"""Timers are values with a period."""

from payrelay.language.messages import Timeout
from payrelay.language.timers import Timer


def test_a_timer_comes_back_as_a_time_out_of_its_name() -> None:
    timer = Timer("retry_time", 15, "after which the same is sent again")
    assert Timeout(timer.name).event == "retry_time"
    assert timer.seconds == 15
    assert timer != Timer("retry_time", 16, timer.meaning)
