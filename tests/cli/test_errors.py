"""Whatever goes wrong is one line and a code."""

from collections.abc import Callable
from typing import Any

import pytest

from payrelay.cli.catalogue import payments
from payrelay.cli.errors import UsageError, explained, one_line
from payrelay.cli.exit_codes import ExitCode
from payrelay.language.configurations import ConfigurationError
from payrelay.language.role import IllFormedModelError
from payrelay.language.traces import TraceError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("a"), ExitCode.USAGE),
        (ConfigurationError("a"), ExitCode.USAGE),
        (TraceError("a"), ExitCode.USAGE),
        (IllFormedModelError("a"), ExitCode.USAGE),
        (ModuleNotFoundError("a", name="networkx.classes"), ExitCode.USAGE),
        (ModuleNotFoundError("a", name="payrelay.model"), ExitCode.FAULT),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ValueError("a"), ExitCode.FAULT),
        (AssertionError(), ExitCode.FAULT),
    ],
)
def test_every_error_has_its_code(error: BaseException, code: ExitCode) -> None:
    line, found = explained(error)
    assert found is code
    assert line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("losses=1_0", "losses is a whole number, not '1_0': digits 0 to 9, at most four of them"),
        ("crashing=server,", "crashing has an empty item in 'server,': put one comma between two names"),
    ],
)
def test_invalid_setting_is_one_line(run: Callable[..., Any], setting: str, line: str) -> None:
    ran = run("verify", "friendly", setting)
    assert (ran.code, ran.out, ran.err) == (ExitCode.USAGE, "", f"payrelay: {line}\n")


def test_invalid_name_in_the_payment_protocol_is_one_line(run: Callable[..., Any]) -> None:
    ran = run("verify", "happy", "timers=nothing_time", model=payments())
    line = "no timer 'nothing_time' in configuration happy timers=nothing_time; did you mean 'doubt_time'?"
    assert (ran.code, ran.out, ran.err) == (ExitCode.USAGE, "", f"payrelay: {line}\n")


def test_a_missing_package_is_named() -> None:
    assert "the package networkx is missing" in explained(ModuleNotFoundError("a", name="networkx.classes"))[0]


def test_a_line_is_one_line() -> None:
    assert one_line("a\n  b") == "a b"
