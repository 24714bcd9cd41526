"""Ways: how the parties under test are brought into each of their states by runs that can be performed, what can be
said to them there, and how a run goes on so that their state shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from payrelay.conformance.alterations import alterations
from payrelay.conformance.course import (
    Arrives,
    Course,
    Crashed,
    Done,
    Injected,
    Lost,
    Move,
    Next,
    Place,
    RanOut,
    Spoilt,
    is_taken,
)
from payrelay.conformance.exploration import Cell, Explored, covered, explored, followed
from payrelay.conformance.patterns import Patterns
from payrelay.conformance.renaming import (
    STRANGER,
    objects_in,
    of_another,
    of_the_second,
    renamed,
    second,
    shown_in,
    signed_in,
    symbols_in,
)
from payrelay.conformance.separation import telling
from payrelay.conformance.setting import Wishes
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message
from payrelay.language.role import Local, RoleTable, Row
from payrelay.language.systems import Reaction
from payrelay.language.terms import Sealed, Signed, Symbol, parts
from payrelay.model.data import ProcKey
from payrelay.model.messages.purchase import AuthorizationRequest, ForwardedProcedureRequest
from payrelay.model.messages.registration import (
    ForwardedAuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
)

Thing = TypeVar("Thing")
WHOSE = frozenset({"user_ref", "subject"})
"""The fields that say whose something is: with another value, it is somebody else's, of whom a party may know."""
TERMINAL = "terminal"
MOST_MOVES = 60
"""How many moves a run is gone on with, at most, until nothing is left to do."""


class Reached(NamedTuple):
    """How a state is reached."""

    way: tuple[Move, ...]
    place: Place


