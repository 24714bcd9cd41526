"""Our own engine, measured: the fast one, warmed up before the clock starts.

What it takes is what grows with the states: the tables with their empty places, the queue and the columns as far as
they are filled, and while something grows the old beside the new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from payrelay.verification.bench.measurements import ENOUGH, Found, NotMeasuredError, StoppedError
from payrelay.verification.composition.product import Product
from payrelay.verification.engines.exploration import Exploration, Limits, limit_reached
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.facts import Fact

WARM = Limits(states=1_000_000)
"""By then all is compiled that a search runs, and its memory has grown a few times."""


class Unchecked(TableEngine):
    """A system with the marks of all properties, and so with the same graph, in which nothing looks at them."""

    def _monitored(self, facts: Sequence[Fact]) -> tuple[int, tuple[tuple[int, bool, int], ...]]:
        marks, _ = super()._monitored(facts)
        return marks, ()


def composed(engine: TableEngine) -> TableEngine:
    """A system as it is searched: as a product, if some of its procedures are alike."""
    return Product(engine) if engine.system.alike else engine


def composed_in_every_order(engine: TableEngine) -> TableEngine:
    """The same product, of which every state is looked at, as SPIN looks at it."""
    return Product(engine).in_every_order()


def measure(
    builds: Mapping[str, Callable[[], TableEngine]], repeat: int, seconds: float | None = None
) -> dict[str, Found]:
    """Pack systems and search them so many times in turn, so that what disturbs one disturbs all.

    Raises StoppedError if a search takes longer, NotMeasuredError if it meets a bound or a violation: that costs time.
    """
    from payrelay.verification.engines import fast  # a second, for numba

    packed: dict[str, TableEngine] = {}
    preparing: dict[str, float] = {}
    for name, build in builds.items():
        began = time.perf_counter()
        packed[name] = build()
        preparing[name] = time.perf_counter() - began
        if fast.explore(packed[name], WARM).interrupted:
            raise KeyboardInterrupt
    found: dict[str, Exploration] = {}
    runs: dict[str, list[float]] = {name: [] for name in builds}
    limits = Limits(seconds=seconds)
    for _ in range(repeat):
        for name, packing in packed.items():
            found[name] = fast.explore(packing, limits)
            _check(found[name], limits)
            runs[name].append(found[name].seconds)
        if sum(map(sum, runs.values())) > ENOUGH:
            break
    return {
        name: Found(
            states=one.states,
            steps=one.steps,
            runs=tuple(runs[name]),
            preparing=preparing[name],
            bytes=one.bytes or None,
        )
        for name, one in found.items()
    }


def _check(found: Exploration, limits: Limits) -> None:
    if found.interrupted:
        raise KeyboardInterrupt
    if found.bound and found.bound == limit_reached(found, limits):
        raise StoppedError(found.bound)
    if found.bound:
        raise NotMeasuredError(found.bound)
    if found.violations:
        raise NotMeasuredError("something is violated: it was searched twice, for the run that leads there")
