"""Channels: what is under way, packed, and how each kind of channel takes part in a step.

A channel adds fields to the state, and to every rewrite the ways in which it can be done: what must be under way, and
what then is. A queue is one more automaton, whose local states are the sequences that it may hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import product
from typing import Any, NamedTuple, Protocol, Self

from payrelay.language.messages import Message
from payrelay.language.role import IllFormedModelError
from payrelay.verification.tables.tabulation import MOST_LOCAL_STATES, Tabulation

COPIES_BITS = 3
"""Bits for the number of copies of one message; the highest one says that there were too many."""
MOST_COPIES = (1 << (COPIES_BITS - 1)) - 1


class Field(NamedTuple):
    """Some bits of a state."""

    shift: int
    mask: int

    def of(self, state: int) -> int:
        """The value of the field."""
        return (state >> self.shift) & self.mask

    @property
    def care(self) -> int:
        """The field's bits."""
        return self.mask << self.shift


class Take(Protocol):
    """Takes so many bits of the state, for what a machine changes."""

    def __call__(self, width: int, machine: int | None = None, /) -> Field: ...


class Way(NamedTuple):
    """One way in which a channel takes part in a step: `x & ~clear | put`, plus delta."""

    present: int = 0
    care: int = 0
    want: int = 0
    clear: int = 0
    put: int = 0
    delta: int = 0
    beside: tuple[int, int] | None = None
    """The queue that is looked at first, and its local state."""
    merges: bool = False
    """Whether a message is sent of which a copy is under way, and only one is kept."""


class Own(NamedTuple):
    """A step that the channel does by itself, in a local state of one of its own automata."""

    automaton: int
    local: int
    message: int
    place: int
    """The place in the queue, counted from 1; 0 if there is none."""
    way: Way


class Channel:
    """A channel that keeps a field for each message."""

    bits = 1
    is_emptied = True
    """Whether reading a message takes it away."""
    is_counted = False
    """Whether losses and duplicates are made by taking away and adding a copy."""

    def __init__(self, tables: Tabulation, take: Take) -> None:
        self.tables = tables
        self.first = len(tables.locals)
        """The number of the first automaton of its own."""
        self.automata: list[tuple[Field, int]] = []
        """Its own automata, each with the number of its local states."""
        self.fields: list[Field] = []
        """A field for each message."""
        self._lay_out(take)

    def _lay_out(self, take: Take) -> None:
        self._take_fields(take)
        configuration = self.tables.system.configuration
        if configuration.lossy or configuration.losses or (self.is_emptied and self.tables.strays):
            self.automata = [(Field(1, 0), 1)]  # of one local state, without bits: what it does concerns no machine

    def _take_fields(self, take: Take) -> None:
        senders: dict[int, int] = {}
        for rewrite in self.tables.rewrites:
            for message in rewrite.sends:
                senders.setdefault(message, rewrite.machine)
        self.fields = [take(self.bits, senders.get(message)) for message in range(len(self.tables.messages))]

    def widened(self, tables: Tabulation, take: Take) -> Self:
        """This channel with a field for every further message of other tables."""
        wider = copy(self)
        wider.tables = tables
        wider.fields = [*self.fields, *(take(self.bits) for _ in tables.messages[len(self.fields) :])]
        return wider

    @property
    def overflow(self) -> int:
        """The bits of which none may be set."""
        return 0

    def ways(self, received: int | None, sends: Sequence[int], keeps: bool) -> Iterator[Way]:
        """The ways to receive a message, if any, and to send some; `keeps`: the message stays under way."""
        raise NotImplementedError

    def losses(self) -> Iterator[Own]:
        """The ways to lose a message."""
        for message, field in enumerate(self.fields):
            yield Own(self.first, 0, message, 0, Way(care=field.care, want=field.care, clear=field.care))

    def strays(self) -> Iterator[Own]:
        """The ways to read a message that belongs to no machine."""
        return (own for own in self.losses() if own.message in self.tables.strays)

    def start(self) -> int:
        """What is under way from the beginning."""
        bits = 0
        for message in self.tables.injected:
            bits |= self.fields[message].care
        return bits

    def under_way(self) -> Iterator[tuple[int | None, int]]:
        """Bits, one of which is set when something of a procedure is under way, with that procedure."""
        for message, field in zip(self.tables.messages, self.fields, strict=True):
            yield self.tables.system.procedure_of(message), field.care

    def contents(self, state: int) -> frozenset[Any]:
        """What is under way in a state, as the reference engine has it."""
        numbers = ((message, field.of(state)) for message, field in zip(self.tables.messages, self.fields, strict=True))
        return frozenset((message, number) for message, number in numbers if number)


