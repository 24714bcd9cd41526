"""The HTTP client of a party: one request, one attempt, no redirects; whatever goes wrong is a lost message."""

from __future__ import annotations

import asyncio

import httpx2

from payrelay.wire.exchange import Request, Response
from payrelay.wire.json_text import MOST_BYTES

MOST_ANSWER_BYTES = 4 * MOST_BYTES
"""A page with its envelope is less."""


class Client:
    """Sends requests over connections that it keeps."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def __call__(self, url: str, request: Request, seconds: float | None) -> Response | None:
        """What a request is answered by; None if nothing is, or it is no answer."""
        try:
            # The library's own time-out is for each part of an answer, of which there may be any number.
            async with (
                asyncio.timeout(seconds),
                self._client.stream(
                    request.method,
                    url,
                    headers=list(request.headers),
                    content=request.body,
                    timeout=None,
                    follow_redirects=False,
                ) as answered,
            ):
                body = b""
                async for part in answered.aiter_bytes():
                    body += part
                    if len(body) > MOST_ANSWER_BYTES:
                        return None
                return Response(answered.status_code, tuple(answered.headers.items()), body)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
            return None

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()
