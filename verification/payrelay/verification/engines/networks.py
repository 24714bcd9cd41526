"""Networks: what is under way in the reference engine, and what each kind of channel does with it.

What is under way is a frozen value. For a queue it is the set of those that are not empty, each a tuple of messages,
the next one first. For every other kind it is the set of messages with how many copies there are of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from payrelay.language.configurations import Configuration
from payrelay.language.messages import Message

MOST_COPIES = 3

UnderWay = frozenset[Any]


class DupSet:
    """What was sent stays, and can be delivered for ever."""

    is_emptied = False
    """Whether reading a message takes it away."""

    def messages(self, under_way: UnderWay) -> Iterator[Message]:
        """All messages that are under way."""
        return (message for message, _ in under_way)

    def next(self, under_way: UnderWay) -> Iterator[Message]:
        """The messages that can be delivered."""
        return self.messages(under_way)

    def read(self, under_way: UnderWay, message: Message) -> UnderWay:  # noqa: ARG002
        """What is under way after a message was delivered."""
        return under_way

    def has_room(self, under_way: UnderWay, sent: Sequence[Message]) -> bool:  # noqa: ARG002
        """Whether all of this can be sent."""
        return True

    def merged(self, under_way: UnderWay, sent: Sequence[Message]) -> tuple[Message, ...]:  # noqa: ARG002
        """Those sent messages of which no further copy is kept, although it would matter."""
        return ()

    def send(self, under_way: UnderWay, sent: Sequence[Message]) -> UnderWay | None:
        """What is under way after this was sent; None if it is more than can be counted."""
        return under_way | {(message, 1) for message in sent}

    def losses(self, under_way: UnderWay) -> Iterator[tuple[Message, int, UnderWay]]:
        """The messages that can be lost, with their place if they are in a queue, and what is left."""
        for message, copies in under_way:
            yield message, 0, under_way - {(message, copies)}


class OneCopy(DupSet):
    """A set: reading takes away, but there is never more than one copy."""

    is_emptied = True

    def read(self, under_way: UnderWay, message: Message) -> UnderWay:
        return under_way - {(message, 1)}

    def merged(self, under_way: UnderWay, sent: Sequence[Message]) -> tuple[Message, ...]:
        there = set(self.messages(under_way))
        return tuple(message for place, message in enumerate(sent) if message in there or message in sent[:place])


class Bag(DupSet):
    """Every copy is read once."""

    is_emptied = True

    def read(self, under_way: UnderWay, message: Message) -> UnderWay:
        copies = Counter(dict(under_way))
        copies[message] -= 1
        return frozenset((+copies).items())

    def send(self, under_way: UnderWay, sent: Sequence[Message]) -> UnderWay | None:
        copies = Counter(dict(under_way)) + Counter(sent)
        return None if max(copies.values(), default=0) > MOST_COPIES else frozenset(copies.items())

    def losses(self, under_way: UnderWay) -> Iterator[tuple[Message, int, UnderWay]]:
        for message, _ in under_way:
            yield message, 0, self.read(under_way, message)


class Queues(DupSet):
    """From each party to each other, messages are read in the order in which they were sent."""

    is_emptied = True

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity

    def messages(self, under_way: UnderWay) -> Iterator[Message]:
        return (message for queue in under_way for message in queue)

    def next(self, under_way: UnderWay) -> Iterator[Message]:
        return (queue[0] for queue in under_way)

    def read(self, under_way: UnderWay, message: Message) -> UnderWay:
        (queue,) = (queue for queue in under_way if queue[0] == message)
        return under_way - {queue} | ({queue[1:]} if queue[1:] else set())

    def has_room(self, under_way: UnderWay, sent: Sequence[Message]) -> bool:
        return all(len(queue) <= self._capacity for queue in self.send(under_way, sent))

    def send(self, under_way: UnderWay, sent: Sequence[Message]) -> UnderWay:
        queues = {_direction(queue[0]): queue for queue in under_way}
        for message in sent:
            queues[_direction(message)] = (*queues.get(_direction(message), ()), message)
        return frozenset(queues.values())

    def losses(self, under_way: UnderWay) -> Iterator[tuple[Message, int, UnderWay]]:
        for queue in under_way:
            others = under_way - {queue}
            for place, message in enumerate(queue):
                if queue[place - 1 : place] != (message,):  # of equal neighbours it does not matter which
                    left = queue[:place] + queue[place + 1 :]
                    yield message, place + 1, others | ({left} if left else set())


def _direction(message: Message) -> tuple[str, str]:
    return message.sender, message.receiver


def network(configuration: Configuration) -> DupSet:
    """What a configuration's links do with messages."""
    match configuration.channel_kind:
        case "dupset":
            return DupSet()
        case "set":
            return OneCopy()
        case "fifo":
            return Queues(configuration.capacity)
        case "bag":
            return Bag()
