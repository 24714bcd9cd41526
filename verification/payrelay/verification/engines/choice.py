"""Engines: which one searches a system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

from payrelay.verification.composition.components import NotComposableError
from payrelay.verification.composition.product import Product
from payrelay.verification.engines.exploration import Exploration, Graph, Limits, limit_reached
from payrelay.verification.engines.table import TableEngine

SMALL = 5_000
"""The states up to which the table engine is done before the fast one has been loaded."""

Progress = Callable[[Exploration, int], None]


def has_fast_engine() -> bool:
    """Whether numba is there, the extra `fast`."""
    return find_spec("numba") is not None


def explore(
    engine: TableEngine, limits: Limits, progress: Progress, needs_graph: bool
) -> tuple[Exploration, Graph | None, str]:
    """Search a system: what was found, the graph if it is needed, and the name of the engine.

    The table engine searches it if it is small, or if there is no numba; else the fast engine, from the beginning.
    Procedures that the system says are alike are composed, if they can be, unless the graph is needed.
    """
    may_be_large = limits.states is None or limits.states > SMALL
    if not may_be_large or not has_fast_engine():
        return *explore_whole(engine, limits, progress, needs_graph, is_large=False), "table"
    found, graph = explore_whole(engine, replace(limits, states=SMALL), progress, needs_graph, is_large=False)
    if found.bound is None or found.bound != limit_reached(found, Limits(states=SMALL)):
        return found, graph, "table"
    if engine.system.alike and not needs_graph:
        progress(replace(found, bound=None), 0)
        try:
            product = Product(engine)
        except NotComposableError:
            pass
        else:
            name = "fast, composed, symmetric" if product.symmetry else "fast, composed"
            return *explore_whole(product, limits, progress, False, is_large=True), name
    return *explore_whole(engine, limits, progress, needs_graph, is_large=True), "fast"


def explore_whole(
    engine: TableEngine, limits: Limits, progress: Progress | None, needs_graph: bool, *, is_large: bool
) -> tuple[Exploration, Graph | None]:
    """Search a system as it is, of which it is known whether it is large."""
    if not is_large or not has_fast_engine():
        graph = Graph() if needs_graph else None
        return engine.explore(limits, progress, graph), graph
    from payrelay.verification.engines import arrays, fast  # a second, for numba

    graph = arrays.ArrayGraph() if needs_graph else None
    return fast.explore(engine, limits, progress, graph), graph
