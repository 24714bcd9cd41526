"""How payments are measured: a new system is written, started, paid in, ended and audited.

At the end the books must agree, with a debit for each payment that a terminal was told of.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from payrelay.cli.bench_cryptography import InProcess, opened, operations
from payrelay.cli.bench_payments import RATE, SECURITY, Operation, Paid, Payments
from payrelay.cli.bench_terminals import Load, Terminal, at_once, at_rate
from payrelay.host.identifiers import fresh_identifier
from payrelay.host.listening import bound
from payrelay.host.records import SESSIONS
from payrelay.host.serving import Post
from payrelay.language.configurations import ConfigurationError
from payrelay.language.terms import Symbol
from payrelay.reference_impl.audit import audit
from payrelay.reference_impl.books import read_books
from payrelay.reference_impl.processes import running
from payrelay.reference_impl.sampling import profile_file
from payrelay.reference_impl.sending import Sending
from payrelay.reference_impl.servers import keyring_of
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings, variable_of
from payrelay.reference_impl.systems import PIN, Plan, storages_of, write_system
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError
from payrelay.wire import Keyring
from payrelay.wire.set_up import OpenSession, set_up_request

SECRET_BYTES = 64
PORTS = range(28_800, 60_000, 20)
"""Where a system may begin to listen."""


def measure(payments: Payments, seconds: float | None) -> Paid:
    """Write a system, have payments made in it, and hold its books against each other; all in so many seconds."""
    with tempfile.TemporaryDirectory(prefix="payrelay-payments-") as folder:
        plan = Plan(security=SECURITY, first_port=_first_port(len(Plan().ports)))
        files = write_system(Path(folder) / "system", plan, now=int(time.time()), random=os.urandom)
        environment = {**payments.environment, variable_of("profile", "taken"): "true"}
        settings = {file.stem: read_settings(file, {}) for file in files}
        try:
            return _measured(payments, settings, environment, seconds)
        except ConfigurationError as error:
            raise NotMeasuredError(str(error)) from None
        except TimeoutError:
            raise StoppedError(f"payments were stopped after {seconds:g} seconds") from None


def _first_port(number: int) -> int:
    """The first of so many ports in a row that nobody listens at."""
    for first in PORTS:
        try:
            for port in range(first, first + number):
                bound((Plan.host, port)).close()
        except ConfigurationError:
            continue
        return first
    raise NotMeasuredError(f"no {number} ports in a row are free on this machine")


def _measured(
    payments: Payments, settings: Mapping[str, Settings], environment: Mapping[str, str], seconds: float | None
) -> Paid:
    cryptography = _cryptography(settings)
    files = {name: one.source for name, one in settings.items()}
    with running(files, environment):
        tried, sustained, at_rate, processor = asyncio.run(_load(payments, settings, seconds))
    loads = (*tried.values(), sustained, at_rate)
    number, requests = sum(len(load.latencies) for load in loads), sum(load.requests for load in loads)
    with storages_of(files.values()) as storages:
        report = audit(read_books(storages))
        messages = sum(storage.next_number() - 1 for storage in storages.values())
    # Each terminal made one before anything was measured, and one was made in this process.
    warm = max(payments.numbers)
    by_servers, all_made = number + warm, number + warm + 1
    if report.findings or report.counts["debits"] != all_made:
        raise NotMeasuredError(f"the books do not agree with {all_made} payments: {report.findings or report.counts}")
    profiles = {name: json.loads(profile_file(file).read_text(encoding="utf-8")) for name, file in files.items()}
    return Paid(
        tried=tried,
        sustained=sustained,
        at_rate=at_rate,
        requests=requests / number,
        messages=messages / all_made,
        commits=(sum(one["commits"] for one in profiles.values()) - warm) / by_servers,  # but for the sessions
        processor={
            name: {phase: spent / by_servers for phase, spent in one["seconds"].items()}
            for name, one in profiles.items()
        },
        terminals=processor / number,
        waiting={name: one["commit_seconds"] / by_servers for name, one in profiles.items()},
        cryptography=cryptography,
    )


async def _load(
    payments: Payments, settings: Mapping[str, Settings], seconds: float | None
) -> tuple[dict[int, Load], Load, Load, float]:
    """Have payments made: by more and more terminals, by the number that did best, and at the rate."""
    post = Sending()
    try:
        async with asyncio.timeout(seconds):
            terminals = await _terminals(settings, post, max(payments.numbers))
            await asyncio.gather(*(terminal.pay() for terminal in terminals))  # warm-up: everything is loaded
            begun = time.process_time()
            tried = {number: await at_once(terminals[:number], payments.each_seconds) for number in payments.numbers}
            best = max(tried, key=lambda number: tried[number].rate)
            sustained = await at_once(terminals[:best], payments.seconds)
            steady = await at_rate(terminals, RATE, payments.seconds)
            return tried, sustained, steady, time.process_time() - begun
    finally:
        await post.close()


async def _terminals(settings: Mapping[str, Settings], post: Post, number: int) -> list[Terminal]:
    """So many terminals, each with a session of its own, of the user of the system."""
    relay, session = settings["relay"], _session(settings)
    urls = {"relay": str(relay.terminals.url) if relay.terminals else "", "shop": str(settings["shop"].server.url)}
    terminals = []
    for place in range(1, number + 1):
        opened = replace(session, session=Symbol("session", fresh_identifier(os.urandom)))
        terminal = _terminal(settings, f"terminal-{place}", opened, urls, post)
        request = set_up_request(opened, terminal.ring, "relay", relay.setup.token)
        answer = await post(str(relay.server.url) + request.target, request, None)
        if answer is None or answer.status != 204:
            raise NotMeasuredError("the relay did not open a session")
        terminals.append(terminal)
    return terminals


def _session(settings: Mapping[str, Settings]) -> OpenSession:
    """The session of the user of the system."""
    relay = settings["relay"]
    assert relay.relay is not None
    with storages_of([relay.source]) as storages:
        found = storages["relay"].record(SESSIONS, relay.relay.guest_session)
    assert isinstance(found, OpenSession)
    return found


def _terminal(
    settings: Mapping[str, Settings], name: str, session: OpenSession, urls: Mapping[str, str], post: Post
) -> Terminal:
    return Terminal(_ring(settings, name), session.session.name, PIN, urls, post, time.time, os.urandom)


def _ring(settings: Mapping[str, Settings], name: str) -> Keyring:
    """What a terminal reads and writes with: it knows whom to trust and to seal for, and has no keys."""
    shop = keyring_of(settings["shop"])
    return Keyring(
        party=name, security=SECURITY, roots=shop.roots, recipients=shop.recipients, secret=os.urandom(SECRET_BYTES)
    )


def _cryptography(settings: Mapping[str, Settings]) -> tuple[Operation, ...]:
    """What is signed and sealed in one payment, which is made in this process, before the servers start."""
    session = _session(settings)
    parties = opened(tuple(settings.values()))
    urls = {"relay": "relay", "shop": "shop"}

    def terminal(network: InProcess) -> Terminal:
        return _terminal(settings, "terminal-0", session, urls, network.post)

    try:
        return operations(parties, terminal)
    finally:
        for party in parties.values():
            party.close()
