"""Runs: what a configuration says, carried out, from whether it can begin to a result.

    with Run(path, Choice(depth="smoke")) as run:
        for found in run.checks():
            print(found.id, found.verdict)
        result = run.result()

What is not tried, since a timer runs for too long or nobody can make a party crash, is in `left_out`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, NamedTuple

from payrelay.conformance import joining
from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.assembly import Assembly, UnreachableError
from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Check, singled
from payrelay.conformance.configuration import BUDGETS, SERVERS, Configuration, read_configuration
from payrelay.conformance.connections import Connections
from payrelay.conformance.controller import Controller
from payrelay.conformance.deviations import SILENT
from payrelay.conformance.doctor import TIMES_SLOWEST, Doctor
from payrelay.conformance.facts import facts_of, message_of
from payrelay.conformance.guarantees import SEQUENCE, guarantee
from payrelay.conformance.plans import LAST, Part, Plan
from payrelay.conformance.powers import Powers
from payrelay.conformance.results import CheckResult, ResultBuilder
from payrelay.conformance.revisions import revision
from payrelay.conformance.running import made
from payrelay.conformance.setting import Setting
from payrelay.conformance.switchboard import DeadError
from payrelay.conformance.verdicts import Verdict
from payrelay.language.links import role_of
from payrelay.model.configuration import PaymentConfiguration

LEAST_QUIET, TIMES_QUIET = 0.02, 3
"""Seconds after which nothing more comes, at least; and how many times as long as the slowest answer."""
CLOSING = 1.0
"""Seconds of a budget that are kept for the end of what was begun, and of the parties that are at work."""
GOES_ON = ("must", "full", "soak")
"""The depths at which a run goes on at random for the rest of its budget."""
ALL = "*"
MOST_WALKS = 100_000
"""Among how many runs at random one is looked for by its name."""


@dataclass(frozen=True)
class Choice:
    """What is run, as far as it is otherwise than the configuration says."""

    depth: str | None = None
    budget: float | None = None
    seed: int | None = None
    capability: str | None = None
    only: tuple[str, ...] = ()
    """Names of checks and requirements, or their beginnings and a star; everything, if there are none."""

    def adapted(self, read: Configuration) -> Configuration:
        """The configuration with it."""
        said: dict[str, Any] = {"depth": self.depth, "budget": self.budget, "seed": self.seed}
        if self.budget is None and self.depth not in (None, read.run.depth):
            said["budget"] = BUDGETS[str(self.depth)]  # what the file says is for its own depth
        said["capabilities"] = None if self.capability is None else (self.capability,)
        run = replace(read.run, **{name: value for name, value in said.items() if value is not None})
        return replace(read, run=run)

    @property
    def words(self) -> str:
        """As a command has it that is to do the same again."""
        said = {"depth": self.depth, "seed": self.seed, "capability": self.capability}
        return "".join(f" --{name} {value}" for name, value in said.items() if value is not None)

    def wants(self, planned: Planned) -> bool:
        """Whether a case is chosen."""
        if not self.only or self._has((planned.id, *(one.id for one in singled(planned.case)))):
            return True
        return self._names_requirements and self._has(planned.requirements)

    def _has(self, names: Iterable[str]) -> bool:
        return any(name in self._exactly or name.startswith(self._beginnings) for name in names)

    @cached_property
    def _exactly(self) -> frozenset[str]:
        return frozenset(self.only)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(one.removesuffix(ALL) for one in self.only if one.endswith(ALL))

    @cached_property
    def _names_requirements(self) -> bool:
        return self._has(revision().by_id)


class Planned(NamedTuple):
    """A case that may be run."""

    part: Part
    case: Case

    @property
    def id(self) -> str:
        """Its name."""
        return self.case.id

    def unknown_senders(self) -> Iterator[str]:
        """Whose keys a case would need that nobody has."""
        setting = self.part.setting
        for move in self.case.moves:
            message = message_of(move)
            if message is not None and message.sender in BYSTANDERS.values() and message.sender not in setting.keys:
                yield message.sender

    @property
    def requirements(self) -> tuple[str, ...]:
        """What it speaks of."""
        return revision().of(facts_of(self.case, self.part.setting))


@dataclass(frozen=True)
class Outline:
    """The cases of a configuration."""

    configuration: Configuration
    choice: Choice
    powers: Powers
    plan: Plan

    def all(self, *, joins: bool = False) -> Iterator[Planned]:
        """The cases, without those at random that may follow; joined, where they can be."""
        return (Planned(part, case) for part, case in self.plan.cases(joins=joins))

    def missing(self, planned: Planned) -> frozenset[str]:
        """What a case needs that is not here: timers, a restart, acts of a user, or somebody's keys."""
        return frozenset((*self.powers.missing(planned.case), *planned.unknown_senders()))

    def planned(self) -> Iterator[Planned]:
        """Those that are chosen and can be run."""
        return (one for one in self.all() if not self.missing(one) and self.choice.wants(one))

    def names(self) -> Iterator[str]:
        """What checks may be called, but for those at random."""
        return (one.id for planned in self.all() for one in (planned.case, *singled(planned.case)))

    def called(self, name: str) -> Planned | None:
        """The case of a name; None if there is none. Of those at random, one of the first."""
        walks = islice(map(Planned._make, self.plan.walks()), MOST_WALKS) if ".walk." in name else ()
        # There are so many sequences that whoever wants one does not want to wait for all others, too.
        stages = LAST if f".{SEQUENCE}." in name else None
        joint = map(Planned._make, self.plan.cases(joining.STAGES, joins=True) if joining.AND in name else ())
        for planned in chain(map(Planned._make, self.plan.cases(stages)), joint, walks):
            if name.startswith(planned.id):
                for case in (planned.case, *singled(planned.case)):
                    if case.id == name:
                        return Planned(planned.part, case)
        return None


