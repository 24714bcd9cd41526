"""SPIN, measured: its full search, with the table and the stack that fit the graph.

The first run takes more of both than it needs; it is the warm-up, and tells how many states there are and how deep it
went. The runs that count have a table with at least as many places as there are states, and less than twice as many,
and hardly more stack than is used. What is taken is then SPIN's own "total actual memory usage": states, table, stack.
"""

from __future__ import annotations

from collections.abc import Sequence

from payrelay.verification.bench.measurements import ENOUGH, Found, NotMeasuredError, StoppedError
from payrelay.verification.promela.spin import NotSearched, SpinError, SpinFound, compiled, missing

__all__ = ["fitting", "measure", "missing"]

LEAST_PLACES, LEAST_DEPTH = 10, 1000
"""The smallest table, as a power of two, and the smallest stack."""
MEGABYTE = 1 << 20


def measure(model: str, repeat: int, *, seconds: float | None = None, defined: Sequence[str] = ()) -> Found:
    """Let SPIN search a model so many times, each run and the compiler in so many seconds."""
    try:
        with compiled(model, seconds=seconds, defined=defined) as program:
            found = program.search(seconds)
            _check(found)
            options = fitting(found)
            runs: list[float] = []
            while len(runs) < repeat and sum(runs) <= ENOUGH:
                found = program.search(seconds, options)
                runs.append(found.seconds)
    except NotSearched as error:
        raise StoppedError(str(error)) from None
    except SpinError as error:
        raise NotMeasuredError(str(error)) from None
    return Found(
        states=found.states,
        steps=found.transitions - 1,  # SPIN counts the state that it begins in
        runs=tuple(runs),
        preparing=found.preparing,
        bytes=int(found.memory * MEGABYTE),
    )


def fitting(found: SpinFound) -> tuple[str, ...]:
    """The options with which a graph is searched that is known already."""
    places = max(LEAST_PLACES, found.states.bit_length())
    return "-n", f"-m{max(LEAST_DEPTH, found.depth + 100)}", f"-w{places}"


def _check(found: SpinFound) -> None:
    if found.verdict != "holds":
        raise NotMeasuredError(f"SPIN: {found.error or found.verdict}")
