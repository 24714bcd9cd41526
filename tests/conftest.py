"""What all tests share: the closing table of what this machine could not run, and that Ctrl-C is heard.

A test is skipped only where something is missing, and its reason names that and the package that has it:
``pytest.skip("spin: Debian package spin")``.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

MISSING: Counter[str] = Counter()
"""How many tests did not run, by reason."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--closing", action="store_true", help="end with what this machine could not run")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        MISSING[_reason(report.longrepr)] += 1


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        MISSING[_reason(report.longrepr)] += 1


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """On CI nothing may be missing."""
    if hasattr(session.config, "workerinput"):
        return  # all of them together are looked at by the process that started them
    if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        MISSING["the tests after this run was cut short"] += 1
    elif MISSING and os.environ.get("CI") == "true" and session.config.getoption("--closing"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """After pytest's own last line."""
    if hasattr(config, "workerinput"):
        return
    if config.getoption("--closing"):
        print("\nWhat this machine could not run" + (", each a failure on CI:" if MISSING else ": nothing"))
        for reason, tests in sorted(MISSING.items()):
            print(f"{tests:7}  {reason}")
        print("partial" if MISSING else "complete")


def _reason(longrepr: object) -> str:
    """The reason of a skip, which pytest keeps as (file, line, "Skipped: reason")."""
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")


@pytest.fixture
def spin() -> None:
    """What the test needs: SPIN, and gcc, which compiles what SPIN writes."""
    from payrelay.verification.promela.spin import missing

    if lacking := missing():
        pytest.skip("; ".join(lacking))


@pytest.fixture
def rumur() -> None:
    """What the test needs: Rumur, and gcc, which compiles what Rumur writes."""
    from payrelay.verification.bench.rumur import missing

    if lacking := missing():
        pytest.skip("; ".join(lacking))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT interrupts, also where whoever started the tests has it ignored, as a shell does in the background."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)
