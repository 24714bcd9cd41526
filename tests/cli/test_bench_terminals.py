"""Loads: how many pay at once, or begin in a second, and from when it is counted how long a payment takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from payrelay.cli.bench_terminals import Load, at_once, at_rate


@dataclass
class Fake:
    """A terminal whose payments take as long as is said."""

    seconds: float
    paying: list[str] = field(default_factory=list)

    async def pay(self) -> int:
        self.paying.append("begins")
        await asyncio.sleep(self.seconds)
        self.paying.append("ends")
        return 5


def test_latencies_are_of_a_part_of_the_payments() -> None:
    load = Load(10.0, tuple(float(number) for number in range(1, 101)), 500)
    assert (load.rate, load.latency(0.5), load.latency(0.99), load.latency(1.0)) == (10.0, 50.0, 99.0, 100.0)
    assert Load(1.0, (2.0,), 5).latency(0.5) == 2.0


def test_so_many_pay_at_once_and_again() -> None:
    terminals: list[Any] = [Fake(0.001), Fake(0.001)]
    load = asyncio.run(at_once(terminals, 0.02))
    assert len(load.latencies) == sum(one.paying.count("ends") for one in terminals)
    assert load.requests == 5 * len(load.latencies)
    assert all(one.paying[:2] == ["begins", "ends"] for one in terminals)
    assert load.latencies == tuple(sorted(load.latencies))


def test_a_payment_that_waits_for_a_terminal_has_begun() -> None:
    """One terminal is free, and four payments are to begin at nearly the same time: each waits for those before it."""
    terminal: Any = Fake(0.02)
    load = asyncio.run(at_rate([terminal], 1000.0, 0.004))
    assert terminal.paying == ["begins", "ends"] * 4
    assert len(load.latencies) == 4
    assert load.latencies[-1] > 3 * 0.02
