"""Messages as HTTP requests and responses, and back (docs/wire.md).

One message is one POST. Between terminal and relay or shop the response carries the answer, however long it takes;
everywhere else it is 202 with an empty body, given once the message is durable. What cannot be taken is a problem
(RFC 9457), which to the sender's machine is a lost message. Nothing here retries, deduplicates or keeps an answer.
"""

from __future__ import annotations

import json
from dataclasses import replace

from payrelay.language.messages import Message
from payrelay.model.links import TERMINAL_EDGE
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest
from payrelay.wire.endpoints import METHOD, PREFIX, Endpoint, endpoint_at, endpoint_of
from payrelay.wire.envelopes import HEADER, answer_of, envelope_of, opened
from payrelay.wire.exchange import FORM, JSON, Headers, Request, Response, header, media_type
from payrelay.wire.forms import request_of
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.keyring import Keyring
from payrelay.wire.messages import media_type as media_type_of
from payrelay.wire.messages import read, write
from payrelay.wire.pages import HTML_MEDIA, PLAIN_TEXT, page_in, page_of
from payrelay.wire.problem_documents import Problem, problem_in, problem_of
from payrelay.wire.problems import Malformed

COOKIE, HOST_COOKIE = "payrelay_session", "__Host-payrelay_session"
"""The cookie with a browser's session: at security plain, and over TLS."""

PAGE_HEADERS = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"),
)
"""What every page has: it is shown once, as it is, and in no other page."""

ACCEPTED = Response(202)
"""The message is durable. Nothing is said about what becomes of it."""


# --- requests


def to_request(message: Message, keyring: Keyring) -> Request:
    """The request that sends a message. Raises ValueError for one that is sent nowhere (an answer to a terminal)."""
    endpoint = endpoint_of(message)
    if endpoint is None:
        raise ValueError(f"{type(message).__name__} is no request from {message.sender} to {message.receiver}")
    media = media_type_of(message.sender, message.receiver, keyring.security)
    return Request(METHOD, endpoint.path, (("content-type", media),), write(message, keyring))


def from_request(request: Request, keyring: Keyring, now: int, peer: str | None = None) -> Message | Problem:
    """The message in a request to the party of this keyring, or why it is not taken.

    `peer` is whom the channel shows, where it is authenticated.
    """
    endpoint = endpoint_at(request.path)
    if endpoint is None or endpoint.receiver != keyring.role:
        return _nowhere(request.path)
    if request.method != METHOD:
        return Problem("method-not-allowed", f"expected {METHOD}", headers=(("allow", METHOD),))
    if len(request.body) > MOST_BYTES:
        return Problem("too-large", f"expected at most {MOST_BYTES} bytes")
    media, charset = media_type(request.headers)
    if media == FORM and endpoint.link == TERMINAL_EDGE.name:
        return _from_form(request, keyring, now, peer)
    expected = media_type_of(endpoint.sender, endpoint.receiver, keyring.security)
    if media != expected or charset != "utf-8":
        return Problem("unsupported-media-type", f"expected {expected} in UTF-8")
    found = read(request.body, keyring, now, peer)
    if isinstance(found, Malformed):
        return problem_of(found)
    return found if endpoint_of(found) is endpoint else _elsewhere(found, endpoint)


def _nowhere(path: str) -> Problem:
    _, _, after = path.partition("/payrelay/")
    version = after.partition("/")[0]
    if version[:1] == "v" and version[1:].isdecimal() and not path.startswith(f"{PREFIX}/"):
        return Problem("unsupported-version", f"no version {version}")
    return Problem("not-found", "no message is sent to this path here")


def _elsewhere(message: Message, endpoint: Endpoint) -> Problem:
    expected = f"the path is that of a {endpoint.message.__name__} from a {endpoint.sender}"
    return Problem(
        "malformed", f"{expected}, not of this {type(message).__name__}", "/message", reason="unknown_message"
    )


