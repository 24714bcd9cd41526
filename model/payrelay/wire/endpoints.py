"""The endpoints: for each message on each link where it is sent, and how it is answered (docs/wire.md).

All of it is derived from the model: from what each link carries, and from which machine takes which message. One rule
is the binding's own: a terminal cannot be sent a request, so whatever a terminal receives is the answer to what it
asked. Every other message is a request of its own, taken with 202 and an empty body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from payrelay.language.links import Link, role_of
from payrelay.language.messages import Input, Message, event_name
from payrelay.language.role import Role
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.messages.terminal_edge import TerminalRequest
from payrelay.model.protocol import DISPATCH, links_of
from payrelay.model.roles.registration_relay import RegistrationRelay
from payrelay.model.roles.registration_terminal import RegistrationTerminal
from payrelay.model.roles.relay_procedure import RelayProcedure
from payrelay.model.roles.terminal import Terminal

VERSION = "v1"
PREFIX = f"/payrelay/{VERSION}"
TERMINAL = "terminal"
METHOD = "POST"

CONVERSATIONS: tuple[tuple[type[Role], type[Role]], ...] = (
    (RelayProcedure, Terminal),
    (RegistrationRelay, RegistrationTerminal),
)
"""The machines that answer a terminal's requests, each with the machine that takes the answers."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a message is sent over a link, and what is answered."""

    message: type[Message]
    link: str
    sender: str
    """The role that sends it."""
    receiver: str
    """The role that serves this endpoint."""
    section: str
    """The section of the relay that the link belongs to, if it is one of the relay's."""
    answers: tuple[type[Message], ...] = ()
    """The messages of which one is the answer; none if it is answered by 202 alone."""

    @property
    def path(self) -> str:
        """The path, below the base URL that the receiver's discovery document has for the link."""
        return path_of(self.link, self.message)

    @property
    def has_answer(self) -> bool:
        """Whether the response carries an answer, however long it waits for it."""
        return bool(self.answers)


def path_of(link: str, message: type[Message]) -> str:
    """The path of a message on a link."""
    return f"{PREFIX}/{link}/{event_name(message)}"


@cache
def every_link() -> tuple[Link, ...]:
    """The links, with all that any switch adds to what they carry."""
    return links_of(PaymentConfiguration(name="wire", says="all that may travel", relay_asks_payment_server=True))


def endpoints_of(links: Iterable[Link]) -> tuple[Endpoint, ...]:
    """The endpoints of some links, in their order."""
    return tuple(
        Endpoint(message, link.name, sender, receiver, link.section, _answers(link, message, sender))
        for link in links
        for sender, receiver in (link.ends, link.ends[::-1])
        for message in link.carries
        if receiver != TERMINAL and (receiver, message) in DISPATCH
    )


@cache
def every_endpoint() -> tuple[Endpoint, ...]:
    """All endpoints of all roles."""
    return endpoints_of(every_link())


def messages_at(endpoints: Iterable[Endpoint]) -> tuple[type[Message], ...]:
    """The messages that are sent to endpoints or answered by them, each once."""
    return tuple(dict.fromkeys(kind for one in endpoints for kind in (one.message, *one.answers)))


def endpoint_of(message: Message) -> Endpoint | None:
    """The endpoint that a message is sent to; None if it is sent to none."""
    ways = (type(message), role_of(message.sender), role_of(message.receiver))
    return next((one for one in every_endpoint() if (one.message, one.sender, one.receiver) == ways), None)


def endpoint_at(path: str) -> Endpoint | None:
    """The endpoint at a path; None if there is none."""
    return _by_path().get(path)


@cache
def _by_path() -> dict[str, Endpoint]:
    return {one.path: one for one in every_endpoint()}


def _answers(link: Link, message: type[Message], sender: str) -> tuple[type[Message], ...]:
    """What the terminal may be answered: on the relay's link by the machines that take the request."""
    if sender != TERMINAL:
        return ()
    carried = [kind for kind in link.carries if (TERMINAL, kind) in DISPATCH]
    if not issubclass(message, TerminalRequest):
        return tuple(carried)
    taken: set[type[Input]] = set()
    for relay, terminal in CONVERSATIONS:
        if message in relay.inputs:
            taken |= set(terminal.inputs)
    return tuple(kind for kind in carried if kind in taken)