def outline(configuration: Configuration, choice: Choice) -> Outline:
    """The cases of a configuration, before anybody is at work; a test controller that is named is believed to be there
    and to do everything."""
    has_control = bool(configuration.control.url)
    powers = powers_of(configuration, advances=has_control, crashes=has_control, forces=has_control)
    assembly = Assembly(configuration)
    seed = b"%d" % configuration.run.seed

    def setting(model: PaymentConfiguration) -> Setting:
        under_test, names = frozenset(configuration.under_test), configuration.names
        return Setting(model, under_test, seed, int(time.time()), rings=assembly.rings, names=names)

    return Outline(configuration, choice, powers, _plan(configuration, powers, setting))


def powers_of(configuration: Configuration, *, advances: bool, crashes: bool, forces: bool) -> Powers:
    """What can be done to the system under test of a configuration, and a test controller can do."""
    return Powers(
        frozenset(configuration.under_test),
        configuration.timers,
        configuration.timing.longest_wait / 1000,
        configuration.run.budget,
        advances,
        crashes or configuration.can_kill,
        acts=forces or configuration.sut.trigger is not None,
        triggers=configuration.sut.trigger is not None,
    )


def _plan(configuration: Configuration, powers: Powers, settings: Any) -> Plan:
    run = configuration.run
    return Plan(
        frozenset(configuration.under_test),
        configuration.sut.security,
        run.capabilities[0],
        run.seed,
        0,
        run.depth,
        is_controlled=powers.has_any and run.depth != "smoke",
        on_the_way=powers.on_the_way,
        settings=settings,
        other_capabilities=tuple(one for one in dict.fromkeys(run.capabilities) if one != run.capabilities[0]),
    )


