"""Layered layout: nodes in ranks from top to bottom, edges between them, each with room for its label.

The method of Sugiyama, Tagawa and Toda: edges against the flow are turned round, nodes get ranks, long edges get a
place in every rank that they pass, the order in the ranks is chosen for few crossings, and places for straight edges.
A label is a place of its edge that has a size, in a rank of its own kind between two ranks of nodes: so no label can
lie on a node, on another label, or on another edge. Curves run between ranks only.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from payrelay.diagrams.drawing import Point

BESIDE = 18.0
"""The least distance between two places of a rank."""
LEAST_GAP, LARGEST_GAP = 22.0, 48.0
"""Between two ranks: the more an edge goes sideways there, the more."""
HEAD = 9.0
"""What an arrow's head needs in front of its node."""
TRIES = 24
SWEEPS = 12
SETTLING = 80
STRAIGHTENINGS = 4
STEP = 5.0
"""The kink that is not worth drawing."""


class Node(NamedTuple):
    """Something with a size."""

    id: str
    width: float
    height: float


class Edge(NamedTuple):
    """From one node to another one, with the size of its label."""

    id: str
    source: str
    target: str
    width: float = 0.0
    height: float = 0.0


@dataclass
class Layout:
    """Where everything is: nodes and labels by their left upper corner, edges by their points."""

    nodes: dict[str, Point] = field(default_factory=dict)
    labels: dict[str, Point] = field(default_factory=dict)
    """Of the edges that have one. The edge runs along the left side of its label."""
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    """From the source to the target."""
    width: float = 0.0
    height: float = 0.0
    crossings: int = 0


@dataclass(eq=False)
class _Place:
    """What takes room in a rank: a node, a label, or an edge that passes by."""

    rank: int
    left: float
    right: float
    height: float
    is_node: bool = False
    x: float = 0.0
    above: list[_Link] = field(default_factory=list)
    below: list[_Link] = field(default_factory=list)


@dataclass(eq=False)
class _Link:
    """The part of an edge between two neighbouring ranks."""

    upper: _Place
    lower: _Place
    weight: float
    out: float = 0.0
    """Where it leaves the upper place, from the middle."""
    into: float = 0.0


class _Chain(NamedTuple):
    """An edge as the places and links that it goes through, from top to bottom."""

    edge: Edge
    places: list[_Place]
    links: list[_Link]
    label: _Place | None
    is_turned: bool


