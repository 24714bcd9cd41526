"""Generation: the cases that a role is tried with, in the order in which they are worth their time.

Paths first, so that everything that comes later has seen the right thing work; then every message in every state; then
each of them once more, followed by what tells its state from the others; then messages with one thing wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from random import Random
from typing import Any, NamedTuple

from payrelay.conformance.alterations import BYSTANDERS, alterations
from payrelay.conformance.cases import Case, Mutation
from payrelay.conformance.course import Arrives, Course, Crashed, Done, Injected, Lost, Move, Place, RanOut, Spoilt
from payrelay.conformance.disbelief import TERMS, Aspect
from payrelay.conformance.exploration import Cell, Explored, covered, explored, followed, waits
from payrelay.conformance.patterns import Patterns
from payrelay.conformance.performance import STRANGER
from payrelay.conformance.renaming import of_another, of_the_second, renamed, symbols_in
from payrelay.conformance.separation import telling
from payrelay.conformance.setting import Wishes
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message
from payrelay.language.role import Handled, Local, RoleTable, Row
from payrelay.language.systems import Reaction
from payrelay.language.terms import Signed, Symbol, parts
from payrelay.model.data import ProcKey
from payrelay.model.messages.purchase import AuthorizationRequest, ForwardedProcedureRequest
from payrelay.model.messages.registration import (
    ForwardedAuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
)

OUT_OF_TURN, TWICE, NEVER, LATE = 0.15, 0.12, 0.05, 0.08
"""How likely it is, in a run at random, that something comes that nobody sent, comes twice, never comes, or that a
timer runs out."""
WHOSE = frozenset({"user_ref", "subject"})
"""The fields that say whose something is: with another value, it is somebody else's, of whom a party may know."""
SLICES = 12
"""In so many parts the faults of bytes are divided among the messages that a state does not act on."""
HELD, ASKED = "hold_time", "progress_inquiry"
"""The timer by which a terminal is kept in touch, and what it asks then."""
MOST_MOVES = 60
"""How many moves a run is gone on with, at most, until nothing is left to do."""


class Reached(NamedTuple):
    """How a state is reached."""

    way: tuple[Move, ...]
    place: Place


STAGES = (
    "paths",
    "inquiries",
    "pairs",
    "repeats",
    "patterns",
    "alterations",
    "strangers",
    "spoilings",
    "crashes",
    "timeouts",
    "separations",
    "walks",
)
"""In the order in which they are worth their time."""