class Run:
    """A run, from when the parties of the kit are at work to its end."""

    def __init__(
        self, path: Path, choice: Choice | None = None, *, keeps_all: bool = False, began: float | None = None
    ) -> None:
        """`keeps_all`: whether what happened in checks that passed is kept, too. `began`: since when the budget is
        spent, by the monotonic clock; now, if that is not said."""
        self.path, self.choice, self._keeps_all = path, choice or Choice(), keeps_all
        self._began = time.monotonic() if began is None else began
        self._doctor = Doctor(path, self.choice.adapted)
        self.left_out: Counter[str] = Counter()
        """How many cases were left out for want of what: a timer, `restart`, or a user."""
        self._sequences = 0
        """How many sequences of inputs it has come to."""
        self._sequences_end = False
        """Whether there are no more."""
        self.ended = ""
        """Why it has ended before its time; nothing if it has not."""
        self.was_interrupted = False
        self.has_failed = False
        """Whether a party of the kit has ended before its time."""
        self._seconds = 0.0

    def __enter__(self) -> Run:
        """Raises ConfigurationError, UnreachableError, SetUpError, ControlError."""
        self._doctor.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._doctor.__exit__()

    @property
    def configuration(self) -> Configuration:
        """What it was read from."""
        return self._doctor.configuration

    @cached_property
    def outline(self) -> Outline:
        """Its cases."""
        configuration, board = self.configuration, self._doctor.board
        control: Controller | None = board.controller
        advances = control is not None and control.can("advance_clock")
        crashes = control is not None and control.can("crash_restart")
        forces = control is not None and control.can("force")
        powers = powers_of(configuration, advances=advances, crashes=crashes, forces=forces)
        board.longest_wait = max(powers.longest_wait, powers.budget)  # what is waited for, the powers say
        plan = _plan(configuration, powers, lambda model: self._doctor.assembly.setting(model, board))
        return Outline(configuration, self.choice, powers, plan)

    @cached_property
    def builder(self) -> ResultBuilder:
        """What its result is put together by."""
        configuration = self.configuration
        run, sut = configuration.run, configuration.sut
        said: dict[str, Any] = {"parties": list(map(configuration.called, configuration.under_test))}
        if len(sut.urls) == 1:
            said["base_url"] = next(iter(sut.urls.values()))
        return ResultBuilder(
            revision(configuration.spec.revision),
            version=installed_version(),
            under_test=said,
            roles=map(role_of, configuration.under_test),
            security=sut.security,
            capability=run.capabilities[0],
            capabilities=self.outline.plan.capabilities,
            expectations=configuration.expectations,
            names=self.outline.names,
            depth=run.depth,
            seed=run.seed,
            replay=self.again,
            keeps_all=self._keeps_all,
        )

    def again(self, id_: str) -> str:
        """The command that makes a check again."""
        from payrelay.conformance.configuration import FILE

        named = "" if self.path.name == FILE and self.path.parent in (Path(), Path("conform")) else f" {self.path}"
        return f"payrelay conform replay {id_}{named}{self.choice.words}"

    # --- checks

    def checks(self, cases: Iterable[Planned] = ()) -> Iterator[CheckResult]:
        """What comes of some cases, or of those that are chosen, one by one. Raises DeadError if a party of the kit has
        ended."""
        try:
            for _part, found in self.carried_out(iter(cases or self._chosen())):
                yield self._taken(found)
        except DeadError:
            self.has_failed = True
            raise

    def carried_out(self, cases: Iterator[Planned]) -> Iterator[tuple[Part, Check]]:
        """What comes of cases, until the budget is spent, or the system under test is gone."""
        outline, board = self.outline, self._doctor.board
        configuration = self.configuration
        board.ending.clear()
        began = time.monotonic()
        # Of several terminals that a test controller drives, nobody would know which has made a request.
        is_driven = any(party not in SERVERS for party in configuration.under_test) and not outline.powers.triggers
        checks = made(
            ((planned.part, planned.case) for planned in cases),
            self._begins,
            sessions=1 if is_driven else max(configuration.run.parallel_sessions, 2),
            seconds=max(0.0, self._ends - began),
            waits=outline.powers.waits,
            is_alone=outline.powers.is_alone,
            at_end=board.ending.set,
        )
        try:
            for part, found in checks:
                board.check()
                if is_lost(found) and (gone := self._gone()):
                    self.ended = gone
                    yield part, replace(found, verdict=Verdict.CRASH, detail=f"{found.detail}; {gone}".strip("; "))
                    return
                yield part, found
        finally:
            self._seconds += time.monotonic() - began

    @property
    def _ends(self) -> float:
        """When nothing more is begun. For how long the system under test starts is no matter of the kit's."""
        return self._began + self._doctor.starting + self.configuration.run.budget - CLOSING

    def _taken(self, found: Check) -> CheckResult:
        return self.builder.add(
            found.case,
            found.verdict,
            found.cause,
            found.deviation,
            found.performance,
            found.seconds,
            detail=found.detail,
            setting=next(p.setting for p in self.outline.plan.parts if found.case.id.startswith(f"{p.purpose}.")),
        )

    def _chosen(self) -> Iterator[Planned]:
        """The cases: those that nothing else may run beside come after all others but the sequences, of which there are
        many; and what is at random at last."""
        outline, alone = self.outline, list[Planned]()
        powers, plan = outline.powers, outline.plan
        later = plan.walks() if self.configuration.run.depth in GOES_ON and not self.choice.only else iter(())
        for planned in outline.all(joins=not self.choice.only):
            if not self.choice.wants(planned):
                continue
            if planned.case.stage == SEQUENCE:
                self._sequences += 1
                if self._sequences == 1:
                    yield from alone
                    alone.clear()
            if missing := outline.missing(planned):
                self.left_out.update(missing)
            else:
                if powers.is_alone(planned.case):
                    alone.append(planned)
                else:
                    yield planned
        yield from alone
        self._sequences_end = True
        yield from (one for one in map(Planned._make, later) if not any(powers.missing(one.case)))

    @cached_property
    def _begins(self) -> Mapping[str, Connections]:
        measured, timing = self._doctor.measured, self.configuration.timing
        patience, times = measured.patience, TIMES_SLOWEST
        if timing.response is not None:
            patience, times = timing.response / 1000, 0
        quiet = max(LEAST_QUIET, TIMES_QUIET * measured.slowest)
        if timing.quiescence is not None:
            quiet = timing.quiescence / 1000
        doctor, numbers = self._doctor, count(1)
        return {
            part.purpose: Connections(doctor.assembly, doctor.board, part.setting, numbers, patience, quiet, times)
            for part in self.outline.plan.parts
        }

    def _gone(self) -> str:
        """That the system under test is not there any more; nothing if it is."""
        for party in self.configuration.sut.urls:
            try:
                self._doctor.assembly.discover(party)
            except UnreachableError as error:
                return str(error)
        return ""

    def result(self) -> dict[str, Any]:
        """All that was found."""
        builder = self.builder
        planned = self._sequences if self._sequences_end else None
        # What passed, but was not gone on with to its end, has not shown everything.
        verdicts = (
            (one.stage, Verdict.INCONCLUSIVE if one.verdict is Verdict.PASS and one.detail else one.verdict)
            for one in builder.checks
        )
        plan = self.outline.plan
        found = None if self.choice.only else guarantee(plan, verdicts, builder.steps_of, planned)
        return builder.result(self._seconds, self.was_interrupted, self.has_failed, found)

    @property
    def code(self) -> int:
        """The exit code."""
        return self.builder.code(self.was_interrupted, self.has_failed)


class Kit:
    """The kit, as what runs the tests of pytest."""

    def planned(self, configuration: Path) -> Iterator[Planned]:
        """The cases of a configuration."""
        return outline(read_configuration(configuration), Choice()).planned()

    def run(self, configuration: Path, selection: frozenset[str]) -> Iterator[CheckResult]:
        """What comes of some of them."""
        with Run(configuration, Choice(only=tuple(sorted(selection)))) as run:
            yield from run.checks()


def is_lost(found: Check) -> bool:
    """Whether a check came out as it would if the system under test were not there any more."""
    is_missed = found.verdict is Verdict.FAIL and found.deviation is not None and found.deviation.kind in SILENT
    return is_missed or found.verdict is Verdict.NOT_TESTABLE


def installed_version() -> str:
    """The version of payrelay."""
    try:
        return version("payrelay")
    except PackageNotFoundError:
        return "not installed"
