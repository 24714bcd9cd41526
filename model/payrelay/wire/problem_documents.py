"""Problems: why a request was not taken, as RFC 9457 has it. To the machines of the sender each is a lost message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from payrelay.wire.endpoints import VERSION
from payrelay.wire.exchange import PROBLEM, Headers, Response, header, media_type
from payrelay.wire.problems import REASONS, Malformed

BASE = "https://payrelay.example/problems/"
"""What the types begin with. They are names: nothing is to be fetched from there."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem."""

    name: str
    status: int
    title: str
    when: str
    """When a server answers so."""
    may_help: str
    """What the sender can do."""

    @property
    def uri(self) -> str:
        """Its name on the wire."""
        return BASE + self.name


_SAME = "nothing: the same request will be refused again"
_REPEAT = "its machine's own repeat of the same bytes"

TYPES: Mapping[str, ProblemType] = {
    one.name: one
    for one in (
        ProblemType(
            "malformed",
            400,
            "The body is no such message",
            "the body is no JSON, or not the message that the path names; `reason` says why, `pointer` where",
            _SAME,
        ),
        ProblemType(
            "unauthenticated",
            401,
            "It is not known who asks",
            "a request that needs a session has none that is known, or a server shows no certificate",
            "a terminal logs in again; a server shows its certificate",
        ),
        ProblemType(
            "forbidden",
            403,
            "Not from this party",
            "the message names another sender than the channel has, or the sender may not use this link",
            _SAME,
        ),
        ProblemType(
            "wrong-inquiry-token",
            403,
            "Not the token of this procedure",
            "a ProgressInquiry comes without the token given for its handle; nothing is said about the payment",
            "a ProcedureRequest for the same order, which gets the current page",
        ),
        ProblemType("not-found", 404, "No such endpoint", "the path is none of this role's", _SAME),
        ProblemType(
            "unsupported-version",
            404,
            "No such version",
            "the path names a version that this server does not speak; `versions` lists those that it does",
            "a version of the list",
        ),
        ProblemType(
            "method-not-allowed", 405, "Not this method", "the method is not the endpoint's; `Allow` names it", _SAME
        ),
        ProblemType(
            "protocol-error",
            409,
            "Not in this state",
            "the machine that it belongs to has no row for it and does not pass it over; its state is unchanged",
            _SAME,
        ),
        ProblemType(
            "superseded",
            409,
            "A newer request took its place",
            "the terminal made another request while this one was held; the newer one gets the page",
            "nothing: the answer comes on the newer request",
        ),
        ProblemType(
            "too-large",
            413,
            "Too large",
            "the body has more bytes than the discovery document's `limits.max_body`, or what it would have the"
            " receiver send has more than 65,536",
            _SAME,
        ),
        ProblemType(
            "unsupported-media-type",
            415,
            "Not this media type",
            "the body is not of the endpoint's media type, or in another charset than UTF-8",
            _SAME,
        ),
        ProblemType(
            "misdirected",
            421,
            "Not this party",
            "the message names another receiver than the party that serves this endpoint",
            "the address in the receiver's own discovery document",
        ),
        ProblemType(
            "slow-down",
            429,
            "Too many requests",
            "requests come faster than the server takes them, or inquiries faster than the page's `wait_hint`;"
            " `Retry-After` says when",
            _REPEAT,
        ),
        ProblemType(
            "internal-error", 500, "A fault of this server", "anything unforeseen; no detail is given", _REPEAT
        ),
        ProblemType(
            "unavailable",
            503,
            "Not now",
            "the message cannot be made durable, or the server is starting or stopping; `Retry-After` may say when",
            _REPEAT,
        ),
    )
}
"""Every kind of problem, by its name."""


OTHERWISE: Mapping[str, str] = {
    "too_large": "too-large",
    "not_signed": "unauthenticated",
    "bad_signature": "forbidden",
    "wrong_sender": "forbidden",
    "wrong_receiver": "misdirected",
}
"""The kind of problem for a reason to refuse bytes; for every other it is `malformed`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem."""

    name: str
    """One of `TYPES`; another party may have others."""
    detail: str = ""
    pointer: str = ""
    """Where in the body: a JSON pointer (RFC 6901)."""
    status: int = 0
    """As another party gave it, for a problem that is not of `TYPES`."""
    headers: Headers = ()
    """What the response has beside its body (`Allow`, `Retry-After`)."""
    reason: str = ""
    """Why bytes are no message: one of `payrelay.wire.REASONS`."""

    @property
    def kind(self) -> ProblemType:
        """What it is an instance of. Raises KeyError for a problem of another party's own."""
        return TYPES[self.name]

    def to_response(self) -> Response:
        """The response that says so."""
        kind = self.kind
        document: dict[str, object] = {"type": kind.uri, "title": kind.title, "status": kind.status}
        if self.detail:
            document["detail"] = self.detail
        if self.reason:
            document["reason"] = self.reason
        if self.pointer:
            document["pointer"] = self.pointer
        if self.name == "unsupported-version":
            document["versions"] = [VERSION]
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return Response(kind.status, (("content-type", PROBLEM), ("cache-control", "no-store"), *self.headers), body)


def problem_of(malformed: Malformed) -> Problem:
    """Why bytes are no message, as the problem that their sender is told."""
    name = OTHERWISE.get(malformed.reason, "malformed")
    detail = REASONS[malformed.reason] + (f" ({malformed.detail})" if malformed.detail else "")
    return Problem(name, detail, malformed.pointer, reason=malformed.reason)


def problem_in(response: Response) -> Problem:
    """The problem that a response with an error status tells of, whoever made it."""
    kept = tuple((name, value) for name, value in response.headers if name.lower() in {"allow", "retry-after"})
    document: object = None
    if media_type(response.headers)[0] == PROBLEM:
        try:
            document = json.loads(response.body)
        except (ValueError, RecursionError):
            document = None
    if not isinstance(document, dict):
        return Problem("", f"status {response.status}", status=response.status, headers=kept)
    uri, detail, pointer, reason = (document.get(key) for key in ("type", "detail", "pointer", "reason"))
    name = uri.removeprefix(BASE) if isinstance(uri, str) else ""
    known = TYPES.get(name)
    return Problem(
        name if known else str(uri or ""),
        detail if isinstance(detail, str) else "",
        pointer if isinstance(pointer, str) else "",
        0 if known and known.status == response.status else response.status,
        kept,
        reason if isinstance(reason, str) else "",
    )


def retry_after(problem: Problem) -> int | None:
    """The seconds that the other side asks to wait; None if it does not say."""
    value = header(problem.headers, "retry-after")
    return int(value) if value and value.isascii() and value.isdigit() else None
