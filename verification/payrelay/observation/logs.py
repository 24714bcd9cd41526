"""Logs: what running systems that do as a model says would write, many procedures at once, with every kind of fault.

Each procedure is a random walk through the model, in which a message that was sent may come never, late, again and
before older ones; timers fire, parties crash and restart. Its values are called by names of its own. The same seed
gives the same log.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from payrelay.language.links import role_of
from payrelay.language.messages import Timeout
from payrelay.language.observations import RECEIVED, SENT, OpenValues
from payrelay.language.systems import System
from payrelay.observation.naming import PARTY, Naming, Value
from payrelay.observation.renaming import renamed
from payrelay.verification.tables.tabulation import Rewrite, Tabulation


@dataclass(frozen=True, kw_only=True)
class Chances:
    """How often what goes on in a procedure, at each step."""

    loss: float = 0.04
    """A message that was just sent never comes."""
    copy: float = 0.03
    """Something comes once more that has come before."""
    timer: float = 0.02
    crash: float = 0.01
    late: float = 0.02
    """At any moment of the log: something that was sent in a procedure that is over comes again."""
    usual: float = 0.9
    """Of what the world may choose, it chooses the first; else any."""
    most_steps: int = 120
    """After so many steps a procedure is over, wherever it is."""


@dataclass
class Faults:
    """How often each kind of fault was in a log."""

    lost: int = 0
    copies: int = 0
    reordered: int = 0
    late: int = 0
    timeouts: int = 0
    crashes: int = 0


class Told(NamedTuple):
    """One event, by the number of its message."""

    message: int
    direction: str


class Foreign(NamedTuple):
    """A value of another system: as text, and as a JSON text where it stands as a whole."""

    text: str
    whole: str = ""


@dataclass
class Walk:
    """One procedure on its way."""

    name: str
    locals: list[int]
    waiting: list[int] = field(default_factory=list)
    """What was sent and has not come, in the order in which it was sent."""
    come: list[int] = field(default_factory=list)
    steps: int = 0
    values: dict[Value, Foreign] = field(default_factory=dict)


class Walker:
    """Random walks through one system, and how they are told."""

    def __init__(self, tables: Tabulation, open_values: OpenValues, chances: Chances, faults: Faults) -> None:
        self.tables, self.system = tables, tables.system
        self.chances, self.faults = chances, faults
        self.naming = Naming(tables, open_values)
        self._machine_of = [self.system.machine_of(message) for message in tables.messages]
        self._deliveries: dict[tuple[int, int], list[Rewrite]] = defaultdict(list)
        self._users: dict[tuple[int, int], list[Rewrite]] = defaultdict(list)
        self._timers: dict[tuple[int, int], list[Rewrite]] = defaultdict(list)
        for rewrite in tables.rewrites:
            machine, local = rewrite.before[0]
            if rewrite.kind == "deliver" and rewrite.message is not None:
                self._deliveries[rewrite.message, local].append(rewrite)
            elif rewrite.kind == "user":
                self._users[machine, local].append(rewrite)
            elif isinstance(rewrite.received, Timeout):
                self._timers[machine, local].append(rewrite)
        self._texts = [_Text(self, number) for number in range(len(tables.messages))]

    def begin(self, name: str) -> Walk:
        """A procedure that begins."""
        return Walk(name, [initial[0] for initial in self.tables.initial], list(self.tables.injected))

    def step(self, walk: Walk, dice: random.Random) -> list[Told] | None:
        """What is told of the next step, perhaps nothing; None if the procedure is over."""
        chances, faults = self.chances, self.faults
        walk.steps += 1
        if walk.steps > chances.most_steps:
            return None
        luck = dice.random()
        if luck < chances.crash and self.system.crashing:
            self._crash(walk, dice.choice(self.system.crashing))
            return []
        luck -= chances.crash
        if luck < chances.timer and (timers := self._enabled(walk, self._timers)):
            faults.timeouts += 1
            return self._take(walk, dice.choice(timers), dice)
        luck -= chances.timer
        if luck < chances.copy and walk.come:
            faults.copies += 1
            return self.deliver(walk, dice.choice(walk.come), dice)
        users = self._enabled(walk, self._users)
        if walk.waiting and (not users or dice.random() < 0.8):
            place = int(dice.random() ** 2 * len(walk.waiting))  # the older the sooner
            faults.reordered += place > 0
            message = walk.waiting.pop(place)
            walk.come.append(message)
            return self.deliver(walk, message, dice)
        if users:
            return self._take(walk, self._usual(users, dice), dice)
        timers = self._enabled(walk, self._timers)
        if timers and dice.random() < 0.5:
            faults.timeouts += 1
            return self._take(walk, dice.choice(timers), dice)
        return None

    def deliver(self, walk: Walk, message: int, dice: random.Random) -> list[Told]:
        """A message comes."""
        told = [Told(message, RECEIVED)]
        machine = self._machine_of[message]
        if machine is not None:
            ways = [one for one in self._deliveries[message, walk.locals[machine]] if _fits(one, walk.locals)]
            told += self._take(walk, self._usual(ways, dice), dice)
        return told

    def _usual(self, ways: Sequence[Rewrite], dice: random.Random) -> Rewrite:
        """One of several ways, mostly the first: what came has not expired, the issuer approves, the user goes on."""
        return ways[0] if len(ways) == 1 or dice.random() < self.chances.usual else dice.choice(ways)

    def _enabled(self, walk: Walk, where: dict[tuple[int, int], list[Rewrite]]) -> list[Rewrite]:
        found: list[Rewrite] = []
        for key in enumerate(walk.locals):
            if key in where:
                found += [one for one in where[key] if _fits(one, walk.locals)]
        return found

    def _take(self, walk: Walk, rewrite: Rewrite, dice: random.Random) -> list[Told]:
        for machine, local in rewrite.after:
            walk.locals[machine] = local
        for message in rewrite.sends:
            if dice.random() < self.chances.loss:
                self.faults.lost += 1
            else:
                walk.waiting.append(message)
        return [Told(message, SENT) for message in rewrite.sends]

    def _crash(self, walk: Walk, party: str) -> None:
        self.faults.crashes += 1
        for machine in self.system.machines_of[party]:
            walk.locals[machine] = self.tables.restarted[machine][walk.locals[machine]]

    def told(self, walk: Walk, told: Told, at: int, dice: random.Random) -> str:
        """The line of an event, with the values of this procedure."""
        text = self._texts[told.message]
        known = walk.values
        values = [known.get(value) or self._invented(walk, value, dice) for value in text.values]
        message = "".join(
            part if isinstance(part, str) else values[part[0]].whole if part[1] else values[part[0]].text
            for part in text.parts
        )
        return (
            f'{{"at":{at},"link":"{text.link}","from":"{values[0].text}","to":"{values[1].text}",'
            f'"direction":"{told.direction}","message":{message},"http":null,"procedure":"{walk.name}"}}'
        )

    def _invented(self, walk: Walk, value: Value, dice: random.Random) -> Foreign:
        """A value of this procedure for one of the model's. A party of which there are only some keeps its name."""
        of, name = value
        open_values = self.naming.open_values
        if of in open_values.written:
            made = open_values.written[of].make(dice.getrandbits(29))
            foreign = Foreign(open_values.written[of].write(made), json.dumps(made, separators=(",", ":")))
        elif of.startswith(PARTY):
            is_own = role_of(name) in open_values.renewed.values()
            foreign = Foreign(f"{role_of(name)}-{walk.name}" if is_own else name)
        else:
            foreign = Foreign(f"{of.lower()}-{dice.getrandbits(64):016x}")
        walk.values[value] = foreign
        return foreign


