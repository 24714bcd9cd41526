"""Ports that nobody listens at."""

from __future__ import annotations

import os
import socket


def free_ports(number: int) -> int:
    """The first of so many ports in a row that nobody listens at, below those that connections are given."""
    for first in range(10_000 + os.getpid() % 1_000 * 20, 32_000, 20):
        try:
            for port in range(first, first + number):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no ports are free")
