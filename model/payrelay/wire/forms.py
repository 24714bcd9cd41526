"""Forms: what a browser posts from a page, as the request that a program would make (claims 10, 11, 13, 14-16).

The page's action says which request it is; the page's envelope and the user's entries say what is in it. What comes
out is the JSON of the message, so that it is read, and refused, as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from payrelay.language.messages import event_name
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages.registration import FormAnswers
from payrelay.wire.envelopes import BOUND, CHARSET, NEXT_NONCE, OPENING, Document, opened
from payrelay.wire.pages import ANSWER, ENVELOPE
from payrelay.wire.problems import Problem

MAX_FIELDS = 128
"""The most fields of a form."""
USER_AUTH = "user_auth"
"""The field of a confirmation in which a terminal with a key puts what proves to the wallet that it is the user."""
CHOOSE, OPEN = "choose_", "open"

Fields = Mapping[str, str]
Making = Callable[[Document, Fields], Document]


def _choose(_envelope: Document, fields: Fields) -> Document:
    number = _action(fields).removeprefix(CHOOSE)
    return {"message": event_name(edge.WalletChoice), "index": int(number) if number.isdecimal() else number}


def _confirm(envelope: Document, fields: Fields) -> Document:
    consent = {"shown": envelope.get(BOUND), USER_AUTH: fields.get(USER_AUTH) or None}
    return {"message": event_name(edge.PaymentProcessingRequest), "consent": consent}


def _cancel(_envelope: Document, _fields: Fields) -> Document:
    return {"message": event_name(edge.Cancel)}


def _inquire(_envelope: Document, fields: Fields) -> Document:
    return {"message": event_name(edge.ProgressInquiry), "inquiry_token": fields.get("inquiry_token", "")}


def _answer(envelope: Document, fields: Fields) -> Document:
    """The answers to the questions that the page asks, in the page's order. Sending accepts the terms on the page."""
    page = envelope.get(BOUND)
    bound = page if isinstance(page, dict) else {}
    asked = bound.get("fields")
    names = [field.get("name") for field in asked if isinstance(field, dict)] if isinstance(asked, list) else []
    given = [(name, fields.get(f"{ANSWER}{name}")) for name in names]
    values = [{"field": name, "value": value} for name, value in given if value]
    round_and_page = {key: bound.get(key) for key in ("reg_id", "round", "page")}
    return {"message": event_name(FormAnswers), **round_and_page, "values": values, "terms_accepted": True}


def _open(envelope: Document, _fields: Fields) -> Document:
    opening = envelope.get(OPENING)
    return {**opening, "retry_of": None} if isinstance(opening, dict) else {}


def _retry(envelope: Document, fields: Fields) -> Document:
    return {**_open(envelope, fields), "retry_of": envelope.get("handle")}


ACTIONS: Mapping[str, Making] = {
    CHOOSE: _choose,
    "confirm": _confirm,
    "cancel": _cancel,
    "inquire": _inquire,
    "answer": _answer,
    "retry": _retry,
    OPEN: _open,
}
"""What each action of a page asks. That of a choice is followed by the number of the option."""


def request_of(form: bytes, session: str) -> Document | Problem:
    """The request that a posted form makes, as the JSON of its message."""
    found = _fields(form, "latin-1")  # whatever the charset, an envelope is ASCII
    envelope = found if isinstance(found, Problem) else opened(found.get(ENVELOPE, ""))
    if isinstance(envelope, Problem):
        return envelope
    fields = _fields(form, str(envelope.get(CHARSET, "utf-8")))
    if isinstance(fields, Problem):
        return fields
    action = _action(fields)
    making = ACTIONS.get(CHOOSE if action.startswith(CHOOSE) else action)
    if making is None:
        return Problem("malformed", "the form has no action that a page offers")
    made = making(envelope, fields)
    if not made:
        return Problem("malformed", "the envelope does not have what opened the procedure")
    ends = {"sender": envelope.get("receiver"), "receiver": envelope.get("sender")}
    document = {**made, **ends, "session": session, "request_nonce": envelope.get(NEXT_NONCE)}
    return document if "retry_of" in made else {**document, "handle": envelope.get("handle")}


def _fields(form: bytes, charset: str) -> Fields | Problem:
    """The fields of a form; a browser sends them in the charset of the page, and does not say so."""
    try:
        text = form.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=MAX_FIELDS)
    except (UnicodeError, LookupError):
        return Problem("malformed", "the form is not in the charset of its page, percent-encoded")
    except ValueError:
        return Problem("malformed", f"the form has more than {MAX_FIELDS} fields")
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else Problem("malformed", "the form has a field twice")


def _action(fields: Fields) -> str:
    """The action that was taken: the value of the field `action`, or, of a submit button, the name of the field."""
    named = fields.get("action")
    if named is not None:
        return named
    return next((name for name in fields if name in ACTIONS or name.startswith(CHOOSE)), "")
