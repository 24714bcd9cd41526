"""Extras: packages that only some commands need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from payrelay.cli.errors import UsageError


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Import here what an extra has: a package that is missing becomes the line that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "payrelay"):
            raise
        raise UsageError(f"the package {package} is missing; install it: pip install 'payrelay[{extra}]'") from None