class _Text:
    """A message of the model as text with gaps for its values."""

    def __init__(self, walker: Walker, number: int) -> None:
        naming = walker.naming
        form, names = naming.forms[number]
        self.link = form[1]
        self.values: list[Value] = list(zip(naming.groups[form].classes[:2], names[:2], strict=True))
        told = naming.plains[number]
        given = type(walker.tables.messages[number]).given
        fields = {key: value for key, value in told["fields"].items() if key not in given}
        gapped = renamed(naming, fields, self._gap)
        text = json.dumps({"message": told["message"], "fields": gapped}, separators=(",", ":"), ensure_ascii=False)
        self.parts = [_part(part) for part in GAP.split(text)]
        """Text; or the place of a value, and whether it stands there as a whole term."""

    def _gap(self, of: str, name: str, is_whole: bool) -> str:
        if (of, name) not in self.values:
            self.values.append((of, name))
        return f"{BEGIN}{'!' if is_whole else ''}{self.values.index((of, name))}{END}"


def _part(text: str) -> str | tuple[int, bool]:
    if not text.startswith(BEGIN) and not text.startswith(f'"{BEGIN}!'):
        return text
    inside = text.strip(f'"{BEGIN}{END}')
    return int(inside.lstrip("!")), inside.startswith("!")


BEGIN, END = "\ue000", "\ue001"
GAP = re.compile(f'("{BEGIN}![0-9]+{END}"|{BEGIN}[0-9]+{END})')
"""Where a value stands in a text: as a whole term, or as text."""


def _fits(rewrite: Rewrite, locals_: Sequence[int]) -> bool:
    return all(locals_[machine] == local for machine, local in rewrite.before)


class LogWriter:
    """Writes the log of many procedures at once. Iterate `lines`; then `faults` and the rest say what was in it."""

    def __init__(
        self, systems: Sequence[System], open_values: OpenValues, seed: int, chances: Chances | None = None
    ) -> None:
        self.chances = chances or Chances()
        self.faults = Faults()
        self.procedures = 0
        self._dice = random.Random(seed)
        tables = map(Tabulation, systems)
        self._walkers = [Walker(one, open_values, self.chances, self.faults) for one in tables]

    def lines(self, events: int, at_once: int = 1000) -> Iterator[str]:
        """So many events, without line ends: always of so many procedures at once, until no more begin."""
        written = 0
        dice, late = self._dice, self.chances.late
        under_way = [self._begin() for _ in range(at_once)]
        over: list[tuple[Walker, Walk]] = []
        while written < events:
            if over and dice.random() < late:
                walker, walk = over[int(dice.random() * len(over))]
                self.faults.late += 1
                told: list[Told] | None = walker.deliver(walk, dice.choice(walk.come + walk.waiting), dice)
            else:
                place = int(dice.random() * len(under_way))
                walker, walk = under_way[place]
                told = walker.step(walk, dice)
                if told is None:
                    under_way[place] = self._begin()
                    if walk.come or walk.waiting:
                        self._keep(over, (walker, walk))
            for one in (told or ())[: events - written]:
                yield walker.told(walk, one, written, dice)
                written += 1

    def _begin(self) -> tuple[Walker, Walk]:
        self.procedures += 1
        walker = self._walkers[self.procedures % len(self._walkers)]
        return walker, walker.begin(f"p{self.procedures}")

    def _keep(self, over: list[tuple[Walker, Walk]], one: tuple[Walker, Walk]) -> None:
        """Remember a procedure that is over, in place of any other once there are many."""
        if len(over) < MOST_OVER:
            over.append(one)
        else:
            over[int(self._dice.random() * MOST_OVER)] = one


MOST_OVER = 2000
"""Procedures that are over and of which something may still come."""
