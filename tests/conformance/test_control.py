"""The test controller: what is put around an application, and who asks it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from payrelay.conformance.control import Controllable, MovableClock, Receive, Scope, Send
from payrelay.conformance.controller import ControlError, Controller
from payrelay.host.listening import Listening, bound
from payrelay.language.terms import Symbol
from payrelay.model.messages.user import UserConfirms, UserOrders


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application of an implementer."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"as it was"})


async def nothing() -> None:
    """Nothing is to be done at the end."""


@contextmanager
def at_work(application: Any, end: Callable[[], Awaitable[None]] = nothing) -> Iterator[str]:
    """An application that is served; its URL. `end` is what it does at last, within its loop."""
    taken: socket.socket = bound(("127.0.0.1", 0))
    listening = Listening(application, lifespan=False, stop_seconds=1)

    async def serve() -> None:
        await listening.serve(sockets=[taken])
        await end()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        listening.should_exit = True
        thread.join(5)


def test_all_four_calls() -> None:
    crashed, forced = [], []

    async def crash(party: str) -> bool:
        crashed.append(party)
        return True

    async def force(asked: dict[str, Any]) -> bool:
        forced.append(asked)
        return bool(asked["event"] != "user_confirms")

    clock = MovableClock(lambda: 100.0)
    with at_work(Controllable(app, clock=clock, crash_restart=crash, force=force, token="t")) as url:
        controller = Controller(f"{url}/__conform", "t")
        assert controller.capabilities() == {"advance_clock", "crash_restart", "force"}
        assert controller.advance_clock(15)
        assert clock() == 115.0
        assert controller.crash_restart("relay")
        assert crashed == ["relay"]
        nonce = Symbol("order_nonce", "1")
        assert controller.force("t-1", "terminal-1", UserOrders(nonce=nonce, cart="a book"), {"session": "s"})
        assert not controller.force("t-1", "terminal-1", UserConfirms(nonce=nonce), {})
        told = {"test": "t-1", "party": "terminal-1", "event": "user_orders", "fields": {"cart": "a book"}}
        assert forced[0] == {**told, "stands": {"session": "s"}}
        controller.close()


def test_the_application_is_as_it_was() -> None:
    import httpx2

    with at_work(Controllable(app)) as url, httpx2.Client(trust_env=False) as asking:
        assert asking.get(f"{url}/anything").text == "as it was"
        assert asking.get(f"{url}/__conform/capabilities").json()["calls"] == []
        assert asking.post(f"{url}/__conform/advance_clock", json={"seconds": 1}).status_code == 404


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("advance_clock", b"{}", 400),
        ("advance_clock", b'{"seconds": -1}', 400),
        ("advance_clock", b"seconds", 400),
        ("advance_clock", b'{"seconds": 1}', 204),
        ("crash_restart", b'{"party": "relay"}', 404),
    ],
)
def test_invalid_calls_are_told(call: str, body: bytes, status: int) -> None:
    import httpx2

    with at_work(Controllable(app, clock=MovableClock())) as url, httpx2.Client(trust_env=False) as asking:
        assert asking.post(f"{url}/__conform/{call}", content=body).status_code == status


def test_invalid_controllers_are_one_line() -> None:
    with at_work(Controllable(app, token="t")) as url:
        for there, token in ((f"{url}/__conform", "wrong"), (f"{url}/nothing", ""), ("http://127.0.0.1:9", "")):
            controller = Controller(there, token)
            with pytest.raises(ControlError) as caught:
                controller.capabilities()
            controller.close()
            assert "\n" not in str(caught.value)
