"""Payments, measured: what is said of them, and nothing where something is wrong. No time is asserted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.cli.systems_at_work import ENVIRONMENT

from payrelay.cli import bench_paying, bench_terminals
from payrelay.cli.bench_payments import Operation, Paid, Payments, paid_lines
from payrelay.cli.bench_reports import Benched, document, report
from payrelay.cli.bench_terminals import Load
from payrelay.cli.bench_workloads import measure
from payrelay.model.messages import user
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError

FEW = Payments(numbers=(1, 2), each_seconds=0.1, seconds=0.2, environment=ENVIRONMENT)
FAST, SLOW = Load(2.0, (0.1,) * 49 + (0.4,), 250), Load(4.0, (0.5,) * 40, 200)
PAID = Paid(
    tried={2: SLOW, 8: FAST},
    sustained=FAST,
    at_rate=SLOW,
    requests=5.0,
    messages=14.0,
    commits=18.0,
    processor={"relay": {"storing": 0.003, "making pages": 0.004}, "shop": {"storing": 0.002}},
    terminals=0.001,
    waiting={"relay": 0.0005, "shop": 0.0005},
    cryptography=(Operation("sign", 18, 50e-6), Operation("verify", 22, 100e-6)),
)


def test_what_is_said() -> None:
    lines = list(paid_lines(PAID))
    assert lines[2:6] == [
        "  payments a second     25.0 at the most; by terminals at once: 2: 10.0, 8: 25.0",
        "  sustained             25.0 a second, 8 terminals; p50 100 ms, p99 400 ms (50 payments in 2 s)",
        "  at 10 a second        p50 500 ms, p99 500 ms (40 payments in 4 s)",
        "  one payment           5.0 requests of its terminal, 14.0 messages between servers, 18.0 transactions, "
        "which wait 1.0 ms for the disk",
    ]
    assert lines[6].endswith(
        "3.1 ms of its processor time, the least there can be: 18 x sign 50 µs, 22 x verify 100 µs"
    )
    assert [line.split() for line in lines[7:]] == [
        ["processor", "time", "10.0", "ms,", "of", "these", "in", "ms:"],
        ["relay", "shop", "all"],
        ["storing", "3.00", "2.00", "5.00"],
        ["making", "pages", "4.00", "0.00", "4.00"],
        ["all", "7.00", "2.00", "9.00"],
        ["the", "terminals", "1.00"],
    ]


def test_bars_are_judged() -> None:
    benched = Benched({}, {}, paid=[PAID])
    assert benched.code == 0
    assert "met    payments: 25 payments a second sustained, hardened; at least 20" in report(benched)
    assert [bar.is_met for bar in PAID.bars] == [True, True]
    late = replace(PAID, sustained=SLOW, at_rate=Load(4.0, (0.1,) * 10 + (0.6,), 55))
    assert [bar.is_met for bar in late.bars] == [False, False]
    found = document(benched, "payrelay bench payments")
    assert [bar["met"] for bar in found["bars"]] == [True, True]
    values = {one["quantity"]: (one["value"], one["unit"]) for one in found["measurements"]}
    assert values["payments sustained"] == (25.0, "payments/s")
    assert values["p99 latency at 10 a second"] == (0.5, "s")
    assert values["processor time of relay, making pages"] == (0.004, "s")
    assert values["times to verify"] == (22.0, "per payment")
    assert {one["states"] for one in found["measurements"]} == {None}


@pytest.mark.slow
def test_payments_are_made_and_the_books_agree() -> None:
    paid = bench_paying.measure(FEW, None)
    assert set(paid.tried) == {1, 2}
    assert (paid.requests, paid.messages) == (4.0, 14.0)
    assert paid.commits > 9  # there are 18 steps, some of which were kept together
    assert set(paid.processor) == set(paid.waiting) == {"relay", "shop", "wallet-1", "wallet-2", "payment", "authority"}
    assert {one.name: one.number > 0 for one in paid.cryptography} == dict.fromkeys(
        ("sign", "verify", "seal", "open"), True
    )
    assert 0 < paid.least < paid.seconds


@pytest.mark.slow
def test_invalid_payments_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoppedError, match=r"payments were stopped after 0\.01 seconds"):
        bench_paying.measure(FEW, 0.01)
    monkeypatch.setitem(bench_terminals.ACTIONS, "confirming", (user.UserCancels, {}))
    with pytest.raises(NotMeasuredError, match="a payment was not approved: "):
        bench_paying.measure(FEW, None)


@pytest.mark.slow
def test_invalid_books_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """One payment more was debited than terminals were told of."""
    load = bench_paying._load

    async def losing(*given: Any) -> tuple[dict[int, Load], Load, Load, float]:
        tried, sustained, steady, spent = await load(*given)
        return tried, sustained, replace(steady, latencies=steady.latencies[1:]), spent

    monkeypatch.setattr(bench_paying, "_load", losing)
    with pytest.raises(NotMeasuredError, match="the books do not agree with "):
        bench_paying.measure(FEW, None)


WITHOUT_THE_EXTRA = """
import sys
sys.modules["sqlalchemy"] = None
from payrelay.cli.bench_payments import Payments
from payrelay.cli.bench_workloads import measure
(found,) = measure(Payments(), ["payrelay"], 1, None, lambda _: None)
print(type(found).__name__, found.is_failure, found.reason)
"""


def test_invalid_extra_is_named_and_left_out() -> None:
    """In a process of its own: what is imported here stays whole for other tests."""
    command = [sys.executable, "-c", WITHOUT_THE_EXTRA]
    ran = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    said = "the package sqlalchemy is missing; install it: pip install 'payrelay[reference]'"
    assert ran.stdout.startswith(f"LeftOut False {said}")


def test_other_tools_make_no_payments() -> None:
    def none() -> Iterator[object]:
        yield from measure(Payments(), ["spin"], 1, None, lambda _: None)

    assert list(none()) == []