class DupSet(Channel):
    """What was sent stays, and can be delivered for ever: a bit for each message."""

    is_emptied = False

    def ways(self, received: int | None, sends: Sequence[int], keeps: bool) -> Iterator[Way]:  # noqa: ARG002
        put = 0
        for message in sends:
            put |= self.fields[message].care
        yield Way(present=0 if received is None else self.fields[received].care, put=put)

    def strays(self) -> Iterator[Own]:
        return iter(())


class OneCopy(Channel):
    """A set: a bit for each message, which reading clears. That a bit was set already is a way of its own."""

    def ways(self, received: int | None, sends: Sequence[int], keeps: bool) -> Iterator[Way]:
        taken = 0 if received is None else self.fields[received].care
        gone = 0 if keeps else taken
        fields = [self.fields[message].care for message in dict.fromkeys(sends)]
        put = sum(fields)
        merges = len(fields) < len(sends) or bool(put & taken & ~gone)
        looked_at = [field for field in fields if field != taken]
        before = 0
        for field in looked_at:
            yield Way(0, taken | before | field, taken | field, gone & ~put, put, merges=True)
            before |= field
        yield Way(0, taken | before, taken, gone & ~put, put, merges=merges)


class Bag(Channel):
    """Every copy is read once: a number for each message."""

    bits = COPIES_BITS
    is_counted = True

    def _lay_out(self, take: Take) -> None:
        self._take_fields(take)

    @property
    def overflow(self) -> int:
        return sum(1 << (field.shift + COPIES_BITS - 1) for field in self.fields)

    def ways(self, received: int | None, sends: Sequence[int], keeps: bool) -> Iterator[Way]:  # noqa: ARG002
        delta = sum(1 << self.fields[message].shift for message in sends)
        if received is None:
            yield Way(delta=delta)
        else:
            field = self.fields[received]
            yield Way(present=field.care, delta=delta - (1 << field.shift))

    def start(self) -> int:
        injected = self.tables.injected
        if any(injected.count(message) > MOST_COPIES for message in injected):
            raise IllFormedModelError("more is under way from the beginning than the channel has room for")
        return sum(1 << self.fields[message].shift for message in injected)