@dataclass(frozen=True, eq=False)
class Generator:
    """The cases of one configuration, for the parties under test."""

    purpose: str
    """What the runs are for: purchase, registration."""
    course: Course
    under_test: frozenset[str]
    aspects: Callable[[Message], Sequence[Aspect]] = lambda _message: ()
    """What can be wrong with the bytes of a message."""
    seed: int = 1
    own_timers: bool = False
    """Whether timers of the parties under test can be made to run out, and the parties to crash."""
    on_the_way: frozenset[str] | None = None
    """What of that may be done to reach a state: timers by their names, and `restart`; None for all of it."""
    is_searched: bool = True
    """Whether all runs without faults are searched; else there are too many, and only those of the patterns are
    followed."""

    @cached_property
    def explored(self) -> Explored:
        """The runs without faults."""
        if self.is_searched:
            return explored(self.course, self.under_test, self.own_timers, self.on_the_way)
        return followed(self.course, self.under_test, self._patterns(lambda message, _: message).runs)

    def _patterns(self, fitted: Callable[[Message, Sequence[Move]], Message | None]) -> Patterns:
        return Patterns(self.course, self.under_test, self._may, fitted)

    def _may(self, what: str) -> bool:
        """Whether a timer of the parties under test, or `restart`, may be a part of any case."""
        return self.own_timers and (self.on_the_way is None or what in self.on_the_way)

    def patterns(self) -> Iterator[Case]:
        """What has gone wrong in payments elsewhere."""
        for name, moves in self._patterns(self.fitted).named.items():
            yield self._case("pattern", name, moves)

    @cached_property
    def cells(self) -> dict[Cell, Reached]:
        """For each state of each machine under test, the first run that reaches it and can be performed.

        What is reached in no run without faults is where the party gets when something is wrong with what it is told.
        """
        found = covered(
            self.explored, self.under_test, lambda place: self.wishes_of(self.explored.way_to(place)) is not None
        )
        cells = {cell: Reached(self.explored.way_to(place), place) for cell, place in found.items()}
        missing = {(table.name, state): None for table in self._own_tables for state in table.states}
        for number, state in cells:
            missing.pop((self._table(number), state), None)
        for place in self.explored.came_by if missing else ():
            way = self.explored.way_to(place)
            for move in self._wrong_moves(place):
                after = self.course.after(place, move)
                for number in self.own:
                    key = self._table(number), after.place.locals[number].control
                    if key in missing and self.wishes_of([*way, move]) is not None:
                        del missing[key]
                        cells[number, key[1]] = Reached((*way, move), after.place)
            if not missing:
                break
        return cells

    def _wrong_moves(self, place: Place) -> Iterator[Move]:
        for message in dict.fromkeys(place.under_way):
            if message.receiver in self.under_test:
                for at, altered in alterations(message, lambda party: party not in self.under_test):
                    if not self._names_another(message, at):
                        yield Injected(altered)
        if self.own_timers and (self.on_the_way is None or "restart" in self.on_the_way):
            for party in self.under_test:
                yield Crashed(party)

    @property
    def _own_tables(self) -> tuple[RoleTable, ...]:
        return tuple(dict.fromkeys(self.course.system.instances[number].table for number in self.own))

    @cached_property
    def own(self) -> tuple[int, ...]:
        """The machines of the parties under test."""
        return tuple(n for n, one in enumerate(self.course.system.instances) if one.party in self.under_test)

    # --- what can be performed

    def wishes_of(self, moves: Sequence[Move]) -> Wishes | None:
        """What the world must choose in a run where the party under test is told of it; None if that cannot be."""
        wishes = Wishes()
        told = [
            move.chosen or move.message for move in moves if isinstance(move, Arrives) and move.party in self.under_test
        ]
        told += [move.message for move in moves if isinstance(move, Injected) and move.party in self.under_test]
        if any(isinstance(move, Done) and move.party in self.under_test for move in moves):
            return None
        decisions = {message.issuer for message in told if isinstance(message, AuthorizationRequest)}
        answers = [message for message in told if isinstance(message, ForwardedFormAnswers)]
        taken = {message.acceptable for message in told if isinstance(message, ForwardedRegistrationRequest)}
        if any(isinstance(message, ForwardedAuthenticationInfo) and not message.willing for message in told):
            return None
        # An authority finds the answers of the first round wrong, if any; and those that are not there.
        missing = {m: tuple(e for e in m.errors if e not in {one.field for one in m.values}) for m in answers}
        wrong = next((m.errors for m in answers if m.errors != missing[m]), ())
        if any(m.errors not in (missing[m] or (), wrong if m.round == 1 else ()) for m in answers):
            return None
        if wrong and any(m.round == 1 and m.errors != wrong for m in answers):
            return None
        if len(decisions) > 1 or len(taken) > 1:
            return None
        wishes = replace(wishes, issuer=next(iter(decisions), "approves"), acceptable=next(iter(taken), True))
        return replace(wishes, wrong_answers=wrong)

    @cached_property
    def made_here(self) -> frozenset[Symbol]:
        """The symbols that the parties under test make: they are in what these send before anybody has told them."""
        found: set[Symbol] = set()
        for place, step in self.explored.came_by.items():
            if step is None or getattr(step[1], "party", "") not in self.under_test:
                continue
            sent = self.course.after(*step).sent
            unknown = frozenset().union(*(symbols_in(one.message) for one in sent)) - found
            if unknown:
                found |= unknown - self._told(self.explored.way_to(place))
        return frozenset(found)

    def _told(self, moves: Sequence[Move]) -> frozenset[Symbol]:
        told = (
            move.message for move in moves if isinstance(move, Arrives | Injected) and move.party in self.under_test
        )
        return frozenset().union(*map(symbols_in, told))

    def _said(self, moves: Sequence[Move]) -> tuple[frozenset[Symbol], frozenset[Signed]]:
        """What the parties under test have said in a run: their symbols, and what they signed."""
        place, said, signed = self.course.start, frozenset[Symbol](), frozenset[Signed]()
        for move in moves:
            after = self.course.after(place, move)
            if getattr(move, "party", "") in self.under_test:
                for one in after.sent:
                    said |= symbols_in(one.message)
                    signed |= frozenset(part for part in parts(one.message) if isinstance(part, Signed))
            place = after.place
        return said, signed

    def fitted(self, message: Message, moves: Sequence[Move]) -> Message | None:
        """A message as it can be sent after some moves: a name that the party under test has not made by then is
        nobody's. None if it has something in it that only that party can sign, and has not."""
        said, signed = self._said(moves)
        for part in parts(message):
            if isinstance(part, Signed) and part.by in self.under_test and part not in signed:
                return None
        unknown = (symbols_in(message) & self.made_here) - said
        fitted: Any = renamed(message, {one: Symbol(one.kind, STRANGER) for one in unknown}) if unknown else message
        wishes = self.wishes_of(moves)
        if isinstance(fitted, AuthorizationRequest) and wishes is not None:
            fitted = replace(fitted, issuer=wishes.issuer)
        return fitted  # type: ignore[no-any-return]

    def going_on(self, place: Place) -> tuple[Move, ...]:
        """How a run goes on by itself until nothing is left to do: what is under way arrives, then users do what they
        have to."""
        moves: list[Move] = []
        while len(moves) < MOST_MOVES:
            move = self._natural(place)
            if move is None:
                break
            moves.append(move)
            place = self.course.after(place, move).place
        return tuple(moves)

    def _natural(self, place: Place) -> Move | None:
        if place.under_way:
            return Arrives(place.under_way[0])
        deeds = [deed for deed in self.course.deeds(place) if deed.party not in self.under_test]
        wanted = (deed for deed in deeds if deed.stimulus.event not in ("user_cancels", "user_asks", "user_pays_again"))
        return next((d for d in wanted if getattr(d.stimulus, "is_complete", True)), None)

    # --- cases

    def cases(self, stages: Sequence[str]) -> Iterator[Case]:
        """Those of some stages, each stage after the one before it."""
        names: Counter[str] = Counter()
        for stage in stages:
            for case in getattr(self, stage)():
                if case.moves:
                    names[case.id] += 1
                    again = f"-{names[case.id]}" if names[case.id] > 1 else ""
                    yield replace(case, id=f"{case.id}{again}")

    def paths(self) -> Iterator[Case]:
        """A run to its natural end; and to each state, and from there to the end."""
        yield self._case("path", "natural", self.going_on(self.course.start))
        for (machine, state), (way, place) in self.cells.items():
            yield self._case("path", f"{self._table(machine)}.{state}", (*way, *self.going_on(place)), machine, state)

    def inquiries(self) -> Iterator[Case]:
        """A run in which a party is slow: the terminal is kept in touch, asks for progress, and is told the result
        (claims 10 and 11)."""
        place, moves = self.course.start, list[Move]()
        while (held := self._held(place)) is None:
            move = self._natural(place)
            if move is None:
                return
            moves.append(move)
            place = self.course.after(place, move).place
        moves.append(held)
        moves += [one for one in self.course.arrivals(self._place_after(moves)) if role_of(one.party) == "terminal"]
        moves += [one for one in self.course.deeds(self._place_after(moves)) if one.stimulus.event == "user_asks"]
        moves += [one for one in self.course.arrivals(self._place_after(moves)) if one.message.event == ASKED]
        yield self._case("inquiry", "keep-alive", (*moves, *self.going_on(self._place_after(moves))))

    def _held(self, place: Place) -> RanOut | None:
        """The timer by which a relay answers a terminal whose request it holds, if it does in a place."""
        for timer in self.course.timers(place):
            if timer.timer == HELD and self.course.after(place, timer).sent:
                return timer
        return None

    def rows(self) -> Iterator[Case]:
        """Each row of the tables that a run without faults takes: the first such run, and what tells the state after it
        from the others."""
        taken = {row for reached in self.cells.values() for row in self._rows_of(reached.way)}
        for place in self.explored.came_by:
            moves: list[Arrives | RanOut] = [*self.course.arrivals(place), *self.course.timers(place)]
            for move in moves:
                if move.party not in self.under_test or (isinstance(move, RanOut) and not self.own_timers):
                    continue
                after = self.course.after(place, move)
                fired = {row for reaction in after.reactions for row in self._fired(reaction)}
                if fired <= taken:
                    continue
                way = self.explored.way_to(place)
                performed = move if self.wishes_of([*way, move]) is not None else _performable(move)
                if performed is None or self.wishes_of([*way, performed]) is None:
                    continue
                (machine, row), *_ = sorted(fired - taken, key=lambda one: (one[0], one[1].name))
                taken |= fired
                does = row.action.__name__ if row.action else "nothing"
                name = f"{self._table(machine)}.{row.source}.{row.event}.{does}"
                tried = (machine, row.source, row.event, len(way))
                yield self._case("row", name, (*way, performed, *self.going_on(after.place)), *tried)
                for number, told in enumerate(self._tellings([*way, performed], machine, after.place, place), start=1):
                    yield self._case("row", f"{name}.{number}", told, *tried)

    def _rows_of(self, moves: Sequence[Move]) -> Iterator[tuple[int, Row]]:
        place = self.course.start
        for move in moves:
            after = self.course.after(place, move)
            for reaction in after.reactions:
                yield from self._fired(reaction)
            place = after.place

    def _fired(self, reaction: Reaction) -> Iterator[tuple[int, Row]]:
        """The rows of the parties under test by which a reaction came."""
        for moved in reaction.moves:
            instance = self.course.system.instances[moved.machine]
            if instance.party in self.under_test and (row := row_of(instance.table, moved.before, moved.received)):
                yield moved.machine, row

    def pairs(self) -> Iterator[Case]:
        """Every message in every state, and how the run goes on."""
        for machine, state, way, place, message in self._tries():
            after = self.course.after(place, Injected(message))
            moves = (*way, Injected(message), *self.going_on(after.place))
            yield self._case(
                "pair", self._name(machine, state, message), moves, machine, state, message.event, len(way)
            )

    def separations(self) -> Iterator[Case]:
        """Every message in every state, and what tells the state after it from the others."""
        for machine, state, way, place, message in self._tries():
            after = self.course.after(place, Injected(message))
            tellings = self._tellings([*way, Injected(message)], machine, after.place, place)
            for number, moves in enumerate(tellings, start=1):
                name = f"{self._name(machine, state, message)}.{number}"
                yield self._case("separating", name, moves, machine, state, message.event, len(way))

    def _tellings(self, moves: Sequence[Move], machine: int, place: Place, before: Place) -> Iterator[tuple[Move, ...]]:
        """A run, gone on with by each sequence that tells where it is from every other state of a machine, and from
        where it was before."""
        others = [reached.place for (number, _), reached in self.cells.items() if number == machine]
        for sequence in self._apart(machine, self._own_part(place), tuple(map(self._own_part, (before, *others)))):
            told: list[Move] = list(moves)
            for one in sequence:
                fitted = self.fitted(one, told)
                if fitted is None:
                    break
                told.append(Injected(fitted))
            if not self.is_heard(told[len(moves) :], place):  # whoever says nothing must not pass for right
                told += self.going_on(self._place_after(told))
            yield tuple(told)

    def _inputs(self, machine: int) -> Iterator[Message]:
        """What a machine is told by others, if by any, or what its party is."""
        own = self.explored.inputs.get(machine, {})
        yield from own
        if self.course.system.instances[machine].procedure is None:
            yield from (second for message in own if self._is_second(second := of_another(message), message))
        elif not own:
            yield from self._alphabet(machine)

    def _is_second(self, second: Message, message: Message) -> bool:
        """Whether a message of another procedure is another one, and all of that procedure: what has the key of a
        payment in it is of that payment, wherever it is said."""
        return second != message and not any(isinstance(part, ProcKey) for part in parts(second))

    def _own_part(self, place: Place) -> Place:
        """A place, with the machines of the parties under test as they are, and the others at their beginning."""
        start = self.course.start.locals
        return Place(tuple(place.locals[n] if n in self.own else start[n] for n in range(len(start))), ())

    def _apart(self, machine: int, place: Place, others: tuple[Place, ...]) -> tuple[tuple[Message, ...], ...]:
        """Sequences of messages that tell a place from others."""
        key = (machine, place, others)
        if key not in self._known_apart:
            inputs = [one for one in self._inputs(machine) if self._is_plain(one)]
            self._known_apart[key] = telling(place, others, inputs, self._step)
        return self._known_apart[key]

    @cached_property
    def _known_apart(self) -> dict[object, tuple[tuple[Message, ...], ...]]:
        return {}

    def _place_after(self, moves: Sequence[Move]) -> Place:
        place = self.course.start
        for move in moves:
            place = self.course.after(place, move).place
        return place

    def is_heard(self, moves: Sequence[Move], place: Place) -> bool:
        """Whether the parties under test say something in a run that goes on from a place."""
        for move in moves:
            after = self.course.after(place, move)
            if any(one.message.sender in self.under_test for one in after.sent):
                return True
            place = after.place
        return False

    def _heard_at_last(self, moves: tuple[Move, ...]) -> tuple[Move, ...]:
        """A run in which the parties under test say something: whoever says nothing must not pass for right. If they
        need not, they are asked something at its end that they must answer."""
        if self.is_heard(moves, self.course.start):
            return moves
        place = self._place_after(moves)
        told = [message for messages in self.explored.inputs.values() for message in messages]
        for message in (*told, *map(of_another, told)):
            fitted = self.fitted(message, moves)
            if fitted is None or self.wishes_of([*moves, Injected(fitted)]) is None:
                continue
            if self.is_heard([Injected(fitted)], place):
                return (*moves, Injected(fitted))
        return moves

    def repeats(self) -> Iterator[Case]:
        """Everything that was said once is said again in every state: byte for byte the same."""
        for (machine, state), (way, place) in self.cells.items():
            told = dict.fromkeys(
                move.message for move in way if isinstance(move, Arrives) and move.party in self.under_test
            )
            for message in told:
                if message in place.under_way:
                    continue
                after = self.course.after(place, Injected(message))
                moves = (*way, Injected(message), *self.going_on(after.place))
                name = self._name(machine, state, message)
                yield self._case("repeat", name, moves, machine, state, message.event, len(way))

    def alterations(self) -> Iterator[Case]:
        """What the party under test acts on, with one value in it that is another."""
        apart: set[object] = set()
        for machine, state, way, place, message in self._tries():
            if not self._is_acted_on(place, message):
                continue
            for at, altered in alterations(message, lambda party: party not in self.under_test):
                if self._names_another(message, at):
                    continue
                after = self.course.after(place, Injected(altered))
                moves = (*way, Injected(altered), *self.going_on(after.place))
                name = f"{self._name(machine, state, message)}{at.replace('/', '.')}"
                case = self._case("altered", name, moves, machine, state, message.event, len(way))
                yield replace(case, mutation=Mutation("altered", at))
                key = (machine, state, message.event, tuple(type(one.message) for one in after.sent))
                if key in apart:
                    continue
                apart.add(key)  # one of those that end alike is told apart, too
                tellings = self._tellings([*way, Injected(altered)], machine, after.place, place)
                for number, told in enumerate(tellings, start=1):
                    case = self._case("altered", f"{name}.{number}", told, machine, state, message.event, len(way))
                    yield replace(case, mutation=Mutation("altered", at))

    def strangers(self) -> Iterator[Case]:
        """What the party under test acts on, from another party of the same role."""
        for machine, state, way, place, message in self._tries():
            sender = BYSTANDERS.get(role_of(message.sender))
            # What another relay begins is something of its own.
            if sender is None or role_of(sender) == "relay" or not self._is_acted_on(place, message):
                continue
            strange = replace(message, sender=sender)
            after = self.course.after(place, Injected(strange))
            moves = (*way, Injected(strange), *self.going_on(after.place))
            name = self._name(machine, state, message)
            case = self._case("stranger", name, moves, machine, state, message.event, len(way))
            yield replace(case, mutation=Mutation("another_sender"))

    def _names_another(self, message: Message, at: str) -> bool:
        """Whether what is altered says what a message belongs to: then it belongs to something that is not known here,
        and that a real party makes when it first hears of it."""
        first, *inner = at.split("/")[1:]
        is_of_order = isinstance(message, ForwardedProcedureRequest) and first == "order_ref"
        return first in message.key or is_of_order or bool({first, *inner} & WHOSE)

    def spoilings(self) -> Iterator[Case]:
        """Each message that the party under test acts on, with everything that can be wrong with its bytes, one after
        the other; and in each state each sort of fault with some message."""
        turn = 0
        for machine, state, way, place, message in self._tries():
            aspects = self.aspects(message)
            if not self._is_acted_on(place, message):
                turn += 1
                aspects = aspects[turn % SLICES :: SLICES]
            if not aspects or any(one.name == STRANGER for one in symbols_in(message)):
                continue
            refused = [Spoilt(message, one.aspect, one.at, one.refused) for one in aspects if one.refused not in TERMS]
            name = self._name(machine, state, message)
            if refused:
                moves = (*way, *refused, *self.going_on(place))
                yield self._case("spoilt", name, moves, machine, state, message.event, len(way))
            for one in aspects:
                if one.refused not in TERMS:
                    continue
                spoilt = Spoilt(message, one.aspect, one.at, one.refused)
                after = self.course.after(place, spoilt)
                case = self._case(
                    "spoilt",
                    f"{name}.{one.aspect}",
                    (*way, spoilt, *self.going_on(after.place)),
                    machine,
                    state,
                    message.event,
                    len(way),
                )
                yield replace(case, mutation=Mutation(one.aspect, one.at))

    def _is_acted_on(self, place: Place, message: Message) -> bool:
        reactions = self.course.after(place, Injected(message)).reactions
        return any(isinstance(move.answer, Handled) for reaction in reactions for move in reaction.moves)

    def crashes(self) -> Iterator[Case]:
        """The party under test dies in each of its states, and comes back."""
        for (machine, state), (way, place) in self.cells.items():
            move = Crashed(self.course.system.instances[machine].party)
            after = self.course.after(place, move).place
            name = f"{self._table(machine)}.{state}.restart"
            tried = (machine, state, "restart", len(way))
            yield self._case("crash", name, (*way, move, *self.going_on(after)), *tried)
            for number, told in enumerate(self._tellings([*way, move], machine, after, place), start=1):
                yield self._case("crash", f"{name}.{number}", told, *tried)

    def timeouts(self) -> Iterator[Case]:
        """Each timer runs out in each state in which it runs."""
        for (machine, state), (way, place) in self.cells.items():
            instance = self.course.system.instances[machine]
            for timer in instance.table.timers:  # where it does not run, nothing must come of it
                move = RanOut(instance.id, timer)
                after = self.course.after(place, move).place
                name = f"{self._table(machine)}.{state}.{timer}"
                tried = (machine, state, timer, len(way))
                yield self._case("timer", name, (*way, move, *self.going_on(after)), *tried)
                if not instance.table.rows_of(state, timer):
                    continue
                for number, told in enumerate(self._tellings([*way, move], machine, after, place), start=1):
                    yield self._case("timer", f"{name}.{number}", told, *tried)

    def walks(self) -> Iterator[Case]:
        """Runs at random, without end: what is under way arrives in any order, twice or never, users do what they like,
        and now and then somebody says something out of turn."""
        for number in count(1):
            yield self._case("walk", str(number), self._walk(Random(f"{self.seed} {number}")))

    def _walk(self, dice: Random) -> tuple[Move, ...]:
        moves: list[Move] = []
        place = self.course.start
        for _ in range(dice.randint(8, MOST_MOVES)):
            move = self._any_move(place, moves, dice)
            if move is None:
                break
            if self.wishes_of([*moves, move]) is None:
                continue
            moves.append(move)
            place = self.course.after(place, move).place
        return (*moves, *self.going_on(place))

    def _any_move(self, place: Place, moves: Sequence[Move], dice: Random) -> Move | None:
        arrivals, chance = list(self.course.arrivals(place)), dice.random()
        if chance < OUT_OF_TURN:
            told = [message for messages in self.explored.inputs.values() for message in messages]
            fitted = self.fitted(dice.choice(told), moves)
            if fitted is not None and self.course.system.machine_of(fitted) is not None:
                return Injected(fitted)
        elif chance < OUT_OF_TURN + TWICE and arrivals:
            return replace(dice.choice(arrivals), stays=True)
        elif chance < OUT_OF_TURN + TWICE + NEVER and place.under_way:
            return Lost(dice.choice(place.under_way))
        elif chance < OUT_OF_TURN + TWICE + NEVER + LATE:
            timers = [one for one in self.course.timers(place) if self.own_timers or one.party not in self.under_test]
            if timers:
                return dice.choice(timers)
        deeds = [deed for deed in self.course.deeds(place) if deed.party not in self.under_test]
        choices: list[Move] = [*arrivals, *deeds]
        return dice.choice(choices) if choices else None

    def _is_plain(self, message: Message) -> bool:
        """Whether nothing has to be chosen for a message where it is told."""
        return self.wishes_of([Injected(message)]) == Wishes()

    def _step(self, place: Place, message: Message) -> tuple[Place, tuple[object, ...]]:
        after = self.course.after(place, Injected(message))
        kinds = tuple(type(move.answer).__name__ for reaction in after.reactions for move in reaction.moves)
        is_refused = "ProtocolError" in kinds
        return Place(after.place.locals, place.under_way), (is_refused, tuple(one.message for one in after.sent))

    def _tries(self) -> Iterator[tuple[int, str, tuple[Move, ...], Place, Message]]:
        seen = set()
        for (machine, state), (way, place) in self.cells.items():
            for message in self._alphabet(machine):
                fitted = self.fitted(message, way)
                key = (machine, state, fitted)
                if fitted is None or key in seen or self.wishes_of([*way, Injected(fitted)]) is None:
                    continue
                seen.add(key)
                yield machine, state, way, place, fitted

    def _alphabet(self, machine: int) -> Iterator[Message]:
        """What the machine is ever told by others, itself or by way of another machine of its party: one of a kind,
        and what the world may choose in it."""
        party = self.course.system.instances[machine].party
        for number, messages in self.explored.inputs.items():
            if self.course.system.instances[number].party != party:
                continue
            yield from messages
            if self.course.system.instances[number].procedure is None:  # which others use as well
                for other in (of_the_second, of_another):
                    yield from (second for message in messages if self._is_second(second := other(message), message))

    def _table(self, machine: int) -> str:
        return self.course.system.instances[machine].table.name

    def _name(self, machine: int, state: str, message: Message) -> str:
        same = [one for one in self._alphabet(machine) if type(one) is type(message)]
        number = f".{same.index(message) + 1}" if message in same and len(same) > 1 else ""
        stranger = ".stranger" if any(one.name == STRANGER for one in symbols_in(message)) else ""
        return f"{self._table(machine)}.{state}.{message.event}{number}{stranger}"

    def _case(
        self,
        stage: str,
        name: str,
        moves: tuple[Move, ...],
        machine: int | None = None,
        state: str = "",
        event: str = "",
        tried: int | None = None,
    ) -> Case:
        moves = self._heard_at_last(moves)
        wishes = self.wishes_of(moves)
        id_ = "" if machine is None else self.course.system.instances[machine].id
        return Case(
            id=f"{self.purpose}.{stage}.{name}",
            stage=stage,
            moves=moves if wishes is not None else (),
            tried=tried,
            wishes=wishes or Wishes(),
            machine=id_,
            state=state,
            event=event,
            waits=waits(moves, self.under_test) or any(isinstance(move, Crashed) for move in moves),
        )


def _performable(move: Move) -> Move | None:
    """A move in which the world does to the party under test what it cannot be made to, as one in which that party is
    told what makes it do so."""
    if isinstance(move, Arrives) and isinstance(move.chosen, ForwardedFormAnswers) and move.chosen.errors:
        answered = tuple(one for one in move.chosen.values if one.field not in move.chosen.errors)
        return Injected(replace(move.chosen, values=answered))
    return None


def row_of(table: RoleTable, local: Local, received: Input) -> Row | None:
    """The row by which a machine takes an input; None if by none."""
    rows = table.rows_of(local.control, received.event)
    return next((row for row in rows if row.is_enabled(local.data, received)), None)
