"""Systems in which implementations by others play parties, beside those of the reference implementation."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
from tests.npm import HOUSE, needs_node
from tests.ports import free_ports

from payrelay.language.links import role_of
from payrelay.language.observations import event_from_line
from payrelay.reference_impl.audit import Report, audit
from payrelay.reference_impl.books import read_books
from payrelay.reference_impl.logs import merged_log
from payrelay.reference_impl.processes import END_SECONDS, Processes
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import (
    ORDER_OF_PARTIES,
    SETUP,
    TLS_ROOTS,
    Plan,
    read_requests,
    storages_of,
    write_system,
)
from payrelay.wire.discovery import PATH as WELL_KNOWN
from payrelay.wire.endpoints import every_link
from payrelay.wire.exchange import Request

QUICK = {"retry_time": 0.5, "hold_time": 1.0}
QUICK |= {"shop_time": 4.0, "offer_time": 3.0, "wallet_time": 4.0, "authority_time": 6.0, "http_time": 15.0}
"""Timers, in seconds, so that nobody waits for long: a terminal whose relay was killed waits for `http_time`."""
TIMERS = {f"PAYRELAY_TIMERS_{name.upper()}": str(seconds) for name, seconds in QUICK.items()}
"""The same, as environment of the reference implementation and of terminals."""
START_SECONDS = 20.0


@dataclass
class System:
    """A system in a folder, and those of its parties that run."""

    folder: Path
    plan: Plan
    code: Path
    """Where the sources of the implementations by others are, each in the folder of its role."""
    reference: Processes
    foreign: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def seen(self) -> dict[str, Path]:
        """The settings of the parties whose databases can be read, by name.

        Of a role that somebody else plays in part, all are left out: its books would not be whole.
        """
        unseen = {role_of(party) for party in self.plan.foreign}
        return {party: path for party, path in self.reference.settings.items() if role_of(party) not in unseen}

    # --- processes

    def start(self, party: str) -> None:
        """Start a party, and wait until it takes requests and what is to be set up there is."""
        if party not in self.plan.foreign:
            self.reference.start(party)
            return
        with (self.folder / f"{party}.log").open("ab") as told:
            self.foreign[party] = subprocess.Popen(
                [
                    needs_node(),
                    f"--import={(self.code / 'attached.mjs').as_uri()}",
                    str(self.code / role_of(party) / "server.mjs"),
                    str(self.folder / f"{party}.config.json"),
                ],
                stdin=subprocess.PIPE,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )
        with httpx2.Client(trust_env=False, timeout=5, verify=self._trusted()) as client:
            url = self._set_up_url(party, client)
            for request in read_requests(self.folder / f"{party}{SETUP}"):
                self._set_up(party, client, url, request)

    def _trusted(self) -> ssl.SSLContext | bool:
        return ssl.create_default_context(cafile=self.folder / TLS_ROOTS) if self.plan.tls else True

    def _set_up_url(self, party: str, client: httpx2.Client) -> str:
        """Where a party is set up, as its discovery document says, once it has one."""
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends and self.foreign[party].poll() is None:
            try:
                answer = client.get(self.plan.url(party) + WELL_KNOWN)
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code == 200:
                return str(answer.json()["setup"])
            time.sleep(0.05)
        raise AssertionError(f"{party} did not start; it said: {(self.folder / f'{party}.log').read_text()}")

    def _set_up(self, party: str, client: httpx2.Client, url: str, request: Request) -> None:
        ends = time.monotonic() + START_SECONDS
        while True:
            headers = dict(request.headers)
            answer = client.request(request.method, url + request.path, content=request.body, headers=headers)
            if answer.status_code != 503 or time.monotonic() > ends:
                break
            time.sleep(0.05)
        assert answer.status_code == 204, f"{party}, {request.path}: {answer.status_code} {answer.text}"

    def kill(self, party: str) -> None:
        """End a party at once, whatever it is doing."""
        if party not in self.plan.foreign:
            self.reference.kill(party)
            return
        process = self.foreign.pop(party)
        process.kill()
        process.communicate()

    def end_all(self) -> dict[str, int]:
        """Have all parties end cleanly; what each ended with."""
        ended = {}
        for party, process in self.foreign.items():
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=END_SECONDS)
            finally:
                process.kill()
                process.communicate()
            ended[party] = process.returncode
        self.foreign.clear()
        return {**ended, **self.reference.end_all()}

    # --- what has come of it

    def said(self) -> list[list[str]]:
        """The logs that can be read, as one for each run, in the order in which runs began.

        Where a relay that names no runs began one, as registrations, the events of it have no name; they are one run.
        """
        with storages_of(self.seen.values()) as storages:
            lines = merged_log(storages)
        found: dict[str, list[str]] = {}
        for line in lines:
            event = event_from_line(line)
            if event.link != "direct_edge":
                run = event.procedure or "alone"
                found.setdefault(run, []).append(event._replace(procedure=run).to_line())
        return list(found.values())

    def audited(self) -> Report:
        """What the books that can be read say of each other."""
        with storages_of(self.seen.values()) as storages:
            return audit(read_books(storages))

    def links(self) -> Iterator[str]:
        """What of each link is seen by the parties whose logs can be read, as `payrelay check-trace` takes it."""
        roles = {role_of(party) for party in self.seen}
        for link in every_link():
            # Nobody here asks the payment server, nor writes down what terminals do at shops.
            if link.name not in ("relay_payment", "direct_edge"):
                yield from (f"{link.name}@{role}" for role in link.ends if role in roles)


def written(folder: Path, code: Path, plan: Plan, **otherwise: Any) -> System:
    """A system in a new folder that nobody has started; what is `otherwise` stands in the configurations of those that
    others play."""
    settings = {path.stem: path for path in write_system(folder, plan, now=int(time.time()), random=os.urandom)}
    for party in plan.foreign:
        configuration = {**configuration_of(folder, plan, party, settings[party]), **otherwise}
        path = folder / f"{party}.config.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(configuration, indent=2) + "\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **TIMERS}
    return System(folder, plan, code, Processes(settings, environment))


def configuration_of(folder: Path, plan: Plan, party: str, settings: Path) -> dict[str, Any]:
    """What the implementations by others are told: both read the same."""
    keyring = json.loads((folder / f"{party}.keys.json").read_text(encoding="utf-8"))
    is_relay = role_of(party) == "relay"
    found = {
        "party": party,
        "security": plan.security,
        "listen": {"servers": plan.url(party), **({"terminals": plan.terminals_url} if is_relay else {})},
        "peers": {peer: plan.url(peer) for peer in plan.parties if peer != party},
        "setup_token": read_settings(settings, {}).setup.token,
        "brands": ["payrelay"],
        "openapi": str(HOUSE / "docs" / "openapi"),
        "timers": QUICK,
        "signing": keyring["signers"],
        "opening": keyring["openers"],
        "roots": keyring["roots"],
    }
    if plan.tls:
        pem, root = ((folder / name).read_text(encoding="utf-8") for name in (f"{party}.tls.pem", TLS_ROOTS))
        found["tls"] = {"key": pem, "certificate": pem, "roots": [root]}
        found["roots"] = {role: [root] for role in ORDER_OF_PARTIES}
    return found


@contextmanager
def at_work(system: System) -> Iterator[System]:
    """All parties, started and at last ended."""
    try:
        for party in system.reference.settings:
            system.start(party)
        yield system
    finally:
        system.end_all()


def plan_of(security: str, foreign: tuple[str, ...], *, tls: bool = False) -> Plan:
    """A system whose user is enrolled at two wallets of three, of which the second's account is declined. All parties
    of the `foreign` roles are played by others."""
    plan = Plan(
        security, wallets=3, enrolled=2, declined=("wallet-2",), doubted=("account",), tls=tls, first_port=free_ports(8)
    )
    parties = tuple(party for party in plan.parties if role_of(party) in foreign)
    return replace(plan, foreign=parties)
