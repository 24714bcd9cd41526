"""Envelopes: what goes with a page and has to come back, but is not to be shown.

A program has the whole answer in JSON and makes its next request of it. A browser has a page, and can only send back
what the page's form holds. So beside the page there is its envelope: the answer without what the page shows, what the
page is bound to, the nonce of the request that may follow, and what is asked again when the user tries again. It is
JSON in base64url; in HTML the hidden field `envelope`, beside plain text the header `Payrelay-Envelope`.

An envelope is no credential. Whoever alters one alters their own request, which the machines compare with what they
know as they do any other.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from payrelay.model.conversion import Summary
from payrelay.wire.base64url import to_base64url
from payrelay.wire.json_text import parse
from payrelay.wire.problem_documents import Problem
from payrelay.wire.problems import Refusal

HEADER = "payrelay-envelope"
MAX_ENVELOPE = 36_864
"""The most characters of an envelope: that of the widest page of a form is not much shorter."""

BOUND, NEXT_NONCE, OPENING, CHARSET = "bound", "next_nonce", "opening", "charset"
"""What an envelope has beside the members of the answer: what its page is bound to, the nonce of the next request, the
request that opened the procedure, which `retry` repeats, and the charset of the page, in which its form comes back."""
PER_REQUEST = ("session", "request_nonce", "sender", "receiver", "retry_of")
"""The members of an opening request that are not kept in an envelope: each request has its own."""

Document = dict[str, Any]


def envelope_of(answer: Document, next_nonce: str, opening: Document | None = None, charset: str = "utf-8") -> str:
    """The envelope of an answer's page. `opening` is the request that opened the procedure, if it is known."""
    kept = {key: value for key, value in answer.items() if key != "summary"}
    if BOUND in answer["summary"]:
        kept[BOUND] = answer["summary"][BOUND]
    kind, point, _ = str(answer["request_nonce"]).rpartition(".")  # the next request is of the same kind
    kept[NEXT_NONCE], kept[CHARSET] = f"{kind}{point}{next_nonce}", charset
    if opening is not None:
        kept[OPENING] = {key: value for key, value in opening.items() if key not in PER_REQUEST}
    return wrapped(kept)


def envelope_of_opening(request: Document, charset: str = "utf-8") -> str:
    """The envelope of a page that is not an answer yet: its action `open` makes this very request."""
    return wrapped(
        {
            "sender": request["receiver"],
            "receiver": request["sender"],
            OPENING: {key: value for key, value in request.items() if key not in PER_REQUEST},
            NEXT_NONCE: request["request_nonce"],
            CHARSET: charset,
        }
    )


def wrapped(document: Document) -> str:
    """A document as the text of an envelope."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return to_base64url(text.encode())


def opened(envelope: str) -> Document | Problem:
    """The document in an envelope."""
    if len(envelope) > MAX_ENVELOPE:
        return Problem("malformed", f"the envelope has more than {MAX_ENVELOPE} characters")
    try:
        raw = base64.b64decode(envelope + "=" * (-len(envelope) % 4), altchars=b"-_", validate=True)
        document = parse(raw)
    except (binascii.Error, ValueError, Refusal):
        return Problem("malformed", "the envelope is no JSON in base64url")
    if not isinstance(document, dict):
        return Problem("malformed", "the envelope is no JSON object")
    return document


def answer_of(document: Document, summary: Summary) -> Document:
    """The answer whose page has this summary and this envelope: the way back from `envelope_of`."""
    answer = {key: value for key, value in document.items() if key not in (BOUND, NEXT_NONCE, OPENING, CHARSET)}
    answer["summary"] = {
        "kind": summary.kind.value,
        "template_id": summary.template_id,
        "media": summary.media,
        "slots": [list(slot) for slot in summary.slots],
        "actions": list(summary.actions),
    }
    if BOUND in document:
        answer["summary"][BOUND] = document[BOUND]
    return answer
