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
from typing import Any, NamedTuple

from payrelay.conformance.machines import Machines
from payrelay.conformance.parties import Locals, Numbers, Party, Stepped, Told, touched
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Restart, Stimulus
from payrelay.language.role import RoleTable
from payrelay.language.systems import System
from payrelay.language.terms import Hash, Signed, Symbol, parts
from payrelay.wire.endpoints import endpoint_of

MOST_PAIRS = 40_000
"""Pairs of states of a party that are looked at."""
MOST_SAYING_AGAIN = 4_000
"""Those where what was said is a part of each: there are many more of them than can be looked at."""
MOST_STEPS = 6_000_000
Known = frozenset[object]
"""What a party has made known of its own, names and what it signed; what the world has decided; and, where it may say
things again, what it said, and whether it has crashed."""
NOTHING: Known = frozenset()


class Choice(NamedTuple):
    """What the world decides once for all of a run: of a payment, an issuer decides one thing."""

    what: str
    value: object


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
        self._machines = Machines(self.sound, self.told, with_control)
        self._open: dict[tuple[int, int], bool] = {}
        self._parties = {one.party for one in system.instances}
        self._tables = {one.table.name: one.table for one in system.instances}

    def difference(self, edited: Mapping[str, RoleTable], seen: Mapping[Input, Message] | None = None) -> Difference:
        """A shortest way to tell a variant from the role; `seen`, which messages it sees as which others."""
        if not seen and self._machines.is_alike(edited):
            return Difference()
        variant = Party(self.system, self.party, self._states, self._inputs, edited, seen)
        found = self._searched(variant, edited)
        if any(isinstance(received, Restart) for received in found.way):
            return self._searched(variant, edited, may_say_again=True)
        return found

    def _searched(self, variant: Party, edited: Mapping[str, RoleTable], *, may_say_again: bool = False) -> Difference:
        """As far as all states of both are looked at. Whoever has come back from a crash does not know what had left:
        that it says something again tells nothing, and then there are more states, as what was said belongs to them."""
        is_touched, inputs = touched(self._tables, edited), self._inputs.all
        most = MOST_SAYING_AGAIN if may_say_again else MOST_PAIRS
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
                is_seen = not (may_say_again and _is_said_again(sound, changed, known))
                if sound.said != changed.said and is_seen:
                    only = (one for one in (*changed.sent, *sound.sent) if (one in sound.sent) != (one in changed.sent))
                    return Difference(way_to(pair, told), tuple(dict.fromkeys(only)), broken)
                now = known
                if sound.sent or told in self._choices:
                    said = (own_in(sent, self.party, self._made) for sent in sound.sent)
                    now = known.union(self._choices.get(told, NOTHING), *said)
                if may_say_again:
                    now = now.union(sound.sent, [received] if isinstance(received, Restart) else ())
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


def _is_said_again(sound: Stepped, changed: Stepped, known: Known) -> bool:
    """Whether a variant that has come back from a crash differs only by saying again what was said before."""
    if Restart() not in known or sound.said[0] != changed.said[0]:
        return False
    return sound.sent == tuple(one for one in changed.sent if one in sound.sent or one not in known)


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


def in_words(way: Sequence[Input]) -> str:
    """What is said, in short."""
    return ", then ".join(one.event.replace("_", " ") for one in way)
