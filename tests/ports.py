"""Ports that nobody listens at."""

from __future__ import annotations

import os
import socket

FIRST, LAST = 10_000, 32_000
"""Below the ports that connections are given."""
STEP = 20
"""How many ports in a row may be wanted."""
SHARES = 4
"""Into so many parts the ports are divided, so that processes of tests that run side by side do not meet."""


def _share() -> int:
    """Which part is this process's: that of its number among those that run tests together, else any."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker[2:]) if worker[2:].isdecimal() else os.getpid()


def free_ports(number: int) -> int:
    """The first of so many ports in a row that nobody listens at."""
    size = (LAST - FIRST) // SHARES // STEP * STEP
    begins, ahead = FIRST + _share() % SHARES * size, os.getpid() * STEP
    for far in range(0, size, STEP):
        first = begins + (ahead + far) % size
        try:
            for port in range(first, first + number):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no ports are free")
