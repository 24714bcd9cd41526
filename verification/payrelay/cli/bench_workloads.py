"""Workloads: what `bench` lets payrelay and other tools search, and how each is made to search the same graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from payrelay.cli import bench_following, bench_payments, bench_wire
from payrelay.cli.bench_following import Followed, Log
from payrelay.cli.bench_payments import Paid, Payments
from payrelay.cli.bench_wire import Wire, WireTime
from payrelay.cli.catalogue import Catalogue, payments
from payrelay.cli.errors import UsageError
from payrelay.cli.extras import needed
from payrelay.cli.log_options import DEFAULT
from payrelay.language.configurations import Configuration, did_you_mean
from payrelay.verification.bench import engine, rumur, spin, tlc
from payrelay.verification.bench.bars import EVERY_ORDER, OURS, RUMUR, SPIN, SPIN_EXPORT, TLC, UNCHECKED, UNWATCHED
from payrelay.verification.bench.measurements import LeftOut, Measurement, NotMeasuredError, Published
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.promela.export import promela
from payrelay.verification.tables.tabulation import Tabulation

if TYPE_CHECKING:
    from payrelay.language.properties import Property
    from payrelay.language.systems import System

PUBLISHED = {
    2: Published(56, 153),
    3: Published(288, 1_145),
    5: Published(8_832),
    7: Published(296_448, 2_744_705),
    8: Published(1_745_408, 18_507_777),
}
"""Of two-phase commit, by the number of resource managers."""

BY_HAND = "two_phase_commit"
GROWTH = ("one_procedure", "two_procedures", "three_procedures")
"""The same system with more and more procedures. The first is not named for `verify`."""
USUAL = ("two_phase_commit_8", "faults", "registration", "attempts", "one_procedure", "two_procedures",
         bench_following.NAME, bench_wire.NAME, bench_payments.NAME)  # fmt: skip
"""What is measured if nothing is named: a few minutes."""
ALL = ("two_phase_commit_5", *USUAL, "fault_stories", "three_procedures")
"""And what takes much longer: gcc needs minutes for what SPIN makes of the fault stories."""

Result = Measurement | LeftOut | Followed | WireTime | Paid


@dataclass(frozen=True)
class Workload:
    """A system to search, and what else there is of it."""

    name: str
    build: Callable[[], tuple[System, Sequence[Property]]]
    managers: int = 0
    """Of two-phase commit, which is also written by hand for the other tools."""
    is_large: bool = False
    """Whether it is searched only as it is searched fastest."""

    @property
    def published(self) -> Published | None:
        """What others have published of it."""
        return PUBLISHED.get(self.managers)


def workloads(
    catalogue: Catalogue,
    names: Sequence[str],
    wants_all: bool = False,
    load: Callable[[], Catalogue] = payments,
) -> list[Workload | Log | Wire | Payments]:
    """The workloads of these names; the usual ones, if there are none. `load` loads the catalogue once more."""
    known: dict[str, Workload | Log | Wire | Payments] = {one.name: one for one in _known(catalogue)}
    if set(DEFAULT) <= known.keys():
        known[bench_following.NAME] = Log(load)
        known[bench_wire.NAME] = Wire()
        known[bench_payments.NAME] = Payments()
    if not names:
        return [known[name] for name in (ALL if wants_all else USUAL) if name in known]
    for name in names:
        if name not in known:
            raise UsageError(f"no workload '{name}'{did_you_mean(name, known)}")
    return [known[name] for name in dict.fromkeys(names)]


def _known(catalogue: Catalogue) -> Iterator[Workload]:
    for managers in PUBLISHED:
        yield Workload(f"{BY_HAND}_{managers}", partial(_two_phase_commit, managers), managers)
    for configuration in catalogue.configurations:
        build = partial(_configuration, catalogue, configuration)
        if configuration.name == GROWTH[1]:
            one = configuration.derived({"orders": "1"})
            yield Workload(GROWTH[0], partial(_configuration, catalogue, one))
        yield Workload(configuration.name, build, is_large=configuration.name in catalogue.slow)


def _two_phase_commit(managers: int) -> tuple[System, Sequence[Property]]:
    from payrelay.classics import two_phase_commit

    return two_phase_commit.system(managers), two_phase_commit.PROPERTIES


def _configuration(catalogue: Catalogue, configuration: Configuration) -> tuple[System, Sequence[Property]]:
    return catalogue.system(configuration), catalogue.properties


def by_hand(suffix: str, managers: int = 3) -> str:
    """Two-phase commit, as it is written by hand for another tool, with so many resource managers."""
    text = files("payrelay.classics").joinpath(f"{BY_HAND}.{suffix}").read_text(encoding="utf-8")
    for line in ("Managers = {}", "managers: {};"):
        text = text.replace(line.format(3), line.format(managers))
    return text


def measure(
    workload: Workload | Log | Wire | Payments,
    tools: Sequence[str],
    repeat: int,
    seconds: float | None,
    show: Callable[[str], None],
) -> Iterator[Result]:
    """Let each tool search a workload, or follow a log, or write and read messages, or make payments."""
    if isinstance(workload, Wire):
        if OURS in tools:
            show(workload.name)
            yield from bench_wire.wire_times(repeat)
        return
    if isinstance(workload, Payments):
        if OURS in tools:
            show(workload.name)
            yield _paid(workload, seconds)
        return
    if isinstance(workload, Log):
        if OURS in tools:
            show(workload.name)
            try:
                yield bench_following.measure(workload, repeat, seconds)
            except NotMeasuredError as error:
                yield LeftOut(workload.name, OURS, str(error), error.is_failure)
        return
    system, properties = workload.build()
    ways: dict[str, list[tuple[str, Callable[[], Iterator[Measurement]]]]] = {
        "payrelay": [(OURS, partial(_ours, workload, system, properties, repeat, seconds))],
        "spin": [(SPIN_EXPORT, partial(_spin_on_export, workload, system, properties, repeat, seconds))],
    }
    if workload.is_large:
        del ways["spin"]
    if workload.managers:
        ways["spin"].insert(0, (SPIN, partial(_spin, workload, repeat, seconds)))
        ways["tlc"] = [(TLC, partial(_tlc, workload, repeat, seconds))]
        ways["rumur"] = [(RUMUR, partial(_rumur, workload, repeat, seconds))]
    for tool in tools:
        for name, way in ways.get(tool, ()):
            show(f"{workload.name}: {name}")
            try:
                yield from way()
            except NotMeasuredError as error:
                yield LeftOut(workload.name, name, str(error), error.is_failure)


def _paid(payments: Payments, seconds: float | None) -> Paid | LeftOut:
    try:
        with needed("reference"):
            from payrelay.cli import bench_paying
        return bench_paying.measure(payments, seconds)
    except UsageError as error:  # something is missing, which is no failure
        return LeftOut(payments.name, OURS, str(error), False)
    except NotMeasuredError as error:
        return LeftOut(payments.name, OURS, str(error), error.is_failure)


def _ours(
    workload: Workload, system: System, properties: Sequence[Property], repeat: int, seconds: float | None
) -> Iterator[Measurement]:
    watched = [one for one in properties if one.is_searched_in(system)]
    builds = {OURS: lambda: engine.composed(TableEngine(Tabulation(system), watched))}
    if not workload.is_large:
        builds[UNWATCHED] = lambda: engine.composed(TableEngine(Tabulation(system), ()))
        builds[UNCHECKED] = lambda: engine.composed(engine.Unchecked(Tabulation(system), watched))
    if system.alike and not workload.is_large:
        builds[EVERY_ORDER] = lambda: engine.composed_in_every_order(TableEngine(Tabulation(system), watched))
    whole = "up to the order of procedures" if system.alike else "whole"
    graphs = {
        OURS: whole,
        UNCHECKED: whole,
        UNWATCHED: "whole" if workload.managers else "without properties",  # those of two-phase commit need no memory
        EVERY_ORDER: "whole",
    }
    for tool, found in engine.measure(builds, repeat, seconds).items():
        yield Measurement(workload.name, tool, found, graph=graphs[tool])


def _spin_on_export(
    workload: Workload, system: System, properties: Sequence[Property], repeat: int, seconds: float | None
) -> Iterator[Measurement]:
    found = spin.measure(promela(system, properties), repeat, seconds=seconds)
    yield Measurement(workload.name, SPIN_EXPORT, found)


def _spin(workload: Workload, repeat: int, seconds: float | None) -> Iterator[Measurement]:
    found = spin.measure(by_hand("pml"), repeat, seconds=seconds, defined=[f"MANAGERS={workload.managers}"])
    yield Measurement(workload.name, SPIN, found)


def _tlc(workload: Workload, repeat: int, seconds: float | None) -> Iterator[Measurement]:
    configuration = by_hand("cfg", workload.managers)
    found = tlc.measure(BY_HAND, by_hand("tla"), configuration, repeat, seconds=seconds)
    yield Measurement(workload.name, TLC, found, counting="every")


def _rumur(workload: Workload, repeat: int, seconds: float | None) -> Iterator[Measurement]:
    found = rumur.measure(by_hand("m", workload.managers), repeat, seconds=seconds)
    yield Measurement(workload.name, RUMUR, found, counting="every")
