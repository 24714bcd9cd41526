"""The workload `wire` of `bench`: every message at every level, both ways. Times are never asserted."""

import json

import pytest

from payrelay.cli.bench_wire import WireTime, wire_bars, wire_lines
from payrelay.cli.catalogue import payments
from payrelay.model.data import SECURITIES
from payrelay.wire import MESSAGES

from .conftest import Run


@pytest.mark.slow
def test_every_message_is_written_and_read_at_every_level(run: Run) -> None:
    ran = run("bench", "wire", "--tool", "payrelay", "--repeat", "1", "--json", model=payments())
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    wanted = {
        (name, security, f"time to {way}") for name in MESSAGES for security in SECURITIES for way in ("read", "write")
    }
    assert {(one["message"], one["security"], one["quantity"]) for one in found["measurements"]} == wanted
    assert {(one["workload"], one["unit"]) for one in found["measurements"]} == {("wire", "s")}
    assert all(one["value"] > 0 and one["bytes"] > 0 for one in found["measurements"])
    assert [bar["workload"] for bar in found["bars"]] == ["wire", "wire"]
    assert found["missing"] == {}


def test_the_slowest_is_named_and_judged() -> None:
    measured = [
        WireTime("Cancel", "hardened", "read", 0.0001, 300),
        WireTime("PaymentRequest", "hardened", "read", 0.0006, 4000),
        WireTime("Cancel", "plain", "read", 0.0009, 300),
    ]
    assert list(wire_lines([])) == []
    assert list(wire_lines(measured[:2])) == [
        "wire",
        "  hardened  read   median 0.350 ms, slowest 0.600 ms: PaymentRequest, 4,000 bytes",
    ]
    (bar,) = wire_bars(measured)
    assert (bar.is_met, bar.says) == (False, "ms to read PaymentRequest hardened, the slowest")
    (bar,) = wire_bars(measured[:1])
    assert bar.is_met


def test_invalid_workload_is_named(run: Run) -> None:
    ran = run("bench", "wire", "nonsense", model=payments())
    assert (ran.code, ran.out) == (2, "")
    assert "no workload 'nonsense'" in ran.err
