"""The workload `wire`: how long it takes to write and to read each message, at each level of security."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from payrelay.verification.bench.bars import Bar
from payrelay.verification.bench.measurements import rounded

NAME = "wire"
TIMES, ROWS = 5, 4
"""How often a message is written or read in a row, and how many such rows there are for each repetition that is asked
for; the least time of a row counts. Short rows: whatever else the machine does spoils fewer of them."""
MOST_MILLISECONDS = 0.5
READ, WRITE = "read", "write"


@dataclass(frozen=True)
class Wire:
    """The workload: a sample of every message."""

    name: str = NAME
    published: None = None
    """Nobody else writes these messages."""


@dataclass(frozen=True)
class WireTime:
    """How long it takes to read or to write a message, with all that is signed and sealed in it."""

    message: str
    security: str
    way: str
    seconds: float
    bytes: int

    def value(self) -> dict[str, Any]:
        """The measurement as plain data."""
        return {
            "workload": NAME,
            "tool": "payrelay",
            "message": self.message,
            "security": self.security,
            "states": None,
            "steps": None,
            "seconds": rounded(self.seconds),
            "steps_per_second": None,
            "bytes_per_state": None,
            "bytes": self.bytes,
            "quantity": f"time to {self.way}",
            "unit": "s",
            "value": rounded(self.seconds),
        }


def wire_times(repeat: int) -> Iterator[WireTime]:
    """Write and read a sample of every message. What its sender signs or seals in it is made anew each time."""
    from payrelay.model.data import SECURITIES
    from payrelay.wire import read, write
    from payrelay.wire.samples import NOW, Samples

    for security in SECURITIES:
        samples = Samples(security)
        for message in samples.messages():
            sender, receiver = samples.rings[message.sender], samples.rings[message.receiver]
            data = write(message, sender)

            def write_anew(message: Any = message, sender: Any = sender) -> None:
                sender.made.clear()
                write(message, sender)

            ways: dict[str, Callable[[], object]] = {
                WRITE: write_anew,
                READ: lambda data=data, receiver=receiver: read(data, receiver, NOW),  # type: ignore[misc]
            }
            for way, do in ways.items():
                yield WireTime(type(message).__name__, security, way, _least(do, repeat), len(data))


def _least(do: Callable[[], object], repeat: int) -> float:
    do()
    rows = []
    for _ in range(ROWS * repeat):
        begun = time.perf_counter()
        for _ in range(TIMES):
            do()
        rows.append(time.perf_counter() - begun)
    return min(rows) / TIMES


def wire_lines(measured: Sequence[WireTime]) -> Iterator[str]:
    """A line for each level of security, and each way."""
    if measured:
        yield NAME
    for security in dict.fromkeys(one.security for one in measured):
        for way in (WRITE, READ):
            of_level = [one for one in measured if (one.security, one.way) == (security, way)]
            if not of_level:
                continue
            slowest = max(of_level, key=lambda one: one.seconds)
            yield (
                f"  {security:<9} {way:<6} median {_milliseconds(median(one.seconds for one in of_level))},"
                f" slowest {_milliseconds(slowest.seconds)}: {slowest.message}, {slowest.bytes:,} bytes"
            )


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms"


def wire_bars(measured: Sequence[WireTime]) -> Iterator[Bar]:
    """What hardened messages may take."""
    for way in (WRITE, READ):
        hardened = [one for one in measured if (one.security, one.way) == ("hardened", way)]
        if hardened:
            slowest = max(hardened, key=lambda one: one.seconds)
            says = f"ms to {way} {slowest.message} hardened, the slowest"
            yield Bar(NAME, says, "at most", MOST_MILLISECONDS, slowest.seconds * 1e3, "ms")
