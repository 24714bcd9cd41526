"""Exit codes: the same for every command."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    ESTABLISHED = 0
    VIOLATED = 1
    USAGE = 2
    UNREACHABLE = 3
    INCONCLUSIVE = 4
    FAULT = 5
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.ESTABLISHED: "established; or conforms",
    ExitCode.VIOLATED: "a property is violated; a faulty variant survived; or a payment or registration was not made",
    ExitCode.USAGE: "wrong usage, a configuration that cannot be had, an ill-formed model, or a missing package",
    ExitCode.UNREACHABLE: "the system under test cannot be reached, or a relay or shop",
    ExitCode.INCONCLUSIVE: "inconclusive (a bound or a limit stopped a search), vacuous, nothing was checked, or how a "
    "payment ended is not known yet",
    ExitCode.FAULT: "a fault of payrelay itself",
    ExitCode.INTERRUPTED: "interrupted; what was known was printed",
}

PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.UNREACHABLE,
    ExitCode.VIOLATED,
    ExitCode.FAULT,
    ExitCode.INCONCLUSIVE,
    ExitCode.ESTABLISHED,
)
"""Which code wins if several are due."""


def together(codes: Iterable[ExitCode]) -> ExitCode:
    """The one code for all that happened."""
    return min(codes, key=PRECEDENCE.index, default=ExitCode.ESTABLISHED)
