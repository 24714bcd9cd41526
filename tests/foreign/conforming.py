"""Implementations by others as systems under test: a folder with all keys, and a configuration for the kit."""

from __future__ import annotations

import json
import os
import time
import tomllib
from pathlib import Path
from typing import Any

from tests.foreign.systems import QUICK, configuration_of
from tests.npm import needs_node
from tests.ports import free_ports

from payrelay.conformance.configuration import FIRST_SECTION, SERVERS, timers_of
from payrelay.host.world import PERIODS
from payrelay.language.links import role_of
from payrelay.reference_impl.systems import Plan, write_system


def write(folder: Path, code: Path, party: str, security: str, **otherwise: Any) -> Path:
    """Write a system, and the configuration with which the one of its parties that others made is started and tested.

    What is `otherwise` stands in the configuration of that party.
    """
    tls = security == "channel"
    plan = Plan(security, wallets=2, foreign=(party,), tls=tls, first_port=free_ports(8))
    system = folder / "system"
    settings = {path.stem: path for path in write_system(system, plan, now=int(time.time()), random=os.urandom)}
    token = tomllib.loads(settings[party].read_text(encoding="utf-8"))["setup"]["token"]
    told = folder / f"{party}.config.json"
    told.touch(mode=0o600)
    configuration = {**configuration_of(system, plan, party, settings[party]), **otherwise}
    told.write_text(json.dumps(configuration, indent=2) + "\n", encoding="utf-8")
    urls = {one: plan.url(one) for one in SERVERS if one != party}
    if party != "relay":
        urls[FIRST_SECTION] = plan.terminals_url
    lines = [
        "[sut]",
        f'role = "{party}"',
        f'security = "{security}"',
        f'url = "{plan.url(party)}"',
        "[sut.start]",
        f'command = ["{needs_node()}", "{code / role_of(party) / "server.mjs"}", "{told}"]',
        "[trust]",
        f'folder = "{system}"',
        "[data]",
        f'token = "{token}"',
        "[peers]",
        f'tls = "{"files" if tls else "off"}"',
        "[peers.urls]",
        *(f'{place} = "{url}"' for place, url in urls.items()),
        "[timers]",
        *(f"{timer} = {QUICK.get(timer, PERIODS[timer]):g}" for timer in timers_of(role_of(party))),
    ]
    path = folder / "conform.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