@dataclass(frozen=True, eq=False, kw_only=True)
class Ways:
    """The runs of one configuration, for the parties under test."""

    course: Course
    under_test: frozenset[str]
    own_timers: bool = False
    """Whether timers of the parties under test can be made to run out, and the parties to crash."""
    on_the_way: frozenset[str] | None = None
    """What of that may be done to reach a state: timers by their names, and `restart`; None for all of it."""
    standing: frozenset[Symbol] = frozenset()
    """What is named in what stands before a run begins, which parties under test have not made."""
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

    @cached_property
    def cells(self) -> dict[Cell, Reached]:
        """For each state of each machine under test, the first run that reaches it and can be performed.

        What is reached in no run without faults is where the party gets when something is wrong with what it is told.
        """
        found = covered(
            self.explored, self.under_test, lambda place: self.wishes_of(self.explored.way_to(place)) is not None
        )
        cells = {cell: Reached(self.explored.way_to(place), place) for cell, place in found.items()}
        # What is wrong with a page brings a terminal nowhere.
        tables = [table for table in self._own_tables if table.name not in self._tables_of_terminals]
        missing = {(table.name, state): None for table in tables for state in table.states}
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
            for party in sorted(self.under_test.intersection(self.course.system.machines_of)):
                yield Crashed(party)

    @property
    def _own_tables(self) -> tuple[RoleTable, ...]:
        return tuple(dict.fromkeys(self.course.system.instances[number].table for number in self.own))

    @cached_property
    def own(self) -> tuple[int, ...]:
        """The machines of the parties under test."""
        return tuple(n for n, one in enumerate(self.course.system.instances) if one.party in self.under_test)

    def wishes_of(self, moves: Sequence[Move]) -> Wishes | None:
        """What the world must choose in a run where the party under test is told of it; None if that cannot be."""
        wishes = Wishes()
        told = [
            move.chosen or move.message for move in moves if isinstance(move, Arrives) and move.party in self.under_test
        ]
        told += [move.message for move in moves if isinstance(move, Injected) and move.party in self.under_test]
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
        """The symbols that the parties under test make."""
        return self._first_said(symbols_in) - self.standing

    @cached_property
    def objects_made_here(self) -> frozenset[Signed | Sealed]:
        """What the parties under test sign or seal."""
        return self._first_said(objects_in)

    def _first_said(self, things_in: Callable[[Message], frozenset[Thing]]) -> frozenset[Thing]:
        """What is in something that the parties under test send before anybody has told them."""
        found: set[Thing] = set()
        for place, step in self.explored.came_by.items():
            if step is None or getattr(step[1], "party", "") not in self.under_test:
                continue
            sent = self.course.after(*step).sent
            unknown = frozenset[Thing]().union(*(things_in(one.message) for one in sent)) - found
            if unknown:
                found |= unknown.difference(*map(things_in, self._told(self.explored.way_to(place))))
        return frozenset(found)

    @cached_property
    def ever_made_here(self) -> frozenset[Symbol]:
        """Those, and what they make of a second registration, or procedure: of that the kit invents none, either."""
        return self.made_here.union(map(second, self.made_here))

    @cached_property
    def names(self) -> dict[Place, frozenset[Symbol]]:
        """By place, the names of their own that the parties under test have said on the way there."""
        found: dict[Place, frozenset[Symbol]] = {}
        for place, step in self.explored.came_by.items():
            if step is None:
                found[place] = frozenset()
                continue
            before, move = step
            sent = self.course.after(before, move).sent if getattr(move, "party", "") in self.under_test else ()
            said = frozenset().union(*(symbols_in(one.message) for one in sent))
            found[place] = found[before] | (said & self.made_here)
        return found

    def _told(self, moves: Sequence[Move]) -> Iterator[Message]:
        """What the parties under test are told in a run, as the one who says it has made it."""
        return (
            move.message for move in moves if isinstance(move, Arrives | Injected) and move.party in self.under_test
        )

    def _said(self, moves: Sequence[Move]) -> tuple[frozenset[Symbol], frozenset[Signed]]:
        """What the parties under test have said in a run: their symbols, and what they signed."""
        place, said, signed = self.course.start, frozenset[Symbol](), frozenset[Signed]()
        for move in moves:
            after = self.course.after(place, move)
            if getattr(move, "party", "") in self.under_test:
                said = said.union(*(symbols_in(one.message) for one in after.sent))
                signed = signed.union(*(signed_in(one.message) for one in after.sent))
            place = after.place
        return said, signed

    def fitted(self, message: Message, moves: Sequence[Move]) -> Message | None:
        """A message as it can be sent after some moves: a name that the party under test has not made by then is
        nobody's. None if it has something in it that only that party can sign, and has not."""
        said, signed = self._said(moves)
        if any(part.by in self.under_test for part in signed_in(message) - signed):
            return None
        unknown = ((symbols_in(message) | shown_in(message)) & self.ever_made_here) - said
        fitted: Any = renamed(message, {one: Symbol(one.kind, STRANGER) for one in unknown}) if unknown else message
        wishes = self.wishes_of(moves)
        return fitted if wishes is None else decided(fitted, wishes)

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
        deeds = self.course.deeds(place)
        wanted = (deed for deed in deeds if deed.stimulus.event not in ("user_cancels", "user_asks", "user_pays_again"))
        return next((d for d in wanted if getattr(d.stimulus, "is_complete", True)), None)

    def _tellings(self, moves: Sequence[Move], machine: int, place: Place, before: Place) -> Iterator[tuple[Move, ...]]:
        """A run, gone on with by each sequence that tells where it is from every other state of a machine, from where
        it was before, and from having stayed in that state with what it knows now."""
        others = [reached.place for (number, _), reached in self.cells.items() if number == machine]
        stayed = Local(before.locals[machine].control, place.locals[machine].data)
        locals_ = (stayed if number == machine else local for number, local in enumerate(place.locals))
        places = tuple(map(self._own_part, (before, *others, Place(tuple(locals_), ()))))
        for sequence in self._apart(machine, self._own_part(place), places, self.wishes_of(moves) or Wishes()):
            told: list[Move] = list(moves)
            for one in sequence:
                fitted = self._fitted(one, told)
                if fitted is None:
                    break
                told.append(fitted)
            if not self.is_heard(told[len(moves) :], place):  # whoever says nothing must not pass for right
                told += self.going_on(self.place_after(told))
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

    def _reaching(self, machine: int) -> tuple[Message, ...]:
        """What a machine is ever told, itself or by way of another one of its party. What is only for others of its
        party, as for another payment, is tried in each of its states once, as everything is."""
        if machine not in self._known_reaching:
            places = [reached.place for (one, _), reached in self.cells.items() if one == machine]
            self._known_reaching[machine] = tuple(
                message
                for message in self._alphabet(machine)
                if self.course.system.machine_of(message) == machine
                or any(self._moves(place, message, machine) for place in places)
            )
        return self._known_reaching[machine]

    @cached_property
    def _known_reaching(self) -> dict[int, tuple[Message, ...]]:
        return {}

    def _moves(self, place: Place, message: Message, machine: int) -> bool:
        reactions = self.course.after(place, Injected(message)).reactions
        return any(moved.machine == machine for reaction in reactions for moved in reaction.moves)

    def _own_part(self, place: Place) -> Place:
        """A place, with the machines of the parties under test as they are, and the others at their beginning."""
        start = self.course.start.locals
        return Place(tuple(place.locals[n] if n in self.own else start[n] for n in range(len(start))), ())

    def _fitted(self, move: Move, moves: Sequence[Move]) -> Move | None:
        """A move as it can be made after some moves; None if it cannot be."""
        if not isinstance(move, Injected):
            return move
        message = self.fitted(move.message, moves)
        return None if message is None else Injected(message)

    def _apart(
        self, machine: int, place: Place, others: tuple[Place, ...], wishes: Wishes
    ) -> tuple[tuple[Move, ...], ...]:
        """Sequences of moves that tell a place from others: of what is said to a server, where the world has
        chosen what it has, and of what a terminal's user does."""
        key = (machine, place, others, wishes)
        if key not in self._known_apart:
            if self.is_terminal(machine):
                acts: list[Done | RanOut] = [*self.acts(machine), *self._patience(machine)]
                by_acts = telling(place, others, acts, self._acted)
                self._known_apart[key] = by_acts
            else:
                told = [Injected(decided(one, wishes)) for one in self._inputs(machine) if self._is_plain(one)]
                # By way of a neighbour it is told more: what a terminal asks comes to a procedure from the directory.
                more = [Injected(decided(one, wishes)) for one in self._reaching(machine) if self._is_plain(one)]
                by_messages = telling(place, others, told, self._step, [one for one in more if one not in told])
                self._known_apart[key] = by_messages
        return self._known_apart[key]

    @cached_property
    def _known_apart(self) -> dict[object, tuple[tuple[Move, ...], ...]]:
        return {}

    # --- terminals, whose user the kit is, and which take nothing but answers

    def is_terminal(self, machine: int) -> bool:
        """Whether a machine is one of a terminal."""
        return role_of(self.course.system.instances[machine].party) == TERMINAL

    def acts(self, machine: int) -> tuple[Done, ...]:
        """All that its user ever does at a terminal's machine."""
        instance = self.course.system.instances[machine]
        return tuple(Done(instance.id, stimulus) for stimulus in instance.stimuli)

    def _patience(self, machine: int) -> tuple[RanOut, ...]:
        """The timers by which a terminal says again what it has no answer to, if they can be made to run out."""
        instance = self.course.system.instances[machine]
        return tuple(RanOut(instance.id, timer) for timer in instance.table.timers if self._may(timer))

    def _acted(self, place: Place, move: Done | RanOut) -> tuple[Place, tuple[Message, ...]]:
        """What can be seen of an act: what the terminal asks. There is nothing to act by while it waits."""
        if isinstance(move, Done) and self._waits(place, move.machine):
            return place, ()
        after = self.course.after(place, move)
        return Place(after.place.locals, place.under_way), tuple(one.message for one in after.sent)

    def _waits(self, place: Place, machine: str) -> bool:
        """Whether a terminal has a request outstanding."""
        return self.course.local(place, machine).data.outstanding is not None

    def as_far_as_possible(self, moves: tuple[Move, ...]) -> tuple[Move, ...]:
        """The beginning of a run that terminals under test can be a part of: each answer needs a request that is not
        answered yet, and a user does nothing that no page offers while there is none."""
        if not self._terminals:
            return moves
        place, open_ = self.course.start, set[str]()
        for number, move in enumerate(moves):
            after = self.course.after(place, move)
            party = "" if isinstance(move, Lost) else move.party
            if party in self._terminals and not self._can_be(move, place, after, party in open_):
                return moves[:number]
            if party in self._terminals and (isinstance(move, Crashed | Injected | Spoilt) or is_answered(move, after)):
                open_.discard(party)
            open_.update(one.message.sender for one in after.sent if one.message.sender in self._terminals)
            place = after.place
        return moves

    def is_possible(self, moves: tuple[Move, ...]) -> bool:
        """Whether terminals under test can be a part of all of a run."""
        return self.as_far_as_possible(moves) == moves

    def _can_be(self, move: Move, place: Place, after: Next, is_open: bool) -> bool:
        match move:
            case Injected() | Spoilt():
                return is_open
            case Arrives():  # what answers nothing that is outstanding goes to nobody
                return is_open or not is_taken(after)
            case Done(machine):
                return is_taken(after) or not self._waits(place, machine)
        return True

    @property
    def _tables_of_terminals(self) -> frozenset[str]:
        return frozenset(self._table(machine) for machine in self.own if self.is_terminal(machine))

    @cached_property
    def _terminals(self) -> frozenset[str]:
        return frozenset(party for party in self.under_test if role_of(party) == TERMINAL)

    def place_after(self, moves: Sequence[Move]) -> Place:
        """Where some moves lead."""
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
        need not, they are asked something at its end that they must answer; if there is no such thing, it is no run."""
        if self.is_heard(moves, self.course.start):
            return moves
        place = self.place_after(moves)
        told = [message for messages in self.explored.inputs.values() for message in messages]
        for message in () if self._terminals else (*told, *map(of_another, told)):
            fitted = self.fitted(message, moves)
            if fitted is None or self.wishes_of([*moves, Injected(fitted)]) is None:
                continue
            if self.is_heard([Injected(fitted)], place):
                return (*moves, Injected(fitted))
        return ()

    def _is_plain(self, message: Message) -> bool:
        """Whether nothing has to be chosen for a message where it is told."""
        return self.wishes_of([Injected(message)]) == Wishes()

    def _step(self, place: Place, told: Injected) -> tuple[Place, tuple[object, ...]]:
        after = self.course.after(place, told)
        kinds = tuple(type(move.answer).__name__ for reaction in after.reactions for move in reaction.moves)
        is_refused = "ProtocolError" in kinds
        return Place(after.place.locals, place.under_way), (is_refused, tuple(one.message for one in after.sent))

    def _alphabet(self, machine: int) -> tuple[Message, ...]:
        """What the machine is ever told by others, itself or by way of another machine of its party: one of a kind,
        and what the world may choose in it."""
        if machine not in self._known_alphabets:
            self._known_alphabets[machine] = tuple(self._alphabet_of(machine))
        return self._known_alphabets[machine]

    @cached_property
    def _known_alphabets(self) -> dict[int, tuple[Message, ...]]:
        return {}

    def _alphabet_of(self, machine: int) -> Iterator[Message]:
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

    def _fired(self, reaction: Reaction) -> Iterator[tuple[int, Row]]:
        """The rows of the parties under test by which a reaction came."""
        for moved in reaction.moves:
            instance = self.course.system.instances[moved.machine]
            if instance.party in self.under_test and (row := row_of(instance.table, moved.before, moved.received)):
                yield moved.machine, row

    def _rows_of(self, moves: Sequence[Move]) -> Iterator[tuple[int, Row]]:
        place = self.course.start
        for move in moves:
            after = self.course.after(place, move)
            for reaction in after.reactions:
                yield from self._fired(reaction)
            place = after.place

    def _names_another(self, message: Message, at: str) -> bool:
        """Whether what is altered says what a message belongs to: then it belongs to something that is not known here,
        and that a real party makes when it first hears of it."""
        first, *inner = at.split("/")[1:]
        is_of_order = isinstance(message, ForwardedProcedureRequest) and first == "order_ref"
        return first in message.key or is_of_order or bool({first, *inner} & WHOSE)


def is_answered(move: Move, after: Next) -> bool:
    """Whether a terminal's request is answered in a move."""
    return isinstance(move, Arrives) and is_taken(after)


def decided(message: Message, wishes: Wishes) -> Message:
    """A message as it is taken where the world has chosen what it has."""
    if isinstance(message, AuthorizationRequest):
        return replace(message, issuer=wishes.issuer)
    if isinstance(message, ForwardedRegistrationRequest):
        return replace(message, acceptable=wishes.acceptable)
    return message


def row_of(table: RoleTable, local: Local, received: Input) -> Row | None:
    """The row by which a machine takes an input; None if by none."""
    rows = table.rows_of(local.control, received.event)
    return next((row for row in rows if row.is_enabled(local.data, received)), None)
