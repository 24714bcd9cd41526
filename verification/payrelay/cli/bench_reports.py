"""Reports of `bench`: what was measured, where tools disagree, and which bars are met."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from payrelay.cli.bench_following import Followed
from payrelay.cli.bench_payments import Paid, paid_lines
from payrelay.cli.bench_wire import WireTime, wire_bars, wire_lines
from payrelay.cli.bench_workloads import GROWTH
from payrelay.cli.exit_codes import ExitCode, together
from payrelay.verification.bench.bars import (
    EVERY_ORDER,
    OURS,
    RUMUR,
    SPIN,
    SPIN_EXPORT,
    TLC,
    UNCHECKED,
    UNWATCHED,
    Bar,
    bars,
    growth,
)
from payrelay.verification.bench.measurements import LeftOut, Measurement, Published, disagreements, rounded

TIMED = ("payrelay.verification.tables", "payrelay.verification.composition", "payrelay.verification.engines")
"""The packages of which the figures speak: what packs, composes and searches."""
TOLD = {
    OURS: "payrelay",
    EVERY_ORDER: "payrelay, every order",
    UNWATCHED: "payrelay, no properties",
    UNCHECKED: "payrelay, nothing checked",
    SPIN: "SPIN, by hand",
    SPIN_EXPORT: "SPIN, our export",
    TLC: "TLC",
    RUMUR: "Rumur",
}
"""What the tools are called where people read."""
HEADING = ("", "states", "steps", "counted", "seconds", "median", "made in", "M steps/s", "bytes/state")
LINE = "  {:<27} {:>10} {:>11}  {:<9} {:>8} {:>8} {:>8} {:>9} {:>11}"
HONESTY = (
    "Figures of one machine at one time: only their ratios say anything. payrelay and SPIN use one core, TLC and Rumur "
    "all of them."
)


@dataclass
class Benched:
    """All that a run of `bench` found."""

    versions: Mapping[str, str]
    missing: Mapping[str, list[str]]
    """For each tool that is not on this machine, what it needs."""
    published: dict[str, Published] = field(default_factory=dict)
    measured: list[Measurement] = field(default_factory=list)
    followed: list[Followed] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    wire: list[WireTime] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    interrupted: bool = False

    @property
    def disagreements(self) -> list[tuple[str, str]]:
        """Each with its workload."""
        names = dict.fromkeys(one.workload for one in self.measured)
        return [
            (name, words)
            for name in names
            for words in disagreements([one for one in self.measured if one.workload == name], self.published.get(name))
        ]

    @property
    def bars(self) -> list[Bar]:
        """Those that something can be said about. Where tools disagree, nothing can."""
        doubtful = {name for name, _ in self.disagreements}
        searched = bars([one for one in self.measured if one.workload not in doubtful], self.published)
        return [*searched, *(one.bar for one in self.followed), *wire_bars(self.wire), *self._bars_of_payments]

    @property
    def _found(self) -> bool:
        return any((self.measured, self.followed, self.wire, self.paid))

    @property
    def _bars_of_payments(self) -> Iterator[Bar]:
        for one in self.paid:
            yield from one.bars

    @property
    def code(self) -> ExitCode:
        """The exit code. A bar that was missed changes nothing."""
        wrong = self.disagreements or any(one.is_failure for one in self.left_out)
        return together(
            [
                *[ExitCode.INTERRUPTED] * self.interrupted,
                *[ExitCode.VIOLATED] * bool(wrong),
                *[ExitCode.INCONCLUSIVE] * bool(self.left_out or not self._found),
            ]
        )


def report(benched: Benched) -> Iterator[str]:
    """The whole report, line by line."""
    yield ", ".join(f"{name} {version}" for name, version in benched.versions.items())
    for name, lacking in benched.missing.items():
        yield f"{name} is left out; not on this machine: {'; '.join(lacking)}"
    yield ""
    if benched.measured or benched.left_out or not (benched.wire or benched.paid):
        yield LINE.format(*HEADING)
    names = dict.fromkeys([one.workload for one in benched.measured] + [one.workload for one in benched.left_out])
    for name in names:
        yield name
        for one in benched.measured:
            if one.workload == name:
                yield line(one)
        for left_out in benched.left_out:
            if left_out.workload == name:
                yield f"  {left_out.tool:<27} {'FAILED' if left_out.is_failure else 'left out'}: {left_out.reason}"
    for followed in benched.followed:
        peak = "" if followed.peak is None else f", {followed.peak / 1e6:,.0f} MB at the most"
        yield followed.workload
        yield (
            f"  {followed.events:,} events, {followed.seconds:.2f} s of processor time at the least{peak}: "
            f"{followed.events_per_second:,.0f} events a second"
        )
    yield from wire_lines(benched.wire)
    for paid in benched.paid:
        yield from paid_lines(paid)
    for one, states, seconds in growth(benched.measured, GROWTH):
        yield f"{one.workload}: one procedure more, {states:,.0f} times the states, {seconds:,.0f} times the time"
    yield ""
    for bar in benched.bars:
        yield bar_line(bar)
    if not benched.bars:
        yield "No bar can be judged by this."
    for name, words in benched.disagreements:
        yield f"DIFFERENT in {name}: {words}"
    yield HONESTY


def line(one: Measurement) -> str:
    """The figures of one tool."""
    steps, bytes_ = one.steps_per_second, one.bytes_per_state
    return LINE.format(
        one.tool,
        f"{one.found.states:,}",
        f"{one.found.steps:,}",
        one.counting,
        f"{one.seconds:.3f}",
        f"{median(one.found.runs):.3f}",
        f"{one.found.preparing:.1f}",
        "" if steps is None else f"{steps / 1e6:.2f}",
        "" if bytes_ is None else f"{bytes_:.0f}",
    ).rstrip()


def bar_line(bar: Bar) -> str:
    """A bar, and whether it is met."""
    word = "met   " if bar.is_met else "MISSED"
    reached, wanted = in_words(bar.value, bar.unit), in_words(bar.bar, bar.unit)
    return f"{word} {bar.workload}: {reached} {bar.says}; {bar.direction} {wanted}"


def in_words(value: float, unit: str) -> str:
    """What a bar wants, or what was reached."""
    if unit == "part":
        return f"{100 * value:.3g}%"  # 20.4% is over 20%
    if unit == "events/s":
        return f"{value:,.0f}"
    if value >= 1e6:
        return f"{value / 1e6:,.1f} million"
    return f"{value:,.0f}" if value >= 1e3 else f"{value:.3g}"


def document(benched: Benched, command: str) -> dict[str, Any]:
    """The same as one JSON document."""
    return {
        "schema_version": 1,
        "kind": "bench",
        "command": command,
        "engines": digest_of_engines(),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "versions": dict(benched.versions),
        "missing": {name: list(lacking) for name, lacking in benched.missing.items()},
        "measurements": [
            *(one.value() for one in benched.measured),
            *(value for one in benched.followed for value in one.values()),
            *(one.value() for one in benched.wire),
            *(value for one in benched.paid for value in one.values()),
        ],
        "left_out": [one.value() for one in benched.left_out],
        "disagreements": [{"workload": name, "words": words} for name, words in benched.disagreements],
        "growth": [
            {"workload": one.workload, "times_the_states": rounded(states), "times_the_seconds": rounded(seconds)}
            for one, states, seconds in growth(benched.measured, GROWTH)
        ],
        "bars": [bar.plain() for bar in benched.bars],
        "exit_code": int(benched.code),
    }


def digest_of_engines() -> str:
    """The digest of all files of the packages of which the figures speak."""
    whole = hashlib.sha256()
    for name in TIMED:
        package = find_spec(name)
        for folder in map(Path, (package and package.submodule_search_locations) or ()):
            for path in sorted(one for one in folder.rglob("*") if one.is_file() and "__pycache__" not in one.parts):
                whole.update(f"{name}/{path.relative_to(folder).as_posix()}".encode() + b"\0")
                whole.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"sha256:{whole.hexdigest()}"
