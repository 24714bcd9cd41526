"""Servers with a fault that is planted, so that a campaign is seen to notice it: each is what a process runs."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

from payrelay.host.deaths import state_of
from payrelay.host.serving import TAKEN
from payrelay.host.storage import Changes, Outgoing
from payrelay.model.protocol import tables
from payrelay.model.variants import VARIANTS
from payrelay.reference_impl.chaos.servers import sound
from payrelay.reference_impl.dying_storage import DyingStorage
from payrelay.reference_impl.servers import addresses_of, make_server
from payrelay.reference_impl.settings_files import read_settings, variable_of
from payrelay.reference_impl.sql_storage import SqlStorage

Ready = Callable[[], None]
CLOCKS = variable_of("trial", "clock")
"""How the variables begin that set a clock to another time."""


def sends_before_commit(settings: Path, environment: Mapping[str, str], on_ready: Ready) -> int:
    """What a step of the payment server says is sent before it is kept: if it dies between both, it has said what it
    does not know.

    Nothing heals that, since it would be seen no more: it dies only once the shop has taken what it said; a shop that
    comes back does not repeat its question; and both have the right time, or the shop might doubt the answer.
    """
    read = read_settings(settings, environment)
    by_right_clocks = {name: value for name, value in environment.items() if not name.startswith(CLOCKS)}
    if read.role == "shop":
        return forgets_the_outbox(settings, by_right_clocks, on_ready)
    if read.role != "payment":
        return sound(settings, environment, on_ready)
    addresses = addresses_of(read)

    def is_taken(outgoing: Outgoing) -> bool:
        url = addresses.url(outgoing.receiver, outgoing.request.target)
        assert url is not None
        request = urllib.request.Request(url, outgoing.request.body, dict(outgoing.request.headers), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:
                return int(answer.status) == TAKEN.status
        except OSError:
            return False

    def commit(self: DyingStorage, changes: Changes) -> None:
        awaited = [one for one in changes.machines if self._deaths.are_in(state_of(one))]
        due = [one for one in awaited if self._deaths.is_due(self.machine(one.name), one)]
        if due and all(is_taken(outgoing) for outgoing in changes.sends):
            self._die(".".join(state_of(due[0])))
        SqlStorage.commit(self, changes)

    with patch.object(DyingStorage, "commit", commit):
        return sound(settings, by_right_clocks, on_ready)


def forgets_the_outbox(settings: Path, environment: Mapping[str, str], on_ready: Ready) -> int:
    """A server that comes back does not say again what may not have been sent."""

    def outbox(_self: SqlStorage) -> Iterator[Outgoing]:
        return iter(())

    with patch.object(SqlStorage, "outbox", outbox):
        return sound(settings, environment, on_ready)


def forgets_what_it_has_answered(settings: Path, environment: Mapping[str, str], on_ready: Ready) -> int:
    """The payment server takes the money once more when it is asked once more; and whatever is asked arrives twice."""
    (variant,) = (one for one in VARIANTS if one.name == "broken_payment_not_idempotent")
    doubled = {**environment, variable_of("trial", "doubles_requests"): "1"}
    server = make_server(read_settings(settings, doubled), tables=tables(variant.edits))
    return asyncio.run(server.run(on_ready))


def syncs_nothing(settings: Path, environment: Mapping[str, str], on_ready: Ready) -> int:
    """A database that does not wait until the disk has what it was given, once everything is set up."""
    if variable_of("trial", "seed") not in environment:
        return sound(settings, environment, on_ready)
    commit = SqlStorage.commit

    def hasty(self: SqlStorage, changes: Changes) -> None:
        self._connection.exec_driver_sql("PRAGMA synchronous=OFF")
        commit(self, changes)

    with patch.object(SqlStorage, "commit", hasty):
        return sound(settings, environment, on_ready)
