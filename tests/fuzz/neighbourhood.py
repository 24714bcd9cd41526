"""A whole system at work, of which every message between servers is heard on its way, and users who pay in it.

A party by itself would be fuzzed in the first state of its machines alone. Here others are at work, too, and what is
fuzzed has names in it of runs that are under way.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import httpx2
from tests.fuzz.familiar import Familiar, said_in
from tests.host.town import DECISIONS, REGISTERING
from tests.ports import free_ports

from payrelay.host.client import Client
from payrelay.host.keyring_files import read_keyring
from payrelay.host.serving import Post
from payrelay.host.world import World
from payrelay.language.links import role_of
from payrelay.model.conversion import CAPABILITIES
from payrelay.reference_impl.processes import Processes
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import GOODS, PIN, Plan, write_system
from payrelay.reference_impl.terminals import (
    PURCHASE,
    REGISTRATION,
    Terminal,
    addresses_for_terminals,
    terminal_keyring,
)
from payrelay.wire.exchange import Request, Response
from payrelay.wire.keyring import Keyring

SERVER = "payrelay.reference_impl"
ENVIRONMENT = {
    "PAYRELAY_TIMERS_HOLD_TIME": "0.3",
    "PAYRELAY_TIMERS_RETRY_TIME": "5",
    **{f"PAYRELAY_TIMERS_{timer}_TIME": "1" for timer in ("SHOP", "OFFER", "WALLET", "AUTHORITY")},
}
"""A terminal is held for a moment only."""
MOST_DECISIONS = 12
"""Of a user, until another comes."""
PATIENCE = 5.0
"""For how many seconds of silence a user waits for an answer."""


@dataclass
class Neighbourhood:
    """A system, and what is known of it."""

    plan: Plan
    settings: Mapping[str, Settings]
    rings: Mapping[str, Keyring]
    familiar: Familiar
    processes: Processes
    random: Random

    def party_of(self, role: str) -> str:
        """The first of those who play a role."""
        return next(name for name in self.plan.parties if role_of(name) == role)

    @property
    def session(self) -> str:
        """The session of a user."""
        relay = self.settings["relay"].relay
        assert relay is not None
        return relay.guest_session

    def end(self) -> dict[str, str]:
        """End all parties; what those said that did not end as they should."""
        logs = {name: self.processes.settings[name].with_suffix(".log") for name in self.processes.running}
        codes = self.processes.end_all()
        told = {name: path.read_text(encoding="utf-8") for name, path in logs.items()}
        return {
            name: f"it ended with {codes[name]}: {text}"
            for name, text in told.items()
            if codes[name] != 0 or "Traceback" in text
        }


@contextmanager
def at_work(
    security: str,
    folder: Path,
    seed: int,
    *,
    alone: str = "",
    module: str = SERVER,
    environment: Mapping[str, str],
) -> Iterator[Neighbourhood]:
    """A new system at work, with users; or one party of it alone."""
    random = Random(f"{seed} {security}")
    familiar = Familiar(random)
    plan = Plan(security=security, wallets=2, first_port=free_ports(8))
    written = {path.stem: path for path in write_system(folder, plan, now=int(time.time()), random=os.urandom)}
    with ExitStack() as stack:
        heard = {name: stack.enter_context(_heard(name, plan.url(name), familiar)) for name in plan.parties}
        for path in written.values():
            start, peers, rest = path.read_text(encoding="utf-8").partition("[peers]")
            for name, url in heard.items():
                rest = rest.replace(json.dumps(plan.url(name)), json.dumps(url))
            path.write_text(start + peers + rest, encoding="utf-8")
        around = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **ENVIRONMENT, **environment}
        starting = {name: path for name, path in written.items() if alone in ("", name)}
        neighbourhood = Neighbourhood(
            plan,
            {name: read_settings(path, {}) for name, path in written.items()},
            {name: read_keyring(folder / f"{name}.keys.json") for name in plan.parties},
            familiar,
            Processes(starting, around, module=module),
            random,
        )
        familiar.keep("session", neighbourhood.session)
        familiar.keep("cart", *(name for name, _ in GOODS))
        stack.callback(neighbourhood.processes.end_all)
        for name in starting:
            neighbourhood.processes.start(name)
        if not alone:
            stack.enter_context(_users(neighbourhood))
        yield neighbourhood


class _Listening(ThreadingHTTPServer):
    """It does not mind who leaves in the middle."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def _heard(name: str, url: str, familiar: Familiar) -> Iterator[str]:
    """The URL at which what is sent to a party is heard, and passed on to it, if it is there."""
    client = httpx2.Client(trust_env=False, timeout=5)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            familiar.hear(said_in(body))
            status = 202
            with suppress(httpx2.HTTPError):
                sent = {"content-type": self.headers.get("content-type", "")}
                status = client.post(url + self.path, content=body, headers=sent).status_code
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with _Listening(("127.0.0.1", 0), Passing) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()
    client.close()


# --- users


@contextmanager
def _users(neighbourhood: Neighbourhood) -> Iterator[None]:
    """Users come one after the other, and pay or register, or leave in the middle."""
    is_over = threading.Event()

    async def come() -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while not is_over.is_set():
                await asyncio.sleep(0.5)
                await _visit(neighbourhood, Client(client))

    thread = threading.Thread(target=lambda: asyncio.run(come()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


async def _visit(neighbourhood: Neighbourhood, post: Post) -> None:
    """A user comes with a terminal, in order to pay or to be registered, and decides so many times."""
    familiar, random, settings = neighbourhood.familiar, neighbourhood.random, neighbourhood.settings

    async def heard(url: str, request: Request, seconds: float | None) -> Response | None:
        familiar.hear(said_in(request.body))
        answer = await post(url, request, seconds)
        if answer is not None:
            familiar.hear_answer(answer)
        return answer

    terminal = Terminal(
        terminal_keyring(neighbourhood.rings["relay"], f"terminal-{random.randrange(1, 4)}"),
        World(
            session=neighbourhood.session,
            user_auth=PIN,
            capabilities=CAPABILITIES[random.choice(sorted(CAPABILITIES))],
        ),
        addresses_for_terminals(settings["relay"], settings["shop"]),
        heard,
    )
    machine, decides = (REGISTRATION, REGISTERING) if random.randrange(4) == 0 else (PURCHASE, DECISIONS)
    async with terminal:
        left = random.randrange(1, MOST_DECISIONS)
        while left and (control := terminal.shows(machine)) != "done":
            if control in decides:
                stimulus, fields = decides[control]
                if "cart" in fields:
                    fields = {"cart": random.choice(GOODS)[0]}
                terminal.does(stimulus, machine, **fields)
                left -= 1
            if not await terminal.moved(PATIENCE):
                return
