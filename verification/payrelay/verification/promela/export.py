"""Promela: a system and its safety conjuncts as a model that SPIN searches, state for state and step for step.

One variable for each machine, message, budget and mark, and one loop with one option for each step. An option is a
`d_step`, so that SPIN sees no state within it. What changes nothing is no step here, as it is none in the count of
the engines: an option that may find all done already asks for something that is new, or is bad.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from payrelay.language.configurations import ConfigurationError
from payrelay.language.properties import SAFETY, Property, conjunct_name
from payrelay.language.systems import System
from payrelay.verification.promela.identifiers import comment
from payrelay.verification.promela.names import Names
from payrelay.verification.tables.channels import MOST_COPIES
from payrelay.verification.tables.packing import Packed, Packing
from payrelay.verification.tables.tabulation import Rewrite, Tabulation
from payrelay.verification.traces.steps_in_words import in_words, local_in_words, message_in_words

FILE = "model.pml"
GENERATE = ("spin", "-a", "-o2", FILE)
COMPILE = ("gcc", "-O3", "-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=4096", "-DMEMLIM=16384", "-o", "pan", "pan.c")
SEARCH = ("./pan", "-n", "-m2000000", "-w24")
"""The commands by which SPIN searches a model."""
NEW_LINE = "\n       "
UNCOUNTABLE = f"<=({MOST_COPIES}-"
"""What SPIN writes of an assertion that fails if there are too many copies of a message."""
CHANNELS_COUNTED = f"""\
#define MOST_COPIES {MOST_COPIES}  {comment("a step that would make more does not happen, and is a violation")}
#define FITS(message, more) (message <= MOST_COPIES - more)
#define SEND(message) message++
#define TAKE(message) message--
"""


def promela(system: System, properties: Sequence[Property]) -> str:
    """The Promela model of a system, with those of these properties that assertions can say.

    Raises ConfigurationError for a channel or a boundary that is not exported.
    """
    if not system.configuration.has_usual_channel or any(one.boundary for one in system.instances):
        raise ConfigurationError(
            f"configuration {system.configuration.name}: its channel or boundary cannot be exported; leave both open"
        )
    return "\n".join(_Model(system, properties).lines()) + "\n"


class _Model:
    """The lines of the model."""

    def __init__(self, system: System, properties: Sequence[Property]) -> None:
        self.system = system
        self.properties = properties
        self.tables = Tabulation(system)
        self.packing = Packing(self.tables, [one for one in properties if one.is_searched_in(system)])
        self.is_counted = not system.configuration.is_unbounded
        self.names = Names(self.packing)
        self.rows = [
            row
            for alone, joint in zip(self.packing.alone, self.packing.joint, strict=True)
            for of_local, by_neighbour in zip(alone, joint, strict=True)
            for rows in (of_local, *(rows for by_local in by_neighbour.values() for rows in by_local.values()))
            for row in rows
        ]

    def lines(self) -> Iterator[str]:
        """The whole text."""
        yield from self._head()
        for machine in range(len(self.names.machines)):
            yield from self._machine(machine)
        yield from self._channel()
        yield from self._marks()
        yield ""
        yield "active proctype system() {"
        yield from self._beginning()
        yield "end: do"
        options = [*self._rewrites(), *self._losses(), *self._crashes()]
        yield from options or ["  :: false -> skip"]
        yield "  od"
        yield "}"

    # --- what the model says of itself

    def _head(self) -> Iterator[str]:
        configuration = self.system.configuration
        yield comment(f"{configuration.name}: {configuration.says}")
        yield comment(f"Faults: {configuration.scope()}.")
        yield "/* A step of the system is an option of the loop at the end. To search it:"
        yield from (f"     {' '.join(command)}" for command in (GENERATE, COMPILE, SEARCH))
        yield "*/"
        watched = self.packing.watched
        yield from _listed(
            "Asserted:",
            (f"{w.property.label} {w.property.name}" for w in watched if isinstance(w.conjunct, SAFETY)),
        )
        yield from _listed(
            "What assertions cannot say, and this model leaves out:",
            (
                f"{w.property.label} {w.property.name}: {conjunct_name(w.conjunct)}"
                for w in watched
                if not isinstance(w.conjunct, SAFETY)
            ),
        )
        here = {watch.property.name for watch in watched}
        others = [one for one in self.properties if one.name not in here]
        yield from _listed("Not of the runs of this system:", (f"{one.label} {one.name}" for one in others))

    # --- variables

    def _machine(self, machine: int) -> Iterator[str]:
        instance = self.system.instances[machine]
        yield ""
        yield comment(f"{instance.id}, a {instance.table.name}")
        states = self.tables.locals[machine]
        for number, (name, local) in enumerate(zip(self.names.locals[machine], states, strict=True)):
            words = local_in_words(local, states[0])
            yield f"#define {name} {number}" + (f"  {comment(words)}" if words else "")
        first = self.tables.initial[machine][0]
        bits = max(1, (len(states) - 1).bit_length())
        yield f"unsigned {self.names.machines[machine]} : {bits} = {self.names.locals[machine][first]};"

    def _channel(self) -> Iterator[str]:
        yield ""
        if not self.is_counted:
            yield comment("Messages: once sent, there for ever")
        else:
            yield comment("Messages: how many copies are under way")
            yield from CHANNELS_COUNTED.splitlines()
        for number, name in enumerate(self.names.messages):
            initially = " = 1" if number in self.tables.injected else ""
            kind = f"unsigned {name} : {MOST_COPIES.bit_length()}" if self.is_counted else f"bit {name}"
            yield f"{kind}{initially};  {comment(message_in_words(self.tables.messages[number]))}"
        for name, budget in self.names.budgets.items():
            most = getattr(self.system.configuration, name)
            yield f"unsigned {budget} : {most.bit_length()} = {most};  {comment('how many are left')}"
        used = {row.quiet for row in self.rows}
        for bits, name in self.names.quiet.items():
            if bits in used:
                under_way = [
                    self.names.messages[n] for n, place in enumerate(self.packing.channel) if place.care & bits
                ]
                yield f"#define {name} (!({' || '.join(under_way)}))"

    def _marks(self) -> Iterator[str]:
        yield ""
        if self.names.marks:
            yield comment("What has happened, as far as some assertion asks")
        before = self.packing.initial[0]
        for key, bit in self.packing.marks.items():
            number, side, binding = key
            watch = self.packing.watched[number]
            values = ", ".join(f"{name} {value}" for name, value in binding)
            words = f"{watch.property.name}, {conjunct_name(watch.conjunct)}, event {side + 1}" + (
                f", {values}" if values else ""
            )
            yield f"bit {self.names.marks[bit]}{' = 1' if before & bit else ''};  {comment(words)}"

    def _beginning(self) -> Iterator[str]:
        """A choice between the initial states, if there are several."""
        if len(self.packing.initial) == 1:
            return
        yield "  if"
        for state in self.packing.initial:
            put = (
                f"{name} = {states[place.of(state)]}"
                for name, states, place in zip(
                    self.names.machines, self.names.locals, self.packing.machines, strict=True
                )
            )
            yield f"  :: d_step {{ true -> {'; '.join(put)} }}"
        yield "  fi;"

    # --- steps

    def _rewrites(self) -> Iterator[str]:
        """All rewrites. Those that differ only in the local states where they are possible are one option."""
        options: dict[object, tuple[Packed, Rewrite, list[str]]] = {}
        for row in self.rows:
            rewrite = self.packing.labels[row.label].rewrite
            assert rewrite is not None
            does = (*self._asserts(row), *self._puts(row, rewrite), *(self._news(row, rewrite) or ()))
            key = (rewrite.machine, rewrite.message, rewrite.received, does, row.quiet, row.second >= 0)
            where = " && ".join(self._is_at(machine, local) for machine, local in rewrite.before)
            options.setdefault(key, (row, rewrite, []))[2].append(where)
        for row, rewrite, places in options.values():
            yield from self._rewrite(row, rewrite, _either(places))

    def _rewrite(self, row: Packed, rewrite: Rewrite, where: str) -> Iterator[str]:
        """A rewrite as it is, and as a duplicate delivery or an early time-out if it can be one."""
        message = [] if rewrite.message is None else [self.names.messages[rewrite.message]]
        taken = [f"TAKE({one})" for one in message] if self.is_counted else []
        guard, quiet = [*message, where], [self.names.quiet[row.quiet]] if row.quiet else []
        asserts, puts, sends = self._asserts(row), self._puts(row, rewrite), Counter(rewrite.sends)
        if (news := self._news(row, rewrite)) is not None:
            fits = self._fits(sends - Counter(() if rewrite.message is None else (rewrite.message,)))
            yield from self._option(row.label, [*guard, *quiet, *news], asserts, fits, [*taken, *puts])
        if row.second < 0:
            return
        fits = self._fits(sends)
        if not self.packing.labels[row.second].early:
            spent = self.names.budgets["duplicates"]
            yield from self._option(row.second, [*guard, spent], asserts, fits, [f"{spent}--", *puts])
        elif quiet:
            spent = self.names.budgets["early_timeouts"]
            yield from self._option(row.second, [*guard, spent, f"!{quiet[0]}"], asserts, fits, [f"{spent}--", *puts])

    def _fits(self, more: Mapping[int, int]) -> str:
        """Whether so many more copies can be counted; empty if they need not be."""
        if not self.is_counted:
            return ""
        return " && ".join(f"FITS({self.names.messages[n]}, {copies})" for n, copies in more.items())

    def _is_at(self, machine: int, local: int) -> str:
        return f"{self.names.machines[machine]} == {self.names.locals[machine][local]}"

    def _puts(self, row: Packed, rewrite: Rewrite) -> list[str]:
        """What a rewrite changes, but for the message that it takes."""
        moved = [
            f"{self.names.machines[machine]} = {self.names.locals[machine][local]}"
            for machine, local in rewrite.after
            if (machine, local) not in rewrite.before
        ]
        sent = [
            f"SEND({self.names.messages[n]})" if self.is_counted else f"{self.names.messages[n]} = 1"
            for n in rewrite.sends
        ]
        return [*moved, *sent, *(f"{mark} = 1" for mark in self._marked(row.put))]

    def _marked(self, bits: int) -> list[str]:
        return [name for bit, name in self.names.marks.items() if bits & bit]

    def _whether(self, bits: int, marked: bool) -> str:
        """Whether one of some marks is there, or whether none is; without marks, what is never so or always."""
        if not bits:
            return "true" if marked else "false"
        either = _either(self._marked(bits), " ")
        return either if marked else f"!{either}"

    def _asserts(self, row: Packed) -> list[str]:
        found = []
        for bits, bad, conjunct in row.checks:
            label = self.packing.watched[conjunct].property.label
            found.append(f"assert({self._whether(bits, not bad)}) {comment(label)}")
        return found

    def _news(self, row: Packed, rewrite: Rewrite) -> list[str] | None:
        """What must be new for a rewrite to change anything; None if it never does."""
        if set(rewrite.before) != set(rewrite.after) or row.delta:
            return []
        sent = [] if self.is_counted else [self.names.messages[n] for n in dict.fromkeys(rewrite.sends)]
        news = [f"!{name}" for name in (*sent, *self._marked(row.put))]
        news += [self._whether(bits, bad) for bits, bad, _ in row.checks]
        return [_either(news, " ")] if news else None

    def _option(
        self, label: int, guard: Sequence[str], asserts: Sequence[str], fits: str, then: Sequence[str]
    ) -> Iterator[str]:
        """One step. What cannot be counted does not happen, and is said."""
        yield f"  {comment(in_words(self.system, self.tables, self.packing.labels[label]))}"
        yield f"  :: d_step {{ {' && '.join(guard)} ->"
        lines = [*asserts, *then] or ["skip"]
        if fits:
            lines = [*asserts, f"if{NEW_LINE}:: {fits} ->{NEW_LINE}     {f';{NEW_LINE}     '.join(then)}"]
            lines[-1] += f"{NEW_LINE}:: else -> assert({fits}){NEW_LINE}fi"
        yield f"       {f';{NEW_LINE}'.join(lines)} }}"

    def _losses(self) -> Iterator[str]:
        for place, number in self.packing.strays:
            message = self._message_at(place.shift)
            yield from self._option(number, [message], [], "", [f"TAKE({message})"])
        for place, number in self.packing.losses:
            message, losses = self._message_at(place.shift), self.names.budgets["losses"]
            yield from self._option(number, [losses, message], [], "", [f"TAKE({message})", f"{losses}--"])

    def _message_at(self, shift: int) -> str:
        return next(
            name for name, place in zip(self.names.messages, self.packing.channel, strict=True) if place.shift == shift
        )

    def _crashes(self) -> Iterator[str]:
        for machines, number in self.packing.crashes:
            forgets = {machine: _forgets(restarted) for machine, restarted in machines}
            anything = [self._is_at(machine, old) for machine, of in forgets.items() for old in of]
            if not anything and not self.is_counted:
                continue
            guard = [self.names.budgets["crashes"] if self.is_counted else _either(anything)]
            yield f"  {comment(in_words(self.system, self.tables, self.packing.labels[number]))}"
            yield f"  :: d_step {{ {guard[0]} ->"
            if self.is_counted:
                yield f"       {guard[0]}--;"
            for machine, of in forgets.items():
                yield from self._restart(machine, of)
            yield "       skip }"

    def _restart(self, machine: int, forgets: dict[int, int]) -> Iterator[str]:
        if not forgets:
            return
        yield "       if"
        for new in dict.fromkeys(forgets.values()):
            olds = " || ".join(self._is_at(machine, old) for old, then in forgets.items() if then == new)
            yield f"       :: {olds} -> {self.names.machines[machine]} = {self.names.locals[machine][new]}"
        yield "       :: else"
        yield "       fi;"


def _forgets(restarted: dict[int, int]) -> dict[int, int]:
    """The local states that a restart changes, and what becomes of them."""
    return {old: new for old, new in restarted.items() if old != new}


def _either(guards: Sequence[str], between: str = NEW_LINE) -> str:
    """One of some guards; a line for each, or with something else between them."""
    return guards[0] if len(guards) == 1 else "(" + f" ||{between}".join(guards) + ")"


def _listed(title: str, items: Iterable[str]) -> Iterator[str]:
    listed = list(dict.fromkeys(items))
    if listed:
        yield f"/* {title}"
        yield from (f"     {item}" for item in listed)
        yield "*/"
