"""Pictures to draw: some that are written, and some that are random, of every size that is promised."""

from __future__ import annotations

from functools import cache

from tests.diagrams.labels import ODD
from tests.diagrams.random_traces import random_trace, trace

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.picture import Event, Message, Picture, in_order

LIFELINES, MESSAGES = (6, 8, 12), (5, 50, 300)
SIZES = [(lifelines, messages) for lifelines in LIFELINES for messages in MESSAGES]


@cache
def random_picture(lifelines: int, messages: int, seed: int = 1) -> Picture:
    """A picture of a random trace."""
    told = random_trace(lifelines, messages, seed)
    return sequence([Run("run", told)], f"A run, {' '.join(ODD)}", f"It says {' '.join(ODD)}")


@cache
def branching_picture(depth: int = 5) -> Picture:
    """A picture of runs that part again and again, each with a title that is longer than anything; one without end."""
    told = random_trace(6, 30, 2)
    steps = told.steps
    runs = [Run(f"run {n} {' '.join(ODD)}", trace(*steps[: 3 + n], parties=("shop",))) for n in range(depth)]
    endless = trace(*steps, parties=("shop",), loop_from=20, property="p" * 300, conjunct="c " * 200)
    return sequence([*runs, Run("endless", endless)], "", "")


def pictures() -> dict[str, Picture]:
    """Some of every sort."""
    some = {
        f"{lifelines} lifelines, {messages} messages": random_picture(lifelines, messages)
        for lifelines, messages in SIZES
    }
    nobody = sequence([Run("", trace())], "", "")
    silent = sequence([Run("", trace(parties=("relay",)))], "nothing happens", "")
    return {
        **some,
        "branches": branching_picture(),
        "nobody": nobody,
        "nothing happens": silent,
        "absent": absent_picture(),
    }


def absent_picture() -> Picture:
    """What must have come, and what might have come instead of what came."""
    never = Message(sender="relay", receiver="shop", name="Missing", fate="absent")
    came = Message(sender="relay", receiver="wallet-1", name="Strange")
    instead = Message(sender="relay", receiver="wallet-1", name="Allowed", fate="absent", remarks=("instead",))
    events = (
        Event(number=1, kind="message", party="relay", message=never, is_violating=True),
        Event(number=2, kind="message", party="wallet-1", message=came, is_violating=True),
        Event(number=None, kind="message", party="relay", message=instead),
    )
    return Picture(
        title="absent", says="", lifelines=in_order(("relay", "shop", "wallet-1")), items=events, sections=()
    )
