"""Request and answer: a client asks until it is answered, and a server serves once however often it is asked.

The server is two machines: a desk that talks, and a ledger that remembers. It is small enough for every kind of
fault, choice and step of the language to be tried on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Internal, Message, Occurrence, Restart, Send, Stimulus, Tell
from payrelay.language.properties import (
    AtMostOnce,
    Entered,
    Fairness,
    In,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Resettable,
    Responds,
    Variable,
)
from payrelay.language.role import Effect, Local, Role, State, ignore, role_table, stay
from payrelay.language.systems import Instance, System
from payrelay.language.terms import Symbol

ITEM = Symbol("item", "book")


@dataclass(frozen=True, kw_only=True)
class Request(Message):
    """The client wants something."""

    item: Symbol
    is_welcome: bool = True
    """What the server thinks of it when it comes, which nobody can foresee."""


@dataclass(frozen=True, kw_only=True)
class Answer(Message):
    """The server has served."""

    shown: ClassVar[tuple[str, ...]] = ("item",)

    item: Symbol


@dataclass(frozen=True, kw_only=True)
class Refusal(Message):
    """The server does not want to serve."""


@dataclass(frozen=True, kw_only=True)
class Advertisement(Message):
    """Nobody reads this."""


@dataclass(frozen=True, kw_only=True)
class Ask(Stimulus):
    """The user wants something."""


@dataclass(frozen=True, kw_only=True)
class Forget(Stimulus):
    """The user starts again."""


@dataclass(frozen=True, kw_only=True)
class Serve(Internal):
    """The desk asks the ledger."""

    item: Symbol


@dataclass(frozen=True, kw_only=True)
class Done(Internal):
    """The ledger has it."""

    item: Symbol


@dataclass(frozen=True)
class Served(Occurrence):
    """The server has served."""

    witness: ClassVar[str] = "Answer"

    item: Symbol


@dataclass(frozen=True)
class Desk:
    """What the desk knows: the last client, which it forgets in a crash."""

    client: str = ""


def send_request(data: None, message: Any) -> Effect:
    """Send the request, once more if need be."""
    return data, (Send("server", Request(item=ITEM)),)


def is_welcome(data: Desk, message: Request) -> bool:
    """The server wants to serve."""
    return message.is_welcome


def look_up(data: Desk, message: Request) -> Effect:
    """Ask the ledger."""
    return replace(data, client=message.sender), (Tell("ledger", Serve(item=message.item)),)


def say_no(data: Desk, message: Request) -> Effect:
    """Say no."""
    return data, (Send(message.sender, Refusal()),)


def say_yes(data: Desk, message: Done) -> Effect:
    """Say yes, and boast."""
    return data, (Send(data.client, Answer(item=message.item)), Send(data.client, Advertisement()))


def forget_client(data: Desk, message: Restart) -> Effect:
    """The desk has no disk."""
    return Desk(), ()


def remember(data: None, message: Serve) -> Effect:
    """Serve, and remember."""
    return data, (Served(message.item), Tell("desk", Done(item=message.item)))


def confirm(data: None, message: Serve) -> Effect:
    """It is done already."""
    return data, (Tell("desk", Done(item=message.item)),)


class Client(Role):
    """Asks, and asks again when it has waited long enough."""

    idle = State(initial=True)
    waiting = State()
    served = State()
    refused = State()

    ask = idle.to(waiting, on=send_request)
    patience = stay(waiting, on=send_request)
    answer = waiting.to(served)
    refusal = waiting.to(refused)
    forget = refused.to(idle)

    inputs = (Ask, Forget, Answer, Refusal)
    timers = ("patience",)
    ignored = (ignore(Answer, Refusal, reason="it is too late"),)
    ended = (served,)


class ServerDesk(Role):
    """Takes requests."""

    open = State(initial=True)

    request = stay(open, cond=is_welcome, on=look_up) | stay(open, unless=is_welcome, on=say_no)
    done = stay(open, on=say_yes)
    restart = stay(open, on=forget_client)

    inputs = (Request, Done, Restart)


class ServerLedger(Role):
    """Remembers whether it has served."""

    free = State(initial=True)
    taken = State()

    serve = free.to(taken, on=remember) | stay(taken, on=confirm)

    inputs = (Serve,)


LINKS = (Link("counter", ("client", "server"), carries=(Request, Answer, Refusal, Advertisement), section="front"),)

item = Variable("item")
served_once = Property(
    name="the_server_serves_at_most_once",
    label="once",
    says="However often it is asked, the server serves once.",
    conjuncts=(AtMostOnce(Occurred("server", occurrence=Served, where={"item": item})),),
)
answered_after_service = Property(
    name="no_client_is_served_before_the_server_has_served",
    label="honest",
    says="Whoever believes to be served has been.",
    conjuncts=(Precedes(Entered("client", states=("served",)), first=(Occurred("server", occurrence=Served),)),),
)
nothing_after_refusal = Property(
    name="no_answer_reaches_a_client_that_was_refused",
    label="final",
    says="After a refusal comes no answer.",
    conjuncts=(
        Never(Received("client", message=Answer), after=Entered("client", states=("refused",))),
        Never(Received("server", message=Answer)),
    ),
)
service_is_possible = Property(
    name="a_client_can_be_served",
    label="possible",
    says="Some client is served.",
    conjuncts=(Possible(Entered("client", states=("served",))),),
)
client_can_always_settle = Property(
    name="the_client_can_always_come_to_rest",
    label="settles",
    says="From wherever it is, the client can come to rest.",
    conjuncts=(Resettable((In("client", ("idle", "served")),)),),
)
DELIVERY = Fairness("messages_arrive", "delivery")
PATIENCE = Fairness("patience_ends", "timers")
every_request_is_answered = Property(
    name="every_request_is_answered",
    label="answered",
    says="Who waits comes to be served or refused.",
    conjuncts=(
        Responds(
            Entered("client", states=("waiting",)),
            (Entered("client", states=("served", "refused")),),
            under=(DELIVERY, PATIENCE),
        ),
    ),
)
PROPERTIES = (
    served_once,
    answered_after_service,
    nothing_after_refusal,
    service_is_possible,
    client_can_always_settle,
    every_request_is_answered,
)

FRIENDLY = Configuration(name="friendly", says="The server always serves, and nothing goes wrong.")
LOSSY = replace(FRIENDLY, name="lossy", says="One message may be lost.", losses=1)
FAULTY = replace(
    LOSSY,
    name="faulty",
    says="One of each fault.",
    duplicates=1,
    crashes=1,
    early_timeouts=1,
    crashing=("server",),
)
UNBOUNDED = Configuration(
    name="unbounded",
    says="Any number of faults.",
    semantics="unbounded",
    crashing=("server",),
)
CONFIGURATIONS = (FRIENDLY, LOSSY, FAULTY, UNBOUNDED)


def welcomes_all(message: Message) -> tuple[Message, ...]:
    """A server that always serves."""
    return (message,)


def welcomes_some(message: Message) -> tuple[Message, ...]:
    """A server that serves when it likes."""
    if isinstance(message, Request):
        return message, replace(message, is_welcome=False)
    return (message,)


def dispatch(message: Message) -> str | None:
    """A server has its desk for messages, a client is one machine; nobody reads advertisements."""
    if isinstance(message, Advertisement):
        return None
    return "desk" if message.receiver == "server" else "client"


def client_of(message: Message) -> int:
    """The number of the client that sends it, or that it is for."""
    return int((message.receiver if message.sender == "server" else message.sender).rpartition("-")[2])


def system(
    configuration: Configuration,
    *,
    moody: bool = False,
    forged: bool = False,
    clients: int = 1,
    forgetful: bool = False,
) -> System:
    """Some clients and a server: one that serves when it likes (moody), one whose ledger may be full (forgetful).

    `forged` has an answer under way that nobody sent.
    """
    ledgers = (Local("free", None), Local("taken", None)) if forgetful else (Local("free", None),)
    names = [f"client-{number}" for number in range(1, clients + 1)]
    return System(
        configuration=configuration,
        instances=(
            *(
                Instance(name, "client", role_table(Client), (Local("idle", None),), number, (Ask(), Forget()))
                for number, name in enumerate(names, 1)
            ),
            Instance("server", "desk", role_table(ServerDesk), (Local("open", Desk()),)),
            Instance("server", "ledger", role_table(ServerLedger), ledgers),
        ),
        links=LINKS,
        dispatch=dispatch,
        choices=welcomes_some if moody else welcomes_all,
        names=client_of,
        injected=(Answer(item=ITEM, sender="server", receiver="client-1"),) if forged else (),
    )
