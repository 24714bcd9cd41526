"""The HTTP application of a party, for any ASGI server: one for each listener.

A relay has two communicating sections (claims 1, 4, 8): terminals speak to the first, servers to the second. Each can
have a listener of its own, which takes the messages of its links and no others.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as Incoming
from starlette.responses import Response as Outgoing
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from payrelay.host.limits import Limits
from payrelay.host.serving import Condition
from payrelay.host.starlette_exchange import body_of, request_of, response_of
from payrelay.language.links import role_of
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.discovery import Discovery, keys_of, links_served
from payrelay.wire.endpoints import endpoint_at, every_link
from payrelay.wire.exchange import Request, Response, header
from payrelay.wire.keyring import Keyring
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import set_up_at

HEALTH = "/health"


class Named(Protocol):
    """Who a party is."""

    @property
    def name(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def keyring(self) -> Keyring: ...


class Served(Protocol):
    """What answers the requests that a party is sent."""

    @property
    def party(self) -> Named: ...
    @property
    def condition(self) -> Condition: ...
    @property
    def limits(self) -> Limits: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def answer(self, request: Request, peer: str | None = None, from_where: str = "") -> Response: ...
    def set_up(self, request: Request) -> Problem | None: ...


def nobody(_request: Incoming) -> str | None:
    """Whom a channel shows that is not authenticated."""
    return None


def as_it_is(_request: Incoming, response: Response) -> Response:
    """An answer as the party gave it."""
    return response


@dataclass(frozen=True)
class Listener:
    """Where a party listens, and for what."""

    links: frozenset[str]
    """The links whose messages are taken here."""
    peer: Callable[[Incoming], str | None] = nobody
    """Whom the channel of a request shows, where it is authenticated."""
    is_mutual: bool = False
    """Whether whoever sends as a server must be shown by the channel (W-SEC-01)."""
    set_up_token: str = ""
    """What the set-up interface is opened by; it is off without one."""
    set_up_url: str | None = None
    """What the discovery document says: where the set-up interface is, if it is on, here or elsewhere."""
    base_urls: Mapping[str, str] = field(default_factory=dict)
    """What the discovery document says: the URL of each link that the party serves, here or elsewhere."""
    routes: Sequence[BaseRoute] = ()
    """What else is there: pages of a shop, the page that a browser begins at."""
    dress: Callable[[Incoming, Response], Response] = as_it_is
    """How an answer looks to whoever asked: the same page, made for people."""


def every_link_of(party: str) -> frozenset[str]:
    """All links on which a party takes messages: for a party with one listener."""
    return frozenset(links_served(role_of(party)))


def links_of_section(party: str, section: str) -> frozenset[str]:
    """The links of one communicating section of a party."""
    return frozenset(link.name for link in every_link() if link.section == section) & every_link_of(party)


def application(serving: Served, listener: Listener, *, leads: bool = True) -> Starlette:
    """The application of one listener. One of a party's listeners leads: with it the party starts and stops."""

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        if leads:
            await serving.start()
        yield
        if leads:
            await serving.stop()

    async def fault(_incoming: Incoming, _error: Exception) -> Outgoing:
        return response_of(Problem("internal-error").to_response())

    return Starlette(
        routes=[*listener.routes, Route("/{path:path}", _Everything(serving, listener))],
        lifespan=lifespan,
        exception_handlers={Exception: fault},
    )


class _Everything:
    """Answers every request that no page has been made for, whatever its method."""

    def __init__(self, serving: Served, listener: Listener) -> None:
        self._serving, self._listener = serving, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            incoming = Incoming(scope, receive)
            response = await _answer(self._serving, self._listener, incoming)
        except ClientDisconnect:
            return  # nobody is there to be answered
        await response_of(self._listener.dress(incoming, response))(scope, receive, send)


async def _answer(serving: Served, listener: Listener, incoming: Incoming) -> Response:
    path: str = incoming.scope["path"]
    if path in (HEALTH, DISCOVERY):
        if incoming.method not in ("GET", "HEAD"):
            return Problem("method-not-allowed", "expected GET", headers=(("allow", "GET, HEAD"),)).to_response()
        return _health(serving) if path == HEALTH else _discovery(serving, listener)
    most = serving.limits.most_bytes
    body = await body_of(incoming, most)
    if body is None:
        return Problem("too-large", f"expected at most {most} bytes").to_response()
    request = request_of(incoming, body)
    if set_up_at(path) is not None:
        return _set_up(serving, listener, request)
    endpoint = endpoint_at(path)
    if endpoint is not None and endpoint.link not in listener.links:
        return Problem("not-found", "no message is sent to this path here").to_response()
    if endpoint is None and (others := _other_methods(listener, incoming)):
        problem = Problem("method-not-allowed", f"expected {others}", headers=(("allow", others),))
        return problem.to_response()
    client = incoming.client.host if incoming.client else ""
    peer = listener.peer(incoming)
    if listener.is_mutual and endpoint is not None and endpoint.sender != "terminal" and peer is None:
        return Problem("unauthenticated", "expected the certificate of a server").to_response()
    return await serving.answer(request, peer, client)


def _other_methods(listener: Listener, incoming: Incoming) -> str:
    """The methods of a page at this path, as `Allow` has them, if the request has another."""
    pages = (page for page in listener.routes if page.matches(incoming.scope)[0] is Match.PARTIAL)
    return ", ".join(sorted({method for page in pages for method in getattr(page, "methods", None) or ()}))


def _health(serving: Served) -> Response:
    ready = serving.condition is Condition.READY
    told = {"party": serving.party.name, "status": serving.condition.value}
    if serving.party.variant:
        told["variant"] = serving.party.variant
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    return Response(200 if ready else 503, headers, json.dumps(told).encode())


def _discovery(serving: Served, listener: Listener) -> Response:
    keyring = serving.party.keyring
    limits = {"max_body": serving.limits.most_bytes}
    party, urls = serving.party.name, listener.base_urls
    return Discovery(party, urls, keyring.security, keys_of(keyring), limits, listener.set_up_url).to_response()


def _set_up(serving: Served, listener: Listener, request: Request) -> Response:
    if not listener.set_up_token:
        return Problem("not-found", "nothing is set up here").to_response()
    shown = header(request.headers, "authorization") or ""
    if not hmac.compare_digest(shown.encode(), f"Bearer {listener.set_up_token}".encode()):
        return Problem("unauthenticated", "expected the operator's token").to_response()
    if request.method != "POST":
        return Problem("method-not-allowed", "expected POST", headers=(("allow", "POST"),)).to_response()
    problem = serving.set_up(request)
    return Response(204) if problem is None else problem.to_response()
