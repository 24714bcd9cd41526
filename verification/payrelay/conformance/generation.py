"""Generation: the cases that a role is tried with, in the order in which they are worth their time.

Paths first, so that everything that comes later has seen the right thing work; then every message in every state; then
each of them once more, followed by what tells its state from the others; then messages with one thing wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from random import Random

from payrelay.conformance.alterations import BYSTANDERS, alterations
from payrelay.conformance.cases import Case, Mutation
from payrelay.conformance.course import Arrives, Crashed, Done, Injected, Lost, Move, Place, RanOut, Spoilt
from payrelay.conformance.covering import Try, covering
from payrelay.conformance.disbelief import TERMS, Aspect, term_at
from payrelay.conformance.exploration import waits
from payrelay.conformance.renaming import STRANGER, symbols_in
from payrelay.conformance.sequences import Sequences
from payrelay.conformance.setting import Wishes
from payrelay.conformance.ways import MOST_MOVES, Reached
from payrelay.language.links import role_of
from payrelay.language.messages import Message, Restart
from payrelay.language.role import Handled, Row
from payrelay.language.terms import parts
from payrelay.model.messages.registration import ForwardedFormAnswers
from payrelay.model.messages.terminal_edge import TerminalAnswer
from payrelay.wire.exchange import JSON
from payrelay.wire.spoilings import EXPIRED

OUT_OF_TURN, TWICE, NEVER, LATE = 0.15, 0.12, 0.05, 0.08
"""How likely it is, in a run at random, that something comes that nobody sent, comes twice, never comes, or that a
timer runs out."""
PAGES = 4
"""So many faults of bytes a terminal is told in one run, as it waits after each."""
HELD, ASKED = "hold_time", "progress_inquiry"
"""The timer by which a terminal is kept in touch, and what it asks then."""

Trial = tuple[int, str, tuple[Move, ...], Place, Move, str]
"""What is tried: a machine, its state, the run that leads there, where that is, the move, and its name."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Generator(Sequences):
    """The cases of one configuration, for the parties under test."""

    purpose: str
    """What the runs are for: purchase, registration."""
    aspects: Callable[[Message], Sequence[Aspect]] = lambda _message: ()
    """What can be wrong with the bytes of a message."""
    seed: int = 1

    def patterns(self) -> Iterator[Case]:
        """What has gone wrong in payments elsewhere."""
        for name, moves in self._patterns(self.fitted).named.items():
            yield self._case("pattern", name, moves)

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
        moves += [one for one in self.course.arrivals(self.place_after(moves)) if role_of(one.party) == "terminal"]
        moves += [one for one in self.course.deeds(self.place_after(moves)) if one.stimulus.event == "user_asks"]
        moves += [one for one in self.course.arrivals(self.place_after(moves)) if one.message.event == ASKED]
        yield self._case("inquiry", "keep-alive", (*moves, *self.going_on(self.place_after(moves))))

    def _held(self, place: Place) -> RanOut | None:
        """The timer by which a relay answers a terminal whose request it holds, if it does in a place."""
        for timer in self.course.timers(place):
            if timer.timer == HELD and self.course.after(place, timer).sent:
                return timer
        return None

    def rows(self) -> Iterator[Case]:
        """Each row of the tables that a run without faults takes: the first such run, and what tells the state after it
        from the others."""
        for machine, row, way, move, before in self._other_rows:
            after = self.course.after(before, move).place
            name = self._name_of_row(machine, row)
            tried = (machine, row.source, row.event, len(way))
            yield self._case("row", name, (*way, move, *self.going_on(after)), *tried)
            for number, told in enumerate(self._tellings([*way, move], machine, after, before), start=1):
                yield self._case("row", f"{name}.{number}", told, *tried)

    def _name_of_row(self, machine: int, row: Row) -> str:
        does = row.action.__name__ if row.action else "nothing"
        return f"{self._table(machine)}.{row.source}.{row.event}.{does}"

    @cached_property
    def _other_rows(self) -> tuple[tuple[int, Row, tuple[Move, ...], Move, Place], ...]:
        """The rows that are not on the way to any state: machine, row, a run that takes it, as way and last move, and
        where the way leads."""
        found = []
        taken = {row for reached in self.cells.values() for row in self._rows_of(reached.way)}
        for place in self.explored.came_by:
            moves: list[Arrives | Done | RanOut] = [
                *self.course.arrivals(place),
                *self.course.deeds(place),
                *self.course.timers(place),
            ]
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
                found.append((machine, row, way, performed, place))
        return tuple(found)

    def pairs(self) -> Iterator[Case]:
        """Every message in every state, and everything that a user does; and how the run goes on."""
        for machine, state, way, place, move, name in self._all_tries():
            after = self.course.after(place, move)
            moves = self._ended(machine, (*way, move), after.place)
            yield self._case("pair", name, moves, machine, state, _event(move), len(way))

    def separations(self) -> Iterator[Case]:
        """Every message in every state, and everything that a user does; and what tells the state after it from the
        others."""
        for machine, state, way, place, move, name in self._all_tries():
            after = self.course.after(place, move)
            tellings = self._tellings([*way, move], machine, after.place, place)
            for number, moves in enumerate(tellings, start=1):
                yield self._case("separating", f"{name}.{number}", moves, machine, state, _event(move), len(way))

    def sequences(self) -> Iterator[Case]:
        """Every two inputs in every state, and what tells the state after them from the others."""
        for way, told in self.told():
            moves = (*way, *told.inputs)
            if not self.is_heard(told.inputs, self.place_after(way)):  # whoever says nothing must not pass for right
                more = self.going_on(self.place_after(moves))
                moves += more if self.wishes_of((*moves, *more)) is not None else ()
            yield self._case("sequence", told.name, moves, told.machine, told.state, told.event, len(way))

    def repeats(self) -> Iterator[Case]:
        """Everything that was said once is said again in every state: byte for byte the same."""
        for (machine, state), (way, place) in self.cells.items():
            for under_way, message in self._arrived(way).items():
                if under_way in place.under_way:
                    continue
                after = self.course.after(place, Injected(message))
                moves = self._ended(machine, (*way, Injected(message)), after.place)
                name = self._name(machine, state, message)
                yield self._case("repeat", name, moves, machine, state, message.event, len(way))
        yield from self._pages_again()

    def _pages_again(self) -> Iterator[Case]:
        """Each page that a terminal was given once is the answer to what it asks later."""
        natural = self.going_on(self.course.start)
        place = self.course.start
        told: dict[Message, None] = {}
        for number, move in enumerate(natural, start=1):
            place = self.course.after(place, move).place
            if isinstance(move, Lost) or move.party not in self._terminals:
                continue
            if isinstance(move, Arrives):
                told[move.message] = None
            elif isinstance(move, Done):
                machine = self.course.system.by_id[move.machine]
                for message in told:
                    way, state = (*natural[:number], Injected(message)), place.locals[machine].control
                    name = f"{self._table(machine)}.after_{move.stimulus.event}.{message.event}"
                    moves = self._ended(machine, way, self.place_after(way))
                    yield self._case("repeat", name, moves, machine, state, message.event, number)

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
                moves = self._ended(machine, (*way, Injected(altered)), after.place)
                name = f"{self._name(machine, state, message)}{at.replace('/', '.')}"
                case = self._case("altered", name, moves, machine, state, message.event, len(way))
                yield replace(case, mutation=Mutation("altered", at))
                changes = after.place.locals != place.locals
                key = (machine, state, message.event, changes, tuple(type(one.message) for one in after.sent))
                if key in apart:
                    continue
                apart.add(key)  # one of those that end alike is told apart, too
                tellings = self._tellings([*way, Injected(altered)], machine, after.place, place)
                for number, told in enumerate(tellings, start=1):
                    case = self._case("altered", f"{name}.{number}", told, machine, state, message.event, len(way))
                    yield replace(case, mutation=Mutation("altered", at))
                mended = (*way, Injected(altered), Injected(message))  # and then said as it should have been
                moves = self._ended(machine, mended, self.place_after(mended))
                case = self._case("altered", f"{name}.mended", moves, machine, state, message.event, len(way))
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
            moves = self._ended(machine, (*way, Injected(strange)), after.place)
            name = self._name(machine, state, message)
            case = self._case("stranger", name, moves, machine, state, message.event, len(way))
            yield replace(case, mutation=Mutation("another_sender"))

    def spoilings(self) -> Iterator[Case]:
        """Messages with something wrong with their bytes, one fault after the other."""
        for machine, state, way, place, message, aspects in self._spoilt():
            if self.is_terminal(machine):
                yield from self._spoilt_pages(machine, state, way, message, aspects)
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

    def _spoilt(self) -> Iterator[tuple[int, str, tuple[Move, ...], Place, Message, Sequence[Aspect]]]:
        """Each message that the party under test acts on, with everything that can be wrong with its bytes; of the
        others as many faults as it takes for each fault to meet each state, and each message."""
        tries = [one for one in self._tries() if not _is_of_stranger(Injected(one[-1]))]
        aspects = [self._aspects(machine, place, message) for machine, _, _, place, message in tries]
        found = covering(
            Try(
                (machine, state),
                (machine, message.event),
                tuple(dict.fromkeys(one.aspect for one in every)),
                self._is_acted_on(place, message),
            )
            for (machine, state, _, place, message), every in zip(tries, aspects, strict=True)
        )
        for number, (tried, every, faults) in enumerate(zip(tries, aspects, found, strict=True)):
            some = every if self._is_acted_on(*tried[-2:]) else _one_of_each(every, faults, number)
            if some:
                yield *tried, some

    def _aspects(self, machine: int, place: Place, message: Message) -> list[Aspect]:
        """What can be wrong with the bytes of a message that a machine is told in a place; but that it is one signed
        anew that the machine has already: whether that is the same one still, it may decide."""
        held = set(parts(place.locals[machine].data))
        return [one for one in self.aspects(message) if one.refused != EXPIRED or term_at(message, one.at) not in held]

    def _spoilt_pages(
        self,
        machine: int,
        state: str,
        way: tuple[Move, ...],
        message: Message,
        aspects: Sequence[Aspect],
    ) -> Iterator[Case]:
        """A page with everything that can be wrong with its bytes: a terminal passes it over, and asks again when its
        patience ends. So there is nothing to see of it where that takes too long."""
        again = self._patience(machine)
        if isinstance(message, TerminalAnswer) and message.summary.media != JSON:
            return  # what is wrong with the text of a page, its user sees
        for number, some in enumerate(_batches(aspects) if again else (), start=1):
            moves = list(way)
            for one in some:
                moves += [Spoilt(message, one.aspect, one.at, one.refused), *again]
                after = self.place_after(moves)
                if not self._waits(after, self.course.system.instances[machine].id):
                    break  # it is taken: something in it is passed over
            name = f"{self._name(machine, state, message)}.{number}"
            moves += self.going_on(self.place_after(moves))
            yield self._case("spoilt", name, tuple(moves), machine, state, message.event, len(way))

    def _ended(self, machine: int, moves: tuple[Move, ...], place: Place) -> tuple[Move, ...]:
        """A run, and how it goes on by itself from the place where it is. A terminal whose request was answered by
        something that is none for it asks again first, if its patience can end here."""
        is_page = self.is_terminal(machine) and isinstance(moves[-1], Injected)
        if is_page and self._waits(place, self.course.system.instances[machine].id):
            moves = (*moves, *self._patience(machine))
            place = self.place_after(moves)
        return (*moves, *self.going_on(place))

    def gone_on_with(self, machine: str, moves: tuple[Move, ...]) -> tuple[Move, ...]:
        """A run in which a machine is tried, and how it goes on; as far as it can be performed."""
        ended = self._ended(self.course.system.by_id[machine], moves, self.place_after(moves))
        return self._heard_at_last(self.as_far_as_possible(ended))

    def _is_acted_on(self, place: Place, message: Message) -> bool:
        reactions = self.course.after(place, Injected(message)).reactions
        return any(isinstance(move.answer, Handled) for reaction in reactions for move in reaction.moves)

    def crashes(self) -> Iterator[Case]:
        """The party under test dies in each of its states, whatever it came there by, and comes back; what it was told
        before it is told again."""
        for (machine, state), (way, place) in self.cells.items():
            yield from self._crash(f"{self._table(machine)}.{state}", machine, state, way, place)
        for machine, row, way, move, before in self._other_rows:
            if row.target != row.source:
                after = self.course.after(before, move).place
                yield from self._crash(self._name_of_row(machine, row), machine, row.target, (*way, move), after)

    def _crash(self, name: str, machine: int, state: str, way: tuple[Move, ...], place: Place) -> Iterator[Case]:
        instance = self.course.system.instances[machine]
        is_lost = state not in instance.table.ended or instance.table.rows_of(state, Restart().event)
        if self.is_terminal(machine) and not is_lost:
            return  # what it shows is its user's to keep, and not a process's
        move = Crashed(instance.party)
        after = self.course.after(place, move).place
        tried = (machine, state, "restart", len(way))
        yield self._case("crash", f"{name}.restart", (*way, move, *self.going_on(after)), *tried)
        for number, told in enumerate(self._tellings([*way, move], machine, after, place), start=1):
            yield self._case("crash", f"{name}.restart.{number}", told, *tried)
        for under_way, message in self._arrived(way).items():
            if under_way not in after.under_way and not self.is_terminal(machine):
                again = self.course.after(after, Injected(message)).place
                moves = (*way, move, Injected(message), *self.going_on(again))
                yield self._case("crash", f"{name}.restart.{message.event}", moves, *tried)

    def _arrived(self, way: Sequence[Move]) -> dict[Message, Message]:
        """What the party under test is told in a run, each with what the world decides as it is told it."""
        arrivals = (move for move in way if isinstance(move, Arrives) and move.party in self.under_test)
        return {move.message: move.chosen or move.message for move in arrivals}

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
                for then in self.course.timers(after):  # what one has changed, another may tell
                    if then.machine == instance.id:
                        last = self.course.after(after, then).place
                        moves = (*way, move, then, *self.going_on(last))
                        yield self._case("timer", f"{name}.then.{then.timer}", moves, *tried)
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
            if self.wishes_of([*moves, move]) is None or not self.is_possible((*moves, move)):
                continue
            moves.append(move)
            place = self.course.after(place, move).place
        return (*moves, *self.going_on(place))

    def _any_move(self, place: Place, moves: Sequence[Move], dice: Random) -> Move | None:
        arrivals, chance = list(self.course.arrivals(place)), dice.random()
        if chance < OUT_OF_TURN:
            told = [message for messages in self.explored.inputs.values() for message in messages]
            acts = [act for machine in self.own if self.is_terminal(machine) for act in self.acts(machine)]
            choices: list[Message | Done] = [*told, *acts]
            chosen = dice.choice(choices)
            if isinstance(chosen, Done):
                return chosen
            fitted = self.fitted(chosen, moves)
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
        moves_: list[Move] = [*arrivals, *self.course.deeds(place)]
        return dice.choice(moves_) if moves_ else None

    def _tries(self) -> Iterator[tuple[int, str, tuple[Move, ...], Place, Message]]:
        seen = set()
        for (machine, state), (way, place) in self.cells.items():
            for move, _ in self._messages(machine, state, way):
                key = (machine, state, move)
                if key not in seen:
                    seen.add(key)
                    yield machine, state, way, place, move.message

    def _all_tries(self) -> Iterator[Trial]:
        """Every message in every state, and at a terminal everything that a user does; each with its name."""
        for machine, state, way, place, message in self._tries():
            yield machine, state, way, place, Injected(message), self._name(machine, state, message)
        for (machine, state), (way, place) in self.cells.items():
            for act in self.acts(machine) if self.is_terminal(machine) else ():
                if self.course.system.instances[machine].party in self.under_test:
                    yield machine, state, way, place, act, self._name_of_act(machine, state, act)
        yield from self._after_all()
        yield from self._with_names()

    def _after_all(self) -> Iterator[Trial]:
        """Everything that is said, or that a user does, once all has gone well, where that is not how the state was
        reached first."""
        natural = self.going_on(self.course.start)
        place = self.place_after(natural)
        for machine in self.own:
            local = place.locals[machine]
            reached = self.cells.get((machine, local.control))
            if reached is None or reached.place.locals[machine] == local:
                continue
            tried: list[tuple[Move, str]] = [
                (act, self._name_of_act(machine, local.control, act))
                for act in (self.acts(machine) if self.is_terminal(machine) else ())
            ]
            if not self._terminals:
                tried += self._messages(machine, local.control, natural)
            for move, name in tried:
                yield machine, local.control, natural, place, move, f"{name}.after_all"

    def _with_names(self) -> Iterator[Trial]:
        """Every message in a state, with names in it that the party has not made yet when it comes there first: where
        most of them are known."""
        for (machine, state), (way, _) in self.cells.items():
            first = {} if self.is_terminal(machine) else dict(self._messages(machine, state, way))
            if not any(map(_is_of_stranger, first)):
                continue
            there, place = self._where_most_is_known(machine, state)
            for move, name in self._messages(machine, state, there):
                if move not in first and not _is_of_stranger(move):
                    yield machine, state, there, place, move, f"{name}.known"

    def _where_most_is_known(self, machine: int, state: str) -> Reached:
        """The first run to a state in which the party has made most of the names that it is ever told there; the last
        step may be a crash, or a timer that runs out."""
        told = frozenset().union(*map(symbols_in, self._alphabet(machine))) & self.made_here
        found, most = self.cells[machine, state], -1
        for place, names in self.names.items():
            known = len(names & told)
            if known <= most:
                continue
            for last in self._last_steps(machine, state, place):
                after = self.course.after(place, last).place if last else place
                way = (*self.explored.way_to(place), *([last] if last else ()))
                if after.locals[machine].control == state and self.wishes_of(way) is not None:
                    found, most = Reached(way, after), known
                    break
        return found

    def _last_steps(self, machine: int, state: str, place: Place) -> Iterator[Move | None]:
        yield None
        instance = self.course.system.instances[machine]
        if place.locals[machine].control == state:
            return
        if self._may("restart"):
            yield Crashed(instance.party)
        for timer in self.course.timers(place):
            if timer.machine == instance.id and self._may(timer.timer):
                yield timer

    def _messages(self, machine: int, state: str, way: tuple[Move, ...]) -> Iterator[tuple[Injected, str]]:
        """Every message as it can be said after a run, each with its name."""
        for message in self._alphabet(machine):
            fitted = self.fitted(message, way)
            if fitted is not None and self.wishes_of([*way, Injected(fitted)]) is not None:
                yield Injected(fitted), self._name(machine, state, fitted)

    def _name_of_act(self, machine: int, state: str, act: Done) -> str:
        same = [one for one in self.acts(machine) if one.stimulus.event == act.stimulus.event]
        number = f".{same.index(act) + 1}" if len(same) > 1 else ""
        return f"{self._table(machine)}.{state}.{act.stimulus.event}{number}"

    def _name(self, machine: int, state: str, message: Message) -> str:
        same = [one for one in self._alphabet(machine) if type(one) is type(message)]
        number = f".{same.index(message) + 1}" if message in same and len(same) > 1 else ""
        stranger = ".stranger" if _is_of_stranger(Injected(message)) else ""
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
        possible = self.as_far_as_possible(moves)
        if possible != moves and (stage == "pattern" or len(possible) <= (tried or 0)):
            possible = ()
        moves = self._heard_at_last(possible) if possible else ()
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


