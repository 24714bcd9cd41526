"""The tools that are measured: whether each is on this machine, and which version of it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from payrelay.verification import processes
from payrelay.verification.bench import rumur, spin, tlc
from payrelay.verification.engines.choice import has_fast_engine

SECONDS = 20.0
"""As long as a tool may take to say its version."""


@dataclass(frozen=True)
class Tool:
    """A tool, and how it is asked what it is."""

    missing: Callable[[], list[str]]
    """What it needs and is not on this machine, each with the package that has it."""
    version: Callable[[], str]


def _payrelay_missing() -> list[str]:
    return [] if has_fast_engine() else ["numba: pip install 'payrelay[fast]'"]


def _payrelay_version() -> str:
    try:
        return f"{installed('payrelay')}, numba {installed('numba')}"
    except PackageNotFoundError:
        return "not installed"


def _said(*command: str) -> str:
    try:
        return processes.run(command, tempfile.gettempdir(), SECONDS).said
    except (processes.TooLongError, OSError):
        return ""


def _number(said: str) -> str:
    found = re.search(r"[Vv]ersion v?([\w.-]+)", said)
    return found[1] if found else "unknown"


TOOLS = {
    "payrelay": Tool(_payrelay_missing, _payrelay_version),
    "spin": Tool(spin.missing, lambda: _number(_said("spin", "-V"))),
    "tlc": Tool(tlc.missing, lambda: _number(_said(*tlc.command("none")))),
    "rumur": Tool(rumur.missing, lambda: _number(_said("rumur", "--version"))),
}
"""By the name that `--tool` takes."""
