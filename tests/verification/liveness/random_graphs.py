"""Graphs made at random, with labels that are actions for fairness."""

from __future__ import annotations

from array import array

from hypothesis import strategies as st

from payrelay.verification.engines.exploration import Graph
from payrelay.verification.liveness.fairness import FairActions

LABELS = 6
TRIGGER, ANSWER = 0, 1
"""The first two labels: what wants an answer, and the answer. All may be actions, too, now and then by a fault."""


@st.composite
def graphs(draw: st.DrawFn, most_states: int, most_steps: int) -> tuple[Graph, FairActions]:
    """A graph, some of which is reached from state 0, and three actions, each strong or weak."""
    size = draw(st.integers(1, most_states))
    graph = Graph()
    graph.put(range(size), 1)
    reached = {0}
    graph.parents, graph.arrivals = array("q", [-1] * size), array("q", [-1] * size)
    step = st.tuples(*[st.integers(0, size - 1)] * 2, st.integers(0, LABELS - 1))
    steps = draw(st.lists(step, max_size=most_steps, unique=True))
    for number in range(size):
        for source, target, label in steps:
            if source == number:
                graph.targets.append(target)
                graph.labels.append(label)
        graph.offsets.append(len(graph.targets))
    queue = [0]
    for number in queue:
        for label, target in graph.steps(number):
            if target not in reached:
                reached.add(target)
                graph.parents[target], graph.arrivals[target] = number, label
                queue.append(target)
    actions = [tuple(draw(st.sets(st.integers(0, 2), max_size=2))) for _ in range(LABELS)]
    possible = [action if draw(st.integers(0, 3)) else () for action in actions]
    strong = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    return graph, FairActions(strong, tuple(actions), tuple(possible))


def starts_of(graph: Graph) -> array[int]:
    """The triggers that can happen, by their place."""
    reached = {n for n in range(len(graph.states)) if n == 0 or graph.parents[n] >= 0}
    return array("q", (place for place in graph.places({TRIGGER}) if graph.source(place) in reached))
