"""Between Starlette and the wire: a request as it came, and a response as it leaves."""

from __future__ import annotations

from starlette.requests import Request as Incoming
from starlette.responses import Response as Outgoing

from payrelay.wire.exchange import Request, Response


def request_of(incoming: Incoming, body: bytes = b"") -> Request:
    """A request as the wire has it."""
    path, query = incoming.scope["path"], incoming.scope["query_string"].decode("latin-1")
    return Request(incoming.method, f"{path}?{query}" if query else path, tuple(incoming.headers.items()), body)


async def body_of(incoming: Incoming, most: int) -> bytes | None:
    """The body, read no further than it may be long; None if it is longer."""
    parts: list[bytes] = []
    size = 0
    async for part in incoming.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def response_of(response: Response) -> Outgoing:
    """A response as Starlette sends it."""
    made = Outgoing(response.body, response.status)
    for name, value in response.headers:
        made.headers.append(name, value)
    return made
