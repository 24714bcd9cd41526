"""Trials: what a party is to suffer on purpose, as its settings say, and how it tells what happened.

Each thing that happens is one line on standard error, `trial: lost_request`, so that whoever runs the party can count
it; a party that kills itself says so before it does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from random import Random

from payrelay.host.serving import Post
from payrelay.host.unreliable import UnreliablePost
from payrelay.reference_impl.settings import Trial

TOLD = "trial: "
"""How a line begins that tells what happened."""
DIED_IN = "died_in "
"""How it is told in which state a party killed itself."""


def tell(what: str) -> None:
    """Say what happened."""
    print(f"{TOLD}{what}", file=sys.stderr, flush=True)


def die(state: str) -> None:
    """Be killed, at once."""
    tell(f"{DIED_IN}{state}")
    os.kill(os.getpid(), signal.SIGKILL)
    while True:  # a signal to oneself need not be there when the call is back
        time.sleep(1)


def post_in(trial: Trial, post: Post) -> Post:
    """How a party sends: as ever, if its network is to be fair."""
    return post if trial.weather.is_fair else UnreliablePost(post, trial.weather, Random(trial.seed).random, tell)


def clock_in(trial: Trial, clock: Callable[[], float] = time.time) -> Callable[[], float]:
    """A party's clock: one that is set to another time after a while, if it is to be."""
    step = trial.clock_forward - trial.clock_back
    if not step:
        return clock
    begins = time.monotonic() + trial.clock_after
    is_told: list[bool] = []

    def stepped() -> float:
        if time.monotonic() < begins:
            return clock()
        if not is_told:
            is_told.append(True)
            tell("clock_step_forward" if step > 0 else "clock_step_back")
        return clock() + step

    return stepped
