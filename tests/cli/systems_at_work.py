"""Systems at work, for terminals at the shell: every party a process, and what a terminal in this process says."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.host.test_canary import layers
from tests.ports import free_ports

from payrelay.host.client import Client
from payrelay.reference_impl.audit import audit
from payrelay.reference_impl.books import read_books
from payrelay.reference_impl.processes import Processes, running
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import PIN, Plan, storages_of, write_system
from payrelay.wire.exchange import Request, Response

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
COMMAND = [sys.executable, "-m", "payrelay.cli"]


@dataclass(frozen=True)
class System:
    """A system in a folder, and its processes, if any run."""

    folder: Path
    security: str
    processes: Processes

    def settings(self, party: str) -> Settings:
        """The settings of a party."""
        return read_settings(self.processes.settings[party], {})

    @property
    def session(self) -> str:
        """The session of its user."""
        relay = self.settings("relay").relay
        assert relay is not None
        return relay.guest_session

    @property
    def relay(self) -> str:
        """Where terminals find the relay."""
        terminals = self.settings("relay").terminals
        assert terminals is not None
        return str(terminals.url)

    @property
    def shop(self) -> str:
        """Where terminals find the shop."""
        return str(self.settings("shop").server.url)

    def debits(self) -> int:
        """How often money was taken, by books that agree; no party may run."""
        with storages_of(self.processes.settings.values(), at_rest=True) as storages:
            report = audit(read_books(storages))
        assert report.findings == ()
        return report.counts["debits"]


def written(
    folder: Path, *, security: str = "plain", wallets: int = 2, enrolled: int | None = None, tls: bool = False
) -> System:
    """A system that nobody has started."""
    plan = Plan(security=security, wallets=wallets, enrolled=enrolled, tls=tls, first_port=free_ports(wallets + 6))
    settings = {path.stem: path for path in write_system(folder, plan, now=int(time.time()), random=os.urandom)}
    return System(folder, security, Processes(settings, ENVIRONMENT))


@contextmanager
def at_work(
    system: System, *, without: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
) -> Iterator[System]:
    """A system whose parties run, but for some."""
    settings = {name: path for name, path in system.processes.settings.items() if name not in without}
    with running(settings, {**ENVIRONMENT, **(environment or {})}) as processes:
        processes.settings = system.processes.settings
        yield System(system.folder, system.security, processes)


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What the user types, in a pipe."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@dataclass
class Heard:
    """All that a terminal of this process sends and is answered."""

    urls: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    tampered: tuple[bytes, bytes] | None = None
    """What somebody on the way puts in place of what in every answer."""

    def servers(self) -> set[str]:
        """Whom it spoke with."""
        return {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in self.urls}

    def has_been_told(self, canary: str) -> bool:
        """Whether something came to the terminal, in clear or in any wrapping that can be read."""
        return _is_in(canary, self.answered)

    def has_said(self, canary: str) -> bool:
        """Whether something left the terminal so."""
        return _is_in(canary, self.sent)


def _is_in(canary: str, bodies: list[bytes]) -> bool:
    return any(canary.encode() in layer for body in bodies for layer in layers(body))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """What terminals of this test send and are answered."""
    heard, call = Heard(), Client.__call__

    async def recorded(self: Client, url: str, request: Request, seconds: float | None) -> Response | None:
        response = await call(self, url, request, seconds)
        heard.urls.append(url)
        heard.sent.append(request.body)
        if response is not None and heard.tampered:
            response = Response(response.status, response.headers, response.body.replace(*heard.tampered))
        if response is not None:
            heard.answered += [response.body, *(value.encode() for _, value in response.headers)]
        return response

    monkeypatch.setattr(Client, "__call__", recorded)
    return heard


@pytest.fixture
def word(monkeypatch: pytest.MonkeyPatch) -> str:
    """The word to pay with, in the environment."""
    monkeypatch.setenv("PAYRELAY_PIN", PIN)
    return PIN


@contextmanager
def answering(address: tuple[str, int], status: int, headers: Mapping[str, str], body: bytes) -> Iterator[None]:
    """A server that answers everything so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(address, Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
