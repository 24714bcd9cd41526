"""Liveness by the compiled kernel, for large graphs: the same answers, and the same runs."""

from __future__ import annotations

from array import array
from collections.abc import Set
from typing import Any

import numpy as np

from payrelay.verification.engines.arrays import array_of
from payrelay.verification.liveness import kernel
from payrelay.verification.liveness.decisions import Liveness
from payrelay.verification.liveness.fairness import FairActions, Part, Search


class FastLiveness(Liveness):
    """A finished graph, and the questions that can be asked of it, answered by the kernel."""

    def _go_back(self, reached: bytearray) -> None:
        kernel.go_back(np.asarray(self.graph.offsets), np.asarray(self.graph.targets), np.asarray(reached))

    def _search(self, responses: Set[int], fair: FairActions) -> Search:
        return FastSearch(self.graph, responses, fair)


class FastSearch(Search):
    """Looks for a fair run by the kernel."""

    def _reach(self, starts: array[int]) -> None:
        order = np.empty(len(self.came), dtype=np.int64)
        given: tuple[Any, ...] = (*self._graph, np.asarray(starts), np.asarray(self.came), order)
        self.beginnings, count = kernel.reach(*given)
        self.order = array_of("q", order[:count])

    def _first_stop(self) -> int | None:
        given: tuple[Any, ...] = (*self._graph, *self._actions, len(self.fair.strong), np.asarray(self.order))
        state = kernel.first_stop(*given)
        return None if state < 0 else state

    def _fair_part(self) -> Part | None:
        strong = np.array(self.fair.strong, dtype=np.bool_)
        order, region = np.asarray(self.order), np.asarray(self.region)
        given: tuple[Any, ...] = (*self._graph, *self._actions, strong, order, region)
        states, is_what = kernel.fair_part(*given)
        if not len(states):
            return None
        possible, taken = (np.flatnonzero(is_what & what).tolist() for what in (kernel.POSSIBLE, kernel.TAKEN))
        return Part(states.tolist(), possible, set(taken))

    @property
    def _graph(self) -> tuple[Any, ...]:
        graph = self.graph
        return tuple(map(np.asarray, (graph.offsets, graph.targets, graph.labels, self.is_response)))

    @property
    def _actions(self) -> tuple[Any, ...]:
        return tuple(map(np.asarray, self.fair.flat))
