"""Components: the procedures of a system, each taken on its own.

A component is everything that belongs to one procedure: its machines, its messages, its monitors' marks. Its states
are found once, whatever the shared machines do, and numbered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from payrelay.verification.tables.channels import MOST_COPIES, Field
from payrelay.verification.tables.packing import Packed, Packing


class NotComposableError(Exception):
    """Why a system is not the product of its procedures."""


class Edge(NamedTuple):
    """A step of a component: where it leads, and what it needs and does outside of it."""

    after: int
    care: int
    want: int
    keep: int
    put: int
    checks: tuple[tuple[int, bool, int], ...]
    label: int
    spends: str = ""
    """The budget that it takes one from."""


class Row(NamedTuple):
    """A packed rewrite, with the machine that takes the input among its guards."""

    packed: Packed
    care: int
    want: int


class Component:
    """One procedure: its bits of a state, and its states, numbered."""

    def __init__(self, packing: Packing, bits: int, shared: int, rows: list[Row]) -> None:
        self.packing = packing
        self.bits = bits
        self.shared = shared
        """The bits that belong to no component."""
        self._places = [place for place in packing.machines if place.care & bits]
        self._rows: list[dict[int, list[Row]]] = [{} for _ in self._places]
        self._free: list[Row] = []
        for row in rows:
            index = next((n for n, place in enumerate(self._places) if row.care & place.care), None)
            if index is None:
                self._free.append(row)
            else:
                self._rows[index].setdefault(self._places[index].of(row.want), []).append(row)
        own = [(place, label, "") for place, label in packing.strays]
        own += [(place, label, "losses") for place, label in packing.losses]
        self._losses = [loss for loss in own if loss[0].care & bits]
        self.states: list[int] = []
        self.edges: list[list[Edge]] = []
        self.restarted: list[list[int]] = [[] for _ in packing.crashes]
        """For each crash, the state after it, by the state before."""
        self._numbers: dict[int, int] = {}
        self._steps_of: list[list[Edge]] = []
        """As `edges`, but with the state itself that each leads to, and with those that no budget allows."""

    def close(self) -> None:
        """Find all states, each with what may be left of the budgets in it if nobody else spends any."""
        configuration = self.packing.configuration
        first = Counter({name: getattr(configuration, name) for name in self.packing.budgets})
        waiting = [(self._number(state & self.bits), first) for state in self.packing.initial]
        seen = {(number, _spent(left)) for number, left in waiting}
        while waiting:
            number, left = waiting.pop()
            for after, spends in self._next(number):
                if spends and not left[spends]:
                    continue
                if after & self.packing.overflow:
                    raise NotComposableError(f"over {MOST_COPIES} copies of one message may be under way")
                fewer = left - Counter([spends]) if spends else left
                found = self._number(after), _spent(fewer)
                if found not in seen:
                    seen.add(found)
                    waiting.append((found[0], fewer))
        for steps in self._steps_of:
            known = [(step, self._numbers.get(step.after)) for step in steps]
            self.edges.append([step._replace(after=number) for step, number in known if number is not None])
        for state in self.states:
            for into, (machines, _) in zip(self.restarted, self.packing.crashes, strict=True):
                into.append(self._numbers.get(self._after_crash(state, machines), 0))

    def _next(self, number: int) -> Iterator[tuple[int, str]]:
        """Where the steps and the crashes of a state lead, and which budget each spends."""
        for edge in self._steps_of[number]:
            yield edge.after, edge.spends
        spends = "crashes" if "crashes" in self.packing.budgets else ""
        for machines, _ in self.packing.crashes:
            yield self._after_crash(self.states[number], machines), spends

    def _number(self, state: int) -> int:
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self._steps_of.append(list(self._steps(state)))
        return number

    def renumber(self, states: list[int]) -> None:
        """Take the states in another order."""
        new = {state: number for number, state in enumerate(states)}
        old = [self._numbers[state] for state in states]
        to = [new[state] for state in self.states]
        self.edges = [[edge._replace(after=to[edge.after]) for edge in self.edges[number]] for number in old]
        self.restarted = [[to[after[number]] for number in old] for after in self.restarted]
        self.states, self._numbers = states, new

    def number_of(self, state: int) -> int:
        """The number of the component's part of a state of the system."""
        return self._numbers[state & self.bits]

    def _after_crash(self, state: int, machines: list[tuple[int, dict[int, int]]]) -> int:
        for machine, restarted in machines:
            place = self.packing.machines[machine]
            if place.care & self.bits:
                number = place.of(state)
                state += (restarted[number] - number) << place.shift
        return state

    def _candidates(self, state: int) -> Iterator[Row]:
        yield from self._free
        for place, rows in zip(self._places, self._rows, strict=True):
            yield from rows.get(place.of(state), ())

    def _steps(self, state: int) -> Iterator[Edge]:
        bits, shared = self.bits, self.shared
        for packed, care, want in self._candidates(state):
            if (packed.present and not state & packed.present) or (state ^ want) & care & bits:
                continue
            after = (state & packed.keep | packed.put & bits) + packed.delta
            checks = tuple(check for one in packed.checks for check in self._outside(state, one))
            edge = Edge(
                after, care & shared, want & shared, packed.keep | ~shared, packed.put & shared, checks, packed.label
            )
            if packed.quiet and state & packed.quiet:
                if packed.second >= 0:
                    yield edge._replace(label=packed.second, spends="early_timeouts")
                continue
            yield edge
            if packed.present and packed.second >= 0:
                again = after + (packed.present & -packed.present)
                yield edge._replace(after=again, label=packed.second, spends="duplicates")
        for place, label, spends in self._losses:
            if place.of(state):
                yield Edge(state - (1 << place.shift), 0, 0, -1, 0, (), label, spends)

    def _outside(self, state: int, check: tuple[int, bool, int]) -> Iterator[tuple[int, bool, int]]:
        """What is left of a check in a state of the component."""
        bits, bad, conjunct = check
        if not bits or state & bits:
            if not bits or bad:
                yield 0, True, conjunct
        elif bits & self.shared:
            yield bits & self.shared, bad, conjunct
        elif not bad:
            yield 0, True, conjunct


