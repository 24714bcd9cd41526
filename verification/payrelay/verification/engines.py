"""Engines: which one searches a system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

from payrelay.verification.components import NotComposableError
from payrelay.verification.composition import Product
from payrelay.verification.exploration import Exploration, Graph, Limits, limit_reached
from payrelay.verification.table_engine import TableEngine

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
    graph = Graph() if needs_graph else None
    is_large = limits.states is None or limits.states > SMALL
    if not is_large or not has_fast_engine():
        return engine.explore(limits, progress, graph), graph, "table"
    found = engine.explore(replace(limits, states=SMALL), progress, graph)
    if found.bound is None or found.bound != limit_reached(found, Limits(states=SMALL)):
        return found, graph, "table"
    from payrelay.verification import fast_engine  # a second, for numba

    if engine.system.alike and not needs_graph:
        progress(replace(found, bound=None), 0)
        try:
            product = Product(engine)
        except NotComposableError:
            pass
        else:
            name = "fast, composed, symmetric" if product.symmetry else "fast, composed"
            return fast_engine.explore(product, limits, progress), None, name
    graph = Graph() if needs_graph else None
    return fast_engine.explore(engine, limits, progress, graph), graph, "fast"
