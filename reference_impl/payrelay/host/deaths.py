"""Deaths: where a party is to die, between what it has made durable and what it was about to say of it.

A named fault of the host, for trying out what then happens: as a machine enters a state for the n-th time, the step is
kept, and nothing of it leaves. Who kills the process is whoever runs it; here it is only counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from payrelay.host.storage import Machine
from payrelay.language.configurations import did_you_mean
from payrelay.language.role import RoleTable

State = tuple[str, str]
"""A table, and a control state of it."""
WRITTEN = re.compile(r"(\w+)\.(\w+)(?::([1-9][0-9]{0,5}))?")


def deaths_in(written: Iterable[str], tables: Mapping[str, RoleTable]) -> dict[State, int]:
    """The states in which to die, each with the time at which: `relay_procedure.settling:3`, or without a number the
    first. Raises ValueError, with a suggestion, for what is no state."""
    known = {f"{name}.{state}": (name, state) for name, table in tables.items() for state in table.states}
    found = {}
    for text in written:
        match = WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError(
                f"'{text}' is no state; write one as relay_procedure.settling, or relay_procedure.settling:3"
            )
        name = f"{match[1]}.{match[2]}"
        if name not in known:
            raise ValueError(f"no role has a state '{name}'{did_you_mean(name, known)}")
        found[known[name]] = int(match[3] or 1)
    return found


class Deaths:
    """Counts, since the start of a party, how often its machines enter the states in which it is to die."""

    def __init__(self, deaths: Mapping[State, int]) -> None:
        self._left = dict(deaths)

    def are_in(self, state: State) -> bool:
        """Whether one is to be in this state, sooner or later."""
        return state in self._left

    def is_due(self, before: Machine | None, after: Machine) -> bool:
        """Whether it is now, as a machine changes. One that is new has entered its state."""
        state = state_of(after)
        if not self.are_in(state) or (before is not None and state_of(before) == state):
            return False
        self._left[state] -= 1
        return self._left[state] == 0


def state_of(machine: Machine) -> State:
    """The state that a machine is in."""
    return machine.table, machine.local.control
