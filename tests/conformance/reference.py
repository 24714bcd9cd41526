"""A party of the reference system as the system under test: a folder with all keys, and a configuration for the kit."""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.ports import free_ports

from payrelay.conformance.configuration import FIRST_SECTION, SERVERS, timers_of
from payrelay.host.world import PERIODS
from payrelay.language.links import role_of
from payrelay.reference_impl.systems import Plan, write_system

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def write(
    folder: Path, party: str, plan: Plan | None = None, periods: Mapping[str, float] | None = None, *others: str
) -> Path:
    """Write a system, and the configuration with which one of its parties, or several, are started and tested."""
    plan, tested = plan or Plan(), (party, *others)
    system = folder / "system"
    write_system(system, Plan(**{**vars(plan), "first_port": free_ports(8)}), now=int(time.time()), random=os.urandom)
    settings = {one: tomllib.loads((system / f"{one}.toml").read_text(encoding="utf-8")) for one in SERVERS}
    urls = {one: settings[one]["server"]["url"] for one in SERVERS}
    peers = {one: url for one, url in urls.items() if one not in tested}
    if "relay" not in tested:
        peers[FIRST_SECTION] = settings["relay"]["terminals"]["url"]
    timers = {timer: (periods or {}).get(timer, PERIODS[timer]) for one in tested for timer in timers_of(role_of(one))}
    token = settings[party]["setup"]["token"]
    replaced = {f"PAYRELAY_TIMERS_{timer}".upper(): f"{seconds:g}" for timer, seconds in (periods or {}).items()}
    environment = {"PYTHONPATH": ENVIRONMENT["PYTHONPATH"], "PAYRELAY_SETUP_TOKEN": token, **replaced}
    starts = [f"{sys.executable} -m payrelay.reference_impl {system / one}.toml" for one in tested]
    lines = [
        "[sut]",
        f"roles = {json.dumps(tested)}",
        f'security = "{plan.security}"',
        "[sut.urls]",
        *(f'{one} = "{urls[one]}"' for one in tested),
        "[sut.start]",
        f"command = {json.dumps(starts[0].split() if len(starts) == 1 else ['sh', '-c', _at_once(starts)])}",
        "[sut.start.environment]",
        *(f'{name} = "{value}"' for name, value in environment.items()),
        "[trust]",
        f'folder = "{system}"',
        "[data]",
        f'token = "{token}"',
        "[peers]",
        f'tls = "{"files" if plan.tls else "off"}"',
        "[peers.urls]",
        *(f'{place} = "{url}"' for place, url in peers.items()),
        "[timers]",
        *(f"{timer} = {seconds:g}" for timer, seconds in timers.items()),
    ]
    path = folder / "conform.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _at_once(commands: Sequence[str]) -> str:
    """Several commands at a time, which end together."""
    return f"trap 'trap - TERM; kill 0' TERM; {' & '.join(commands)} & wait"
