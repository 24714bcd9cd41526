"""Patterns: what goes wrong in payments, tried on purpose.

Each pattern is a run in which all goes well, bent in one way that has cost somebody money: what must not happen twice
is said twice, what was lost is asked for again, a crash comes just after a promise, what was said in one payment is
said in another, a second tab pays or cancels while the first one does. What must come of it the model says.
(Fiterau-Brostean et al., *Automata-based automated detection of state machine bugs in protocol implementations*, NDSS
2023, look for bugs by such patterns.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from payrelay.conformance.alterations import alterations
from payrelay.conformance.course import Arrives, Course, Crashed, Done, Injected, Lost, Move, Place, RanOut
from payrelay.conformance.renaming import of_another
from payrelay.language.messages import Message

MOST_MOVES = 90
RETRIES = 2
"""How often timers run out until what was lost is there after all."""
PATTERNS = {
    "twice": "everything is said twice, at once",
    "replayed": "when all is over, everything is said once more",
    "elsewhere": "when all is over, what was said in this payment is said in another one",
    "early": "something comes before what it needs",
    "lost": "something is lost, and who waits for it asks again",
    "crashed": "the party crashes just after it has taken something, and that is said again",
    "other_body": "what was said is said again with something else in it",
    "two_tabs": "a second tab pays while the first one does",
    "tab_cancels": "a second tab cancels what the first one is about to pay",
    "again": "the user cancels, and pays again",
}
"""What is tried, by name."""
Named = tuple[str, tuple[Move, ...]]


@dataclass(frozen=True, eq=False)
class Patterns:
    """The patterns of one configuration, for the parties under test."""

    course: Course
    under_test: frozenset[str]
    may: Callable[[str], bool]
    """Whether a timer of the parties under test, or `restart`, may be a part of a run."""
    fitted: Callable[[Message, Sequence[Move]], Message | None]
    """A message as the kit can say it after some moves; None if it cannot."""

    @cached_property
    def named(self) -> dict[str, tuple[Move, ...]]:
        """The runs by their names, each once; a second one of a name has a number."""
        found: dict[str, tuple[Move, ...]] = {}
        times = Counter[str]()
        for name, moves in self.of_one_tab() if len(self.terminals) == 1 else self.of_two_tabs():
            if moves not in found.values():
                times[name] += 1
                found[f"{name}-{times[name]}" if times[name] > 1 else name] = moves
        return found

    @property
    def runs(self) -> Iterator[tuple[Move, ...]]:
        """The runs without anything that nobody sends."""
        yield self.natural
        for moves in self.named.values():
            if not any(isinstance(move, Injected) for move in moves):
                yield moves

    # --- runs

    @cached_property
    def natural(self) -> tuple[Move, ...]:
        """A run in which all goes well."""
        return self.going_on(self.course.start, self._first_tab)

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminals, in order."""
        return tuple(dict.fromkeys(one.party for one in self.course.system.instances if one.party.startswith("term")))

    @property
    def _first_tab(self) -> frozenset[str]:
        return frozenset(self.terminals[:1])

    def going_on(self, place: Place, tabs: frozenset[str], newest_first: bool = False) -> tuple[Move, ...]:
        """How a run goes on by itself: what is under way arrives, then the users of some tabs do what they have to."""
        moves: list[Move] = []
        while len(moves) < MOST_MOVES:
            move = self._next(place, tabs, newest_first)
            if move is None:
                break
            moves.append(move)
            place = self.course.after(place, move).place
        return tuple(moves)

    def _next(self, place: Place, tabs: frozenset[str], newest_first: bool) -> Move | None:
        if place.under_way:
            return Arrives(place.under_way[-1 if newest_first else 0])
        unwanted = ("user_cancels", "user_asks", "user_pays_again")
        deeds = [one for one in self.course.deeds(place) if one.party in tabs and one.stimulus.event not in unwanted]
        return next((one for one in deeds if getattr(one.stimulus, "is_complete", True)), None)

    def place_after(self, moves: Iterable[Move]) -> Place:
        """Where some moves lead."""
        place = self.course.start
        for move in moves:
            place = self.course.after(place, move).place
        return place

    def _told(self, moves: Sequence[Move]) -> list[tuple[int, Message]]:
        """What the parties under test are told in a run, and by which move."""
        return [
            (number, move.message)
            for number, move in enumerate(moves)
            if isinstance(move, Arrives) and move.party in self.under_test
        ]

    def _ended(
        self, moves: Sequence[Move], tabs: frozenset[str] | None = None, newest_first: bool = False
    ) -> tuple[Move, ...]:
        tabs = self._first_tab if tabs is None else tabs
        return (*moves, *self.going_on(self.place_after(moves), tabs, newest_first))

    # --- of one tab

    def of_one_tab(self) -> Iterator[Named]:
        """What can go wrong in one payment, or one registration."""
        told = self._told(self.natural)
        yield "twice", tuple(self._twice())
        yield "replayed", self._said_again((), [message for _, message in told])
        for number, message in told:
            before, after = self.natural[:number], self.natural[: number + 1]
            yield f"replayed.{message.event}", self._ended(self._said_again((), [message]))
            if (other := of_another(message)) != message:
                yield f"elsewhere.{message.event}", self._said_again((), [other])
            yield f"lost.{message.event}", self._without(before, message)
            yield f"other_body.{message.event}", self._said_again(after, [one for _, one in self._altered(message)])
            if self.may("restart"):
                crashed = (*after, Crashed(message.receiver), Injected(message))
                yield f"crashed.{message.event}", self._ended(crashed)
        for number, message in self._said(self.natural):
            yield f"lost.{message.event}", self._without(self.natural[:number], message)
        for (number, message), (_, later) in pairwise(told):
            fitted = self.fitted(later, self.natural[:number])
            if fitted is not None and fitted != message:
                yield f"early.{later.event}", self._ended((*self.natural[:number], Injected(fitted)))

    def _twice(self) -> Iterator[Move]:
        """The natural run, with each message to the party under test said twice, the second time at once."""
        place = self.course.start
        for _ in range(MOST_MOVES):
            move = self._next(place, self._first_tab, newest_first=False)
            if move is None:
                return
            yield move
            place = self.course.after(place, move).place
            if isinstance(move, Arrives) and move.party in self.under_test:
                yield Injected(move.message)
                place = self.course.after(place, Injected(move.message)).place

    def _said_again(self, way: tuple[Move, ...], messages: Iterable[Message]) -> tuple[Move, ...]:
        """A run, and then some messages, each as the kit can say it then; the whole natural run if none is given."""
        moves = list(way or self.natural)
        for message in messages:
            fitted = self.fitted(message, moves)
            if fitted is not None:
                moves.append(Injected(fitted))
        return tuple(self._ended(moves))

    def _altered(self, message: Message) -> Iterator[tuple[str, Message]]:
        """The message with one thing in it that is another, but for what it belongs to."""
        for at, altered in alterations(message, lambda party: party not in self.under_test):
            first, *inner = at.split("/")[1:]
            if first not in message.key and not {first, *inner} & {"user_ref", "subject", "relay_txn", "order_ref"}:
                yield at, altered

    def _said(self, moves: Sequence[Move]) -> Iterator[tuple[int, Message]]:
        """What the parties under test say in a run, and the move by which it arrives."""
        for number, move in enumerate(moves):
            if isinstance(move, Arrives) and move.message.sender in self.under_test:
                yield number, move.message

    def _without(self, way: tuple[Move, ...], message: Message) -> tuple[Move, ...]:
        """A run in which a message that is under way is lost, until somebody's patience ends and it is said again."""
        moves = self._ended((*way, Lost(message)))
        for _ in range(RETRIES):
            place = self.place_after(moves)
            timers = [one for one in self.course.timers(place) if self._asks_again(one)]
            timer = next((one for one in timers if one.party not in self.under_test or self.may(one.timer)), None)
            if timer is None:
                break
            moves = self._ended((*moves, timer))
        return moves

    def _asks_again(self, timer: RanOut) -> bool:
        """Whether somebody says again by a timer what was not answered; of terminals, those under test."""
        is_terminal = timer.party in self.under_test and timer.party in self.terminals
        return is_terminal or "retry" in timer.timer

    # --- of two tabs

    def of_two_tabs(self) -> Iterator[Named]:
        """What can go wrong when a second tab pays for the same order, at any moment; and when the user pays again."""
        first, second = frozenset(self.terminals[:1]), frozenset(self.terminals[1:2])
        if not second:
            return
        for number in range(1, len(self.natural)):
            place = self.place_after(self.natural[:number])
            begins = next((one for one in self.course.deeds(place) if one.party in second), None)
            if begins is not None and isinstance(self.natural[number], Arrives | Done):
                moves = (*self.natural[:number], begins)
                for order in (False, True):
                    name = f"two_tabs.{number}{'.newest_first' if order else ''}"
                    yield name, self._ended(moves, first | second, order)
            cancels = [one for one in self.course.deeds(place) if one.stimulus.event == "user_cancels"]
            for deed in cancels:
                moves = (*self.natural[:number], deed)
                for order in (False, True):
                    name = f"tab_cancels.{number}{'.newest_first' if order else ''}"
                    yield name, self._ended(moves, first, order)
                yield f"again.{number}", self._again(moves, first)

    def _again(self, way: tuple[Move, ...], tabs: frozenset[str]) -> tuple[Move, ...]:
        moves = self._ended(way, tabs)
        deeds = self.course.deeds(self.place_after(moves))
        again = next((one for one in deeds if one.party in tabs and one.stimulus.event == "user_pays_again"), None)
        return moves if again is None else self._ended((*moves, again), tabs)
