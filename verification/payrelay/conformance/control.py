"""Control: what an implementer puts around an ASGI application, so that a test can do what no message can.

Four calls, below a path of their own, which is there in tests only:

    GET  /__conform/capabilities     what can be done: {"schema_version": 1, "kind": "control", "calls": [...]}
    POST /__conform/advance_clock    {"seconds": 15}: the party's clock is so much later from now on, for its timers too
    POST /__conform/crash_restart    {"party": "relay"}: as if it were killed now and started again; answered once it
                                     takes requests
    POST /__conform/force            {"test": "...", "party": "terminal-1", "event": "user_pays", "fields": {...},
                                     "stands": {"session": "...", "order": {"shop": "...", "order": "..."}, ...}}: its
                                     user does this, for the test of this name. `stands` is what a terminal begins a
                                     test with: its session at the relay; the order to pay, if it stands already; and at
                                     security hardened `user_auth`, what its user proves to a wallet who it is with

Each is answered by 204 once it is done, by 409 if it cannot be done now, and by 404 if it cannot be done at all. With a
token, each needs it as `Authorization: Bearer`. This file needs nothing but Python:

    clock = MovableClock()                                  # in place of time.time, wherever timers are measured
    app = Controllable(app, clock=clock, crash_restart=restart)
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

PATH = "/__conform"
KIND, SCHEMA_VERSION = "control", 1
CALLS = ("advance_clock", "crash_restart", "force")
"""What can be done, beside telling which of these can be."""
MOST_BYTES = 65_536

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass
class MovableClock:
    """Tells seconds since 1970, and can be set forward."""

    source: Callable[[], float] = time.time
    offset: float = 0.0
    on_advance: list[Callable[[], None]] = field(default_factory=list)
    """Called when it was set forward: whoever sleeps until something is due looks at it again."""

    def __call__(self) -> float:
        return self.source() + self.offset

    def advance(self, seconds: float) -> None:
        """Set it forward."""
        self.offset += seconds
        for call in self.on_advance:
            call()


class Controllable:
    """An application that a test controls: as it was, but for the calls below a path of their own."""

    def __init__(
        self,
        app: Application,
        *,
        clock: MovableClock | None = None,
        crash_restart: Callable[[str], Awaitable[bool]] | None = None,
        force: Callable[[dict[str, Any]], Awaitable[bool]] | None = None,
        path: str = PATH,
        token: str = "",
    ) -> None:
        """`crash_restart` is told the party, and `force` all that came; each tells whether it could be done."""
        self.app, self.path, self.token = app, path.rstrip("/"), token
        self._clock, self._crash_restart, self._force = clock, crash_restart, force

    @property
    def calls(self) -> list[str]:
        """What can be done here."""
        there = (self._clock, self._crash_restart, self._force)
        return [name for name, how in zip(CALLS, there, strict=True) if how is not None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(f"{self.path}/"):
            await self.app(scope, receive, send)
            return
        call = path.removeprefix(f"{self.path}/")
        status, told = await self._answer(scope, receive, call)
        body = json.dumps(told).encode() if told else b""
        headers = [(b"content-type", b"application/json")] if told else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive, call: str) -> tuple[int, dict[str, Any] | None]:
        shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if self.token and not hmac.compare_digest(shown, f"Bearer {self.token}".encode()):
            return 401, {"detail": "expected the token of the test controller"}
        if call == "capabilities":
            return 200, {"schema_version": SCHEMA_VERSION, "kind": KIND, "calls": self.calls}
        if call not in self.calls:
            return 404, {"detail": f"cannot be done here; what can be: {', '.join(self.calls) or 'nothing'}"}
        if scope["method"] != "POST":
            return 405, {"detail": "expected POST"}
        asked = await _document(receive)
        if asked is None:
            return 400, {"detail": "expected one JSON object"}
        try:
            is_done = await self._do(call, asked)
        except (KeyError, TypeError, ValueError) as error:
            return 400, {"detail": f"{type(error).__name__}: {error}"}
        return (204, None) if is_done else (409, {"detail": "not now"})

    async def _do(self, call: str, asked: dict[str, Any]) -> bool:
        if call == "advance_clock" and self._clock is not None:
            seconds = float(asked["seconds"])
            if not 0 < seconds < 10**8:
                raise ValueError("seconds: expected a number above 0")
            self._clock.advance(seconds)
            return True
        if call == "crash_restart" and self._crash_restart is not None:
            return await self._crash_restart(str(asked["party"]))
        assert self._force is not None
        return await self._force(asked)


async def _document(receive: Receive) -> dict[str, Any] | None:
    """The JSON object of a body; None if it is none."""
    body = b""
    while True:
        part = await receive()
        if part["type"] != "http.request":
            return None
        body += part.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not part.get("more_body", False):
            break
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
