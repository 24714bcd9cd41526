"""Layered layout: nothing meets, edges keep out of boxes, and the same comes out each time."""

import random
from itertools import combinations, pairwise

import pytest

from payrelay.diagrams.drawing import Bounds, Point
from payrelay.diagrams.layered import STEP, Edge, Layout, Node, layered

SYSTEMS = range(40)


def graph(seed: int) -> tuple[list[Node], list[Edge]]:
    """A graph of random nodes and labels, some of its edges against the flow."""
    chance = random.Random(seed)
    nodes = [Node(f"n{n}", chance.uniform(20, 160), chance.uniform(20, 120)) for n in range(chance.randint(1, 12))]
    pairs = [(one.id, other.id) for one in nodes for other in nodes if one != other]
    chosen = chance.sample(pairs, min(len(pairs), chance.randint(0, 26)))
    sizes = [(chance.uniform(10, 180), chance.uniform(10, 90)) if chance.random() < 0.8 else (0.0, 0.0) for _ in chosen]
    return nodes, [Edge(f"e{n}", *pair, *size) for n, (pair, size) in enumerate(zip(chosen, sizes, strict=True))]


def areas(nodes: list[Node], edges: list[Edge], layout: Layout) -> dict[str, Bounds]:
    """Where nodes and labels are."""
    sizes = {one.id: (one.width, one.height) for one in nodes}
    sizes |= {one.id: (one.width, one.height) for one in edges}
    corners = {**layout.nodes, **layout.labels}
    return {name: Bounds(x, y, x + sizes[name][0], y + sizes[name][1]) for name, (x, y) in corners.items()}


def inside(box: Bounds) -> Bounds:
    """The box without what rounding takes."""
    return Bounds(box.left + 0.2, box.top + 0.2, box.right - 0.2, box.bottom - 0.2)


def places(points: tuple[Point, ...]) -> list[Point]:
    """Many points of an edge, as it is drawn."""
    found = []
    for one, other in pairwise(points):
        for step in range(13):
            t = step / 12
            y = one.y * ((1 - t) ** 3 + 1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t))
            y += other.y * (t**3 + 1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t))
            x = one.x * ((1 - t) ** 3 + 3 * t * (1 - t) ** 2) + other.x * (t**3 + 3 * t**2 * (1 - t))
            found.append(Point(x, y))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", SYSTEMS)
def test_no_two_boxes_meet_and_all_stay_inside(seed: int) -> None:
    nodes, edges = graph(seed)
    layout = layered(nodes, edges)
    found = areas(nodes, edges, layout)
    assert set(found) == {one.id for one in nodes} | {one.id for one in edges if one.height}
    sheet = Bounds(-0.2, -0.2, layout.width + 0.2, layout.height + 0.2)
    assert all(area.is_within(sheet) for area in found.values())
    assert not [pair for pair in combinations(found, 2) if inside(found[pair[0]]).meets(found[pair[1]])]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SYSTEMS)
def test_edges_begin_and_end_at_their_nodes_and_keep_out_of_all_boxes(seed: int) -> None:
    nodes, edges = graph(seed)
    layout = layered(nodes, edges)
    found = areas(nodes, edges, layout)
    for edge in edges:
        route = layout.routes[edge.id]
        for end, name in ((route[0], edge.source), (route[-1], edge.target)):
            box = found[name]
            assert box.left - STEP <= end.x <= box.right + STEP
            assert min(abs(end.y - box.top), abs(end.y - box.bottom)) < 0.2
        if edge.height:
            label = found[edge.id]
            crossed = [place for place in places(route) if label.top + 0.2 < place.y < label.bottom - 0.2]
            assert crossed
            assert all(abs(place.x - label.left) < 0.2 for place in crossed), "it runs along its label"
        for name, box in found.items():
            kept = inside(box)
            assert not [p for p in places(route) if kept.left < p.x < kept.right and kept.top < p.y < kept.bottom]
            assert name


def test_the_same_graph_the_same_layout() -> None:
    for seed in range(5):
        assert layered(*graph(seed)) == layered(*graph(seed))


def test_what_need_not_cross_does_not() -> None:
    nodes = [Node(name, 30, 20) for name in "sabcdefxyz"]
    pairs = ["sa", "sb", "sc", "ax", "bx", "by", "cy", "cz", "xd", "ye", "zf"]
    assert layered(nodes, [Edge(pair, pair[0], pair[1], 40, 12) for pair in pairs]).crossings == 0
    crossing = [Edge(f"{one}{other}", one, other) for one in "abc" for other in "xyz"]
    assert layered([Node(name, 30, 20) for name in "abcxyz"], crossing).crossings == 9


def test_the_first_node_comes_first() -> None:
    layout = layered([Node(name, 30, 20) for name in "abc"], [Edge("1", "b", "a"), Edge("2", "c", "b")])
    assert layout.nodes["a"].y < layout.nodes["b"].y
    assert layout.routes["1"][-1].y == layout.nodes["a"].y + 20


def test_nothing_is_laid_out() -> None:
    assert layered([], []) == Layout()
    assert layered([Node("a", 30, 20)], []).nodes == {"a": Point(0, 0)}
