"""A pytest plugin: the checks of a run as tests, each with its own outcome.

    pytest --payrelay-conform conform.toml
    pytest --payrelay-conform conform.toml -k relay-procedure.forward-info

Which checks there are, and what comes of them, is asked of a runner. What is selected is run in one go, in the order in
which the runner does it best, and a test waits for its check. A check passes as a test passes; one that is inconclusive
or not applicable is skipped with its cause, one that is expected to fail and does is an expected failure; everything
else fails, with what would have passed and the command that does it again. A test belongs to its requirements as to
keywords, so that -k selects by them too.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from payrelay.conformance.results import CheckResult

OPTION = "--payrelay-conform"
SKIPPED = ("inconclusive", "not_applicable")


class Planned(Protocol):
    """A case, as far as a test has to know it."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def requirements(self) -> tuple[str, ...]:
        """What it speaks of."""
        ...


class Runner(Protocol):
    """Runs cases."""

    def planned(self, configuration: Path) -> Iterable[Planned]:
        """The cases of a configuration. Makes none of them."""
        ...

    def run(self, configuration: Path, selection: frozenset[str]) -> Iterator[CheckResult]:
        """What comes of the cases with these ids, one by one, in any order."""
        ...


class Hooks:
    """What a conftest.py may provide."""

    @pytest.hookspec(firstresult=True)
    def pytest_payrelay_runner(self) -> Runner:  # type: ignore[empty-body]
        """Who runs the checks: the kit, if nobody else does."""


@pytest.hookimpl(trylast=True)
def pytest_payrelay_runner() -> Runner:
    """The kit itself."""
    from payrelay.conformance.runs import Kit

    return Kit()


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Others may run the checks."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names the configuration."""
    group = parser.getgroup("payrelay", "conformance of a payment system's parties")
    group.addoption(
        OPTION, type=Path, metavar="FILE", help="Test the system that this conform.toml names, one test for each check."
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """With the option alone nothing else is collected: who names files as well wants these, too."""
    config = session.config
    if config.getoption(OPTION) is not None and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The checks of the configuration come after everything else that is collected."""
    report = yield
    configuration = collector.config.getoption(OPTION)
    if isinstance(collector, pytest.Session) and configuration is not None:
        report.result.append(Checks.from_parent(collector, name=configuration.name, configuration=configuration))
    return report


class Checks(pytest.Collector):
    """All checks of a configuration."""

    def __init__(self, configuration: Path, **more: Any) -> None:
        super().__init__(**more)
        self.configuration = configuration

    def collect(self) -> Iterator[Check]:
        """One item for each case."""
        runner = self.config.hook.pytest_payrelay_runner()
        course = Course(runner, self.configuration, self.session)
        for planned in runner.planned(self.configuration):
            yield Check.from_parent(self, name=planned.id, requirements=planned.requirements, course=course)


class Course:
    """One run, as far as it got."""

    def __init__(self, runner: Runner, configuration: Path, session: pytest.Session) -> None:
        self.runner, self.configuration, self.session = runner, configuration, session
        self._results: Iterator[CheckResult] | None = None
        self._found: dict[str, CheckResult] = {}

    def result_of(self, name: str) -> CheckResult | None:
        """What came of a case; None if the runner has nothing to say of it."""
        if self._results is None:
            wanted = frozenset(item.name for item in self.session.items if isinstance(item, Check))
            self._results = self.runner.run(self.configuration, wanted)
        while name not in self._found:
            found = next(self._results, None)
            if found is None:
                return None
            self._found[found.id] = found
        return self._found.pop(name)


class Check(pytest.Item):
    """One check."""

    def __init__(self, *, requirements: tuple[str, ...], course: Course, **more: Any) -> None:
        super().__init__(**more)
        self.course = course
        self.extra_keyword_matches.update(requirements)

    def runtest(self) -> None:
        """Wait for what comes of it."""
        found = self.course.result_of(self.name)
        if found is None:
            pytest.skip("it was not run: the budget was spent")
        if found.verdict == "expected":
            pytest.xfail(found.expected)
        if found.verdict in SKIPPED:
            pytest.skip(found.cause or str(found.verdict))
        if found.verdict not in ("pass", "pass_deviation"):
            raise CheckFailed(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What happened, in place of a traceback."""
        if isinstance(excinfo.value, CheckFailed):
            return "\n".join(excinfo.value.lines())
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it comes from."""
        return self.course.configuration, None, self.name


class CheckFailed(Exception):
    """A check did not pass."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.id)
        self.result = result

    def lines(self) -> Iterator[str]:
        """What there is to say."""
        result = self.result
        deviation = result.deviation
        yield f"{result.id}: {deviation['what'] if deviation else result.cause or result.verdict}"
        yield from (f"{row.n:>4}. {row.sender} -> {row.receiver}: {row.message}" for row in result.rows)
        if deviation and deviation["expected"]:
            yield f"expected: {', '.join(deviation['expected'])}"
        yield from (f"breaks: {id_}" for id_ in result.breaks)
        yield f"again: {result.replay}"
