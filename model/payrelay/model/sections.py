"""The relay's sections (claims 1, 4, 8, 12): which part of it sends what.

The two communicating sections are tags of links. The control section is the relay's machines. The redirecting
section transfers, unchanged; the contents converting unit summarizes for a terminal. Both are pure functions that
the machines' actions call, and both sign their sends, so that claims about them can be checked.
"""

from __future__ import annotations

from dataclasses import replace

from payrelay.language.messages import Message, Send
from payrelay.language.terms import Symbol
from payrelay.model.conversion import (
    CAPABILITIES,
    Capabilities,
    CapabilityError,
    ErrorInformation,
    Information,
    Summary,
    convert,
)
from payrelay.model.messages.terminal_edge import ErrorSummary, TerminalAnswer, TerminalRequest

FIRST = "first communicating section"
SECOND = "second communicating section"
CONTROL = "control section"
REDIRECTING = "redirecting section"
CONVERTING = "contents converting unit"

Pending = tuple[tuple[str, Symbol], ...]
"""The requests that wait for a page: (terminal, request nonce), at most one a terminal."""


def transfer(to: str, message: Message) -> Send:
    """The redirecting section passes something on."""
    return Send(to, message, by=REDIRECTING)


def order(to: str, message: Message) -> Send:
    """The control section has something sent."""
    return Send(to, message, by=CONTROL)


def summarize(
    information: Information, capabilities: Capabilities, security: str, bound: object = None
) -> Summary | CapabilityError:
    """The contents converting unit makes a page of some information (claims 4-7)."""
    return convert(information.kind, information, capabilities, security=security, bound=bound)


def answer(pending: Pending, page: TerminalAnswer) -> tuple[Send, ...]:
    """The page as the answer to every request that waits for it."""
    return tuple(Send(to, replace(page, request_nonce=nonce), by=CONVERTING) for to, nonce in pending)


def held(pending: Pending, terminal: str, nonce: Symbol) -> Pending:
    """The requests that wait, with one more: a terminal's newer request takes the place of its older one."""
    others = tuple(waiting for waiting in pending if waiting[0] != terminal)
    return tuple(sorted((*others, (terminal, nonce)), key=lambda waiting: waiting[0]))


def explain(code: str, capabilities: Capabilities, identifier: str | None = None) -> Summary:
    """Why it does not go on, as a page; in plain text for a terminal too small for one: every request is answered."""
    information = ErrorInformation(code, identifier)
    page = summarize(information, capabilities, "plain")
    if not isinstance(page, Summary):
        page = summarize(information, CAPABILITIES["plain_text"], "plain")
    assert isinstance(page, Summary), code
    return page


def unknown_procedure(request: TerminalRequest) -> tuple[Send, ...]:
    """The answer to a request for a procedure that is not known, or not any more."""
    code = "UNKNOWN_PROCEDURE"
    page = explain(code, getattr(request, "capabilities", CAPABILITIES["plain_text"]))
    nonce, handle = request.request_nonce, getattr(request, "handle", None)
    error = ErrorSummary(request_nonce=nonce, handle=handle, summary=page, code=code)
    return answer(((request.sender, nonce),), error)