def _one_of_each(aspects: Sequence[Aspect], names: Collection[str], turn: int) -> list[Aspect]:
    """The faults of some names, each at one of the places where it can be; at another in each turn."""
    groups = ([one for one in aspects if one.aspect == name] for name in names)
    return [group[turn % len(group)] for group in groups]


def _batches(aspects: Sequence[Aspect]) -> Iterator[Sequence[Aspect]]:
    """Faults, a few at a time."""
    for first in range(0, len(aspects), PAGES):
        yield aspects[first : first + PAGES]


def _is_of_stranger(move: Injected) -> bool:
    """Whether there is a name in a message that is nobody's."""
    return any(one.name == STRANGER for one in symbols_in(move.message))


def _event(move: Move) -> str:
    """What is tried by a move, as its rows call it."""
    match move:
        case Injected(message):
            return message.event
        case Done(_, stimulus):
            return stimulus.event
    return ""


def _performable(move: Move) -> Move | None:
    """A move in which the world does to the party under test what it cannot be made to, as one in which that party is
    told what makes it do so."""
    if isinstance(move, Arrives) and isinstance(move.chosen, ForwardedFormAnswers) and move.chosen.errors:
        answered = tuple(one for one in move.chosen.values if one.field not in move.chosen.errors)
        return Injected(replace(move.chosen, values=answered))
    return None
