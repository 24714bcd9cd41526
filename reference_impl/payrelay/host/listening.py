"""Listening: applications at addresses, within a loop that belongs to whoever runs them."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn

from payrelay.host.tls import TlsProtocol
from payrelay.language.configurations import ConfigurationError

KEEP_SECONDS = 15
"""How long a connection is kept over which nothing comes: longer than those who send keep it."""
STOP_SECONDS = 5
"""How long a server that stops waits for what is under way."""


class Listening(uvicorn.Server):
    """A listener that leaves signals to the program that it is part of."""

    def __init__(
        self,
        application: Any,
        tls: ssl.SSLContext | None = None,
        *,
        lifespan: bool = True,
        stop_seconds: int = STOP_SECONDS,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=TlsProtocol if tls else "auto",
                ssl_context_factory=(lambda _configuration, _default: tls) if tls else None,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on" if lifespan else "off",
                timeout_keep_alive=KEEP_SECONDS,
                timeout_graceful_shutdown=stop_seconds,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


def bound(address: tuple[str, int]) -> socket.socket:
    """A socket that is bound to an address. Raises ConfigurationError, without a suggestion, if it cannot be."""
    host, port = address
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise ConfigurationError(f"cannot listen at {host}:{port}: {error.strerror}") from None
    return taken
