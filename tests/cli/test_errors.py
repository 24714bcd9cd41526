"""Whatever goes wrong is one line and a code."""

import pytest

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


def test_a_missing_package_is_named() -> None:
    assert "the package networkx is missing" in explained(ModuleNotFoundError("a", name="networkx.classes"))[0]


def test_a_line_is_one_line() -> None:
    assert one_line("a\n  b") == "a b"
