"""Runs: one way in which the events of a procedure can have come about, step by step, as a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payrelay.language.messages import Restart
from payrelay.language.systems import Moved, Reaction, System
from payrelay.language.traces import Trace, TraceStep, plain
from payrelay.observation.following import Cluster, Follower, Move, State
from payrelay.verification.traces.happenings import Happening, initial_locals, trace_steps
from payrelay.verification.traces.tracing import digest


class Run(NamedTuple):
    """A run of a system that explains some events."""

    start: dict[int, int]
    """The number of the local state that each machine begins in."""
    moves: list[Move]
    events: list[int]
    """For each event, how many moves there were when it was explained."""


class _Part(NamedTuple):
    """What one cluster does in a run."""

    start: State
    unseen: list[list[Move]]
    """Before each of its events, what happens unseen."""
    seen: list[Move]


def run_of(follower: Follower, events: Sequence[int]) -> Run:
    """A run that explains these events, which the follower has followed."""
    of_cluster: list[list[int]] = [[] for _ in follower.clusters]
    for event in events:
        for cluster, part in follower.parts(event):
            of_cluster[cluster].append(part)
    parts = [_part(cluster, codes) for cluster, codes in zip(follower.clusters, of_cluster, strict=True)]
    start = {
        machine: local
        for cluster, part in zip(follower.clusters, parts, strict=True)
        for machine, local in zip(cluster.machines, part.start.locals, strict=True)
    }
    moves: list[Move] = []
    ends: list[int] = []
    place = [0] * len(parts)
    for event in events:
        for cluster, _ in follower.parts(event):
            number = place[cluster]
            place[cluster] += 1
            moves += [*parts[cluster].unseen[number], parts[cluster].seen[number]]
        ends.append(len(moves))
    return Run(start, moves, ends)


def _part(cluster: Cluster, codes: Sequence[int]) -> _Part:
    """A way through the sets of states, found backwards."""
    came: list[dict[State, tuple[State, Move]]] = []
    by_event: list[dict[State, tuple[State, Move]]] = []
    states = list(cluster.starts)
    for code in codes:
        came.append({})
        closed = sorted(cluster.closure(states, came[-1]))
        reached: dict[State, tuple[State, Move]] = {}
        for before, move, after in cluster.moves(closed, code):
            reached.setdefault(after, (before, move))
        by_event.append(reached)
        states = list(reached)
    state = states[0]
    unseen: list[list[Move]] = []
    seen: list[Move] = []
    for reached, ways in zip(reversed(by_event), reversed(came), strict=True):
        state, move = reached[state]
        seen.append(move)
        silent: list[Move] = []
        while state in ways:
            state, way = ways[state]
            silent.append(way)
        unseen.append(silent[::-1])
    return _Part(state, unseen[::-1], seen[::-1])


def locals_after(follower: Follower, run: Run) -> dict[int, int]:
    """The number of the local state of each machine at the end of a run."""
    now = dict(run.start)
    for move in run.moves:
        _take(follower, now, move)
    return now


def _take(follower: Follower, now: dict[int, int], move: Move) -> None:
    if move.rewrite is not None:
        now.update(move.rewrite.after)
    for machine in follower.tables.system.machines_of.get(move.crash, ()):
        now[machine] = follower.tables.restarted[machine][now[machine]]


def trace_of(follower: Follower, run: Run) -> Trace:
    """The run as a trace, which the model can take again. It has the names that the model has for values."""
    system = follower.tables.system
    first = [follower.tables.locals[machine][local] for machine, local in sorted(run.start.items())]
    steps: list[TraceStep] = []
    for happening in _happenings(follower, run):
        steps += trace_steps(system, happening, len(steps) + 1)
    return Trace(
        model=digest(system),
        configuration=plain(system.configuration.value()),
        property="",
        conjunct="",
        initial=initial_locals(system, first),
        steps=tuple(steps),
    )


def _happenings(follower: Follower, run: Run) -> Iterator[Happening]:
    tables = follower.tables
    now = dict(run.start)
    for move in run.moves:
        if move.crash:
            yield Happening("crash", move.crash, None, _restart(tables.system, follower, move.crash, now))
        elif (rewrite := move.rewrite) is not None:
            message = None if rewrite.message is None else tables.messages[rewrite.message]
            yield Happening(rewrite.kind, follower.party_of[rewrite.machine], message, rewrite.reaction)
        _take(follower, now, move)


def _restart(system: System, follower: Follower, party: str, now: dict[int, int]) -> Reaction:
    moves = []
    for machine in system.machines_of[party]:
        before = follower.tables.locals[machine][now[machine]]
        moves.append(Moved(machine, before, Restart(), system.instances[machine].table.step(before, Restart())))
    return Reaction(tuple(moves), ())
