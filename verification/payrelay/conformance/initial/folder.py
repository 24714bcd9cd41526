"""The folder: a configuration with comments, keys of all parties under test roots of its own, and one page of what
is to be given. Whoever has the folder has every key in it: it is for tests alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.configuration import FILE, SERVERS
from payrelay.conformance.initial.configuration import KEYS, configuration_text
from payrelay.conformance.initial.given import TLS_ROOTS, Given
from payrelay.conformance.initial.page import PAGE, page_lines
from payrelay.conformance.initial.plan import HOST, TERMINAL, Plan
from payrelay.host.identifiers import fresh_identifier
from payrelay.host.keyring_files import write_keyring
from payrelay.host.tls_files import make_issuer, write_certificate, write_roots
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.identities import keyrings

BEFORE = 3600
"""How many seconds before now certificates begin to hold: clocks differ."""


def write_folder(folder: Path, plan: Plan, *, random: Callable[[int], bytes], now: int | None = None) -> None:
    """Write a new folder. Raises ConfigurationError if it cannot be."""
    plan.check()
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigurationError(f"{folder} is there already: name another folder, or remove it")
        folder.parent.mkdir(parents=True, exist_ok=True)
        beginning = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot make the folder: {error.strerror}") from None
    # It gets its name once it is whole.
    try:
        _write(beginning, plan, random, int(time.time()) if now is None else now)
        if folder.exists():
            folder.rmdir()
        beginning.rename(folder)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot write there: {error.strerror}") from None
    finally:
        rmtree(beginning, ignore_errors=True)


def _write(folder: Path, plan: Plan, random: Callable[[int], bytes], now: int) -> None:
    rings = keyrings((*SERVERS, TERMINAL, *BYSTANDERS.values()), random(32), now - BEFORE, security=plan.security)
    keys = folder / KEYS
    keys.mkdir(mode=0o700)
    for party, ring in rings.items():
        write_keyring(keys / f"{party}.keys.json", ring)
    if plan.tls:
        issuer = make_issuer(now - BEFORE)
        write_roots(keys / TLS_ROOTS, [issuer])
        for party in SERVERS:
            write_certificate(keys / f"{party}.tls.pem", party, [HOST, "localhost"], issuer, now - BEFORE)
    given = [Given(folder, party, plan) for party in plan.parties]
    for one in given:
        one.write(rings[one.name], keys)
    token = fresh_identifier(random)
    configuration = folder / FILE
    configuration.touch(mode=0o600)
    configuration.write_text(configuration_text(plan, token), encoding="utf-8")
    page = folder / PAGE
    page.touch(mode=0o600)
    page.write_text("\n".join(page_lines(plan, token, given)) + "\n", encoding="utf-8")
