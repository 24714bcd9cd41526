"""What each row of each role sends, to whom, and tells machines of its own party: read off runs of the model.

A few systems are tabulated, which between them take nearly every row. A row that none of them takes (what a shop that
lies would make a relay do) is given the whole cell of its table to itself, without its guards, in a system that is
tabulated for this row alone: what an action sends does not depend on why it is done. One that cannot be taken even then
(it is there so that the table is total) does what its action does in other rows; if there are none, that is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from docs.documents import DocumentError
from payrelay.language.edits import Drop, Edit, Guarded
from payrelay.language.links import role_of
from payrelay.language.messages import Restart, Send, Tell, event_name
from payrelay.language.role import Handled, RoleTable, Row, role_table
from payrelay.model.configurations import ATTEMPTS, CLAIM_8_LITERALLY, FAULTS, HAPPY, REGISTRATION
from payrelay.model.protocol import DISPATCH, ROLES, build
from payrelay.verification.tables.tabulation import Tabulation

STRANGE = replace(FAULTS, strangers=("wallet-1",), crashing=())
RUNS = (
    FAULTS,
    REGISTRATION,
    CLAIM_8_LITERALLY,
    ATTEMPTS,
    STRANGE,
    replace(STRANGE, wallets=1),
    replace(REGISTRATION, capability="compact_html"),
    replace(REGISTRATION, security="plain", registrations=2, pays_again=True, timers=()),
)
"""The systems in which rows are seen at work."""
ALONE = (replace(HAPPY, wallets=2), replace(REGISTRATION, crashing=(), timers=()))
"""The systems in which a row is seen that is seen in none of these."""

What = tuple[str, str]
"""What is sent, and the role that gets it; or the event that a machine is told, and its table."""


@dataclass
class Done:
    """What a row does beside its own state. What goes to a terminal goes to each that waits."""

    sends: dict[What, None]
    tells: dict[What, None]

    def add(self, other: Done) -> None:
        """What the row did another time."""
        self.sends |= other.sends
        self.tells |= other.tells


Rows = dict[tuple[str, str], Done]
"""By the names of table and row."""


@cache
def tabulations() -> tuple[Tabulation, ...]:
    """All that can happen in the systems that are looked at."""
    return tuple(Tabulation(build(one)) for one in RUNS)


@cache
def done_by_rows() -> Mapping[tuple[str, str], Done]:
    """What each row does that does anything but go to its state. A restart sends nothing."""
    seen: Rows = {}
    for tables in tabulations():
        _look(tables, seen)
    for table in map(role_table, ROLES):
        for row in table.rows:
            key = table.name, row.name
            if row.action is not None and key not in seen:
                is_restart = row.event == event_name(Restart)
                seen[key] = Done({}, {}) if is_restart else _alone(table, row) or _elsewhere(table, row, seen)
    return seen


def _look(tables: Tabulation, seen: Rows) -> None:
    """Note what rows do in a system."""
    system = tables.system
    for rewrite in tables.rewrites:
        for moved in rewrite.reaction.moves:
            if isinstance(moved.answer, Handled):
                at, does = system.instances[moved.machine], Done({}, {})
                for one in moved.answer.outputs:
                    if isinstance(one, Send):
                        does.sends[type(one.message).__name__, role_of(one.to)] = None
                    elif isinstance(one, Tell):
                        neighbour = system.instances[system.by_id[f"{at.party}/{one.to}"]]
                        does.tells[one.told.event, neighbour.table.name] = None
                seen.setdefault((at.table.name, moved.answer.row.name), Done({}, {})).add(does)


def _alone(table: RoleTable, row: Row) -> Done | None:
    """What a row does if it has its cell to itself, and no guards."""
    others = [one for one in table.rows_of(row.source, row.event) if one != row]
    edits: Sequence[Edit] = [
        *(Drop(role=table.name, line=other.name) for other in others),
        *([Guarded(role=table.name, line=row.name)] if row.guards else []),
    ]
    for one in ALONE:
        if any(instance.table.name == table.name for instance in build(one).instances):
            seen: Rows = {}
            _look(Tabulation(build(one, edits)), seen)
            if found := seen.get((table.name, replace(row, guards=()).name)):
                return found
    return None


def _elsewhere(table: RoleTable, row: Row, seen: Rows) -> Done:
    """What the action of a row does in other rows of its table."""
    does, others = Done({}, {}), [one.name for one in table.rows if one.action is row.action]
    found = [seen[table.name, name] for name in others if (table.name, name) in seen]
    if not found:
        raise DocumentError(f"no run takes the row '{row.name}' of {table.name}: add a system to docs/sends.py")
    for one in found:
        does.add(one)
    return does


def reactions() -> Iterator[tuple[str, str, tuple[What, ...]]]:
    """For each role and each message, or timer, what the role may send in the step in which it takes it."""
    read = tuple(map(role_table, ROLES))
    parties = {one.table.name: role_of(one.party) for tables in tabulations() for one in tables.system.instances}
    causes = {
        *((party, kind.__name__, event_name(kind)) for party, kind in DISPATCH),
        *((parties[table.name], f"`{timer}`", timer) for table in read for timer in table.timers),
    }
    for party, cause, event in sorted(causes):
        first = {(event, table.name) for table in read if parties[table.name] == party}
        sends = _sends_after(first, frozenset(other for _, _, other in causes if other != event))
        if sends:
            yield party, cause, tuple(sorted(sends))


def _sends_after(told: set[What], others: frozenset[str]) -> set[What]:
    """What machines send that are told something, and those that they tell something in turn, but for other causes."""
    sends: set[What] = set()
    waiting = list(told)
    while waiting:
        event, name = waiting.pop()
        for table in (one for one in map(role_table, ROLES) if one.name == name):
            for does in (done_by_rows()[name, row.name] for row in table.rows if row.event == event and row.action):
                sends |= set(does.sends)
                further = {one for one in does.tells if one not in told and one[0] not in others}
                waiting += further
                told |= further
    return sends
