"""A party of the reference system as the system under test: a folder with all keys, and a configuration for the kit."""

from __future__ import annotations

import os
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.ports import free_ports

from payrelay.conformance.configuration import FIRST_SECTION, SERVERS, timers_of
from payrelay.host.world import PERIODS
from payrelay.language.links import role_of
from payrelay.reference_impl.systems import Plan, write_system

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def write(folder: Path, party: str, plan: Plan | None = None, periods: Mapping[str, float] | None = None) -> Path:
    """Write a system, and the configuration with which one of its parties is started and tested."""
    plan = plan or Plan()
    system = folder / "system"
    write_system(system, Plan(**{**vars(plan), "first_port": free_ports(8)}), now=int(time.time()), random=os.urandom)
    settings = {one: tomllib.loads((system / f"{one}.toml").read_text(encoding="utf-8")) for one in SERVERS}
    urls = {one: settings[one]["server"]["url"] for one in SERVERS if one != party}
    if party != "relay":
        urls[FIRST_SECTION] = settings["relay"]["terminals"]["url"]
    timers = {timer: (periods or {}).get(timer, PERIODS[timer]) for timer in timers_of(role_of(party))}
    replaced = {f"PAYRELAY_TIMERS_{timer}".upper(): f"{seconds:g}" for timer, seconds in (periods or {}).items()}
    environment = {"PYTHONPATH": ENVIRONMENT["PYTHONPATH"], **replaced}
    lines = [
        "[sut]",
        f'role = "{party}"',
        f'security = "{plan.security}"',
        f'url = "{settings[party]["server"]["url"]}"',
        "[sut.start]",
        f'command = ["{sys.executable}", "-m", "payrelay.reference_impl", "{system / party}.toml"]',
        "[sut.start.environment]",
        *(f'{name} = "{value}"' for name, value in environment.items()),
        "[trust]",
        f'folder = "{system}"',
        "[data]",
        f'token = "{settings[party]["setup"]["token"]}"',
        "[peers]",
        f'tls = "{"files" if plan.tls else "off"}"',
        "[peers.urls]",
        *(f'{place} = "{url}"' for place, url in urls.items()),
        "[timers]",
        *(f"{timer} = {seconds:g}" for timer, seconds in timers.items()),
    ]
    path = folder / "conform.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
