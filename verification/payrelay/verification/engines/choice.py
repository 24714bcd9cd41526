"""Engines: which one searches a system."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import NamedTuple

from payrelay.verification.composition.components import NotComposableError
from payrelay.verification.composition.exchange import NotSymmetricError
from payrelay.verification.composition.product import Product
from payrelay.verification.composition.symmetry import SymmetricEngine
from payrelay.verification.engines.exploration import Exploration, Graph, Limits, limit_reached
from payrelay.verification.engines.table import TableEngine

SMALL = 5_000
"""The states up to which the table engine is done before the fast one has been loaded."""
LARGEST_GRAPH = 2_000_000
"""The states of several procedures, in every order, up to which a graph of them is kept: a gigabyte."""

SYMMETRIC = "fast, symmetric"

Progress = Callable[[Exploration, int], None]


class Explored(NamedTuple):
    """A system that was searched."""

    found: Exploration
    graph: Graph | None
    name: str
    """Of the engine."""
    packing: TableEngine
    """The system in the form that was searched, which the graph is one of."""


def has_fast_engine() -> bool:
    """Whether numba is there, the extra `fast`."""
    return find_spec("numba") is not None


def explore(engine: TableEngine, limits: Limits, progress: Progress, needs_graph: bool) -> Explored:
    """Search a system.

    The table engine searches it if it is small, or if there is no numba; else the fast engine, from the beginning.
    Where the system says that things are alike, it is composed of its procedures, if it can be, and one order of what
    is alike is looked at. If a graph is needed, every order is; if it becomes too large, it is not kept, and one order
    is enough.
    """
    may_be_large = limits.states is None or limits.states > SMALL
    if not may_be_large or not has_fast_engine():
        return Explored(*explore_whole(engine, limits, progress, needs_graph, is_large=False), "table", engine)
    found, graph = explore_whole(engine, replace(limits, states=SMALL), progress, needs_graph, is_large=False)
    if not _is_cut(found, SMALL):
        return Explored(found, graph, "table", engine)
    if engine.system.alike:
        progress(replace(found, bound=None), 0)
        with suppress(NotComposableError):
            return _explore_composed(engine, limits, progress, needs_graph)
        if not needs_graph:
            with suppress(NotSymmetricError):
                symmetric = SymmetricEngine(engine)
                return Explored(*explore_whole(symmetric, limits, progress, False, is_large=True), SYMMETRIC, symmetric)
    return Explored(*explore_whole(engine, limits, progress, needs_graph, is_large=True), "fast", engine)


def _explore_composed(engine: TableEngine, limits: Limits, progress: Progress, needs_graph: bool) -> Explored:
    product = Product(engine)
    if needs_graph:
        every = product.in_every_order()
        most = LARGEST_GRAPH if limits.states is None else min(limits.states, LARGEST_GRAPH)
        found, graph = explore_whole(every, replace(limits, states=most), progress, True, is_large=True)
        if most == limits.states or not _is_cut(found, most):
            return Explored(found, graph, "fast, composed", every)
    name = "fast, composed, symmetric" if product.symmetry else "fast, composed"
    return Explored(*explore_whole(product, limits, progress, False, is_large=True), name, product)


def _is_cut(found: Exploration, states: int) -> bool:
    """Whether a search ended because it had so many states."""
    return found.bound is not None and found.bound == limit_reached(found, Limits(states=states))


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
