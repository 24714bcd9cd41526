"""Liveness: who answers the questions of a graph."""

from __future__ import annotations

from payrelay.verification.engines.choice import SMALL, has_fast_engine
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.decisions import Liveness


def liveness_of(engine: TableEngine, graph: Graph) -> Liveness:
    """A graph to be asked: of the kernel if it is large and numba is there, else of plain Python."""
    if len(graph.states) <= SMALL or not has_fast_engine():
        return Liveness(engine, graph)
    from payrelay.verification.liveness.fast import FastLiveness  # a second, for numba

    return FastLiveness(engine, graph)
