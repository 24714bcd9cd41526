"""Logs of several parties as one: in an order in which it can have happened, whatever their clocks say."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.host.following import system_of
from tests.host.town import TERMINAL
from tests.reference_impl.test_audit import paid

from payrelay.language.observations import event_from_line, every_point
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import HAPPY
from payrelay.model.open_values import OPEN_VALUES
from payrelay.observation.observer import Observer
from payrelay.reference_impl.logs import merged, merged_log


def first_unexplained(lines: list[str], configuration: PaymentConfiguration) -> str | None:
    """The first line that no run of the model explains, if whatever terminals do is not seen."""
    system = system_of(configuration)
    seen = frozenset(point for point in every_point(system.links) if point.role != "terminal")
    with Observer([system], OPEN_VALUES, seen) as observer:
        for number, line in enumerate(lines, start=1):
            if not observer.feed(event_from_line(line), number)[0]:
                return f"{number}: {line}"
    return None


def line(direction: str, sender: str, receiver: str, what: str, at: str) -> str:
    message = {"message": what, "fields": {}}
    told = {"at": at, "link": "l", "from": sender, "to": receiver, "direction": direction, "message": message}
    return json.dumps({**told, "http": None, "procedure": None})


def test_the_logs_of_the_servers_alone_are_a_run_of_the_model() -> None:
    town = paid()
    servers = {name: storage for name, storage in town.storages.items() if name != TERMINAL}
    lines = merged_log(servers)
    assert len(lines) == sum(len(list(storage.events())) for storage in servers.values())
    # The clock of this town stands still: nothing tells that the order was placed before.
    lines = [line for line in lines if '"link":"direct_edge"' not in line]
    configuration = replace(HAPPY, ordering=False, nonces="each")
    assert first_unexplained(lines, configuration) is None
    assert first_unexplained(lines[::-1], configuration) is not None


def test_nothing_is_received_before_it_was_sent_whatever_the_clocks_say() -> None:
    sent = line("sent", "a", "b", "M", "2026-01-01T00:00:05Z")
    received = line("received", "a", "b", "M", "2026-01-01T00:00:01Z")
    later = line("sent", "b", "a", "N", "2026-01-01T00:00:02Z")
    assert merged({"a": [sent], "b": [received, later]}) == [sent, received, later]


def test_what_nobody_sent_here_stands_where_its_time_says() -> None:
    one = line("received", "terminal-1", "b", "M", "2026-01-01T00:00:03Z")
    before = line("sent", "a", "b", "N", "2026-01-01T00:00:02Z")
    after = line("sent", "a", "b", "O", "2026-01-01T00:00:04Z")
    assert merged({"a": [before, after], "b": [one]}) == [before, one, after]


def test_logs_that_contradict_each_other_lose_no_line() -> None:
    each = {
        "a": [line("received", "b", "a", "N", "1"), line("sent", "a", "b", "M", "2")],
        "b": [line("received", "a", "b", "M", "3"), line("sent", "b", "a", "N", "4")],
    }
    assert sorted(merged(each)) == sorted([*each["a"], *each["b"]])
