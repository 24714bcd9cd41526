"""Listeners that stop while the program goes on, and leave no connection behind."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

from payrelay.host.listening import Listening

STOP_SECONDS = 1


class ShortLived(Listening):
    """A listener that stops within moments, after which its loop may be closed."""

    def __init__(self, application: Any, tls: ssl.SSLContext | None = None, *, lifespan: bool = True) -> None:
        super().__init__(application, tls, lifespan=lifespan, stop_seconds=STOP_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and end what is not ended yet then.

        A server closes the connections that it knows. One that has been accepted is known two turns of the loop later
        only; if the server were closed meanwhile, asyncio would fail on it and forget it open.
        """
        loop = asyncio.get_running_loop()
        for one in sockets or []:
            loop.remove_reader(one)
        for _ in range(3):
            await asyncio.sleep(0)
        await super().shutdown(sockets)
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
