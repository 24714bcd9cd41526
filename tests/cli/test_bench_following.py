"""How fast logs are followed: what is measured, and what is said of it. Times are never asserted."""

import sys
from pathlib import Path

import pytest

from payrelay.cli import bench_following
from payrelay.cli.bench_following import Followed, Log, Run, measure, peak_memory, write
from payrelay.cli.bench_reports import Benched, document, report
from payrelay.cli.catalogue import payments
from payrelay.cli.checking import check
from payrelay.cli.log_options import Asked
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError

RUN = Run("explained", 1_000, 0.5, 3_000_000)
FOLLOWED = Followed("check_trace", (RUN, RUN._replace(seconds=0.04, peak=2_000_000)))


@pytest.mark.slow
def test_the_log_is_the_same_each_time_and_explained(tmp_path: Path) -> None:
    files = [tmp_path / "one.ndjson", tmp_path / "other.ndjson"]
    for file in files:
        write(payments(), file, 300)
    assert files[0].read_bytes() == files[1].read_bytes()
    checked = check(payments(), str(files[0]), Asked(("faults", "registration")))
    assert (checked.verdict, checked.events) == ("explained", 300)
    assert checked.procedures > 100


@pytest.mark.slow
def test_it_is_followed_as_often_as_asked_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_following, "EVENTS", 500)
    found = measure(Log(payments), 2, None)
    assert [(run.verdict, run.events) for run in found.runs] == [("explained", 500)] * 2
    assert (found.peak is None) == (peak_memory() is None)


@pytest.mark.slow
def test_invalid_log_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_following, "EVENTS", 10)
    monkeypatch.setattr(bench_following, "_run", lambda *_: RUN._replace(verdict="not_explained"))
    with pytest.raises(NotMeasuredError, match="a log of the model's own was followed, and found not_explained"):
        measure(Log(payments), 3, None)


def test_it_is_stopped_in_time(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=r"following was stopped after 0\.01 seconds"):
        bench_following._run(Log(payments), tmp_path / "none", 0.01)


def test_a_process_that_ends_has_measured_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotMeasuredError, match="ended before it was done"):
        bench_following._run(Log(sys.exit), tmp_path / "none", None)


def test_what_is_said() -> None:
    benched = Benched({}, {}, followed=[FOLLOWED])
    lines = list(report(benched))
    assert "  1,000 events, 0.04 s of processor time at the least, 3 MB at the most: 25,000 events a second" in lines
    assert "met    check_trace: 25,000 events followed in a second of processor time; at least 20,000" in lines
    assert benched.code == 0
    found = document(benched, "payrelay bench check_trace")
    assert [(one["quantity"], one["unit"], one["value"]) for one in found["measurements"]] == [
        ("events followed in a second of processor time", "events/s", 25_000.0),
        ("peak memory", "bytes", 3_000_000),
    ]
    assert {one["tool"] for one in found["measurements"]} == {"payrelay"}
    assert [bar["met"] for bar in found["bars"]] == [True]


def test_a_bar_is_missed_by_what_is_slow_and_memory_may_be_unknown() -> None:
    slow = Followed("check_trace", (RUN._replace(seconds=1.0, peak=None),))
    assert not slow.bar.is_met
    assert [one["unit"] for one in slow.values()] == ["events/s"]
    assert "  1,000 events, 1.00 s of processor time at the least: 1,000 events a second" in report(
        Benched({}, {}, followed=[slow])
    )