def layered(nodes: Sequence[Node], edges: Sequence[Edge]) -> Layout:
    """Lay out a graph without loops. The first node comes first: every edge to it is against the flow."""
    ranks = _ranks(nodes, edges)
    rows: list[list[_Place]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    places = {}
    for node in nodes:
        half = node.width / 2
        places[node.id] = _Place(ranks[node.id], half, half, node.height, is_node=True)
        rows[ranks[node.id]].append(places[node.id])
    chains = _chains(edges, ranks, places, rows)
    crossings = _order(rows)
    _place_across(rows)
    for _ in range(STRAIGHTENINGS):
        for chain in sorted(chains, key=lambda chain: -len(chain.places)):
            _straighten(chain, rows)
    tops, heights, bottom = _heights(rows)
    found = Layout(crossings=crossings, height=bottom)
    leftmost = min((one.x - one.left for row in rows for one in row), default=0.0)
    for node in nodes:
        one = places[node.id]
        y = tops[one.rank] + (heights[one.rank] - node.height) / 2
        found.nodes[node.id] = Point(round(one.x - one.left - leftmost, 1), round(y, 1))
    for chain in chains:
        if chain.label is not None and chain.edge.height:
            one = chain.label
            y = tops[one.rank] + (heights[one.rank] - chain.edge.height) / 2
            found.labels[chain.edge.id] = Point(round(one.x - leftmost, 1), round(y, 1))
        points = _points(chain, tops, heights, leftmost)
        found.routes[chain.edge.id] = tuple(reversed(points)) if chain.is_turned else tuple(points)
    found.width = round(max((one.x + one.right for row in rows for one in row), default=0.0) - leftmost, 1)
    return found


def _flow(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, bool]:
    """For each edge whether it is against the flow: it leads back to where a walk in depth came from."""
    outgoing: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        outgoing[edge.source].append(edge)
    against: dict[str, bool] = {}
    done: set[str] = set()
    for root in nodes:
        if root.id in done:
            continue
        path = {root.id}
        stack = [(root.id, iter(outgoing[root.id]))]
        while stack:
            name, rest = stack[-1]
            for edge in rest:
                against[edge.id] = edge.target in path
                if edge.target not in path and edge.target not in done:
                    path.add(edge.target)
                    stack.append((edge.target, iter(outgoing[edge.target])))
                    break
            else:
                stack.pop()
                path.discard(name)
                done.add(name)
    first = nodes[0].id if nodes else ""
    return {edge.id: against[edge.id] or edge.target == first for edge in edges}


def _ranks(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, int]:
    """The rank of each node: twice its longest way from the top, to leave a rank for labels in between."""
    against = _flow(nodes, edges)
    down = [(edge.target, edge.source) if against[edge.id] else (edge.source, edge.target) for edge in edges]
    ranks = {node.id: 0 for node in nodes}
    is_changed = True
    while is_changed:
        is_changed = False
        for upper, lower in down:
            if ranks[lower] < ranks[upper] + 2:
                ranks[lower] = ranks[upper] + 2
                is_changed = True
    return ranks


def _chains(
    edges: Sequence[Edge], ranks: dict[str, int], places: dict[str, _Place], rows: list[list[_Place]]
) -> list[_Chain]:
    """Every edge as the places that it goes through; labels go where the rank is least full."""
    taken: dict[int, float] = defaultdict(float)
    chains = {}
    for edge in sorted(edges, key=lambda edge: abs(ranks[edge.target] - ranks[edge.source])):
        is_turned = ranks[edge.source] > ranks[edge.target]
        upper, lower = (edge.target, edge.source) if is_turned else (edge.source, edge.target)
        between = range(ranks[upper] + 1, ranks[lower])
        at = min((rank for rank in between if rank % 2), key=lambda rank: (taken[rank], rank))
        taken[at] += edge.width
        way = [places[upper]]
        label = None
        for rank in between:
            wide = edge.width if rank == at else 0.0
            way.append(_Place(rank, 0.0, wide, edge.height if rank == at else 0.0))
            rows[rank].append(way[-1])
            label = way[-1] if rank == at else label
        way.append(places[lower])
        links = []
        for one, other in pairwise(way):
            link = _Link(one, other, 2.0 if one.is_node or other.is_node else 8.0)
            one.below.append(link)
            other.above.append(link)
            links.append(link)
        chains[edge.id] = _Chain(edge, way, links, label, is_turned)
    return [chains[edge.id] for edge in edges]


def _order(rows: list[list[_Place]]) -> int:
    """Order every rank so that few edges cross; the best of several beginnings, and how many cross."""
    chance = random.Random(0)  # a fixed seed: the same picture each time
    best: tuple[int, list[list[_Place]]] | None = None
    for attempt in range(TRIES):
        if attempt:
            for row in rows:
                chance.shuffle(row)
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for row in rows if down else reversed(rows):
                _sort_by_neighbours(row, rows, down)
            _exchange(rows)
            now = _crossings(rows)
            if best is None or now < best[0]:
                best = now, [list(row) for row in rows]
        if best and not best[0]:
            break
    if best:
        rows[:] = best[1]
        return best[0]
    return 0


def _sort_by_neighbours(row: list[_Place], rows: list[list[_Place]], down: bool) -> None:
    """By the middle of the neighbours in the rank before; who has none keeps the place."""
    if not row:
        return
    rank = row[0].rank + (-1 if down else 1)
    order = {id(one): place for place, one in enumerate(rows[rank])} if 0 <= rank < len(rows) else {}

    def middle(place: int, one: _Place) -> float:
        ends = [link.upper for link in one.above] if down else [link.lower for link in one.below]
        found = [order[id(end)] for end in ends]
        return sum(found) / len(found) if found else place * max(1, len(order)) / len(row)

    wanted = {id(one): middle(place, one) for place, one in enumerate(row)}
    row.sort(key=lambda one: wanted[id(one)])


def _exchange(rows: list[list[_Place]]) -> None:
    """Exchange neighbours for as long as that saves crossings."""
    is_better = True
    while is_better:
        is_better = False
        order = {id(one): place for row in rows for place, one in enumerate(row)}
        for row in rows:
            for place in range(len(row) - 1):
                left, right = row[place], row[place + 1]
                if _crossed(left, right, order) > _crossed(right, left, order):
                    row[place], row[place + 1] = right, left
                    order[id(left)], order[id(right)] = place + 1, place
                    is_better = True


def _crossed(left: _Place, right: _Place, order: dict[int, int]) -> int:
    """How many edges of two places cross, if the one is left of the other."""
    above = _pairs([order[id(link.upper)] for link in left.above], [order[id(link.upper)] for link in right.above])
    below = _pairs([order[id(link.lower)] for link in left.below], [order[id(link.lower)] for link in right.below])
    return above + below


def _pairs(left: Iterable[int], right: Sequence[int]) -> int:
    return sum(one > other for one in left for other in right)


def _crossings(rows: list[list[_Place]]) -> int:
    order = {id(one): place for row in rows for place, one in enumerate(row)}
    total = 0
    for row in rows:
        for place, one in enumerate(row):
            ends = [order[id(link.lower)] for link in one.below]
            total += sum(_pairs(ends, [order[id(link.lower)] for link in other.below]) for other in row[place + 1 :])
    return total


def _place_across(rows: list[list[_Place]]) -> None:
    """Give every place its x: as near to its neighbours as the others of its rank allow."""
    for row in rows:
        x = 0.0
        for one in row:
            one.x = x + one.left
            x = one.x + one.right + BESIDE
    _ports(rows)
    for turn in range(SETTLING):
        for row in rows if turn % 2 == 0 else reversed(rows):
            _settle(row)


def _ports(rows: list[list[_Place]]) -> None:
    """Where edges leave and enter a node: along its side, in the order of where they lead."""
    order = {id(one): place for row in rows for place, one in enumerate(row)}
    for one in (one for row in rows for one in row if one.is_node):
        one.below.sort(key=lambda link: order[id(link.lower)])
        one.above.sort(key=lambda link: order[id(link.upper)])
        for place, link in enumerate(one.below):
            link.out = _along(one, place, len(one.below))
        for place, link in enumerate(one.above):
            link.into = _along(one, place, len(one.above))


def _along(node: _Place, place: int, among: int) -> float:
    return (node.left + node.right) * ((place + 1) / (among + 1) - 0.5)


def _settle(row: list[_Place]) -> None:
    """The places of one rank where they are nearest to what their edges want, in order and not too close.

    Exact: the squares of all distances, weighted, are least. What wants to pass its neighbour is pooled with it.
    """
    pools: list[tuple[float, float, int]] = []  # where to, with what weight, how many
    shift = 0.0
    shifts = []
    for place, one in enumerate(row):
        if place:
            shift += row[place - 1].right + BESIDE + one.left
        shifts.append(shift)
        wants, weight = _wish(one)
        pool = (wants - shift, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            both = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / both, both, before[2] + pool[2])
        pools.append(pool)
    placed = [where for where, _, members in pools for _ in range(members)]
    for one, where, shift in zip(row, placed, shifts, strict=True):
        one.x = where + shift


def _wish(one: _Place) -> tuple[float, float]:
    wishes = [(link.upper.x + link.out - link.into, link.weight) for link in one.above]
    wishes += [(link.lower.x + link.into - link.out, link.weight) for link in one.below]
    total = sum(weight for _, weight in wishes)
    if not wishes:
        return one.x, 0.01
    return sum(wish * weight for wish, weight in wishes) / total, total


def _straighten(chain: _Chain, rows: list[list[_Place]]) -> None:
    """Let an edge pass straight through as many ranks at a time as the others of these ranks allow."""
    first, last = chain.links[0], chain.links[-1]
    begin, end = first.upper.x + first.out, last.lower.x + last.into
    run: list[_Place] = []
    low, high = float("-inf"), float("inf")
    for one in [*chain.places[1:-1], None]:
        if one is not None:
            least, most = _room(one, rows[one.rank])
            if max(low, least) <= min(high, most):
                run.append(one)
                low, high = max(low, least), min(high, most)
                continue
        middle = sum(each.x for each in run) / len(run) if run else 0.0
        wishes = [begin] * (bool(run) and run[0] is chain.places[1]) + [end] * (one is None) + [middle]
        at = next((wish for wish in wishes if low <= wish <= high), min(max(middle, low), high))
        for each in run:
            each.x = at
        if one is not None:
            run, (low, high) = [one], _room(one, rows[one.rank])


def _room(one: _Place, row: list[_Place]) -> tuple[float, float]:
    """From where to where a place can be moved between its neighbours."""
    place = row.index(one)
    least = row[place - 1].x + row[place - 1].right + BESIDE + one.left if place else float("-inf")
    most = row[place + 1].x - row[place + 1].left - BESIDE - one.right if place + 1 < len(row) else float("inf")
    return least, most


def _heights(rows: list[list[_Place]]) -> tuple[list[float], list[float], float]:
    """The top and height of each rank, and where the last one ends."""
    tops, heights = [], []
    y = 0.0
    for row in rows:
        tops.append(y)
        heights.append(max((one.height for one in row), default=0.0))
        sideways = max(
            (abs(link.upper.x + link.out - link.lower.x - link.into) for one in row for link in one.below), default=0.0
        )
        gap = min(LARGEST_GAP, max(LEAST_GAP, sideways / 6))
        y += heights[-1] + gap
    return tops, heights, round((tops[-1] + heights[-1]) if tops else 0.0, 1)


def _points(chain: _Chain, tops: list[float], heights: list[float], leftmost: float) -> list[Point]:
    """The points of an edge from top to bottom: straight through ranks, and curved between them."""
    first, last = chain.places[0], chain.places[-1]
    at_begin, at_end = HEAD * chain.is_turned, HEAD * (not chain.is_turned)
    x = _nearly(first.x + chain.links[0].out, chain.places[1].x) - leftmost
    points = [Point(x, tops[first.rank] + (heights[first.rank] + first.height) / 2)]
    points.append(Point(x, tops[first.rank] + heights[first.rank] + at_begin))
    for one in chain.places[1:-1]:
        x = one.x - leftmost
        points += [Point(x, tops[one.rank]), Point(x, tops[one.rank] + heights[one.rank])]
    x = _nearly(last.x + chain.links[-1].into, chain.places[-2].x) - leftmost
    points.append(Point(x, tops[last.rank] - at_end))
    points.append(Point(x, tops[last.rank] + (heights[last.rank] - last.height) / 2))
    rounded = [Point(round(x, 1), round(y, 1)) for x, y in points]
    return [point for place, point in enumerate(rounded) if not place or point != rounded[place - 1]]


def _nearly(port: float, beside: float) -> float:
    """Where an edge meets a node: straight on, if that is no more than a step to the side."""
    return beside if abs(port - beside) <= STEP else port
