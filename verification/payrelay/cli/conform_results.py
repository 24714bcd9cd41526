"""Results of `payrelay conform run`, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from payrelay.cli.errors import UsageError

RESULT = "result.json"
"""Where a result is, if nothing else is said."""


def read_result(path: Path) -> dict[str, Any]:
    """The result in a file. Raises UsageError if there is none."""
    from payrelay.conformance.results import ResultError, result_in

    try:
        return result_in(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}; payrelay conform run writes a result, or name another file"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: expected a result, which is text in UTF-8") from None
    except ResultError as error:
        raise UsageError(f"{path}: {error}") from None
