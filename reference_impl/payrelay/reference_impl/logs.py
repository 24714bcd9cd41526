"""The event logs of several parties as one, in an order in which it can have happened, for `payrelay check-trace`.

Each party's lines stay in its order. Their clocks differ, so between parties only one thing is certain: nothing was
received before it was sent, where whoever sent it is among them.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from payrelay.host.storage import Storage
from payrelay.language.observations import RECEIVED, event_from_line
from payrelay.language.traces import canonical


def merged_log(storages: Mapping[str, Storage]) -> list[str]:
    """The lines of all logs. A line that nothing explains stands where its time says."""
    return merged({party: storage.events() for party, storage in storages.items()})


def merged(logs: Mapping[str, Iterable[str]]) -> list[str]:
    """Logs, by party, as one."""
    waiting = {party: deque(map(_read, lines)) for party, lines in sorted(logs.items())}
    unsent = Counter(one.what for queue in waiting.values() for one in queue if not one.is_received)
    sent: set[str] = set()
    merged_lines: list[str] = []
    while any(waiting.values()):
        heads = {party: queue[0] for party, queue in waiting.items() if queue}
        # What has to wait for its sender waits, as long as anything else can be said.
        free = [
            party for party, one in heads.items() if not one.is_received or one.what in sent or not unsent[one.what]
        ] or list(heads)
        party = min(free, key=lambda name: (heads[name].at, name))
        one = waiting[party].popleft()
        if not one.is_received:
            sent.add(one.what)
        merged_lines.append(one.line)
    return merged_lines


class _Line(NamedTuple):
    """A line, and what it tells: read once, as it may wait long at the head of its log."""

    line: str
    at: str
    what: str
    is_received: bool


def _read(line: str) -> _Line:
    event = event_from_line(line)
    what = canonical([event.link, event.sender, event.receiver, event.message])
    return _Line(line, str(event.at), what, event.direction == RECEIVED)
