"""The event logs of several parties as one, in an order in which it can have happened, for `payrelay check-trace`.

Each party's lines stay in its order. Their clocks differ, so between parties only one thing is certain: nothing was
received before it was sent, where whoever sent it is among them.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping

from payrelay.host.storage import Storage
from payrelay.language.observations import RECEIVED, Event, event_from_line
from payrelay.language.traces import canonical


def merged_log(storages: Mapping[str, Storage]) -> list[str]:
    """The lines of all logs. A line that nothing explains stands where its time says."""
    return merged({party: storage.events() for party, storage in storages.items()})


def merged(logs: Mapping[str, Iterable[str]]) -> list[str]:
    """Logs, by party, as one."""
    waiting = {party: deque((line, event_from_line(line)) for line in lines) for party, lines in sorted(logs.items())}
    unsent = Counter(_what(event) for queue in waiting.values() for _, event in queue if event.direction != RECEIVED)
    sent: set[str] = set()
    merged_lines: list[str] = []
    while any(waiting.values()):
        heads = {party: queue[0] for party, queue in waiting.items() if queue}
        # What has to wait for its sender waits, as long as anything else can be said.
        free = [party for party, (_, event) in heads.items() if _may_follow(event, sent, unsent)] or list(heads)
        party = min(free, key=lambda one: (str(heads[one][1].at), one))
        line, event = waiting[party].popleft()
        if event.direction != RECEIVED:
            sent.add(_what(event))
        merged_lines.append(line)
    return merged_lines


def _may_follow(event: Event, sent: set[str], unsent: Counter[str]) -> bool:
    what = _what(event)
    return event.direction != RECEIVED or what in sent or not unsent[what]


def _what(event: Event) -> str:
    return canonical([event.link, event.sender, event.receiver, event.message])
