"""The alternating-bit protocol: values arrive in order over queues that lose messages.

As it stands in Lamport, *Specifying Systems*, 2002 (`AlternatingBit`, with the bounds of `MCAlternatingBit`): both
queues are at most two long and may lose a message at any position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Message, Send, Stimulus
from payrelay.language.properties import Accepted, Fairness, Property, Received, Responds, Variable
from payrelay.language.role import Effect, Local, Role, State, role_table, stay
from payrelay.language.systems import Instance, System

VALUES = (0, 1)
BITS = (0, 1)


@dataclass(frozen=True, kw_only=True)
class Frame(Message):
    """A value, under the sender's bit."""

    bit: int
    value: int


@dataclass(frozen=True, kw_only=True)
class Ack(Message):
    """The last bit that was received."""

    bit: int


@dataclass(frozen=True, kw_only=True)
class Take(Stimulus):
    """A new value is to be sent."""

    value: int


@dataclass(frozen=True, kw_only=True)
class Resend(Stimulus):
    """The sender sends its value once more."""


@dataclass(frozen=True, kw_only=True)
class Acknowledge(Stimulus):
    """The receiver says what it has."""


@dataclass(frozen=True)
class Sending:
    """The sender's bit, the one last acknowledged, and the value sent."""

    bit: int
    acknowledged: int
    value: int


@dataclass(frozen=True)
class Receiving:
    """The bit and the value received last."""

    bit: int
    value: int


def is_acknowledged(data: Sending, message: Stimulus) -> bool:
    """What was sent has arrived."""
    return data.bit == data.acknowledged


def send_new(data: Sending, message: Take) -> Effect:
    """Flip the bit, and send the value under it."""
    sent = replace(data, bit=1 - data.bit, value=message.value)
    return sent, (Send("receiver", Frame(bit=sent.bit, value=sent.value)),)


def send_again(data: Sending, message: Resend) -> Effect:
    """Send the same."""
    return data, (Send("receiver", Frame(bit=data.bit, value=data.value)),)


def note(data: Sending, message: Ack) -> Effect:
    """Note what is acknowledged."""
    return replace(data, acknowledged=message.bit), ()


def store(data: Receiving, message: Frame) -> Effect:
    """Keep what came."""
    return Receiving(message.bit, message.value), ()


def say_bit(data: Receiving, message: Acknowledge) -> Effect:
    """Say what has come."""
    return data, (Send("sender", Ack(bit=data.bit)),)


class Sender(Role):
    """Sends a value until it is acknowledged, then the next."""

    sending = State(initial=True)

    take = stay(sending, cond=is_acknowledged, on=send_new)
    resend = stay(sending, unless=is_acknowledged, on=send_again)
    ack = stay(sending, on=note)

    inputs = (Take, Resend, Ack)


class Receiver(Role):
    """Keeps what comes, and says so whenever it likes."""

    receiving = State(initial=True)

    frame = stay(receiving, on=store)
    acknowledge = stay(receiving, on=say_bit)

    inputs = (Frame, Acknowledge)


LINKS = (Link("wire", ("sender", "receiver"), carries=(Frame, Ack)),)

value = Variable("value")
ARRIVAL = Fairness("what_is_sent_again_and_again_arrives", "delivery", strong=True)
PERSISTENCE = Fairness("the_sender_keeps_trying", "stimuli", strong=True, only=("resend",))
every_value_arrives = Property(
    name="every_value_that_is_taken_arrives",
    label="arrives",
    says="A value that the sender takes comes to the receiver.",
    conjuncts=(
        Responds(
            Accepted("sender", message=Take, where={"value": value}),
            (Received("receiver", message=Frame, where={"value": value}),),
            under=(ARRIVAL, PERSISTENCE),
        ),
    ),
    source="Lamport",
)
PROPERTIES = (every_value_arrives,)

CONFIGURATION = Configuration(
    name="alternating_bit",
    says="Queues at most two long, which lose messages anywhere.",
    channel="fifo",
    capacity=2,
    lossy=True,
)


def bits_agree(locals_: tuple[Local, ...]) -> bool:
    """At first, everything that was sent has arrived and is acknowledged."""
    sender, receiver = locals_
    return bool(sender.data.bit == sender.data.acknowledged == receiver.data.bit)


def system(configuration: Configuration = CONFIGURATION) -> System:
    """A sender and a receiver, who begin with equal bits and any values."""
    sending = tuple(Local("sending", Sending(bit, bit, value)) for bit, value in product(BITS, VALUES))
    receiving = tuple(Local("receiving", Receiving(bit, value)) for bit, value in product(BITS, VALUES))
    stimuli = (*(Take(value=value) for value in VALUES), Resend())
    return System(
        configuration=configuration,
        instances=(
            Instance("sender", "sender", role_table(Sender), sending, stimuli=stimuli),
            Instance("receiver", "receiver", role_table(Receiver), receiving, stimuli=(Acknowledge(),)),
        ),
        links=LINKS,
        dispatch=lambda message: message.receiver,
        initially=bits_agree,
    )
