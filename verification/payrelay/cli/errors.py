"""Errors: whatever goes wrong, as one line and an exit code."""

from __future__ import annotations

import os
import sys

from payrelay.cli.exit_codes import ExitCode

TRACEBACK = "PAYRELAY_TRACEBACK"
"""The environment variable that shows the traceback of a fault."""


class UsageError(Exception):
    """Something was asked for that cannot be had. The text is one line with a suggestion."""


def explained(error: BaseException) -> tuple[str, ExitCode]:
    """The line that says what went wrong, and the exit code."""
    from payrelay.language.configurations import ConfigurationError
    from payrelay.language.traces import TraceError

    if isinstance(error, UsageError | ConfigurationError | TraceError):
        return one_line(error), ExitCode.USAGE
    if is_ill_formed_model(error):
        return f"ill-formed model: {one_line(error)}", ExitCode.USAGE
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("payrelay"):
        package = error.name.partition(".")[0]
        return f"the package {package} is missing; install it: pip install --upgrade payrelay", ExitCode.USAGE
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", ExitCode.INTERRUPTED
    return f"a fault of payrelay itself: {type(error).__name__}: {one_line(error)}", ExitCode.FAULT


def how_to_see_more() -> str:
    """What to add to the line about a fault."""
    return f"; to see the traceback: {TRACEBACK}=1"


def is_ill_formed_model(error: BaseException) -> bool:
    """Whether the model is wrong. Loads nothing: what was never imported was not raised."""
    role = sys.modules.get("payrelay.language.role")
    return role is not None and isinstance(error, role.IllFormedModelError)


def one_line(error: object) -> str:
    """An error's text on one line."""
    return " ".join(str(error).split()) or "no reason was given"


def wants_traceback() -> bool:
    """Whether tracebacks are to be shown."""
    return os.environ.get(TRACEBACK, "") not in ("", "0")


def traceback_of(error: BaseException) -> str:
    """The traceback as text."""
    import traceback

    return "".join(traceback.format_exception(error))
