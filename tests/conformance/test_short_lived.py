"""Listeners that stop: whoever has connected is told that it is over, at whatever moment of the stop that was."""

from __future__ import annotations

import asyncio
import gc
import socket
from typing import Any

import pytest

from payrelay.conformance.short_lived import ShortLived
from payrelay.host.listening import Listening, bound

HALF = b"POST / HTTP/1.1\r\nhost: it\r\ncontent-length: 9\r\n\r\nhalf"


async def waits(scope: Any, receive: Any, send: Any) -> None:
    """An application that waits for the rest of a request."""
    while (await receive())["more_body"]:
        pass


async def _stopped(listening: Listening, socket_: socket.socket, turns: int, sent: bytes) -> socket.socket:
    """A connection that is made so many turns of the loop before a listener begins to stop."""
    serving = asyncio.create_task(listening.serve(sockets=[socket_]))
    while not listening.started:
        await asyncio.sleep(0.01)
    stop = listening.shutdown
    came: list[socket.socket] = []

    async def stopping(sockets: list[socket.socket] | None = None) -> None:
        came.append(socket.create_connection(socket_.getsockname()))
        came[0].sendall(sent)
        for _ in range(turns):
            await asyncio.sleep(0)
        await stop(sockets)

    listening.shutdown = stopping  # type: ignore[method-assign]
    listening.should_exit = True
    await serving
    return came[0]


def is_left(listening: Listening, turns: int, sent: bytes) -> bool:
    """Whether nobody tells whoever has connected that it is over."""
    with bound(("127.0.0.1", 0)) as socket_, asyncio.run(_stopped(listening, socket_, turns, sent)) as came:
        came.settimeout(1)
        try:
            while came.recv(999):
                pass
        except TimeoutError:
            return True
        except ConnectionResetError:
            pass
        return False


@pytest.mark.parametrize(("turns", "sent"), [*((turns, b"") for turns in range(6)), (5, HALF)])
def test_no_connection_is_left_whenever_it_came(turns: int, sent: bytes) -> None:
    assert not is_left(ShortLived(waits, lifespan=False), turns, sent)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_connection_would_be_left_that_came_at_a_bad_moment() -> None:
    assert any(is_left(Listening(waits, lifespan=False, stop_seconds=1), turns, b"") for turns in range(4))
    gc.collect()  # That nobody has closed it is told here, not to another test.
