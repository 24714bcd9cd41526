"""Edited systems: what an edit changes is tabulated and packed anew, all else is taken from the unedited system.

An edit concerns a few cells of one role. What takes no edited row, and meets nobody who does, is the same; so are the
bits of a state, to which those of new messages and marks are added. What the edit leaves nobody to reach or to send is
still there, and no run comes to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import copy
from typing import NamedTuple

from payrelay.language.messages import Input, Restart
from payrelay.language.role import Local
from payrelay.language.systems import Reaction, System
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.mutants.differences import Cell, forgiving_reaction
from payrelay.verification.tables.packing import WORD, Packed, facts_of
from payrelay.verification.tables.tabulation import Rewrite, Tabulation

ROOM = 24
"""Bits that a state has for the messages and marks that edits add, if it is of several words."""

_Origin = tuple[int, int, Input, int | None]
"""Which machine takes what, in which local state, by the numbers of both and of the message."""
_Key = tuple[int, int | None, Input, tuple[tuple[int, int], ...]]


class NoRoomError(Exception):
    """A machine has more local states than its bits can say."""


class ForgivingTabulation(Tabulation):
    """The tables of a system that may be faulty."""

    most_local_states = 1_000

    def _reaction(self, machine: int, received: Input, states: dict[int, Local]) -> Reaction:
        return forgiving_reaction(self.system, machine, received, states, self._stepper)


class RoomyEngine(TableEngine):
    """An unedited system, packed with room for the local states that edits add."""

    spare = 1

    def _layout(self) -> None:
        super()._layout()
        if self.words > 1 and -self.bits % WORD < ROOM:  # so that states stay as wide
            self._width = WORD * self.words + 1
        self.sizes = [place.mask + 1 for place in self.machines]

    def _pack(self) -> None:
        super()._pack()
        self.crashes = [
            ([(machine, _padded(restarted, self.sizes[machine])) for machine, restarted in machines], label)
            for machines, label in self.crashes
        ]


def _padded(restarted: dict[int, int], size: int) -> dict[int, int]:
    """A restart that leaves a number that no local state has yet as it is."""
    return {number: restarted.get(number, number) for number in range(size)}


class _Steps(NamedTuple):
    """The rewrites of a tabulation, by what takes part in them."""

    origins: dict[Cell, set[_Origin]]
    places: dict[_Origin, list[int]]


def _steps_of(tables: Tabulation) -> _Steps:
    steps = _Steps({}, {})
    for place, rewrite in enumerate(tables.rewrites):
        origin = rewrite.machine, rewrite.before[0][1], rewrite.received, rewrite.message
        steps.places.setdefault(origin, []).append(place)
        for move in rewrite.reaction.moves:
            role = tables.system.instances[move.machine].table.name
            steps.origins.setdefault((role, move.before.control, move.received.event), set()).add(origin)
    return steps


class Footing:
    """An unedited system, on which edited ones stand."""

    def __init__(self, engine: RoomyEngine) -> None:
        self.engine = engine
        self.tables = engine.tabulation
        self.steps = _steps_of(self.tables)


class EditedTabulation(ForgivingTabulation):
    """The tables of an edited system, begun with those of the unedited one."""

    def __init__(self, footing: Footing, edited: System, cells: set[Cell]) -> None:
        self.footing = footing
        self.cells = cells
        """What the edit changes."""
        self.added: list[Rewrite] = []
        """Rewrites that the unedited system does not have."""
        self.gone: set[int] = set()
        """The places of those of its rewrites that the edited one does not have."""
        self.has_other_restarts = False
        """Whether a local state of the unedited system restarts as another one than there."""
        # Of the unedited local states all may be out of reach: then so many more are one too many from nothing as well.
        self.most_local_states += max(map(len, footing.tables.locals))
        super().__init__(edited)

    def _close(self) -> None:
        before = self.footing.tables
        self.messages, self.strays = list(before.messages), list(before.strays)
        self.locals, self.restarted = [list(of) for of in before.locals], [dict(of) for of in before.restarted]
        self.initial, self.injected = before.initial, before.injected
        self._message_numbers = dict(before._message_numbers)
        self._local_numbers = [dict(of) for of in before._local_numbers]
        self._messages_of = [list(of) for of in before._messages_of]
        self._branched = [dict(of) for of in before._branched]
        self._before = self._taken_back()
        self._seen = before._seen - self._before.keys()
        self._restart_again()
        while self._waiting:
            self._expand(*self._waiting.popleft())
        self.gone = set(self._before.values())
        kept = (rewrite for place, rewrite in enumerate(before.rewrites) if place not in self.gone)
        self.added, self.rewrites = self.rewrites, [*kept, *self.rewrites]

    def _taken_back(self) -> dict[_Key, int]:
        """The places of the rewrites that an edited row takes part in; all that may take one waits to be expanded."""
        steps, before = self.footing.steps, self.footing.tables
        origins = dict.fromkeys(origin for cell in self.cells for origin in steps.origins.get(cell, ()))
        for machine, number, received, message in origins:
            self._waiting.append((machine, number, received, message, {}))
        for machine, instance in enumerate(self.system.instances):
            events = (*(stimulus.event for stimulus in instance.stimuli), *instance.table.timers)
            for number, local in enumerate(before.locals[machine]):
                if any((instance.table.name, local.control, event) in self.cells for event in events):
                    self._spontaneous(machine, number, local)
        rewrites = {place: before.rewrites[place] for origin in origins for place in steps.places[origin]}
        return {(one.machine, one.message, one.received, one.before): place for place, one in rewrites.items()}

    def _restart_again(self) -> None:
        for machine in self._crashing:
            for number, local in enumerate(self.footing.tables.locals[machine]):
                if (self.system.instances[machine].table.name, local.control, Restart().event) in self.cells:
                    again = self._restart(machine, local)
                    self.has_other_restarts |= again != self.restarted[machine][number]
                    self.restarted[machine][number] = again

    def _add(
        self, machine: int, received: Input, message: int | None, chosen: dict[int, int], reaction: Reaction
    ) -> None:
        count = len(self.rewrites)
        super()._add(machine, received, message, chosen, reaction)
        if len(self.rewrites) == count:
            return
        found = self.rewrites[count]
        key = found.machine, found.message, found.received, found.before
        place = self._before.get(key)
        if place is not None and _is_the_same(found, self.footing.tables.rewrites[place]):
            del self.rewrites[count], self._before[key]  # it is there, and stays


def _is_the_same(rewrite: Rewrite, other: Rewrite) -> bool:
    """Whether two rewrites do and show the same."""
    return rewrite._replace(reaction=other.reaction) == other


class EditedEngine(TableEngine):
    """An edited system, packed as the unedited one, with what is new at the end of a state."""

    def __init__(self, engine: RoomyEngine, tables: EditedTabulation) -> None:
        self.unedited = engine
        self.tabulation = self.tables = tables
        self.system, self.configuration = tables.system, engine.configuration
        self.watched, self.budgets = engine.watched, engine.budgets
        self._items, self._speaking = engine._items, engine._speaking
        self.labels = list(engine.labels)
        self._width, self._arranged = engine.bits, engine._arranged
        self.machines, self.sizes = engine.machines, engine.sizes
        for states, size in zip(tables.locals, self.sizes, strict=True):
            if len(states) > size:
                raise NoRoomError
        self.marks = dict(engine.marks)
        self._lay_out_marks(facts_of(tables.added))
        self.network = engine.network.widened(tables, self._take)
        self.channel, self.overflow = self.network.fields, self.network.overflow
        self.pieces = dict(engine.pieces) if self.words == engine.words else {}
        self._know_procedures()
        self._take_over()
        self._pack_rewrites(tables.added)
        self._pack_channel(first=len(engine.tabulation.messages))
        self.crashes = [
            ([(machine, _padded(tables.restarted[machine], self.sizes[machine])) for machine, _ in machines], label)
            for machines, label in engine.crashes
        ]
        self.initial = self._initial_states()

    @property
    def begins_as_unedited(self) -> bool:
        """Whether the states of the unedited system are states here, with all that was before them.

        An edit may ask for the first time whether something has happened, which may have been before the search.
        """
        return self.words == self.unedited.words and self.initial == self.unedited.initial

    def _take_over(self) -> None:
        """Take all packed rewrites of the unedited system but those that are gone."""
        engine = self.unedited
        gone = {id(engine.tabulation.rewrites[place]) for place in self.tables.gone}
        where = Counter(engine.tabulation.rewrites[place].before[0] for place in self.tables.gone)
        self.strays, self.losses = list(engine.strays), list(engine.losses)
        is_quiet_the_same = self.under_way == engine.under_way
        self.alone = [[[*rows] for rows in of] for of in engine.alone]
        self.joint = [
            [{other: {its: [*rows] for its, rows in by.items()} for other, by in joint.items()} for joint in of]
            for of in engine.joint
        ]
        for machine, number, rows in self._groups():
            if (machine, number) in where:
                rows[:] = [row for row in rows if id(self.labels[row.label].rewrite) not in gone]
            if not is_quiet_the_same:
                rows[:] = [self._quieter(row) if row.quiet else row for row in rows]

    def _groups(self) -> Iterator[tuple[int, int, list[Packed]]]:
        for machine, (alone, joint) in enumerate(zip(self.alone, self.joint, strict=True)):
            for number, (rows, by_neighbour) in enumerate(zip(alone, joint, strict=True)):
                yield machine, number, rows
                for by_local in by_neighbour.values():
                    for others in by_local.values():
                        yield machine, number, others

    def _quieter(self, row: Packed) -> Packed:
        """A time-out that also waits for what the unedited system never sends."""
        rewrite = self.labels[row.label].rewrite
        assert rewrite is not None
        return row._replace(quiet=self._quiet(rewrite))

    def added(self) -> TableEngine:
        """The steps alone that the unedited system does not have, and the crashes."""
        added, first = copy(self), len(self.unedited.labels)
        added.strays = [(place, label) for place, label in self.strays if label >= first]
        added.losses = [(place, label) for place, label in self.losses if label >= first]
        added.alone = [[_from(rows, first) for rows in of] for of in self.alone]
        added.joint = [
            [
                {other: {its: _from(rows, first) for its, rows in by.items()} for other, by in joint.items()}
                for joint in of
            ]
            for of in self.joint
        ]
        return added


def _from(rows: Iterable[Packed], first: int) -> list[Packed]:
    """The rows whose labels come not before this one."""
    return [row for row in rows if row.label >= first]
