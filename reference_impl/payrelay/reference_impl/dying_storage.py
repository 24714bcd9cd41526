"""A storage whose process dies at a step that it has kept: for seeing that nothing which was committed needs to have
been sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from payrelay.host.deaths import Deaths, State, state_of
from payrelay.host.storage import Changes
from payrelay.reference_impl.sql_storage import SqlStorage


class DyingStorage(SqlStorage):
    """A database that has its process killed between the commit of a step and whatever the step sends."""

    def __init__(
        self, url: str, party: str, deaths: Mapping[State, int], die: Callable[[str], None], after: float = 0.0
    ) -> None:
        """`die` is told in which state, and does not return. It is not called before so many seconds have passed."""
        super().__init__(url, party)
        self._deaths, self._die = Deaths(deaths), die
        self._begins = time.monotonic() + after

    def commit(self, changes: Changes) -> None:
        """Make a step durable, and die if it is time to."""
        is_late = time.monotonic() >= self._begins
        awaited = [one for one in changes.machines if is_late and self._deaths.are_in(state_of(one))]
        due = [one for one in awaited if self._deaths.is_due(self.machine(one.name), one)]
        super().commit(changes)
        if due:
            self._die(".".join(state_of(due[0])))
