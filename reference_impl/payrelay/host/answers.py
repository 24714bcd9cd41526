"""Answers: what is said at once to whoever sent a message, given what the machines made of it.

A terminal's request is answered by a page, in its own time; everything else is taken or refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from payrelay.language.messages import Message
from payrelay.language.role import Handled, ProtocolError
from payrelay.language.systems import Reaction
from payrelay.model.messages.purchase import OrderAck, OrderPlace
from payrelay.model.messages.terminal_edge import ProgressInquiry, TerminalAnswer, TerminalRequest
from payrelay.wire.problem_documents import Problem

Waiting = tuple[str, str]
"""A terminal's request that waits for its answer: the terminal's name, and the request's nonce."""


def awaits(message: Message) -> Waiting | None:
    """The request that a message is, if it is one of a terminal."""
    match message:
        case TerminalRequest():
            return message.sender, message.request_nonce.name
        case OrderPlace():
            return message.sender, message.order_nonce.name
    return None


def awaited(answer: Message) -> Waiting:
    """The request that an answer answers."""
    match answer:
        case TerminalAnswer():
            return answer.receiver, answer.request_nonce.name
        case OrderAck():
            return answer.receiver, answer.order_nonce.name
    return answer.receiver, ""


def is_pending(waits: Waiting, datas: Iterable[object]) -> bool:
    """Whether one of some machines holds a request; `datas` is what they know."""
    return any(waits == (terminal, nonce.name) for data in datas for terminal, nonce in getattr(data, "pending", ()))


def refused(received: Message, reaction: Reaction) -> Problem | None:
    """Why a message is not taken: its machine has no place for it, or it comes without the token it must have."""
    if any(isinstance(move.answer, ProtocolError) for move in reaction.moves):
        return Problem("protocol-error")
    if isinstance(received, ProgressInquiry) and not all(isinstance(move.answer, Handled) for move in reaction.moves):
        return Problem("wrong-inquiry-token")
    return None
