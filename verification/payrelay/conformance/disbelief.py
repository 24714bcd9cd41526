"""Disbelief: what a message says to a role when an object in it is not to be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.data import EXPIRED as PAST
from payrelay.model.messages.registration import ForwardedFormAnswers
from payrelay.model.registration import form_at
from payrelay.wire.spoilings import EXPIRED, UNREAD, UNVERIFIED

TERMS = (UNVERIFIED, UNREAD, EXPIRED)
"""How an object is refused that is not believed: by the guards of whoever reads it."""
HARDENED = "hardened"
"""Where there are objects that could be disbelieved."""
WRONG_CONTENT = "wrong_content"
"""The fault of a signed object in which there is something else than should be."""
UNREADABLE = Symbol("unread", "unread")
"""What whoever cannot open something sees of it."""


class Aspect(NamedTuple):
    """One thing that can be wrong with the bytes of a message."""

    aspect: str
    at: str
    refused: str
    """How it must be refused: one of TERMS, or a reason why bytes are no message."""


def disbelieved(message: Message, refused: str, at: str, aspect: str = "") -> Message:
    """The message as its receiver's role sees it, where what stands at a JSON pointer is refused so, for this fault."""
    if refused == EXPIRED:
        changed: Any = message
        return replace(changed, validity=PAST)  # type: ignore[no-any-return]
    found = at_pointer(
        message,
        at.split("/")[1:],
        _unread if refused == UNREAD else _nothing if aspect == WRONG_CONTENT else _unverified,
    )
    if isinstance(found, ForwardedFormAnswers):  # the authority finds what it cannot read, where it must be answered
        unread = [answer.field for answer in found.values if getattr(answer.value, "content", None) == UNREADABLE]
        found = replace(
            found, errors=tuple(one.name for one in form_at(HARDENED) if one.required and one.name in unread)
        )
    assert isinstance(found, Message)
    return found


def _unverified(term: Any) -> Any:
    return terms.Unverified(term.content)


def _nothing(_term: Any) -> Any:
    return terms.Unverified(None)


def _unread(term: Any) -> Any:
    return terms.Sealed(term.to, UNREADABLE)


def term_at(message: Message, pointer: str) -> object:
    """What stands at a JSON pointer into a message."""
    found: list[object] = []

    def seen(term: object) -> object:
        found.append(term)
        return term

    at_pointer(message, pointer.split("/")[1:], seen)
    return found[0]


def at_pointer(term: Any, path: list[str], change: Callable[[Any], Any]) -> Any:
    """The term with the part at a path changed."""
    if not path:
        return change(term)
    first, *rest = path
    if isinstance(term, tuple) and not hasattr(term, "_fields"):
        place = int(first)
        return (*term[:place], at_pointer(term[place], rest, change), *term[place + 1 :])
    if isinstance(term, terms.Unverified):  # in clear
        return terms.Unverified(at_pointer(term.content, path, change))
    if is_dataclass(term) and not isinstance(term, type):
        assert first in {one.name for one in fields(term)}, (term, path)
        return replace(term, **{first: at_pointer(getattr(term, first), rest, change)})
    if hasattr(term, "_fields"):
        named: Any = term
        return named._replace(**{first: at_pointer(getattr(term, first), rest, change)})
    raise ValueError(f"nothing stands at {path} in {term}")