def _spent(left: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(left.items()))


class Parts:
    """Which bits and which rewrites belong to which procedure, and which to none."""

    def __init__(self, packing: Packing) -> None:
        self.packing = packing
        if not packing.configuration.has_usual_channel or any(one.boundary for one in packing.system.instances):
            raise NotComposableError("its channel or its boundary is another than usual")
        procedures = sorted({one.procedure for one in packing.system.instances if one.procedure is not None})
        self._bits = dict.fromkeys(procedures, 0)
        everything = 1
        for place, instance in zip(packing.machines, packing.system.instances, strict=True):
            everything |= place.care
            if instance.procedure is not None:
                self._bits[instance.procedure] |= place.care
        for place, procedure in zip(packing.channel, packing.procedures, strict=True):
            if procedure is None:
                raise NotComposableError("a message belongs to no procedure, or to several")
            self._bits[procedure] |= place.care
        self._rows: dict[int | None, list[tuple[int, int, Row]]] = {None: [], **{one: [] for one in procedures}}
        for machine, local, row in self._all():
            self._rows[self._owner(row)].append((machine, local, row))
        self.marks = self._take_marks()
        self.shared = ~sum(self._bits.values())
        if len(procedures) < 2:
            raise NotComposableError("there is only one procedure")

    def of_procedures(self) -> list[tuple[int, list[Row]]]:
        """For each procedure its bits, and its rewrites."""
        return [(bits, [row for _, _, row in self._rows[one]]) for one, bits in self._bits.items()]

    def of_nobody(self) -> list[tuple[int, int, Row]]:
        """The rewrites of shared machines alone: (machine, local state, rewrite)."""
        return self._rows[None]

    def _all(self) -> Iterator[tuple[int, int, Row]]:
        packing = self.packing
        for machine, place in enumerate(packing.machines):
            for local in range(packing.sizes[machine]):
                groups = [packing.alone[machine][local]]
                groups += [rows for by_local in packing.joint[machine][local].values() for rows in by_local.values()]
                for packed in (packed for rows in groups for packed in rows):
                    care, want = packed.care | place.care, packed.want | local << place.shift
                    yield machine, local, Row(packed, care, want)

    def _owner(self, row: Row) -> int | None:
        packed = row.packed
        changed = ~packed.keep | packed.put | packed.present | packed.quiet
        changed |= sum(place.care for place in self.packing.channel if packed.delta and self._counts(packed, place))
        touched = (row.care | changed) & ~self._all_marks()
        owners = [procedure for procedure, bits in self._bits.items() if touched & bits]
        if len(owners) > 1:
            raise NotComposableError("a step touches two procedures")
        return owners[0] if owners else None

    def _counts(self, packed: Packed, place: Field) -> bool:
        rewrite = self.packing.labels[packed.label].rewrite
        assert rewrite is not None
        numbers = (*rewrite.sends, *([] if rewrite.message is None else [rewrite.message]))
        return any(self.packing.channel[number] == place for number in numbers)

    def _all_marks(self) -> int:
        return sum(self.packing.marks.values())

    def _take_marks(self) -> int:
        """Give each mark to the only procedure whose steps set it or look at it; the others are shared."""
        users: dict[int, set[int | None]] = {bit: set() for bit in self.packing.marks.values()}
        for owner, rows in self._rows.items():
            used = 0
            for _, _, row in rows:
                used |= row.packed.put
                for bits, _, _ in row.packed.checks:
                    used |= bits
            for bit, by in users.items():
                if used & bit:
                    by.add(owner)
        shared = 0
        for bit, by in users.items():
            if len(by) == 1 and None not in by:
                self._bits[next(iter(by))] |= bit  # type: ignore[index]
            elif by:  # what nobody looks at is left out
                shared |= bit
        return shared
