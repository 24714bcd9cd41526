"""Proxy: stands between two real implementations, passes on what they say, and records it as an HTTP archive.

Nothing is changed on the way but the discovery documents, in which the URLs of those who stand behind a proxy are the
proxy's: else whoever reads one would go past it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import ClientDisconnect
from starlette.requests import Request as Incoming
from starlette.types import Receive, Scope, Send

from payrelay.conformance.short_lived import ShortLived
from payrelay.conformance.switchboard import sending_of
from payrelay.host.client import MOST_ANSWER_BYTES, Client
from payrelay.host.listening import bound
from payrelay.host.starlette_exchange import body_of, request_of, response_of
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.discovery import PATH as DISCOVERY
from payrelay.wire.endpoints import endpoint_at
from payrelay.wire.exchange import Exchange, Headers, Request, Response
from payrelay.wire.har import archive_of

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "host", "content-length", "accept-encoding", "content-encoding", "date", "server"}
)
"""Headers that are of one connection, or are made anew for each (RFC 9110, 7.6.1)."""


@dataclass(frozen=True)
class Way:
    """Where a proxy listens, and for whom."""

    host: str
    port: int
    target: str
    """The URL of the party behind it."""

    @property
    def url(self) -> str:
        """The URL of the proxy."""
        return f"http://{self.host}:{self.port}"

    @classmethod
    def parse(cls, word: str) -> Way:
        """`9500=http://127.0.0.1:9000`, or `HOST:PORT=URL`. Raises ConfigurationError."""
        listen, _, target = word.partition("=")
        host, _, port = listen.rpartition(":")
        if not port.isdecimal() or not 0 < int(port) < 65536 or not target.startswith(("http://", "https://")):
            raise ConfigurationError(f"'{word}' is no way: write PORT=URL, such as 9500=http://127.0.0.1:9000")
        return cls(host or "127.0.0.1", int(port), target.rstrip("/"))


@dataclass
class Recording:
    """Proxies at work, and what they have seen."""

    ways: tuple[Way, ...]
    tell: Callable[[str], None] = lambda _line: None
    exchanges: list[Exchange] = field(default_factory=list)

    async def run(self, until: asyncio.Event, on_ready: Callable[[], None] = lambda: None) -> None:
        """Pass on what is said until the end is asked for. Raises ConfigurationError for a port that is taken."""
        taken = [bound((way.host, way.port)) for way in self.ways]
        client = Client(sending_of(None, {}, None))
        listening = [ShortLived(_Passing(self, way, client), lifespan=False) for way in self.ways]
        tasks = [asyncio.create_task(one.serve(sockets=[socket])) for one, socket in zip(listening, taken, strict=True)]
        while not all(one.started or one.should_exit for one in listening):
            await asyncio.sleep(0.01)
        on_ready()
        stopping = asyncio.create_task(until.wait())
        try:
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for one in listening:
                one.should_exit = True
            await asyncio.wait([*tasks, stopping])
            await client.close()

    def through_proxies(self, body: bytes) -> bytes:
        """A discovery document in which those behind a proxy are where it is."""
        try:
            document = json.loads(body)
        except ValueError:
            return body
        by_target = {way.target: way.url for way in self.ways}

        def replaced(value: object) -> object:
            if isinstance(value, dict):
                return {key: replaced(inner) for key, inner in value.items()}
            return by_target.get(value, value) if isinstance(value, str) else value

        return json.dumps(replaced(document), ensure_ascii=False, separators=(",", ":")).encode()

    def archive(self, version: str) -> str:
        """All that was said, as an HTTP archive."""
        return archive_of(self.exchanges, "payrelay conform record", version)

    def write(self, path: Path, version: str) -> None:
        """Write it to a file that only its owner can read: sessions stand in it."""
        path.touch(mode=0o600)
        path.write_text(self.archive(version), encoding="utf-8")


class _Passing:
    """Passes each request on, and each answer back."""

    def __init__(self, recording: Recording, way: Way, client: Client) -> None:
        self._recording, self._way, self._client = recording, way, client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(Incoming(scope, receive))
        except ClientDisconnect:
            return  # nobody is there to be answered
        await response_of(response)(scope, receive, send)

    async def _answer(self, incoming: Incoming) -> Response:
        body = await body_of(incoming, MOST_ANSWER_BYTES)
        if body is None:
            return Response(413)
        request = request_of(incoming, body)
        passed = Request(request.method, request.target, _kept(request.headers), body)
        started, begun = datetime.now(UTC), time.perf_counter()
        response = await self._client(f"{self._way.target}{request.target}", passed, None)
        seconds = time.perf_counter() - begun
        whole = Request(request.method, f"{self._way.target}{request.target}", request.headers, body)
        self._recording.exchanges.append(Exchange(whole, response, started.isoformat(), seconds))
        status = response.status if response else "no answer"
        named = endpoint_at(request.path)
        what = f"{named.sender} -> {named.receiver}  {named.message.__name__}" if named else request.target
        self._recording.tell(f"{started:%H:%M:%S}  {self._way.port}  {what}  {status}  {seconds * 1000:.0f} ms")
        if response is None:
            return Response(502)
        answered = response.body
        if request.path == DISCOVERY and response.status == 200:
            answered = self._recording.through_proxies(answered)
        return Response(response.status, _kept(response.headers), answered)


def _kept(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in HOP_BY_HOP)


def ways_of(words: Iterable[str]) -> tuple[Way, ...]:
    """Ways as they are written. Raises ConfigurationError."""
    found = tuple(map(Way.parse, words))
    ports = [(way.host, way.port) for way in found]
    if double := next((port for port in ports if ports.count(port) > 1), None):
        raise ConfigurationError(f"two ways begin at {double[0]}:{double[1]}; give each a port of its own")
    return found
