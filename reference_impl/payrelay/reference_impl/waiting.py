"""Waiting: a page that says that it takes longer asks again by itself, without a script.

A page without scripts can only be told to open an address after a while, and an address may have nothing in it that
others must not know. So what the inquiry needs is kept in a cookie, for this one tab's address and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request as Incoming
from starlette.responses import Response as Outgoing
from starlette.routing import BaseRoute, Route

from payrelay.host.serving import Serving
from payrelay.host.starlette_exchange import request_of, response_of
from payrelay.model.links import TERMINAL_EDGE
from payrelay.model.messages.terminal_edge import ProgressInquiry
from payrelay.wire.binding import cookies_in
from payrelay.wire.endpoints import METHOD, PREFIX, path_of
from payrelay.wire.envelopes import CHARSET, NEXT_NONCE, wrapped
from payrelay.wire.exchange import FORM, Request, Response
from payrelay.wire.problem_documents import Problem

PATH = f"{PREFIX}/{TERMINAL_EDGE.name}/waiting"
COOKIE = "payrelay_waiting"
INQUIRY = path_of(TERMINAL_EDGE.name, ProgressInquiry)
SECONDS = 3600
"""How long a tab may ask by itself."""
TERMINAL = re.compile(r"terminal-[A-Za-z0-9_-]{1,64}")
NEEDED = ("sender", "receiver", "handle", NEXT_NONCE, CHARSET)
"""What of an envelope an inquiry is made of."""


def waiting_path(held: Mapping[str, Any]) -> str:
    """Where the tab whose page has this envelope asks again; empty if it cannot."""
    terminal = held.get("receiver")
    is_whole = all(isinstance(held.get(name), str) for name in NEEDED)
    return f"{PATH}/{terminal}" if is_whole and TERMINAL.fullmatch(str(terminal)) else ""


def waiting_cookie(held: Mapping[str, Any], inquiry_token: str, is_secure: bool) -> tuple[str, str]:
    """The header by which a browser keeps what it asks with."""
    kept = f"{wrapped({name: held[name] for name in NEEDED})}.{inquiry_token}"
    secure = "; Secure" if is_secure else ""
    where = f"Path={waiting_path(held)}; Max-Age={SECONDS}"
    return "set-cookie", f"{COOKIE}={kept}; {where}{secure}; HttpOnly; SameSite=Lax"


def waiting_route(serving: Serving, dress: Callable[[Incoming, Response], Response]) -> BaseRoute:
    """Where a page asks again."""

    async def ask(incoming: Incoming) -> Outgoing:
        form = _form(incoming)
        if form is None:
            return response_of(dress(incoming, Problem("not-found", "nothing is waited for here").to_response()))
        cookie = incoming.headers.get("cookie", "")
        request = Request(METHOD, INQUIRY, (("content-type", FORM), ("cookie", cookie)), form)
        client = incoming.client.host if incoming.client else ""
        return response_of(dress(incoming, await serving.answer(request, from_where=client)))

    return Route(f"{PATH}/{{terminal}}", ask, methods=["GET"])


def _form(incoming: Incoming) -> bytes | None:
    """The form that the user would have sent by the page's button."""
    found = cookies_in(request_of(incoming), COOKIE)
    envelope, point, token = found.pop().partition(".") if len(found) == 1 else ("", "", "")
    if not point:
        return None
    return urlencode({"envelope": envelope, "action": "inquire", "inquiry_token": token}).encode()
