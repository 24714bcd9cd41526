"""Timers: named periods that a role's rows wait for. Only the host measures time; a machine sees `Timeout(name)`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timer:
    """A named period in seconds. It starts when a machine enters a state whose rows name it, and stops on leaving."""

    name: str
    seconds: float
    meaning: str
