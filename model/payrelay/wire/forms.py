"""Forms: what a browser posts from a page, as the request that a program would make (claims 10, 11, 13, 14-16).

The page's action says which request it is; the page's envelope and the user's entries say what is in it. What comes
out is the JSON of the message, so that it is read, and refused, as any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import parse_qsl

from payrelay.model.conversion.capabilities import CHARSETS
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages.registration import FormAnswers
from payrelay.model.messages.terminal_edge import TerminalRequest
from payrelay.wire.envelopes import BOUND, CHARSET, NEXT_NONCE, OPENING, Document, opened
from payrelay.wire.pages import ANSWER, ENVELOPE
from payrelay.wire.problem_documents import Problem
from payrelay.wire.shapes import TOKEN_PATTERNS

MAX_FIELDS = 128
"""The most fields of a form."""
USER_AUTH = "user_auth"
"""The field of a confirmation in which a terminal with a key puts what proves to the wallet that it is the user."""
CHOOSE, OPEN = "choose_", "open"
CHOICE = re.compile(r"choose_[1-9][0-9]{0,3}")

Fields = Mapping[str, str]


@dataclass(frozen=True)
class _Posted:
    """A form, and the envelope that was in it."""

    envelope: Document
    fields: Fields
    security: str

    def of_envelope(self, *names: str) -> Document:
        """Some members of the envelope, under their names; those that it has."""
        return {name: self.envelope[name] for name in names if name in self.envelope}

    def entered(self, name: str) -> object:
        """What the user wrote into a field, in the form of text, as keyboards add blanks and write letters in several
        ways; or what the terminal sealed, if that is what it looks like."""
        value = normalize("NFKC", self.fields.get(name, "")).strip()
        is_sealed = self.security == "hardened" and TOKEN_PATTERNS["jwe"].fullmatch(value)
        return {"jwe": value} if is_sealed else value

    @property
    def action(self) -> str:
        """The action that was taken: the value of the field `action`, or, of a submit button, the name of the field."""
        named = self.fields.get("action")
        offered = (name for name in self.fields if name in ACTIONS or name.startswith(CHOOSE))
        return next(offered, "") if named is None else named


def _choose(posted: _Posted) -> Document:
    number = posted.action.removeprefix(CHOOSE)
    return {**_named(edge.WalletChoice), **posted.of_envelope("handle"), "index": int(number)}


def _confirm(posted: _Posted) -> Document:
    consent = {"shown": posted.envelope.get(BOUND)}
    if posted.entered(USER_AUTH):
        consent[USER_AUTH] = posted.entered(USER_AUTH)
    return {**_named(edge.PaymentProcessingRequest), **posted.of_envelope("handle"), "consent": consent}


def _cancel(posted: _Posted) -> Document:
    return {**_named(edge.Cancel), **posted.of_envelope("handle")}


def _inquire(posted: _Posted) -> Document:
    token = posted.fields.get("inquiry_token", "")
    return {**_named(edge.ProgressInquiry), **posted.of_envelope("handle"), "inquiry_token": token}


def _answer(posted: _Posted) -> Document:
    """The answers to the questions that the page asks, in the page's order. Sending accepts the terms on the page."""
    page = posted.envelope.get(BOUND)
    bound = page if isinstance(page, dict) else {}
    asked = bound.get("fields")
    names = [str(one.get("name")) for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
    answered = [name for name in names if posted.entered(f"{ANSWER}{name}")]
    return {
        **_named(FormAnswers),
        **posted.of_envelope("handle"),
        **{key: bound[key] for key in ("reg_id", "round", "page") if key in bound},
        "values": [{"field": name, "value": posted.entered(f"{ANSWER}{name}")} for name in answered],
        "terms_accepted": True,
    }


def _open(posted: _Posted) -> Document:
    opening = posted.envelope.get(OPENING)
    return dict(opening) if isinstance(opening, dict) else {}


def _retry(posted: _Posted) -> Document:
    opening, handle = _open(posted), posted.envelope.get("handle")
    return {**opening, "retry_of": handle} if opening and handle else opening


def _named(kind: type[TerminalRequest]) -> Document:
    return {"message": kind.__name__}


ACTIONS: Mapping[str, Callable[[_Posted], Document]] = {
    CHOOSE: _choose,
    "confirm": _confirm,
    "cancel": _cancel,
    "inquire": _inquire,
    "answer": _answer,
    "retry": _retry,
    OPEN: _open,
}
"""What each action of a page asks. That of a choice is followed by the number of the option."""


def request_of(form: bytes, session: str, security: str) -> Document | Problem:
    """The request that a posted form makes, as the JSON of its message."""
    found = _fields(form, "latin-1")  # whatever the charset, an envelope is ASCII
    envelope = found if isinstance(found, Problem) else opened(found.get(ENVELOPE, ""))
    if isinstance(envelope, Problem):
        return envelope
    charset = envelope.get(CHARSET)
    if not isinstance(charset, str) or charset not in CHARSETS:
        return Problem("malformed", f"the envelope has none of the charsets {', '.join(sorted(CHARSETS))}")
    fields = _fields(form, charset)
    if isinstance(fields, Problem):
        return fields
    posted = _Posted(envelope, fields, security)
    is_choice = CHOICE.fullmatch(posted.action) is not None
    making = ACTIONS.get(CHOOSE if is_choice else posted.action)
    if making is None or posted.action == CHOOSE:
        return Problem("malformed", "the form has no action that a page offers")
    made = making(posted)
    if not made:
        return Problem("malformed", "the envelope does not have what opened the procedure")
    ends = {"sender": envelope.get("receiver"), "receiver": envelope.get("sender")}
    return {**made, **ends, "session": session, "request_nonce": envelope.get(NEXT_NONCE)}


def _fields(form: bytes, charset: str) -> Fields | Problem:
    """The fields of a form; a browser sends them in the charset of the page, and does not say so."""
    try:
        text = form.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeError:
        return Problem("malformed", "the form is not in the charset of its page, percent-encoded")
    except ValueError:
        return Problem("malformed", f"the form has more than {MAX_FIELDS} fields")
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else Problem("malformed", "the form has a field twice")