class Queues(Channel):
    """From each party to each other a queue: an automaton whose local states are the sequences that it may hold.

    Beside its number, a queue has a bit for each procedure of which it holds something.
    """

    def _lay_out(self, take: Take) -> None:
        system, capacity = self.tables.system, self.tables.system.configuration.capacity
        of_queue: dict[tuple[str, str], list[int]] = {}
        for number, message in enumerate(self.tables.messages):
            of_queue.setdefault((message.sender, message.receiver), []).append(number)
        self._queue = {number: queue for queue, numbers in enumerate(of_queue.values()) for number in numbers}
        self._held: list[list[tuple[int, ...]]] = []
        self._numbers: list[dict[tuple[int, ...], int]] = []
        self._flags: list[dict[int | None, Field]] = []
        for (sender, receiver), numbers in of_queue.items():
            if sum(len(numbers) ** length for length in range(capacity + 1)) > MOST_LOCAL_STATES:
                raise IllFormedModelError(
                    f"the queue from {sender} to {receiver} has over {MOST_LOCAL_STATES} possible contents: "
                    f"give it a smaller capacity"
                )
            held = [sequence for length in range(capacity + 1) for sequence in product(numbers, repeat=length)]
            self._held.append(held)
            self._numbers.append({sequence: number for number, sequence in enumerate(held)})
            self.automata.append((take(max(1, (len(held) - 1).bit_length())), len(held)))
            procedures = dict.fromkeys(system.procedure_of(self.tables.messages[number]) for number in numbers)
            self._flags.append({procedure: take(1) for procedure in procedures})

    def _care(self, queue: int) -> int:
        """All bits of a queue."""
        return self.automata[queue][0].care | sum(flag.care for flag in self._flags[queue].values())

    def _bits(self, queue: int, sequence: tuple[int, ...]) -> int:
        """A queue that holds this."""
        procedures = {self.tables.system.procedure_of(self.tables.messages[number]) for number in sequence}
        flags = sum(self._flags[queue][procedure].care for procedure in procedures)
        return self._numbers[queue][sequence] << self.automata[queue][0].shift | flags

    def ways(self, received: int | None, sends: Sequence[int], keeps: bool) -> Iterator[Way]:
        first = [] if received is None else [received]
        queues = list(dict.fromkeys(self._queue[message] for message in (*first, *sends)))
        for before in product(*(self._held[queue] for queue in queues)):
            after = self._after(dict(zip(queues, before, strict=True)), received, sends, keeps)
            if after is not None:
                held = list(zip(queues, before, strict=True))
                beside = (self.first + queues[0], self._numbers[queues[0]][before[0]]) if queues else None
                yield Way(
                    care=sum(self.automata[queue][0].care for queue in queues),
                    want=sum(self._numbers[queue][one] << self.automata[queue][0].shift for queue, one in held),
                    clear=sum(map(self._care, queues)),
                    put=sum(self._bits(queue, sequence) for queue, sequence in after.items()),
                    beside=beside,
                )

    def _after(
        self, held: dict[int, tuple[int, ...]], received: int | None, sends: Sequence[int], keeps: bool
    ) -> dict[int, tuple[int, ...]] | None:
        """What the queues hold afterwards; None if the message is not the next one, or if there is no room."""
        if received is not None:
            queue = self._queue[received]
            if held[queue][:1] != (received,):
                return None
            held[queue] = held[queue] if keeps else held[queue][1:]
        for message in sends:
            held[self._queue[message]] += (message,)
        has_room = all(sequence in self._numbers[queue] for queue, sequence in held.items())
        return held if has_room else None

    def losses(self) -> Iterator[Own]:
        for queue, sequences in enumerate(self._held):
            for number, held in enumerate(sequences):
                for place, message in enumerate(held):
                    if held[place - 1 : place] != (message,):  # of equal neighbours it does not matter which
                        left = self._bits(queue, held[:place] + held[place + 1 :])
                        way = Way(clear=self._care(queue), put=left)
                        yield Own(self.first + queue, number, message, place + 1, way)

    def strays(self) -> Iterator[Own]:
        return (own._replace(place=0) for own in super().strays() if own.place == 1)

    def start(self) -> int:
        held: dict[int, tuple[int, ...]] = dict.fromkeys(range(len(self.automata)), ())
        after = self._after(held, None, self.tables.injected, False)
        if after is None:
            raise IllFormedModelError("more is under way from the beginning than the channel has room for")
        return sum(self._bits(queue, sequence) for queue, sequence in after.items())

    def under_way(self) -> Iterator[tuple[int | None, int]]:
        for flags in self._flags:
            for procedure, flag in flags.items():
                yield procedure, flag.care

    def contents(self, state: int) -> frozenset[Any]:
        sequences = (self._held[queue][field.of(state)] for queue, (field, _) in enumerate(self.automata))
        return frozenset(tuple(map(self._message, sequence)) for sequence in sequences if sequence)

    def _message(self, number: int) -> Message:
        return self.tables.messages[number]


def channel(tables: Tabulation, take: Take) -> Channel:
    """The channel of a tabulated system."""
    kinds = {"dupset": DupSet, "set": OneCopy, "bag": Bag, "fifo": Queues}
    return kinds[tables.system.configuration.channel_kind](tables, take)
