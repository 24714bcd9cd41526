"""The workload `payments`: whole payments by many terminals, through the servers of the reference system.

Every party is a process with a database of its own, hardened and as durable as it is everywhere; all on this machine,
and the terminals, too. Here stands what is measured and what is said of it; how, in `payrelay.cli.bench_paying`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from payrelay.cli.bench_terminals import CAPABILITY, Load
from payrelay.verification.bench.bars import OURS, Bar
from payrelay.verification.bench.measurements import rounded

NAME = "payments"
SECURITY = "hardened"
PAYMENTS_PER_SECOND, RATE, MOST_SECONDS = 20.0, 10.0, 0.5
"""How many payments a second are to be sustained; and, where so many begin a second, in how many seconds 99 of 100 are
to be made."""


@dataclass(frozen=True)
class Payments:
    """The workload."""

    name: str = NAME
    published: None = None
    numbers: tuple[int, ...] = (2, 4, 8, 16, 32)
    """So many terminals at once are tried."""
    each_seconds: float = 5.0
    """For how long each."""
    seconds: float = 20.0
    """For how long payments are made by the number of terminals that did best, and then at the rate."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    """Of the servers."""


@dataclass(frozen=True)
class Operation:
    """One kind of operation of cryptography."""

    name: str
    number: int
    """How often in one payment, by all parties together."""
    seconds: float
    """What one takes."""


@dataclass(frozen=True)
class Paid:
    """What was found of payments."""

    tried: Mapping[int, Load]
    """By the number of terminals."""
    sustained: Load
    at_rate: Load
    requests: float
    """Of a terminal, for one payment."""
    messages: float
    """Between servers, for one payment."""
    commits: float
    """Transactions, for one payment."""
    processor: Mapping[str, Mapping[str, float]]
    """Seconds of processor time for one payment: by party, and by what for."""
    terminals: float
    """The same, of the process with the terminals."""
    waiting: Mapping[str, float]
    """Seconds that each party waits for its disk, for one payment."""
    cryptography: tuple[Operation, ...]

    @property
    def best(self) -> int:
        """The number of terminals that paid the most."""
        return max(self.tried, key=lambda number: self.tried[number].rate)

    @property
    def most(self) -> float:
        """The most payments a second."""
        return max(self.sustained.rate, self.tried[self.best].rate)

    @property
    def seconds(self) -> float:
        """Processor time of one payment, in all processes."""
        return self.terminals + sum(sum(phases.values()) for phases in self.processor.values())

    @property
    def least(self) -> float:
        """Processor time of one payment that is cryptography."""
        return sum(one.number * one.seconds for one in self.cryptography)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What was to be reached."""
        says = "payments a second sustained, hardened"
        late = f"ms in which 99 of 100 payments are made, at {RATE:g} a second, hardened"
        return (
            Bar(NAME, says, "at least", PAYMENTS_PER_SECOND, self.sustained.rate, "payments/s"),
            Bar(NAME, late, "at most", MOST_SECONDS * 1e3, self.at_rate.latency(0.99) * 1e3, "ms"),
        )

    def values(self) -> Iterator[dict[str, Any]]:
        """The measurements as plain data, each of one quantity."""
        figures = [
            ("payments sustained", "payments/s", self.sustained.rate),
            ("the most payments", "payments/s", self.most),
            *((f"payments of {number} terminals", "payments/s", load.rate) for number, load in self.tried.items()),
            *(
                (f"{name} latency {when}", "s", load.latency(part))
                for when, load in (("sustained", self.sustained), (f"at {RATE:g} a second", self.at_rate))
                for name, part in (("median", 0.5), ("p99", 0.99))
            ),
            ("requests of a terminal", "per payment", self.requests),
            ("messages between servers", "per payment", self.messages),
            ("transactions", "per payment", self.commits),
            ("processor time of the terminal", "s", self.terminals),
            *((f"{party} waits for its disk", "s", seconds) for party, seconds in self.waiting.items()),
            *(
                (f"processor time of {party}, {phase}", "s", seconds)
                for party, phases in self.processor.items()
                for phase, seconds in phases.items()
            ),
            *((f"times to {one.name}", "per payment", float(one.number)) for one in self.cryptography),
            *((f"time to {one.name}", "s", one.seconds) for one in self.cryptography),
        ]
        searched = dict.fromkeys(("states", "steps", "seconds", "steps_per_second", "bytes_per_state"))
        for quantity, unit, value in figures:
            shared = {"workload": NAME, "tool": OURS, "security": SECURITY, **searched}
            yield {**shared, "quantity": quantity, "unit": unit, "value": rounded(value)}


def paid_lines(paid: Paid) -> Iterator[str]:
    """The report, and where the time goes."""
    tried = ", ".join(f"{number}: {load.rate:.1f}" for number, load in paid.tried.items())
    yield NAME
    yield f"  {SECURITY}, SQLite with full durability, each party a process on this machine; pages of {CAPABILITY}"
    yield f"  payments a second     {paid.most:.1f} at the most; by terminals at once: {tried}"
    yield f"  sustained             {paid.sustained.rate:.1f} a second, {paid.best} terminals; {_made(paid.sustained)}"
    yield f"  {f'at {RATE:g} a second':<21} {_made(paid.at_rate)}"
    waits = sum(paid.waiting.values())
    yield (
        f"  one payment           {paid.requests:.1f} requests of its terminal, {paid.messages:.1f} messages between "
        f"servers, {paid.commits:.1f} transactions, which wait {waits * 1e3:.1f} ms for the disk"
    )
    done = ", ".join(f"{one.number} x {one.name} {one.seconds * 1e6:.0f} µs" for one in paid.cryptography)
    yield f"  cryptography          {paid.least * 1e3:.1f} ms of its processor time, the least there can be: {done}"
    yield f"  processor time        {paid.seconds * 1e3:.1f} ms, of these in ms:"
    yield from _profile(paid)


def _made(load: Load) -> str:
    median, late = load.latency(0.5) * 1e3, load.latency(0.99) * 1e3
    return f"p50 {median:.0f} ms, p99 {late:.0f} ms ({len(load.latencies):,} payments in {load.seconds:.0f} s)"


def _profile(paid: Paid) -> Iterator[str]:
    """What each party does with its time, as a table."""
    parties = list(paid.processor)
    totals = {
        phase: sum(phases.get(phase, 0.0) for phases in paid.processor.values())
        for phase in dict.fromkeys(phase for phases in paid.processor.values() for phase in phases)
    }
    line = "    {:<20}" + " {:>9}" * (len(parties) + 1)
    yield line.format("", *parties, "all")
    for phase in sorted(totals, key=lambda phase: -totals[phase]):
        figures = [*(paid.processor[party].get(phase, 0.0) for party in parties), totals[phase]]
        yield line.format(phase, *(f"{seconds * 1e3:.2f}" for seconds in figures))
    sums = [*(sum(paid.processor[party].values()) for party in parties), paid.seconds - paid.terminals]
    yield line.format("all", *(f"{seconds * 1e3:.2f}" for seconds in sums))
    yield line.format("the terminals", *[""] * len(parties), f"{paid.terminals * 1e3:.2f}")
