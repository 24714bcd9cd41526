"""A whole system at work, of which every message between servers is heard on its way, and users who pay in it.

A party by itself would be fuzzed in the first state of its machines alone. Here others are at work, too, and what is
fuzzed has names in it of runs that are under way.
"""

from __future__ import annotations

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
from tests.host.town import DECISIONS, REGISTERING, made
from tests.ports import free_ports

from payrelay.host.identifiers import fresh_identifier
from payrelay.host.memory import MemoryStorage
from payrelay.host.party import Party, Step
from payrelay.host.world import World
from payrelay.language.links import role_of
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.reference_impl.keyring_files import read_keyring
from payrelay.reference_impl.processes import Processes
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import GOODS, PIN, Plan, write_system
from payrelay.wire.exchange import Response
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

    def come() -> None:
        with httpx2.Client(trust_env=False, timeout=5) as client:
            while not is_over.wait(0.5):
                with suppress(httpx2.HTTPError):
                    _User(neighbourhood, client).does(neighbourhood.random.randrange(1, MOST_DECISIONS))

    thread = threading.Thread(target=come, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


class _User:
    """A user with a terminal, who wants to pay or to be registered."""

    def __init__(self, neighbourhood: Neighbourhood, client: httpx2.Client) -> None:
        self.neighbourhood, self.client, self.random = neighbourhood, client, neighbourhood.random
        relay = neighbourhood.rings["relay"]
        known = {name: ring.openers[0].certificate for name, ring in neighbourhood.rings.items() if ring.openers}
        name = f"terminal-{self.random.randrange(1, 4)}"
        ring = Keyring(party=name, security=relay.security, roots=relay.roots, recipients=known, secret=os.urandom(64))
        self.capability = self.random.choice(sorted(CAPABILITIES))
        world = World(
            session=neighbourhood.session, user_auth=PIN, capabilities=CAPABILITIES[self.capability],
            wallets=neighbourhood.plan.wallet_names,
        )  # fmt: skip
        self.storage = MemoryStorage()
        self.party = Party(ring, self.storage, world=world, clock=time.time, random=os.urandom)
        self.registers = self.random.randrange(4) == 0

    def does(self, decisions: int) -> None:
        """Decide so many times."""
        for _ in range(decisions):
            control = self._control()
            if control == "done" or control not in (REGISTERING if self.registers else DECISIONS):
                return
            stimulus, fields = (REGISTERING if self.registers else DECISIONS)[control]
            if "cart" in fields:
                fields = {"cart": self.random.choice(GOODS)[0]}
            kind = "registration_nonce" if self.registers else "request_nonce"
            if control == "idle" and not self.registers:
                kind = "order_nonce"
            nonce = Symbol(kind, fresh_identifier(os.urandom))
            self._carry(self.party.do(made(stimulus, nonce, **fields)))

    def _control(self) -> str:
        machine = self.storage.machine("registration" if self.registers else "purchase")
        return machine.local.control if machine else "idle"

    def _carry(self, step: Step) -> None:
        for outgoing in step.sends:
            request, settings = outgoing.request, self.neighbourhood.settings[outgoing.receiver]
            self.neighbourhood.familiar.hear(said_in(request.body))
            url = f"{(settings.terminals or settings.server).url}{request.target}"
            got = self.client.post(url, content=request.body, headers=list(request.headers))
            answer = Response(got.status_code, tuple(got.headers.items()), got.content)
            self.neighbourhood.familiar.hear_answer(answer)
            self._carry(self.party.hear(answer, request))
