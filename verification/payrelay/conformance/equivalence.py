"""Equivalence: whether anybody could tell a variant from the role that it was made of.

Both are told the same, from the beginning, and from there everything that the kit can say, in any order: as long as
both answer the same there is nothing to see. Where that holds for every pair of states that they come to, no check of
this kind of message can ever tell them apart. What nobody can say is not said: a name that the party makes itself, and
what it signs, can be in a message only after it has been in one of its own; what the world decides, it decides once.

Of a party with many machines there are more pairs of states than can be looked at. So the edited machine is looked at
by itself, first: told everything that it is ever told, by others and by its neighbours. If it answers the same, so does
its party.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Generic, NamedTuple, TypeVar

from payrelay.conformance.separation import BREAKS
from payrelay.host.answers import Waiting, awaited, awaits, is_pending, refused
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Output, Restart, Send, Stimulus, Tell, Timeout
from payrelay.language.role import Guard, Handled, Local, ProtocolError, RoleTable, Row
from payrelay.language.systems import Reaction, Sent, System, react
from payrelay.language.terms import Hash, Signed, Symbol, parts
from payrelay.model.messages.purchase import OrderAck
from payrelay.model.messages.terminal_edge import TerminalAnswer
from payrelay.wire.endpoints import endpoint_of

MOST_PAIRS = 40_000
"""Pairs of states of a party, and of a machine, that are looked at."""
MOST_AFTER_CRASHES = 4_000
"""Those where who waits, and what was said, is a part of each: there are many more of them than can be looked at."""
MOST_STEPS = 6_000_000
Locals = tuple[Local, ...]
Cell = tuple[str, str, str]
"""A table, a state and an input."""
Told = tuple[int, Input]
"""A machine, and what it is told."""
Known = frozenset[object]
"""What a party has made known of its own, names and what it signed; what the world has decided; and, where it may say
things again, what it said, and whether it has crashed."""
NOTHING: Known = frozenset()
BREAKS_DOWN = "breaks down"


class Choice(NamedTuple):
    """What the world decides once for all of a run: of a payment, an issuer decides one thing."""

    what: str
    value: object


class Open(NamedTuple):
    """A request that is there still to be answered: made since a crash, if there was one."""

    waiting: Waiting


class Stepped(NamedTuple):
    """What a party came to by an input."""

    after: int
    """The number of its states."""
    said: Any
    """What can be seen of it."""
    sent: tuple[Message, ...] = ()
    cells: frozenset[Cell] = frozenset()
    """By which cells of tables it came."""

    @property
    def has_broken(self) -> bool:
        """Whether the code ended by it."""
        return bool(self.said[0] == BREAKS_DOWN)


class Difference(NamedTuple):
    """What was found of a variant."""

    way: tuple[Input, ...] = ()
    """A shortest way to tell it from the role by what it says: what is said to it; nothing if there is none."""
    otherwise: tuple[Message, ...] = ()
    """What only one of them says at the end of it."""
    broken: tuple[Input, ...] = ()
    """A shortest way to let it break down where the role does not."""
    is_whole: bool = True
    """Whether everything was looked at."""

    @property
    def is_none(self) -> bool:
        """Whether nobody can ever see any."""
        return self.is_unsaid and not self.broken

    @property
    def is_unsaid(self) -> bool:
        """Whether it never says anything else than the role, until it breaks down."""
        return self.is_whole and not self.way


T = TypeVar("T")


class Numbers(Generic[T]):
    """Things by numbers, since it takes long to look up what there is much in."""

    def __init__(self) -> None:
        self.all: list[T] = []
        self._of: dict[T, int] = {}

    def of(self, thing: T) -> int:
        """The number of a thing."""
        number = self._of.setdefault(thing, len(self.all))
        if number == len(self.all):
            self.all.append(thing)
        return number


class Party:
    """The machines of one party, stepped by some tables, that see a message as some other. States and inputs are
    numbers."""

    def __init__(
        self,
        system: System,
        party: str,
        states: Numbers[Locals],
        inputs: Numbers[Told],
        edited: Mapping[str, RoleTable] | None = None,
        seen: Mapping[Input, Message] | None = None,
    ) -> None:
        self.system, self.own, self.states, self.inputs = system, system.machines_of[party], states, inputs
        self.seen = seen or {}
        self.tables = [(edited or {}).get(one.table.name, one.table) for one in system.instances]
        self._known: dict[tuple[int, int], Stepped] = {}
        self._own_inputs: dict[int, tuple[int, ...]] = {}

    @property
    def start(self) -> int:
        """The states in which they begin."""
        return self.states.of(tuple(self.system.instances[machine].initial[0] for machine in self.own))

    def step(self, state: int, told: int) -> Stepped:
        """The states after an input, and what can be seen of it."""
        key = state, told
        if key not in self._known:
            self._known[key] = self._step(state, *self.inputs.all[told])
        return self._known[key]

    def _step(self, state: int, machine: int, received: Input) -> Stepped:
        known = dict(zip(self.own, self.states.all[state], strict=True))
        try:
            reaction = react(
                self.system,
                machine,
                self.seen.get(received, received),
                known,
                lambda one, local, told: self.tables[one].step(local, told),
            )
        except BREAKS as error:
            return Stepped(state, (BREAKS_DOWN, type(error).__name__))
        known.update(reaction.after())
        said = (one.message for one in reaction.effects if isinstance(one, Sent))
        answered: set[Waiting] = set()
        sent = tuple(one for one in said if not _answers_again(one, one.receiver, answered))
        answer = _taken(received, reaction, sent, [local.data for local in known.values()])
        cells = (
            (self.system.instances[one.machine].table.name, one.before.control, one.received.event)
            for one in reaction.moves
        )
        after = self.states.of(tuple(known[one] for one in self.own))
        return Stepped(after, (answer, sent), sent, frozenset(cells))

    def own_inputs(self, state: int) -> tuple[int, ...]:
        """The timers that run, and coming back from a crash."""
        if state not in self._own_inputs:
            locals_ = self.states.all[state]
            found = (*self.timers(locals_), *self.restarts(locals_))
            self._own_inputs[state] = tuple(map(self.inputs.of, found))
        return self._own_inputs[state]

    def timers(self, locals_: Locals) -> Iterator[Told]:
        """The timers that run."""
        for machine, local in zip(self.own, locals_, strict=True):
            for timer in self.tables[machine].timers_in(local.control):
                yield machine, Timeout(timer)

    def restarts(self, locals_: Locals) -> Iterator[Told]:
        """Coming back from a crash."""
        for machine, local in zip(self.own, locals_, strict=True):
            if self.tables[machine].rows_of(local.control, Restart().event):
                yield machine, Restart()


def _taken(received: Input, reaction: Reaction, sent: Iterable[Message], datas: Iterable[object]) -> object:
    """How an input is taken, if by anything that can be seen: refused, or answered by a page now or later."""
    if not isinstance(received, Message) or endpoint_of(received) is None:  # how a page is taken nobody is told
        return ""
    problem, waits = refused(received, reaction), awaits(received)
    if problem is not None or waits is None:
        return problem.name if problem else False
    return is_pending(waits, datas) or any(awaited(one) == waits for one in sent)


class Comparison:
    """The role of one party, held against variants of it; what is found of the role is kept from one to the next."""

    def __init__(
        self,
        system: System,
        party: str,
        told: Iterable[Message],
        made_here: Collection[Symbol] = (),
        with_control: bool = True,
        chosen: Callable[[Message], Choice | None] = lambda _message: None,
    ) -> None:
        self.system, self.party, self.with_control = system, party, with_control
        self._states, self._inputs = Numbers[Locals](), Numbers[Told]()
        self.sound = Party(system, party, self._states, self._inputs)
        messages = tuple(told)
        found = ((system.machine_of(one), one) for one in messages)
        self.told: list[Told] = [(machine, one) for machine, one in found if machine is not None]
        made = frozenset(made_here)
        needs = {one: own_in(one, party, made) for _, one in self.told}
        self.told += [(machine, one) for machine in self.sound.own for one in system.instances[machine].stimuli]
        self._made = made
        self._always = tuple(map(self._inputs.of, self.told))
        choices = ((one, chosen(one)) for one in messages)
        chosen_by: dict[Input, Choice] = {one: choice for one, choice in choices if choice is not None}
        self._needs = {n: needed for n in self._always if (needed := needs.get(self._inputs.all[n][1], NOTHING))}
        self._choices = {
            n: frozenset([choice]) for n in self._always if (choice := chosen_by.get(self._inputs.all[n][1]))
        }
        self._reached: dict[int, dict[Local, None]] = {}
        """By machine, the states that it comes to by everything that it is ever told."""
        self._told_once: dict[tuple[str, Input], bool] = {}
        self._open: dict[tuple[int, int], bool] = {}
        self._parties = {one.party for one in system.instances}

    def difference(self, edited: Mapping[str, RoleTable], seen: Mapping[Input, Message] | None = None) -> Difference:
        """A shortest way to tell a variant from the role; `seen`, which messages it sees as which others."""
        if not seen and self._is_alike(edited):
            return Difference()
        variant = Party(self.system, self.party, self._states, self._inputs, edited, seen)
        found = self._searched(variant, edited)
        if any(isinstance(received, Restart) for received in found.way):
            found = self._searched(variant, edited, after_crashes=True)
        if any(isinstance(received, Restart) for received in found.way):
            found = self._searched(variant, edited, after_crashes=True, may_say_again=True)
        return found

    def _searched(
        self,
        variant: Party,
        edited: Mapping[str, RoleTable],
        *,
        after_crashes: bool = False,
        may_say_again: bool = False,
    ) -> Difference:
        """As far as all states of both are looked at. A crash cuts off all who wait, so that what they are answered
        nobody hears; and whoever has come back from one does not know what had left: that it says something again tells
        nothing. Each makes more states, as who waits, and what was said, belongs to them."""
        is_touched, inputs = self._touched(edited), self._inputs.all
        most = MOST_AFTER_CRASHES if after_crashes else MOST_PAIRS
        start = (self.sound.start, variant.start, NOTHING)
        came_by: dict[tuple[int, int, Known], tuple[tuple[int, int, Known], int] | None] = {start: None}

        def way_to(pair: tuple[int, int, Known], *last: int) -> tuple[Input, ...]:
            way = [inputs[told][1] for told in last]
            while (step := came_by[pair]) is not None:
                pair, told = step
                way.append(inputs[told][1])
            return tuple(reversed(way))

        steps, is_whole, broken = 0, True, tuple[Input, ...]()
        waiting = deque([start])
        while waiting and steps < MOST_STEPS:
            pair = waiting.popleft()
            one, other, known = pair
            for told in self._can_be_told(one, other, known, variant):
                steps += 1
                sound = self.sound.step(one, told)
                received = inputs[told][1]
                is_same = one == other and received not in variant.seen and not is_touched(sound.cells)
                changed = sound if is_same else variant.step(other, told)
                if self._breaks(sound, changed):  # and there is no more of it
                    broken = broken or way_to(pair, told)
                    continue
                is_seen = not (after_crashes and _is_said_again(sound, changed, known, received))
                if sound.said != changed.said and is_seen:
                    only = (one for one in (*changed.sent, *sound.sent) if (one in sound.sent) != (one in changed.sent))
                    return Difference(way_to(pair, told), tuple(dict.fromkeys(only)), broken)
                now = known
                if sound.sent or told in self._choices:
                    said = (own_in(sent, self.party, self._made) for sent in sound.sent)
                    now = known.union(self._choices.get(told, NOTHING), *said)
                if after_crashes:
                    now = _since_a_crash(now.union(sound.sent) if may_say_again else now, received, sound.sent)
                then = (sound.after, changed.after, now)
                if then not in came_by:
                    if len(came_by) >= most:
                        is_whole = False
                        continue
                    came_by[then] = pair, told
                    waiting.append(then)
        return Difference((), (), broken, is_whole and not waiting)

    def _breaks(self, sound: Stepped, changed: Stepped) -> bool:
        """Whether a variant breaks down where the role does not; so does who says something to nobody."""
        if sound.has_broken or changed.has_broken:
            return changed.has_broken and not sound.has_broken
        said, told = ({one.receiver for one in stepped.sent} for stepped in (changed, sound))
        return not said <= self._parties | told

    def _can_be_told(self, one: int, other: int, known: Known, variant: Party) -> Iterator[int]:
        told: Iterable[int] = self._always
        if self.with_control:
            told = dict.fromkeys((*self._always, *self.sound.own_inputs(one), *variant.own_inputs(other)))
        for number in told:
            if number in self._needs and not self._needs[number] <= known:
                continue
            if number in self._choices and _contradict(self._choices[number], known):
                continue
            key = one, number
            if key not in self._open:
                self._open[key] = self._is_open_to(self._states.all[one], *self._inputs.all[number])
            if self._open[key]:
                yield number

    def _is_open_to(self, locals_: Locals, machine: int, received: Input) -> bool:
        """Whether a terminal can be told something: a page while it waits for one, what its user does while not, and
        that it crashes until it has ended: what it shows then is its user's to keep, and not a process's."""
        if isinstance(received, Restart) and role_of(self.party) == "terminal":
            table, state = self.sound.tables[machine], locals_[self.sound.own.index(machine)].control
            return state not in table.ended or bool(table.rows_of(state, received.event))
        is_page = isinstance(received, Message) and endpoint_of(received) is None
        if not (is_page or isinstance(received, Stimulus)):
            return True
        data: Any = locals_[self.sound.own.index(machine)].data
        return is_page == (data.outstanding is not None)

    def _touched(self, edited: Mapping[str, RoleTable]) -> Callable[[frozenset[Cell]], bool]:
        """Whether any of some cells has other rows."""
        cells, whole = set[Cell](), set[str]()
        for table in {one.table.name: one.table for one in self.system.instances}.values():
            after = edited.get(table.name, table)
            if after is table:
                continue
            if (table.correlation, table.inputs) != (after.correlation, after.inputs):
                whole.add(table.name)
            rows = ((row.source, row.event) for row in (*table.rows, *after.rows))
            cells |= {
                (table.name, *cell) for cell in dict.fromkeys(rows) if table.rows_of(*cell) != after.rows_of(*cell)
            }
        return lambda tried: not cells.isdisjoint(tried) or any(name in whole for name, *_ in tried)

    # --- machine by machine

    def _is_alike(self, edited: Mapping[str, RoleTable]) -> bool:
        """Whether each machine with an edited table answers the same to all that it is ever told."""
        for machine in self.sound.own:
            sound = self.sound.tables[machine]
            after = edited.get(sound.name, sound)
            if after is not sound and after != sound and not self._machine_is_alike(machine, sound, after):
                return False
        return True

    def _machine_is_alike(self, machine: int, sound: RoleTable, after: RoleTable) -> bool:
        """In all states that it comes to; where both do the same in one, there are no others to come to."""
        if self._heard is None:
            return False
        is_touched = self._touched({sound.name: after})
        waiting = deque((local, local) for local in self._reached[machine])
        seen = set(waiting)
        while waiting:
            one, other = waiting.popleft()
            more = (Timeout(timer) for timer in (*sound.timers_in(one.control), *after.timers_in(other.control)))
            restart = (Restart(),) if self.with_control else ()
            for received in (*self._heard[machine], *(more if self.with_control else ()), *restart):
                if one is other and not is_touched(frozenset([(sound.name, one.control, received.event)])):
                    continue
                answers = _answer(sound, one, received), _answer(after, other, received)
                if self._heard_of(answers[0][1]) != self._heard_of(answers[1][1]):
                    return False
                pair = answers[0][0], answers[1][0]
                if pair[0] != pair[1] and pair not in seen:
                    if len(seen) >= MOST_PAIRS:
                        return False
                    seen.add(pair)
                    waiting.append(pair)
        return True

    def _heard_of(self, said: Answered) -> Answered:
        """What comes of what a machine says: a neighbour is told it once, if to be told it twice is all the same."""
        held, outputs = said
        first = tuple(
            one
            for number, one in enumerate(outputs)
            if one not in outputs[:number] or not isinstance(one, Tell) or not self._is_told_once(one.to, one.told)
        )
        return held, first

    def _is_told_once(self, neighbour: str, told: Input) -> bool:
        """Whether a neighbour that is told something twice does what it does if told once, whatever state it is in."""
        key = neighbour, told
        if key not in self._told_once:
            self._told_once[key] = all(self._changes_nothing(*one, told) for one in self._reached_by(neighbour))
        return self._told_once[key]

    def _changes_nothing(self, table: RoleTable, local: Local, told: Input) -> bool:
        after, (_, outputs), _ = _answer(table, local, told)
        answered: set[Waiting] = set()
        for one in outputs:
            if isinstance(one, Send):
                _answers_again(one.message, one.to, answered)
        again, (_, more), _ = _answer(table, after, told)
        return again == after and all(
            isinstance(one, Send) and _answers_again(one.message, one.to, answered) for one in more
        )

    def _reached_by(self, neighbour: str) -> Iterator[tuple[RoleTable, Local]]:
        assert self._heard is not None
        for machine, found in self._reached.items():
            if self.system.instances[machine].name == neighbour:
                yield from ((self.sound.tables[machine], local) for local in found)

    @property
    def _heard(self) -> dict[int, dict[Input, None]] | None:
        """By machine, everything that it is ever told: by others, and by its neighbours whatever these are told. None
        if that has no end here."""
        if not hasattr(self, "_all_heard"):
            self._all_heard = self._hear()
        return self._all_heard

    def _hear(self) -> dict[int, dict[Input, None]] | None:
        heard: dict[int, dict[Input, None]] = {machine: {} for machine in self.sound.own}
        reached = self._reached
        for machine, message in self.told:
            heard[machine][message] = None
        for machine in self.sound.own:
            reached[machine] = {self.system.instances[machine].initial[0]: None}
        by_name = {self.system.instances[machine].name: machine for machine in self.sound.own}
        done: set[tuple[int, Local, Input]] = set()
        is_new = True
        while is_new:
            is_new = False
            for machine in self.sound.own:
                table = self.sound.tables[machine]
                for local in tuple(reached[machine]):
                    timers = tuple(Timeout(timer) for timer in table.timers_in(local.control))
                    for received in (*heard[machine], *timers, Restart()):
                        if (machine, local, received) in done:
                            continue
                        done.add((machine, local, received))
                        if len(done) > MOST_STEPS:
                            return None
                        is_new = True
                        after, _, told = _answer(table, local, received)
                        reached[machine].setdefault(after)
                        for name, what in told:
                            if name in by_name:
                                heard[by_name[name]].setdefault(what)
        return heard


Answered = tuple[object, tuple[Output, ...]]
"""How a machine takes what it is told, and what it says of it to others and its neighbours."""


def _answer(table: RoleTable, local: Local, received: Input) -> tuple[Local, Answered, tuple[tuple[str, Input], ...]]:
    """What a machine comes to, how it takes an input and what it says, and what of that is for neighbours."""
    try:
        answer = table.step(local, received)
    except BREAKS as error:
        return local, ((BREAKS_DOWN, type(error).__name__), ()), ()
    if not isinstance(answer, Handled):
        return (
            local,
            (_held(local, received, "refused" if isinstance(answer, ProtocolError) else "passed over"), ()),
            (),
        )
    answered: set[Waiting] = set()
    outputs = tuple(
        one
        for one in answer.outputs
        if isinstance(one, Tell) or (isinstance(one, Send) and not _answers_again(one.message, one.to, answered))
    )
    told = tuple((one.to, one.told) for one in outputs if isinstance(one, Tell))
    return answer.after, (_held(answer.after, received, ""), outputs), told


def _answers_again(message: Message, to: str, answered: set[Waiting]) -> bool:
    """Whether it answers a request that was answered just before: there is nobody left who could hear it."""
    if not isinstance(message, TerminalAnswer | OrderAck):
        return False
    waiting = to, awaited(message)[1]
    is_again = waiting in answered
    answered.add(waiting)
    return is_again


def _held(after: Local, received: Input, otherwise: str) -> object:
    """Whether a machine holds a request."""
    if isinstance(received, Stimulus) or (isinstance(received, Message) and endpoint_of(received) is None):
        return False  # of these nobody is told anything
    if otherwise == "refused" or not isinstance(received, Message) or (waits := awaits(received)) is None:
        return otherwise == "refused"
    return otherwise, is_pending(waits, [after.data])


def _since_a_crash(known: Known, received: Input, sent: Iterable[Message]) -> Known:
    """What is known after an input, and who waits since a crash: nobody whom it cut off, or who was answered."""
    if isinstance(received, Restart):
        return frozenset((*(one for one in known if not isinstance(one, Open)), received))
    if Restart() not in known:
        return known
    waits = awaits(received) if isinstance(received, Message) else None
    waiting = known if waits is None else known | {Open(waits)}
    return waiting - {Open(awaited(one)) for one in sent if isinstance(one, TerminalAnswer | OrderAck)}


def _is_said_again(sound: Stepped, changed: Stepped, known: Known, received: Input) -> bool:
    """Whether a variant that has come back from a crash differs only by saying again what was said before, or by what
    it says to those whom the crash cut off."""
    if Restart() not in known or sound.said[0] != changed.said[0]:
        return False
    now = _since_a_crash(known, received, ())
    one, other = ([said for said in stepped.sent if not _is_cut_off(said, now)] for stepped in (sound, changed))
    return one == [said for said in other if said in one or said not in known]


def _is_cut_off(message: Message, known: Known) -> bool:
    return isinstance(message, TerminalAnswer | OrderAck) and Open(awaited(message)) not in known


def _contradict(choices: Known, known: Known) -> bool:
    """Whether something is decided otherwise than it was."""
    decided = {one.what: one.value for one in known if isinstance(one, Choice)}
    return any(decided.get(one.what, one.value) != one.value for one in choices if isinstance(one, Choice))


def own_in(message: object, party: str, made: frozenset[Symbol]) -> Known:
    """What stands in a message that a party makes itself: names, through digests, too; and what it signs."""
    found: set[object] = set()
    for part in parts(message):
        if isinstance(part, Hash):
            found |= own_in(part.content, party, made)
        elif part in made or (isinstance(part, Signed) and part.by == party):
            found.add(part)
    return frozenset(found)


def is_alike_if(always: Guard, sound: Sequence[Row], edited: Sequence[Row]) -> bool:
    """Whether the rows of a cell and the edited ones do the same where a guard holds, whatever else does."""
    guards = {guard for row in (*sound, *edited) for guard in _guards_of(row)} - {always}
    for number in range(len(guards) + 1):
        for holding in combinations(guards, number):
            holds = {always, *holding}
            one, other = (
                [(row.action, row.target) for row in rows if _is_enabled(row, holds)] for rows in (sound, edited)
            )
            if one != other:
                return False
    return True


def _guards_of(row: Row) -> Iterator[Guard]:
    for guard, _ in row.guards:
        first = getattr(guard, "__self__", None)  # that an edited row comes first is a guard of the others
        yield from _guards_of(first) if isinstance(first, Row) else (guard,)


def _is_enabled(row: Row, holds: Collection[Guard]) -> bool:
    for guard, expected in row.guards:
        first = getattr(guard, "__self__", None)
        if (_is_enabled(first, holds) if isinstance(first, Row) else guard in holds) != expected:
            return False
    return True


def in_words(way: Sequence[Input]) -> str:
    """What is said, in short."""
    return ", then ".join(one.event.replace("_", " ") for one in way)
