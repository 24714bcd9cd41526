"""Following: where a system may be after some of its messages have been seen.

A message that was sent stays deliverable, timers fire at any moment and parties crash at any moment, whatever faults
the configuration counts: what was not seen may have happened. The states that a system may be in are kept as sets
(the subset construction), and numbered, so that following an event again is one look into a table.

Parties that hear of each other only by messages whose sending is seen are followed apart: of such a message it is
known at each event whether it was sent, and so what one party may have done does not depend on what another may have.
Only parties between whom something may have been sent unseen are followed together, as one cluster. So the sets are
small where much is seen: they are those of one party's machines.

A step that is seen at all happens at the first event that tells of it; what it sends besides is told before the same
party does anything else (`owed`). A state with more messages under way than another, but otherwise like it, can do
all that the other can: only the greatest are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

from payrelay.language.links import link_between, role_of
from payrelay.language.observations import RECEIVED, SENT, Point, Sight
from payrelay.language.properties import Atom
from payrelay.language.properties import Received as ReceivedAtom
from payrelay.language.properties import Sent as SentAtom
from payrelay.verification.tables.facts import Fact, match
from payrelay.verification.tables.tabulation import Rewrite, Tabulation

MOST_STATES = 20_000
"""How many states a set may have."""

MOST_PLACES = 50_000
"""So many events in places are remembered; then it begins anew. The sets of clusters are remembered for ever."""
UNKNOWN = object()

# What can be told of a message.
SENDING, RECEPTION, OLD_RECEPTION, DOUBTFUL_RECEPTION, AVAILABLE = range(5)
"""It was sent; it was received; a copy was received that answers an older request, and is passed over; one of the
last two; it is under way from now on, for receivers that are not seen."""
KINDS = 5


class TooManyStatesError(Exception):
    """What is seen leaves open too much to be followed. The text is one sentence."""


class State(NamedTuple):
    """What the machines of a cluster may be at."""

    locals: tuple[int, ...]
    """The number of the local state of each of its machines."""
    sent: int
    """A bit for each message that was sent, of those whose sending or receiving is not seen."""
    owed: tuple[int, ...]
    """What was sent and is not told of yet."""


class Move(NamedTuple):
    """A step between two states of a cluster: a rewrite, or the crash of a party; neither, for what changes nothing."""

    rewrite: Rewrite | None = None
    crash: str = ""


class Cluster:
    """Parties that are followed together."""

    def __init__(self, follower: Follower, parties: Sequence[str]) -> None:
        self.follower = follower
        self.parties = tuple(parties)
        tables = follower.tables
        self.machines = [m for party in parties for m in tables.system.machines_of[party]]
        self._place = {machine: place for place, machine in enumerate(self.machines)}
        self.sets: list[frozenset[State]] = []
        """The sets of states that came up, by their numbers."""
        self._numbers: dict[frozenset[State], int] = {}
        self._after: dict[int, tuple[int, int]] = {}
        self._index()
        sent = sum(1 << m for m in set(tables.injected) if follower.is_kept(m))
        starts = product(*(tables.initial[machine] for machine in self.machines))
        self.starts = [State(one, sent, ()) for one in starts if follower.may_begin(self.machines, one)]
        """Where the machines may begin."""
        self.start = self._number(frozenset(self.closure(self.starts)))

    def _index(self) -> None:
        follower, tables = self.follower, self.follower.tables
        self._unprompted: dict[tuple[int, int], list[Rewrite]] = defaultdict(list)
        """What a machine in a local state may do by itself without being seen."""
        self._unseen_deliveries: dict[tuple[int, int], list[Rewrite]] = defaultdict(list)
        """What a machine in a local state may do with what is under way without being seen."""
        self.deliveries: dict[tuple[int, int], list[Rewrite]] = defaultdict(list)
        """What a machine may do with a message: by message and local state."""
        self._senders: dict[int, list[Rewrite]] = defaultdict(list)
        """What may be done whose first event is that a message was sent."""
        mine = set(self.machines)
        for rewrite in tables.rewrites:
            if rewrite.machine not in mine or rewrite.kind == "beyond":
                continue
            message, before = rewrite.message, rewrite.before[0][1]
            is_told = any(follower.is_sending_seen[m] for m in rewrite.sends)
            if message is not None:
                self.deliveries[message, before].append(rewrite)
                if follower.is_reception_seen[message]:
                    continue
            for sent in dict.fromkeys(m for m in rewrite.sends if follower.is_sending_seen[m]):
                self._senders[sent].append(rewrite)
            if not is_told and (
                rewrite.sends or any(b != a for b, a in zip(rewrite.before, rewrite.after, strict=True))
            ):
                where = self._unprompted if message is None else self._unseen_deliveries
                where[rewrite.machine, before].append(rewrite)

    # --- sets and their numbers

    def _number(self, states: frozenset[State]) -> int:
        number = self._numbers.get(states)
        if number is None:
            number = self._numbers[states] = len(self.sets)
            self.sets.append(states)
        return number

    def after(self, number: int, code: int) -> tuple[int, int]:
        """The set of states after an event, and what is exhibited by it for certain; -1 if it cannot happen."""
        key = number * self.follower.codes + code
        known = self._after.get(key)
        if known is None:
            known = self._after[key] = self._find(number, code)
        return known

    def _find(self, number: int, code: int) -> tuple[int, int]:
        taken = list(self.moves(self.sets[number], code))
        if not taken:
            return -1, 0
        exhibited = ~0
        for _, move, _ in taken:
            exhibited &= 0 if move.rewrite is None else self.follower.exhibits(move.rewrite)
        states = frozenset(self.closure(after for _, _, after in taken))
        return self._number(states), exhibited

    # --- what may happen

    def moves(self, states: Iterable[State], code: int) -> Iterator[tuple[State, Move, State]]:
        """All that an event can be in one of these states: (state, move, state after it)."""
        message, kind = divmod(code, KINDS)
        bit = 1 << message
        for state in states:
            if kind == AVAILABLE:
                yield state, Move(), state._replace(sent=state.sent | bit)
            elif kind == SENDING:
                yield from self._told_sending(state, message)
            elif self.follower.is_sending_seen[message] or state.sent & bit:
                yield from self._received(state, message, kind)

    def _told_sending(self, state: State, message: int) -> Iterator[tuple[State, Move, State]]:
        if message in state.owed:
            place = state.owed.index(message)
            yield state, Move(), state._replace(owed=state.owed[:place] + state.owed[place + 1 :])
            return
        for rewrite in self._senders[message]:
            read = rewrite.message
            is_there = read is None or bool(state.sent >> read & 1)
            if is_there and self._is_enabled(state, rewrite):
                after = self._taken(state, rewrite)
                place = after.owed.index(message)
                yield state, Move(rewrite), after._replace(owed=after.owed[:place] + after.owed[place + 1 :])

    def _received(self, state: State, message: int, kind: int) -> Iterator[tuple[State, Move, State]]:
        machine = self.follower.machine_of[message]
        if machine is None or kind != RECEPTION:
            yield state, Move(), state
        if machine is not None and kind != OLD_RECEPTION:
            local = state.locals[self._place[machine]]
            for rewrite in self.deliveries[message, local]:
                if rewrite.machine == machine and self._is_enabled(state, rewrite):
                    yield state, Move(rewrite), self._taken(state, rewrite)

    def _is_enabled(self, state: State, rewrite: Rewrite) -> bool:
        place = self._place
        if any(state.locals[place[machine]] != local for machine, local in rewrite.before):
            return False
        return not state.owed or not self._owes(state, self.follower.party_of[rewrite.machine])

    def _owes(self, state: State, party: str) -> bool:
        sender = self.follower.sender
        return any(sender[message] == party for message in state.owed)

    def _taken(self, state: State, rewrite: Rewrite) -> State:
        locals_ = list(state.locals)
        for machine, local in rewrite.after:
            locals_[self._place[machine]] = local
        sent, owed = state.sent, list(state.owed)
        for message in rewrite.sends:
            if self.follower.is_sending_seen[message]:
                owed.append(message)
            else:
                sent |= 1 << message
        return State(tuple(locals_), sent, tuple(sorted(owed)))

    def unseen(self, state: State) -> Iterator[tuple[Move, State]]:
        """All that may happen in a state without being seen."""
        follower = self.follower
        for place, machine in enumerate(self.machines):
            local = state.locals[place]
            if state.owed and self._owes(state, follower.party_of[machine]):
                continue
            for rewrite in self._unprompted.get((machine, local), ()):
                if self._is_enabled(state, rewrite):
                    yield Move(rewrite), self._taken(state, rewrite)
            for rewrite in self._unseen_deliveries.get((machine, local), ()):
                assert rewrite.message is not None
                if state.sent >> rewrite.message & 1 and self._is_enabled(state, rewrite):
                    yield Move(rewrite), self._taken(state, rewrite)
        for party in follower.crashing:
            if party in self.parties and not (state.owed and self._owes(state, party)):
                locals_ = list(state.locals)
                for machine in follower.tables.system.machines_of[party]:
                    place = self._place[machine]
                    locals_[place] = follower.tables.restarted[machine][locals_[place]]
                yield Move(crash=party), state._replace(locals=tuple(locals_))

    def closure(self, states: Iterable[State], came: dict[State, tuple[State, Move]] | None = None) -> Iterator[State]:
        """All states that these may have become without being seen, the greatest of those that are alike.

        How each of them was first come to is put down in `came`: by few steps, unless that leads to too many states.
        """
        states = list(states)
        greatest = None if came is None else self._greatest(states, came, is_shortest=True)
        if greatest is None:
            if came is not None:
                came.clear()
            greatest = self._greatest(states, came, is_shortest=False)
        if greatest is None:
            raise TooManyStatesError(
                f"what is seen leaves over {MOST_STATES} states of {', '.join(self.parties)} open: see more links"
            )
        for (locals_, owed), each in greatest.items():
            for sent in each:
                yield State(locals_, sent, owed)

    def _greatest(
        self, states: Iterable[State], came: dict[State, tuple[State, Move]] | None, is_shortest: bool
    ) -> dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] | None:
        """By what they are at and owe, the most that may have been sent; None if too many states come up.

        Whichever state is looked at next, the greatest are the same. Those in which most was sent come first, as the
        others turn out to be less than what these become; those that take the fewest steps, if that is asked for.
        """
        greatest: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {}
        waiting: list[tuple[int, int, State]] = []
        came_up = 0

        def add(state: State, before: State | None = None, move: Move | None = None) -> None:
            nonlocal came_up
            others = greatest.setdefault((state.locals, state.owed), [])
            sent = state.sent
            if any(other | sent == other for other in others):
                return
            others[:] = [other for other in others if other | sent != sent]
            others.append(sent)
            came_up += 1
            heappush(waiting, (0 if is_shortest else -sent.bit_count(), came_up, state))
            if came is not None and before is not None and move is not None:
                came[state] = before, move

        for state in states:
            add(state)
        while waiting:
            if came_up > MOST_STATES:
                return None
            _, _, state = heappop(waiting)
            if state.sent in greatest[state.locals, state.owed]:
                for move, after in self.unseen(state):
                    add(after, state, move)
        return greatest


class Place(NamedTuple):
    """Where a system may be: what is known to have been sent, and the set of states of each cluster."""

    sent: int
    numbers: tuple[int, ...]


class Follower:
    """One system, seen from some points."""

    def __init__(self, tables: Tabulation, seen: Sight, looked_for: Sequence[Atom] = ()) -> None:
        self.tables = tables
        self.seen = seen
        system = tables.system
        self.looked_for = tuple(looked_for)
        """What is looked for; what is exhibited has a bit for each."""
        self.codes = KINDS * max(1, len(tables.messages))
        self.party_of = [instance.party for instance in system.instances]
        self.sender = [message.sender for message in tables.messages]
        self.crashing = system.crashing
        self.machine_of = [system.machine_of(message) for message in tables.messages]
        links = [link_between(system.links, message.sender, message.receiver) for message in tables.messages]
        self.links = ["" if link is None else link.name for link in links]
        self.is_sending_seen = [
            Point(link, role_of(message.sender), SENT) in seen
            for link, message in zip(self.links, tables.messages, strict=True)
        ]
        self.is_reception_seen = [
            Point(link, role_of(message.receiver), RECEIVED) in seen
            for link, message in zip(self.links, tables.messages, strict=True)
        ]
        self._exhibited: dict[int, int] = {}
        self._masks: dict[Fact, int] = {}
        self._told = self._what_events_tell()
        self.clusters = [Cluster(self, parties) for parties in self._apart()]
        self._cluster_of = {party: n for n, cluster in enumerate(self.clusters) for party in cluster.parties}
        self._parts = list(self._find_parts())
        self._after: dict[tuple[Place, int], tuple[Place, int] | None] = {}
        injected = sum(1 << message for message in set(tables.injected))
        self.start = Place(injected, tuple(cluster.start for cluster in self.clusters))

    def may_begin(self, machines: Sequence[int], numbers: Sequence[int]) -> bool:
        """Whether machines may begin in these local states. Unless it is all of them, they may."""
        tables = self.tables
        if len(machines) < len(tables.locals):
            return True
        locals_ = dict(zip(machines, numbers, strict=True))
        return tables.system.initially(tuple(of[locals_[machine]] for machine, of in enumerate(tables.locals)))

    def is_kept(self, message: int) -> bool:
        """Whether the states keep that it was sent, as that or its reception is not seen."""
        return not (self.is_sending_seen[message] and self.is_reception_seen[message])

    def _apart(self) -> list[list[str]]:
        """The parties in clusters: together if one may send the other something unseen."""
        clusters = {party: [party] for party in self.tables.system.machines_of}
        everything = range(len(self.tables.locals))
        if not all(self.may_begin(everything, one) for one in product(*self.tables.initial)):
            return [list(clusters)]  # how one party begins depends on how another does
        for number, message in enumerate(self.tables.messages):
            one, other = clusters.get(message.sender), clusters.get(message.receiver)
            if not self.is_sending_seen[number] and one is not None and other is not None and one is not other:
                one[:] = sorted(one + other)
                clusters.update(dict.fromkeys(other, one))
        return list({id(cluster): cluster for cluster in clusters.values()}.values())

    def after(self, place: Place, code: int) -> tuple[Place, int] | None:
        """Where the system may be after an event, and what was exhibited; None if it cannot happen."""
        key = place, code
        known = self._after.get(key, UNKNOWN)
        if known is not UNKNOWN:
            return known  # type: ignore[return-value]
        if len(self._after) >= MOST_PLACES:
            self._after.clear()
        found = self._after[key] = self._find(place, code)
        return found

    def _find(self, place: Place, code: int) -> tuple[Place, int] | None:
        sent = place.sent
        numbers = list(place.numbers)
        message, kind = divmod(code, KINDS)
        if kind != SENDING and self.is_sending_seen[message] and not sent >> message & 1:
            return None
        exhibited = self._told.get(code, 0)
        for cluster, part in self.parts(code):
            number, shown = self.clusters[cluster].after(numbers[cluster], part)
            if number < 0:
                return None
            numbers[cluster] = number
            exhibited |= shown if part == code else 0
        if kind == SENDING:
            sent |= 1 << message
        return Place(sent, tuple(numbers)), exhibited

    def parts(self, code: int) -> tuple[tuple[int, int], ...]:
        """What an event means for which cluster. A party without machines has none: what it does is not judged."""
        return self._parts[code]

    def _find_parts(self) -> Iterator[tuple[tuple[int, int], ...]]:
        clusters = self._cluster_of
        for number, message in enumerate(self.tables.messages):
            for kind in range(KINDS):
                party = message.sender if kind == SENDING else message.receiver
                parts = [(clusters[party], number * KINDS + kind)] if party in clusters else []
                if kind == SENDING and not self.is_reception_seen[number] and message.receiver in clusters:
                    parts.append((clusters[message.receiver], number * KINDS + AVAILABLE))
                yield tuple(parts)

    def possible(self, place: Place) -> Iterator[int]:
        """All events that may come next."""
        for message in range(len(self.tables.messages)):
            for kind, is_seen in ((SENDING, self.is_sending_seen), (RECEPTION, self.is_reception_seen)):
                if is_seen[message] and self.after(place, message * KINDS + kind) is not None:
                    yield message * KINDS + kind

    # --- what is exhibited

    def exhibits(self, rewrite: Rewrite) -> int:
        """Which of what is looked for happens within a step, but for what is sent and received in it."""
        known = self._exhibited.get(id(rewrite))
        if known is None:
            known = 0
            for fact in rewrite.facts:
                known |= 0 if fact.kind in (SentAtom, ReceivedAtom) else self._mask(fact)
            self._exhibited[id(rewrite)] = known
        return known

    def _what_events_tell(self) -> dict[int, int]:
        """What each event exhibits by itself, whatever else is known: what was received has been sent as well."""
        sent: dict[int, int] = {}
        received: dict[int, int] = {}
        for rewrite in self.tables.rewrites if self.looked_for else ():
            for fact in rewrite.facts:
                if fact.kind is SentAtom:
                    number = self.tables.number_of_message(fact.subject)
                    sent[number] = sent.get(number, ~0) & self._mask(fact)
                elif fact.kind is ReceivedAtom and rewrite.message is not None:
                    received[rewrite.message] = received.get(rewrite.message, ~0) & self._mask(fact)
        told = {number * KINDS + SENDING: mask for number, mask in sent.items()}
        for number, mask in received.items():
            told[number * KINDS + RECEPTION] = mask | (0 if self.is_sending_seen[number] else sent.get(number, 0))
        return told

    def _mask(self, fact: Fact) -> int:
        mask = self._masks.get(fact)
        if mask is None:
            bits = (1 << number for number, atom in enumerate(self.looked_for) if match(atom, fact) is not None)
            mask = self._masks[fact] = sum(bits)
        return mask
