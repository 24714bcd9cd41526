"""A storage whose process dies at a step that it has kept: for seeing that nothing which was committed needs to have
been sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from payrelay.host.deaths import Deaths, State, state_of
from payrelay.host.storage import Changes, Machine
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
        due = self._due(changes) if time.monotonic() >= self._begins else None
        super().commit(changes)
        if due is not None:
            self._die(".".join(due))

    def _due(self, changes: Changes) -> State | None:
        """The state in which it is time to die; None if it is not. A machine may change more than once, as steps are
        kept together."""
        due: list[State] = []
        before: dict[str, Machine] = {}
        for machine in changes.machines:
            if self._deaths.is_due(before.get(machine.name) or self.machine(machine.name), machine):
                due.append(state_of(machine))
            before[machine.name] = machine
        return due[0] if due else None