def _from_form(request: Request, keyring: Keyring, now: int, peer: str | None) -> Message | Problem:
    """What a browser posts. Its page's action says which message it is, whatever path the page was at."""
    session = session_in(request)
    if session is None:
        return Problem("unauthenticated", "a form needs the cookie of a session")
    document = request_of(request.body, session, keyring.security)
    if isinstance(document, Problem):
        return document
    found = read(_bytes(document), keyring, now, peer)
    if isinstance(found, Malformed):
        return problem_of(found)
    if not isinstance(found, TerminalRequest) or endpoint_of(found) is None:  # what a page asks, a terminal asks
        return Problem("malformed", "no page asks this", "/message", reason="unknown_message")
    return found


def cookies_in(request: Request, *names: str) -> set[str]:
    """The values of the cookies with these names. A pair that is no cookie of ours is passed over: some browsers send
    back the attributes of a cookie as cookies."""
    pairs = (pair.partition("=") for pair in (header(request.headers, "cookie") or "").split(";"))
    return {value.strip() for name, _, value in pairs if name.strip() in names}


def session_in(request: Request) -> str | None:
    """The session in a browser's cookie; None if it has none, or two."""
    found = cookies_in(request, HOST_COOKIE, COOKIE)
    return found.pop() if len(found) == 1 else None


def session_cookie(session: str, is_secure: bool) -> tuple[str, str]:
    """The header that gives a browser its session."""
    name, secure = (HOST_COOKIE, "; Secure") if is_secure else (COOKIE, "")
    return "set-cookie", f"{name}={session}; Path=/{secure}; HttpOnly; SameSite=Lax"


# --- responses


def to_response(
    answer: Message,
    keyring: Keyring,
    *,
    next_nonce: str = "",
    opening: TerminalRequest | None = None,
    charset: str = "utf-8",
) -> Response:
    """The response with an answer to a terminal: its page, as its summary's medium has it; else JSON.

    `next_nonce` is a fresh identifier, for the request that a browser makes from the page; `opening` the request that
    opened the procedure, for its `retry`; `charset` the terminal's.
    """
    body = write(answer, keyring)
    if not isinstance(answer, TerminalAnswer) or answer.summary.media == JSON:
        return Response(200, (("content-type", JSON), *PAGE_HEADERS[:2]), body)
    # Who asked is the request's own; it is written as its terminal would have written it.
    asked = json.loads(write(opening, replace(keyring, party=opening.sender))) if opening else None
    envelope = envelope_of(json.loads(body), next_nonce, asked, charset)
    media = answer.summary.media
    headers: Headers = (("content-type", f"{media}; charset={charset}"), *PAGE_HEADERS)
    if media == PLAIN_TEXT:
        headers = (*headers, (HEADER, envelope))
    return Response(200, headers, page_of(answer.summary, charset, envelope))


def from_response(response: Response, request: Request, keyring: Keyring, now: int) -> Message | Problem | None:
    """The answer in a response, or the problem; None if the message was taken, which is all there is to say."""
    if response.status == ACCEPTED.status:
        return None
    if response.status != 200:
        return problem_in(response)
    media, charset = media_type(response.headers)
    body: bytes | Problem = response.body
    if media in (*HTML_MEDIA, PLAIN_TEXT):
        body = answer_in_page(response, media, charset)
    elif media != JSON:
        return Problem("unsupported-media-type", "expected a page or JSON")
    if isinstance(body, Problem):
        return body
    found = read(body, keyring, now)
    if isinstance(found, Malformed):
        return problem_of(found)
    endpoint = endpoint_at(request.path)
    is_page_of_form = media_type(request.headers)[0] == FORM and isinstance(found, TerminalAnswer)
    if endpoint is None or not (type(found) in endpoint.answers or is_page_of_form):
        return Problem("malformed", "this is no answer to the request", "/message", reason="unknown_message")
    return found


def answer_in_page(response: Response, media: str, charset: str) -> bytes | Problem:
    """The JSON of the answer whose page a response has."""
    page = page_in(response.body, media, charset)
    if isinstance(page, Problem):
        return page
    envelope = header(response.headers, HEADER) if media == PLAIN_TEXT else page.envelope
    document = opened(envelope or "")
    return document if isinstance(document, Problem) else _bytes(answer_of(document, page.summary))


def _bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
